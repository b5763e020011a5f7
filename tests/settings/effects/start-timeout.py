# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--start-timeout=200ms', '--do=worker-start:hold') as program:
        program.expect('“worker-start” was held for more than')
        assert program.wait() == 69
