# SPDX-License-Identifier: LGPL-2.1-or-later
import time

from fault import fault


def fail(row, program, action, words):
    started = time.monotonic()
    victim = row.start(program, '--bind=127.0.0.1:0', '--workers=4', '--worker-output=log', env={'VICTIM_START': action})
    port = victim.port()
    status = victim.wait()
    row.took('ended', time.monotonic() - started, 2)
    text = '\n'.join(victim.seen)
    assert words in text, text
    victim.over(status)
    assert port and status != 0
    return f'status {status}, “{words}”'


@fault('a hook fails: C')
def hook_in_c(row):
    return fail(row, 'victim', 'fail there is no database', 'could not start: there is no database')


@fault('a hook fails: Python')
def hook_in_python(row):
    return fail(row, 'victim-python', 'fail there is no database', 'could not start: RuntimeError: there is no database')


@fault('the worker ends: C')
def end_in_c(row):
    return fail(row, 'victim', 'last-words 1', 'last words 1')


@fault('the worker ends: Python')
def end_in_python(row):
    return fail(row, 'victim-python', 'last-words 1', 'last words 1')


@fault('the worker crashes')
def crash(row):
    return fail(row, 'victim', 'signal 11', 'ended before it was ready: was ended by signal SIGSEGV')
