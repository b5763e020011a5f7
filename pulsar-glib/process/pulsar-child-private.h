/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "pulsar-glib/process/pulsar-exit-record.h"
#include "pulsar-glib/process/pulsar-recipe-private.h"

G_BEGIN_DECLS

#define PULSAR_TYPE_CHILD (pulsar_child_get_type ())
G_DECLARE_FINAL_TYPE (PulsarChild, pulsar_child, PULSAR, CHILD, GObject)

/* Signal "exited" (PulsarChild *, PulsarExitRecord *): once, in the thread-default context of the spawn, when the process
 * was reaped. What it wrote into its mailbox before may still be unread then. */

/* Executes @recipe as a worker. @fds are lent; the child has them as descriptors 4, 5, … and its mailbox as 3; standard
 * input is empty, standard output and error are the two of @output_fds (lent), or shared with us if that is NULL; nothing else
 * is inherited. @environ_overrides are "NAME=value" to
 * set and "NAME" to unset. @mailbox_fd takes our end of the mailbox, close-on-exec. Call it in the main thread only: the
 * kernel sends the death signal of a child when the *thread* that made it ends.
 * Errors are G_SPAWN_ERROR and name the program and the errno; START for too many descriptors, NOT_PREPARED on another thread. */
PulsarChild      *pulsar_child_spawn              (PulsarRecipe        *recipe,
                                                   const int           *fds,
                                                   guint                n_fds,
                                                   const int           *output_fds,
                                                   const char * const  *environ_overrides,
                                                   int                 *mailbox_fd,
                                                   GError             **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether trying again later makes sense (no process, memory or descriptor to be had; program being written), or the
 * error will come again each time (not there, not allowed, no program). */
gboolean          pulsar_child_error_is_temporary (const GError        *error);

/* The worker is process @pid, which is not the one that was executed when that is a wrapper: signals go there too from now on, and
 * it does not outlive the wrapper. Returns whether that is new. */
gboolean          pulsar_child_set_worker_pid     (PulsarChild         *self,
                                                   int                  pid);

/* The process id of the worker, as far as it is known; stays after the end. */
int               pulsar_child_get_pid            (PulsarChild         *self);

/* When the process was started, in microseconds of the monotonic clock. */
gint64            pulsar_child_get_started        (PulsarChild         *self);

/* NULL while the process is alive. */
PulsarExitRecord *pulsar_child_get_exit_record    (PulsarChild         *self);

/* Sends @signal_number to the process group of the child; no effect after the end. */
void              pulsar_child_signal             (PulsarChild         *self,
                                                   int                  signal_number);

/* Says why the process is about to be ended, before the signal or the stop frame; the last word holds. */
void              pulsar_child_expect             (PulsarChild         *self,
                                                   PulsarExitReason     reason);

G_END_DECLS
