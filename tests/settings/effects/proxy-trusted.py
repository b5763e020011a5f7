# SPDX-License-Identifier: LGPL-2.1-or-later
import errno
import socket

from effect import DEADLINE_S, Program

REFUSED = r'notice: A connection from 127\.0\.0\.1:\d+ was closed before it was served: its sender is none of “proxy-trusted”'


def ask(port):
    with socket.create_connection(('127.0.0.1', port), DEADLINE_S) as connection:
        try:
            connection.sendall(b'PROXY UNKNOWN\r\nhere')
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile('rb').read()
        except OSError as error:
            # Who is not trusted is reset, and may learn of it at any of these calls.
            assert isinstance(error, ConnectionError) or error.errno == errno.ENOTCONN, error
            return b''


def effect():
    with Program('echo', '--bind=127.0.0.1:0', '--proxy-protocol=require', '--proxy-trusted=127.0.0.0/8') as program:
        assert ask(program.port()) == b'here'

    # The log tells why nobody is served, though not for each client.
    with Program('echo', '--bind=127.0.0.1:0', '--workers=1', '--proxy-protocol=require',
                 '--proxy-trusted=10.0.0.0/8,unix') as program:
        port = program.port()
        for _ in range(3):
            assert ask(port) == b''
        program.expect(REFUSED)
        program.stop()
        assert program.count('closed before it was served') == 1

    with Program('echo', '--bind=127.0.0.1:0', '--proxy-trusted=10.0.0.0/8') as program:
        program.expect('notice: “proxy-trusted” says nothing while “proxy-protocol” is “off”')
