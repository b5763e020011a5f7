# SPDX-License-Identifier: LGPL-2.1-or-later
import socket
import time

from effect import DEADLINE_S, Program, assert_in_time


def effect():
    with Program('echo', '--bind=127.0.0.1:0', '--proxy-protocol=require', '--handshake-timeout=200ms') as program:
        address = '127.0.0.1', program.port()
        program.expect('is ready after')
        started = time.monotonic()
        for n_rounds in range(1, 8):  # by default each takes 10 s
            with socket.create_connection(address, DEADLINE_S) as connection:
                assert connection.recv(1) == b''
            assert time.monotonic() - started >= n_rounds * 0.2
        assert_in_time(started)
