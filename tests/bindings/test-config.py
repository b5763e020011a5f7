#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Settings and configurations, made and used from Python."""

import datetime
import gc
import unittest

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, GObject, Pulsar  # noqa: E402

READWRITE = GObject.ParamFlags.READWRITE


def number(name='my_number', **properties):
    pspec = GObject.param_spec_int(name, 'A number', 'It counts.', 0, 100, 7, READWRITE)
    return Pulsar.Setting(pspec=pspec, **properties)


class TestConfig(unittest.TestCase):
    def test_setting(self):
        setting = number(section='Mine', short_flag='n', aliases=['other'], flags=Pulsar.SettingFlags.RUNTIME)
        gc.collect()
        self.assertEqual(setting.props.pspec.name, 'my-number')
        self.assertEqual(setting.get_name(), 'my-number')
        self.assertEqual(setting.props.value, GLib.Variant('i', 7))
        self.assertEqual(setting.props.short_flag, 'n')
        self.assertEqual(setting.get_aliases(), ['other'])
        self.assertEqual(setting.get_summary(), 'A number')
        self.assertEqual(setting.dup_allowed(), 'a whole number from 0 to 100')
        self.assertFalse(setting.props.is_modified)

    def test_list_with_default_and_word(self):
        pspec = GObject.param_spec_boxed('names', 'Names', None, GObject.TYPE_STRV, READWRITE)
        setting = Pulsar.Setting(pspec=pspec, default_value=GLib.Variant('as', ['a']),
                                 words=GLib.Variant('a{sv}', {'none': GLib.Variant('as', [])}))
        config = Pulsar.Config()
        config.add_setting(setting)
        self.assertEqual(config.dup_strv('names'), ['a'])
        config.set_string('names', 'none')
        self.assertEqual(config.dup_strv('names'), [])
        self.assertEqual(setting.dup_text(), 'none')

    def test_duration(self):
        pspec = GObject.param_spec_int64('pause', 'Pause', None, 0, 10 ** 9, 0, READWRITE)
        config = Pulsar.Config()
        config.add_setting(Pulsar.Setting(pspec=pspec, unit=Pulsar.SettingUnit.DURATION))
        config.set_value('pause', GLib.Variant('d', 1.5))
        self.assertEqual(config.get_duration('pause'), 1500000)

    def test_made_of_a_default(self):
        def check_odd(value):
            if value % 2 == 0:
                raise ValueError('even')

        config = Pulsar.Config()
        config.add_setting('count', 5, 'How many', minimum=1, maximum=9, short_flag='c', section='Mine',
                           words={'none': -1}, check=check_odd)
        config.add_setting('pause', 0.5, 'Pause', unit='duration', minimum=0.1, maximum=2, words={'never': 0},
                           check=lambda value: value != 1 or check_odd(2))
        config.add_setting('lease', datetime.timedelta(minutes=2), 'Lease')
        config.add_setting('room', 5000, 'Room', unit=Pulsar.SettingUnit.SIZE)
        config.add_setting('ratio', 0.5, 'Ratio', minimum=0, maximum=1)
        config.add_setting('loud', False, 'Loud', flags=Pulsar.SettingFlags.RUNTIME)
        config.add_setting('word', 'x', 'Word', description='Longer', aliases=['text'])
        config.add_setting('names', ['a', 'b'], 'Names')
        config.add_setting('kind', Gio.FileType.REGULAR, 'Kind')
        config.add_setting('options', Gio.FileCopyFlags.BACKUP, 'Options')
        self.assertEqual([config[name] for name in config],
                         [5, 0.5, 120, 5000, 0.5, False, 'x', ['a', 'b'], 'regular', ['backup']])
        setting = config.get_setting('count')
        self.assertEqual((setting.get_short_flag(), setting.get_section(), setting.dup_allowed()),
                         ('c', 'Mine', 'a whole number from 1 to 9, or none'))
        self.assertEqual(config.get_setting('pause').dup_allowed(), 'a duration from 100 ms to 2 s, or never')
        self.assertEqual(config.get_setting('word').get_description(), 'Longer')

        config.text = 'y'
        config.count = 7
        config['room'] = '1 K'
        config['pause'] = 'never'
        config['kind'] = 'special'
        self.assertEqual((config.word, config.count, config.room, config.pause, config.kind), ('y', 7, 1024, 0, 'special'))
        for name, value in (('count', 4), ('count', 11), ('pause', 1), ('pause', 3), ('ratio', 2), ('kind', 'x')):
            with self.assertRaises(GLib.Error) as caught:
                config[name] = value
            self.assertIn(f'“{name}”', caught.exception.message)
        with self.assertRaises(GLib.Error) as caught:
            config.count = 4
        self.assertEqual(caught.exception.message, 'Setting “count”: even')
        config.set_class_value('word', 'z')
        self.assertEqual(config.word, 'y')
        for default, keywords in ((object(), {}), (5, {'minimum': 6}), (5.5, {'maximum': 5})):
            with self.assertRaises((TypeError, ValueError)):
                config.add_setting('wrong', default, 'Wrong', **keywords)

    def test_representations(self):
        config = Pulsar.Config()
        config.add_setting('word', 'x', 'Word')
        config.add_setting('key', '', 'Key', flags=Pulsar.SettingFlags.SECRET)
        config.word, config.key = 'y', 'hidden'
        self.assertEqual(repr(config.get_setting('word')), "<Setting word='y', from parameter>")
        self.assertEqual(repr(config), "<Config of 2 settings, set: <Setting word='y', from parameter>, "
                                       "<Setting key='***', from parameter>>")
        self.assertEqual(repr(Pulsar.Application(name='app')), "<Application 'app'>")

    def test_several_applications(self):
        class Several(Pulsar.MultiApp):
            def do_build(self):
                yield self.new_app(Pulsar.SocketServer, callable=lambda *_: None, description='Main', bind=['127.0.0.1:0'])
                other = self.new_app(Pulsar.Application, 'other', workers=3, free=1)
                other.connect('worker-start', lambda *_: None)
                yield other

        several = Several(name='prog', argv=['prog', '--other-timeout=9', '--timeout', '8'], workers=2)
        self.assertTrue(several.load_config())
        main, other = several.get_applications()
        self.assertEqual((main.get_name(), other.get_name()), ('prog', 'other_prog'))
        self.assertEqual((type(main).__name__, main.get_description(), other.get_description()), ('SocketServer', 'Main', None))
        self.assertIsNotNone(main.get_callable())
        self.assertEqual((main.get_config().workers, main.get_config().bind), (2, ['127.0.0.1:0']))
        self.assertEqual((other.get_config().workers, other.get_config().free), (3, 1))
        self.assertEqual((main.get_config().timeout, other.get_config().timeout), (8, 9))

    def test_property_of_a_class(self):
        class Thing(GObject.Object):
            size = GObject.Property(type=int, minimum=1, maximum=5, default=2, nick='Size')

        setting = Pulsar.Setting(pspec=Thing.find_property('size'))
        self.assertEqual(setting.dup_allowed(), 'a whole number from 1 to 5')

    def test_changed(self):
        config = Pulsar.Config()
        config.add_setting(number())
        seen = []
        config.connect('changed::my-number', lambda _config, setting: seen.append(setting.get_value().unpack()))
        config.set_value('my_number', GLib.Variant('i', 9))
        config.set_int('my-number', 9)
        config.set_string('my-number', '10')
        self.assertEqual(seen, [9, 10])
        self.assertEqual(config.get_setting('my-number').props.origin, Pulsar.Origin.PARAMETER)

    def test_refused(self):
        config = Pulsar.Config()
        config.add_setting(number())
        with self.assertRaises(GLib.Error) as caught:
            config.set_value('my_number', GLib.Variant('i', 900))
        self.assertTrue(caught.exception.matches(Pulsar.Error.quark(), Pulsar.Error.CONFIGURATION))
        self.assertEqual(caught.exception.message,
                         'Setting “my-number”: “900” is out of range; allowed: a whole number from 0 to 100')

    def test_validator(self):
        def validate(_setting, value, *_data):
            if value.unpack() == 13:
                raise GLib.Error('thirteen brings bad luck', 'pulsar-error-quark', Pulsar.Error.CONFIGURATION)
            return True

        setting = number()
        setting.set_validator(validate)
        config = Pulsar.Config()
        config.add_setting(setting)
        config.set_int('my-number', 12)
        with self.assertRaises(GLib.Error) as caught:
            config.set_int('my-number', 13)
        self.assertEqual(caught.exception.message, 'Setting “my-number”: thirteen brings bad luck')

    def test_parameters_copies_snapshots(self):
        config = Pulsar.Config()
        config.add_setting(number())
        config.set_int('my-number', 8)
        config.set_value('free_one', GLib.Variant('s', 'x'))
        self.assertEqual(config.props.parameters.unpack(), {'free-one': 'x'})
        self.assertIsNone(config.get_value('nobody'))
        self.assertEqual([setting.get_name() for setting in config.props.settings], ['my-number'])

        other = Pulsar.Config()
        other.add_setting(number())
        other.apply_snapshot(config.to_snapshot())
        self.assertEqual(other.get_int('my-number'), 8)
        self.assertEqual(other.get_value('free-one').unpack(), 'x')
        prefixed = config.copy_with_prefix('rpc')
        self.assertEqual(prefixed.get_int('rpc_my_number'), 8)

    def test_scope(self):
        Pulsar.scope_register('numbers', lambda config, *_data: config.add_setting(number(scope='numbers')))
        config = Pulsar.Config()
        self.assertTrue(config.add_scope('numbers'))
        self.assertEqual(config.get_setting('my-number').get_scope(), 'numbers')
        with self.assertRaises(GLib.Error):
            config.add_scope('letters')


if __name__ == '__main__':
    unittest.main()
