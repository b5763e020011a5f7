# SPDX-License-Identifier: LGPL-2.1-or-later

from fault import client_of, fault

LIMIT = 64 << 10


def send_large(row, program):
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2', f'--message-size-max={LIMIT >> 10}K')
    port = victim.port()
    workers = victim.ready(2)
    outcomes = []
    with client_of(port, workers['victim.1']) as client:
        for target in 'arbiter', 'victim.2':
            fits = client.ask(f"ask {target} echo 0 ('{'x' * (LIMIT // 2)}',)")
            assert fits.startswith('ok '), fits
            error = client.ask(f"ask {target} echo 0 ('{'x' * LIMIT}',)")
            assert error.startswith('error pulsar-error-quark ') and 'is too large: at most' in error, error
            again = client.ask(f"ask {target} echo 0 ('small',)")
            assert again.startswith('ok ') and 'small' in again, again
            outcomes.append(f'{target}: message-too-large, and the next one arrives')
    victim.finish()
    assert victim.count('is ready after') == 2
    return ', '.join(outcomes) + '; nobody was replaced'


@fault('C')
def in_c(row):
    return send_large(row, 'victim')


@fault('Python')
def in_python(row):
    return send_large(row, 'victim-python')
