/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "pulsar-glib/server/pulsar-accept-board-private.h"

G_BEGIN_DECLS

/* A connection came in: takes @fd, a connected socket, non-blocking and close-on-exec. */
typedef void (*PulsarAcceptFunc) (int      fd,
                                  gpointer user_data);

/* A source that accepts connections of listening sockets. Other processes accept from the first @n_shared of them too. The
 * descriptors @fds must be non-blocking and stay open until the source is destroyed. Its callback is a PulsarAcceptFunc,
 * called at most once for each wake-up; the source never ends by itself. Takes @board, which may be NULL for a process that
 * accepts alone. */
GSource *pulsar_accept_source_new            (const int          *fds,
                                              guint               n_fds,
                                              guint               n_shared,
                                              PulsarAcceptBoard  *board,
                                              GError            **error) G_GNUC_WARN_UNUSED_RESULT;

/* While it is blocked it accepts nothing, and no other process relies on it: connections wait, or go to others. */
void     pulsar_accept_source_set_blocked    (GSource            *source,
                                              gboolean            blocked);

/* A connection that waits at a socket which is not shared, or -1: whoever closes such a socket takes out of it what is there. */
int      pulsar_accept_source_take_remaining (GSource            *source);

/* How many connections it accepted, and how often it was woken for one that another process took. */
guint64  pulsar_accept_source_get_n_accepted (GSource            *source);
guint64  pulsar_accept_source_get_n_missed   (GSource            *source);

/* Whether it waits for descriptors or memory to become free again. */
gboolean pulsar_accept_source_is_paused      (GSource            *source);

G_END_DECLS
