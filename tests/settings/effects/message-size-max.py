# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--message-size-max=2K') as program:
        name, _ = program.worker()
        assert program.answer(program.ask(name, 'echo', f"('{'x' * 700}',)")).startswith('ok')
        assert 'pulsar-error-quark' in program.answer(program.ask(name, 'echo', f"('{'x' * 3000}',)"))
