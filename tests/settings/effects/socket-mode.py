# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import tempfile

from effect import Program


def effect():
    with tempfile.TemporaryDirectory(prefix='effect-') as folder:
        path = os.path.join(folder, 's')
        with Program('echo', f'--bind=unix:{path}', '--socket-mode=620') as program:
            program.expect('Listening on unix:')
            assert os.stat(path).st_mode & 0o777 == 0o620
        assert not os.path.exists(path)
