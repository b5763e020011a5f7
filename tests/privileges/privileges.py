#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that tells as which user its parts run. With THREAD it starts a thread before run (); with PYTHON_BUSY a worker that is ready
keeps its interpreter for itself."""

import os
import sys
import threading

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Pulsar  # noqa: E402


def tell(what):
    # At once, since another process writes to the same pipe.
    os.write(1, f'as {what} {os.geteuid()} {os.getegid()}\n'.encode())


class App(Pulsar.Application):
    def do_worker_start(self, worker, hook):
        tell('worker-start')
        if 'PYTHON_BUSY' in os.environ:
            os.write(1, f'busy {os.getpid()}\n'.encode())
            while True:
                pass


class Multi(Pulsar.MultiApp):
    def do_build(self):
        if Pulsar.is_worker():
            tell('build')
        self.new_app(App, None, None)


if __name__ == '__main__':
    if Pulsar.is_worker():
        tell('main')
    if 'THREAD' in os.environ:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    sys.exit(Multi(name='app').run(sys.argv))
