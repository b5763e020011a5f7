# SPDX-License-Identifier: LGPL-2.1-or-later
import signal
import time

from effect import Program, wait_gone


def effect():
    """A worker that does not notice that its arbiter is gone, since it is busy."""
    with Program('app', '--orphan-timeout=2500ms') as program:
        name, pid = program.worker()
        program.ask(name, 'do', "('busy',)")
        program.expect('^doing busy')
        started = time.monotonic()
        program.signal(signal.SIGKILL)
        wait_gone(pid)
        assert time.monotonic() - started > 2.3  # by default it is 1 s
