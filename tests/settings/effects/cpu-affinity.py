# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from effect import Program


def effect():
    allowed = sorted(os.sched_getaffinity(0))
    n_workers = len(allowed[:4]) + 1
    with Program('app', '--cpu-affinity=auto', f'--workers={n_workers}') as program:
        for _ in range(n_workers):
            name, pid = program.worker()
            slot = int(name.rpartition('.')[2]) - 1
            assert os.sched_getaffinity(pid) == {allowed[slot % len(allowed)]}, name
    with Program('app', f'--cpu-affinity={allowed[-1]}') as program:
        _, pid = program.worker()
        assert os.sched_getaffinity(pid) == {allowed[-1]}
    with Program('app') as program:
        _, pid = program.worker()
        assert os.sched_getaffinity(pid) == set(allowed)
