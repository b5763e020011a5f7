# SPDX-License-Identifier: LGPL-2.1-or-later
import shlex

from effect import PROGRAMS, Program, text


def effect():
    with Program('app', f"--command=env EFFECT=here {shlex.quote(PROGRAMS['app'][0])}") as program:
        _, pid = program.worker()
        assert 'EFFECT=here' in text(f'/proc/{pid}/environ').split('\0')
