# SPDX-License-Identifier: LGPL-2.1-or-later
import re
import time

from fault import Load, client_of, fault

N_MEBIBYTES = 1024
DROPPED = re.compile(r'prints faster than is logged: (\d+) lines? (?:was|were) dropped')


@fault()
def print_much(row):
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2', '--worker-output=log')
    port = victim.port()
    pid, other = sorted(victim.ready(2).values())
    load = Load(port, 2, [other], pause=0.002)
    load.wait_answers(50)
    with client_of(port, pid) as client:
        client.act('print 1')
        assert client.ask('here') == 'here'
    victim.expect('stdout: a line of')
    before = victim.resident()
    started = time.monotonic()
    with client_of(port, pid) as client:
        client.act(f'print {N_MEBIBYTES}')
        assert client.ask('here') == 'here'
    row.took('printed', time.monotonic() - started)
    growth = max(0, victim.resident() - before)
    row.note('growth of the arbiter', f'{growth >> 10} K')
    assert growth < 4 << 20, f'the arbiter grew by {growth} bytes'
    load.wait_answers(50)
    load.stop()
    victim.finish()
    dropped = sum(int(match[1]) for match in map(DROPPED.search, victim.seen) if match)
    shown = victim.count('stdout: a line of')
    printed = (N_MEBIBYTES + 1) * 16 * (64 * 1024 // 64)
    row.note('lines dropped', dropped)
    row.note('lines in the log', shown)
    assert dropped > 0 and dropped + shown == printed, f'{dropped} + {shown} of {printed}'
    return (f'lines in the log and lines told to be dropped are all that were printed; the arbiter grew by less than 4 MiB; '
            f'{load.broken.total()} connections of others broke, {load.refused} refused, {load.wrong} wrong')
