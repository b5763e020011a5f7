#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests of the comfort for Python that need no worker: settings, values of messages, futures, commands, a callable."""

import gc
import math
import os
import sys
import traceback
import weakref

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, GObject, Pulsar  # noqa: E402

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def raises(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as exception:
        return exception
    raise AssertionError(f'It does not raise {kind.__name__}')


@Pulsar.command('add', '(xx)')
def add(request, left, right):
    return left + right


@Pulsar.command('later', '(s)', callers=Pulsar.CommandCallers.ANY)
async def later(request, text):
    await Pulsar.sleep(0)
    return text, [text]


@Pulsar.command('nothing')
def nothing(request):
    pass


@Pulsar.command('as-it-is')
def as_it_is(request):
    return GLib.Variant('(qas)', (3, []))


@Pulsar.command('answered')
def answered(request):
    request.return_value(GLib.Variant('s', 'by itself'))
    return 'what it returns does not matter then'


@Pulsar.command('no-value')
def no_value(request):
    return object()


@Pulsar.command('never')
async def never(request):
    await Pulsar.sleep(1000)


def deferred(request, prefix):
    GLib.idle_add(lambda: request.return_value(GLib.Variant('s', prefix + request.get_arguments().unpack()[0])))


Pulsar.command_register('deferred', '(s)', Pulsar.CommandCallers.ANY, deferred, 'later: ')


class Program(Pulsar.SocketServer):
    number = GObject.Property(type=int, default=1)

    def do_register_settings(self, config):
        pspec = GObject.param_spec_int('my-number', 'Number', 'A number', 0, 10, 7, GObject.ParamFlags.READWRITE)
        config.add_setting(Pulsar.Setting(pspec=pspec, flags=Pulsar.SettingFlags.RUNTIME))

    def do_worker_start(self, worker, hook):
        Pulsar.Task(self.run_tests(worker))

    async def run_tests(self, worker):
        print(f'1..{len(TESTS)}')
        for number, function in enumerate(TESTS, start=1):
            try:
                await function(self, worker)
                result = 'ok'
            except BaseException:  # pylint: disable=broad-except
                traceback.print_exc()
                result = 'not ok'
                self.failed = True
            print(f"{result} {number} values/{function.__name__.replace('_', '-')}", flush=True)
        Pulsar.Arbiter.get_default().stop()

    failed = False


@test
async def keywords(program, worker):
    config = program.get_config()
    assert program.props.name == 'program' and program.number == 5
    assert config['workers'] == 0 and config['bind'] == ['127.0.0.1:0'] and config['backlog'] == 77
    assert config['timeout'] == 5.0 and config['keep-alive'] == 1.5 and config['mailbox_bytes'] == 2 ** 20
    assert config['start-timeout'] == 120.0
    assert config['text'] == 'x' and config['nested'] == {'a': [1, 'b']} and config['yes'] is True
    parameters = Pulsar.Application(name='x', parameters={'workers': 2}, workers=3, free=1).get_config()
    assert parameters.workers == 3 and parameters.free == 1


@test
async def settings(program, worker):
    config = Program(name='other', my_number=3).get_config()
    assert config.my_number == config['my-number'] == config['my_number'] == 3
    config['my_number'] = 4
    config['timeout'] = config['timeout']
    config['fresh'] = 'value'
    assert config.my_number == 4 and config.timeout == 30.0 and config['fresh'] == config.fresh == 'value'
    assert 'my-number' in config and 'fresh' in config and 'nowhere' not in config
    assert {'workers', 'my-number', 'fresh'} <= set(config)
    assert config.get('nowhere') is None and config.get('nowhere', 1) == 1 and config.get('fresh') == 'value'
    assert config.copy().my_number == 4 and bool(config)
    raises(KeyError, lambda: config['nowhere'])
    raises(AttributeError, lambda: config.nowhere)
    error = raises(GLib.Error, config.__setitem__, 'my-number', 11)
    assert error.matches(GLib.quark_from_string('pulsar-error-quark'), Pulsar.Error.CONFIGURATION), error
    raises(TypeError, config.__setitem__, 'my-number', object())


@test
async def values(program, worker):
    me = worker.get_id()
    for value in (True, False, 0, -2 ** 63, 2 ** 63 - 1, 1.5, '', 'ä', 'a\nb', ['a', 'b'], [], [1, 'a', [2]], {},
                  {'a': {'b': [()]}}, (1, 2), (1, ('a',))):
        answer = await worker.send(me, 'echo', value)
        assert answer == value and type(answer) is type(value), (value, answer)
    assert bytes(await worker.send(me, 'echo', b'\x00\xff')) == b'\x00\xff'
    assert math.isnan(await worker.send(me, 'echo', math.nan))
    assert await worker.send(me, 'echo') is None
    assert await worker.send(me, 'echo', 1, 'two', None) == (1, 'two', ())
    assert await worker.send(me, 'echo', GLib.Variant('(qs)', (1, 'two'))) == (1, 'two')
    assert await worker.send(me, 'echo', GLib.Variant('q', 1), 'two') == (1, 'two')
    raises(TypeError, worker.send, me, 'echo', object())
    raises(OverflowError, worker.send, me, 'echo', 2 ** 64)
    assert worker.post(me, 'echo', 1, 'two')


@test
async def commands(program, worker):
    me = worker.get_id()
    assert await worker.send(me, 'add', 2, 3) == 5
    assert await worker.send(me, 'later', 'x') == ('x', ['x'])
    assert await worker.send(me, 'nothing') is None
    assert await worker.send(me, 'as-it-is') == (3, [])
    assert await worker.send(me, 'answered') == 'by itself'
    assert await worker.send(me, 'deferred', 'x') == 'later: x'
    for command, arguments, code, text in (('add', (2,), Pulsar.Error.INVALID_ARGUMENTS, '(xx)'),
                                           ('nowhere', (), Pulsar.Error.UNKNOWN_COMMAND, 'nowhere'),
                                           ('no-value', (), Pulsar.Error.FAILED, 'TypeError: A object is no value')):
        try:
            await worker.send(me, command, *arguments)
            raise AssertionError(command)
        except GLib.Error as error:
            assert error.matches(GLib.quark_from_string('pulsar-error-quark'), code) and text in error.message, error


@test
async def futures(program, worker):
    me = worker.get_id()
    first, second = worker.send(me, 'later', 'a'), worker.send(me, 'later', 'b')
    assert not first.done() and not second.done()
    raises(RuntimeError, first.result)
    assert (await second)[0] == 'b' and first.done() and first.result()[0] == 'a' and (await first)[0] == 'a'

    called = []
    first.add_done_callback(called.append)
    assert called == [first]

    task = Pulsar.Task(worker.send(me, 'never').__await__())
    task.cancel()
    try:
        await task
        raise AssertionError('It was not cancelled')
    except GLib.Error as error:
        assert error.matches(GLib.quark_from_string('pulsar-error-quark'), Pulsar.Error.CANCELLED), error

    late = worker.send(me, 'never', timeout_ms=1)
    try:
        await late
        raise AssertionError('It was answered')
    except GLib.Error as error:
        assert error.matches(GLib.quark_from_string('pulsar-error-quark'), Pulsar.Error.TIMED_OUT), error


@test
async def calls(program, worker):
    info = await Pulsar.call(Gio.File.new_for_path('/').query_info_async, 'standard::*', Gio.FileQueryInfoFlags.NONE, 0)
    assert info.get_file_type() == Gio.FileType.DIRECTORY
    assert await Pulsar.get_application('program') is program
    try:
        await Pulsar.get_application('nowhere')
        raise AssertionError('There is no such application')
    except GLib.Error as error:
        assert error.matches(GLib.quark_from_string('pulsar-error-quark'), Pulsar.Error.UNKNOWN_APPLICATION), error
    try:
        await Pulsar.call(Gio.DBusConnection.new_for_address, 'nonsense', Gio.DBusConnectionFlags.NONE, None)
        raise AssertionError('There is no such address')
    except GLib.Error as error:
        assert error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.INVALID_ARGUMENT), error


