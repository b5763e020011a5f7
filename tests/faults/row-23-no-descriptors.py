# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal
import sys
import time

from fault import Load, fault, set_limit, soft_limit


# All that the arbiter opens comes after so many descriptors that are taken: with them as its limit it gets none again that it closes, and
# may still poll () those that it has, which the kernel refuses for more than the limit.
N_TAKEN = 100
TAKE = 'import os, sys; [os.set_inheritable(os.open("/dev/null", 0), True) for _ in range(int(sys.argv[1]))]; os.execv(sys.argv[2], sys.argv[2:])'
TAKING = [sys.executable, '-c', TAKE, str(N_TAKEN)]


def run_out(victim):
    """From now on the arbiter gets no descriptor more."""
    before = soft_limit(victim.pid, 'Max open files')
    set_limit(victim.pid, 'nofile', N_TAKEN)
    return before


@fault('while workers die and hang')
def workers(row):
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=3', '--timeout=4s', '--restart-delay-max=2s', '--max-restarts=0',
                       prefix=TAKING)
    port = victim.port()
    killed, stopped, other = sorted(victim.ready(3).values())
    load = Load(port, 2, [other], pause=0.01)
    load.wait_answers(20)
    before = run_out(victim)
    os.kill(killed, signal.SIGKILL)
    os.kill(stopped, signal.SIGSTOP)
    reason = victim.expect(r'could not be started: (.*); trying again')[1].rpartition(': ')[2]
    # The one that hangs is found and ended, without a descriptor.
    assert victim.ended()[1] == killed
    _, ended, how, _ = victim.ended()
    assert ended == stopped, ended
    while victim.count('could not be started') < 4:
        victim.expect(r'could not be started')
    set_limit(victim.pid, 'nofile', before)
    started = time.monotonic()
    row.took('recovered', max(victim.replaced(started)[3], victim.replaced(started)[3]), at_most=2.4 + 0.5)
    load.wait_answers(20)
    load.stop()
    assert victim.process.poll() is None
    return (f'“{reason}”, tried again; the one that hung was ended by {how}; both were replaced once there were descriptors; '
            f'{load.broken.total()} connections of others broke, {load.refused} refused, {load.wrong} wrong')


@fault('at the stop')
def stop(row):
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2', prefix=TAKING)
    victim.port()
    victim.ready(2)
    run_out(victim)
    started = time.monotonic()
    victim.signal(signal.SIGTERM)
    victim.over(0)
    row.took('ended', time.monotonic() - started, at_most=0.5)
    return 'status 0'
