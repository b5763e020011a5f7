# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal
import time

from fault import Load, fault

STOPPED_S = 60


def stop_arbiter(row, program):
    """With the default timeout of 30 s; the time passes while the workers serve."""
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2')
    port = victim.port()
    workers = list(victim.ready(2).values())
    load = Load(port, 2, workers, pause=0.05)
    load.wait_answers(10)
    started = time.monotonic()
    os.kill(victim.pid, signal.SIGSTOP)
    while time.monotonic() - started < STOPPED_S:
        load.wait_answers(20)
    os.kill(victim.pid, signal.SIGCONT)
    # A heartbeat that came meanwhile has been read when a worker is replaced, which the arbiter does in its main loop.
    os.kill(workers[0], signal.SIGKILL)
    victim.replaced()
    load.wait_answers(20, workers[1])
    load.stop()
    silent = victim.count('gave no sign of life')
    row.note('answers meanwhile', load.answers.total())
    row.note('stopped for', f'{STOPPED_S} s')
    return f'{silent} killed as silent; {load.broken[workers[1]]} connections broke, {load.refused} refused, {load.wrong} wrong'


@fault('C')
def in_c(row):
    return stop_arbiter(row, 'victim')
