# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal
import time

from fault import Load, fault, text


def processor_seconds(pid):
    """Of a process and those of its children that have ended."""
    fields = text(f'/proc/{pid}/stat').rpartition(')')[2].split()
    return sum(map(int, fields[11:15])) / 100


def start(row, *options):
    """Two applications, of which one has a worker that will not live."""
    victim = row.start('victim', '--bind=127.0.0.1:0', '--other-bind=127.0.0.1:0', '--workers=2', *options, env={'VICTIM_MULTI': '1'})
    victim.check_descriptors = False  # at the end it has no worker
    ports = [victim.port(), victim.port()]
    slots = victim.ready(3)
    flaky, = (pid for slot, pid in slots.items() if slot.startswith('other'))
    load = Load(ports[0], 2, pause=0.005)
    load.wait_answers(50)
    victim.put('start-other_victim', 'die-after 50')
    return victim, load, flaky, time.monotonic(), processor_seconds(victim.pid)


def finish(row, victim, load, started, used):
    load.wait_answers(50)
    load.stop()
    row.note('processor', f'{100 * (processor_seconds(victim.pid) - used) / (time.monotonic() - started):.2f} %',
             processor_seconds(victim.pid) - used < 0.02 * (time.monotonic() - started))
    return f'the other application: {load.broken.total()} connections broke, {load.refused} refused, {load.wrong} wrong'


@fault('with the defaults')
def fails(row):
    victim, load, flaky, started, used = start(row)
    os.kill(flaky, signal.SIGKILL)
    error = victim.expect(r'Application “(\S+)” failed: (.*)$')
    n_restarts = victim.count(r'Worker “other_victim.*it is replaced')
    row.took('failed after', error.string.at - started)
    # The share of the processor is that of ten seconds, in which the crashes were.
    time.sleep(max(0, 10 - (time.monotonic() - started)))
    return f'{n_restarts} restarts, then “{error[1]}” failed; {finish(row, victim, load, started, used)}'


@fault('with max-restarts=0')
def goes_on(row):
    victim, load, flaky, started, used = start(row, '--other-max-restarts=0', '--other-restart-delay-max=2s')
    os.kill(flaky, signal.SIGKILL)
    delays = []
    while len(delays) < 7:
        match = victim.expect(r'Worker “other_victim.*it is replaced (at once|in ([\d.]+) s)')
        delays.append(float(match[2] or 0))
    expected = [0, 0.1, 0.2, 0.4, 0.8, 1.6, 2]
    for delay, base in zip(delays, expected):
        assert base * 0.8 - 0.06 <= delay <= base * 1.2 + 0.06, delays  # they are told to a tenth
    row.note('delays', ' '.join(f'{delay:g}' for delay in delays))
    return f'the delay doubles up to restart-delay-max, ± 20 %; {finish(row, victim, load, started, used)}'
