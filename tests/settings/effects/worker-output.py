# SPDX-License-Identifier: LGPL-2.1-or-later
from effect import Program


def effect():
    for output, shown in ('inherit', True), ('null', False):
        with Program('app', f'--worker-output={output}', '--do=worker-start:print:said') as program:
            program.expect(r'Worker “app\.1” .* is ready')
            tag = program.ask('app.1', 'do', "('log:message:Shop:sold',)")
            program.expect(r' app\.1\[\d+\] notice: Shop: sold$')  # the log is no output
            program.answer(tag)
        assert (program.count('^stdout said$'), program.count('^stderr said$')) == (shown, shown), output
    with Program('app', '--worker-output=log', '--do=worker-start:print:said') as program:
        for stream in 'stdout', 'stderr':
            program.expect(rf' app\.1\[\d+\] notice: {stream}: {stream} said$')
        tag = program.ask('app.1', 'do', "('log:message:Shop:sold',)")
        program.expect(r' app\.1\[\d+\] notice: Shop: sold$')
        program.answer(tag)
    assert program.count('std... said$') == 2 and program.count('Shop: sold$') == 1, program.seen
