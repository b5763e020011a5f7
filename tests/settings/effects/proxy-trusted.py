# SPDX-License-Identifier: LGPL-2.1-or-later
import socket

from effect import DEADLINE_S, Program


def effect():
    for trusted, answer in (('127.0.0.0/8', b'here'), ('10.0.0.0/8,unix', b'')):
        with Program('echo', '--bind=127.0.0.1:0', '--proxy-protocol=require', f'--proxy-trusted={trusted}') as program:
            with socket.create_connection(('127.0.0.1', program.port()), DEADLINE_S) as connection:
                try:
                    connection.sendall(b'PROXY UNKNOWN\r\nhere')
                    connection.shutdown(socket.SHUT_WR)
                    received = connection.makefile('rb').read()
                except ConnectionError:
                    received = b''
                assert received == answer, (trusted, received)
