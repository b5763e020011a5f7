/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dining philosophers. Each is a worker: it thinks, asks the monitor for the two forks beside it, eats, and so on. */

class Philosophers : Pulsar.Application {
    private GenericArray<Pulsar.Request> asked = new GenericArray<Pulsar.Request> ();  // for forks, the oldest first; the answered eat
    private uint meals;
    private double longest_wait;

    public Philosophers () {
        Object (name: "philosophers");
        config.set_class_value ("workers", 5);
    }

    public override void register_settings (Pulsar.Config config) {
        config.add_setting (new Pulsar.Setting.duration ("eating-period", "Philosophers", "How long a meal takes on average",
                                                         0, TimeSpan.HOUR, 2 * TimeSpan.SECOND));
        config.add_setting (new Pulsar.Setting.duration ("waiting-period", "Philosophers",
                                                         "How long a philosopher thinks before the next meal, on average",
                                                         0, TimeSpan.HOUR, 2 * TimeSpan.SECOND));
    }

    /* The table is in the monitor. */

    public override void monitor_start (Pulsar.Monitor monitor, Pulsar.Hook hook) {
        Pulsar.command_register ("pickup", "(x)", Pulsar.CommandCallers.SIBLING, (request) => {
            asked.add (request);
            give_forks ();
        });
        Pulsar.command_register ("putdown", "(x)", Pulsar.CommandCallers.SIBLING, (request) => {
            take_back (get_philosopher (request));
        });
        monitor.worker_exited.connect ((worker) => take_back (worker.slot));
    }

    public override void actor_params (Pulsar.Monitor monitor, Pulsar.Spawn spawn) {
        spawn.set_parameter ("number", new Variant.int64 (spawn.slot));  // whoever replaces a philosopher gets its number
    }

    private int64 get_philosopher (Pulsar.Request request) {
        return request.get_arguments ().get_child_value (0).get_int64 ();
    }

    private void take_back (int64 philosopher) {
        for (int place = asked.length - 1; place >= 0; place--) {
            if (get_philosopher (asked[place]) == philosopher)
                asked.remove_index (place);
        }
        give_forks ();
    }

    /* A philosopher gets both forks at once, when no neighbour who asked earlier eats or waits: so there is no dead-lock, and
     * everybody's turn comes. */
    private void give_forks () {
        for (int place = 0; place < asked.length; place++) {
            if (!asked[place].is_answered () && !needs_to_wait (place))
                asked[place].return_value (null);
        }
    }

    private bool needs_to_wait (int place) {
        for (int earlier = 0; earlier < place; earlier++) {
            int64 distance = (get_philosopher (asked[earlier]) - get_philosopher (asked[place])).abs ();
            if (distance == 1 || distance == config.get_uint ("workers") - 1)
                return true;
        }
        return false;
    }

    public override void monitor_task (Pulsar.Monitor monitor) {
        for (uint i = 0; i < monitor.workers.get_n_items (); i++)
            report.begin ((Pulsar.Worker) monitor.workers.get_item (i));
    }

    private async void report (Pulsar.Worker worker) {
        try {
            var answer = yield worker.send_async ("info");
            var info = new VariantDict (answer.get_child_value (0));
            print ("philosopher %u [%d]: %u meals, longest wait %.3f s\n", worker.slot, worker.pid,
                   info.lookup_value ("meals", null).get_uint32 (), info.lookup_value ("longest-wait", null).get_double ());
        } catch (Error error) {
            debug ("It died just now: %s", error.message);
        }
    }

    /* A philosopher is a worker. */

    public override void worker_start (Pulsar.Actor worker, Pulsar.Hook hook) {
        live.begin (worker);
    }

    private async void live (Pulsar.Actor worker) {
        var number = new Variant.tuple ({ worker.get_parameter ("number") });
        try {
            while (true) {
                yield sleep (config.get_duration ("waiting-period"));
                int64 hungry_since = get_monotonic_time ();
                yield worker.send_async ("monitor", "pickup", number, null, 0);
                longest_wait = double.max (longest_wait, (get_monotonic_time () - hungry_since) / 1e6);
                yield sleep (config.get_duration ("eating-period"));
                meals++;
                worker.post ("monitor", "putdown", number);
            }
        } catch (Error error) {  // the table is closed
            info ("A philosopher gets up: %s", error.message);
        }
    }

    private async void sleep (int64 average_us) {
        Timeout.add ((uint) (Random.next_double () * 2 * average_us / 1000), sleep.callback);
        yield;
    }

    public override void worker_info (Pulsar.Actor worker, VariantDict info) {
        info.insert ("meals", "u", meals);
        info.insert ("longest-wait", "d", longest_wait);
    }
}

int main (string[] args) {
    return new Philosophers ().run (args);
}
