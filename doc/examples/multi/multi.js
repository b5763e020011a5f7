#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Two servers that answer lines, and an application that counts them for both, in one program.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pulsar from 'gi://Pulsar?version=1';
import System from 'system';

Gio._promisify(Gio.DataInputStream.prototype, 'read_line_async', 'read_line_finish_utf8');
Gio._promisify(Gio.OutputStream.prototype, 'splice_async');

// Answers each line with what it makes of it and how many lines it has had, in all its workers.
const LineServer = GObject.registerClass(class LineServer extends Pulsar.SocketServer {
    convert(line) {
        return line;
    }

    async vfunc_connection({inputStream, outputStream}) {
        const lines = Gio.DataInputStream.new(inputStream);
        try {
            for (;;) {
                const [line] = await lines.read_line_async(GLib.PRIORITY_DEFAULT, null);
                if (line === null)
                    break;
                const count = await this.actor.send('tally_multi', 'count', this.name);
                const answer = new GLib.Bytes(`${this.convert(line)} ${count}\n`);
                await outputStream.splice_async(Gio.MemoryInputStream.new_from_bytes(answer),
                    Gio.OutputStreamSpliceFlags.NONE, GLib.PRIORITY_DEFAULT, null);
            }
        } catch (error) {
            console.info(`A client went away: ${error.message}`);
        }
    }
});

const Shouter = GObject.registerClass(class Shouter extends LineServer {
    convert(line) {
        return line.toUpperCase();
    }
});

// No server: it lives with the arbiter, and servers send it messages.
const Tally = GObject.registerClass(class Tally extends Pulsar.Application {
    vfunc_register_settings(config) {
        config.set_class_value('workers', 0);
    }

    vfunc_monitor_start(monitor, hook) {
        this.counts = {multi: 0, shout_multi: 0};
    }
});

Pulsar.command('count', '(s)', (request, server) => ++request.get_actor().application.counts[server],
    Pulsar.CommandCallers.SIBLING);

const Multi = GObject.registerClass(class Multi extends Pulsar.MultiApp {
    // In each process; a worker then becomes one of them.
    * vfunc_build() {
        yield this.new_app(LineServer);
        yield this.new_app(Shouter, 'shout', {bind: ['127.0.0.1:8061']});
        const tally = this.new_app(Tally, 'tally');
        tally.connect('monitor-stopping', () => print('Lines:', tally.counts.multi, tally.counts.shout_multi));
        yield tally;
    }
});

System.exit(new Multi({name: 'multi'}).run());
