# SPDX-License-Identifier: LGPL-2.1-or-later
import signal

from effect import Program


def effect():
    """What has no credit waits where it is sent, and can be taken back."""
    with Program('app', '--mailbox-bytes=1K', '--timeout=1h') as program:
        name, pid = program.worker()
        program.freeze(pid)
        first, *others = [program.ask(name, 'do', f"('{'x' * 700}',)") for _ in range(4)]
        for tag in others:
            program.send(f'cancel {tag}')
            assert 'error' in program.answer(tag)
        program.signal(signal.SIGCONT, pid)
        program.answer(first)
        program.answer(program.ask(name, 'do', "('last',)"))
        assert program.count(r'^doing xxx') == 2  # what begins within the limit still goes; by default it is all four
