#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// The server of check-tls in JavaScript: what a program can know of its connections.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pulsar from 'gi://Pulsar?version=1';
import System from 'system';

Gio._promisify(Gio.DataInputStream.prototype, 'read_line_async', 'read_line_finish_utf8');

const describe = address => address?.to_string() ?? '-';

function answer(connection, line) {
    if (line === 'ends')
        return `${describe(connection.peerAddress)} ${describe(connection.destinationAddress)}`;
    if (line === 'tls') {
        const tls = connection.tlsConnection;
        if (tls === null)
            return '-';
        const version = tls.protocolVersion === Gio.TlsProtocolVersion.TLS_1_3 ? 'TLSv1.3' : 'TLSv1.2';
        return `${version} ${tls.get_peer_certificate()?.subjectName ?? '-'}`;
    }
    return line;
}

const Server = GObject.registerClass(class Server extends Pulsar.SocketServer {
    async vfunc_connection(connection) {
        const lines = Gio.DataInputStream.new(connection.inputStream);
        try {
            for (;;) {
                const [line] = await lines.read_line_async(GLib.PRIORITY_DEFAULT, null);
                if (line === null)
                    break;
                connection.outputStream.write_all(`${answer(connection, line)}\n`, null);
            }
        } catch (error) {
            log(`A client went away: ${error.message}`);
        }
        connection.close(null);
    }
});

System.exit(new Server({name: 'lines'}).run());
