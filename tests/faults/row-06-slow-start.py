# SPDX-License-Identifier: LGPL-2.1-or-later
from fault import fault

START_S = 20


@fault()
def four_at_once(row):
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=4', env={'VICTIM_START': f'sleep {START_S * 1000}'},
                       prefix=['taskset', '--cpu-list', '0'])
    victim.port()
    workers = victim.ready(4)
    n_killed = victim.count('so it is killed|was ended by')
    return f'{len(workers)} of 4 became ready, {n_killed} were killed'
