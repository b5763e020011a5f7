# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the rows share: programs that are harmed, clients that notice, and what must hold after all of it. See README.md."""

import collections
import ctypes
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'settings'))
import effect  # noqa: E402
from effect import DEADLINE_S, PROGRAMS, Skip, children, facts, text, wait_gone  # noqa: E402,F401

PR_SET_CHILD_SUBREAPER = 36
RSS_GROWTH = 1 << 20  # a thousand restarts
FORBIDDEN = re.compile(r'-(WARNING|CRITICAL|ERROR) \*\*|SIGTRAP|Sanitizer|runtime error:|^==\d+==|^leak of descriptors')
READY = re.compile(r'Worker “(\S+)” \[(\d+)\] is ready after ([\d.]+) (ms|s|min)')

CASES = []  # of the row that this process runs


def fault(case='', promised=None):
    """Makes a function one case of the row that the file is called after. It gets a Row, does harm, looks, and returns the outcome in
    words that are the same in every run; what differs from run to run (times, counts) goes to Row.took () and Row.note ()."""
    def add(function):
        CASES.append((case, promised, function))
        return function
    return add


class Line(str):
    """A line that a program printed; `at` is when it was read."""

    at = 0.0


class Row:
    """One run of a case."""

    def __init__(self):
        self.figures = []  # (what, text, kept or None)
        self.times = {}
        self.victims = []

    def took(self, what, seconds, at_most=None):
        """Notes a time, the longest if there are several, and whether the promise, in seconds, is kept; that is judged with STRICT=1 alone."""
        known = self.times.get(what)
        if known is not None and known >= seconds:
            return known
        self.times[what] = seconds
        self.figures = [figure for figure in self.figures if figure[0] != what]
        shown = f'{seconds * 1000:.1f} ms' if seconds < 1 else f'{seconds:.2f} s'
        self.figures.append((what, shown, None if at_most is None else seconds <= at_most))
        return seconds

    def note(self, what, value, kept=None):
        """Notes another figure that differs from run to run."""
        self.figures.append((what, str(value), kept))

    def start(self, name, *options, **keywords):
        """Starts a program; what must hold after its end is looked at when the case is over."""
        victim = Victim(name, *options, **keywords)
        self.victims.append(victim)
        return victim

    def finish(self):
        """The case went well so far: ends the programs and looks at what they leave."""
        for victim in self.victims:
            victim.finish()
        check_children()

    def clean_up(self):
        """Leaves nothing, however the case went."""
        for victim in self.victims:
            victim.__exit__(RuntimeError, None, None)
        end_children()

    def last_lines(self):
        """What the programs said, for somebody who looks for what went wrong."""
        return '\n'.join('\n'.join([f'-- {" ".join(victim.process.args)}', *victim.seen[-60:]]) for victim in self.victims)


