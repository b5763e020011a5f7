# SPDX-License-Identifier: LGPL-2.1-or-later
import socket

from effect import Program


def effect():
    with Program('echo', '--bind=127.0.0.1:0') as program:
        with socket.create_connection(('127.0.0.1', program.port())) as connection:
            connection.sendall(b'here')
            assert connection.recv(4) == b'here'
