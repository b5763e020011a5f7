# SPDX-License-Identifier: LGPL-2.1-or-later
"""Comfort for Python on top of what introspection gives.

Exceptions
    What a hook, a handler of a signal or a handler of a command raises fails the `Pulsar.Hook` or answers the
    `Pulsar.Request`, with type, text and traceback. That includes `SystemExit`. What `do_register_settings ()` and
    `do_build ()` raise keeps the program from running. Elsewhere it is logged as an error, with its traceback and as one
    record; so is what any other callback raises while `run ()` runs. The connection whose handler failed is closed.

Coroutines
    Each of them may be an `async def`: the hook is held until it has ended. It runs in the GLib main context, without
    asyncio, and awaits what gives a `Pulsar.Future`: `actor.send ()` and its like below, `Pulsar.sleep ()`, other
    tasks, and any asynchronous function of GLib through `Pulsar.call ()`. When the hook or the request is given up,
    what it awaits is cancelled.

Values
    Where a GVariant is wanted, Python values do: bool is `b`, int `x`, float `d`, str `s`, bytes `ay`, None `()`; a
    tuple is a tuple, a list of str `as`, any other list `av`, a dict with keys of str `a{sv}`. A GLib.Variant stands for
    itself, so `GLib.Variant ('u', 3)` gives what has no Python type. An answer of one value is that value, one of none
    None, as with Gio.DBusProxy. Settings take an int for any number; for a duration it is seconds.
"""

import datetime
import faulthandler
import logging
import sys
import traceback
import types

from gi.module import get_introspection_module
from gi.overrides import override
from gi.repository import Gio, GLib, GObject

Pulsar = get_introspection_module('Pulsar')

__all__ = []


def _export(item):
    """Makes an item of this module one of the namespace; those that replace one also need override ()."""
    __all__.append(item.__name__)
    return item


# Exceptions

def _remove_own_frames(description):
    if description is not None:
        description.stack = traceback.StackSummary.from_list(
            [frame for frame in description.stack if frame.filename != __file__])
        _remove_own_frames(description.__cause__)
        _remove_own_frames(description.__context__)


def _describe(exception, text=None):
    """The type and text of an exception or another text, then its traceback without the frames of this module."""
    description = traceback.TracebackException.from_exception(exception)
    _remove_own_frames(description)
    last = list(description.format_exception_only())
    lines = list(description.format())[:-len(last)]
    return ''.join([*([text, '\n'] if text else last), *lines]).strip()


def _report(exception):
    """Logs what nobody else learns of, as an error and with its place in the source."""
    text = _describe(exception)
    try:
        fields = {'MESSAGE': text, 'PRIORITY': '3'}
        for frame, line in traceback.walk_tb(exception.__traceback__):
            if frame.f_code.co_filename != __file__:
                fields.update(CODE_FILE=frame.f_code.co_filename, CODE_LINE=str(line), CODE_FUNC=frame.f_code.co_name)
        # Messages, not warnings: these are mistakes of the program, which runs on also with G_DEBUG=fatal-warnings.
        GLib.log_variant('Pulsar', GLib.LogLevelFlags.LEVEL_MESSAGE, GLib.Variant(
            'a{sv}', {name: GLib.Variant('s', _to_text(value)) for name, value in fields.items()}))
    except Exception:  # pylint: disable=broad-except
        # While the interpreter ends there is no log any more.
        print(text, file=sys.stderr, flush=True)


def _to_text(text):
    """GLib takes neither lone surrogates nor what ends a string in C."""
    return text.encode('utf-8', 'replace').decode('utf-8').replace('\0', '\ufffd')


def _on_uncaught(_class, exception, trace):
    """In place of sys.excepthook: what callbacks of GLib raise that are none of ours."""
    _report(exception.with_traceback(trace))


