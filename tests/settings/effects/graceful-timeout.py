# SPDX-License-Identifier: LGPL-2.1-or-later
import signal
import time

from effect import Program, assert_in_time


def effect():
    started = time.monotonic()
    for _ in range(3):  # by default each takes 30 s
        with Program('app', '--graceful-timeout=300ms', '--do=worker-stopping:hold') as program:
            program.worker()
            program.signal(signal.SIGTERM)
            program.expect(r'^hook worker-stopping')
            program.wait()
    assert_in_time(started)
