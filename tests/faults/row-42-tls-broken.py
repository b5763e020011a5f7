# SPDX-License-Identifier: LGPL-2.1-or-later
import contextlib
import importlib.machinery
import importlib.util
import os
import pathlib
import socket
import ssl
import sys
import tempfile
import time

from fault import DEADLINE_S, Client, Load, fault

HERE = pathlib.Path(__file__).resolve().parent
HANDSHAKE_TIMEOUT_S = 1
PATIENT_S = 120


def load_tls():
    """What the test of TLS has: certificates, and a client that stops where it likes."""
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader('check_tls', str(HERE.parent / 'tls' / 'check-tls'))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('check_tls', loader))
    loader.exec_module(module)
    return module


tls = load_tls()


def connect(port):
    return socket.create_connection(('127.0.0.1', port), timeout=DEADLINE_S)


def is_closed(connection):
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(65536):
            pass
    return True


@fault('without TLS: cut, reset and half-open connections')
def plain(row):
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2')
    port = victim.port()
    workers = sorted(victim.ready(2).values())
    load = Load(port, 2, pause=0.002)
    load.wait_answers(20)
    n_faults = 0
    for _ in range(50):
        for data, ending in ((b'', 'reset'), (b'half a line', 'reset'), (b'half a line', 'close'), (b'a line\n', 'reset'),
                             (b'a line\nand half of one', 'reset'), (b'x' * 100_000, 'reset')):
            connection = connect(port)
            connection.sendall(data)
            n_faults += 1
            if ending == 'reset':
                tls.reset(connection)
            else:
                connection.close()
    with connect(port) as half_closed:
        half_closed.sendall(b'asked before it was half closed\n')
        half_closed.shutdown(socket.SHUT_WR)
        assert half_closed.makefile().read() == 'asked before it was half closed\n'
    load.wait_answers(50)
    load.stop()
    with Client(port) as client:
        assert int(client.ask('pid')) in workers, 'a worker was replaced'
    row.note('broken connections', n_faults)
    victim.finish()
    return (f'a half-closed one gets its answer; {load.broken.total()} other connections broke, {load.refused} refused, {load.wrong} wrong; '
            f"{victim.count('is ready after') - 2} workers were replaced")


def serve(row, folder, *options):
    certificates = tls.Certificates(folder)
    victim = row.start('echo', '--bind=127.0.0.1:0', '--workers=1', '--log-level=info', '--tls-cert-file=' + certificates('server.pem'),
                       '--tls-key-file=' + certificates('server.key'), *options)
    port = victim.port()
    victim.ready()
    return certificates, victim, port


def ask(certificates, port):
    context = ssl.create_default_context(cafile=certificates('ca.pem'))
    with context.wrap_socket(connect(port), server_hostname='localhost') as client:
        client.sendall(b'here\n')
        return client.recv(100) == b'here\n'


@fault('clients that speak no TLS, or stop amid the handshake')
def clients(row):
    with tempfile.TemporaryDirectory() as folder:
        certificates, victim, port = serve(row, folder, f'--handshake-timeout={PATIENT_S}s')
        hello = tls.Client(ssl.create_default_context(cafile=certificates('ca.pem'))).begin()
        context = ssl.create_default_context(cafile=certificates('ca.pem'))
        with context.wrap_socket(connect(port), server_hostname='localhost') as open_one:
            harms = {
                'garbage': (bytes([0x80]) + os.urandom(1000), None),
                'HTTP': (b'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', None),
                'a garbled first message': (b'\x16\x03\x01\x00\x64\x01\x00\x00\x60' + os.urandom(96), None),
                'a record that is too long': (b'\x16\x03\x01\xff\xff\x01', None),
                'nothing, closed': (b'', 'half-close'),
                'half a first message, closed': (hello[:50], 'half-close'),
                'a first message, closed': (hello, 'half-close'),
                'a first message, reset': (hello, 'reset'),
            }
            for data, ending in harms.values():
                connection = connect(port)
                connection.sendall(data)
                if ending == 'reset':
                    tls.reset(connection)
                    continue
                if ending == 'half-close':
                    connection.shutdown(socket.SHUT_WR)
                with connection:
                    assert is_closed(connection)
            for _ in harms:
                victim.expect('was closed before it was served')
            open_one.sendall(b'still here\n')
            assert open_one.recv(100) == b'still here\n'
        assert ask(certificates, port)
        victim.finish()
        assert victim.count('is ready after') == 1
        assert victim.count('perhaps HTTP') == 1
    return ', '.join(harms) + ': each closed; one that was open and one that came later were served'


@fault('clients that stall')
def stalled(row):
    with tempfile.TemporaryDirectory() as folder:
        certificates, _, port = serve(row, folder, f'--handshake-timeout={HANDSHAKE_TIMEOUT_S}s')
        hello = tls.Client(ssl.create_default_context(cafile=certificates('ca.pem'))).begin()
        connections = []
        for data in (b'', hello[:50], hello):
            started = time.monotonic()
            connection = connect(port)
            connection.sendall(data)
            connections.append((connection, started))
        assert ask(certificates, port)
        for connection, started in connections:
            with connection:
                assert is_closed(connection)
            took = row.took('closed', time.monotonic() - started, at_most=HANDSHAKE_TIMEOUT_S + 0.5)
            assert took > HANDSHAKE_TIMEOUT_S - 0.05, took
        assert ask(certificates, port)
    return 'before, amid and after the first message: each closed by handshake-timeout, and not before; others were served meanwhile'


@fault('certificates at the start')
def certificates_at_start(row):
    with tempfile.TemporaryDirectory() as folder:
        path = tls.Certificates(folder)
        pathlib.Path(path('garbage.pem')).write_text('-----BEGIN CERTIFICATE-----\nMIIgarbage\n-----END CERTIFICATE-----\n', encoding='ascii')
        wrong = {
            'missing': ('missing.pem', 'server.key', 'No such file'),
            'expired': ('expired.pem', 'expired.key', 'expired on '),
            'not yet valid': ('future.pem', 'future.key', 'is not valid before '),
            'garbage': ('garbage.pem', 'server.key', 'cannot be used'),
            'a folder': ('.', 'server.key', 'is not a file'),
            'with the key of another': ('server.pem', 'client.key', 'does not belong'),
        }
        for what, (certificate, key, words) in wrong.items():
            started = time.monotonic()
            victim = row.start('echo', '--bind=127.0.0.1:0', '--tls-cert-file=' + path(certificate), '--tls-key-file=' + path(key))
            victim.over(78)
            row.took('refused', time.monotonic() - started, at_most=0.3)
            said = [line for line in victim.seen if words in line]
            assert said and 'tls-' in said[0], (what, victim.seen)
            assert not victim.count('Listening on'), victim.seen
    return ', '.join(wrong) + ': status 78, with the setting, the file and what is wrong; nothing was started'
