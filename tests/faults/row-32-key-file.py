# SPDX-License-Identifier: LGPL-2.1-or-later
import pathlib
import re
import tempfile
import time

from fault import fault

# What is wrong: the contents, and what the message has besides the name of the file.
DAMAGES = {
    'garbage': (bytes(range(256)) * 4, r':1: .*NUL byte'),
    'NUL bytes': (b'[pulsar]\nworkers=1\n\0\0\n', r':3: .*NUL byte'),
    '10 MB': (b'[pulsar]\n' + b'# a comment\n' * 900_000, r': .*too large.*at most 4 M'),
    'line ends of Windows': (b'\xef\xbb\xbf[pulsar]\r\nworkers=1\r\n', r':1: .*byte order mark'),
    'a wrong type': (b'[pulsar]\nworkers=some\n', r':2: \[pulsar\] workers: “some” is not a whole number; allowed: '),
    'an unknown key': (b'[pulsar]\nwrokers=1\n', r':2: \[pulsar\] wrokers: .*did you mean “workers”'),
    'an unknown group': (b'[plusar]\nworkers=1\n', r':1: \[plusar\]: .*did you mean “\[pulsar\]”'),
    'a group twice': (b'[pulsar]\nworkers=1\n[params]\n[pulsar]\n', r':4: \[pulsar\]: .*in line 1'),
}


def refused(row, name, *options, **keywords):
    """What a program says that does not start."""
    started = time.monotonic()
    victim = row.start(name, *options, **keywords)
    victim.over(78)
    row.took('refused', time.monotonic() - started, at_most=0.2)
    assert not victim.count('Listening on|is ready after'), victim.seen
    return '\n'.join(victim.seen)


@fault()
def damaged(row):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, 'test.conf')
        for what, (contents, wanted) in DAMAGES.items():
            path.write_bytes(contents)
            said = refused(row, 'echo', f'--config={path}')
            assert re.search(re.escape(str(path)) + wanted, said), f'{what}: {said}'
    return ', '.join(DAMAGES) + ': status 78, with the file, the line unless the file is too large, and what is right; nothing was started'


@fault('the main application is missing')
def no_main(row):
    said = refused(row, 'app', env={'APP_MAIN': 'multi-no-main'})
    assert 'no main application' in said, said
    return 'status 78, with what to call; nothing was started'
