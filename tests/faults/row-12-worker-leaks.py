# SPDX-License-Identifier: LGPL-2.1-or-later
import re

from fault import READY, Load, client_of, fault

N_WORKERS = 4
ENDED = r'^(\d+) ends$'
AT_ONCE = 1  # a quarter of them


def leak(row, program, limit, n_mebibytes):
    """All workers leak together, while clients ask; those that are told BYE come again."""
    victim = row.start(program, '--bind=127.0.0.1:0', f'--workers={N_WORKERS}', f'--max-rss={limit}M', '--timeout=6s',
                       env={'VICTIM_TELL': '1'})
    victim.check_descriptors = False  # the base is that of four workers, and there may be five
    port = victim.port()
    workers = set(victim.ready(N_WORKERS).values())
    load = Load(port, 4, pause=0.002)
    load.wait_answers(50)
    for pid in workers:
        with client_of(port, pid) as client:
            client.act(f'leak {n_mebibytes}')
    gone = {int(victim.expect(ENDED)[1]) for _ in range(N_WORKERS)}
    load.wait_answers(50)
    load.stop()
    assert gone == workers, (gone, workers)
    n_under_way = most = n_ready = 0
    for line in victim.seen:
        if 'is going to be replaced' in line:
            assert 'it is too large' in line, line
            n_under_way += 1
        elif READY.search(line):
            n_ready += 1
        elif re.search(ENDED, line):
            n_under_way -= 1
            assert n_ready >= N_WORKERS + 1, 'it drained before its replacement was ready'
            n_ready -= 1
        most = max(most, n_under_way)
    assert most <= AT_ONCE, f'{most} at a time'
    row.note('answers', load.answers.total())
    return (f'{N_WORKERS} of {N_WORKERS} replaced, each ready before the old one drained, {most} at a time; '
            f'{load.broken.total()} connections broke, {load.refused} refused, {load.wrong} wrong')


@fault('C')
def in_c(row):
    return leak(row, 'victim', 80, 90)


@fault('Python')
def in_python(row):
    return leak(row, 'victim-python', 120, 110)
