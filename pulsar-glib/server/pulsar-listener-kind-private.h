/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/server/pulsar-listener-private.h"

G_BEGIN_DECLS

/* The kinds of addresses, each a file. They add to @listeners, also when they fail: whoever calls frees those then. */
gboolean        pulsar_listener_open_inet   (const PulsarBindAddress      *bind_address,
                                             const PulsarListenerOptions  *options,
                                             GPtrArray                    *listeners,
                                             GError                      **error);
gboolean        pulsar_listener_open_unix   (const PulsarBindAddress      *bind_address,
                                             const PulsarListenerOptions  *options,
                                             GPtrArray                    *listeners,
                                             GError                      **error);
gboolean        pulsar_listener_open_passed (const PulsarBindAddress      *bind_address,
                                             const PulsarListenerOptions  *options,
                                             GPtrArray                    *listeners,
                                             GError                      **error);

/* For them. Takes @fd. */
PulsarListener *pulsar_listener_new         (int                           fd,
                                             GSocketType                   type,
                                             GSocketAddress               *address);

/* Before the arbiter runs: a server that is about to start binds to @addresses. Once the arbiter runs, the log tells which sockets were
 * passed that no server asked for. */
void            pulsar_listener_watch_passed (const char * const           *addresses);

/* Whether @fd is a socket of that type, which listens if it is a stream socket. */
gboolean        pulsar_listener_check_fd    (int                           fd,
                                             GSocketType                   wanted,
                                             GError                      **error);

/* The address @fd is bound to; NULL with errno set. */
GSocketAddress *pulsar_listener_get_address (int                           fd);

/* Options of TCP sockets that accepted ones inherit. */
void            pulsar_listener_set_inherited_options (int                 fd);

/* The file of @self is removed if it is still that file; frees @self. */
void            pulsar_socket_file_remove   (PulsarSocketFile             *self);

G_END_DECLS
