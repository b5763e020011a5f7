# SPDX-License-Identifier: LGPL-2.1-or-later
import socket
import time

from effect import DEADLINE_S, Program


def effect():
    with Program('echo', '--bind=127.0.0.1:0', '--proxy-protocol=require', '--handshake-timeout=300ms') as program:
        started = time.monotonic()
        with socket.create_connection(('127.0.0.1', program.port()), DEADLINE_S) as connection:
            connection.sendall(b'PROXY')
            assert connection.recv(1) == b''  # the default is 10 s
        assert 0.3 <= time.monotonic() - started < 9
