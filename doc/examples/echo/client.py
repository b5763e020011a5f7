#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Talks to an echo server over many connections at once and checks every answer."""

import argparse
import asyncio
import random
import sys


async def talk(host, port, n_requests, seed):
    """One client: sends messages of all sizes, one after another, then closes its side and waits for the other."""
    dice = random.Random(seed)
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for number in range(n_requests):
            message = dice.randbytes(dice.choice((1, 64, 64, 1000, 70000 if number % 50 == 0 else 64)))
            writer.write(message)
            await writer.drain()
            if await reader.readexactly(len(message)) != message:
                raise ValueError(f'message {number} came back changed')
        writer.write_eof()
        rest = await reader.read()
        if rest:
            raise ValueError(f'{len(rest)} bytes came that were never sent')
    finally:
        writer.close()
    return n_requests


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('host')
    parser.add_argument('port', type=int)
    parser.add_argument('--connections', type=int, default=20)
    parser.add_argument('--requests', type=int, default=50, help='on each connection')
    parser.add_argument('--timeout', type=float, default=200, help='seconds for all of it')
    arguments = parser.parse_args()

    clients = (talk(arguments.host, arguments.port, arguments.requests, seed) for seed in range(arguments.connections))
    results = await asyncio.wait_for(asyncio.gather(*clients, return_exceptions=True), arguments.timeout)
    failures = [result for result in results if isinstance(result, BaseException)]
    for failure in failures[:10]:
        print(f'{type(failure).__name__}: {failure}', file=sys.stderr)
    n_echoes = sum(result for result in results if isinstance(result, int))
    print(f'{n_echoes} echoes over {arguments.connections} connections, {len(failures)} of them failed')
    return 1 if failures else 0


if __name__ == '__main__':
    try:
        sys.exit(asyncio.run(main()))
    except (OSError, asyncio.TimeoutError) as problem:
        sys.exit(f'{type(problem).__name__}: {problem}')
