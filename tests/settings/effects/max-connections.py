# SPDX-License-Identifier: LGPL-2.1-or-later
import select
import socket

from effect import DEADLINE_S, Program


def effect():
    with Program('echo', '--bind=127.0.0.1:0', '--max-connections=1') as program:
        address = '127.0.0.1', program.port()
        with socket.create_connection(address, DEADLINE_S) as first:
            first.sendall(b'here')
            assert first.recv(4) == b'here'
            with socket.create_connection(address, DEADLINE_S) as second:
                second.sendall(b'me too')
                first.sendall(b'still')
                assert first.recv(5) == b'still'
                assert not select.select([second], [], [], 0)[0]  # the worker had its chance
                first.close()
                assert second.recv(6) == b'me too'
