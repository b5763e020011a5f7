# SPDX-License-Identifier: LGPL-2.1-or-later
import time

from effect import Program, assert_in_time


def effect():
    with Program('app', '--restart-delay=1h', '--restart-delay-max=200ms', '--healthy-after=1h', '--max-restarts=0') as program:
        name, _ = program.worker()
        program.ask(name, 'do', "('exit7',)")
        started = time.monotonic()
        for _ in range(3):  # by default each takes 24 s at least
            name, _ = program.worker()
            program.ask(name, 'do', "('exit7',)")
            program.expect(r'; it is replaced in 0\.2 s$')
        program.worker()
        assert_in_time(started)
