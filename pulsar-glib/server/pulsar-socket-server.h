/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/application/pulsar-application.h>
#include <pulsar-glib/server/pulsar-connection.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_SOCKET_SERVER (pulsar_socket_server_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (PulsarSocketServer, pulsar_socket_server, PULSAR, SOCKET_SERVER, PulsarApplication)

/**
 * PulsarSocketServerClass:
 * @parent_class: the parent class
 *
 * The class of [class@Pulsar.SocketServer]. No handler has to chain up.
 *
 * Since: 0.1
 */
struct _PulsarSocketServerClass
{
  PulsarApplicationClass parent_class;

  /**
   * PulsarSocketServerClass::connection:
   * @self: a server
   * @connection: a new connection
   *
   * Class handler of [signal@Pulsar.SocketServer::connection].
   *
   * Since: 0.1
   */
  void (*connection) (PulsarSocketServer *self,
                      PulsarConnection   *connection);

  /**
   * PulsarSocketServerClass::draining:
   * @self: a server
   *
   * Class handler of [signal@Pulsar.SocketServer::draining].
   *
   * Since: 0.1
   */
  void (*draining)   (PulsarSocketServer *self);

  /*< private >*/
  gpointer padding[8];
};

PULSAR_AVAILABLE_IN_ALL
PulsarSocketServer *pulsar_socket_server_new           (const char         *name) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
const char * const *pulsar_socket_server_get_addresses (PulsarSocketServer *self);

G_END_DECLS
