# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import pathlib
import re
import signal
import tempfile

from fault import Load, client_of, facts, fault, in_namespaces, wait_until

N_LINES = 20_000
ROUNDS = 5
COMPLAINT = re.compile(r' (\S+)\[\d+\] warning: (\d+) lines? of the log (?:was|were) lost in “([^”]*)”: (.*)$')


def resident(pid):
    return int(facts(pid)['VmRSS'].split()[0]) * 1024


def start(row, handlers, prefix=()):
    victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2', f'--log-handlers={handlers}', '--log-level=info', prefix=prefix)
    port = victim.port()
    workers = sorted(victim.ready(2).values())
    return victim, port, workers, Load(port, 2, workers[1:], pause=0.002)


def write_log(port, pid, n_lines=N_LINES):
    """A worker logs so many lines, and then answers."""
    with client_of(port, pid) as client:
        client.act(f'log {n_lines}')
        assert client.ask('here') == 'here'


def clients(load):
    load.wait_answers(50)
    load.stop()
    return f'{load.broken.total()} connections broke, {load.refused} refused, {load.wrong} wrong'


@fault('/dev/full')
def dev_full(row):
    """From the first line on; the console has what is said of it."""
    victim, port, (pid, _), load = start(row, 'console,file:/dev/full')
    write_log(port, pid)
    before = resident(pid)
    for _ in range(ROUNDS):
        write_log(port, pid)
    growth = max(0, resident(pid) - before)
    row.note('lines', N_LINES * (ROUNDS + 1))
    row.note('growth of the worker', f'{growth >> 10} K')
    assert growth < 1 << 20, f'the worker grew by {growth} bytes'
    outcome = clients(load)
    victim.finish()
    complaints = [COMPLAINT.search(line) for line in victim.seen if COMPLAINT.search(line)]
    said = {complaint[1] for complaint in complaints}
    assert {complaint[4] for complaint in complaints} == {'No space left on device'}
    # Once a minute, which the row does not last, and what is left at the end.
    assert len(complaints) <= 2 * len(said), complaints
    assert 'victim.1' in said and 'arbiter' in said, said
    return f'“No space left on device”, with the number of lines, by each process that lost some; {outcome}'


@fault('a disk that is full and has room again')
def full_disk(row):
    with tempfile.TemporaryDirectory() as folder:
        victim, port, (pid, _), load = start(row, f'console,file:{folder}/log', in_namespaces(f'mount -t tmpfs -o size=64k none {folder}'))
        inside = pathlib.Path(f'/proc/{pid}/root{folder}')
        (inside / 'ballast').write_bytes(bytes(32 << 10))
        write_log(port, pid)
        (inside / 'ballast').unlink()
        (inside / 'log').rename(inside / 'log.1')
        victim.signal(signal.SIGUSR1)
        victim.expect('The log files were opened again')
        write_log(port, pid, 1)
        text = ''.join((inside / name).read_text(encoding='utf-8') for name in ('log.1', 'log'))
        lost = sum(map(int, re.findall(r'warning: (\d+) lines of the log were lost here: No space left on device\n', text)))
        written = len(re.findall(rf'\[{pid}\] notice: Victim: line \d+ of {N_LINES}\n', text))
        row.note('lines lost', lost)
        assert lost > 0 and written + lost == N_LINES, f'{written} + {lost}'
        return f'lines written and lines counted as lost are all there were; the count stands in the log after SIGUSR1; {clients(load)}'


def log_lines(path):
    return len(re.findall(r'Victim: line ', path.read_text(encoding='utf-8'))) if path.exists() else 0


@fault('its file is deleted')
def deleted(row):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, 'log')
        _, port, (pid, _), load = start(row, f'console,file:{path}')
        write_log(port, pid)
        path.unlink()
        # Each process looks every second whether its file is still there.
        wait_until(lambda: write_log(port, pid, 1) or log_lines(path) > 0)
        return f'it is back by itself; {clients(load)}'


@fault('its file is moved away, and SIGUSR1')
def rotated(row):
    """Five times while a worker writes: no line is lost, and the new file has the last one."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, 'log')
        victim, port, (pid, _), load = start(row, f'console,file:{path}')
        for number in range(ROUNDS):
            with client_of(port, pid) as client:
                client.act(f'log {N_LINES}')
                path.rename(f'{path}.{number}')
                victim.signal(signal.SIGUSR1)
                assert client.ask('here') == 'here'
            victim.expect('The log files were opened again')
        # The worker has the new file by the time it has no old one.
        wait_until(lambda: str(path) in [os.readlink(entry) for entry in pathlib.Path(f'/proc/{pid}/fd').iterdir() if entry.is_symlink()])
        write_log(port, pid, 1)
        assert log_lines(path) > 0
        found = sum(log_lines(file) for file in pathlib.Path(folder).iterdir())
        lost = N_LINES * ROUNDS + 1 - found
        return f'{lost} of {N_LINES * ROUNDS + 1} lines lost in {ROUNDS} rotations; {clients(load)}'