def _fail(subject, exception):
    """Fails a hook or a request, or logs the exception if there is neither. A GLib.Error keeps its domain and code."""
    error = None
    if isinstance(exception, GLib.Error) and exception.domain:
        error = GLib.Error.new_literal(GLib.quark_from_string(exception.domain),
                                       _describe(exception, exception.message), exception.code)
    if isinstance(subject, Pulsar.Hook):
        if error is not None:
            subject.fail(error)
        else:
            subject.fail_literal(_describe(exception))
    elif isinstance(subject, Pulsar.Request) and not subject.is_answered():
        if subject.is_post():
            _report(exception)
        if error is not None:
            subject.return_error(error)
        else:
            subject.return_error_literal(_describe(exception))
    elif isinstance(subject, Pulsar.Configurator):
        subject.fail(_describe(exception))
    else:
        _report(exception)


# Coroutines

def _on_cancelled(cancellable, function):
    # Its own connect () is another one.
    return GObject.Object.connect(cancellable, 'cancelled', lambda *_: function())


@_export
class Future:
    """A result that comes later, in the GLib main context: await it, or add a callback."""

    def __init__(self, cancellable=None):
        self.cancellable = cancellable or Gio.Cancellable()
        self._done = False
        self._result = None
        self._exception = None
        self._taken = False
        self._callbacks = []

    def __del__(self):
        if self._exception is not None and not self._taken:
            _report(self._exception)

    def __await__(self):
        if not self._done:
            yield self
        try:
            return self.result()
        finally:
            self = None  # as in result ()

    def done(self):
        return self._done

    def result(self):
        """The result, or raises what came instead of it."""
        if not self._done:
            raise RuntimeError('The result is not there yet: await it')
        exception = self.exception()
        if exception is None:
            return self._result
        try:
            raise exception
        finally:
            self = exception = None  # the traceback must not keep the future that keeps the traceback

    def exception(self):
        """What came instead of a result, or None. An exception that is never asked for is logged."""
        self._taken = True
        return self._exception

    def cancel(self):
        """Asks for an end; the result is then a GLib.Error that says so."""
        self.cancellable.cancel()

    def add_done_callback(self, function):
        """Calls function (future) once the result is there; at once if it is."""
        if self._done:
            function(self)
        else:
            self._callbacks.append(function)

    def _complete(self, result=None, exception=None):
        if self._done:
            return
        self._done = True
        self._result = result
        self._exception = exception
        callbacks, self._callbacks = self._callbacks, []
        for function in callbacks:
            function(self)


@_export
class Task(Future):
    """A running coroutine. It begins at once; its result is what it returns or raises."""

    def __init__(self, coroutine):
        super().__init__()
        self._coroutine = coroutine
        self._awaited = None
        self._step()

    def cancel(self):
        super().cancel()
        if self._awaited is not None:
            self._awaited.cancel()

    def _step(self, _future=None):
        refused = None
        while not self._done:
            self._awaited = None
            try:
                if refused is None:
                    awaited = self._coroutine.send(None)
                else:
                    awaited = self._coroutine.throw(refused)
            except StopIteration as stop:
                self._complete(stop.value)
            except BaseException as exception:  # pylint: disable=broad-except
                # Without our own frame: it would keep the task, and so what the coroutine has, until a garbage collection.
                self._complete(exception=exception.with_traceback(exception.__traceback__.tb_next))
            else:
                if isinstance(awaited, Future):
                    self._awaited = awaited
                    if self.cancellable.is_cancelled():
                        awaited.cancel()
                    awaited.add_done_callback(self._step)
                    return
                refused = RuntimeError(f'{awaited!r} needs an event loop of its own; await a Pulsar.Future')


def _call(function, arguments, cancellable=None, convert=None, finish=None):
    name = function.get_name()
    if finish is None:
        finish = (name[:-len('_async')] if name.endswith('_async') else name) + '_finish'
    future = Future(cancellable)

    def ready(source, result):
        try:
            owner = source
            if owner is None:
                owner = sys.modules['gi.repository.' + function.get_namespace()]
                if function.get_container() is not None:
                    owner = getattr(owner, function.get_container().get_name())
            value = getattr(owner, finish)(result)
            future._complete(value if convert is None else convert(value))
        except Exception as exception:  # pylint: disable=broad-except
            future._complete(exception=exception.with_traceback(None))  # our frame would keep the future

    function(*arguments, future.cancellable, ready)
    return future


