# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--healthy-after=0', '--restart-delay=1h', '--restart-delay-max=24h') as program:
        for _ in range(3):  # by default the second one has to wait
            name, _ = program.worker()
            program.ask(name, 'do', "('exit7',)")
        program.worker()
