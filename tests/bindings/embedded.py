#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program with a main loop of its own starts an application, asks its worker, stops it, and fails to start another."""

import sys
import traceback

import gi

gi.require_version('Pulsar', '1')
from gi.repository import GLib, Pulsar  # noqa: E402


class Counter(Pulsar.Application):
    async def do_worker_start(self, worker, hook):
        await Pulsar.sleep(0)
        self.count = 0


class Faulty(Pulsar.Application):
    async def do_monitor_start(self, monitor, hook):
        raise ValueError('boom')


@Pulsar.command('count', callers=Pulsar.CommandCallers.SUPERVISOR)
async def count(request):
    application = await Pulsar.get_application('counter')
    application.count += 1
    return application.count


async def check():
    counter = Counter(name='counter', workers=1)
    await counter.start()
    worker, = counter.get_monitor().get_workers()
    assert await worker.send('count') == 1 and await worker.send('count') == 2
    try:
        await Faulty(name='faulty').start()
        raise AssertionError('It started')
    except GLib.Error as error:
        assert error.message.startswith('ValueError: boom\nTraceback') and 'in do_monitor_start' in error.message, error
    await counter.stop()
    assert counter.get_monitor() is None


async def main(loop):
    try:
        await check()
        print('1..1\nok 1 embedded/python')
    except BaseException:  # pylint: disable=broad-except
        traceback.print_exc()
        print('1..1\nnot ok 1 embedded/python')
    loop.quit()


IS_WORKER, STATUS = Pulsar.worker_main()
if IS_WORKER:
    sys.exit(STATUS)
LOOP = GLib.MainLoop()
Pulsar.Task(main(LOOP))
LOOP.run()
