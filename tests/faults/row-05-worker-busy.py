# SPDX-License-Identifier: LGPL-2.1-or-later
import time

from fault import Load, client_of, fault

TIMEOUT_S = 5


def compute(row, program):
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2', f'--timeout={TIMEOUT_S}s', '--worker-output=log')
    port = victim.port()
    workers = victim.ready(2)
    slot, pid = sorted(workers.items())[0]
    other, = set(workers.values()) - {pid}
    client = client_of(port, pid)
    load = Load(port, 2, [other], pause=0.005)
    started = time.monotonic()
    client.act('busy')
    line = victim.expect(r'was ended by signal (SIG\w+) .*killed because it was silent\); (it is .*)$')
    *_, until_ready = victim.replaced(started)
    assert client.is_closed()
    client.close()
    load.wait_answers(100, other)
    load.stop()
    assert load.broken[other] == 0 and load.wrong == 0, (load.broken, load.wrong)
    row.took('silent until replaced', until_ready, TIMEOUT_S + 2)
    return victim, line, f'{line[1]}, {line[2]}; {load.broken[other]} connections of others broke'


@fault('C')
def in_c(row):
    return compute(row, 'victim')[2]


@fault('Python')
def in_python(row):
    victim, line, outcome = compute(row, 'victim-python')
    at = victim.seen.index(line.string)
    tail = [text for text in victim.seen[at + 1:at + 21] if 'compute_for_ever' in text]
    assert tail, victim.seen[at:at + 21]
    return f"{outcome}; the traceback names {tail[0].rpartition(' in ')[2]} ()"
