// SPDX-License-Identifier: LGPL-2.1-or-later
// A program that fails where $FAIL says; check-failures runs it, and failures.py, which is the same.

imports.gi.versions.Pulsar = '1';
const {Gio, GLib, GObject, Pulsar} = imports.gi;
const System = imports.system;

Gio._promisify(Gio.File.prototype, 'query_info_async');

const FAIL = GLib.getenv('FAIL');

function explode() {
    throw new TypeError('boom');
}

function sleep(milliseconds) {
    return new Promise(resolve => GLib.timeout_add(GLib.PRIORITY_DEFAULT, milliseconds, () => {
        resolve();
        return GLib.SOURCE_REMOVE;
    }));
}

async function explodeLater() {
    await sleep(0);
    await Gio.File.new_for_path('/').query_info_async('standard::*', Gio.FileQueryInfoFlags.NONE,
        GLib.PRIORITY_DEFAULT, null);
    explode();
}

function failWithError() {
    throw new GLib.Error(Gio.io_error_quark(), Gio.IOErrorEnum.NOT_FOUND, 'no such thing');
}

const Parent = GObject.registerClass(class Parent extends Pulsar.Application {
    vfunc_monitor_start(monitor, hook) {
        explode();
    }

    async vfunc_worker_start(worker, hook) {
        await explodeLater();
    }
});

const Program = GObject.registerClass(class Program extends Parent {
    vfunc_register_settings(config) {
        if (FAIL === 'register-settings')
            explode();
        return FAIL === 'register-settings-async' ? explodeLater() : undefined;
    }

    vfunc_configured(arbiter, hook) {
        if (FAIL === 'configured')
            explode();
    }

    vfunc_monitor_start(monitor, hook) {
        if (FAIL === 'parent')
            super.vfunc_monitor_start(monitor, hook);
    }

    async vfunc_worker_start(worker, hook) {
        if (FAIL === 'override')
            explode();
        else if (FAIL === 'override-async')
            await explodeLater();
        else if (FAIL === 'parent-async')
            await super.vfunc_worker_start(worker, hook);
        else if (FAIL === 'error')
            failWithError();
        else if (FAIL === 'pending')
            this.askForEver(worker).catch(() => {});
    }

    async askForEver(worker) {
        for (;;)
            await worker.send('monitor', 'answer-and-explode');
    }

    vfunc_worker_stopping(worker, hook) {
        if (FAIL === 'stopping')
            explode();
    }
});

for (const [name, handler] of Object.entries({
    'explode': () => explode(),
    'explode-later': () => explodeLater(),
    'explode-registered': () => explode(),
    'error-registered': () => failWithError(),
    'answer-and-explode': request => {
        request.return_value(new GLib.Variant('(s)', ['answered']));
        explode();
    },
}))
    Pulsar.command_register(name, '()', Pulsar.CommandCallers.ANY, handler);

async function ask(monitor, worker) {
    for (const name of ['explode', 'explode-later', 'explode-registered', 'error-registered', 'answer-and-explode']) {
        try {
            const [answer] = await worker.send_async(name, null, null, Pulsar.TIMEOUT_DEFAULT, null);
            print(name, answer.recursiveUnpack()[0]);
        } catch (error) {
            print(name, GLib.quark_to_string(error.domain), error.code, error.message);
        }
    }
    worker.post('explode', null);
    await worker.send_async('ping', null, null, Pulsar.TIMEOUT_DEFAULT, null);
    Pulsar.Arbiter.get_default().stop();
    explode();
}

const Several = GObject.registerClass(class Several extends Pulsar.MultiApp {
    vfunc_build() {
        if (FAIL === 'build')
            explode();
        return FAIL === 'build-generator' ? this.generate() : undefined;
    }

    * generate() {
        yield this.new_app(Program);
        explode();
    }
});

if (FAIL.startsWith('build')) {
    const several = new Several({name: 'program'});
    if (FAIL === 'build-handler')
        several.connect('build', () => explode());
    System.exit(several.run());
}

const program = new Program({name: 'program', parameters: {workers: 1}});
if (FAIL === 'register-settings-handler')
    program.connect('register-settings', () => explode());
program.connect('monitor-start', (application, monitor, hook) => {
    if (FAIL === 'commands')
        monitor.connect('worker-ready', ask);
    else if (FAIL === 'pending')
        monitor.connect('worker-exited', (_, worker) => print(`The worker ${worker.get_exit_record()}`));
    if (FAIL === 'stopping' || FAIL === 'pending')
        monitor.connect('worker-ready', () => Pulsar.Arbiter.get_default().stop());
});
if (FAIL === 'handler')
    program.connect('worker-start', () => explode());
else if (FAIL === 'handler-async')
    program.connect('worker-start', () => explodeLater());
else if (FAIL === 'handler-after')
    program.connect_after('worker-start', () => explode());
else if (FAIL === 'arbiter')
    Pulsar.Arbiter.get_default().connect('starting', () => explode());
System.exit(program.run());
