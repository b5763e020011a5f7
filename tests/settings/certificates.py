# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates for the effects of the settings of TLS, made by openssl."""

import os
import ssl
import subprocess


def openssl(folder, *arguments):
    subprocess.run(['openssl', *arguments], cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def make(folder, name):
    """A certificate that vouches for itself; returns its path and that of its key."""
    openssl(folder, 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
            '-subj', '/CN=' + name, '-addext', 'subjectAltName=DNS:localhost', '-keyout', name + '.key', '-out', name + '.pem')
    return os.path.join(folder, name + '.pem'), os.path.join(folder, name + '.key')


def secure(connection, authority, pair=None):
    """TLS over a connection to a server whose certificate is `authority`."""
    context = ssl.create_default_context(cafile=authority)
    if pair is not None:
        context.load_cert_chain(*pair)
    return context.wrap_socket(connection, server_hostname='localhost')
