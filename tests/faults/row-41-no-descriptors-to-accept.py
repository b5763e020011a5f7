# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import time

from fault import Client, fault, set_limit, soft_limit

N_WAITING = 20
PAUSE_S = 0.5


def exhaust(row, program):
    """The worker has a client when its last descriptor goes; those that come then are served once there are descriptors again."""
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=1')
    port = victim.port()
    pid, = victim.ready().values()
    with Client(port) as served:
        assert served.ask('before') == 'before'
        before = soft_limit(pid, 'Max open files')
        set_limit(pid, 'nofile', len(os.listdir(f'/proc/{pid}/fd')))
        waiting = [Client(port) for _ in range(N_WAITING)]
        for number, client in enumerate(waiting):
            client.socket.sendall(f'request {number}\n'.encode())
        victim.expect('Cannot accept connections for now: Too many open files; open ones are served')
        asked = time.monotonic()
        assert served.ask('meanwhile') == 'meanwhile'
        row.took('answer of the one that is served', time.monotonic() - asked, at_most=0.05)
        # Three pauses and more, in which nothing more is said.
        n_answers, until = 0, time.monotonic() + 4 * PAUSE_S
        while time.monotonic() < until:
            n_answers += served.ask('still') == 'still'
        set_limit(pid, 'nofile', before)
        raised = time.monotonic()
        for number, client in enumerate(waiting):
            assert client.read() == f'request {number}'
            client.close()
        row.took('all served after there were descriptors', time.monotonic() - raised, at_most=PAUSE_S + 0.1)
        assert served.ask('after') == 'after'
    victim.finish()
    said = victim.count('Cannot accept')
    assert victim.count('is ready after') == 1
    return f'the one that was served stayed so; {N_WAITING} of {N_WAITING} that waited were served later; said {said} times; the worker lives'


@fault('C')
def in_c(row):
    return exhaust(row, 'victim')


@fault('Python')
def in_python(row):
    return exhaust(row, 'victim-python')
