# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal
import time

from fault import client_of, facts, fault, wait_gone, wait_until

N_WORKERS = 3
ORPHAN_TIMEOUT_S = 1.0


def kill_arbiter(row, program, prepare, at_most):
    victim = row.start(program, '--bind=127.0.0.1:0', f'--workers={N_WORKERS}')
    port = victim.port()
    workers = victim.ready(N_WORKERS)
    prepare(port, workers.values())
    started = time.monotonic()
    os.kill(victim.pid, signal.SIGKILL)
    for pid in workers.values():
        wait_gone(pid)
    row.took('workers gone', time.monotonic() - started, at_most)
    victim.over(-signal.SIGKILL)
    again = row.start(program, f'--bind=127.0.0.1:{port}', f'--workers={N_WORKERS}')
    same = again.port() == port
    again.ready(N_WORKERS)
    return f"{len(workers)} of {N_WORKERS} workers are gone, the port is free and a restart {'binds it' if same else 'does not'}"


def idle(port, pids):
    pass


def busy(port, pids):
    for pid in pids:
        with client_of(port, pid) as client:
            client.act('busy')


def deaf(port, pids):
    """In a loop, and SIGTERM is ignored."""
    for pid in pids:
        with client_of(port, pid) as client:
            client.act('deaf')
            client.act('busy')


def stopped(port, pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: facts(pid)['State'].startswith('T'))  # pylint: disable=cell-var-from-loop


@fault('idle workers: C')
def idle_in_c(row):
    return kill_arbiter(row, 'victim', idle, 0.2)


@fault('idle workers: Python')
def idle_in_python(row):
    return kill_arbiter(row, 'victim-python', idle, 0.2)


@fault('workers in a loop: C')
def busy_in_c(row):
    return kill_arbiter(row, 'victim', busy, ORPHAN_TIMEOUT_S + 0.3)


@fault('workers in a loop: Python')
def busy_in_python(row):
    return kill_arbiter(row, 'victim-python', busy, ORPHAN_TIMEOUT_S + 0.3)


@fault('workers in a loop that ignore SIGTERM')
def deaf_in_c(row):
    return kill_arbiter(row, 'victim', deaf, ORPHAN_TIMEOUT_S + 0.3)


@fault('stopped workers: C')
def stopped_in_c(row):
    return kill_arbiter(row, 'victim', stopped, ORPHAN_TIMEOUT_S + 0.3)


@fault('stopped workers: Python')
def stopped_in_python(row):
    return kill_arbiter(row, 'victim-python', stopped, ORPHAN_TIMEOUT_S + 0.3)
