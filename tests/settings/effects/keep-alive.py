# SPDX-License-Identifier: LGPL-2.1-or-later
import socket

from effect import DEADLINE_S, Program


def effect():
    with Program('echo', '--bind=127.0.0.1:0', '--keep-alive=200ms') as program:
        with socket.create_connection(('127.0.0.1', program.port()), DEADLINE_S) as connection:
            connection.sendall(b'here')
            assert connection.recv(4) == b'here'
            assert connection.recv(4) == b''  # by default nothing ends an idle connection
