# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal

from fault import children, client_of, facts, fault, wait_gone, wait_until

N_CHILDREN = 3


def fork(victim, port, pid, action='fork'):
    """Has a worker fork children that are deaf to SIGTERM; returns them."""
    for _ in range(N_CHILDREN):
        with client_of(port, pid) as client:
            client.act(action)
    wait_until(lambda: len(children(pid)) == N_CHILDREN)
    grandchildren = children(pid)
    for child in grandchildren:
        wait_until(lambda: int(facts(child)['SigIgn'], 16) & 1 << signal.SIGTERM - 1)  # pylint: disable=cell-var-from-loop
    return grandchildren


def stop(row, program):
    victim = row.start(program, '--bind=127.0.0.1:0')
    port = victim.port()
    pid, = victim.ready().values()
    grandchildren = fork(victim, port, pid)
    victim.check_settled()
    victim.signal(signal.SIGTERM)
    victim.over()
    for child in grandchildren:
        row.took('gone after the arbiter', wait_gone(child), 0.1)
    return f'{len(grandchildren)} of {len(grandchildren)} are gone after the stop'


@fault('a stop: C')
def stop_in_c(row):
    return stop(row, 'victim')


@fault('a stop: Python')
def stop_in_python(row):
    return stop(row, 'victim-python')


@fault('the worker is killed')
def kill(row):
    victim = row.start('victim', '--bind=127.0.0.1:0')
    port = victim.port()
    pid, = victim.ready().values()
    grandchildren = fork(victim, port, pid)
    os.kill(pid, signal.SIGKILL)
    victim.ready()
    for child in grandchildren:
        row.took('gone', wait_gone(child), 0.1)
    return f'{len(grandchildren)} of {len(grandchildren)} are gone with their worker'
