/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints every hook as it runs, as hooks.c does. */

void say (string process, string hook, string subject) {
    var line = "%d %s %s %s\n".printf (Posix.getpid (), process, hook, subject);
    Posix.write (Posix.STDOUT_FILENO, line, line.length);
}

void say_here (string hook, Pulsar.Actor subject) {
    say (Pulsar.is_worker () ? subject.name : "arbiter", hook, subject.name);
}

class Program : Pulsar.Application {
    private bool asked;  // for information

    public Program () {
        Object (name: "hooks");
    }

    public override void configured (Pulsar.Arbiter arbiter, Pulsar.Hook hook) {
        say ("arbiter", "Application::configured", name);
    }

    public override void monitor_start (Pulsar.Monitor monitor, Pulsar.Hook hook) {
        say_here ("Application::monitor-start", monitor);
    }

    public override void worker_start (Pulsar.Actor worker, Pulsar.Hook hook) {
        say_here ("Application::worker-start", worker);
    }

    public override void actor_params (Pulsar.Monitor monitor, Pulsar.Spawn spawn) {
        say ("arbiter", "Application::actor-params", spawn.name);
    }

    // It comes again and again, from when all workers are ready.
    public override void monitor_task (Pulsar.Monitor monitor) {
        if (asked)
            return;
        asked = true;
        say_here ("Application::monitor-task", monitor);
        try {
            monitor.post ("arbiter", "info", null);
        } catch (Error error) {
            critical ("%s", error.message);
        }
    }

    public override void monitor_info (Pulsar.Monitor monitor, VariantDict info) {
        say_here ("Application::monitor-info", monitor);
    }

    public override void worker_info (Pulsar.Actor worker, VariantDict info) {
        say_here ("Application::worker-info", worker);
    }

    public override void worker_stopping (Pulsar.Actor worker, Pulsar.Hook hook) {
        say_here ("Application::worker-stopping", worker);
    }

    public override void monitor_stopping (Pulsar.Monitor monitor, Pulsar.Hook hook) {
        say_here ("Application::monitor-stopping", monitor);
    }
}

void follow (Pulsar.Actor actor) {
    actor.starting.connect ((actor, hook) => say_here ("Actor::starting", actor));
    actor.stopping.connect ((actor, hook) => say_here ("Actor::stopping", actor));
}

int main (string[] args) {
    var program = new Program ();
    var arbiter = Pulsar.Arbiter.get_default ();

    follow (arbiter);
    arbiter.monitor_start.connect ((monitor, hook) => {
        say_here ("Arbiter::monitor-start", monitor);
        monitor.query_spawn.connect ((spawn) => say ("arbiter", "Actor::query-spawn", spawn.name));
        monitor.worker_ready.connect ((worker) => say ("arbiter", "Monitor::worker-ready", worker.name));
        monitor.worker_exited.connect ((worker) => say ("arbiter", "Monitor::worker-exited", worker.name));
    });
    program.notify["actor"].connect (() => {
        if (program.actor != null)
            follow (program.actor);
    });
    return program.run (args);
}
