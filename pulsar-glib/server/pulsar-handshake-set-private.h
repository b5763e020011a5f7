/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/server/pulsar-connection-private.h"
#include "pulsar-glib/server/pulsar-proxy-trust-private.h"
#include "pulsar-glib/server/pulsar-tls-keys-private.h"

G_BEGIN_DECLS

/* The connections of one worker that are not served yet: first a proxy says whose they are, then TLS shakes hands. Each has so
 * much time and so many bytes for that; who is slow, or sends something else, costs only itself. Belongs to the thread that
 * made it. */
typedef struct _PulsarHandshakeSet PulsarHandshakeSet;

/* @connection can be served. */
typedef void (*PulsarHandshakeDone)  (PulsarConnection *connection,
                                      gpointer          user_data);
typedef void (*PulsarHandshakeEmpty) (gpointer user_data);

/* @trust, @keys: taken; NULL: without that. */
PulsarHandshakeSet *pulsar_handshake_set_new           (gint64                timeout_us,
                                                        PulsarProxyTrust     *trust,
                                                        PulsarTlsKeys        *keys,
                                                        PulsarHandshakeDone   done,
                                                        gpointer              user_data);

/* Gives up all of them. */
void                pulsar_handshake_set_close         (PulsarHandshakeSet   *self);

/* Takes @connection. */
void                pulsar_handshake_set_add           (PulsarHandshakeSet   *self,
                                                        PulsarConnection     *connection);
guint               pulsar_handshake_set_get_n_pending (PulsarHandshakeSet   *self);
guint64             pulsar_handshake_set_get_n_failed  (PulsarHandshakeSet   *self);

/* Those that are pending get a little more time. Calls @empty once, when none is left, which may be now. */
void                pulsar_handshake_set_finish        (PulsarHandshakeSet   *self,
                                                        PulsarHandshakeEmpty  empty,
                                                        gpointer              user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarHandshakeSet, pulsar_handshake_set_close)

G_END_DECLS
