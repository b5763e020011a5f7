# SPDX-License-Identifier: LGPL-2.1-or-later
import signal
import time

from fault import client_of, fault


def second(row, program):
    """The first signal leaves a worker half a minute to come out of its loop; the second one does not."""
    outcomes = []
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2')
        port = victim.port()
        pid = sorted(victim.ready(2).values())[0]
        with client_of(port, pid) as client:
            client.act('busy')
            victim.signal(signal.SIGTERM)
            first = victim.expect('stopping; another one stops at once').string.at
            time.sleep(max(0, first + 0.3 - time.monotonic()))  # within 0.1 s it would be the same signal twice
            started = time.monotonic()
            victim.signal(signum)
            status = victim.wait()
            row.took(signum.name, time.monotonic() - started, 2)
            victim.over(status)
        outcomes.append(f'SIGTERM {signum.name}: status {status}')
    return ', '.join(outcomes)


@fault('C')
def in_c(row):
    return second(row, 'victim')


@fault('Python')
def in_python(row):
    return second(row, 'victim-python')


@fault('SIGTERM, SIGTERM, SIGINT, SIGKILL')
def sequence(row):
    """At last the arbiter is killed, and its workers all the same are gone."""
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2')
    port = victim.port()
    pid = sorted(victim.ready(2).values())[0]
    with client_of(port, pid) as client:
        client.act('busy')
        for signum in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            victim.signal(signum)
        started = time.monotonic()
        status = victim.wait()
        assert client.is_closed()
    row.took('workers gone', time.monotonic() - started, 2)
    victim.over(status)
    return 'the arbiter is gone, its workers too'
