# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a handler in Python adds to an ask: `messages.py SECONDS` prints one line of JSON.

One worker is asked for two commands by turns, one after the other, on one CPU: `echo`, whose handler is C, and one in Python
that unpacks its argument and packs the answer. The difference is compared with a bare callback of PyGObject that unpacks and
packs the same values: the handler of the signal of a GSimpleAction, less the same activation without a handler.
"""

import json
import os
import statistics
import sys
import time

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402

TEXT = 'x' * 64
ARGUMENTS = GLib.Variant('(s)', (TEXT,))
N_ROUNDS = 9
BATCH = 64
COMMANDS = 'echo', 'bench-python'


@Pulsar.command('bench-python', '(s)', Pulsar.CommandCallers.SUPERVISOR)
def echo(request, text):
    return text


class Bench(Pulsar.Application):
    seconds = 1.0

    def do_monitor_start(self, monitor, hook):
        monitor.connect('worker-ready', self.on_ready)

    def on_ready(self, monitor, worker):
        cpu = min(os.sched_getaffinity(0))
        for pid in (os.getpid(), worker.get_pid()):
            for task in os.listdir(f'/proc/{pid}/task'):
                os.sched_setaffinity(int(task), {cpu})
        self.worker = worker
        self.steps = list(COMMANDS) * N_ROUNDS
        self.figures = {command: [] for command in COMMANDS}
        self.begin()

    def begin(self):
        if not self.steps:
            report(*(statistics.median(self.figures[command]) for command in COMMANDS))
            Pulsar.Arbiter.get_default().stop()
            return
        self.command = self.steps.pop(0)
        self.n = 0
        self.begun = time.perf_counter()
        self.end = self.begun + self.seconds / (2 * N_ROUNDS)
        self.ask()

    def ask(self):
        self.worker.send_async(self.command, ARGUMENTS, None, Pulsar.TIMEOUT_DEFAULT, None, self.on_answer)

    def on_answer(self, worker, result):
        worker.send_finish(result)
        self.n += 1
        if self.n % BATCH != 0 or time.perf_counter() < self.end:
            self.ask()
            return
        self.figures[self.command].append((time.perf_counter() - self.begun) / self.n)
        self.begin()


def activate(action, n):
    begin = time.perf_counter()
    for _ in range(n):
        action.activate(ARGUMENTS)
    return (time.perf_counter() - begin) / n


def on_activate(action, parameter):
    text, = parameter.unpack()
    GLib.Variant('s', text)


def measure_callback():
    """Seconds of a callback."""
    with_handler, without = (Gio.SimpleAction.new('bench', ARGUMENTS.get_type()) for _ in range(2))
    with_handler.connect('activate', on_activate)
    differences = []
    for _ in range(N_ROUNDS):
        bare = activate(without, 2000)
        differences.append(activate(with_handler, 2000) - bare)
    return statistics.median(differences)


def report(with_c, with_python):
    added = with_python - with_c
    callback = measure_callback()
    print(json.dumps({'metric': 'python-handler-adds', 'value': round(added * 1e6, 3), 'unit': 'µs', 'peer': 'pygobject-callback',
                      'ratio': round(callback / added, 4)}, ensure_ascii=False), flush=True)


Bench.seconds = float(sys.argv[1])
sys.exit(Bench(name='bench-python', parse_console=False).run(sys.argv[:1]))
