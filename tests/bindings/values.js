// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of the comfort for JavaScript that need no worker: settings and promises.

imports.gi.versions.Pulsar = '1';
const {Gio, GLib, GObject, Pulsar} = imports.gi;
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

const Program = GObject.registerClass(class Program extends Pulsar.Application {
    vfunc_register_settings(config) {
        const pspec = GObject.ParamSpec.int('my-number', 'Number', 'A number', GObject.ParamFlags.READWRITE, 0, 10, 7);
        config.add_setting(Pulsar.Setting.new(pspec, null, null, Pulsar.SettingFlags.NONE));
    }

    vfunc_worker_start(worker, hook) {
        this.runTests(worker).catch(logError);
    }

    async runTests(worker) {
        const tests = [this.testSettings, this.testPromises];
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
});

const program = new Program({
    name: 'program',
    parameters: {
        'workers': 0, 'timeout': 5, 'start-timeout': '2 min', 'restart-delay': 0.25, 'mailbox-bytes': '1 M', 'text': 'x',
        'list': ['a', 'b'], 'yes': true, 'variant': new GLib.Variant('q', 3),
    },
});
const status = program.run(['values']);
System.exit(status !== 0 || program.failed ? 1 : 0);
