# SPDX-License-Identifier: LGPL-2.1-or-later
import signal
import time

from effect import Program


def effect():
    with Program('app', '--graceful-timeout=300ms', '--do=worker-stopping:hold') as program:
        program.worker()
        started = time.monotonic()
        program.signal(signal.SIGTERM)
        program.expect(r'^hook worker-stopping')
        program.wait()
        assert time.monotonic() - started < 20  # by default it is 30 s
