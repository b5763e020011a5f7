# SPDX-License-Identifier: LGPL-2.1-or-later
import time

from effect import Program, assert_in_time


def effect():
    with Program('app', '--task-period=100ms', env={'APP_TASKS': '1'}) as program:
        program.worker()
        started = time.monotonic()
        for _ in range(20):  # by default they take 5 s each
            program.expect(r'^task worker')
            program.expect(r'^task monitor')
        assert_in_time(started)
