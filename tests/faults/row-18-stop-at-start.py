# SPDX-License-Identifier: LGPL-2.1-or-later
import signal
import time

from fault import children, fault, wait_until

GRACEFUL_S = 2


def stop_while_starting(row, program, action, wait_for):
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=3', f'--graceful-timeout={GRACEFUL_S}s', env={'VICTIM_START': action})
    wait_for(victim)
    started = time.monotonic()
    victim.signal(signal.SIGTERM)
    status = victim.wait()
    row.took('ended', time.monotonic() - started, GRACEFUL_S + 2.5)
    victim.over(status)
    return f'status {status}, {victim.count("is ready")} workers were ready'


def bound(victim):
    victim.port()


def spawned(victim):
    victim.port()
    wait_until(lambda: len(children(victim.pid)) == 3)


@fault('when it listens')
def listens(row):
    return stop_while_starting(row, 'victim', 'sleep 600000', bound)


@fault('while workers are deaf in their start: C')
def starts_in_c(row):
    return stop_while_starting(row, 'victim', 'sleep 600000', spawned)


@fault('while workers are deaf in their start: Python')
def starts_in_python(row):
    return stop_while_starting(row, 'victim-python', 'sleep 600000', spawned)


@fault('while workers compute in their start')
def computes(row):
    return stop_while_starting(row, 'victim', 'busy', spawned)
