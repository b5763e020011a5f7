# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import tempfile

from effect import Program, Skip


def effect():
    if os.geteuid() != 0:
        raise Skip('only root may give files away')
    with tempfile.TemporaryDirectory(prefix='effect-') as folder:
        path = os.path.join(folder, 's')
        with Program('echo', f'--bind=unix:{path}', '--socket-owner=1:2') as program:
            program.expect('Listening on unix:')
            status = os.stat(path)
            assert (status.st_uid, status.st_gid) == (1, 2), status
