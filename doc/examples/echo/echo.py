#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server that sends back what it receives."""

import logging
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402


class EchoServer(Pulsar.SocketServer):
    async def do_connection(self, connection):
        """Called in a worker for each client."""
        source, output = connection.get_input_stream(), connection.get_output_stream()
        try:
            await Pulsar.call(output.splice_async, source, Gio.OutputStreamSpliceFlags.NONE, GLib.PRIORITY_DEFAULT)
        except GLib.Error as error:
            logging.info('A client went away: %s', error.message)
        # The connection closes with the last reference to it.


if __name__ == '__main__':
    sys.exit(EchoServer(name='echo').run())
