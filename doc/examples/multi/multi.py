#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two servers that answer lines, and an application that counts them for both, in one program."""

import collections
import logging
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402


class LineServer(Pulsar.SocketServer):
    """Answers each line with what it makes of it and how many lines it has had, in all its workers."""

    def convert(self, line):
        return line

    async def do_connection(self, connection):
        lines, output = Gio.DataInputStream.new(connection.get_input_stream()), connection.get_output_stream()
        try:
            while True:
                line, _ = await Pulsar.call(lines.read_line_async, GLib.PRIORITY_DEFAULT, finish='read_line_finish_utf8')
                if line is None:
                    break
                count = await self.get_actor().send('tally_multi', 'count', self.get_name())
                answer = GLib.Bytes.new(f'{self.convert(line)} {count}\n'.encode())
                await Pulsar.call(output.splice_async, Gio.MemoryInputStream.new_from_bytes(answer),
                                  Gio.OutputStreamSpliceFlags.NONE, GLib.PRIORITY_DEFAULT)
        except GLib.Error as error:
            logging.info('A client went away: %s', error.message)


class Shouter(LineServer):
    def convert(self, line):
        return line.upper()


class Tally(Pulsar.Application):
    """No server: it lives with the arbiter, and servers send it messages."""

    def do_register_settings(self, config):
        config.set_class_value('workers', 0)

    def do_monitor_start(self, monitor, hook):
        self.counts = collections.Counter()


@Pulsar.command('count', '(s)', callers=Pulsar.CommandCallers.SIBLING)
def count(request, server):
    counts = request.get_actor().get_application().counts
    counts[server] += 1
    return counts[server]


class Multi(Pulsar.MultiApp):
    def do_build(self):
        """In each process; a worker then becomes one of them."""
        yield self.new_app(LineServer)
        yield self.new_app(Shouter, 'shout', bind=['127.0.0.1:8061'])
        tally = self.new_app(Tally, 'tally')
        tally.connect('monitor-stopping', lambda *_: print('Lines:', tally.counts['multi'], tally.counts['shout_multi']))
        yield tally


if __name__ == '__main__':
    sys.exit(Multi(name='multi').run())
