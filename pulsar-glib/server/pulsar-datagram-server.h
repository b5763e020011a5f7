/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/application/pulsar-application.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_DATAGRAM_SERVER (pulsar_datagram_server_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (PulsarDatagramServer, pulsar_datagram_server, PULSAR, DATAGRAM_SERVER, PulsarApplication)

/**
 * PulsarDatagramServerClass:
 * @parent_class: the parent class
 *
 * The class of [class@Pulsar.DatagramServer]. No handler has to chain up.
 *
 * Since: 0.1
 */
struct _PulsarDatagramServerClass
{
  PulsarApplicationClass parent_class;

  /**
   * PulsarDatagramServerClass::datagram:
   * @self: a server
   * @bytes: what came in
   * @address: who sent it
   *
   * Class handler of [signal@Pulsar.DatagramServer::datagram].
   *
   * Since: 0.1
   */
  void (*datagram) (PulsarDatagramServer *self,
                    GBytes               *bytes,
                    GSocketAddress       *address);

  /*< private >*/
  gpointer padding[8];
};

PULSAR_AVAILABLE_IN_ALL
PulsarDatagramServer *pulsar_datagram_server_new           (const char            *name) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
const char * const   *pulsar_datagram_server_get_addresses (PulsarDatagramServer  *self);
PULSAR_AVAILABLE_IN_ALL
gboolean              pulsar_datagram_server_send_to       (PulsarDatagramServer  *self,
                                                            GBytes                *bytes,
                                                            GSocketAddress        *address,
                                                            GError               **error);

G_END_DECLS
