# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--workers=1', '--max-rss=80M', '--timeout=6s') as program:
        name, old = program.worker()
        program.answer(program.ask(name, 'grow', '(uint32 100,)'))
        assert program.worker()[1] != old
        program.expect('too large')
