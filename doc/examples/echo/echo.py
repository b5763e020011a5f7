#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server that sends back what it receives."""

import logging
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402


class EchoServer(Pulsar.SocketServer):
    def do_connection(self, connection):
        """Called in a worker for each client."""
        output, source = connection.get_output_stream(), connection.get_input_stream()
        output.splice_async(source, Gio.OutputStreamSpliceFlags.NONE, GLib.PRIORITY_DEFAULT, None,
                            self.on_echoed, connection)

    def on_echoed(self, output, result, connection):  # which is closed with its last reference
        try:
            output.splice_finish(result)
        except GLib.Error as error:
            logging.info('A client went away: %s', error.message)


if __name__ == '__main__':
    sys.exit(EchoServer(name='echo').run(sys.argv))
