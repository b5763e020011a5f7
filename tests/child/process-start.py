# SPDX-License-Identifier: LGPL-2.1-or-later
import ctypes
import os
import sys

early = len(sys.argv) > 1 and sys.argv[1] == 'early'
if early:
    os.chdir(sys.argv[2])
shim = ctypes.CDLL(os.environ['PULSAR_TEST_SHIM'])
if not early and len(sys.argv) > 1:
    os.chdir(sys.argv[2])
report = '%r %r in %s prefix %s' % (getattr(sys, 'orig_argv', None), sys.argv, os.getcwd(), sys.prefix)
status = shim.process_shim_run(report.encode())
sys.exit(status)
