/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A program that can be executed again, in any language that can call this. As arbiter it prints "arbiter " and @report,
 * starts itself once as a worker and prints "worker " and what that one reports; returns the exit status. With
 * PULSAR_TEST_WAIT in the environment it first prints "waiting" and waits for a byte on standard input. */
__attribute__ ((visibility ("default")))
int process_shim_run (const char *report);

G_END_DECLS
