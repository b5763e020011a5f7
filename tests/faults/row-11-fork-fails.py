# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import shutil
import signal
import subprocess
import time

from fault import Load, Skip, as_nobody, facts, fault, set_limit, soft_limit, wait_until

FAULT_S = 8


def harm(row, victim, port, pid, begin, end):
    load = Load(port, 1, pause=0.02)
    begin()
    os.kill(pid, signal.SIGKILL)
    errors = [victim.expect(r'could not be started: (.*); trying again')]
    started = errors[0].string.at
    # The fault lasts so long that the pace of the errors shows.
    while errors[-1].string.at - started < FAULT_S:
        errors.append(victim.expect(r'could not be started: (.*); trying again'))
    end()
    ended = time.monotonic()
    *_, until_ready = victim.replaced(ended)
    load.wait_answers(20)
    load.stop()
    row.took('recovered', until_ready)
    gaps = [later.string.at - earlier.string.at for earlier, later in zip(errors, errors[1:])]
    row.note('seconds between lines', f'{min(gaps):.1f} to {max(gaps):.1f}', min(gaps) > 0.95)
    assert victim.process.poll() is None
    others = load.broken.total() - load.broken[pid]
    return f'“{errors[0][1].rpartition(": ")[2]}”, tried again, recovered by itself; {others} connections of others broke, {load.refused} refused'


@fault('EAGAIN, by RLIMIT_NPROC')
def limit(row):
    """The limit of processes of a user; root has none."""
    prefix = as_nobody('victim')
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2', '--restart-delay-max=5s', prefix=prefix)
    port = victim.port()
    pid = sorted(victim.ready(2).items())[0][1]
    before = soft_limit(victim.pid, 'Max processes')
    return harm(row, victim, port, pid, lambda: set_limit(victim.pid, 'nproc', 1, prefix),
                lambda: set_limit(victim.pid, 'nproc', before, prefix))


@fault('ENOMEM, by strace')
def inject(row):
    if shutil.which('strace') is None:
        raise Skip('strace is not installed')
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2', '--restart-delay-max=5s')
    port = victim.port()
    pid = sorted(victim.ready(2).items())[0][1]
    tracers = []

    def begin():
        tracers.append(subprocess.Popen(['strace', '-qq', '-o', '/dev/null', '-e', 'trace=clone,clone3,vfork', '-e',
                                         'inject=clone,clone3,vfork:error=ENOMEM', '-p', str(victim.pid)], stderr=subprocess.PIPE, text=True))

        def attached():
            if tracers[0].poll() is not None:
                raise Skip(f'strace cannot trace here: {tracers[0].stderr.read().strip()}')
            return facts(victim.pid)['TracerPid'] != '0'
        wait_until(attached)

    def end():
        tracers[0].send_signal(signal.SIGINT)
        tracers[0].wait()
        tracers[0].stderr.close()
    try:
        return harm(row, victim, port, pid, begin, end)
    finally:
        if tracers and tracers[0].poll() is None:
            end()
