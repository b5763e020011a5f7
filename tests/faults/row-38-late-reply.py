# SPDX-License-Identifier: LGPL-2.1-or-later
import re

from fault import client_of, fault

N_ASKS = 10


def late_answers(client, actor):
    return int(re.search(r"'late-answers': (?:<uint64 )?(\d+)", client.ask(f'ask {actor} info 0 ()'))[1])


def answer_late(row, program):
    """Another worker keeps the asks until they have timed out, then answers them, and one more at once."""
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2')
    port = victim.port()
    workers = victim.ready(2)
    with client_of(port, workers['victim.1']) as client:
        before = late_answers(client, 'arbiter')
        for number in range(N_ASKS):
            timed_out = client.ask(f"ask victim.2 keep 50 ('late {number}',)")
            assert timed_out.startswith('error pulsar-error-quark ') and 'no answer within 50 ms' in timed_out, timed_out
        answered = client.ask('ask victim.2 answer-kept 0 ()')
        assert re.fullmatch(rf'ok .*\b{N_ASKS}\b.*', answered), answered
        for number in range(N_ASKS):
            own = client.ask(f"ask victim.2 echo 0 ('own {number}',)")
            assert own.startswith('ok ') and f'own {number}' in own, own
        counted = late_answers(client, 'arbiter') - before
    return f'{N_ASKS} timed out, {counted} late answers dropped and counted, {N_ASKS} of {N_ASKS} next asks got their own'


@fault('C')
def in_c(row):
    return answer_late(row, 'victim')


@fault('Python')
def in_python(row):
    return answer_late(row, 'victim-python')
