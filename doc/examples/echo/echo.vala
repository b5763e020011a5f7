/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server that sends back what it receives. */

class EchoServer : Pulsar.SocketServer {
    public EchoServer () {
        Object (name: "echo");
    }

    /* Called in a worker for each client. */
    public override void connection (Pulsar.Connection connection) {
        echo.begin (connection);
    }

    private async void echo (Pulsar.Connection connection) {
        try {
            yield connection.output_stream.splice_async (connection.input_stream, OutputStreamSpliceFlags.NONE);
        } catch (Error error) {
            info ("A client went away: %s", error.message);
        }
    }  // the connection closes with its last reference
}

int main (string[] args) {
    return new EchoServer ().run (args);
}
