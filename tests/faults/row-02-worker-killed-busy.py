# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal

from fault import Load, fault

N_REQUESTS = 10_000


def kill_busy(row, program, n_clients):
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=3')
    port = victim.port()
    workers = sorted(victim.ready(3).values())
    load = Load(port, n_clients, workers)
    for pid in workers:
        load.wait_answers(100, pid)
    killed = workers[0]
    os.kill(killed, signal.SIGKILL)
    victim.replaced()
    load.wait_answers(N_REQUESTS - load.answers.total())
    load.stop()
    others = load.broken.total() - load.broken[killed]
    assert load.broken[killed] > 0, 'no request was in flight'
    assert load.answers.total() >= N_REQUESTS
    row.note('requests', load.answers.total())
    row.note('connections that broke with their worker', load.broken[killed])
    return f'{others} connections of other workers broke, {load.wrong} answers were wrong, {load.refused} clients refused'


@fault('C')
def in_c(row):
    return kill_busy(row, 'victim', 24)


@fault('Python')
def in_python(row):
    return kill_busy(row, 'victim-python', 12)
