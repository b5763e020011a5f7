# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import pathlib
import shutil
import signal
import tempfile

from fault import PROGRAMS, fault


def make_programs(folder):
    """{what is wrong: a path that cannot be executed}"""
    text = pathlib.Path(folder, 'text')
    text.write_text('no program at all\n', encoding='ascii')
    text.chmod(0o755)
    forbidden = pathlib.Path(folder, 'forbidden')
    shutil.copy(PROGRAMS['victim'][0], forbidden)
    forbidden.chmod(0o644)
    foreign = pathlib.Path(folder, 'foreign')
    image = bytearray(pathlib.Path(PROGRAMS['victim'][0]).read_bytes())
    image[18:20] = b'\x16\x00'  # e_machine: S390
    foreign.write_bytes(image)
    foreign.chmod(0o755)
    return {'ENOENT': pathlib.Path(folder, 'nothing'), 'EACCES': forbidden, 'ENOEXEC': text, 'ENOEXEC of another machine': foreign}


@fault('at the first start')
def first_start(row):
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        for what, path in make_programs(folder).items():
            victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2', f'--command={path}')
            status = victim.wait()
            victim.over(status)
            errors = [line for line in victim.seen if str(path) in line]
            assert len(errors) == 1, victim.seen
            assert os.strerror({'ENOENT': 2, 'EACCES': 13, 'ENOEXEC': 8}[what.split()[0]]) in errors[0], errors
            outcomes.append(f'{what}: {len(errors)} error with path and reason, status {status}')
    return '; '.join(outcomes)


@fault('while it runs')
def later(row):
    """The program is replaced by something else, and comes back."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, 'program')
        shutil.copy(PROGRAMS['victim'][0], path)
        victim = row.start('victim', '--bind=127.0.0.1:0', '--workers=2', f'--command={path}')
        victim.port()
        workers = victim.ready(2)
        slot, pid = sorted(workers.items())[0]
        path.rename(f'{path}.away')
        os.kill(pid, signal.SIGKILL)
        error = victim.expect(rf'could not be started: .*“{path}”: (.*); trying again')
        assert error[1] == os.strerror(2), error
        pathlib.Path(f'{path}.away').rename(path)
        new_slot, *_ = victim.replaced()
    return f'“{error[1]}” with the path, tried again, and {new_slot} came for {slot} once the program was back'
