#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a coroutine has is given back when it ends, also by an exception, and not at some garbage collection."""

import gc
import unittest
import weakref

import gi

gi.require_version('Pulsar', '1')
from gi.repository import Gio, GLib, Pulsar  # noqa: E402


class Connection:
    """Stands for what closes with the last reference to it."""


async def load(connection, path, catch):
    """Keeps the connection as long as it lives."""
    try:
        await Pulsar.call(Gio.File.new_for_path(path).load_contents_async)
    except GLib.Error:
        if not catch:
            raise
    return connection is not None


class TestCoroutines(unittest.TestCase):
    def setUp(self):
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)

    def is_given_back(self, path, catch=False):
        connection = Connection()
        alive = weakref.ref(connection)
        task = Pulsar.Task(load(connection, path, catch))
        del connection
        while not task.done():
            GLib.MainContext.default().iteration(True)
        failed = None
        try:
            self.assertTrue(task.result())
        except GLib.Error as error:
            failed = error.message
        del task
        return alive() is None, failed

    def test_end(self):
        self.assertEqual(self.is_given_back('/dev/null'), (True, None))

    def test_caught_exception(self):
        self.assertEqual(self.is_given_back('/nobody', catch=True), (True, None))

    def test_exception(self):
        given_back, failed = self.is_given_back('/nobody')
        self.assertTrue(given_back)
        self.assertIn('/nobody', failed)


if __name__ == '__main__':
    unittest.main()
