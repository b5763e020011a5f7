# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import signal

from fault import Load, fault, in_namespaces


def serve(row, program, env=None, prefix=()):
    """It starts, serves, replaces a worker and stops as everywhere else, and says nothing of where it is."""
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=2', '--log-level=info', env=env, prefix=prefix)
    port = victim.port()
    pid = victim.ready(2)['victim.1']
    load = Load(port, 2, pause=0.005)
    load.wait_answers(20)
    os.kill(pid, signal.SIGKILL)
    victim.replaced()
    load.wait_answers(20)
    load.stop()
    n_complaints = victim.count(r'\] (warning|error): (?!Worker)')
    return f'starts, serves, replaces a worker; {n_complaints} complaints; {load.broken.total() - load.broken[pid]} connections of others broke'


@fault('no home, no runtime folder: C')
def nowhere_in_c(row):
    return nowhere(row, 'victim')


@fault('no home, no runtime folder: Python')
def nowhere_in_python(row):
    return nowhere(row, 'victim-python')


def nowhere(row, program):
    return serve(row, program, {name: '/nonexistent' for name in ('HOME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME',
                                                                   'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'TMPDIR')})


@fault('their variables unset')
def unset(row):
    names = ('HOME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'TMPDIR', 'USER', 'LOGNAME', 'PATH', 'LANG', 'LC_ALL')
    return serve(row, 'victim', prefix=['env', *(word for name in names for word in ('-u', name))])


@fault('a root that is read-only: C')
def read_only_in_c(row):
    return serve(row, 'victim', prefix=read_only())


@fault('a root that is read-only: Python')
def read_only_in_python(row):
    return serve(row, 'victim-python', prefix=read_only())


def read_only():
    """No folder can be written to, those of the program included."""
    return in_namespaces('mount --make-rprivate / && mount --bind / / && cd / && mount -o remount,bind,ro / && ! touch /x 2>/dev/null'
                         ' && ! touch "$TMPDIR/x" 2>/dev/null')