@_export
def call(function, *arguments, cancellable=None, finish=None):
    """Calls an asynchronous function of GLib with the arguments before its cancellable, and returns a Future of what its
    finish function gives: `await Pulsar.call (stream.read_bytes_async, 4096, GLib.PRIORITY_DEFAULT)`. The finish function
    has to be named where it has another name."""
    return _call(function, arguments, cancellable, finish=finish)


@_export
def sleep(seconds):
    """A Future that is done after some time."""
    future = Future()
    source = GLib.timeout_source_new(round(seconds * 1000))

    def end(exception=None):
        source.destroy()
        GObject.Object.disconnect(future.cancellable, cancelled)
        future._complete(exception=exception)

    source.set_callback(lambda *_: end())
    source.attach(GLib.MainContext.get_thread_default())
    cancelled = _on_cancelled(future.cancellable, lambda: end(GLib.Error.new_literal(
        Gio.io_error_quark(), 'The sleep was cancelled', Gio.IOErrorEnum.CANCELLED)))
    return future


# Hooks and handlers

class _Guard:
    """A hook or a handler whose exceptions, coroutines and generators are looked after."""

    def __init__(self, function, signal=None, answers=False):
        self._function = function
        self._is_preparation = signal is not None and signal.replace('_', '-') in ('build', 'register-settings')
        self._is_connection = signal == 'connection'
        self._answers = answers

    def __call__(self, *arguments):
        subject = next((argument for argument in arguments if isinstance(argument, (Pulsar.Hook, Pulsar.Request))), None)
        if self._is_preparation:
            subject = arguments[0]
        try:
            result = self._function(*arguments)
            if isinstance(result, types.GeneratorType):
                for _ in result:
                    pass
                return None
            if self._is_preparation and isinstance(result, types.CoroutineType):
                result.close()
                raise TypeError('This cannot be an async function: the program waits for it')
        except BaseException as exception:  # pylint: disable=broad-except
            _fail(subject, exception)
            self._close(arguments)
            return None
        if isinstance(result, types.CoroutineType):
            self._run(result, subject, arguments)
            return None
        if self._answers:
            self._answer(subject, result)
            return None
        return result

    def __get__(self, instance, owner=None):
        """As an attribute of a class it is the plain function, for super () and for other Python code."""
        return self._function.__get__(instance, owner)

    def __eq__(self, other):
        """So that obj.disconnect_by_func (function) finds it."""
        return self._function == (other._function if isinstance(other, _Guard) else other)

    def __hash__(self):
        return hash(self._function)

    def _close(self, arguments):
        """Closes the connection of a handler that failed: whoever else has it may never let go of it."""
        if self._is_connection:
            for argument in arguments:
                if isinstance(argument, Pulsar.Connection):
                    argument.close_async(GLib.PRIORITY_DEFAULT, None, None)

    def _run(self, coroutine, subject, arguments):
        hook = subject if isinstance(subject, Pulsar.Hook) else None

        def ended(task):
            exception = task.exception()
            if exception is not None:
                _fail(subject, exception)
                self._close(arguments)
            elif self._answers:
                self._answer(subject, task.result())
            if hook is not None:
                hook.release()

        if hook is not None:
            hook.hold()
        task = Task(coroutine)
        if subject is not None and not task.done():
            _on_cancelled(subject.get_cancellable(), task.cancel)
        task.add_done_callback(ended)

    @staticmethod
    def _answer(request, value):
        try:
            if not request.is_answered():
                request.return_value(_to_variant(value))
        except Exception as exception:  # pylint: disable=broad-except
            _fail(request, exception)


