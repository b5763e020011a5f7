# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import pathlib
import re
import tempfile

from effect import Program

LINE = r'^\d\d:\d\d:\d\d\.\d{3} app\.1\[\d+\] notice: Shop: sold$'
FULL = r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d app\.1\[\d+\] notice: Shop: sold$'


def effect():
    with tempfile.TemporaryDirectory() as folder:
        log, lines = f'{folder}/log', f'{folder}/lines'
        with Program('app', f'--log-handlers=console,file:{log},json:{lines}') as program:
            name, _ = program.worker()
            program.ask(name, 'do', "('log:message:Shop:sold',)")
            program.expect(LINE)
        assert re.search(FULL, pathlib.Path(log).read_text(encoding='utf-8'), re.MULTILINE)
        records = [json.loads(line) for line in pathlib.Path(lines).read_text(encoding='utf-8').splitlines()]
        assert {'arbiter', 'app.1'} == {record['actor'] for record in records}
        assert 'sold' in {record['message'] for record in records}
    with Program('app', '--log-handlers=json') as program:
        name, _ = program.worker()
        program.ask(name, 'do', "('log:message:Shop:sold',)")
        record = json.loads(program.expect(r'^\{.*"sold".*\}$')[0])
        assert (record['actor'], record['level'], record['domain'], record['application']) == ('app.1', 'notice', 'Shop', 'app')
    with Program('app', '--log-handlers=none') as program:
        name, _ = program.worker()
        program.ask(name, 'do', "('log:message:Shop:sold',)")
        program.expect('^logged')
        assert program.count(r'\[\d+\] \w+: ') == 0
