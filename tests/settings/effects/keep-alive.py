# SPDX-License-Identifier: LGPL-2.1-or-later
import socket
import time

from effect import DEADLINE_S, Program


def effect():
    with Program('echo', '--bind=127.0.0.1:0', '--keep-alive=200ms') as program:
        started = time.monotonic()
        with socket.create_connection(('127.0.0.1', program.port()), DEADLINE_S) as connection:
            assert connection.recv(4) == b''  # by default nothing ends an idle connection
        assert time.monotonic() - started >= 0.2
