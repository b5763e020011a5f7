# SPDX-License-Identifier: LGPL-2.1-or-later
import tempfile

from effect import Program


def effect():
    with tempfile.NamedTemporaryFile('w', suffix='.conf', encoding='utf-8') as file:
        file.write('[pulsar]\nworkers=2\n')
        file.flush()
        with Program('app', '--config', file.name) as program:
            program.worker()
            program.worker()
