# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--restart-window=1ms', '--max-restarts=1', '--restart-delay=50ms') as program:
        for _ in range(4):  # by default the third one is too much
            name, _ = program.worker()
            program.ask(name, 'do', "('exit7',)")
        program.worker()
