# SPDX-License-Identifier: LGPL-2.1-or-later
import os

from effect import Program, facts, of_threads


def new_privileges(*options):
    """What all threads of a worker have."""
    with Program('app', *options) as program:
        _, pid = program.worker()
        return of_threads(pid, lambda thread: facts(f'{pid}/task/{thread}')['NoNewPrivs'])


def effect():
    assert new_privileges('--no-new-privileges') == {'1'}
    assert new_privileges() == {facts('self')['NoNewPrivs']}
    if os.geteuid() == 0:
        assert new_privileges('--user=nobody') == {'1'}
        assert new_privileges('--user=nobody', '--new-privileges') == {facts('self')['NoNewPrivs']}
