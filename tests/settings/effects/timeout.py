# SPDX-License-Identifier: LGPL-2.1-or-later
import time

from effect import Program, assert_in_time


def effect():
    with Program('app', '--timeout=2s') as program:
        started = time.monotonic()
        for _ in range(2):  # by default each takes 31 s
            name, _ = program.worker()
            program.ask(name, 'do', "('busy',)")
            program.expect(r'^exited \S+ \d+ KILLED_TIMEOUT')
        program.worker()
        assert_in_time(started)
