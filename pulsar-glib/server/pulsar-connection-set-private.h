/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/server/pulsar-connection.h>

G_BEGIN_DECLS

/* The open connections of one worker. Users may close theirs in any thread; all functions here belong to the thread that made
 * the set, in whose context its sources are. */
typedef struct _PulsarConnectionSet PulsarConnectionSet;

typedef void (*PulsarConnectionSetEmpty) (gpointer user_data);
typedef void (*PulsarConnectionSetRoom)  (gpointer user_data);

/* @keep_alive_us: close connections without traffic for so long; 0: never. */
PulsarConnectionSet *pulsar_connection_set_new            (gint64                     keep_alive_us);

/* The set is full with @max_connections open (0: never). Calls @room from the main context when it was full and is no more. */
void                 pulsar_connection_set_limit          (PulsarConnectionSet       *self,
                                                           guint                      max_connections,
                                                           PulsarConnectionSetRoom    room,
                                                           gpointer                   user_data);
gboolean             pulsar_connection_set_is_full        (PulsarConnectionSet       *self);

/* Frees the set when the last connection is gone; until then it only counts. */
void                 pulsar_connection_set_close          (PulsarConnectionSet       *self);

/* A connection over @fd, which it takes. The set holds no reference: what nobody else holds is closed. */
PulsarConnection    *pulsar_connection_set_add            (PulsarConnectionSet       *self,
                                                           int                        fd,
                                                           GError                   **error) G_GNUC_WARN_UNUSED_RESULT;
guint                pulsar_connection_set_get_n_open     (PulsarConnectionSet       *self);
guint64              pulsar_connection_set_get_n_accepted (PulsarConnectionSet       *self);

/* Calls @empty once, from the main context, when no connection is open. */
void                 pulsar_connection_set_wait_empty     (PulsarConnectionSet       *self,
                                                           PulsarConnectionSetEmpty   empty,
                                                           gpointer                   user_data,
                                                           GDestroyNotify             destroy);

/* Takes that back, if it has not happened yet. */
void                 pulsar_connection_set_stop_waiting   (PulsarConnectionSet       *self);

/* Ends the traffic of all that are open: their users see the end of the stream. Returns how many there were. */
guint                pulsar_connection_set_shut_down      (PulsarConnectionSet       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarConnectionSet, pulsar_connection_set_close)

G_END_DECLS