class _Emitter:
    """Of a class with hooks: subclasses override them and handlers connect to them."""

    def __init_subclass__(cls, **arguments):
        super().__init_subclass__(**arguments)
        for name, value in list(vars(cls).items()):
            if name.startswith('do_') and isinstance(value, types.FunctionType):
                setattr(cls, name, _Guard(value, name[len('do_'):]))


def _guarded(handler, signal=None):
    return _Guard(handler, signal) if callable(handler) and not isinstance(handler, _Guard) else handler


def _connector(name):
    connect = getattr(GObject.Object, name)

    def connector(self, detailed_signal, handler, *arguments):
        return connect(self, detailed_signal, _guarded(handler, detailed_signal), *arguments)

    connector.__name__ = name
    return connector


for _name in ('connect', 'connect_after', 'connect_object', 'connect_object_after'):
    setattr(_Emitter, _name, _connector(_name))


# Values

def _to_variant(value):
    if isinstance(value, GLib.Variant):
        return value
    if value is None:
        return GLib.Variant('()', ())
    if isinstance(value, bool):
        return GLib.Variant('b', value)
    if isinstance(value, int):
        return GLib.Variant('x', value)
    if isinstance(value, float):
        return GLib.Variant('d', value)
    if isinstance(value, str):
        return GLib.Variant('s', value)
    if isinstance(value, (bytes, bytearray)):
        return GLib.Variant.new_from_bytes(GLib.VariantType.new('ay'), GLib.Bytes.new(bytes(value)), True)
    if isinstance(value, tuple):
        return GLib.Variant.new_tuple(*(_to_variant(item) for item in value))
    if isinstance(value, list):
        if all(isinstance(item, str) for item in value):
            return GLib.Variant('as', value)
        return GLib.Variant('av', [_to_variant(item) for item in value])
    if isinstance(value, dict):
        return GLib.Variant('a{sv}', {key: _to_variant(item) for key, item in value.items()})
    raise TypeError(f'A {type(value).__name__} is no value for a message or a setting; give a GLib.Variant')


def _to_arguments(values):
    if len(values) == 1 and isinstance(values[0], GLib.Variant) and values[0].get_type_string().startswith('('):
        return values[0]
    return _to_variant(tuple(values))


def _from_answer(answer):
    """Of what the send_finish functions return."""
    value = answer[0].unpack()
    if isinstance(value, tuple) and len(value) < 2:
        return value[0] if value else None
    return value


def _to_fd_list(fds):
    """Of open descriptors: numbers, or what has one, such as a socket or a file. They are duplicated."""
    if fds is None or isinstance(fds, Gio.UnixFDList):
        return fds
    fd_list = Gio.UnixFDList()
    for item in fds:
        if isinstance(item, Gio.SocketConnection):
            item = item.get_socket()
        fd_list.append(item if isinstance(item, int) else item.get_fd() if hasattr(item, 'get_fd') else item.fileno())
    return fd_list


def _steal_fds(fd_list):
    return [] if fd_list is None else fd_list.steal_fds()


def _from_answer_with_fds(answer):
    return _from_answer(answer), _steal_fds(answer[1])


def _to_setting(value):
    """As _to_variant (), but an int is seconds if the setting is a duration."""
    if isinstance(value, int) and not isinstance(value, bool) and -2 ** 31 <= value < 2 ** 31:
        return GLib.Variant('i', value)
    if isinstance(value, tuple):
        value = list(value)
    return _to_variant(value)


def _to_parameters(values):
    return GLib.Variant('a{sv}', {name: _to_setting(value) for name, value in values.items()})


# Settings

_RANGES = {int: (GLib.MININT64, GLib.MAXINT64), float: (-GLib.MAXDOUBLE, GLib.MAXDOUBLE)}
_SECOND = 1000000


