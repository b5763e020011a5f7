# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from effect import Program, facts


def effect():
    with Program('app', '--umask=0137') as program:
        _, pid = program.worker()
        assert facts(pid)['Umask'] == '0137'
        assert facts(program.pid)['Umask'] == '0137'
    before = os.umask(0o022)
    os.umask(before)
    with Program('app') as program:
        _, pid = program.worker()
        assert facts(pid)['Umask'] == f'{before:04o}'
