# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from effect import Program, facts


def new_privileges(*options):
    """What all threads of a worker have."""
    with Program('app', *options) as program:
        _, pid = program.worker()
        return {facts(f'{pid}/task/{thread}')['NoNewPrivs'] for thread in os.listdir(f'/proc/{pid}/task')}


def effect():
    assert new_privileges('--no-new-privileges') == {'1'}
    assert new_privileges() == {facts('self')['NoNewPrivs']}
    if os.geteuid() == 0:
        assert new_privileges('--user=nobody') == {'1'}
        assert new_privileges('--user=nobody', '--new-privileges') == {facts('self')['NoNewPrivs']}
