#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a hello-actor, tells it names and checks how it greets them: client.py PROGRAM [ARGUMENT…]"""

import collections
import subprocess
import sys
import threading

NAMES = ['Ann', 'Bob', 'Ann', 'Zoë', 'Ann', 'Bob']
TIMEOUT_S = 200


def main():
    greeted = collections.Counter()
    with subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='utf-8') as program:
        deadline = threading.Timer(TIMEOUT_S, program.kill)
        deadline.daemon = True
        deadline.start()
        for name in NAMES:
            print(name, file=program.stdin, flush=True)
            greeted[name] += 1
            greeting = program.stdout.readline()
            print(greeting, end='')
            if greeting != f'Hello {name} ({greeted[name]})\n':
                program.kill()
                sys.exit(f'That is no way to greet {name}')
        program.stdin.close()
        rest = program.stdout.read()
        deadline.cancel()
    if rest or program.returncode != 0:
        sys.exit(f'It ended with status {program.returncode}, after “{rest}”')


if __name__ == '__main__':
    main()
