#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends lines to the two servers of multi and checks the answers: client.py HOST PORT HOST PORT"""

import argparse
import asyncio
import sys


async def talk(host, port, number, n_lines, convert):
    """One client of one server: the counts that came with the answers."""
    reader, writer = await asyncio.open_connection(host, port)
    counts = []
    try:
        for line_number in range(n_lines):
            line = f'Grüße {number}/{line_number}'
            writer.write(f'{line}\n'.encode())
            text, count = (await reader.readline()).decode().rsplit(' ', 1)
            if text != convert(line):
                raise ValueError(f'“{line}” was answered with “{text}”')
            counts.append(int(count))
        writer.write_eof()
        if await reader.read():
            raise ValueError('there was more than an answer for each line')
    finally:
        writer.close()
    return counts


async def check(host, port, n_clients, n_lines, convert):
    """All clients of one server: no line was left out, and none was counted twice, whichever worker had it."""
    clients = (talk(host, port, number, n_lines, convert) for number in range(n_clients))
    counts = sorted(count for client in await asyncio.gather(*clients) for count in client)
    if counts != list(range(counts[0], counts[0] + n_clients * n_lines)):
        raise ValueError(f'the lines were counted wrongly: {counts}')
    print(f'{len(counts)} lines answered by {host}:{port}')


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('host')
    parser.add_argument('port', type=int)
    parser.add_argument('shout_host')
    parser.add_argument('shout_port', type=int)
    parser.add_argument('--clients', type=int, default=8)
    parser.add_argument('--lines', type=int, default=50)
    parser.add_argument('--timeout', type=float, default=200, help='seconds for all of it')
    arguments = parser.parse_args()
    size = (arguments.clients, arguments.lines)
    servers = asyncio.gather(check(arguments.host, arguments.port, *size, str),
                             check(arguments.shout_host, arguments.shout_port, *size, str.upper))
    await asyncio.wait_for(servers, arguments.timeout)


if __name__ == '__main__':
    try:
        asyncio.run(main())
    except (OSError, ValueError, asyncio.TimeoutError) as problem:
        sys.exit(f'{type(problem).__name__}: {problem}')
