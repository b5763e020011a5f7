/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-actor-private.h>
#include <pulsar-glib/actor/pulsar-actor-proxy.h>
#include <pulsar-glib/actor/pulsar-channel-private.h>

G_BEGIN_DECLS

typedef struct _PulsarGroup PulsarGroup;

/* Where a message has to go: to all of @group, to @actor in this process, or over @channel. Nothing is owned. */
typedef struct
{
  PulsarGroup *group;
  PulsarActor *actor;
  PulsarChannel *channel;
  const char *route;
  PulsarActorProxy *proxy;  /* (nullable) the actor that is the peer of channel, if it is the target */
} PulsarRoute;

/* An actor at the other end of @channel: @route says which, NULL is the peer itself. */
PulsarActorProxy *pulsar_actor_proxy_new_for_channel (const char       *name,
                                                      const char       *id,
                                                      PulsarChannel    *channel,
                                                      const char       *route) G_GNUC_WARN_UNUSED_RESULT;

/* An actor of this process. */
PulsarActorProxy *pulsar_actor_proxy_new_for_actor   (PulsarActor      *actor) G_GNUC_WARN_UNUSED_RESULT;

/* The channel may come after the proxy and go before it. Without one, sending fails: with not-running before the first, with actor-died after it. */
void              pulsar_actor_proxy_set_channel     (PulsarActorProxy *self,
                                                      PulsarChannel    *channel,
                                                      const char       *route);
PulsarChannel    *pulsar_actor_proxy_get_channel     (PulsarActorProxy *self);
const char       *pulsar_actor_proxy_get_route       (PulsarActorProxy *self);
PulsarActor      *pulsar_actor_proxy_get_actor       (PulsarActorProxy *self);

/* The way to the actor, or, if @target is not NULL, to @target by way of it. */
gboolean          pulsar_actor_proxy_get_route_to    (PulsarActorProxy  *self,
                                                      const char        *target,
                                                      PulsarRoute       *route,
                                                      GError           **error);

/* Who “monitor” is when the actor behind the proxy says it; not owned. */
void              pulsar_actor_proxy_set_supervisor  (PulsarActorProxy *self,
                                                      PulsarActor      *supervisor);
PulsarActor      *pulsar_actor_proxy_get_supervisor  (PulsarActorProxy *self);

G_END_DECLS
