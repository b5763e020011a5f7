# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal
import time

from fault import client_of, fault

N_ASKS = 100


def die(row, program):
    """A worker is killed while another one waits for a hundred answers of it."""
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2')
    port = victim.port()
    workers = victim.ready(2)
    with client_of(port, workers['victim.1']) as client:
        for number in range(N_ASKS):
            client.socket.sendall(f"ask victim.2 keep 0 ('{number}',)\n".encode())
        # FIFO: by the time this comes back the others are there.
        client.socket.sendall(b"ask victim.2 echo 0 ('after',)\n")
        after = client.read()
        assert 'after' in after, after
        killed = time.monotonic()
        os.kill(workers['victim.2'], signal.SIGKILL)
        answers = [client.read() for _ in range(N_ASKS)]
        row.took('all told', time.monotonic() - killed, at_most=0.1)
        assert len(set(answers)) == 1 and answers[0].startswith('error pulsar-error-quark 6 '), set(answers)
        victim.replaced()
        alive = client.ask("ask victim.2 echo 0 ('again',)")
        assert alive.startswith('ok ') and 'again' in alive, alive
    return f'{len(answers)} of {N_ASKS} asks ended with actor-died; the replacement answers'


@fault('C')
def in_c(row):
    return die(row, 'victim')


@fault('Python')
def in_python(row):
    return die(row, 'victim-python')
