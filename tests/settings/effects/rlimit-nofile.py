# SPDX-License-Identifier: LGPL-2.1-or-later
import resource

from effect import Program


def effect():
    with Program('app', '--rlimit-nofile=100') as program:
        _, pid = program.worker()
        assert resource.prlimit(pid, resource.RLIMIT_NOFILE) == (100, 100)
        assert resource.prlimit(program.pid, resource.RLIMIT_NOFILE) == resource.getrlimit(resource.RLIMIT_NOFILE)
