/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reports its processes, as starts.c does. */

[CCode (array_length = false, array_null_terminated = true)]
string[] arguments;

void report (string role) {
    var line = new StringBuilder ();
    line.printf ("%s\t%d\t%s\t-", role, Posix.getpid (), Environment.get_current_dir ());
    foreach (unowned string argument in arguments)
        line.append_printf ("\t%s", argument.escape (null));
    line.append_c ('\n');
    int fd = Posix.open (Environment.get_variable ("STARTS_REPORT"), Posix.O_WRONLY);
    assert (Posix.write (fd, line.str, line.len) == line.len);
    Posix.close (fd);
}

class Starts : Pulsar.Application {
    public Starts () {
        Object (name: "starts");
    }

    public override void monitor_start (Pulsar.Monitor monitor, Pulsar.Hook hook) {
        report ("arbiter");
    }

    public override void worker_start (Pulsar.Actor worker, Pulsar.Hook hook) {
        report ("worker");
    }
}

int main (string[] argv) {
    arguments = argv;
    int own = 0;
    while (own < argv.length && argv[own] != "++")
        own++;
    if (own + 2 < argv.length && argv[own + 1] == "chdir")
        Environment.set_current_dir (argv[own + 2]);
    return new Starts ().run (argv[0:own]);
}
