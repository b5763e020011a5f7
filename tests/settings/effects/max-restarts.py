# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--max-restarts=2', '--restart-window=1h', '--restart-delay=0') as program:
        for _ in range(3):
            name, _ = program.worker()
            program.ask(name, 'do', "('exit7',)")
        program.expect(r'^failed app ')
        program.wait()
        assert program.count(r'^exited') == 3
