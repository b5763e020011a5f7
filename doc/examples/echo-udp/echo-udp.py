#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server that sends each datagram back to where it came from."""

import logging
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import GLib, Pulsar  # noqa: E402


class EchoServer(Pulsar.DatagramServer):
    def do_datagram(self, data, address):
        """Called in a worker for each datagram."""
        try:
            self.send_to(data, address)
        except GLib.Error as error:
            logging.info('An answer is lost: %s', error.message)


if __name__ == '__main__':
    sys.exit(EchoServer(name='echo-udp').run(sys.argv))
