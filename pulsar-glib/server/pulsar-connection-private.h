/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A connection that says when it is closed, which GSocketConnection does not. Users see a GTcpConnection. */
#define PULSAR_TYPE_CONNECTION (pulsar_connection_get_type ())
G_DECLARE_FINAL_TYPE (PulsarConnection, pulsar_connection, PULSAR, CONNECTION, GTcpConnection)

/* What a PulsarConnectionSet keeps with each connection: how much went over it, and when that was seen last. */
typedef struct
{
  guint64 n_bytes;
  gint64 active_us;
} PulsarConnectionTraffic;

/* Called once, before the socket is closed, in whatever thread closes it. */
typedef void (*PulsarConnectionClosed) (PulsarConnection *connection,
                                        gpointer          user_data);

PulsarConnection        *pulsar_connection_new         (GSocket                *socket,
                                                        PulsarConnectionClosed  closed,
                                                        gpointer                user_data,
                                                        GDestroyNotify          destroy) G_GNUC_WARN_UNUSED_RESULT;
PulsarConnectionTraffic *pulsar_connection_get_traffic (PulsarConnection       *self);

G_END_DECLS
