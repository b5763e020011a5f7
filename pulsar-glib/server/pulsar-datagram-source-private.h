/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @address remembers the way back, see pulsar-datagram-route-private.h. */
typedef void (*PulsarDatagramFunc) (GBytes         *bytes,
                                    GSocketAddress *address,
                                    gpointer        user_data);

typedef void (*PulsarDatagramDrained) (gpointer user_data);

typedef struct
{
  guint64 n_received;
  guint64 n_too_large;  /* dropped because they were larger than allowed */
  guint64 n_missed;     /* looks at a socket that was empty: another process was quicker */
} PulsarDatagramCounts;

/* A source that reads datagrams of sockets which other processes read too. The descriptors @fds stay the caller's and must
 * be open until the source is destroyed. @owner is what the routes of its addresses bear, @size_max the size up to which
 * datagrams are passed on. Its callback is a PulsarDatagramFunc; the source never ends by itself. */
GSource                    *pulsar_datagram_source_new        (const int                  *fds,
                                                               guint                       n_fds,
                                                               guint64                     owner,
                                                               gsize                       size_max) G_GNUC_WARN_UNUSED_RESULT;

/* Reads on until what waits now is read, then calls @drained once, from the main context. What comes in meanwhile may be
 * read or not. */
void                        pulsar_datagram_source_drain      (GSource                    *source,
                                                               PulsarDatagramDrained       drained,
                                                               gpointer                    user_data,
                                                               GDestroyNotify              destroy);

const PulsarDatagramCounts *pulsar_datagram_source_get_counts (GSource                    *source);

G_END_DECLS
