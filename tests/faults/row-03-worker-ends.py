# SPDX-License-Identifier: LGPL-2.1-or-later
import signal

from fault import Skip, client_of, fault

WAYS = ['exit 0', 'exit 7', f'signal {int(signal.SIGSEGV)}', f'signal {int(signal.SIGABRT)}']


def end(row, program, *options):
    """Ends a worker in each way; returns what the log says of it."""
    for action in WAYS:
        victim = row.start(program, '--bind=127.0.0.1:0', '--worker-output=log', *options)
        port = victim.port()
        pid, = victim.ready().values()
        with client_of(port, pid) as client:
            client.act(action)
            _, ended, how, then = victim.ended()
            assert ended == pid and client.is_closed()
        yield victim, how, then


@fault('policy always: C')
def always_in_c(row):
    return always(row, 'victim')


@fault('policy always: Python')
def always_in_python(row):
    return always(row, 'victim-python')


def always(row, program):
    outcomes = []
    for victim, how, then in end(row, program):
        victim.ready()
        outcomes.append(f'{how} {then}')
        victim.finish()
    return ', '.join(outcomes)


@fault('last words: C')
def last_words_in_c(row):
    return last_words(row, 'victim')


@fault('last words: Python')
def last_words_in_python(row):
    return last_words(row, 'victim-python')


def last_words(row, program):
    victim = row.start(program, '--bind=127.0.0.1:0', '--worker-output=log', '--max-restarts=0')
    port = victim.port()
    pid, = victim.ready().values()
    with client_of(port, pid) as client:
        client.act('last-words 30')
    line = victim.expect(r'ended with status 7').string
    kept = victim.lines_after(line, 21)
    victim.ready()
    assert kept[0].strip() == 'Its last lines:', kept
    words = [text.strip() for text in kept[1:]]
    assert all(word.startswith('last words ') for word in words), words
    return f'of 30 lines “{words[0]}” to “{words[-1]}” are kept'


@fault('core')
def core(row):
    """The kernel says whether a core was left; here it is allowed to."""
    victim = row.start('victim', '--bind=127.0.0.1:0', prefix=['prlimit', '--core=unlimited:unlimited'], cwd='/')
    port = victim.port()
    pid, = victim.ready().values()
    with client_of(port, pid) as client:
        client.act(f'signal {int(signal.SIGABRT)}')
    line = victim.expect(r'was ended by signal SIGABRT.*').string
    victim.ready()
    if 'core dump' not in line:
        raise Skip('the kernel leaves no cores here')
    return 'SIGABRT is told to have left a core dump'
