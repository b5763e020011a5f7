# SPDX-License-Identifier: LGPL-2.1-or-later
import socket
import ssl
import tempfile

from certificates import make, secure
from effect import DEADLINE_S, Program


def effect():
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make(folder, 'server')
        with Program('echo', '--bind=127.0.0.1:0', f'--tls-cert-file={certificate}', f'--tls-key-file={key}') as program:
            with secure(socket.create_connection(('127.0.0.1', program.port()), DEADLINE_S), certificate) as connection:
                assert connection.getpeercert(True) == ssl.PEM_cert_to_DER_cert(open(certificate, encoding='ascii').read())
                connection.sendall(b'here')
                assert connection.recv(4) == b'here'
