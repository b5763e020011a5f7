# SPDX-License-Identifier: LGPL-2.1-or-later
import pathlib

from effect import Program, text


def names(pid):
    return text(f'/proc/{pid}/comm').strip(), pathlib.Path(f'/proc/{pid}/cmdline').read_bytes().rstrip(b'\0').decode()


def effect():
    for option, name in ('--process-name=corner-shop', 'corner-shop'), ('--no-debug', 'app'):
        with Program('app', option) as program:
            _, pid = program.worker()
            assert names(program.pid) == (name, f'{name}: arbiter'), names(program.pid)
            assert names(pid) == ('app.1', f'{name}: worker app.1'), names(pid)
