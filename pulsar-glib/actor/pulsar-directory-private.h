/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-actor-private.h>
#include <pulsar-glib/actor/pulsar-actor-proxy-private.h>
#include <pulsar-glib/actor/pulsar-channel-private.h>
#include <pulsar-glib/actor/pulsar-group-private.h>
#include <pulsar-glib/actor/pulsar-relation.h>
#include <pulsar-glib/actor/pulsar-topic-board-private.h>

G_BEGIN_DECLS

/* PulsarDirectory: who is where, as one process sees it.
 *
 * There is one in each process. That of the arbiter knows every actor; that of a worker knows the actor it is and asks the arbiter (upstream) for all
 * others. Names are found in this order: “arbiter” and “monitor”, an id, the name of an actor here (an application's name is that of its monitor), the
 * name of an actor elsewhere if it is the only one of that name, the unique name `<name>.<id>`, and for the group of an actor here `<name>/<whom>`.
 *
 * Messages to an actor here never run its handler, nor the callback of the sender, before the call that sent them has returned.
 *
 * Signal: `dead-letter (target, command, error)`: a message could not be delivered. */
#define PULSAR_TYPE_DIRECTORY (pulsar_directory_get_type ())
G_DECLARE_FINAL_TYPE (PulsarDirectory, pulsar_directory, PULSAR, DIRECTORY, GObject)

typedef struct _PulsarDirectTable PulsarDirectTable;

typedef struct
{
  guint n_actors;
  guint n_proxies;
  guint n_local_posts;    /* posts among the actors here that were not executed yet */
  guint64 n_relayed;
  guint64 n_dead_letters;
  guint64 n_late;         /* answers that came to this process after the end of the ask */
} PulsarDirectoryStats;

PulsarDirectory  *pulsar_directory_new          (void) G_GNUC_WARN_UNUSED_RESULT;

/* The actor this process is: the arbiter, or the actor of a worker. It is added too, and is current when no other is. */
void              pulsar_directory_set_root     (PulsarDirectory   *self,
                                                 PulsarActor       *root);
PulsarActor      *pulsar_directory_get_root     (PulsarDirectory   *self);

/* The process of the arbiter, as a worker sees it: its supervisor. NULL: this is the arbiter. */
void              pulsar_directory_set_upstream (PulsarDirectory   *self,
                                                 PulsarActorProxy  *upstream);
PulsarActorProxy *pulsar_directory_get_upstream (PulsarDirectory   *self);

/* Actors of this process. Adding sets the directory of the actor, removing unsets it. */
void              pulsar_directory_add_actor    (PulsarDirectory   *self,
                                                 PulsarActor       *actor);
void              pulsar_directory_remove_actor (PulsarDirectory   *self,
                                                 PulsarActor       *actor);
PulsarActor      *pulsar_directory_lookup_actor (PulsarDirectory   *self,
                                                 const char        *name_or_id);

/* (transfer container): all of them, each with a reference. */
GPtrArray        *pulsar_directory_list_actors  (PulsarDirectory   *self);

/* Who subscribed to what. */
PulsarTopicBoard *pulsar_directory_get_topics   (PulsarDirectory   *self);

/* Lets the actor, which is here, have a group: what is sent to `<name>/any` and the like goes to the members that @func lists. */
void              pulsar_directory_set_group    (PulsarDirectory   *self,
                                                 PulsarActor       *actor,
                                                 PulsarGroupFunc    func);

/* Actors elsewhere. */
void              pulsar_directory_add_proxy    (PulsarDirectory   *self,
                                                 PulsarActorProxy  *proxy);
void              pulsar_directory_remove_proxy (PulsarDirectory   *self,
                                                 PulsarActorProxy  *proxy);

/* Whether it is found by its name too: of two with one name, such as a worker and its replacement, one is meant. It is from the beginning. */
void              pulsar_directory_name_proxy   (PulsarDirectory   *self,
                                                 PulsarActorProxy  *proxy);
