/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <netinet/in.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/* The way a datagram came, which an answer goes back: from whom, at which of the sockets, to which address of this machine.
 * It is kept with the GSocketAddress that users see. */
typedef struct
{
  guint64 owner;  /* whose sockets they are, a number from pulsar_datagram_route_make_owner () */
  guint index;    /* of the socket */
  socklen_t length;
  union
  {
    struct sockaddr any;
    struct sockaddr_storage storage;
  } native;
  int local_family;  /* AF_UNSPEC: the socket itself knows from where to send */
  union
  {
    struct in_pktinfo v4;
    struct in6_pktinfo v6;
  } local;
} PulsarDatagramRoute;

/* Never the same twice in a process. */
guint64                    pulsar_datagram_route_make_owner  (void);

/* Whether @fd listens on several addresses; it is then made to say at which of them a datagram came in. */
gboolean                   pulsar_datagram_route_prepare     (int                        fd);

/* The size of the datagram, whatever of it found room in @buffer; -1 with errno set. Fills @route but for its owner and
 * index. @several: what prepare () said of @fd. */
gssize                     pulsar_datagram_route_receive     (PulsarDatagramRoute       *route,
                                                              int                        fd,
                                                              gboolean                   several,
                                                              gpointer                   buffer,
                                                              gsize                      size);

/* FALSE with errno set. @route may be one to any address, made by pulsar_datagram_route_init_to (). */
gboolean                   pulsar_datagram_route_send        (const PulsarDatagramRoute *route,
                                                              int                        fd,
                                                              gconstpointer              data,
                                                              gsize                      size);

gboolean                   pulsar_datagram_route_equal       (const PulsarDatagramRoute *a,
                                                              const PulsarDatagramRoute *b);

/* An address that remembers @route; one without a name where the sender has none, as a unix socket may. */
GSocketAddress            *pulsar_datagram_route_to_address  (const PulsarDatagramRoute *route) G_GNUC_WARN_UNUSED_RESULT;

/* What @address remembers, or NULL. */
const PulsarDatagramRoute *pulsar_datagram_route_of_address  (GSocketAddress            *address);

/* A route to @address from @fd, FALSE if there is none: the socket is of another family. */
gboolean                   pulsar_datagram_route_init_to     (PulsarDatagramRoute       *route,
                                                              GSocketAddress            *address,
                                                              int                        fd);

/* Whether it leads to somebody. */
gboolean                   pulsar_datagram_route_has_peer    (const PulsarDatagramRoute *route);

G_END_DECLS
