#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Settings and configurations, made and used from Python."""

import gc
import unittest

import gi

gi.require_version('Pulsar', '1')
from gi.repository import GLib, GObject, Pulsar  # noqa: E402

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


if __name__ == '__main__':
    unittest.main()
