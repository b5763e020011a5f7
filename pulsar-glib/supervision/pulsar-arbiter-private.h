/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-directory-private.h>
#include <pulsar-glib/process/pulsar-recipe-private.h>
#include <pulsar-glib/supervision/pulsar-arbiter.h>
#include <pulsar-glib/supervision/pulsar-hello-private.h>
#include <pulsar-glib/supervision/pulsar-monitor-private.h>

G_BEGIN_DECLS

/* @error is NULL on success and else stays the caller's. Not called if the arbiter is ended before. */
typedef void (*PulsarArbiterDone) (PulsarArbiter *arbiter,
                                   const GError  *error,
                                   gpointer       user_data);

/* Becomes the root of the tree: finds out how to execute the program again and runs the starting hook. @config has the globals, and
 * is what spawned actors get. */
void             pulsar_arbiter_begin            (PulsarArbiter     *self,
                                                  PulsarConfig      *config,
                                                  const char        *log_name,
                                                  PulsarArbiterDone  done,
                                                  gpointer           user_data);

/* Ends the tree: listeners first, then the monitors in reverse order, the spawned actors and the arbiter itself. @cause, which may be
 * NULL, is why; the first one is kept. Whoever waits for the end watches the state. A second call gives it no more time. */
void             pulsar_arbiter_end              (PulsarArbiter     *self,
                                                  const GError      *cause);

/* Ends one monitor; the last one takes the arbiter with it. @done (may be NULL) is called when it is gone. */
void             pulsar_arbiter_end_monitor      (PulsarArbiter     *self,
                                                  PulsarMonitor     *monitor,
                                                  PulsarMonitorDone  done,
                                                  gpointer           user_data);

/* The monitor is in the tree from here until it ended. */
void             pulsar_arbiter_add_monitor      (PulsarArbiter     *self,
                                                  PulsarMonitor     *monitor);

/* Opens the log files again, here and in all workers. */
void             pulsar_arbiter_reopen_log       (PulsarArbiter     *self);

PulsarDirectory *pulsar_arbiter_get_directory    (PulsarArbiter     *self);
PulsarRecipe    *pulsar_arbiter_get_recipe       (PulsarArbiter     *self);
const GError    *pulsar_arbiter_get_recipe_error (PulsarArbiter     *self);
const char      *pulsar_arbiter_get_log_name     (PulsarArbiter     *self);

/* The monitor of the main application, of the first one if that is gone, or NULL. */
PulsarMonitor   *pulsar_arbiter_get_main_monitor (PulsarArbiter     *self);

/* Why the tree ended, or NULL if somebody just asked for it. */
const GError    *pulsar_arbiter_get_cause        (PulsarArbiter     *self);

/* The arbiter of this process that has begun and not ended, or NULL. */
PulsarArbiter   *pulsar_arbiter_get_active       (void);

/* Adds `spawn` and the gathering form of `info` to the commands. */
void             pulsar_arbiter_install_commands (void);

/* Starts an actor that was asked for: the start of an answer to @request, or the end of it. */
void             pulsar_arbiter_spawn            (PulsarArbiter     *self,
                                                  PulsarRequest     *request,
                                                  const char        *type_name,
                                                  const char        *name,
                                                  GVariant          *parameters);

G_END_DECLS
