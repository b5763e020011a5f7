# SPDX-License-Identifier: LGPL-2.1-or-later
import secrets
import signal
import socket

from effect import Program


def effect():
    """A unix socket says at once that no more may wait."""
    name = f'\0effect-backlog-{secrets.token_hex(8)}'
    with Program('echo', f'--bind=unix:@{name[1:]}', '--backlog=3', '--timeout=1h') as program:
        program.expect('is ready after')
        worker, = program.workers()
        program.freeze(worker)
        waiting = []
        try:
            while len(waiting) < 100:
                connection = socket.socket(socket.AF_UNIX)
                waiting.append(connection)
                connection.setblocking(False)
                connection.connect(name)
        except BlockingIOError:
            pass
        for connection in waiting:
            connection.close()
        program.signal(signal.SIGCONT, worker)
        assert len(waiting) == 5, len(waiting)  # one more than the backlog, and the one that was refused
