/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-actor-private.h>
#include <pulsar-glib/actor/pulsar-channel-private.h>
#include <pulsar-glib/actor/pulsar-request.h>

G_BEGIN_DECLS

/* What came over @channel for @actor: REQUEST or POST. @caller: (nullable) the proxy of who sent it. @sender: (nullable) the unique name of who did if
 * it was relayed, then @caller relayed it: not simply what the frame says, which is to be believed only from the arbiter. */
PulsarRequest *pulsar_request_new_for_frame (PulsarActor        *actor,
                                             PulsarChannel      *channel,
                                             const PulsarFrame  *frame,
                                             PulsarRelation      relation,
                                             PulsarActorProxy   *caller,
                                             const char         *sender) G_GNUC_WARN_UNUSED_RESULT;

/* Drops the reference of who delivered the request. */
void           pulsar_request_release       (PulsarRequest      *self);

/* What an actor of this process wants of another. @task (taken, nullable for posts) gets the answer, or TRUE once a post was executed;
 * pulsar_request_local_finish () takes the answer out. Ends by timeout and cancellation as an ask on a channel does. */
PulsarRequest *pulsar_request_new_local     (PulsarActor        *actor,
                                             PulsarActor        *from,
                                             PulsarDirectory    *directory,
                                             const char         *command,
                                             GVariant           *arguments,
                                             GUnixFDList        *fds,
                                             gboolean            post,
                                             guint               timeout_ms,
                                             GTask              *task) G_GNUC_WARN_UNUSED_RESULT;
/* A request of that kind is sent on behalf of @sender, who is elsewhere. */
void           pulsar_request_set_sibling   (PulsarRequest      *self,
                                             PulsarActorProxy   *sender);
gboolean       pulsar_request_is_local_task (GTask              *task);
GVariant      *pulsar_request_local_finish  (GTask              *task,
                                             GUnixFDList       **fds,
                                             GError            **error);

/* Looks the command up, checks caller and arguments, and calls the handler. */
void           pulsar_request_execute       (PulsarRequest      *self);

/* Whether it is executed also while others wait for the actor to start. */
gboolean       pulsar_request_is_at_once    (PulsarRequest      *self);

/* As pulsar_request_return_error (), but takes @error. */
void           pulsar_request_take_error    (PulsarRequest      *self,
                                             GError             *error);

/* The empty tuple, which stands for no arguments and for no value. (transfer none) */
GVariant      *pulsar_request_get_unit      (void);

G_END_DECLS
