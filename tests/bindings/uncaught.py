# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server whose handlers fail as the first byte of a client says; check-uncaught runs it, and uncaught.js, which is the same."""

import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import GLib, Pulsar  # noqa: E402

kept = []


def explode():
    raise TypeError('boom')


class Server(Pulsar.SocketServer):
    async def do_connection(self, connection):
        data = await Pulsar.call(connection.get_input_stream().read_bytes_async, 1, GLib.PRIORITY_DEFAULT)
        if data.get_data() == b'c':
            GLib.idle_add(explode)  # a callback the library knows nothing of
        elif data.get_data() == b'a':
            kept.append(connection)  # whoever has it too must not keep the client waiting
            await Pulsar.sleep(0)
            explode()


def on_connection(server, connection):
    kept.append(connection)
    explode()


server = Server(name='program')
if '--sync' in sys.argv:
    sys.argv.remove('--sync')
    server = Pulsar.SocketServer(name='program')
    server.connect('connection', on_connection)
sys.exit(server.run())
