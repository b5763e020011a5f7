// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the comfort for JavaScript that need no worker: settings and promises.

imports.gi.versions.Pulsar = '1';
const {GIRepository, Gio, GLib, GObject, Pulsar} = imports.gi;
const System = imports.system;

function assertEqual(actual, expected) {
    const [left, right] = [actual, expected].map(value => JSON.stringify(value));
    if (left !== right)
        throw new Error(`${left} is not ${right}`);
}

async function assertRejects(promise, domain, code) {
    try {
        await promise;
    } catch (error) {
        if (error.matches?.(domain, code))
            return;
        throw error;
    }
    throw new Error('It was not rejected');
}

async function assertThrows(func, kind) {
    try {
        await func();
    } catch (error) {
        if (error instanceof kind)
            return;
        throw error;
    }
    throw new Error('It does not throw');
}

Gio._promisify(Gio.InputStream.prototype, 'read_bytes_async');
Gio._promisify(Gio.OutputStream.prototype, 'write_bytes_async');
Gio._promisify(Gio.SocketClient.prototype, 'connect_to_host_async');

Pulsar.command('add', '(xx)', (request, left, right) => left + right);
Pulsar.command('later', '(s)', async (request, text) => {
    await Promise.resolve();
    return {text};
}, Pulsar.CommandCallers.ANY);
Pulsar.command('nothing', null, () => {});
Pulsar.command('no-value', null, () => Symbol.iterator);
Pulsar.command('answered', null, request => {
    request.return_value(new GLib.Variant('s', 'by itself'));
    return 'what it returns does not matter then';
});

function serve(program, connection) {
    if (program.serves === 'thrown')
        throw new Error('The test wants it');

    const source = Gio.DataInputStream.new(connection.inputStream);
    const begun = source.read_bytes_async(2, GLib.PRIORITY_DEFAULT, null);
    const end = async () => {
        await begun;
        if (program.serves === 'rejected')
            throw new Error('The test wants it');
        await connection.outputStream.write_bytes_async(new GLib.Bytes(program.serves), GLib.PRIORITY_DEFAULT, null);
    };

    if (program.serves === 'kept') {
        program.kept = connection;
        end().catch(logError);
        return undefined;
    }
    return end();
}

