# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import time

from fault import Skip, as_nobody, fault, text


def refuse(row, status, wanted, *options, prefix=()):
    """It ends before it listens, and before it starts a process."""
    started = time.monotonic()
    victim = row.start('victim', *options, prefix=prefix)
    victim.over(status)
    row.took('refused', time.monotonic() - started, at_most=0.2)
    said = [line for line in victim.seen if all(word in line for word in wanted)]
    assert len(said) == 1, (wanted, victim.seen)
    assert not victim.count('Listening on|is ready after'), victim.seen
    return f'status {status}, names {", ".join(wanted)}'


@fault('no such user, no such group')
def unknown(row):
    return (refuse(row, 78, ['--user', 'no user “no-such-user”'], '--bind=127.0.0.1:0', '--user=no-such-user') + '; '
            + refuse(row, 78, ['--group', 'no group “no-such-group”'], '--bind=127.0.0.1:0', '--group=no-such-group'))


@fault('nobody may not become another user')
def not_allowed(row):
    return refuse(row, 77, ['“user”', '“root”', 'CAP_SETUID'], '--bind=127.0.0.1:0', '--user=root', prefix=as_nobody('victim'))


@fault('root without CAP_SETUID')
def half_a_right(row):
    """Nor does it serve as root then."""
    if os.geteuid() != 0:
        raise Skip('only root has capabilities to lose')
    return refuse(row, 77, ['“user”', '“nobody”', 'CAP_SETUID'], '--bind=127.0.0.1:0', '--user=nobody',
                  prefix=['setpriv', '--bounding-set=-setuid', '--inh-caps=-setuid'])


@fault('a port of root')
def port(row):
    if int(text('/proc/sys/net/ipv4/ip_unprivileged_port_start')) <= 80:
        raise Skip('any user may listen on port 80 here')
    return refuse(row, 77, ['127.0.0.1:80', 'Permission denied'], '--bind=127.0.0.1:80', prefix=as_nobody('victim'))
