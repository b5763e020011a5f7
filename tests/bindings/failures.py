#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A program that fails where $FAIL says; check-failures runs it, and failures.js, which is the same."""

import os
import signal
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402

FAIL = os.environ['FAIL']


def explode():
    raise TypeError('boom')


async def explode_later():
    await Pulsar.sleep(0)
    await Pulsar.call(Gio.File.new_for_path('/').query_info_async, 'standard::*', Gio.FileQueryInfoFlags.NONE,
                      GLib.PRIORITY_DEFAULT)
    explode()


def spin():
    while True:
        pass


def fail_with_error():
    raise GLib.Error.new_literal(Gio.io_error_quark(), 'no such thing', Gio.IOErrorEnum.NOT_FOUND)


class Parent(Pulsar.Application):
    def do_monitor_start(self, monitor, hook):
        explode()

    async def do_worker_start(self, worker, hook):
        await explode_later()


class Program(Parent):
    def do_register_settings(self, config):
        if FAIL == 'register-settings':
            explode()
        return explode_later() if FAIL == 'register-settings-async' else None

    def do_configured(self, arbiter, hook):
        if FAIL == 'configured':
            explode()

    def do_monitor_start(self, monitor, hook):
        if FAIL == 'parent':
            super().do_monitor_start(monitor, hook)

    async def do_worker_start(self, worker, hook):
        if FAIL == 'override':
            explode()
        elif FAIL == 'override-async':
            await explode_later()
        elif FAIL == 'parent-async':
            await super().do_worker_start(worker, hook)
        elif FAIL == 'error':
            fail_with_error()
        elif FAIL == 'exit':
            sys.exit(3)
        elif FAIL == 'stopped':
            os.kill(os.getppid(), signal.SIGTERM)
            try:
                await Pulsar.sleep(1000)
            except GLib.Error as error:
                print('What was awaited:', error.message, flush=True)
                raise
        elif FAIL == 'foreign':
            await Foreign()
        elif FAIL == 'hang':
            GLib.timeout_add(10, spin)

    def do_worker_stopping(self, worker, hook):
        if FAIL == 'stopping':
            explode()


class Foreign:
    def __await__(self):
        yield 'something'


@Pulsar.command('explode')
def explode_command(request):
    explode()


@Pulsar.command('explode-later')
async def explode_later_command(request):
    await explode_later()


def explode_registered(request):
    explode()


def error_registered(request):
    fail_with_error()


def answer_and_explode(request):
    request.return_value(GLib.Variant('(s)', ('answered',)))
    explode()


Pulsar.command_register('explode-registered', '()', Pulsar.CommandCallers.ANY, explode_registered)
Pulsar.command_register('error-registered', '()', Pulsar.CommandCallers.ANY, error_registered)
Pulsar.command_register('answer-and-explode', '()', Pulsar.CommandCallers.ANY, answer_and_explode)


async def ask(monitor, worker):
    for name in ('explode', 'explode-later', 'explode-registered', 'error-registered', 'answer-and-explode'):
        try:
            print(name, await worker.send(name), flush=True)
        except GLib.Error as error:
            print(name, error.domain, error.code, error.message, flush=True)
    worker.post('explode')
    await worker.send('ping')
    Pulsar.Arbiter.get_default().stop()
    explode()


def on_monitor_start(application, monitor, hook):
    if FAIL == 'commands':
        monitor.connect('worker-ready', ask)
    elif FAIL == 'interrupt':
        monitor.connect('worker-ready', lambda *_: os.kill(os.getpid(), signal.SIGINT))
    elif FAIL == 'hang':
        monitor.connect('worker-exited', lambda *_: Pulsar.Arbiter.get_default().stop())
    elif FAIL in ('handler-disconnected', 'stopping'):
        monitor.connect('worker-ready', lambda *_: Pulsar.Arbiter.get_default().stop())


def on_worker_start(application, worker, hook):
    explode()


async def on_worker_start_async(application, worker, hook):
    await explode_later()


class Several(Pulsar.MultiApp):
    def do_build(self):
        if FAIL == 'build':
            explode()
        return self.generate() if FAIL == 'build-generator' else None

    def generate(self):
        yield self.new_app(Program)
        explode()


if FAIL.startswith('build'):
    several = Several(name='program')
    if FAIL == 'build-handler':
        several.connect('build', lambda several: explode())
    sys.exit(several.run())

program = Program(name='program', workers=1, timeout=2, restart_delay=0)
program.connect('monitor-start', on_monitor_start)
if FAIL == 'register-settings-handler':
    program.connect('register-settings', lambda program, config: explode())
elif FAIL == 'handler':
    program.connect('worker-start', on_worker_start)
elif FAIL == 'handler-async':
    program.connect('worker-start', on_worker_start_async)
elif FAIL == 'handler-after':
    program.connect_after('worker-start', on_worker_start)
elif FAIL == 'handler-object':
    program.connect_object('worker-start', lambda other, worker, hook: explode(), program)
elif FAIL == 'handler-disconnected':
    program.connect('worker-start', on_worker_start)
    program.disconnect_by_func(on_worker_start)
elif FAIL == 'arbiter':
    Pulsar.Arbiter.get_default().connect('starting', lambda arbiter, hook: explode())
status = program.run()
if FAIL == 'interrupt' and not Pulsar.is_worker():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        signal.pause()
    except KeyboardInterrupt:
        print('Python has the signal again', flush=True)
sys.exit(status)
