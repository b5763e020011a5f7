# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--restart-policy=on-failure') as program:
        name, _ = program.worker()
        program.ask(name, 'do', "('exit7',)")
        program.expect(r'^exited \S+ \d+ EXITED code=7')
        program.worker()
        program.ask(name, 'do', "('exit0',)")
        assert program.wait() == 0
        assert program.count(r'^exited') == 2
