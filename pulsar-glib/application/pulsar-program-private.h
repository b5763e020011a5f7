/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/application/pulsar-configurator.h>
#include <pulsar-glib/application/pulsar-program.h>

G_BEGIN_DECLS

/* Runs the program of @configurator in this process, as the arbiter or as the worker it was made to be. Returns the exit status. */
int   pulsar_program_run        (PulsarConfigurator *configurator);

/* The file of the program, or NULL. */
char *pulsar_program_dup_script (void);

/* Whether workers of this process will find their way: it runs, or called pulsar_worker_main (). */
gboolean pulsar_program_is_prepared (void);

G_END_DECLS
