#!/usr/bin/env gjs
// SPDX-License-Identifier: LGPL-2.1-or-later
// Reports its processes, as starts.c does.

imports.gi.versions.Pulsar = '1';
const {Gio, GLib, GObject, Pulsar} = imports.gi;
const System = imports.system;

const own = ARGV.indexOf('++');
const chdir = own < 0 ? -1 : ARGV.indexOf('chdir', own);
if (chdir >= 0)
    GLib.chdir(ARGV[chdir + 1]);
if (own >= 0 && ARGV.includes('remove', own))
    GLib.unlink(System.programPath);

function report(role) {
    const pid = Gio.File.new_for_path('/proc/self').query_info('standard::symlink-target', 0, null).get_symlink_target();
    const fields = [role, pid, GLib.get_current_dir(), '-', System.programPath, System.programInvocationName, ...ARGV];
    const line = fields.map(field => `${field}`.replace(/\n/g, '\\n')).join('\t');
    const stream = Gio.File.new_for_path(GLib.getenv('STARTS_REPORT')).append_to(Gio.FileCreateFlags.NONE, null);
    stream.write(`${line}\n`, null);
    stream.close(null);
}

const Starts = GObject.registerClass(class Starts extends Pulsar.Application {
    vfunc_monitor_start(_monitor, _hook) {
        report('arbiter');
    }

    vfunc_worker_start(_worker, _hook) {
        report('worker');
    }
});

System.exit(new Starts({name: 'starts'}).run([System.programInvocationName, ...own < 0 ? ARGV : ARGV.slice(0, own)]));
