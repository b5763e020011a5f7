# SPDX-License-Identifier: LGPL-2.1-or-later
import socket

from effect import Program


def effect():
    # A connection is a request, and so is a command to an application that is no server.
    with Program('app', '--workers=1', '--max-requests=3', '--max-requests-jitter=0') as program:
        name, old = program.worker()
        for _ in range(3):
            assert program.count(r'^items -0 \+1 =2') == 0
            program.answer(program.ask(name, 'do', "('nothing',)"))
        assert program.worker()[1] != old
        program.expect(rf'^exited {name} {old} STOPPED code=0')
    with Program('echo', '--bind=127.0.0.1:0', '--workers=1', '--max-requests=2', '--max-requests-jitter=0') as program:
        port = program.port()
        program.expect('is ready')
        for _ in range(2):
            with socket.create_connection(('127.0.0.1', port)) as connection:
                connection.sendall(b'x')
                assert connection.recv(1) == b'x'
        program.expect('it served its share')
        program.expect('is ready')