void              pulsar_directory_unname_proxy (PulsarDirectory   *self,
                                                 PulsarActorProxy  *proxy);
PulsarActorProxy *pulsar_directory_lookup_proxy (PulsarDirectory   *self,
                                                 const char        *name_or_id);

/* Finds @target for the actor @from of this process or for @sender, of which one is NULL. A @target of NULL is the supervisor. */
gboolean          pulsar_directory_resolve      (PulsarDirectory   *self,
                                                 PulsarActor       *from,
                                                 PulsarActorProxy  *sender,
                                                 const char        *target,
                                                 PulsarRoute       *route,
                                                 GError           **error);

/* Sets @route if this process has a channel of its own to the actor in another worker that is called @target. */
gboolean          pulsar_directory_find_direct  (PulsarDirectory   *self,
                                                 const char        *target,
                                                 PulsarRoute       *route);

/* The channels of that kind; they belong to @self. */
void              pulsar_directory_set_direct   (PulsarDirectory   *self,
                                                 PulsarDirectTable *direct);

/* Whether @arguments, which may be NULL, can be the arguments of a command: a tuple. */
gboolean          pulsar_directory_check_arguments (const char     *command,
                                                    GVariant       *arguments,
                                                    GError        **error);

/* Sends from @from along @route, in the name of @source. */
void              pulsar_directory_ask          (PulsarDirectory   *self,
                                                 PulsarActor       *from,
                                                 const PulsarRoute *route,
                                                 const char        *command,
                                                 GVariant          *arguments,
                                                 GUnixFDList       *fds,
                                                 guint              timeout_ms,
                                                 gpointer           source,
                                                 GCancellable      *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer           user_data);
/* The same for an ask that cannot be sent. @error is taken. */
void              pulsar_directory_ask_failed   (gpointer           source,
                                                 GAsyncReadyCallback callback,
                                                 gpointer           user_data,
                                                 GError            *error);
gboolean          pulsar_directory_ask_is_valid (GAsyncResult      *result,
                                                 gpointer           source);
GVariant         *pulsar_directory_ask_finish   (GAsyncResult      *result,
                                                 GUnixFDList      **fds,
                                                 GError           **error);
void              pulsar_directory_post         (PulsarDirectory   *self,
                                                 PulsarActor       *from,
                                                 const PulsarRoute *route,
                                                 const char        *command,
                                                 GVariant          *arguments,
                                                 GUnixFDList       *fds,
                                                 GTask             *task);
gboolean          pulsar_directory_try_post     (PulsarDirectory   *self,
                                                 PulsarActor       *from,
                                                 const PulsarRoute *route,
                                                 const char        *command,
                                                 GVariant          *arguments,
                                                 GError           **error);

/* The `request` of a PulsarChannelHandler: delivers or relays what came over @channel from @sender, or from upstream if that is NULL. What the frame
 * says about its sender is believed only from upstream. */
void              pulsar_directory_receive      (PulsarDirectory   *self,
                                                 PulsarChannel     *channel,
                                                 PulsarActorProxy  *sender,
                                                 const PulsarFrame *frame);

/* Queues what was sent to @actor here by @from, who is here, or by @sender. @task is taken; NULL for a post. */
void              pulsar_directory_send_here    (PulsarDirectory         *self,
                                                 PulsarActor             *actor,
                                                 PulsarActor             *from,
                                                 PulsarActorProxy        *sender,
                                                 const PulsarChannelCall *call,
                                                 gboolean                 post,
                                                 GTask                   *task);

/* For requests among the actors here. */
void              pulsar_directory_count_late   (PulsarDirectory   *self);
void              pulsar_directory_local_post_done (PulsarDirectory *self);

void              pulsar_directory_get_stats    (PulsarDirectory      *self,
                                                 PulsarDirectoryStats *stats);

G_END_DECLS
