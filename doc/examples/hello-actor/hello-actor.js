#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Greets the names it reads, one a line, through an actor that remembers whom it met.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pulsar from 'gi://Pulsar?version=1';
import System from 'system';

Gio._promisify(Gio.DataInputStream.prototype, 'read_line_async', 'read_line_finish_utf8');

// Lives in a process of its own.
const Greeter = GObject.registerClass(class Greeter extends Pulsar.Actor {
    vfunc_starting(hook) {
        this.greeted = new Map();
    }
});

Pulsar.command('greet', '(s)', (request, name) => {
    const {greeted} = request.get_actor();
    greeted.set(name, (greeted.get(name) ?? 0) + 1);
    return `Hello ${name} (${greeted.get(name)})`;
});

const Hello = GObject.registerClass(class Hello extends Pulsar.Application {
    async vfunc_worker_start(worker, hook) {
        const greeter = await worker.spawn(Greeter, 'greeter');
        this.chat(greeter);
    }

    async chat(greeter) {
        const names = Gio.DataInputStream.new(Gio.UnixInputStream.new(0, false));
        try {
            for (;;) {
                const [name] = await names.read_line_async(GLib.PRIORITY_DEFAULT, null);
                if (name === null)
                    break;
                print(await greeter.send('greet', name));
            }
        } catch (error) {
            printerr(error.message);
        }
        Pulsar.Arbiter.get_default().stop();
    }
});

System.exit(new Hello({name: 'hello', parameters: {workers: 0}}).run());
