/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/actor/pulsar-actor-proxy.h>
#include <pulsar-glib/actor/pulsar-actor.h>

G_BEGIN_DECLS

PULSAR_AVAILABLE_IN_ALL
void              pulsar_actor_open_channel_async  (PulsarActor          *self,
                                                    const char           *target,
                                                    GCancellable         *cancellable,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);

PULSAR_AVAILABLE_IN_ALL
PulsarActorProxy *pulsar_actor_open_channel_finish (PulsarActor          *self,
                                                    GAsyncResult         *result,
                                                    GError              **error);

G_END_DECLS
