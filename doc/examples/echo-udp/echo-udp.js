#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// A server that sends each datagram back to where it came from.

import GObject from 'gi://GObject';
import Pulsar from 'gi://Pulsar?version=1';
import System from 'system';

const EchoServer = GObject.registerClass(class EchoServer extends Pulsar.DatagramServer {
    // Called in a worker for each datagram.
    vfunc_datagram(bytes, address) {
        try {
            this.send_to(bytes, address);
        } catch (error) {
            console.info(`An answer is lost: ${error.message}`);
        }
    }
});

System.exit(new EchoServer({name: 'echo-udp'}).run());
