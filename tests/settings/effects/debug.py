# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--debug') as program:
        name, pid = program.worker()
        program.ask(name, 'do', "('log:debug:Shop:small things',)")
        program.expect(rf' app\.1\[{pid}\] debug: Shop: small things$')
    with Program('app', '--debug', '--workers=2') as program:
        program.worker()
        program.worker()  # it was set
    # A class may want more workers; with this setting it gets one of them.
    for option, n_workers in ('--debug', 1), ('--no-debug', 3):
        with Program('app', option, env={'APP_CLASS_WORKERS': '3'}) as program:
            for _ in range(n_workers):
                program.worker()
            answer = program.answer(program.ask('app', 'config', "('get', 'workers', @mv nothing)"))
            assert f'uint32 {n_workers}>' in answer, answer
