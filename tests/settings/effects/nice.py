# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from effect import Program, of_threads


def effect():
    with Program('app', '--nice=19') as program:
        _, pid = program.worker()
        # Of all threads, also of one that was there before.
        priorities = of_threads(pid, lambda thread: os.getpriority(os.PRIO_PROCESS, thread))
        assert priorities == {19}, priorities
        assert os.getpriority(os.PRIO_PROCESS, program.pid) == os.getpriority(os.PRIO_PROCESS, 0)
