# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the effect tests share: programs that run with a setting and are looked at. See README.md."""

import collections
import contextlib
import os
import pathlib
import queue
import re
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time

DEADLINE_S = 60
PROGRAMS = {}  # name → command: “app” is tests/child/app.c, “echo” the example; run-effects fills it


THREAD = threading.local()  # its n_programs: how many this thread started


class Skip(Exception):
    """This machine cannot show the effect; the text says why."""


class Program:
    """A program started with options. Its lines, standard output and log alike, are events to wait for."""

    def __init__(self, name, *options, env=None, prefix=(), **kwargs):
        self.folder = tempfile.mkdtemp(prefix='effect-')
        os.chmod(self.folder, 0o755)
        self.gate = os.path.join(self.folder, 'gate')
        os.mkfifo(self.gate)
        environment = {key: value for key, value in os.environ.items() if not key.startswith('PULSAR_')}
        environment.update({'APP_DIR': self.folder, 'LC_ALL': 'C.UTF-8', **self._environment(), **(env or {})})
        self.process = subprocess.Popen([*prefix, *PROGRAMS[name], *options], env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
        self.pid = self.process.pid
        THREAD.n_programs = getattr(THREAD, 'n_programs', 0) + 1
        self.seen = []
        self.lines = queue.Queue()
        self.waiting = collections.deque()
        threading.Thread(target=self._read, daemon=True).start()
        self.n_asked = 0

    def _environment(self):
        """What else is in the environment of such a program."""
        return {}

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode('utf-8', 'replace').rstrip('\n'))
        self.lines.put(None)

    def expect(self, pattern):
        """Waits for a line in which the regular expression is found, takes it, and returns the match."""
        deadline = time.monotonic() + DEADLINE_S
        for line in list(self.waiting):
            match = re.search(pattern, line)
            if match:
                self.waiting.remove(line)
                return match
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f'no line “{pattern}” in:\n' + '\n'.join(self.seen)) from None
            if line is None:
                self.lines.put(None)
                raise AssertionError(f'the program ended before a line “{pattern}”:\n' + '\n'.join(self.seen))
            self.seen.append(line)
            match = re.search(pattern, line)
            if match:
                return match
            self.waiting.append(line)

    def count(self, pattern):
        """How many lines with the pattern were read so far, whether they were taken or not."""
        return sum(re.search(pattern, line) is not None for line in self.seen)

    def worker(self):
        """Waits for a worker of “app” to become ready: (name, pid)."""
        match = self.expect(r'^ready (\S+) (\d+)$')
        return match[1], int(match[2])

    def port(self):
        """Waits for a server to listen on a port of 127.0.0.1."""
        return int(self.expect(r'Listening on 127\.0\.0\.1:(\d+)')[1])

    def workers(self):
        """The processes of the workers, now."""
        return children(self.pid)

    def send(self, line):
        """A command for the arbiter of “app”."""
        self.process.stdin.write(line.encode() + b'\n')
        self.process.stdin.flush()

    def ask(self, target, command, arguments='()'):
        """Asks an actor of “app” for a command; returns the tag for answer ()."""
        self.n_asked += 1
        tag = f't{self.n_asked}'
        self.send(f'ask {tag} {target} {command} "{arguments}"')
        return tag

    def answer(self, tag):
        """Waits for the answer: the value as text, or the error."""
        return self.expect(rf'^answer {tag} (.*)$')[1]

    def signal(self, signum, pid=None):
        os.kill(pid or self.pid, signum)

    def freeze(self, pid):
        """Stops a process, and waits until all of it stands still. `signal (SIGCONT, pid)` lets it go on."""
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: of_threads(pid, lambda thread: facts(f'{pid}/task/{thread}')['State'][0]) == {'T'})

    def wait(self):
        """Waits for the end; returns the status, which is negative for a signal."""
        while True:
            line = self.lines.get(timeout=DEADLINE_S)
            if line is None:
                break
            self.seen.append(line)
            self.waiting.append(line)
        self.lines.put(None)
        return self.process.wait(DEADLINE_S)

    def stop(self):
        """Asks the program to end, which has to succeed."""
        self.process.send_signal(signal.SIGTERM)
        status = self.wait()
        assert status == 0, f'it ended with status {status}:\n' + '\n'.join(self.seen)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None and self.process.poll() is None:
                self.stop()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.process.stdin.close()
            shutil.rmtree(self.folder, ignore_errors=True)
        if error is not None and hasattr(error, 'add_note'):
            error.add_note('\n'.join(self.seen))


def children(pid):
    """The children of a process."""
    return [int(child) for task in pathlib.Path(f'/proc/{pid}/task').iterdir()
            for child in (task / 'children').read_text(encoding='ascii').split()]


def wait_gone(pid):
    """Waits for a process that is no child of ours to end; returns the seconds that took."""
    started = time.monotonic()
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return 0.0
    try:
        assert select.select([descriptor], [], [], DEADLINE_S)[0], f'process {pid} lives on'
    finally:
        os.close(descriptor)
    return time.monotonic() - started


def wait_until(condition):
    """Waits for something that no event tells."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, 'it never came to be'
        time.sleep(0.005)


def assert_in_time(started):
    """What took so many rounds that with the default it would have taken longer than any machine is given."""
    took = time.monotonic() - started
    assert took < DEADLINE_S, f'it took {took:.1f} s'


def of_threads(pid, look):
    """What `look` says of each thread of a process that did not end in the meantime."""
    found = set()
    for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found.add(look(int(task.name)))
    return found


def text(path):
    """The contents of a file of /proc."""
    return pathlib.Path(path).read_text(encoding='utf-8', errors='replace')


def facts(pid):
    """What /proc/PID/status says, as a dictionary."""
    return dict(line.split(':\t', 1) for line in text(f'/proc/{pid}/status').splitlines() if ':\t' in line)
