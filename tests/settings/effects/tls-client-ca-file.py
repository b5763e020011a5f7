# SPDX-License-Identifier: LGPL-2.1-or-later
import socket
import tempfile

from certificates import make, secure
from effect import DEADLINE_S, Program


def effect():
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make(folder, 'server')
        client, other = make(folder, 'client'), make(folder, 'other')
        with Program('echo', '--bind=127.0.0.1:0', f'--tls-cert-file={certificate}', f'--tls-key-file={key}',
                     f'--tls-client-ca-file={client[0]}') as program:
            port = program.port()
            answers = []
            for pair in (client, other, None):
                try:
                    connection = socket.create_connection(('127.0.0.1', port), DEADLINE_S)
                    with secure(connection, certificate, pair) as connection:
                        connection.sendall(b'here')
                        answers.append(connection.recv(4))
                except OSError:
                    answers.append(None)
            assert answers[0] == b'here' and not answers[1] and not answers[2], answers
