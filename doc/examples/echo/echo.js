#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// A server that sends back what it receives.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pulsar from 'gi://Pulsar?version=1';
import System from 'system';

Gio._promisify(Gio.OutputStream.prototype, 'splice_async');

const EchoServer = GObject.registerClass(class EchoServer extends Pulsar.SocketServer {
    // Called in a worker for each client.
    async vfunc_connection(connection) {
        const {inputStream, outputStream} = connection;
        try {
            await outputStream.splice_async(inputStream, Gio.OutputStreamSpliceFlags.NONE, GLib.PRIORITY_DEFAULT, null);
        } catch (error) {
            console.info(`A client went away: ${error.message}`);
        }
    }  // the connection closes with the end of the function
});

System.exit(new EchoServer({name: 'echo'}).run());
