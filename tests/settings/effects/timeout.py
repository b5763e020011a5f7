# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    with Program('app', '--timeout=2s') as program:
        name, _ = program.worker()
        program.ask(name, 'do', "('busy',)")
        program.expect(r'^exited \S+ \d+ KILLED_TIMEOUT')
        program.worker()
