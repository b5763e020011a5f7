# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--workers=1', '--max-lifetime=200ms') as program:
        assert len({program.worker()[1] for _ in range(3)}) == 3
        program.expect('old enough')
