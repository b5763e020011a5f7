# SPDX-License-Identifier: LGPL-2.1-or-later
import re
import time

from fault import fault

# What is wrong: the arguments, and what the message has.
MISTAKES = {
    'an unknown option': (['--frobnicate'], '“--frobnicate”; “--help” lists the options'),
    'a misspelt one': (['--wrokers=3'], '“--wrokers”; did you mean “--workers”'),
    'an abbreviated one': (['--work=3'], '“--work”; did you mean “--workers”'),
    'one given twice': (['--workers=3', '-w', '4'], 'given before; once is allowed'),
    'a value out of range': (['--workers=100000'], '“100000” is out of range; allowed: a whole number from 0 to 4096'),
    'a value of another type': (['--timeout=soon'], '“soon” is not a duration .*; allowed: a duration from'),
    'an empty value': (['--workers='], 'the value is missing; allowed: '),
    'an argument too many': (['more'], '“more”'),
}


@fault()
def refused(row):
    for what, (arguments, wanted) in MISTAKES.items():
        started = time.monotonic()
        victim = row.start('echo', *arguments)
        victim.over(64)
        row.took('refused', time.monotonic() - started, at_most=0.2)
        assert len(victim.seen) == 1 and re.search(wanted, victim.seen[0]), f'{what}: {victim.seen}'
    return ', '.join(MISTAKES) + ': status 64, in one line with what is allowed; nothing was started'
