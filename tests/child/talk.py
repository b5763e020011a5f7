#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A worker that prints and ends as TALK says: the program of tests/log/check-worker-output."""

import os
import subprocess
import sys
import time

import gi

gi.require_version('Pulsar', '1')
from gi.repository import GLib, Pulsar  # noqa: E402

BLOCK = (b'x' * 79 + b'\n') * 100


def flood(fd, size):
    """Writes so many megabytes and tells how long it took by a file."""
    start = time.monotonic()
    for _ in range(size * 1000000 // len(BLOCK)):
        data = BLOCK
        while data:
            data = data[os.write(fd, data):]
    path = os.environ['APP_DIR'] + '/flooded'
    with open(path + '.new', 'w', encoding='utf-8') as file:
        file.write(str(time.monotonic() - start))
    os.rename(path + '.new', path)


def spin():
    while True:
        pass


def print_on():
    """Prints until somebody ends it; an error of print would be the end, too."""
    with open(os.environ['APP_DIR'] + '/printing', 'w', encoding='utf-8'):
        pass
    while not os.path.exists(os.environ['APP_DIR'] + '/enough'):
        print('on')
    for _ in range(1000):
        print('and on')
    with open(os.environ['APP_DIR'] + '/orderly', 'w', encoding='utf-8') as file:
        file.write('yes')


class Talk(Pulsar.Application):
    def do_worker_start(self, _worker, hook):
        what, _, rest = os.environ.get('TALK', '').partition(':')
        print('started', os.getpid())
        if what == 'fail':
            raise SystemExit(3)
        if what == 'import':
            sys.stderr.write('Traceback: there is no such module\n')
            os._exit(1)
        GLib.timeout_add(1, self.talk, what, rest)

    def talk(self, what, rest):
        if what == 'spin':
            spin()
        elif what == 'flood':
            fd, size = rest.split(',')
            flood(int(fd), int(size))
        elif what == 'print-on':
            print_on()
        elif what == 'lines':
            for number in range(int(rest)):
                print(f'line {number}', file=sys.stderr)
            os._exit(7)
        elif what == 'odd':
            os.write(1, b'bytes \xff\xfe \x1b[2J zero \0 end\r\n\ntab\tsign\n')
            os.write(1, 'ä'.encode() * 10000 + b'\n')
            os.write(2, 'ö'.encode() * 1000 + b'\nno end')
            os._exit(7)
        elif what == 'grandchild':
            subprocess.Popen(['setsid', 'sleep', rest], start_new_session=True)
            os.write(2, b'last words\n')
            os._exit(7)
        return False


sys.exit(Talk(name='talk').run(sys.argv))
