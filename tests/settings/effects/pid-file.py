# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from effect import Program, text


def effect():
    with Program('app') as none, Program('app', '--pid-file=arbiter.pid', cwd=none.folder) as first:
        none.worker()
        first.worker()
        path = os.path.join(none.folder, 'arbiter.pid')
        assert text(path) == f'{first.pid}\n'
        with Program('app', f'--pid-file={path}') as second:
            second.expect(f'process {first.pid} holds it')
            assert second.wait() == 73
        assert text(path) == f'{first.pid}\n'
        first.stop()
        assert not os.path.exists(path), 'the file stays after the end'
        assert os.listdir(none.folder) == ['gate'], os.listdir(none.folder)
