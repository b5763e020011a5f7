/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program in Vala that overrides hooks, connects to them, registers a command, asks it and stops. */

class Greeter : Pulsar.Actor {
    public uint greeted;

    public override void starting (Pulsar.Hook hook) {
        greeted = 7;
    }
}

class Program : Pulsar.Application {
    public string? greeting;

    public Program () {
        Object (name: "program", parameters: new Variant.parsed ("{'workers': <1>, 'timeout': <5>, 'free': <'x'>}"));
    }

    public override void register_settings (Pulsar.Config config) {
        var pspec = new ParamSpecString ("greeting", "Greeting", "What to say", "Hello", ParamFlags.READWRITE);
        config.add_setting (new Pulsar.Setting (pspec, "Program", null, Pulsar.SettingFlags.NONE));
    }

    public override void configured (Pulsar.Arbiter arbiter, Pulsar.Hook hook) {
        try {
            assert (config.get_duration ("timeout") == 5 * TimeSpan.SECOND);
            assert (config.get_value ("free").get_string () == "x");
            config.set_value ("new", new Variant.string ("y"));
        } catch (Error error) {
            hook.fail (error);
        }
    }

    public override void actor_params (Pulsar.Monitor monitor, Pulsar.Spawn spawn) {
        spawn.set_parameter ("name", new Variant.string ("Vala"));
    }

    public override void worker_start (Pulsar.Actor worker, Pulsar.Hook hook) {
        worker.subscribe ("question", (actor, topic, value) => {
            try {
                actor.publish ("echo", value.get_string () + " Vala");
            } catch (Error error) {
                printerr ("%s\n", error.message);
            }
        });
        hook.hold ();
        prepare.begin (worker, hook);
    }

    private async void prepare (Pulsar.Actor worker, Pulsar.Hook hook) {
        try {
            yield File.new_for_path ("/").query_info_async ("standard::*", FileQueryInfoFlags.NONE, Priority.DEFAULT,
                                                            hook.cancellable);
            greeting = "%s %s".printf (config.dup_string ("greeting"), worker.get_parameter ("name").get_string ());
        } catch (Error error) {
            hook.fail (error);
        }
        hook.release ();
    }

    public override void worker_info (Pulsar.Actor worker, VariantDict info) {
        info.insert ("greeting", "s", greeting);
    }
}

async void check (Pulsar.Monitor monitor, Pulsar.Worker worker) throws Error {
    var arbiter = Pulsar.Arbiter.get_default ();
    UnixFDList? fds;

    var answer = yield worker.send_async ("greet", new Variant ("(u)", 3), null, Pulsar.TIMEOUT_DEFAULT, null, null);
    assert (answer.get_string () == "3 times Hello Vala");
    answer = yield arbiter.send_async ("program.1", "info", null, null, Pulsar.TIMEOUT_DEFAULT, null, out fds);
    assert (answer.get_child_value (0).lookup_value ("greeting", VariantType.STRING).get_string () == "Hello Vala");
    try {
        yield worker.send_async ("fail", null, null, Pulsar.TIMEOUT_DEFAULT, null, null);
        assert_not_reached ();
    } catch (Pulsar.Error error) {
        assert (error is Pulsar.Error.NOT_RUNNING && error.message == "no");
    }
    var greeter = yield arbiter.spawn_async (typeof (Greeter), "greeter", null, null);
    answer = yield greeter.send_async ("greeted", null, null, Pulsar.TIMEOUT_DEFAULT, null, null);
    assert (answer.get_uint32 () == 7);
    greeter.stop ();
    var record = yield arbiter.watch_async (greeter.id);
    string? echo = null;
    arbiter.subscribe ("echo", (actor, topic, value) => {
        echo = value.get_string ();
        check.callback ();
    });
    arbiter.publish ("question", "Hello");
    yield;
    assert (echo == "Hello Vala");
    assert (record.reason == Pulsar.ExitReason.EXITED && record.code == 0);
    assert (monitor.workers.get_n_items () == 1 && worker.state == Pulsar.State.RUNNING);
}

int main (string[] args) {
    var program = new Program ();
    var arbiter = Pulsar.Arbiter.get_default ();
    bool checked = false;

    typeof (Greeter).ensure ();
    Pulsar.command_register ("greet", "(u)", Pulsar.CommandCallers.ANY, (request) => {
        request.return_value ("%u times %s".printf (request.get_arguments ().get_child_value (0).get_uint32 (),
                                                    program.greeting));
    });
    Pulsar.command_register ("fail", null, Pulsar.CommandCallers.ANY, (request) => {
        request.return_error (new Pulsar.Error.NOT_RUNNING ("no"));
    });
    Pulsar.command_register ("greeted", "()", Pulsar.CommandCallers.SUPERVISOR, (request) => {
        request.return_value (((Greeter) request.get_actor ()).greeted);
    });
    program.monitor_start.connect ((monitor, hook) => {
        monitor.worker_ready.connect ((worker) => {
            check.begin (monitor, worker, (source, result) => {
                try {
                    check.end (result);
                    checked = true;
                } catch (Error error) {
                    printerr ("%s\n", error.message);
                }
                arbiter.stop ();
            });
        });
    });

    int status = program.run (args);
    if (!Pulsar.is_worker ())
        print ("1..1\n%s 1 subclass/vala\n", checked && status == 0 ? "ok" : "not ok");
    return status;
}
