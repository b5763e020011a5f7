# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal
import time

from fault import Client, fault


def kill_idle(row, program):
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2')
    port = victim.port()
    workers = victim.ready(2)
    slot, pid = sorted(workers.items())[0]
    started = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    n_refused = n_served = 0
    # Somebody comes every now and then, until the replacement answers.
    while True:
        try:
            with Client(port) as client:
                answer = int(client.ask('pid'))
                n_served += 1
        except ConnectionRefusedError:
            n_refused += 1
            continue
        if answer not in workers.values():
            break
    _, killed, how, _ = victim.ended()
    new_slot, new_pid, until_fork, until_ready = victim.replaced(started)
    assert (killed, new_pid) == (pid, answer)
    row.took('forked', until_fork, 0.020)
    row.took('ready', until_ready)
    row.note('served meanwhile', n_served)
    return f'{slot} replaced by {new_slot}, {how} noted, {n_refused} refused'


@fault('C')
def in_c(row):
    return kill_idle(row, 'victim')


@fault('Python')
def in_python(row):
    return kill_idle(row, 'victim-python')
