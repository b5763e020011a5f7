# SPDX-License-Identifier: LGPL-2.1-or-later
import time

from effect import Program


def effect():
    with Program('app', '--restart-delay=700ms') as program:
        name, _ = program.worker()
        program.ask(name, 'do', "('exit7',)")
        name, _ = program.worker()  # the first one is replaced at once
        program.ask(name, 'do', "('exit7',)")
        program.expect(r'^exited')
        program.expect(r'^exited')
        started = time.monotonic()
        program.worker()
        assert time.monotonic() - started > 0.5  # by default it is 100 ms
