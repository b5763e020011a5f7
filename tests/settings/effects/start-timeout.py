# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    """The worker itself gives up a little earlier; where it is slow to get that far, its supervisor does. By default
    neither happens while the test waits."""
    with Program('app', '--start-timeout=200ms', '--do=worker-start:hold') as program:
        program.expect('“worker-start” was held for more than 180 ms|not ready within “start-timeout”, so it is killed')
        assert program.wait() == 69
