# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--on-app-failed=exit', '--rpc-max-restarts=1', '--rpc-restart-delay=0', env={'APP_MAIN': 'multi'}) as program:
        program.expect(r'^ready app\.1 ')
        for _ in range(2):
            program.expect(r'^ready rpc_app\.1 ')
            program.ask('rpc_app.1', 'do', "('exit7',)")
        program.expect(r'^failed rpc_app ')
        assert program.wait() == 69
