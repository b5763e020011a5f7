// SPDX-License-Identifier: LGPL-2.1-or-later
/* exported _init */

// Comfort for JavaScript on top of what introspection gives. What a hook, a handler of a signal or a handler of a command
// throws, or rejects as an async function, fails the Pulsar.Hook or answers the Pulsar.Request, with its stack; a hook is
// held until the Promise settles. Where there is neither, it is printed. The *_async () functions return Promises when they
// are called without a callback. Settings have JavaScript values; a duration is a number of seconds.

const {Gio, GLib, GObject} = imports.gi;
const {programArgs, programInvocationName} = imports.system;

let Pulsar;

function _describe(error) {
    const text = error instanceof GLib.Error ? error.message : `${error}`;
    const stack = (error?.stack ?? '').split('\n').filter(line => !line.includes('/overrides/Pulsar.js:'));
    return [text, ...stack].join('\n').trim();
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
            printerr(_describe(error));
        if (isGError)
            subject.return_error(new GLib.Error(error.domain, error.code, _describe(error)));
        else
            subject.return_error_literal(_describe(error));
    } else {
        printerr(_describe(error));
    }
}

function _guard(func) {
    if (typeof func !== 'function')
        return func;

    return function (...args) {
        const subject = args.find(arg => arg instanceof Pulsar.Hook || arg instanceof Pulsar.Request);
        let result;
        try {
            result = func.apply(this, args);
        } catch (error) {
            _fail(subject, error);
            return undefined;
        }
        if (!(result instanceof Promise))
            return result;

        const hook = subject instanceof Pulsar.Hook ? subject : null;
        hook?.hold();
        result.catch(error => _fail(subject, error)).then(() => hook?.release());
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
            subclass.prototype[name] = _guard(value);
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
            return connect.call(this, signal, _guard(handler), ...args);
        };
    }
}

function _toVariant(value) {
    if (value === null || value instanceof GLib.Variant)
        return value;
    if (typeof value === 'boolean')
        return new GLib.Variant('b', value);
    if (typeof value === 'number')
        return new GLib.Variant(Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 'i' : 'd', value);
    if (typeof value === 'string')
        return new GLib.Variant('s', value);
    if (Array.isArray(value) && value.every(item => typeof item === 'string'))
        return new GLib.Variant('as', value);
    throw new TypeError(`${value} is no value for a setting; give a GLib.Variant`);
}

function _init() {
    Pulsar = this;

    _guardClass(Pulsar.Actor);
    _guardClass(Pulsar.Configurator);

    for (const klass of [Pulsar.Actor, Pulsar.ActorProxy]) {
        Gio._promisify(klass.prototype, 'send_async');
        Gio._promisify(klass.prototype, 'post_async');
    }
    Gio._promisify(Pulsar.Actor.prototype, 'spawn_async');
    Gio._promisify(Pulsar.Application.prototype, 'stop_async');
    Gio._promisify(Pulsar.Configurator.prototype, 'start_async');
    Gio._promisify(Pulsar, 'get_application_async');

    const commandRegister = Pulsar.command_register;
    Pulsar.command_register = function (name, argumentType, callers, handler) {
        commandRegister(name, argumentType, callers, _guard(handler));
    };

    // Its name makes introspection think that it belongs there.
    Pulsar.worker_main = Pulsar.Worker.main;

    Pulsar.Config.prototype.get = function (name) {
        const value = this.get_value(name)?.recursiveUnpack();
        const isDuration = this.get_setting(name)?.get_unit() === Pulsar.SettingUnit.DURATION;
        return isDuration ? value / 1000000 : value;
    };
    Pulsar.Config.prototype.set = function (name, value) {
        this.set_value(name, _toVariant(value));
    };

    // `parameters` may be an object of plain values.
    Pulsar.Configurator.prototype._init = function (properties = {}) {
        const {parameters, ...others} = properties;
        if (parameters && !(parameters instanceof GLib.Variant)) {
            const values = Object.entries(parameters).map(([name, value]) => [name, _toVariant(value)]);
            others.parameters = new GLib.Variant('a{sv}', Object.fromEntries(values));
        } else if (parameters) {
            others.parameters = parameters;
        }
        return GObject.Object.prototype._init.call(this, others) ?? this;
    };

    const run = Pulsar.Configurator.prototype.run;
    Pulsar.Configurator.prototype.run = function (argv = [programInvocationName, ...programArgs]) {
        return run.call(this, argv);
    };
}
