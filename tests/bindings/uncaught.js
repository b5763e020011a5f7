// SPDX-License-Identifier: LGPL-2.1-or-later
// A server whose handlers fail as the first byte of a client says; check-uncaught runs it, and uncaught.py, which is the same.

imports.gi.versions.Pulsar = '1';
const {Gio, GLib, GObject, Pulsar} = imports.gi;
const System = imports.system;

Gio._promisify(Gio.InputStream.prototype, 'read_bytes_async');

const kept = [];

function explode() {
    throw new TypeError('boom');
}

const Server = GObject.registerClass(class Server extends Pulsar.SocketServer {
    async vfunc_connection(connection) {
        const data = await connection.get_input_stream().read_bytes_async(1, GLib.PRIORITY_DEFAULT, null);
        if (data.get_data()[0] === 'a'.charCodeAt(0))
            explode();
    }
});

const argv = ['program', ...ARGV.filter(argument => argument !== '--sync')];
let server = new Server({name: 'program'});
if (ARGV.includes('--sync')) {
    server = new Pulsar.SocketServer({name: 'program'});
    server.connect('connection', (_server, connection) => {
        kept.push(connection);
        explode();
    });
}
System.exit(server.run(argv));
