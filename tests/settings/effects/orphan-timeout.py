# SPDX-License-Identifier: LGPL-2.1-or-later
import signal
import time

from effect import Program, wait_gone


def effect():
    with Program('app', '--orphan-timeout=2500ms', '--do=worker-stopping:hold') as program:
        _, pid = program.worker()
        started = time.monotonic()
        program.signal(signal.SIGKILL)
        wait_gone(pid)
        assert time.monotonic() - started > 2.3  # by default it is 1 s
