# SPDX-License-Identifier: LGPL-2.1-or-later
import socket

from effect import DEADLINE_S, Program


def effect():
    with Program('echo-udp', '--bind=127.0.0.1:0', '--datagram-size-max=50') as program:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(DEADLINE_S)
            client.connect(('127.0.0.1', program.port()))
            client.send(b'x' * 51)
            client.send(b'y' * 50)
            assert client.recv(100) == b'y' * 50
