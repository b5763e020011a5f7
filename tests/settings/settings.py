#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An application whose worker tells what its configuration is, as tests/child/app.c does with APP_SETTINGS."""

import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import GObject, Pulsar  # noqa: E402

READWRITE = GObject.ParamFlags.READWRITE


class App(Pulsar.Application):
    def do_register_settings(self, config):
        config.add_setting(Pulsar.Setting(pspec=GObject.param_spec_boxed('do', 'What to do', None, GObject.TYPE_STRV, READWRITE)))
        config.add_setting(Pulsar.Setting(pspec=GObject.param_spec_boxed('secret', 'Secret', None, GObject.TYPE_STRV, READWRITE),
                                          flags=Pulsar.SettingFlags.SECRET))

    def do_worker_start(self, worker, hook):
        lines = []
        for setting in self.get_config().get_settings():
            lines.append(f'setting {setting.get_name()}|{setting.dup_text()}|{int(setting.get_origin())}|'
                         f'{setting.get_origin_detail() or ""}')
        lines.append(f'ready {worker.get_name()}\n')
        # At once, since another worker writes to the same pipe.
        sys.stdout.write('\n'.join(lines))
        sys.stdout.flush()


if __name__ == '__main__':
    sys.exit(App(name='app').run(sys.argv))
