# SPDX-License-Identifier: LGPL-2.1-or-later
import grp
import os

from effect import Program, Skip, facts


def effect():
    group = grp.getgrgid(os.getegid()) if os.geteuid() != 0 else grp.getgrnam('daemon')
    if os.geteuid() == 0 and os.getegid() == group.gr_gid:
        raise Skip('this process has that group already')
    with Program('app', f'--group={group.gr_name}') as program:
        _, pid = program.worker()
        status = facts(pid)
        assert status['Gid'].split() == [str(group.gr_gid)] * 4, status['Gid']
        assert set(status['Groups'].split()) <= {str(group.gr_gid)}, status['Groups']
        assert status['Uid'].split()[1] == str(os.geteuid())
