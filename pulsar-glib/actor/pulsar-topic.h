/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/actor/pulsar-actor.h>

G_BEGIN_DECLS

/**
 * PulsarTopicFunc:
 * @actor: the actor that subscribed
 * @topic: the topic
 * @value: what was published
 * @user_data: data given to [method@Pulsar.Actor.subscribe]
 *
 * Gets what others publish.
 *
 * Since: 0.1
 */
typedef void (*PulsarTopicFunc) (PulsarActor *actor,
                                 const char  *topic,
                                 GVariant    *value,
                                 gpointer     user_data);

PULSAR_AVAILABLE_IN_ALL
guint    pulsar_actor_subscribe   (PulsarActor      *self,
                                   const char       *topic,
                                   PulsarTopicFunc   handler,
                                   gpointer          user_data,
                                   GDestroyNotify    destroy);
PULSAR_AVAILABLE_IN_ALL
gboolean pulsar_actor_unsubscribe (PulsarActor      *self,
                                   guint             id);
PULSAR_AVAILABLE_IN_ALL
gboolean pulsar_actor_publish     (PulsarActor      *self,
                                   const char       *topic,
                                   GVariant         *value,
                                   GError          **error);

G_END_DECLS
