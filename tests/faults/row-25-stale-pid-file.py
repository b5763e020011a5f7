# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import pathlib
import signal
import tempfile

from fault import fault, text


def replace(row, folder, pid):
    """A program finds a pid file with this number; returns what it says."""
    victim = row.start('victim', '--bind=127.0.0.1:0', f'--pid-file={folder}/a.pid', '--log-level=info')
    said = victim.expect(rf'info: The pid file “[^”]*” (.*process {pid}, .*)$')[1].replace(f'process {pid}', 'process PID')
    victim.port()
    victim.ready()
    assert text(f'{folder}/a.pid') == f'{victim.pid}\n'
    victim.finish()
    assert os.listdir(folder) == []
    return f'“{said}”; the program has its own there, which is gone after the stop'


@fault('by a process that is gone')
def dead(row):
    with tempfile.TemporaryDirectory() as folder:
        first = row.start('victim', '--bind=127.0.0.1:0', f'--pid-file={folder}/a.pid')
        first.port()
        first.ready()
        first.signal(signal.SIGKILL)
        first.over(-signal.SIGKILL)
        assert text(f'{folder}/a.pid') == f'{first.pid}\n'
        return replace(row, folder, first.pid)


@fault('its number is that of another program now')
def other_program(row):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, 'a.pid').write_text(f'{os.getpid()}\n', encoding='ascii')
        return replace(row, folder, os.getpid())
