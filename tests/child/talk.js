// SPDX-License-Identifier: LGPL-2.1-or-later
// A worker that prints and is killed: the program of tests/log/check-worker-output.
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pulsar from 'gi://Pulsar?version=1';
import System from 'system';

const Talk = GObject.registerClass(class Talk extends Pulsar.Application {
    vfunc_worker_start() {
        GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, () => {
            print('printed');
            printerr('printed as an error');
            console.log('logged');
            for (;;)
                ;
        });
    }
});

System.exit(new Talk({name: 'talk'}).run([System.programInvocationName, ...ARGV]));