def _make_setting(name, default, summary, description, minimum, maximum, unit, words, **properties):
    """A setting of the type of its default value."""
    flags = GObject.ParamFlags.READWRITE
    kind = type(default)

    def number(make, kind, low, high, factor=1):
        if (minimum is not None and default < minimum) or (maximum is not None and default > maximum):
            raise ValueError(f'The default of the setting “{name}” is out of its range')
        low, high = (bound if given is None else round(given * factor) if factor > 1 else kind(given)
                     for given, bound in ((minimum, low), (maximum, high)))
        return make(name, summary, description, low, high, round(default * factor) if factor > 1 else kind(default), flags)

    if isinstance(default, datetime.timedelta):
        default, unit = default.total_seconds(), Pulsar.SettingUnit.DURATION
    if isinstance(unit, str):
        unit = getattr(Pulsar.SettingUnit, unit.upper())
    if unit == Pulsar.SettingUnit.DURATION:
        pspec = number(GObject.param_spec_int64, int, 0, GLib.MAXINT64, _SECOND)
    elif unit == Pulsar.SettingUnit.SIZE:
        pspec = number(GObject.param_spec_uint64, int, 0, GLib.MAXUINT64)
    elif kind is bool:
        pspec = GObject.param_spec_boolean(name, summary, description, default, flags)
    elif kind is int:
        pspec = number(GObject.param_spec_int64, int, *_RANGES[int])
    elif kind is float:
        pspec = number(GObject.param_spec_double, float, *_RANGES[float])
    elif kind is str:
        pspec = GObject.param_spec_string(name, summary, description, default, flags)
    elif kind in (list, tuple):
        pspec = GObject.param_spec_boxed(name, summary, description, GObject.TYPE_STRV, flags)
        properties['default_value'] = GLib.Variant('as', list(default))
    elif isinstance(default, GObject.GEnum):
        pspec = GObject.param_spec_enum(name, summary, description, default.__gtype__, int(default), flags)
    elif isinstance(default, GObject.GFlags):
        pspec = GObject.param_spec_flags(name, summary, description, default.__gtype__, int(default), flags)
    else:
        raise TypeError(f'A {kind.__name__} cannot be the default of the setting “{name}”')
    if words:
        properties['words'] = GLib.Variant('a{sv}', {word: _to_word(value, pspec, unit) for word, value in words.items()})
    return Setting(pspec=pspec, unit=unit or Pulsar.SettingUnit.PLAIN, **properties)


def _to_word(value, pspec, unit):
    types_of_values = {'gint64': 'x', 'guint64': 't', 'gdouble': 'd', 'gboolean': 'b', 'gchararray': 's', 'GStrv': 'as'}
    if unit == Pulsar.SettingUnit.DURATION:
        value = round(value * _SECOND)
    return GLib.Variant(types_of_values[pspec.value_type.name], value)


# Classes

@_export
@override
class Config(Pulsar.Config):
    """config['workers'], and config.workers where no method has that name. A duration is a number of seconds."""

    def __getitem__(self, name):
        value = self.get_value(name)
        if value is None:
            raise KeyError(name)
        setting = self.get_setting(name)
        if setting is not None and setting.get_unit() == Pulsar.SettingUnit.DURATION:
            return value.unpack() / _SECOND
        return value.unpack()

    def __setitem__(self, name, value):
        self.set_value(name, _to_setting(value))

    def __contains__(self, name):
        return self.get_value(name) is not None

    def __iter__(self):
        yield from (setting.get_name() for setting in self.get_settings())
        yield from self.get_parameters().keys()

    def __getattr__(self, name):
        if not name.startswith('_') and name in self:
            return self[name]
        raise AttributeError(f'{type(self).__name__!r} object has no attribute {name!r}')

    def __repr__(self):
        modified = [repr(setting) for setting in self.get_settings() if setting.get_is_modified()]
        return f'<{type(self).__name__} of {len(self.get_settings())} settings, set: {", ".join(modified) or "none"}>'

    def __setattr__(self, name, value):
        if not name.startswith('_') and not hasattr(type(self), name) and name in self:
            self[name] = value
        else:
            super().__setattr__(name, value)

    def get(self, name, default=None):
        return self[name] if name in self else default

    def set_class_value(self, name, value):
        """Sets the default that a class of applications has for a setting."""
        super().set_class_value(name, _to_setting(value))

    def add_setting(self, setting, default=None, summary=None, *, description=None, minimum=None, maximum=None, unit=None,
                    words=None, check=None, **properties):
        """Adds a Pulsar.Setting, or one made of name, default and help: `config.add_setting ('size', 5, 'How many')`.

        The type is that of the default: bool, int, float, str, list of str, an enumeration or flags of GObject. The unit
        'duration', or a timedelta as default, makes it seconds; 'size' bytes. words = {'none': 0} name values. What
        check (value) raises refuses a value. Other keywords are properties of Pulsar.Setting, such as short_flag.
        """
        if not isinstance(setting, Pulsar.Setting):
            setting = _make_setting(setting, default, summary, description, minimum, maximum, unit, words, **properties)
        if check is not None:
            setting.set_validator(lambda setting, value, *_: _check(setting, value, check))
        super().add_setting(setting)