const Program = GObject.registerClass(class Program extends Pulsar.SocketServer {
    vfunc_register_settings(config) {
        const pspec = GObject.ParamSpec.int('my-number', 'Number', 'A number', GObject.ParamFlags.READWRITE, 0, 10, 7);
        config.add_setting(Pulsar.Setting.new(pspec, null, null, Pulsar.SettingFlags.NONE));
    }

    vfunc_worker_start(worker, hook) {
        this.runTests(worker).catch(logError);
    }

    async runTests(worker) {
        const tests = [this.testSettings, this.testPromises, this.testPromisified, this.testValues, this.testCommands, this.testConnections];
        this.failed = false;
        print(`1..${tests.length}`);
        for (const [index, test] of tests.entries()) {
            let result = 'ok';
            try {
                await test.call(this, worker);
            } catch (error) {
                printerr(`${error}\n${error.stack}`);
                result = 'not ok';
                this.failed = true;
            }
            print(`${result} ${index + 1} values/${test.name}`);
        }
        Pulsar.Arbiter.get_default().stop();
    }

    async testSettings(worker) {
        const config = this.get_config();
        assertEqual([config.get('workers'), config.get('timeout'), config.get('mailbox_bytes')], [0, 5, 1048576]);
        assertEqual([config.get('start-timeout'), config.get('restart-delay')], [120, 0.25]);
        assertEqual([config.get('text'), config.get('list'), config.get('yes')], ['x', ['a', 'b'], true]);
        assertEqual([config.get('variant'), config.get('nowhere'), config.get('my-number')], [3, undefined, 7]);

        const other = new Program({name: 'other', parameters: new GLib.Variant('a{sv}', {'my-number': GLib.Variant.new_int32(3)})});
        assertEqual(other.get_config().get('my_number'), 3);
        other.get_config().set('my-number', 4);
        other.get_config().set('timeout', 2.5);
        assertEqual([other.get_config().get('my-number'), other.get_config().get('timeout')], [4, 2.5]);
        await assertRejects((async () => other.get_config().set('my-number', 11))(), Pulsar.Error, Pulsar.Error.CONFIGURATION);
    }

    async testPromises(worker) {
        const args = new GLib.Variant('(is)', [1, 'two']);
        const [answer] = await worker.send_async(worker.id, 'echo', args, null, Pulsar.TIMEOUT_DEFAULT, null);
        assertEqual(answer.recursiveUnpack(), [1, 'two']);
        assertEqual(await worker.post_async(worker.id, 'ping', null, null, null), true);
        await assertRejects(worker.send_async(worker.id, 'nowhere', null, null, Pulsar.TIMEOUT_DEFAULT, null),
            Pulsar.Error, Pulsar.Error.UNKNOWN_COMMAND);
        assertEqual(await Pulsar.get_application_async('program', null) === this, true);
    }

    // Every asynchronous function of the namespace gives a promise.
    async testPromisified() {
        const repository = GIRepository.Repository.get_default();
        let found = 0;
        for (let i = 0; i < repository.get_n_infos('Pulsar'); i++) {
            const info = repository.get_info('Pulsar', i);
            const name = info.get_name();
            const names = info.get_type() === GIRepository.InfoType.FUNCTION ? [[Pulsar, name]] : [];
            if (info.get_type() === GIRepository.InfoType.OBJECT) {
                for (let k = 0; k < GIRepository.object_info_get_n_methods(info); k++)
                    names.push([Pulsar[name].prototype, GIRepository.object_info_get_method(info, k).get_name()]);
            }
            for (const [owner, method] of names.filter(([, method]) => method.endsWith('_async'))) {
                found++;
                if (!(`_original_${method}` in owner))
                    throw new Error(`${name}: ${method} () is not promisified`);
            }
        }
        assertEqual(found >= 8, true);
    }

    async testValues(worker) {
        for (const value of [true, 0, -5, 2 ** 53 - 1, 1.5, '', 'ä', ['a', 'b'], [], [1, 'a', [2]], {}, {a: {b: [1]}}])
            assertEqual(await worker.send(worker.id, 'echo', value), value);
        assertEqual([...await worker.send(worker.id, 'echo', new Uint8Array([0, 255]))], [0, 255]);
        assertEqual(await worker.send(worker.id, 'echo'), null);
        assertEqual(await worker.send(worker.id, 'echo', 1, 'two'), [1, 'two']);
        assertEqual(await worker.send(worker.id, 'echo', new GLib.Variant('(qs)', [1, 'two'])), [1, 'two']);
        assertEqual(await worker.send(worker.id, 'echo', new GLib.Variant('q', 1), 'two'), [1, 'two']);
        assertEqual(worker.post(worker.id, 'echo', 1, 'two'), true);
        await assertThrows(() => worker.send(worker.id, 'echo', Symbol.iterator), TypeError);
    }

    async testCommands(worker) {
        assertEqual(await worker.send(worker.id, 'add', 2, 3), 5);
        assertEqual(await worker.send(worker.id, 'later', 'x'), {text: 'x'});
        assertEqual(await worker.send(worker.id, 'nothing'), null);
        assertEqual(await worker.send(worker.id, 'answered'), 'by itself');
        await assertRejects(worker.send(worker.id, 'add', 2), Pulsar.Error, Pulsar.Error.INVALID_ARGUMENTS);
        await assertRejects(worker.send(worker.id, 'no-value'), Pulsar.Error, Pulsar.Error.FAILED);
        assertEqual(`${worker} ${this}`, '[Pulsar_Monitor “program”] [Program “program”]');
    }

    // What an async handler has served is closed, whether it ended well or not; one that is not async keeps it.
    async testConnections() {
        for (const text of ['served', 'thrown', 'rejected', 'kept']) {
            this.serves = text;
            const connection = await new Gio.SocketClient().connect_to_host_async(this.get_addresses()[0], 0, null);
            await connection.outputStream.write_bytes_async(new GLib.Bytes('go'), GLib.PRIORITY_DEFAULT, null);
            let received = '';
            for (;;) {
                const bytes = await connection.inputStream.read_bytes_async(100, GLib.PRIORITY_DEFAULT, null);
                received += new TextDecoder().decode(bytes.toArray());
                if (bytes.get_size() === 0 || received === 'kept')
                    break;
            }
            assertEqual(received, text === 'served' || text === 'kept' ? text : '');
        }
        assertEqual(this.kept.is_closed(), false);
        this.kept.close(null);
    }

    vfunc_connection(connection) {
        return serve(this, connection);
    }
});

const program = new Program({
    name: 'program',
    parameters: {
        'workers': 0, 'timeout': 5, 'start-timeout': '2 min', 'restart-delay': 0.25, 'mailbox-bytes': '1 M', 'text': 'x',
        'bind': ['127.0.0.1:0'], 'list': ['a', 'b'], 'yes': true, 'variant': new GLib.Variant('q', 3),
    },
});
const status = program.run(['values']);
System.exit(status !== 0 || program.failed ? 1 : 0);
