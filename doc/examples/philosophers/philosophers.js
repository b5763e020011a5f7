#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Dining philosophers. Each is a worker: it thinks, asks the monitor for the two forks beside it, eats, and so on.

import GLib from 'gi://GLib';
import GObject from 'gi://GObject';
import Pulsar from 'gi://Pulsar?version=1';
import System from 'system';

const sleep = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));

const getPhilosopher = request => request.get_arguments().deepUnpack()[0];

const Philosophers = GObject.registerClass(class Philosophers extends Pulsar.Application {
    vfunc_register_settings(config) {
        const more = {unit: 'duration', maximum: 3600, section: 'Philosophers'};
        config.add_setting('eating-period', 2, 'How long a meal takes on average', more);
        config.add_setting('waiting-period', 2, 'How long a philosopher thinks before the next meal, on average', more);
    }

    // The table is in the monitor.

    vfunc_monitor_start(monitor, hook) {
        this.asked = []; // requests for forks, the oldest first; those that were answered eat
        Pulsar.command_register('pickup', '(x)', Pulsar.CommandCallers.SIBLING, request => {
            this.asked.push(request);
            this.giveForks();
        });
        Pulsar.command_register('putdown', '(x)', Pulsar.CommandCallers.SIBLING,
            request => this.takeBack(getPhilosopher(request)));
        monitor.connect('worker-exited', (_monitor, worker) => this.takeBack(worker.slot));
    }

    vfunc_actor_params(monitor, spawn) {
        spawn.set_parameter('number', new GLib.Variant('x', spawn.slot)); // whoever replaces a philosopher gets its number
    }

    takeBack(philosopher) {
        this.asked = this.asked.filter(request => getPhilosopher(request) !== philosopher);
        this.giveForks();
    }

    // A philosopher gets both forks at once, when no neighbour who asked earlier eats or waits: so there is no dead-lock, and
    // everybody's turn comes.
    giveForks() {
        const distances = [1, this.config.workers - 1]; // of neighbours
        this.asked.forEach((request, place) => {
            const isNeighbour = other => distances.includes(Math.abs(getPhilosopher(other) - getPhilosopher(request)));
            if (!request.is_answered() && !this.asked.slice(0, place).some(isNeighbour))
                request.return_value(null);
        });
    }

    async vfunc_monitor_task(monitor) {
        for (const worker of [...monitor.workers]) {
            try {
                const info = await worker.send('info');
                print(`philosopher ${worker.slot} [${worker.pid}]: ${info.meals} meals, ` +
                    `longest wait ${info['longest-wait'].toFixed(3)} s`);
            } catch {
                continue; // it died just now
            }
        }
    }

    // A philosopher is a worker.

    vfunc_worker_start(worker, hook) {
        this.meals = 0;
        this.longestWait = 0;
        this.live(worker).catch(error => console.info(`A philosopher gets up: ${error.message}`)); // the table is closed
    }

    async live(worker) {
        const number = worker.get_parameter('number').unpack();
        const args = new GLib.Variant('(x)', [number]);
        for (;;) {
            await sleep(Math.random() * 2 * this.config.waitingPeriod);
            const hungrySince = GLib.get_monotonic_time();
            await worker.send_async('monitor', 'pickup', args, null, 0, null);
            this.longestWait = Math.max(this.longestWait, (GLib.get_monotonic_time() - hungrySince) / GLib.USEC_PER_SEC);
            await sleep(Math.random() * 2 * this.config.eatingPeriod);
            this.meals++;
            worker.post('monitor', 'putdown', args);
        }
    }

    vfunc_worker_info(worker, info) {
        info.insert_value('meals', new GLib.Variant('u', this.meals));
        info.insert_value('longest-wait', new GLib.Variant('d', this.longestWait));
    }
});

System.exit(new Philosophers({name: 'philosophers', parameters: {workers: 5}}).run());
