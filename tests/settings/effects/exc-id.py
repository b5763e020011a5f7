# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import re

from effect import Program


def exc_ids(*options):
    """What the arbiter and a worker log."""
    with Program('app', '--log-handlers=json', *options) as program:
        name, _ = program.worker()
        program.ask(name, 'do', "('log:message:Shop:sold',)")
        worker = json.loads(program.expect(r'^\{.*"sold".*\}$')[0])
        arbiter = json.loads(program.expect(r'^\{.*is ready after.*\}$')[0])
        return arbiter['exc_id'], worker['exc_id']


def effect():
    assert exc_ids('--exc-id=run-7') == ('run-7', 'run-7')
    arbiter, worker = exc_ids()
    assert arbiter == worker and re.fullmatch('[0-9a-f]{32}', arbiter), arbiter
    assert exc_ids()[0] != arbiter