def _check(setting, value, function):
    value = value.unpack()
    try:
        function(value / _SECOND if setting.get_unit() == Pulsar.SettingUnit.DURATION else value)
    except Exception as exception:
        raise GLib.Error(str(exception) or type(exception).__name__) from exception
    return True


@_export
@override
class Setting(Pulsar.Setting):

    def __repr__(self):
        text = '***' if self.get_flags() & Pulsar.SettingFlags.SECRET else self.dup_text()
        return f'<{type(self).__name__} {self.get_name()}={text!r}, from {self.get_origin().value_nick}>'


@_export
@override
class Actor(_Emitter, Pulsar.Actor):

    def __repr__(self):
        return f'<{type(self).__name__} {self.get_name()!r} {self.get_id()}, {self.get_state().value_nick}>'

    def send(self, target, command, *arguments, fds=None, timeout_ms=Pulsar.TIMEOUT_DEFAULT, cancellable=None):
        """Asks the actor target; a Future of the answer. The fds are numbers of descriptors, or what has one."""
        return _call(self.send_async, (target, command, _to_arguments(arguments), _to_fd_list(fds), timeout_ms), cancellable,
                     _from_answer)

    def send_with_fds(self, target, command, *arguments, fds=None, timeout_ms=Pulsar.TIMEOUT_DEFAULT, cancellable=None):
        """Asks the actor target; a Future of the answer and a list of the descriptors that came along, which are yours."""
        return _call(self.send_async, (target, command, _to_arguments(arguments), _to_fd_list(fds), timeout_ms), cancellable,
                     _from_answer_with_fds)

    def post(self, target, command, *arguments):
        """Tells the actor target, without an answer."""
        return super().post(target, command, _to_arguments(arguments))

    def post_with_fds(self, target, command, *arguments, fds=None, cancellable=None):
        """Tells the actor target, with descriptors; a Future that is done when the message is on its way."""
        return _call(self.post_async, (target, command, _to_arguments(arguments), _to_fd_list(fds)), cancellable)

    def spawn(self, actor_class, name, cancellable=None, **parameters):
        """Makes an actor in a process of its own; a Future of its proxy."""
        return _call(self.spawn_async, (actor_class, name, _to_parameters(parameters)), cancellable)

    def open_channel(self, target, cancellable=None):
        """Opens a channel to another worker, past the arbiter; a Future of its proxy."""
        return _call(self.open_channel_async, (target,), cancellable)

    def watch(self, target, cancellable=None):
        """Waits for the end of another actor, given by name or id; a Future of its exit record."""
        return _call(self.watch_async, (target,), cancellable)

    def subscribe(self, topic, handler, *arguments):
        """Calls handler (actor, topic, value, *arguments), which may be an async def, for what is published on the topic;
        returns a number for unsubscribe ()."""
        return super().subscribe(topic, _Guard(lambda actor, name, value, *_: handler(actor, name, value.unpack(), *arguments)))

    def publish(self, topic, value):
        """Publishes a value on the topic."""
        return super().publish(topic, _to_variant(value))