class Victim(effect.Program):
    """A program that is harmed. It may only use its own folder, and with G_DEBUG=fatal-warnings no warning goes unseen."""

    def __init__(self, name, *options, env=None, **keywords):
        self.is_over = False
        self.check_descriptors = True
        self.base = None
        self.left = set()      # names in the folder that may be left behind
        self.addresses = []    # where it listened
        self.arbiter = None    # where it is not the process that was started
        super().__init__(name, *options, env={'G_DEBUG': 'fatal-warnings', **(env or {})}, **keywords)

    def _environment(self):
        home = os.path.join(self.folder, 'home')
        for path in (home, os.path.join(self.folder, 'run')):
            os.mkdir(path, 0o700)
        return {'VICTIM_DIR': self.folder, 'HOME': home, 'TMPDIR': self.folder,
                'XDG_RUNTIME_DIR': os.path.join(self.folder, 'run'), 'XDG_CONFIG_HOME': home}

    def _read(self):
        for data in self.process.stdout:
            line = Line(data.decode('utf-8', 'replace').rstrip('\n'))
            line.at = time.monotonic()
            self.lines.put(line)
        self.lines.put(None)

    # Events.

    def ready(self, n_workers=1):
        """Waits for so many workers to become ready; returns {slot: pid}, and remembers the state for the end at the first call."""
        slots = {}
        for _ in range(n_workers):
            match = self.expect(READY)
            slots[match[1]] = int(match[2])
        if self.base is None:
            self.base = (self.descriptors(), self.resident())
        return slots

    def replaced(self, since=None):
        """Waits for one worker to become ready; returns (slot, pid, seconds from `since` to the fork, and to being ready)."""
        match = self.expect(READY)
        now = match.string.at
        until_ready = float(match[3]) * {'ms': 0.001, 's': 1, 'min': 60}[match[4]]
        since = now if since is None else since
        return match[1], int(match[2]), max(0.0, now - until_ready - since), now - since

    def ended(self, slot=r'\S+'):
        """Waits for the line that tells of the end of a worker; returns (slot, pid, how, what follows)."""
        match = self.expect(rf'Worker “({slot})” \[(\d+)\] (?:was ended by signal|ended with) (SIG\w+|status \d+) [^;]*?(; it is .*)$')
        return match[1], int(match[2]), match[3], match[4].removeprefix('; it is ')

    def lines_after(self, line, n_lines):
        """The lines that follow a line, once they are there."""
        wait_until(lambda: len(self.seen) + self.lines.qsize() >= self.seen.index(line) + 1 + n_lines)
        while len(self.seen) < self.seen.index(line) + 1 + n_lines:
            self.seen.append(self.lines.get())
            self.waiting.append(self.seen[-1])
        at = self.seen.index(line) + 1
        return self.seen[at:at + n_lines]

    def port(self):
        port = super().port()
        self.addresses.append(('127.0.0.1', port))
        return port

    # State.

    def supervisor(self):
        return self.arbiter or self.pid

    def descriptors(self):
        """What the arbiter has open."""
        links = []
        for entry in pathlib.Path(f'/proc/{self.supervisor()}/fd').iterdir():
            try:
                links.append(re.sub(r'\d+', 'N', os.readlink(entry)))
            except FileNotFoundError:
                pass
        return collections.Counter(links)

    def resident(self):
        """The resident memory of the arbiter, in bytes."""
        return int(facts(self.supervisor())['VmRSS'].split()[0]) * 1024

    def files(self):
        return {str(path.relative_to(self.folder)) for path in pathlib.Path(self.folder).rglob('*')} - {'home', 'run', 'gate'}

    def put(self, name, contents):
        """Makes a file of the test's own in the folder of the program, which may stay there."""
        path = pathlib.Path(self.folder, name)
        path.write_text(contents, encoding='utf-8')
        self.left.add(name)
        return path

    # The end.

    def check_settled(self):
        """The arbiter has what it had when it began: descriptors to the last one, and its memory."""
        if self.base is None or not self.check_descriptors:
            return
        wait_until(lambda: self.descriptors().total() == self.base[0].total(), lambda:
                   f'descriptors at the start {dict(self.base[0])}, now {dict(self.descriptors())}')
        n_restarts = self.count(READY)
        growth = self.resident() - self.base[1]
        assert growth <= RSS_GROWTH * max(1.0, n_restarts / 1000), f'the arbiter grew by {growth} bytes, {n_restarts} workers'

    def over(self, status=0):
        """Waits for the end, which has to have this status."""
        found = self.wait()
        self.is_over = True
        assert found == status, f'ended with {found}, not {status}'
        self._check_left()

    def finish(self):
        if not self.is_over:
            self.check_settled()
            self.signal(signal.SIGTERM, self.supervisor())
            self.over()

    def _check_left(self):
        bad = [line for line in self.seen if FORBIDDEN.search(line)]
        assert not bad, 'lines that must not be: ' + '\n'.join(bad)
        for address in self.addresses:
            with socket.socket() as client:
                assert client.connect_ex(address) != 0, f'somebody still listens on {address}'
        files = self.files() - self.left
        assert not files, f'files left behind: {sorted(files)}'


def wait_until(condition, describe=lambda: ''):
    """For what gives no event; the time between two looks grows to 50 ms."""
    deadline, pause = time.monotonic() + DEADLINE_S, 0.001
    while not condition():
        assert time.monotonic() < deadline, describe() or 'it never came to be'
        time.sleep(pause)
        pause = min(0.05, pause * 1.5)


# No process may be left, wherever in the tree and whatever its session: those whose parents died come to this one.

def adopt_orphans():
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def describe_process(pid):
    try:
        return f"{pid} {text(f'/proc/{pid}/cmdline')}".replace('\0', ' ').strip()
    except OSError:
        return str(pid)


