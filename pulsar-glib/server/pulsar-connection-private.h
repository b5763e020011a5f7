/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/server/pulsar-connection.h>

G_BEGIN_DECLS

/* What a PulsarConnectionSet keeps with each connection: how much went over it, and when that was seen last. */
typedef struct
{
  guint64 n_bytes;
  gint64 active_us;
} PulsarConnectionTraffic;

/* Called once, before the socket is closed, in whatever thread closes it. */
typedef void (*PulsarConnectionClosed) (PulsarConnection *connection,
                                        gpointer          user_data);

PulsarConnection        *pulsar_connection_new            (GSocket                *socket,
                                                           PulsarConnectionClosed  closed,
                                                           gpointer                user_data,
                                                           GDestroyNotify          destroy) G_GNUC_WARN_UNUSED_RESULT;
PulsarConnectionTraffic *pulsar_connection_get_traffic    (PulsarConnection       *self);

/* Notes when something goes through the streams of @self, which the kernel does not tell of unix sockets. Before anybody has
 * them. The time is 0 as long as nothing did. */
void                     pulsar_connection_watch            (PulsarConnection       *self);
gint64                   pulsar_connection_get_watched_time (PulsarConnection       *self);

/* What a proxy said of the connection; NULL: it could not say. Before anybody asked for the addresses. */
void                     pulsar_connection_take_addresses (PulsarConnection       *self,
                                                           GSocketAddress         *peer,
                                                           GSocketAddress         *destination);

/* From now on the streams of @self are those of @tls, which has the socket of @self below and has shaken hands. */
void                     pulsar_connection_set_tls        (PulsarConnection       *self,
                                                           GTlsConnection         *tls);

G_END_DECLS
