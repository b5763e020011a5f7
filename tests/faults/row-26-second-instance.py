# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import tempfile
import time

from fault import Client, fault


def start_second(row, folder, *options, status):
    """The first one and then a second one with the same name, port or socket; returns what the second one says."""
    first = row.start('victim', f'--pid-file={folder}/a.pid', '--bind=127.0.0.1:0', f'--bind=unix:{folder}/socket')
    port = first.port()
    first.ready()
    before = {name: os.stat(f'{folder}/{name}') for name in os.listdir(folder)}
    started = time.monotonic()
    second = row.start('victim', *(option.format(port=port, folder=folder) for option in options))
    second.over(status)
    row.took('ended', time.monotonic() - started, at_most=1)
    said = '\n'.join(second.seen)
    assert f'process {first.pid}' in said, said
    assert not second.count('is ready after')
    after = {name: os.stat(f'{folder}/{name}') for name in os.listdir(folder)}
    assert {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in after.items()} == \
        {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in before.items()}, (before, after)
    with Client(port) as client:
        assert client.ask('here') == 'here'
    return f'status {status}, names the other process, whose {" and ".join(sorted(after))} stay, and which serves on'


@fault('the same pid file')
def pid_file(row):
    with tempfile.TemporaryDirectory() as folder:
        return start_second(row, folder, '--pid-file={folder}/a.pid', '--bind=127.0.0.1:0', status=73)


@fault('the same port')
def port(row):
    with tempfile.TemporaryDirectory() as folder:
        return start_second(row, folder, '--pid-file={folder}/b.pid', '--bind=127.0.0.1:{port}', status=69)


@fault('the same unix socket')
def unix_socket(row):
    with tempfile.TemporaryDirectory() as folder:
        return start_second(row, folder, '--bind=unix:{folder}/socket', status=69)
