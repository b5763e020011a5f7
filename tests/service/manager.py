# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the checks of services share: a service manager that hears what a program says, and a loop over cases."""

import array
import os
import pathlib
import re
import select
import socket
import struct
import sys
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'settings'))
import effect  # noqa: E402
from effect import DEADLINE_S, Program, Skip, text  # noqa: E402,F401

WAITS = ('WATCHDOG=1',)  # comes at any time


class Manager:
    """The socket that NOTIFY_SOCKET names. A datagram is shown as its lines, with a space in between and times as N."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind('\0' + address[1:] if address.startswith('@') else address)
        self.env = {'NOTIFY_SOCKET': address}
        self.raw = []       # all datagrams, as they came
        self.seen = []      # as they are shown
        self.by = []        # the process that sent each
        self.fds = {}       # name → descriptors that are stored here
        self.n_told = 0     # how many of them were returned

    @property
    def senders(self):
        return set(self.by)

    def _receive(self):
        data, ancillary, _, _ = self.socket.recvmsg(1 << 16, 1 << 12)
        raw = data.decode('utf-8')
        fds = array.array('i')
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(payload[:len(payload) - len(payload) % fds.itemsize])
            elif level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
                self.by.append(struct.unpack('3i', payload)[0])
        self.raw.append(raw)
        self.seen.append(re.sub(r'(_USEC|MAINPID)=\d+', r'\1=N', raw).replace('\n', ' '))
        name = re.search('^FDNAME=(.*)$', raw, re.MULTILINE)
        if 'FDSTORE=1' in raw:
            self.fds.setdefault(name[1], []).extend(fds)
        elif 'FDSTOREREMOVE=1' in raw:
            for fd in self.fds.pop(name[1]):
                os.close(fd)

    def until(self, what):
        """Waits for a datagram that begins with a text; returns those since the last call, without the watchdog's unless that is it."""
        while True:
            new = self.seen[self.n_told:]
            for number, line in enumerate(new):
                if line.startswith(what):
                    self.n_told += number + 1
                    return [line for line in new[:number + 1] if line not in WAITS or line == what]
            assert select.select([self.socket], [], [], DEADLINE_S)[0], f'nobody said “{what}”: {self.seen}'
            self._receive()

    def drain(self):
        """Reads what is there."""
        while select.select([self.socket], [], [], 0)[0]:
            self._receive()
        self.n_told = len(self.seen)

    def rest(self):
        """What was said since the last call, of a program that has ended."""
        first = self.n_told
        self.drain()
        return [line for line in self.seen[first:] if line not in WAITS]

    def is_silent(self, seconds):
        """Nothing is said for a while: what is not said gives no event."""
        self.drain()
        return not select.select([self.socket], [], [], seconds)[0]

    def numbers(self, variable):
        return [int(match[1]) for raw in self.raw for match in re.finditer(rf'^{variable}=(\d+)$', raw, re.MULTILINE)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        for fds in self.fds.values():
            for fd in fds:
                os.close(fd)
        if not self.address.startswith('@'):
            os.unlink(self.address)


def run_cases(cases, tempfile):
    """Runs functions that take a folder, and prints TAP; returns the exit status."""
    print(f'1..{len(cases)}')
    n_failed = 0
    for number, case in enumerate(cases, 1):
        title = case.__name__.replace('_', '-')
        try:
            with tempfile.TemporaryDirectory(prefix='service-') as folder:
                said = case(folder)
            print(f'ok {number} {title}')
            if said:
                print(f'# {said}')
        except Skip as reason:
            print(f'ok {number} {title} # SKIP {reason}')
        except Exception:  # pylint: disable=broad-except
            n_failed += 1
            print(f'not ok {number} {title}', *(f'# {line}' for line in traceback.format_exc().splitlines()), sep='\n')
        sys.stdout.flush()
    return 1 if n_failed else 0
