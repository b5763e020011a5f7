/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two servers that answer lines, and an application that counts them for both, in one program. */

/* Answers each line with what it makes of it and how many lines it has had, in all its workers. */
class LineServer : Pulsar.SocketServer {
    public virtual string convert (string line) {
        return line;
    }

    public override void connection (Pulsar.Connection connection) {
        serve.begin (connection);
    }

    private async void serve (Pulsar.Connection connection) {
        var lines = new DataInputStream (connection.input_stream);
        try {
            string? line;
            while ((line = yield lines.read_line_utf8_async ()) != null) {
                var count = yield actor.send_async ("tally_multi", "count", new Variant ("(s)", name));
                var answer = "%s %u\n".printf (convert (line), count.get_uint32 ());
                yield connection.output_stream.splice_async (new MemoryInputStream.from_data (answer.data),
                                                             OutputStreamSpliceFlags.NONE);
            }
        } catch (Error error) {
            info ("A client went away: %s", error.message);
        }
    }
}

class Shouter : LineServer {
    public override string convert (string line) {
        return line.up ();
    }
}

/* No server: it lives with the arbiter, and servers send it messages. */
class Tally : Pulsar.Application {
    public HashTable<string, uint> counts = new HashTable<string, uint> (str_hash, str_equal);

    public override void register_settings (Pulsar.Config config) {
        config.set_class_value ("workers", 0);
    }

    public override void monitor_start (Pulsar.Monitor monitor, Pulsar.Hook hook) {
        Pulsar.command_register ("count", "(s)", Pulsar.CommandCallers.SIBLING, count);
    }

    private void count (Pulsar.Request request) {
        unowned string server;
        request.get_arguments ().get ("(&s)", out server);
        counts[server] = counts[server] + 1;
        request.return_value (counts[server]);
    }
}

class Multi : Pulsar.MultiApp {
    public Multi () {
        Object (name: "multi");
    }

    /* In each process; a worker then becomes one of them. */
    public override void build () {
        new_app (typeof (LineServer));
        new_app (typeof (Shouter), "shout", new Variant.parsed ("{'bind': <['127.0.0.1:8061']>}"));
        var tally = (Tally) new_app (typeof (Tally), "tally");
        tally.monitor_stopping.connect (() => {
            print ("Lines: %u %u\n", tally.counts["multi"], tally.counts["shout_multi"]);
        });
    }
}

int main (string[] args) {
    return new Multi ().run (args);
}
