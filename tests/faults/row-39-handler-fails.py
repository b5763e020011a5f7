# SPDX-License-Identifier: LGPL-2.1-or-later
from fault import client_of, fault

NOT_FOUND = 1  # of GIO's errors


def fail(row, program, command, domain, code, text):
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2')
    port = victim.port()
    workers = victim.ready(2)
    with client_of(port, workers['victim.1']) as client:
        for actor in 'victim.2', 'victim.1':
            error = client.ask(f"ask {actor} {command} 0 ('there is no apple',)")
            assert error.startswith(f'error {domain} {code} {text}'), error
            alive = client.ask(f"ask {actor} echo 0 ('still here',)")
            assert alive.startswith('ok ') and 'still here' in alive, alive
    victim.finish()
    assert victim.count('is ready after') == 2
    return f'domain {domain}, code {code}, “{text}” reach the caller, in another process and in the same; the actor answers on'


@fault('an error in C')
def in_c(row):
    return fail(row, 'victim', 'fail', 'g-io-error-quark', NOT_FOUND, 'there is no apple')


@fault('a GLib.Error in Python')
def in_python(row):
    return fail(row, 'victim-python', 'fail-with-error', 'g-io-error-quark', NOT_FOUND, 'there is no apple')


@fault('an exception in Python')
def exception(row):
    return fail(row, 'victim-python', 'fail', 'pulsar-error-quark', 0, 'LookupError: there is no apple')
