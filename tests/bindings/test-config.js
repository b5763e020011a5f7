// SPDX-License-Identifier: LGPL-2.1-or-later
// Settings and configurations, made and used from JavaScript.
imports.gi.versions.Pulsar = '1';
const { GLib, GObject, Pulsar } = imports.gi;
const System = imports.system;

function assertEqual(actual, expected) {
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b)
        throw new Error(`${a} is not ${b}`);
}

function number() {
    return GObject.ParamSpec.int('my-number', 'A number', 'It counts.', GObject.ParamFlags.READWRITE, 0, 100, 7);
}

const tests = {
    setting() {
        const setting = Pulsar.Setting.new(number(), 'Mine', null, Pulsar.SettingFlags.RUNTIME);
        System.gc();
        assertEqual(setting.pspec.get_name(), 'my-number');
        assertEqual(setting.value.deepUnpack(), 7);
        assertEqual(setting.get_summary(), 'A number');
        assertEqual(setting.dup_allowed(), 'a whole number from 0 to 100');
    },

    properties() {
        const pspec = GObject.ParamSpec.boxed('names', 'Names', null, GObject.ParamFlags.READWRITE,
            GObject.type_from_name('GStrv'));
        const setting = new Pulsar.Setting({ pspec, short_flag: 'n', default_value: new GLib.Variant('as', ['a']) });
        const config = new Pulsar.Config();
        config.add_setting(setting);
        assertEqual(setting.short_flag, 'n');
        assertEqual(config.dup_strv('names'), ['a']);
        config.set_string('names', 'b, c');
        assertEqual(config.dup_strv('names'), ['b', 'c']);
    },

    madeOfADefault() {
        const checkOdd = value => {
            if (value % 2 === 0)
                throw new RangeError('even');
        };
        const config = new Pulsar.Config();
        config.add_setting('count', 5, 'How many', {
            minimum: 1, maximum: 9, short_flag: 'c', section: 'Mine', words: { none: -1 }, check: checkOdd,
        });
        config.add_setting('long-pause', 0.5, 'Pause', { unit: 'duration', minimum: 0.1, maximum: 2, words: { never: 0 } });
        config.add_setting('room', 5000, 'Room', { unit: Pulsar.SettingUnit.SIZE });
        config.add_setting('ratio', 0.5, 'Ratio', { minimum: 0, maximum: 1 });
        config.add_setting('loud', false, 'Loud', { flags: Pulsar.SettingFlags.RUNTIME });
        config.add_setting('word', 'x', 'Word', { description: 'Longer', aliases: ['text'] });
        config.add_setting('names', ['a', 'b'], 'Names');
        assertEqual([config.count, config.longPause, config.long_pause, config['long-pause'], config.get('long-pause')],
            [5, 0.5, 0.5, 0.5, 0.5]);
        assertEqual([config.room, config.ratio, config.loud, config.word, config.names, config.none],
            [5000, 0.5, false, 'x', ['a', 'b'], undefined]);
        assertEqual(config.get_setting('count').dup_allowed(), 'a whole number from 1 to 9, or none');
        assertEqual(config.get_setting('long-pause').dup_allowed(), 'a duration from 100 ms to 2 s, or never');
        assertEqual(config.get_setting('count').short_flag, 'c');

        config.count = 7;
        config.longPause = 'never';
        config.text = 'y';
        config.set_class_value('word', 'z');
        assertEqual([config.count, config.longPause, config.word, config.get_size('room')], [7, 0, 'y', 5000]);
        for (const [name, value] of [['count', 4], ['count', 11], ['longPause', 3], ['ratio', 2], ['loud', 'x']]) {
            let message = null;
            try {
                config[name] = value;
            } catch (error) {
                ({ message } = error);
            }
            assertEqual(message?.startsWith('Setting “'), true);
            if (value === 4)
                assertEqual(message, 'Setting “count”: even');
        }
        for (const [value, options] of [[null, {}], [5, { minimum: 6 }], [5.5, { maximum: 5 }]]) {
            let refused = false;
            try {
                config.add_setting('wrong', value, 'Wrong', options);
            } catch (error) {
                refused = error instanceof TypeError || error instanceof RangeError;
            }
            assertEqual(refused, true);
        }
    },

    severalApplications() {
        const Several = GObject.registerClass(class Several extends Pulsar.MultiApp {
            * vfunc_build() {
                yield this.new_app(Pulsar.SocketServer);
                const other = this.new_app(Pulsar.Application, 'other', { workers: 3, free: 1 });
                other.connect('worker-start', () => {});
                yield other;
            }
        });
        const several = new Several({
            name: 'prog', argv: ['prog', '--other-timeout=9', '--timeout', '8'], parameters: { workers: 2 },
        });
        assertEqual(several.load_config(), true);
        const [main, other] = [...several.applications];
        assertEqual([main.name, other.name, main instanceof Pulsar.SocketServer], ['prog', 'other_prog', true]);
        assertEqual([main.config.workers, other.config.workers, other.config.free], [2, 3, 1]);
        assertEqual([main.config.timeout, other.config.timeout], [8, 9]);
    },

    changed() {
        const config = new Pulsar.Config();
        const seen = [];
        config.add_setting(Pulsar.Setting.new(number(), null, null, Pulsar.SettingFlags.NONE));
        config.connect('changed::my-number', (_config, setting) => seen.push(setting.get_value().deepUnpack()));
        config.set_value('my_number', new GLib.Variant('i', 9));
        config.set_int('my-number', 9);
        assertEqual(seen, [9]);
    },

    refused() {
        const config = new Pulsar.Config();
        let message = null;
        config.add_setting(Pulsar.Setting.new(number(), null, null, Pulsar.SettingFlags.NONE));
        try {
            config.set_int('my-number', 900);
        } catch (error) {
            assertEqual(error.matches(Pulsar.Error, Pulsar.Error.CONFIGURATION), true);
            message = error.message;
        }
        assertEqual(message, 'Setting “my-number”: “900” is out of range; allowed: a whole number from 0 to 100');
    },

    snapshot() {
        const config = new Pulsar.Config();
        const other = new Pulsar.Config();
        config.add_setting(Pulsar.Setting.new(number(), null, null, Pulsar.SettingFlags.NONE));
        other.add_setting(Pulsar.Setting.new(number(), null, null, Pulsar.SettingFlags.NONE));
        config.set_int('my-number', 8);
        config.set_value('free_one', new GLib.Variant('s', 'x'));
        other.apply_snapshot(config.to_snapshot());
        assertEqual(other.get_int('my-number'), 8);
        assertEqual(other.parameters.recursiveUnpack(), { 'free-one': 'x' });
        assertEqual(other.settings.get_n_items(), 1);
    },
};

print(`1..${Object.keys(tests).length}`);
let failed = 0;
Object.entries(tests).forEach(([name, test], index) => {
    let result = 'ok';
    try {
        test();
    } catch (error) {
        result = 'not ok';
        failed++;
        print(`# ${error.message}\n# ${error.stack.trim().replace(/\n/g, '\n# ')}`);
    }
    System.gc();
    print(`${result} ${index + 1} /js/config/${name}`);
});
System.exit(failed > 0 ? 1 : 0);
