#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dining philosophers. Each is a worker: it thinks, asks the monitor for the two forks beside it, eats, and so on."""

import logging
import random
import sys
import time

import gi

gi.require_version('Pulsar', '1')
from gi.repository import GLib, Pulsar  # noqa: E402


def get_philosopher(request):
    return request.get_arguments()[0]


class Philosophers(Pulsar.Application):
    def do_register_settings(self, config):
        for name, summary in (('eating-period', 'How long a meal takes on average'),
                              ('waiting-period', 'How long a philosopher thinks before the next meal, on average')):
            config.add_setting(name, 2, summary, unit='duration', maximum=3600, section='Philosophers')

    # The table is in the monitor.

    def do_monitor_start(self, monitor, hook):
        self.asked = []  # requests for forks, the oldest first; those that were answered eat
        Pulsar.command_register('pickup', '(x)', Pulsar.CommandCallers.SIBLING, self.on_pickup)
        Pulsar.command_register('putdown', '(x)', Pulsar.CommandCallers.SIBLING, self.on_putdown)
        monitor.connect('worker-exited', self.on_worker_exited)

    def do_actor_params(self, monitor, spawn):
        spawn.set_parameter('number', spawn.get_slot())  # whoever replaces a philosopher gets its number

    def on_pickup(self, request):
        self.asked.append(request)
        self.give_forks()

    def on_putdown(self, request):
        self.take_back(get_philosopher(request))

    def on_worker_exited(self, monitor, worker):
        self.take_back(worker.get_slot())

    def take_back(self, philosopher):
        self.asked = [request for request in self.asked if get_philosopher(request) != philosopher]
        self.give_forks()

    def give_forks(self):
        """A philosopher gets both forks at once, when no neighbour who asked earlier eats or waits: so there is no dead-lock,
        and everybody's turn comes."""
        distances = 1, self.get_config()['workers'] - 1  # of neighbours
        for place, request in enumerate(self.asked):
            if not request.is_answered() and not any(abs(get_philosopher(earlier) - get_philosopher(request)) in distances
                                                     for earlier in self.asked[:place]):
                request.return_value(None)

    async def do_monitor_task(self, monitor):
        for worker in list(monitor.get_workers()):
            try:
                info = await worker.send('info')
            except GLib.Error:  # it died just now
                continue
            print(f'philosopher {worker.get_slot()} [{worker.get_pid()}]: {info["meals"]} meals, '
                  f'longest wait {info["longest-wait"]:.3f} s', flush=True)

    # A philosopher is a worker.

    def do_worker_start(self, worker, hook):
        self.meals, self.longest_wait = 0, 0.0
        Pulsar.Task(self.live(worker))

    async def live(self, worker):
        number = worker.get_parameters()['number']
        config = self.get_config()
        try:
            while True:
                await Pulsar.sleep(random.uniform(0, 2 * config['waiting-period']))
                hungry_since = time.monotonic()
                await worker.send('monitor', 'pickup', number, timeout_ms=0)
                self.longest_wait = max(self.longest_wait, time.monotonic() - hungry_since)
                await Pulsar.sleep(random.uniform(0, 2 * config['eating-period']))
                self.meals += 1
                worker.post('monitor', 'putdown', number)
        except GLib.Error as error:  # the table is closed
            logging.info('Philosopher %d gets up: %s', number, error.message)

    def do_worker_info(self, worker, info):
        info.insert_value('meals', GLib.Variant('u', self.meals))
        info.insert_value('longest-wait', GLib.Variant('d', self.longest_wait))


if __name__ == '__main__':
    sys.exit(Philosophers(name='philosophers', workers=5).run())
