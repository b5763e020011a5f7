#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Greets the names it reads, one a line, through an actor that remembers whom it met."""

import collections
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402


class Greeter(Pulsar.Actor):
    """Lives in a process of its own."""

    def do_starting(self, hook):
        self.greeted = collections.Counter()


@Pulsar.command('greet', '(s)')
def greet(request, name):
    greeted = request.get_actor().greeted
    greeted[name] += 1
    return f'Hello {name} ({greeted[name]})'


class Hello(Pulsar.Application):
    async def do_worker_start(self, worker, hook):
        greeter = await worker.spawn(Greeter, 'greeter')
        Pulsar.Task(self.chat(greeter))

    async def chat(self, greeter):
        names = Gio.DataInputStream.new(Gio.UnixInputStream.new(sys.stdin.fileno(), False))
        try:
            while True:
                name, _ = await Pulsar.call(names.read_line_async, GLib.PRIORITY_DEFAULT, finish='read_line_finish_utf8')
                if name is None:
                    break
                print(await greeter.send('greet', name), flush=True)
        except GLib.Error as error:
            print(error.message, file=sys.stderr)
        Pulsar.Arbiter.get_default().stop()


if __name__ == '__main__':
    sys.exit(Hello(name='hello', workers=0).run())
