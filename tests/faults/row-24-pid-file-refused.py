# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import pathlib
import tempfile
import time

from fault import as_nobody, fault, in_namespaces, text


def refuse(row, path, prefix=()):
    """What a program says that cannot have its pid file; it starts nothing, and the folder stays as it is."""
    folder = os.path.dirname(path)
    before = describe(folder)
    started = time.monotonic()
    victim = row.start('victim', '--bind=127.0.0.1:0', f'--pid-file={path}', prefix=prefix)
    said = victim.expect(r'error: The pid file “[^”]*” cannot be had: (.*)')[1].replace(folder, 'FOLDER')
    victim.over(73)
    row.took('refused', time.monotonic() - started, at_most=0.2)
    assert not victim.count('Listening on|is ready after'), victim.seen
    assert describe(folder) == before, f'{before} became {describe(folder)}'
    return f'status 73, “{said}”; nothing was started, no file was touched'


def describe(folder):
    if not os.path.isdir(folder):
        return None
    return {entry.name: (entry.stat().st_ino, entry.is_file() and pathlib.Path(entry.path).read_bytes()) for entry in os.scandir(folder)}


@fault('its folder is missing')
def missing(row):
    with tempfile.TemporaryDirectory() as folder:
        return refuse(row, f'{folder}/missing/a.pid').replace(folder, 'FOLDER')


@fault('no right to write')
def no_right(row):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        return refuse(row, f'{folder}/a.pid', as_nobody('victim'))


@fault('a file system that is read-only')
def read_only(row):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, 'a.pid').write_text('1\n', encoding='ascii')
        return refuse(row, f'{folder}/a.pid', in_namespaces(f'mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}'))


@fault('a full disk')
def full_disk(row):
    """With a file of before on it, which is not cut short."""
    with tempfile.TemporaryDirectory() as folder:
        prefix = in_namespaces(f'mount -t tmpfs -o size=64k none {folder} && echo 1 > {folder}/a.pid && '
                               f'{{ dd if=/dev/zero of={folder}/big bs=4k 2>/dev/null || true; }}')
        prefix[-2] = prefix[-2].replace('exec "$@"', f'{{ "$@"; status=$?; ls -A {folder}; cat {folder}/a.pid; exit $status; }}')
        outcome = refuse(row, f'{folder}/a.pid', prefix)
        left = row.victims[0].seen[-3:]
        assert left == ['a.pid', 'big', '1'], left
        return outcome


@fault('a folder in its place')
def a_folder(row):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f'{folder}/a.pid')
        outcome = refuse(row, f'{folder}/a.pid')
        assert os.path.isdir(f'{folder}/a.pid')
        return outcome


@fault('another file in its place')
def another_file(row):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, 'important.conf')
        path.write_text('[pulsar]\nworkers=2\n', encoding='ascii')
        outcome = refuse(row, str(path))
        assert text(path) == '[pulsar]\nworkers=2\n'
        return outcome