def reap():
    """Collects dead children; returns the living."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return children(os.getpid())
        except ChildProcessError:
            return []


def check_children():
    """A process that was killed may need a moment to be gone, one that was not has none."""
    alive = {pid: os.pidfd_open(pid) for pid in reap()}
    try:
        for pid, descriptor in alive.items():
            command = describe_process(pid)
            assert select.select([descriptor], [], [], 5)[0], f'left behind: {command}'
    finally:
        for descriptor in alive.values():
            os.close(descriptor)
    reap()


def end_children():
    while pids := reap():
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


# Other users and limits.

NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all']


def as_nobody(program):
    """The words in front of a command that make it one of the user nobody; of the present user where that is not root."""
    if os.getuid() != 0:
        return []
    if subprocess.run([*NOBODY, 'test', '-x', PROGRAMS[program][0]], check=False).returncode != 0:
        raise Skip('the user “nobody” cannot execute the program here')
    return NOBODY


def set_limit(pid, what, value, prefix=()):
    """Sets the soft limit of a process of the user that the prefix makes one of."""
    subprocess.run([*prefix, 'prlimit', f'--pid={pid}', f'--{what}={value}:'], check=True)


def in_namespaces(script, *kinds):
    """The words in front of a command that run it after a script in namespaces of its own, if only those of mounts."""
    prefix = ['unshare', '--mount', *kinds, 'sh', '-c', f'{script} && exec "$@"', 'sh']
    if os.geteuid() != 0 or subprocess.run([*prefix, 'true'], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise Skip('nobody but root makes namespaces, and not everywhere')
    return prefix


def soft_limit(pid, what):
    line = next(line for line in text(f'/proc/{pid}/limits').splitlines() if line.startswith(what))
    return line[len(what):].split()[0]


# Clients.

class Client:
    """A connection to a victim."""

    def __init__(self, port, host='127.0.0.1'):
        self.socket = socket.create_connection((host, port), timeout=DEADLINE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile('rb')

    def ask(self, line):
        self.socket.sendall(line.encode() + b'\n')
        return self.read()

    def read(self):
        """A line; raises ConnectionResetError where the connection ends instead."""
        answer = self.file.readline()
        if not answer.endswith(b'\n'):
            raise ConnectionResetError('closed')
        return answer.decode().rstrip('\n')

    def act(self, action):
        """Has its worker do harm to itself."""
        answer = self.ask('do ' + action)
        assert answer == 'doing ' + action, answer

    def is_closed(self):
        """Waits for the other end to close it; false if something else comes."""
        try:
            return self.file.readline() == b''
        except ConnectionResetError:
            return True

    def close(self):
        self.file.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def client_of(port, pid):
    """A client whose connection that worker has."""
    others = []
    try:
        for _ in range(1000):
            client = Client(port)
            if int(client.ask('pid')) == pid:
                return client
            others.append(client)
    finally:
        for other in others:
            other.close()
    raise AssertionError(f'worker {pid} takes no connection')


class Load:
    """Clients in threads that ask until `stop ()`, each on one connection; one that breaks is counted for the worker that had it, and
    replaced. One that cannot connect is `refused`. `pids` are workers that shall have as many of them each, at first; `pause` is the time
    in seconds between two questions."""

    def __init__(self, port, n_clients=8, pids=(), pause=0.0):
        self.port = port
        self.pause = pause
        self.is_stopping = False
        self.answers = collections.Counter()  # worker → answers
        self.broken = collections.Counter()   # worker → connections
        self.refused = 0
        self.wrong = 0
        self.lock = threading.Lock()
        clients = [client_of(port, pids[i % len(pids)]) if pids else None for i in range(n_clients)]
        self.threads = [threading.Thread(target=self._run, args=[client], daemon=True) for client in clients]
        for thread in self.threads:
            thread.start()

    def _run(self, client):
        while not self.is_stopping:
            pid = 0
            try:
                with client or Client(self.port) as client:
                    pid = int(client.ask('pid'))
                    self._ask(client, pid)
            except ConnectionRefusedError:
                with self.lock:
                    self.refused += 1
                time.sleep(0.01)
            except (ConnectionResetError, BrokenPipeError, ValueError):
                with self.lock:
                    self.broken[pid] += 1
            client = None

    def _ask(self, client, pid):
        number = 0
        while not self.is_stopping:
            number += 1
            answer = client.ask(f'request {number}')
            if answer == 'BYE':
                return
            with self.lock:
                self.answers[pid] += 1
                self.wrong += answer != f'request {number}'
            if self.pause:
                time.sleep(self.pause)

    def wait_answers(self, n_more, pid=None):
        """Waits for so many more answers, of one worker or of all."""
        def count():
            return self.answers[pid] if pid else sum(self.answers.values())
        goal = count() + n_more
        wait_until(lambda: count() >= goal, lambda: f'{goal} answers never came: {self.answers}')

    def stop(self):
        self.is_stopping = True
        for thread in self.threads:
            thread.join(DEADLINE_S)
            assert not thread.is_alive(), 'a client never got its answer'
