# SPDX-License-Identifier: LGPL-2.1-or-later
"""The application of bench-lifecycle in Python: the same events, and a worker that is busy in Python code."""

import os
import sys

import gi

gi.require_version("Pulsar", "1")
from gi.repository import GLib, Pulsar


def busy():
    print("busy 0", os.getpid(), GLib.get_monotonic_time(), flush=True)
    while True:
        pass


class Bench(Pulsar.Application):
    def do_monitor_start(self, monitor, hook):
        monitor.connect("worker-ready", lambda _monitor, worker: print(
            "ready", worker.get_slot(), worker.get_pid(), worker.get_ready_time(), flush=True))

    def do_worker_start(self, worker, hook):
        GLib.idle_add(busy, priority=GLib.PRIORITY_LOW)


sys.exit(Bench().run(sys.argv))
