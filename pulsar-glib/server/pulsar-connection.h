/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_CONNECTION (pulsar_connection_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarConnection, pulsar_connection, PULSAR, CONNECTION, GSocketConnection)

PULSAR_AVAILABLE_IN_ALL
GSocketAddress *pulsar_connection_get_destination_address (PulsarConnection *self);
PULSAR_AVAILABLE_IN_ALL
GSocketAddress *pulsar_connection_get_peer_address        (PulsarConnection *self);
PULSAR_AVAILABLE_IN_ALL
GTlsConnection *pulsar_connection_get_tls_connection      (PulsarConnection *self);

G_END_DECLS
