# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import pathlib
import signal
import tempfile
import time

from fault import Client, Load, Skip, fault, in_namespaces

TIMEOUT_S = 6
DAY_S = 24 * 3600
LIBRARY = next(iter(pathlib.Path('/usr/lib').glob('*/faketime/libfaketimeMT.so.1')), None)


def jump(row, program):
    """The clock of all its processes jumps a day forward, and then back over the day on which they began."""
    if LIBRARY is None:
        raise Skip('libfaketime is not installed')
    faketime = {'LD_PRELOAD': str(LIBRARY), 'FAKETIME_NO_CACHE': '1', 'DONT_FAKE_MONOTONIC': '1', 'FAKETIME_DONT_FAKE_MONOTONIC': '1',
                'FAKETIME_DONT_RESET': '1'}
    clock = pathlib.Path(tempfile.gettempdir(), f'fault-clock-{os.getpid()}-{program}')
    clock.write_text('+0', encoding='ascii')
    try:
        victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2', f'--timeout={TIMEOUT_S}s',
                           env={**faketime, 'FAKETIME_TIMESTAMP_FILE': str(clock)})
        port = victim.port()
        workers = victim.ready(2)
        load = Load(port, 2, list(workers.values()), pause=0.02)
        load.wait_answers(20)
        for days in 1, -1:
            # In one step, so that no process reads a file that is not whole.
            new = clock.with_suffix('.new')
            new.write_text(f'{days * DAY_S:+d}', encoding='ascii')
            new.rename(clock)
            with Client(port) as client:
                seen = int(client.ask('clock')) - time.time()
            assert abs(seen - days * DAY_S) < DAY_S / 2, f'the clock is {seen} s off, not {days * DAY_S}'
            outlive(load)
        replaced = kill(victim, workers)
        load.wait_answers(20)
        load.stop()
        others = load.broken.total() - load.broken[workers['victim.1']]
        silent = victim.count('gave no sign of life')
        victim.finish()
        return f'a day ahead and a day behind: {silent} killed as silent; {others} connections broke, {load.refused} refused; {replaced}'
    finally:
        clock.unlink()


def outlive(load):
    """Time passes, so that who took the clock for a timeout would have found it over."""
    until = time.monotonic() + TIMEOUT_S + 1
    while time.monotonic() < until:
        load.wait_answers(20)


def kill(victim, workers):
    """A heartbeat that came meanwhile has been read when a worker is replaced, which the arbiter does in its main loop."""
    os.kill(workers['victim.1'], signal.SIGKILL)
    slot, *_ = victim.replaced()
    return f'{slot} replaced when it was killed'


@fault('C')
def in_c(row):
    return jump(row, 'victim')


@fault('Python')
def in_python(row):
    return jump(row, 'victim-python')


@fault('a monotonic clock that began a year ago')
def old_clock(row):
    """As after a year without a restart, which a namespace of clocks can pretend."""
    prefix = in_namespaces('true', '--time', '--monotonic=31536000', '--boottime=31536000')
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2', f'--timeout={TIMEOUT_S}s', prefix=prefix)
    port = victim.port()
    workers = victim.ready(2)
    load = Load(port, 2, list(workers.values()), pause=0.02)
    outlive(load)
    replaced = kill(victim, workers)
    load.wait_answers(20)
    load.stop()
    others = load.broken.total() - load.broken[workers['victim.1']]
    return f"{victim.count('gave no sign of life')} killed as silent; {others} connections broke, {load.refused} refused; {replaced}"
