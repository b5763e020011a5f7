# SPDX-License-Identifier: LGPL-2.1-or-later
import time

from effect import Program


def effect():
    with Program('app', '--restart-delay=700ms', '--healthy-after=1h') as program:
        name, _ = program.worker()
        program.ask(name, 'do', "('exit7',)")
        program.expect(r'; it is replaced at once$')
        name, _ = program.worker()
        started = time.monotonic()
        program.ask(name, 'do', "('exit7',)")
        program.expect(r'; it is replaced in 0\.[678] s$')
        program.worker()
        assert time.monotonic() - started >= 0.56  # a fifth less at most
