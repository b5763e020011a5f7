# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program, facts


def effect():
    with Program('app', '--umask=0137') as program:
        _, pid = program.worker()
        assert facts(pid)['Umask'] == '0137'
        assert facts(program.pid)['Umask'] == '0137'
    with Program('app') as program:
        _, pid = program.worker()
        assert facts(pid)['Umask'] == facts('self')['Umask']
