# SPDX-License-Identifier: LGPL-2.1-or-later
import contextlib
import os
import pathlib
import re

from effect import Program


def listening(pid, port):
    """The inodes of the sockets of a process that listen on the port."""
    table = pathlib.Path(f'/proc/{pid}/net/tcp').read_text(encoding='ascii')
    inodes = {line.split()[9] for line in table.splitlines()[1:]
              if re.match(rf'\s*\d+: [0-9A-F]+:{port:04X} \S+ 0A ', line)}
    found = set()
    for entry in os.scandir(f'/proc/{pid}/fd'):
        with contextlib.suppress(FileNotFoundError):  # it was closed in the meantime
            match = re.fullmatch(r'socket:\[(\d+)\]', os.readlink(entry.path))
            if match and match[1] in inodes:
                found.add(match[1])
    return found


def effect():
    with Program('echo', '--bind=127.0.0.1:0', '--workers=2', '--reuse-port') as program:
        port = program.port()
        program.expect('is ready after')
        program.expect('is ready after')
        shared = listening(program.pid, port)
        first, second = (listening(pid, port) - shared for pid in program.workers())
        assert len(shared) == len(first) == len(second) == 1 and first != second, (shared, first, second)
