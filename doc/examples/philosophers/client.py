#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs dining philosophers, kills one of them now and then, and checks that all go on eating.

Nobody is killed before every philosopher, the one that was killed last too, has eaten since the last kill.
"""

import argparse
import collections
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

REPORT = re.compile(r'philosopher (\d+) \[(\d+)\]: (\d+) meals, longest wait ([\d.]+) s')
HUNGER_S = 60  # after which they are taken to be in a dead-lock: a machine may be busy
END_S = 120  # for the program to end, and for it to say something at all


class Table:
    """What the program told of its philosophers."""

    def __init__(self):
        self.meals = {}  # of (philosopher, process): those of a process end with it
        self.processes = {}  # of each philosopher that was not killed
        self.longest_wait = 0.0

    def hear(self, line):
        report = REPORT.match(line)
        if report is None:
            return
        philosopher, process, meals = (int(text) for text in report.groups()[:3])
        self.meals[philosopher, process] = meals
        self.processes[philosopher] = process
        self.longest_wait = max(self.longest_wait, float(report[4]))

    def count(self):
        eaten = collections.Counter()
        for (philosopher, _), meals in self.meals.items():
            eaten[philosopher] += meals
        return eaten


def dine(arguments, program):
    """Returns the table and the number of kills, or ends with what went wrong."""
    table, n_kills, before = Table(), 0, collections.Counter()
    begin = killed = time.monotonic()
    next_kill = begin + arguments.kill_every
    for line in program.stdout:
        table.hear(line)
        now = time.monotonic()
        is_over = now - begin >= arguments.seconds
        if now < next_kill and not is_over:
            continue
        eaten = table.count()
        starved = [number for number in range(arguments.philosophers) if eaten[number] <= before[number]]
        if starved:
            if now - killed < HUNGER_S:
                continue
            program.kill()
            sys.exit(f'After {now - begin:.0f} s and {n_kills} kills these did not eat for {HUNGER_S} s: {starved}')
        if is_over:
            return table, n_kills
        before = eaten
        os.kill(table.processes.pop(random.choice(list(table.processes))), signal.SIGKILL)
        n_kills += 1
        killed, next_kill = now, max(next_kill + arguments.kill_every, now)
    sys.exit(f'The program ended with status {program.wait()} after {n_kills} kills')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seconds', type=float, default=20)
    parser.add_argument('--kill-every', type=float, default=5, metavar='SECONDS')
    parser.add_argument('--philosophers', type=int, default=5)
    parser.add_argument('program', nargs='+')
    arguments = parser.parse_args()

    options = [f'--workers={arguments.philosophers}', '--eating-period=50ms', '--waiting-period=50ms', '--task-period=500ms',
               '--restart-delay-max=1s']  # one that dies again and again would be waited for longer and longer
    with subprocess.Popen([*arguments.program, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          encoding='utf-8') as program:
        deadline = threading.Timer(arguments.seconds + END_S, program.kill)
        deadline.start()
        table, n_kills = dine(arguments, program)
        program.terminate()
        for line in program.stdout:  # up to the end of the last process
            table.hear(line)
        deadline.cancel()
    eaten = table.count()
    print('meals:', ', '.join(f'{number}: {eaten[number]}' for number in sorted(eaten)))
    print(f'{sum(eaten.values())} meals, {n_kills} kills, longest wait {table.longest_wait:.3f} s')
    if program.returncode != 0:
        sys.exit(f'The program ended with status {program.returncode}')


if __name__ == '__main__':
    main()