@_export
@override
class ActorProxy(Pulsar.ActorProxy):

    def __repr__(self):
        return f'<{type(self).__name__} {self.get_name()!r} {self.get_id()}>'

    def send(self, command, *arguments, fds=None, timeout_ms=Pulsar.TIMEOUT_DEFAULT, cancellable=None):
        """Asks the actor; a Future of the answer. The fds are numbers of descriptors, or what has one."""
        return _call(self.send_async, (command, _to_arguments(arguments), _to_fd_list(fds), timeout_ms), cancellable,
                     _from_answer)

    def send_with_fds(self, command, *arguments, fds=None, timeout_ms=Pulsar.TIMEOUT_DEFAULT, cancellable=None):
        """Asks the actor; a Future of the answer and a list of the descriptors that came along, which are yours."""
        return _call(self.send_async, (command, _to_arguments(arguments), _to_fd_list(fds), timeout_ms), cancellable,
                     _from_answer_with_fds)

    def post(self, command, *arguments):
        """Tells the actor, without an answer."""
        return super().post(command, _to_arguments(arguments))

    def post_with_fds(self, command, *arguments, fds=None, cancellable=None):
        """Tells the actor, with descriptors; a Future that is done when the message is on its way."""
        return _call(self.post_async, (command, _to_arguments(arguments), _to_fd_list(fds)), cancellable)


@_export
@override
class Spawn(Pulsar.Spawn):

    def set_parameter(self, name, value):
        """Gives the child a parameter."""
        super().set_parameter(name, _to_setting(value))


@_export
@override
class Worker(Pulsar.Worker, ActorProxy):

    def __repr__(self):
        return f'<{type(self).__name__} {self.get_name()!r} {self.get_id()}, process {self.get_pid()}, {self.get_state().value_nick}>'


@_export
@override
class ExitRecord(Pulsar.ExitRecord):

    def __repr__(self):
        return f'<{type(self).__name__} {self.to_string()}>'

    def __str__(self):
        return self.to_string()


@_export
@override
class Hook(Pulsar.Hook):

    def __repr__(self):
        return f'<{type(self).__name__} {self.get_name()!r}>'


@_export
@override
class Request(Pulsar.Request):

    def __repr__(self):
        return f'<{type(self).__name__} {self.get_command()!r} {self.get_arguments().print_(False)}>'

    def steal_fds(self):
        """The descriptors that came along, in a list of numbers; from here on they are yours."""
        return _steal_fds(self.get_fd_list())

    def return_value_with_fds(self, value, fds):
        """Answers and passes open descriptors: numbers, or what has one."""
        super().return_value_with_fds(_to_variant(value), _to_fd_list(fds))


@_export
@override
class Configurator(_Emitter, Pulsar.Configurator):
    """Keyword arguments that name no property are parameters: values of settings, or free ones."""

    def __repr__(self):
        return f'<{type(self).__name__} {self.get_name()!r}>'

    def __init__(self, callable=None, parameters=None, **arguments):  # pylint: disable=redefined-builtin
        properties = {name: value for name, value in arguments.items() if type(self).find_property(name)}
        values = dict(parameters.unpack() if isinstance(parameters, GLib.Variant) else parameters or {})
        values.update((name, value) for name, value in arguments.items() if name not in properties)
        if values:
            properties['parameters'] = _to_parameters(values)
        super().__init__(**properties)
        if callable is not None:
            self.set_callable(callable)

    def run(self, argv=None):
        """Runs the program until it ends, with the command line argv or that of the process; the exit status."""
        is_ours = sys.excepthook is sys.__excepthook__
        if is_ours:
            sys.excepthook = _on_uncaught
        try:
            return super().run(sys.argv if argv is None else argv)
        finally:
            if is_ours:
                sys.excepthook = sys.__excepthook__

    def start(self, cancellable=None):
        """Starts the applications in a main loop that runs already; a Future."""
        return _call(self.start_async, (), cancellable)


