#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Actors that watch each other, and publish to each other, in Python."""

import os
import signal
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402


class Victim(Pulsar.Actor):
    pass


@Pulsar.command('watch-it', '(s)', Pulsar.CommandCallers.ANY)
async def watch_it(request, target):
    record = await request.get_actor().watch(target)
    return GLib.Variant('i', record.get_signal_number())


@Pulsar.command('die', None, Pulsar.CommandCallers.ANY)
def die(request):
    os.kill(os.getpid(), signal.SIGKILL)


@Pulsar.command('who', None, Pulsar.CommandCallers.ANY)
def who(request):
    return request.get_caller().get_id(), request.get_actor().get_id()


@Pulsar.command('befriend', '(s)', Pulsar.CommandCallers.ANY)
async def befriend(request, target):
    actor = request.get_actor()
    friend = await actor.open_channel(target)
    assert await actor.open_channel(friend.get_id()) is friend
    assert await friend.send('who') == (actor.get_id(), friend.get_id())
    assert await actor.send(target, 'who') == (actor.get_id(), friend.get_id())
    return friend.get_id()


async def check_channel(arbiter, worker):
    friend = await arbiter.spawn(Victim, 'friend')
    assert await worker.send('befriend', 'friend') == friend.get_id()
    assert await arbiter.open_channel('friend') is friend
    friend.stop()


async def check_watch(arbiter, worker):
    victim = await arbiter.spawn(Victim, 'victim')
    early = arbiter.watch(victim.get_id())
    far = worker.send('watch-it', 'victim')
    cancelled = arbiter.watch('victim')
    cancelled.cancel()
    try:
        await cancelled
        raise AssertionError('It was not cancelled')
    except GLib.Error as error:
        assert error.matches(GLib.quark_from_string('pulsar-error-quark'), Pulsar.Error.CANCELLED), error
    victim.post('die')
    record = await early
    assert record.get_signal_number() == signal.SIGKILL, record.to_string()
    assert record.get_reason() == Pulsar.ExitReason.SIGNALLED
    assert await far == signal.SIGKILL
    assert (await arbiter.watch('victim')).get_pid() == record.get_pid()
    try:
        await arbiter.watch('nobody')
        raise AssertionError('There is somebody')
    except GLib.Error as error:
        assert 'nobody' in error.message


async def check_topics(arbiter, worker):
    seen = []
    done = Pulsar.Future()

    async def on_echo(actor, topic, value, mark):
        assert actor is arbiter and mark == 'mark'
        await Pulsar.sleep(0)
        seen.append((topic, value))
        if len(seen) == 3:
            done._complete()

    subscription = arbiter.subscribe('echo', on_echo, 'mark')
    for value in (1, {'two': [2.0]}, 'three'):
        arbiter.publish('question', value)
    await done
    assert seen == [('echo', (1, 'program')), ('echo', ({'two': [2.0]}, 'program')), ('echo', ('three', 'program'))], seen
    assert arbiter.unsubscribe(subscription) and not arbiter.unsubscribe(subscription)


class Program(Pulsar.Application):
    passed = False

    def do_worker_start(self, worker, hook):
        worker.subscribe('question', lambda actor, topic, value: actor.publish('echo', (value, 'program')))

    async def do_monitor_start(self, monitor, hook):
        monitor.connect('worker-ready', self.on_worker_ready)

    async def on_worker_ready(self, monitor, worker):
        arbiter = Pulsar.Arbiter.get_default()
        try:
            await check_watch(arbiter, worker)
            await check_channel(arbiter, worker)
            await check_topics(arbiter, worker)
            self.passed = True
        finally:
            arbiter.stop()


program = Program(name='actors', workers=1)
status = program.run(sys.argv)
sys.exit(status if Pulsar.is_worker() or program.passed else 1)
