# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from effect import Program


def effect():
    with Program('app', '--nice=19') as program:
        _, pid = program.worker()
        # Of all threads, also of one that was there before.
        threads = os.listdir(f'/proc/{pid}/task')
        assert {os.getpriority(os.PRIO_PROCESS, int(thread)) for thread in threads} == {19}, threads
        assert os.getpriority(os.PRIO_PROCESS, program.pid) == os.getpriority(os.PRIO_PROCESS, 0)
