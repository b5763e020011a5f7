#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints every hook as it runs, as hooks.c does."""

import os
import sys

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Pulsar  # noqa: E402


def say(process, hook, subject):
    os.write(1, f'{os.getpid()} {process} {hook} {subject}\n'.encode())


def say_here(hook, subject):
    name = subject.get_name()
    say(name if Pulsar.is_worker() else 'arbiter', hook, name)


class Program(Pulsar.Application):
    asked = False  # for information

    def do_configured(self, arbiter, hook):
        say('arbiter', 'Application::configured', self.get_name())

    def do_monitor_start(self, monitor, hook):
        say_here('Application::monitor-start', monitor)

    def do_worker_start(self, worker, hook):
        say_here('Application::worker-start', worker)

    def do_actor_params(self, monitor, spawn):
        say('arbiter', 'Application::actor-params', spawn.get_name())

    def do_monitor_task(self, monitor):
        """It comes again and again, from when all workers are ready."""
        if not self.asked:
            self.asked = True
            say_here('Application::monitor-task', monitor)
            monitor.post('arbiter', 'info')

    def do_monitor_info(self, monitor, info):
        say_here('Application::monitor-info', monitor)

    def do_worker_info(self, worker, info):
        say_here('Application::worker-info', worker)

    def do_worker_stopping(self, worker, hook):
        say_here('Application::worker-stopping', worker)

    def do_monitor_stopping(self, monitor, hook):
        say_here('Application::monitor-stopping', monitor)


def on_monitor_start(_arbiter, monitor, hook):
    say_here('Arbiter::monitor-start', monitor)
    monitor.connect('query-spawn', lambda _, spawn: say('arbiter', 'Actor::query-spawn', spawn.get_name()))
    monitor.connect('worker-ready', lambda _, worker: say('arbiter', 'Monitor::worker-ready', worker.get_name()))
    monitor.connect('worker-exited', lambda _, worker: say('arbiter', 'Monitor::worker-exited', worker.get_name()))


def follow(actor):
    actor.connect('starting', lambda actor, hook: say_here('Actor::starting', actor))
    actor.connect('stopping', lambda actor, hook: say_here('Actor::stopping', actor))


def on_actor(program, _):
    if program.get_actor() is not None:
        follow(program.get_actor())


program = Program(name='hooks')
arbiter = Pulsar.Arbiter.get_default()
follow(arbiter)
arbiter.connect('monitor-start', on_monitor_start)
program.connect('notify::actor', on_actor)
sys.exit(program.run())
