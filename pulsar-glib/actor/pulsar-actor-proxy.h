/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_ACTOR_PROXY (pulsar_actor_proxy_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (PulsarActorProxy, pulsar_actor_proxy, PULSAR, ACTOR_PROXY, GObject)

/**
 * PulsarActorProxyClass:
 * @parent_class: the parent class
 *
 * The class of [class@Pulsar.ActorProxy].
 *
 * Since: 0.1
 */
struct _PulsarActorProxyClass
{
  GObjectClass parent_class;

  /*< private >*/
  void (*stop) (PulsarActorProxy *self);  /* how the library ends the actor; by default its command “stop” */
  gpointer padding[7];
};

PULSAR_AVAILABLE_IN_ALL
const char *pulsar_actor_proxy_get_name    (PulsarActorProxy     *self);
PULSAR_AVAILABLE_IN_ALL
const char *pulsar_actor_proxy_get_id      (PulsarActorProxy     *self);
PULSAR_AVAILABLE_IN_ALL
void        pulsar_actor_proxy_send_async  (PulsarActorProxy     *self,
                                            const char           *command,
                                            GVariant             *arguments,
                                            GUnixFDList          *fds,
                                            guint                 timeout_ms,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
PULSAR_AVAILABLE_IN_ALL
GVariant   *pulsar_actor_proxy_send_finish (PulsarActorProxy     *self,
                                            GAsyncResult         *result,
                                            GUnixFDList         **out_fds,
                                            GError              **error);
PULSAR_AVAILABLE_IN_ALL
void        pulsar_actor_proxy_post_async  (PulsarActorProxy     *self,
                                            const char           *command,
                                            GVariant             *arguments,
                                            GUnixFDList          *fds,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
PULSAR_AVAILABLE_IN_ALL
gboolean    pulsar_actor_proxy_post_finish (PulsarActorProxy     *self,
                                            GAsyncResult         *result,
                                            GError              **error);
PULSAR_AVAILABLE_IN_ALL
gboolean    pulsar_actor_proxy_post        (PulsarActorProxy     *self,
                                            const char           *command,
                                            GVariant             *arguments,
                                            GError              **error);
PULSAR_AVAILABLE_IN_ALL
void        pulsar_actor_proxy_stop        (PulsarActorProxy     *self);

G_END_DECLS
