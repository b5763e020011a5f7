# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program

LEVELS = ['message', 'info', 'debug']


def logged(*options, env=None):
    """What a worker logs of a message of each level in two domains."""
    with Program('app', *options, env=env) as program:
        name, _ = program.worker()
        for domain in 'Shop', 'Shop-Till', 'Shopping':
            for level in LEVELS:
                program.ask(name, 'do', f"('log:{level}:{domain}:a {level} in {domain}',)")
                program.expect('^logged')
        return {f'{domain}:{level}' for domain in ('Shop', 'Shop-Till', 'Shopping') for level in LEVELS
                if program.count(rf'\] \S+: {domain}: a {level} in {domain}$')}


def effect():
    every = {f'{domain}:{level}' for domain in ('Shop', 'Shop-Till', 'Shopping') for level in LEVELS}
    messages = {entry for entry in every if entry.endswith('message')}
    assert logged() == messages
    assert logged('--log-level=warning') == set()
    assert logged('--log-level=none') == set()
    assert logged('--log-level=debug') == every
    assert logged('--log-level=notice,Shop:debug') == messages | {e for e in every if not e.startswith('Shopping')}
    assert logged('--log-level=Shop:none') == {'Shopping:message'}
    assert logged('--log-level=Shop:none,Shop-Till:info') == {'Shopping:message', 'Shop-Till:message', 'Shop-Till:info'}
    shown = logged(env={'G_MESSAGES_DEBUG': 'Shopping'})  # GLib looks for the domain anywhere in it, so “Shop” is found, too
    assert shown >= messages | {'Shopping:info', 'Shopping:debug'} and 'Shop-Till:debug' not in shown

    with Program('app') as program:
        name, _ = program.worker()
        answer = program.answer(program.ask('app', 'config', "('set', 'log-level', just <['debug']>)"))
        assert 'error' not in answer, answer
        program.ask(name, 'do', "('log:debug:Shop:from now on',)")
        program.expect(r' app\.1\[\d+\] debug: Shop: from now on$')
