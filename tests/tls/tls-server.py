#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server of check-tls in Python: what a program can know of its connections."""

import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402


def describe(address):
    return address.to_string() if address is not None else '-'


def answer(connection, line):
    if line == 'ends':
        assert connection.props.peer_address == connection.get_peer_address()
        return f'{describe(connection.get_peer_address())} {describe(connection.get_destination_address())}'
    if line == 'tls':
        tls = connection.get_tls_connection()
        if tls is None:
            return '-'
        certificate = tls.get_peer_certificate()
        version = 'TLSv1.3' if tls.get_protocol_version() == Gio.TlsProtocolVersion.TLS_1_3 else 'TLSv1.2'
        return f'{version} {certificate.get_subject_name() if certificate else "-"}'
    return line


class Server(Pulsar.SocketServer):
    def do_connection(self, connection):
        self.read_line(connection, Gio.DataInputStream.new(connection.get_input_stream()))

    def read_line(self, connection, lines):
        lines.read_line_async(GLib.PRIORITY_DEFAULT, None, self.on_line, connection)

    def on_line(self, lines, result, connection):
        try:
            line, _ = lines.read_line_finish_utf8(result)
        except GLib.Error:
            line = None
        if line is None:
            connection.close()
            return
        connection.get_output_stream().write_all(answer(connection, line).encode() + b'\n', None)
        self.read_line(connection, lines)


if __name__ == '__main__':
    sys.exit(Server(name='lines').run(sys.argv))
