# SPDX-License-Identifier: LGPL-2.1-or-later
import tempfile

from certificates import make
from effect import Program


def effect():
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make(folder, 'server')
        _, other = make(folder, 'other')
        for option, status in ((key, 0), (other, 78)):
            with Program('echo', '--bind=127.0.0.1:0', f'--tls-cert-file={certificate}', f'--tls-key-file={option}') as program:
                if status == 0:
                    program.port()
                else:
                    program.expect('tls-key-file: the private key in “.*other.key” does not belong to the certificate')
                    assert program.wait() == status
