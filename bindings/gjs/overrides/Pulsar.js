// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported _init */

// Comfort for JavaScript on top of what introspection gives. What a hook, a handler of a signal or a handler of a command
// throws, or rejects as an async function, fails the Pulsar.Hook or answers the Pulsar.Request, with its stack; a hook is
// held until the Promise settles. What vfunc_build () and vfunc_register_settings () throw keeps the program from running.
// Elsewhere it is logged as an error, with its stack. The *_async () functions return Promises when they are called without a callback. Settings and
// messages take JavaScript values; a duration is a number of seconds.

const {Gio, GLib, GObject} = imports.gi;
const {programArgs, programInvocationName} = imports.system;

const SECOND = 1000000;
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

let Pulsar;

// Exceptions, promises and generators

function _describe(error) {
    const text = error instanceof GLib.Error ? error.message : `${error}`;
    const stack = (error?.stack ?? '').split('\n').filter(line => !line.includes('/overrides/Pulsar.js:'));
    return [text, ...stack].join('\n').trim();
}

// Logs what nobody else learns of, with its place in the source. As a message and not a warning: these are mistakes of the
// program, which runs on also with G_DEBUG=fatal-warnings.
function _report(error) {
    const fields = {MESSAGE: _describe(error), PRIORITY: '3'};
    const place = /^(.*)@(?:file:\/\/)?(.+?):(\d+)(?::\d+)?$/m.exec(fields.MESSAGE);
    if (place)
        [, fields.CODE_FUNC, fields.CODE_FILE, fields.CODE_LINE] = place;
    GLib.log_variant('Pulsar', GLib.LogLevelFlags.LEVEL_MESSAGE, _toDictionary(fields,
        value => new GLib.Variant('s', value.replaceAll('\0', '\ufffd'))));
}

function _fail(subject, error) {
    const isGError = error instanceof GLib.Error;
    if (subject instanceof Pulsar.Hook) {
        if (isGError)
            subject.fail(new GLib.Error(error.domain, error.code, _describe(error)));
        else
            subject.fail_literal(_describe(error));
    } else if (subject instanceof Pulsar.Request && !subject.is_answered()) {
        if (subject.is_post())
            _report(error);
        if (isGError)
            subject.return_error(new GLib.Error(error.domain, error.code, _describe(error)));
        else
            subject.return_error_literal(_describe(error));
    } else if (subject instanceof Pulsar.Configurator) {
        subject.fail(_describe(error));
    } else {
        _report(error);
    }
}

// The signals that prepare a program: it waits for their handlers, which have no hook to fail.
const PREPARATIONS = ['build', 'register-settings'];

function _prepare(configurator, func, args) {
    try {
        const result = func.apply(configurator, args);
        if (result instanceof Promise) {
            result.catch(() => {});
            throw new TypeError('This cannot be an async function: the program waits for it');
        }
        if (typeof result?.next === 'function')
            [...result];  // eslint-disable-line no-unused-expressions
    } catch (error) {
        _fail(configurator, error);
    }
}

// A connection lasts as long as the async function that serves it: its last reference comes only with a garbage collection.
function _close(args) {
    const connection = args.find(arg => arg instanceof Gio.IOStream);
    connection?.close_async(GLib.PRIORITY_DEFAULT, null, (_connection, result) => {
        try {
            connection.close_finish(result);
        } catch (error) {
            // The client was faster.
        }
    });
}

function _guard(func, signal = '') {
    if (typeof func !== 'function')
        return func;

    return function (...args) {
        if (PREPARATIONS.includes(signal)) {
            _prepare(this instanceof Pulsar.Configurator ? this : args[0], func, args);
            return undefined;
        }

        const subject = args.find(arg => arg instanceof Pulsar.Hook || arg instanceof Pulsar.Request);
        let result;
        try {
            result = func.apply(this, args);
        } catch (error) {
            _fail(subject, error);
            if (signal === 'connection')
                _close(args);
            return undefined;
        }
        if (!(result instanceof Promise))
            return result;

        const hook = subject instanceof Pulsar.Hook ? subject : null;
        hook?.hold();
        result.catch(error => _fail(subject, error)).then(() => {
            hook?.release();
            if (signal === 'connection')
                _close(args);
        });
        return undefined;
    };
}

