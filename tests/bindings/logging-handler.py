# SPDX-License-Identifier: LGPL-2.1-or-later
"""Python's logging module in the log of a program: run by itself it is the test, with TILL in its environment the program."""

import json
import logging
import os
import subprocess
import sys

import gi
gi.require_version('Pulsar', '1')
from gi.repository import GLib, Pulsar  # noqa: E402


class Till(Pulsar.Application):
    def do_worker_start(self, worker, hook):
        logger = logging.getLogger('till.drawer')
        logger.debug('not %s', 'wanted')
        logger.info('sold %d apples', 3)
        logger.warning('\udcff and \0')
        try:
            raise ValueError('broken')
        except ValueError:
            logger.exception('it happened')
        logger.info('%d', 'no number')  # a mistake is told on the standard error, and no more
        self.log(GLib.LogLevelFlags.LEVEL_MESSAGE, 'by itself')
        Pulsar.Arbiter.get_default().stop()


def main():
    result = subprocess.run([sys.executable, __file__, '--log-handlers=json', '--log-level=till:info', '--workers=0'], check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ, TILL='1'), timeout=60)
    assert result.returncode == 0, result.stdout.decode()
    lines = result.stdout.decode().splitlines()
    records = [json.loads(line) for line in lines if line.startswith('{')]
    till = [record for record in records if record.get('domain') == 'till.drawer']
    assert [record['level'] for record in till] == ['info', 'warning', 'error'], '\n'.join(lines)
    assert till[0]['message'] == 'sold 3 apples' and till[1]['message'] == '? and \ufffd', till
    assert till[2]['message'].startswith('it happened\nTraceback') and 'ValueError: broken' in till[2]['message'], till
    assert all(record['code_file'] == os.path.abspath(__file__) or record['code_file'] == __file__ for record in till), till
    assert all(record['code_func'] == 'do_worker_start' and isinstance(record['code_line'], int) for record in till), till
    assert any('--- Logging error ---' in line for line in lines)
    assert any(record['message'] == 'by itself' for record in records)


if 'TILL' in os.environ:
    logging.basicConfig(level=logging.DEBUG, handlers=[Pulsar.LogHandler()])
    sys.exit(Till(name='till').run(sys.argv))
main()
