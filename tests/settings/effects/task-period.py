# SPDX-License-Identifier: LGPL-2.1-or-later
import time

from effect import Program


def effect():
    with Program('app', '--task-period=100ms', env={'APP_TASKS': '1'}) as program:
        program.worker()
        started = time.monotonic()
        for _ in range(5):
            program.expect(r'^task worker')
            program.expect(r'^task monitor')
        assert time.monotonic() - started < 4  # by default the first one comes after 5 s
