# SPDX-License-Identifier: LGPL-2.1-or-later
import signal
import socket

from effect import DEADLINE_S, Program

N_SENT = 40


def count_kept(*options):
    """How many datagrams wait for a worker that does not run; the rest is dropped by the kernel."""
    with Program('echo-udp', '--bind=127.0.0.1:0', '--timeout=1h', *options) as program:
        port = program.port()
        program.expect('is ready after')
        worker, = program.workers()
        program.freeze(worker)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(DEADLINE_S)
            client.connect(('127.0.0.1', port))
            for _ in range(N_SENT):
                client.send(b'x' * 1000)
            program.signal(signal.SIGCONT, worker)
            answers = [client.recv(2000)]
            client.send(b'end')
            while answers[-1] != b'end':
                answers.append(client.recv(2000))
            return len(answers) - 1


def effect():
    assert count_kept('--receive-buffer=4K') < count_kept() == N_SENT
