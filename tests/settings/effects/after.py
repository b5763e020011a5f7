# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--after=rpc', '--rpc-do=worker-start:gate', env={'APP_MAIN': 'multi'}) as program:
        program.expect(r'^at gate worker-start ')
        assert program.count(r'^hook announce app ') == 0
        with open(program.gate, 'wb', buffering=0) as gate:
            gate.write(b'g')
        assert program.worker()[0] == 'rpc_app.1'
        program.expect(r'^hook announce app ')
        assert program.worker()[0] == 'app.1'