@_export
@override
class Application(Pulsar.Application, Configurator):

    def set_callable(self, function):
        """Sets what serves."""
        super().set_callable(_guarded(function, 'connection'))

    def stop(self, cancellable=None):
        """Stops it; a Future."""
        return _call(self.stop_async, (), cancellable)


@_export
@override
class MultiApp(Pulsar.MultiApp, Configurator):

    def new_app(self, application_class, prefix=None, callable=None, **arguments):  # pylint: disable=redefined-builtin
        """Makes one of the applications, in do_build (); the arguments are those of its class."""
        properties = {name: arguments.pop(name) for name in list(arguments) if application_class.find_property(name)}
        application = super().new_app(application_class, prefix, _to_parameters(arguments))
        for name, value in properties.items():
            application.set_property(name, value)
        if callable is not None:
            application.set_callable(callable)
        return application


# Functions

@_export
@override(Pulsar.command_register)
def command_register(name, argument_type, callers, handler, *arguments):
    """Adds a command; handler (request, *arguments) answers the request, now or later."""
    _command_register(name, argument_type, callers, _Guard(lambda request, *_: handler(request, *arguments)))


_command_register = Pulsar.command_register


@_export
def command(name, argument_type=None, callers=Pulsar.CommandCallers.SELF | Pulsar.CommandCallers.SUPERVISOR):
    """Makes a function a command. It is called with the request and the unpacked arguments, and what it returns is the
    answer; an `async def` answers when it ends.

        @Pulsar.command ('greet', '(s)')
        def greet (request, name):
            return f'Hello {name}'
    """
    def register(function):
        _command_register(name, argument_type, callers,
                          _Guard(lambda request, *_: function(request, *request.get_arguments().unpack()), answers=True))
        return function
    return register


@_export
def worker_main():
    """Becomes the worker this process was made to be: whether it is one, and its exit status. See pulsar_worker_main ()."""
    return Pulsar.Worker.main()  # its name makes introspection think that it belongs there


@_export
def get_application(name, cancellable=None):
    """Finds an application of this program; a Future of it."""
    return _call(Pulsar.get_application_async, (name,), cancellable)


# A worker that hangs is ended with SIGABRT: its traceback shows where it hung. What it prints is seen at once.
if Pulsar.is_worker():
    if sys.stderr is not None and not faulthandler.is_enabled():
        faulthandler.enable()
    for _stream in (sys.stdout, sys.stderr):
        if hasattr(_stream, 'reconfigure'):
            _stream.reconfigure(line_buffering=True)

Pulsar.override_register('Python')


@_export
class LogHandler(logging.Handler):
    """Hands what Python's logging module logs on to the log of GLib, with its place in the source.

    The name of the logger is the log domain. Exceptions come with their traceback.
    """

    def __init__(self, level=logging.NOTSET):
        super().__init__(level)
        self.setFormatter(logging.Formatter('%(message)s'))

    def emit(self, record):
        try:
            fields = {
                'MESSAGE': GLib.Variant('s', _to_text(self.format(record))),
                'CODE_FILE': GLib.Variant('s', _to_text(record.pathname)),
                'CODE_LINE': GLib.Variant('s', str(record.lineno)),
                'CODE_FUNC': GLib.Variant('s', _to_text(record.funcName or '')),
            }
            if record.levelno >= logging.ERROR:
                fields['PRIORITY'] = GLib.Variant('s', '3')
            elif record.levelno >= logging.WARNING:
                fields['PRIORITY'] = GLib.Variant('s', '4')
            GLib.log_variant(_to_text(record.name), self._to_level(record.levelno), GLib.Variant('a{sv}', fields))
        except Exception:  # pylint: disable=broad-except
            self.handleError(record)

    @staticmethod
    def _to_level(number):
        """Errors of a program that runs are no reason to end it with G_DEBUG=fatal-warnings: they are messages with a priority."""
        if number >= logging.WARNING:
            return GLib.LogLevelFlags.LEVEL_MESSAGE
        return GLib.LogLevelFlags.LEVEL_INFO if number >= logging.INFO else GLib.LogLevelFlags.LEVEL_DEBUG
