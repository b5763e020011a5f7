#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A GApplication that starts an application of this library when it is activated; reports its processes, as starts.c does."""

import signal
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402

import starts  # noqa: E402


class Program(Gio.Application):
    """Without Pulsar.worker_main () each worker would become one of these, too."""

    def do_activate(self):
        self.hold()
        self.starts = starts.Starts(name='starts')
        self.starts.start_async(None, self.on_started)

    def on_started(self, configurator, result):
        configurator.start_finish(result)
        monitor = configurator.get_monitor()
        monitor.connect('worker-ready', lambda _monitor, worker: self.show(worker))
        for worker in monitor.get_workers():
            self.show(worker)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, self.stop)

    @staticmethod
    def show(worker):
        print(f'Worker “starts.1” [{worker.get_pid()}] is ready', flush=True)

    def stop(self):
        self.starts.stop_async(None, lambda application, result: (application.stop_finish(result), self.release()))
        return GLib.SOURCE_REMOVE


if __name__ == '__main__':
    is_worker, status = Pulsar.worker_main()
    sys.exit(status if is_worker else Program().run(sys.argv[:1]))
