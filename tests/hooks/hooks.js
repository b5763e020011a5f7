#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints every hook as it runs, as hooks.c does.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pulsar from 'gi://Pulsar?version=1';
import System from 'system';

const output = Gio.UnixOutputStream.new(1, false);
const pid = new Gio.Credentials().get_unix_pid();

function say(process, hook, subject) {
    output.write_all(`${pid} ${process} ${hook} ${subject}\n`, null);
}

function sayHere(hook, subject) {
    const name = subject.get_name();
    say(Pulsar.is_worker() ? name : 'arbiter', hook, name);
}

const Program = GObject.registerClass(class Program extends Pulsar.Application {
    vfunc_configured(arbiter, hook) {
        say('arbiter', 'Application::configured', this.get_name());
    }

    vfunc_monitor_start(monitor, hook) {
        sayHere('Application::monitor-start', monitor);
    }

    vfunc_worker_start(worker, hook) {
        sayHere('Application::worker-start', worker);
    }

    vfunc_actor_params(monitor, spawn) {
        say('arbiter', 'Application::actor-params', spawn.get_name());
    }

    // It comes again and again, from when all workers are ready.
    vfunc_monitor_task(monitor) {
        if (this.asked)  // for information
            return;
        this.asked = true;
        sayHere('Application::monitor-task', monitor);
        monitor.post('arbiter', 'info', null);
    }

    vfunc_monitor_info(monitor, info) {
        sayHere('Application::monitor-info', monitor);
    }

    vfunc_worker_info(worker, info) {
        sayHere('Application::worker-info', worker);
    }

    vfunc_worker_stopping(worker, hook) {
        sayHere('Application::worker-stopping', worker);
    }

    vfunc_monitor_stopping(monitor, hook) {
        sayHere('Application::monitor-stopping', monitor);
    }
});

function follow(actor) {
    actor.connect('starting', () => sayHere('Actor::starting', actor));
    actor.connect('stopping', () => sayHere('Actor::stopping', actor));
}

const program = new Program({name: 'hooks'});
const arbiter = Pulsar.Arbiter.get_default();
follow(arbiter);
arbiter.connect('monitor-start', (_, monitor, hook) => {
    sayHere('Arbiter::monitor-start', monitor);
    monitor.connect('query-spawn', (_monitor, spawn) => say('arbiter', 'Actor::query-spawn', spawn.get_name()));
    monitor.connect('worker-ready', (_monitor, worker) => say('arbiter', 'Monitor::worker-ready', worker.get_name()));
    monitor.connect('worker-exited', (_monitor, worker) => say('arbiter', 'Monitor::worker-exited', worker.get_name()));
});
program.connect('notify::actor', () => {
    if (program.actor)
        follow(program.actor);
});
System.exit(program.run());
