#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers in Python that hand a live client, a listening socket and memory to each other."""

import os
import socket
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402

sockets = {}  # what this worker serves: socket → number of its source


def on_client(client):
    data = os.read(client.get_fd(), 256)
    if not data:
        del sockets[client]
        return False
    os.write(client.get_fd(), f'{os.getpid()} '.encode() + data)
    return True


def watch(sock, function):
    sockets[sock] = GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, sock.get_fd(), GLib.IOCondition.IN, lambda *_: function(sock))


def on_listener(listener):
    watch(listener.accept(None), on_client)
    return True


@Pulsar.command('listen', None, Pulsar.CommandCallers.ANY)
def listen(request):
    address = Gio.InetSocketAddress.new(Gio.InetAddress.new_loopback(Gio.SocketFamily.IPV4), 0)
    listener = Gio.Socket.new(Gio.SocketFamily.IPV4, Gio.SocketType.STREAM, Gio.SocketProtocol.TCP)
    listener.bind(address, True)
    listener.listen()
    watch(listener, on_listener)
    return listener.get_local_address().get_port()


@Pulsar.command('move', '(s)', Pulsar.CommandCallers.ANY)
async def move(request, target):
    moved = list(sockets)
    for source in sockets.values():
        GLib.source_remove(source)
    sockets.clear()
    try:
        return await request.get_actor().send(target, 'adopt', fds=moved)
    finally:
        for sock in moved:
            sock.close()


@Pulsar.command('adopt', None, Pulsar.CommandCallers.ANY)
def adopt(request):
    for fd in request.steal_fds():
        sock = Gio.Socket.new_from_fd(fd)
        watch(sock, on_listener if sock.get_option(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)[1] else on_client)
    return len(sockets)


@Pulsar.command('lend', '(s)', Pulsar.CommandCallers.ANY)
def lend(request, text):
    with open(os.memfd_create('lent'), 'w+b') as file:
        file.write(text.encode())
        file.flush()
        request.return_value_with_fds((len(text), os.getpid()), [file])


@Pulsar.command('borrow', '(s)', Pulsar.CommandCallers.ANY)
async def borrow(request, target):
    (length, pid), [fd] = await request.get_actor().send_with_fds(target, 'lend', 'memory', fds=[])
    assert not os.get_inheritable(fd) and pid != os.getpid()
    with open(fd, 'rb') as file:
        return os.pread(file.fileno(), length, 0).decode()


async def talk(client, word):
    """Says something to the server; the process that echoed it."""
    await Pulsar.call(client.get_output_stream().write_bytes_async, GLib.Bytes.new(word), GLib.PRIORITY_DEFAULT)
    answer = await Pulsar.call(client.get_input_stream().read_bytes_async, 256, GLib.PRIORITY_DEFAULT)
    pid, _, text = answer.get_data().partition(b' ')
    assert text == word, answer.get_data()
    return int(pid)


async def check(workers):
    one, other = workers
    port = await one.send('listen')
    client = await Pulsar.call(Gio.SocketClient(enable_proxy=False).connect_to_host_async, '127.0.0.1', port)
    assert await talk(client, b'one\n') == one.get_pid()
    assert await one.send('move', other.get_id()) == 2
    assert await talk(client, b'two\n') == other.get_pid()
    assert await other.send('move', one.get_id()) == 2
    assert await talk(client, b'three\n') == one.get_pid()
    later = await Pulsar.call(Gio.SocketClient(enable_proxy=False).connect_to_host_async, '127.0.0.1', port)
    assert await talk(later, b'later\n') == one.get_pid()
    assert await one.send('borrow', other.get_id()) == 'memory'
    await one.post_with_fds('ping', fds=[0])


class Program(Pulsar.Application):
    passed = False
    ready = []

    async def do_monitor_start(self, monitor, hook):
        monitor.connect('worker-ready', self.on_worker_ready)

    async def on_worker_ready(self, monitor, worker):
        self.ready.append(worker)
        if len(self.ready) < 2:
            return
        try:
            await check(self.ready)
            self.passed = True
        finally:
            Pulsar.Arbiter.get_default().stop()


program = Program(name='descriptors', workers=2)
status = program.run(sys.argv)
sys.exit(status if Pulsar.is_worker() or program.passed else 1)