// A class with hooks: subclasses override them and handlers connect to them.
function _guardClass(klass) {
    klass._classInit = function (subclass) {
        // The guards are for the library only: super.vfunc_… () finds the plain functions.
        const plain = Object.entries(Object.getOwnPropertyDescriptors(subclass.prototype))
            .filter(([name, {value}]) => name.startsWith('vfunc_') && typeof value === 'function');
        for (const [name, {value}] of plain)
            subclass.prototype[name] = _guard(value, name.slice('vfunc_'.length).replaceAll('_', '-'));
        const result = GObject.Object._classInit(subclass);
        for (const [name, descriptor] of plain)
            Object.defineProperty(subclass.prototype, name, descriptor);
        return result;
    };

    for (const name of ['connect', 'connect_after', 'connect_object']) {
        const connect = GObject.Object.prototype[name];
        if (connect === undefined)
            continue;
        klass.prototype[name] = function (signal, handler, ...args) {
            return connect.call(this, signal, _guard(handler, signal.replaceAll('_', '-')), ...args);
        };
    }
}

// Values

// Of a message: a number is x if it is whole, else d; GLib.Variant says it otherwise.
function _toVariant(value) {
    if (value instanceof GLib.Variant)
        return value;
    if (typeof value === 'boolean')
        return new GLib.Variant('b', value);
    if (typeof value === 'number')
        return new GLib.Variant(Number.isSafeInteger(value) ? 'x' : 'd', value);
    if (typeof value === 'string')
        return new GLib.Variant('s', value);
    if (value instanceof Uint8Array)
        return new GLib.Variant('ay', value);
    if (Array.isArray(value) && value.every(item => typeof item === 'string'))
        return new GLib.Variant('as', value);
    if (Array.isArray(value))
        return new GLib.Variant('av', value.map(_toVariant));
    if (value?.constructor === Object)
        return _toDictionary(value, _toVariant);
    throw new TypeError(`${value} is no value for a message or a setting; give a GLib.Variant`);
}

function _toDictionary(values, convert) {
    return new GLib.Variant('a{sv}',
        Object.fromEntries(Object.entries(values).map(([name, value]) => [name, convert(value)])));
}

function _toArguments(values) {
    if (values.length === 1 && values[0] instanceof GLib.Variant && values[0].get_type_string().startsWith('('))
        return values[0];
    return GLib.Variant.new_tuple(values.map(_toVariant));
}

// An answer of one value is that value, one of none null.
function _fromAnswer([answer]) {
    const value = answer.recursiveUnpack();
    if (!answer.get_type_string().startsWith('(') || value.length > 1)
        return value;
    return value.length === 1 ? value[0] : null;
}

// Of open descriptors: numbers, or what has one, such as a Gio.Socket or a connection. They are duplicated.
function _toFdList(fds) {
    if (fds === null || fds === undefined || fds instanceof Gio.UnixFDList)
        return fds ?? null;
    const list = new Gio.UnixFDList();
    for (const item of fds) {
        const source = item instanceof Gio.SocketConnection ? item.get_socket() : item;
        list.append(typeof source === 'number' ? source : source.get_fd());
    }
    return list;
}

// As _toVariant (), but a number is whatever the setting is; for a duration seconds.
function _toSetting(value) {
    if (value === null)
        return value;
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 31)
        return new GLib.Variant('i', value);
    return _toVariant(value);
}

// Settings

function _makeSetting(name, value, summary, {description = null, minimum, maximum, unit, words, ...properties}) {
    const flags = GObject.ParamFlags.READWRITE;
    const Unit = Pulsar.SettingUnit;
    const kind = typeof unit === 'string' ? Unit[unit.toUpperCase()] : unit ?? Unit.PLAIN;
    const number = (make, low, high, factor = 1) => {
        if (value < minimum || value > maximum)
            throw new RangeError(`The default of the setting “${name}” is out of its range`);
        return make(name, summary, description, flags, minimum === undefined ? low : minimum * factor,
            maximum === undefined ? high : maximum * factor, value * factor);
    };
    let pspec, type;

    if (kind === Unit.DURATION) {
        [pspec, type] = [number(GObject.ParamSpec.int64, 0, MAX_INT64, SECOND), 'x'];
    } else if (kind === Unit.SIZE) {
        [pspec, type] = [number(GObject.ParamSpec.uint64, 0, MAX_UINT64), 't'];
    } else if (typeof value === 'boolean') {
        [pspec, type] = [GObject.ParamSpec.boolean(name, summary, description, flags, value), 'b'];
    } else if (Number.isSafeInteger(value)) {
        [pspec, type] = [number(GObject.ParamSpec.int64, -MAX_INT64 - 1n, MAX_INT64), 'x'];
    } else if (typeof value === 'number') {
        [pspec, type] = [number(GObject.ParamSpec.double, -Number.MAX_VALUE, Number.MAX_VALUE), 'd'];
    } else if (typeof value === 'string') {
        [pspec, type] = [GObject.ParamSpec.string(name, summary, description, flags, value), 's'];
    } else if (Array.isArray(value)) {
        [pspec, type] = [GObject.ParamSpec.boxed(name, summary, description, flags, GLib.strv_get_type()), 'as'];
        properties.default_value = new GLib.Variant('as', value);
    } else {
        throw new TypeError(`${value} cannot be the default of the setting “${name}”`);
    }
    if (words)
        properties.words = _toDictionary(words, word => new GLib.Variant(type, kind === Unit.DURATION ? word * SECOND : word));
    return new Pulsar.Setting({pspec, unit: kind, ...properties});
}

