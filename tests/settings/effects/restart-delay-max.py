# SPDX-License-Identifier: LGPL-2.1-or-later
import time

from effect import Program


def effect():
    with Program('app', '--restart-delay=1h', '--restart-delay-max=200ms') as program:
        started = time.monotonic()
        for _ in range(3):
            name, _ = program.worker()
            program.ask(name, 'do', "('exit7',)")
        program.worker()
        assert time.monotonic() - started < 20  # by default it is 30 s
