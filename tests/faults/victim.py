#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The program that the rows do harm to, in Python: victim.c tells what it does."""

import os
import pathlib
import signal
import sys
import time

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402


def die_after(milliseconds):
    GLib.timeout_add(milliseconds, os._exit, 9)


def last_words(number):
    for line in range(1, number + 1):
        print('last words', line, file=sys.stderr)
    os._exit(7)


def compute_for_ever():
    while True:
        pass


def fork_child(own_session):
    if os.fork() == 0:
        if own_session:
            os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        while True:
            signal.pause()


def act(action):
    name, _, text = action.partition(' ')
    number = int(text) if text.isdecimal() else 0
    actions = {
        'exit': lambda: os._exit(number),
        'signal': lambda: (signal.signal(number, signal.SIG_DFL), os.kill(os.getpid(), number)),
        'busy': compute_for_ever,
        'sleep': lambda: time.sleep(number / 1000),
        'deaf': lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
        'die-after': lambda: die_after(number),
        'leak': lambda: LEAKED.append(b'x' * (number << 20)),
        'print': lambda: [print('a line of 64 bytes, of which there are to come very very many..') for _ in range(number << 14)],
        'fork': lambda: fork_child(False),
        'fork-session': lambda: fork_child(True),
        'last-words': lambda: last_words(number),
        'raw': lambda: os.write(MAILBOX, bytes.fromhex(text)),
    }
    actions[name]()


LEAKED = []
KEPT = []
MAILBOX = 3  # of a worker


Pulsar.command_register('keep', '(s)', Pulsar.CommandCallers.ANY, lambda request, *_: KEPT.append(request))


@Pulsar.command('answer-kept', None, Pulsar.CommandCallers.ANY)
def answer_kept(_request):
    n_kept = len(KEPT)
    while KEPT:
        request = KEPT.pop()
        request.return_value(request.get_arguments())
    return n_kept


@Pulsar.command('fail', '(s)', Pulsar.CommandCallers.ANY)
def fail(_request, text):
    raise LookupError(text)


@Pulsar.command('fail-with-error', '(s)', Pulsar.CommandCallers.ANY)
async def fail_with_error(_request, text):
    await Pulsar.sleep(0)
    raise GLib.Error(text, 'g-io-error-quark', Gio.IOErrorEnum.NOT_FOUND)


class Victim(Pulsar.SocketServer):
    def __init__(self, **properties):
        super().__init__(**properties)
        self.clients = []

    def do_worker_start(self, worker, hook):
        path = pathlib.Path(os.environ.get('VICTIM_DIR', '/nonexistent'), 'start-' + self.get_name())
        action = path.read_text(encoding='utf-8').strip() if path.exists() else os.environ.get('VICTIM_START')
        if action:
            if action.startswith('fail '):
                raise RuntimeError(action.removeprefix('fail '))
            act(action)

    async def do_connection(self, connection):
        lines = Gio.DataInputStream.new(connection.get_input_stream())
        self.clients.append(connection)
        try:
            while True:
                line, _ = await Pulsar.call(lines.read_line_async, GLib.PRIORITY_DEFAULT, finish='read_line_finish_utf8')
                if line is None:
                    break
                if line.startswith('ask '):
                    Pulsar.Task(self.ask(connection.get_socket(), line.removeprefix('ask ')))
                else:
                    self.answer(connection.get_socket(), line)
        except GLib.Error:
            pass
        self.clients.remove(connection)

    async def ask(self, client, line):
        target, command, milliseconds, arguments = line.split(' ', 3)
        try:
            value = await self.get_actor().send(target, command, *GLib.Variant.parse(None, arguments, None, None).unpack(),
                                                timeout_ms=int(milliseconds))
            answer = f'ok {value}'
        except GLib.Error as error:
            answer = f'error {error.domain} {error.code} {error.message}'.replace('\n', ' ')
        client.send(answer.encode() + b'\n', None)

    def answer(self, client, line):
        known = {'pid': str(os.getpid()), 'slot': self.get_actor().get_name(), 'clock': str(int(time.time()))}
        is_action = line.startswith('do ')
        client.send(f"{'doing ' + line.removeprefix('do ') if is_action else known.get(line, line)}\n".encode(), None)
        if is_action:
            act(line.removeprefix('do '))

    def do_draining(self):
        for connection in self.clients:
            connection.get_socket().send(b'BYE\n', None)
            connection.get_socket().shutdown(True, True)


class Both(Pulsar.MultiApp):
    def do_build(self):
        yield self.new_app(Victim)
        yield self.new_app(Victim, 'other')


if __name__ == '__main__':
    STATUS = (Both if 'VICTIM_MULTI' in os.environ else Victim)(name='victim').run()
    if Pulsar.is_worker() and 'VICTIM_TELL' in os.environ:
        print(os.getpid(), 'ends', flush=True)
    sys.exit(STATUS)
