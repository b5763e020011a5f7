# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal
import time

from fault import Load, fault

TIMEOUT_S = 5


def stop_worker(row, program):
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2', f'--timeout={TIMEOUT_S}s')
    port = victim.port()
    workers = victim.ready(2)
    slot, pid = sorted(workers.items())[0]
    load = Load(port, 4, list(workers.values()), pause=0.005)
    for worker in workers.values():
        load.wait_answers(20, worker)
    started = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    match = victim.expect(r'” \[(\d+)\]: gave no sign of life')
    assert int(match[1]) == pid, match.string
    _, ended, how, then = victim.ended(slot)
    new_slot, *_ , until_ready = victim.replaced(started)
    load.wait_answers(100)
    load.stop()
    assert ended == pid
    others = load.broken.total() - load.broken[pid]
    row.took('silent until replaced', until_ready, TIMEOUT_S + 2)
    return f'{how}, {then}, {slot} by {new_slot}; {others} connections of others broke, {load.wrong} answers were wrong'


@fault('C')
def in_c(row):
    return stop_worker(row, 'victim')


@fault('Python')
def in_python(row):
    return stop_worker(row, 'victim-python')
