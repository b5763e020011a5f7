/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Greets the names it reads, one a line, through an actor that remembers whom it met. */

/* Lives in a process of its own. */
class Greeter : Pulsar.Actor {
    private HashTable<string, uint> greeted = new HashTable<string, uint> (str_hash, str_equal);

    public override void starting (Pulsar.Hook hook) {
        Pulsar.command_register ("greet", "(s)", Pulsar.CommandCallers.SUPERVISOR, (request) => {
            var name = request.get_arguments ().get_child_value (0).get_string ();
            greeted[name] = greeted[name] + 1;
            request.return_value ("Hello %s (%u)".printf (name, greeted[name]));
        });
    }
}

class Hello : Pulsar.Application {
    public override void worker_start (Pulsar.Actor worker, Pulsar.Hook hook) {
        hook.hold ();
        begin.begin (worker, hook);
    }

    private async void begin (Pulsar.Actor worker, Pulsar.Hook hook) {
        try {
            chat.begin (yield worker.spawn_async (typeof (Greeter), "greeter", null, hook.cancellable));
        } catch (Error error) {
            hook.fail (error);
        }
        hook.release ();
    }

    private async void chat (Pulsar.ActorProxy greeter) {
        var names = new DataInputStream (new UnixInputStream (stdin.fileno (), false));
        try {
            string? name;
            while ((name = yield names.read_line_async ()) != null) {
                var answer = yield greeter.send_async ("greet", new Variant ("(s)", name));
                stdout.printf ("%s\n", answer.get_string ());
                stdout.flush ();
            }
        } catch (Error error) {
            printerr ("%s\n", error.message);
        }
        Pulsar.Arbiter.get_default ().stop ();
    }
}

int main (string[] args) {
    var hello = new Hello ();  // its name is that of its class
    hello.config.set_class_value ("workers", 0);
    typeof (Greeter).ensure ();  // by its name the process of the actor finds it
    return hello.run (args);
}
