# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import subprocess

from fault import Load, children, fault, in_namespaces, wait_until

N_STRANGERS = 3
# It leaves a child behind, which says that it is there and ends with 3 when it is told to.
LEAVE = '(echo here; read line; exit 3) & exit 0'


@fault('as process 1')
def as_process_1(row):
    prefix = in_namespaces('mount -t proc proc /proc', '--pid', '--fork', '--kill-child')
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2', prefix=prefix)
    port = victim.port()
    victim.arbiter, = children(victim.pid)
    victim.ready(2)
    workers = set(children(victim.arbiter))
    load = Load(port, 2, pause=0.01)
    load.wait_answers(20)
    for _ in range(N_STRANGERS):
        adopt(victim.arbiter, workers)
    assert set(children(victim.arbiter)) == workers
    load.wait_answers(20)
    load.stop()
    said = [line for line in victim.seen if 'status 3' in line]
    return (f'{N_STRANGERS} of {N_STRANGERS} reaped, {len(said)} lines in the log, the workers are the same; '
            f'{load.broken.total()} connections broke, {load.refused} refused')


def adopt(arbiter, workers):
    """Process 1 gets a child that it did not start; returns when that is gone from the table of processes."""
    with subprocess.Popen(['nsenter', '-t', str(arbiter), '-p', '-m', 'sh', '-c', 'exec 3<&0; ' + LEAVE.replace('read line', 'read line <&3')],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as entered:
        assert entered.stdout.readline() == b'here\n'
        wait_until(lambda: set(children(arbiter)) - workers)
        stranger, = set(children(arbiter)) - workers
        entered.stdin.write(b'\n')
        entered.stdin.close()
        wait_until(lambda: not os.path.exists(f'/proc/{stranger}'), lambda: f'process {stranger} was never reaped')
