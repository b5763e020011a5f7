/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server that sends each datagram back to where it came from. */

class EchoServer : Pulsar.DatagramServer {
    public EchoServer () {
        Object (name: "echo-udp");
    }

    /* Called in a worker for each datagram. */
    public override void datagram (Bytes bytes, SocketAddress address) {
        try {
            send_to (bytes, address);
        } catch (Error error) {
            info ("An answer is lost: %s", error.message);
        }
    }
}

int main (string[] args) {
    return new EchoServer ().run (args);
}