@test
async def callables(program, worker):
    address = program.get_addresses()[0]
    client = Gio.SocketClient()
    connection = await Pulsar.call(client.connect_to_host_async, address, 0)
    received = await Pulsar.call(connection.get_input_stream().read_bytes_async, 100, GLib.PRIORITY_DEFAULT)
    assert received.get_data() == b'served'


@test
async def handlers(program, worker):
    seen = []

    def handler(application, *arguments):
        seen.append(arguments)

    emitter = Pulsar.Application(name='emitter')
    emitter.connect('monitor-task', handler, 'data')
    emitter.connect_after('monitor-task', handler, 'after')
    emitter.connect_object('monitor-task', lambda *arguments: seen.append(arguments), program)
    emitter.emit('monitor-task', worker)
    assert seen == [(worker, 'data'), (program, worker), (worker, 'after')], seen
    emitter.disconnect_by_func(handler)
    emitter.disconnect_by_func(handler)
    emitter.emit('monitor-task', worker)
    assert len(seen) == 4, seen
    raises(TypeError, emitter.connect, 'monitor-task', None)


@test
async def leaks(program, worker):
    me = worker.get_id()

    async def exchange(count):
        for number in range(count):
            assert await worker.send(me, 'add', number, 1) == number + 1
            try:
                await worker.send(me, 'no-value')
            except GLib.Error:
                pass

    def measure():
        gc.collect()
        with open('/proc/self/statm', encoding='ascii') as statm:
            return int(statm.read().split()[1]) * os.sysconf('SC_PAGE_SIZE'), len(gc.get_objects())

    await exchange(1000)
    size, n_objects = measure()
    await exchange(1000)
    size_after, n_objects_after = measure()
    assert size_after - size < 500000 and n_objects_after - n_objects < 50, (size_after - size, n_objects_after - n_objects)

    other = Program(name='other', workers=1)
    other.connect('worker-start', lambda *_: None)
    gone = weakref.ref(other)
    del other
    gc.collect()
    assert gone() is None


async def serve(program, connection):
    output = connection.get_output_stream()
    await Pulsar.call(output.write_bytes_async, GLib.Bytes.new(b'served'), GLib.PRIORITY_DEFAULT)
    connection.close()


if __name__ == '__main__':
    PROGRAM = Program(name='program', number=5, callable=serve, workers=0, bind=['127.0.0.1:0'], backlog=77, timeout=5,
                      keep_alive=1.5, start_timeout='2 min', mailbox_bytes='1 M', text='x', nested={'a': [1, 'b']},
                      yes=True)
    STATUS = PROGRAM.run(['values'])
    sys.exit(STATUS or PROGRAM.failed)
