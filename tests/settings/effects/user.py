# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import pwd

from effect import Program, Skip, facts


def effect():
    user = pwd.getpwnam('nobody')
    if os.geteuid() not in (0, user.pw_uid):
        raise Skip('only root may change the user')
    with Program('app', '--user=nobody') as program:
        _, pid = program.worker()
        status = facts(pid)
        assert status['Uid'].split() == [str(user.pw_uid)] * 4, status['Uid']
        assert status['Gid'].split() == [str(user.pw_gid)] * 4, status['Gid']
        assert int(status['CapPrm'], 16) == 0 and status['NoNewPrivs'] == '1', status
        assert facts(program.pid)['Uid'].split()[0] == str(os.getuid())  # it keeps its user
