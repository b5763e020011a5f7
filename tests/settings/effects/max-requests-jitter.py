# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    # With 100 % each worker draws its share between nothing and all: it is hardly ever all of a thousand.
    with Program('app', '--workers=1', '--max-requests=1000', '--max-requests-jitter=100') as program:
        name, old = program.worker()
        for _ in range(999):
            if program.count(r'^items -0 \+1 =2') > 0:
                break
            program.answer(program.ask(name, 'do', "('nothing',)"))
        assert program.worker()[1] != old