// What is no member of Pulsar.Config is looked for among the values: config.workers, config.gracefulTimeout.
function _findValue(config, name) {
    if (typeof name !== 'string' || !(config instanceof Pulsar.Config))
        return null;
    const hyphened = name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`).replaceAll('_', '-');
    return config.get_value(hyphened) === null ? null : hyphened;
}

function _extendConfig() {
    const {prototype} = Pulsar.Config;
    const addSetting = prototype.add_setting;
    const setClassValue = prototype.set_class_value;

    prototype.get = function (name) {
        const value = this.get_value(name)?.recursiveUnpack();
        const isDuration = this.get_setting(name)?.get_unit() === Pulsar.SettingUnit.DURATION;
        return isDuration ? value / SECOND : value;
    };
    prototype.set = function (name, value) {
        this.set_value(name, _toSetting(value));
    };
    prototype.set_class_value = function (name, value) {
        setClassValue.call(this, name, _toSetting(value));
    };

    // Adds a Pulsar.Setting, or one made of name, default and help. The type is that of the default. Options are minimum,
    // maximum, description, unit ('duration': seconds, 'size': bytes), words, check (a function that throws for a value it
    // refuses), and the properties of Pulsar.Setting.
    prototype.add_setting = function (setting, value, summary = null, {check, ...options} = {}) {
        const added = setting instanceof Pulsar.Setting ? setting : _makeSetting(setting, value, summary, options);
        if (check) {
            added.set_validator((_setting, variant) => {
                const given = variant.recursiveUnpack();
                try {
                    check(_setting.get_unit() === Pulsar.SettingUnit.DURATION ? given / SECOND : given);
                } catch (error) {
                    throw new GLib.Error(Pulsar.error_quark(), Pulsar.Error.CONFIGURATION, error.message ?? `${error}`);
                }
                return true;
            });
        }
        addSetting.call(this, added);
    };

    Object.setPrototypeOf(prototype, new Proxy(GObject.Object.prototype, {
        get(target, name, config) {
            const known = name in target ? null : _findValue(config, name);
            return known === null ? Reflect.get(target, name, config) : config.get(known);
        },
        set(target, name, value, config) {
            const known = name in target ? null : _findValue(config, name);
            if (known === null)
                return Reflect.set(target, name, value, config);
            config.set(known, value);
            return true;
        },
    }));
}

// Functions that return promises, and take and give plain values

function _extendActors() {
    for (const klass of [Pulsar.Actor, Pulsar.ActorProxy]) {
        const {post} = klass.prototype;
        const nTargets = klass === Pulsar.Actor ? 1 : 0;

        Gio._promisify(klass.prototype, 'send_async');
        Gio._promisify(klass.prototype, 'post_async');

        // actor.send(target, command, …values), proxy.send(command, …values): a Promise of the answer.
        klass.prototype.send = async function (...args) {
            const names = args.slice(0, nTargets + 1);
            const values = _toArguments(args.slice(nTargets + 1));
            return _fromAnswer(await this.send_async(...names, values, null, Pulsar.TIMEOUT_DEFAULT, null));
        };
        // actor.send_with_fds(target, command, fds, …values): a Promise of the answer and the descriptors that came along.
        klass.prototype.send_with_fds = async function (...args) {
            const names = args.slice(0, nTargets + 1);
            const values = _toArguments(args.slice(nTargets + 2));
            const answer = await this.send_async(...names, values, _toFdList(args[nTargets + 1]), Pulsar.TIMEOUT_DEFAULT, null);
            return [_fromAnswer(answer), answer[1]?.steal_fds() ?? []];
        };
        klass.prototype.post_with_fds = function (...args) {
            const values = _toArguments(args.slice(nTargets + 2));
            return this.post_async(...args.slice(0, nTargets + 1), values, _toFdList(args[nTargets + 1]), null);
        };
        klass.prototype.post = function (...args) {
            const values = args.slice(nTargets + 1).filter(value => value !== null && value !== undefined);
            return post.call(this, ...args.slice(0, nTargets + 1), _toArguments(values));
        };
    }

    // actor.spawn(Class, name, {…parameters}): a Promise of its proxy.
    Gio._promisify(Pulsar.Actor.prototype, 'spawn_async');
    Pulsar.Actor.prototype.spawn = function (klass, name = null, parameters = {}, cancellable = null) {
        return this.spawn_async(klass, name, _toDictionary(parameters, _toSetting), cancellable);
    };

    // actor.open_channel(target): a Promise of the proxy.
    Gio._promisify(Pulsar.Actor.prototype, 'open_channel_async');
    Pulsar.Actor.prototype.open_channel = function (target, cancellable = null) {
        return this.open_channel_async(target, cancellable);
    };

    // actor.watch(target): a Promise of the exit record.
    Gio._promisify(Pulsar.Actor.prototype, 'watch_async');
    Pulsar.Actor.prototype.watch = function (target, cancellable = null) {
        return this.watch_async(target, cancellable);
    };

    // actor.subscribe(topic, (actor, topic, value) => …), actor.publish(topic, value)
    const {subscribe, publish} = Pulsar.Actor.prototype;
    Pulsar.Actor.prototype.subscribe = function (topic, handler) {
        return subscribe.call(this, topic, _guard((actor, name, value) => handler(actor, name, value.recursiveUnpack())));
    };
    Pulsar.Actor.prototype.publish = function (topic, value) {
        return publish.call(this, topic, _toVariant(value));
    };
}

function _extendRequest() {
    const returnValueWithFds = Pulsar.Request.prototype.return_value_with_fds;

    // The descriptors that came along, which are the caller's from here on.
    Pulsar.Request.prototype.steal_fds = function () {
        return this.get_fd_list()?.steal_fds() ?? [];
    };
    Pulsar.Request.prototype.return_value_with_fds = function (value, fds) {
        returnValueWithFds.call(this, value === undefined || value === null ? null : _toVariant(value), _toFdList(fds));
    };
}

function _extendSpawn() {
    const setParameter = Pulsar.Spawn.prototype.set_parameter;

    Pulsar.Spawn.prototype.set_parameter = function (name, value) {
        setParameter.call(this, name, _toVariant(value));
    };
}

function _extendConfigurators() {
    const {newApp, run, setCallable} = {
        newApp: Pulsar.MultiApp.prototype.new_app,
        run: Pulsar.Configurator.prototype.run,
        setCallable: Pulsar.Application.prototype.set_callable,
    };

    Gio._promisify(Pulsar.Configurator.prototype, 'start_async');
    Gio._promisify(Pulsar.Application.prototype, 'stop_async');

    // `parameters` may be an object of plain values.
    Pulsar.Configurator.prototype._init = function ({parameters, callable, ...others} = {}) {
        if (parameters)
            others.parameters = parameters instanceof GLib.Variant ? parameters : _toDictionary(parameters, _toSetting);
        const self = GObject.Object.prototype._init.call(this, others) ?? this;
        if (callable)
            self.set_callable(callable);
        return self;
    };
    Pulsar.Configurator.prototype.run = function (argv = [programInvocationName, ...programArgs]) {
        return run.call(this, argv);
    };
    Pulsar.Application.prototype.set_callable = function (callable) {
        setCallable.call(this, _guard(callable, 'connection'));
    };
    Pulsar.MultiApp.prototype.new_app = function (klass, prefix = null, parameters = {}) {
        const values = parameters instanceof GLib.Variant ? parameters : _toDictionary(parameters ?? {}, _toSetting);
        return newApp.call(this, klass, prefix, values);
    };
}

function _init() {
    Pulsar = this;
    Pulsar.override_register('JavaScript');

    _guardClass(Pulsar.Actor);
    _guardClass(Pulsar.Configurator);
    _extendActors();
    _extendConfig();
    _extendConfigurators();
    _extendRequest();
    _extendSpawn();

    Gio._promisify(Pulsar, 'get_application_async');

    const commandRegister = Pulsar.command_register;
    Pulsar.command_register = function (name, argumentType, callers, handler) {
        commandRegister(name, argumentType, callers, _guard(handler));
    };

    // Makes a function a command: it is called with the request and the unpacked arguments, and what it returns, or what its
    // Promise gives, is the answer.
    Pulsar.command = function (name, argumentType, handler,
        callers = Pulsar.CommandCallers.SELF | Pulsar.CommandCallers.SUPERVISOR) {
        commandRegister(name, argumentType, callers, _guard(request => {
            const answer = value => {
                if (!request.is_answered())
                    request.return_value(value === undefined || value === null ? null : _toVariant(value));
            };
            const result = handler(request, ...request.get_arguments().recursiveUnpack());
            if (result instanceof Promise)
                return result.then(answer);
            answer(result);
            return undefined;
        }));
    };

    for (const klass of [Pulsar.Actor, Pulsar.ActorProxy, Pulsar.Configurator]) {
        klass.prototype.toString = function () {
            return `[${this.constructor.name} “${this.name}”]`;
        };
    }
    Pulsar.ExitRecord.prototype.toString = function () {
        return this.to_string();
    };

    // Its name makes introspection think that it belongs there.
    Pulsar.worker_main = Pulsar.Worker.main;
}
