# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import pathlib
import signal
import socket
import stat
import tempfile
import time

from fault import DEADLINE_S, fault, wait_gone


def ask(path):
    """An answer through a unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(DEADLINE_S)
        client.connect(path)
        client.sendall(b'here\n')
        return client.recv(100) == b'here\n'


@fault('a dead socket')
def dead(row):
    """Of an arbiter that was killed, and so could not remove it."""
    with tempfile.TemporaryDirectory() as folder:
        path = f'{folder}/socket'
        first = row.start('victim', f'--bind=unix:{path}')
        pid, = first.ready().values()
        first.signal(signal.SIGKILL)
        first.over(-signal.SIGKILL)
        wait_gone(pid)
        assert stat.S_ISSOCK(os.lstat(path).st_mode)
        second = row.start('victim', f'--bind=unix:{path}')
        second.ready()
        assert ask(path)
        second.finish()
        assert os.listdir(folder) == []
    return 'replaced; served; gone after the stop'


def refuse(row, folder, what):
    """A program that finds that at its path; it says so and leaves it alone."""
    path = f'{folder}/socket'
    before = os.lstat(path)
    started = time.monotonic()
    victim = row.start('victim', f'--bind=unix:{path}')
    victim.over(69)
    row.took('refused', time.monotonic() - started, at_most=0.2)
    said = [line for line in victim.seen if what in line]
    assert said and path in said[0], victim.seen
    assert not victim.count('is ready after')
    after = os.lstat(path)
    assert (after.st_ino, after.st_mtime_ns, after.st_mode) == (before.st_ino, before.st_mtime_ns, before.st_mode)
    return f'status 69, “{what}”, it is left alone'


@fault('a socket in use')
def in_use(row):
    with tempfile.TemporaryDirectory() as folder:
        first = row.start('victim', f'--bind=unix:{folder}/socket')
        first.ready()
        outcome = refuse(row, folder, f'the address is in use by “victim: arbiter”, process {first.pid}').replace(str(first.pid), 'PID')
        assert ask(f'{folder}/socket')
        first.finish()
    return outcome + '; the first one serves on'


@fault('a socket in use by another program, which does not accept')
def busy(row):
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as other, socket.socket(socket.AF_UNIX) as client:
        other.bind(f'{folder}/socket')
        other.listen(0)
        client.connect(f'{folder}/socket')
        return refuse(row, folder, 'the address is in use by')


@fault('a file')
def a_file(row):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, 'socket').write_text('important', encoding='ascii')
        return refuse(row, folder, 'there is a regular file, which is not touched')


@fault('a symbolic link to a dead socket')
def a_link(row):
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(f'{folder}/other')
        os.symlink('other', f'{folder}/socket')
        outcome = refuse(row, folder, 'there is a symbolic link, which is not touched')
        assert sorted(os.listdir(folder)) == ['other', 'socket']
        return outcome


@fault('a folder')
def a_folder(row):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f'{folder}/socket')
        return refuse(row, folder, 'there is a folder, which is not touched')
