# SPDX-License-Identifier: LGPL-2.1-or-later
import socket

from effect import DEADLINE_S, Program

HEADER = b'PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n'


def effect():
    for mode, answer in (('off', HEADER + b'here'), ('require', b'here')):
        with Program('echo', '--bind=127.0.0.1:0', f'--proxy-protocol={mode}') as program:
            with socket.create_connection(('127.0.0.1', program.port()), DEADLINE_S) as connection:
                connection.sendall(HEADER + b'here')
                connection.shutdown(socket.SHUT_WR)
                assert connection.makefile('rb').read() == answer
