#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reports its processes, as starts.c does."""

import os
import subprocess
import sys

arguments = sys.argv[sys.argv.index('++') + 1:] if '++' in sys.argv else []
if 'early' in arguments:
    os.chdir(arguments[arguments.index('early') + 1])

import gi  # noqa: E402

gi.require_version('Pulsar', '1')
from gi.repository import Pulsar  # noqa: E402

if 'remove' in arguments:
    os.unlink(sys.argv[0])
if 'chdir' in arguments:
    os.chdir(arguments[arguments.index('chdir') + 1])


def report(role):
    try:
        directory = os.getcwd()
    except FileNotFoundError:
        directory = '(deleted)'
    fields = [role, str(os.getpid()), directory, sys.prefix, *sys.orig_argv]
    line = '\t'.join(repr(field)[1:-1] for field in fields) + '\n'
    descriptor = os.open(os.environ['STARTS_REPORT'], os.O_WRONLY)
    os.write(descriptor, os.fsencode(line))
    os.close(descriptor)


class Starts(Pulsar.Application):
    def do_monitor_start(self, monitor, hook):
        report('arbiter')

    def do_worker_start(self, worker, hook):
        if 'grandchild' in arguments:  # os.environ is older than the import of the library, which removed the identity
            assert 'PULSAR_ACTOR' in os.environ
            subprocess.run([sys.executable, sys.argv[0], '--help'], stdout=subprocess.DEVNULL, check=True)
        report('worker')


def main():
    # The override is not found by an interpreter that ignores its environment.
    return Starts(name='starts').run(sys.argv[:sys.argv.index('++')] if '++' in sys.argv else sys.argv)


if __name__ == '__main__':
    sys.exit(main())
