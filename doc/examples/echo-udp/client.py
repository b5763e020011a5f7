#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends datagrams to an echo server and checks every answer.

Datagrams may get lost, above all where more come in than the server reads. So only some are under way at a time: the next one
leaves when an answer has come.
"""

import argparse
import random
import socket
import sys
import time


def make_datagram(number):
    dice = random.Random(number)
    return number.to_bytes(4, 'big') + dice.randbytes(dice.choice((0, 60, 60, 1000, 8000)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('host')
    parser.add_argument('port', type=int)
    parser.add_argument('--datagrams', type=int, default=10000)
    parser.add_argument('--in-flight', type=int, default=8)
    parser.add_argument('--may-lose', type=int, default=0, metavar='NUMBER')
    parser.add_argument('--progress', action='store_true', help='say every 1000 answers how many there are')
    parser.add_argument('--patience', type=float, default=30, metavar='SECONDS', help='after which an answer is lost')
    arguments = parser.parse_args()

    family, _, _, _, address = socket.getaddrinfo(arguments.host, arguments.port, type=socket.SOCK_DGRAM)[0]
    under_way = {}  # number → when it was sent
    n_sent, n_answers, n_bytes, lost = 0, 0, 0, []
    begin = time.monotonic()
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.connect(address)  # others cannot answer
        while n_sent < arguments.datagrams or under_way:
            while n_sent < arguments.datagrams and len(under_way) < arguments.in_flight:
                client.send(make_datagram(n_sent))
                under_way[n_sent] = time.monotonic()
                n_sent += 1
            oldest = min(under_way, key=under_way.get)
            client.settimeout(max(under_way[oldest] + arguments.patience - time.monotonic(), 0.001))
            try:
                answer = client.recv(65536)
            except TimeoutError:
                lost.append(oldest)  # unless it comes yet
                del under_way[oldest]
                continue
            number = int.from_bytes(answer[:4], 'big')
            if number in lost:
                lost.remove(number)
            elif under_way.pop(number, None) is None:
                sys.exit(f'An answer came that was not due: datagram {number}')
            if answer != make_datagram(number):
                sys.exit(f'Datagram {number} came back changed')
            n_answers += 1
            n_bytes += len(answer)
            if arguments.progress and n_answers % 1000 == 0:
                print(n_answers, 'answers', flush=True)
    seconds = time.monotonic() - begin
    print(f'{n_answers} of {n_sent} datagrams came back, {n_bytes} bytes, in {seconds:.2f} s; lost: {lost}')
    return 1 if len(lost) > arguments.may_lose else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except OSError as problem:
        sys.exit(f'{type(problem).__name__}: {problem}')
