/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/log/pulsar-log-private.h>

G_BEGIN_DECLS

/* What a worker prints, on its way into the log. */
typedef struct _PulsarOutput PulsarOutput;

/* Makes the two pipes; @write_fds takes the ends of the worker, its standard output and its standard error, close-on-exec. NULL if
 * there is no descriptor to be had. */
PulsarOutput *pulsar_output_new    (int                  *write_fds) G_GNUC_WARN_UNUSED_RESULT;

/* Reads from now on, in the thread-default context. @peer is copied, and says what the lines are called. */
void          pulsar_output_begin  (PulsarOutput         *self,
                                    const PulsarLogPeer  *peer);

/* It turned out to be another process. */
void          pulsar_output_set_pid (PulsarOutput        *self,
                                     int                  pid);

/* Once the worker is gone: logs what it still wrote, waits for nobody who has the pipes too, and closes them. Returns the last lines of
 * the standard error. */
char        **pulsar_output_finish (PulsarOutput         *self) G_GNUC_WARN_UNUSED_RESULT;

void          pulsar_output_free   (PulsarOutput         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarOutput, pulsar_output_free)

G_END_DECLS
