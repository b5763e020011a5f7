# SPDX-License-Identifier: LGPL-2.1-or-later
import signal

from effect import Program, text

N_ASKS = 40


def processor_ms(options):
    """What the arbiter takes of a processor for asks that are not answered at once."""
    with Program('app', '--timeout=1h', *options) as program:
        name, pid = program.worker()
        program.answer(program.ask(name, 'do', "('first',)"))
        program.freeze(pid)
        before = int(text(f'/proc/{program.pid}/schedstat').split()[0])
        asks = []
        for i in range(N_ASKS):
            asks.append(program.ask(name, 'do', f"('{i}',)"))
            program.answer(program.ask('arbiter', 'ping'))  # each in a turn of its own
        after = int(text(f'/proc/{program.pid}/schedstat').split()[0])
        program.signal(signal.SIGCONT, pid)
        for tag in asks:
            program.answer(tag)
        return (after - before) / 1e6


def effect():
    """Who awaits an answer looks for it before it sleeps, for as long as was said."""
    without, spinning = processor_ms([]), processor_ms(['--mailbox-spin=10ms'])
    # 400 ms, of which a busy machine may give a part to others.
    assert spinning > without + 40, f'{without:.1f} ms without, {spinning:.1f} ms with it'
