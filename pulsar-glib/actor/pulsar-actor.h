/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <pulsar-glib/actor/pulsar-actor-proxy.h>
#include <pulsar-glib/actor/pulsar-hook.h>
#include <pulsar-glib/actor/pulsar-spawn.h>
#include <pulsar-glib/base/pulsar-state.h>
#include <pulsar-glib/base/pulsar-version-macros.h>
#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/**
 * PULSAR_TIMEOUT_DEFAULT:
 *
 * The milliseconds an answer may take if nothing else is asked for: 30 s.
 *
 * Since: 0.1
 */
#define PULSAR_TIMEOUT_DEFAULT 30000

#define PULSAR_TYPE_ACTOR (pulsar_actor_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (PulsarActor, pulsar_actor, PULSAR, ACTOR, GObject)

/**
 * PulsarActorClass:
 * @parent_class: the parent class
 * @starting: class handler of [signal@Pulsar.Actor::starting]
 * @stopping: class handler of [signal@Pulsar.Actor::stopping]
 * @periodic_task: class handler of [signal@Pulsar.Actor::periodic-task]
 * @query_info: class handler of [signal@Pulsar.Actor::query-info]
 * @query_spawn: class handler of [signal@Pulsar.Actor::query-spawn]
 *
 * The class of [class@Pulsar.Actor]. No handler has to chain up.
 *
 * Since: 0.1
 */
struct _PulsarActorClass
{
  GObjectClass parent_class;

  /**
   * PulsarActorClass::starting:
   * @self: an actor
   * @hook: the run of the hook
   *
   * Class handler of [signal@Pulsar.Actor::starting].
   *
   * Since: 0.1
   */
  void (*starting)      (PulsarActor  *self,
                         PulsarHook   *hook);

  /**
   * PulsarActorClass::stopping:
   * @self: an actor
   * @hook: the run of the hook
   *
   * Class handler of [signal@Pulsar.Actor::stopping].
   *
   * Since: 0.1
   */
  void (*stopping)      (PulsarActor  *self,
                         PulsarHook   *hook);

  /**
   * PulsarActorClass::periodic_task:
   * @self: an actor
   *
   * Class handler of [signal@Pulsar.Actor::periodic-task].
   *
   * Since: 0.1
   */
  void (*periodic_task) (PulsarActor  *self);

  /**
   * PulsarActorClass::query_info:
   * @self: an actor
   * @info: what is known so far, to be added to
   *
   * Class handler of [signal@Pulsar.Actor::query-info].
   *
   * Since: 0.1
   */
  void (*query_info)    (PulsarActor  *self,
                         GVariantDict *info);

  /**
   * PulsarActorClass::query_spawn:
   * @self: an actor
   * @spawn: what the child is about to get, to be added to
   *
   * Class handler of [signal@Pulsar.Actor::query-spawn].
   *
   * Since: 0.1
   */
  void (*query_spawn)   (PulsarActor  *self,
                         PulsarSpawn  *spawn);

  /*< private >*/
  gpointer padding[8];
};

PULSAR_AVAILABLE_IN_ALL
PulsarActor      *pulsar_actor_get_current    (void);

PULSAR_AVAILABLE_IN_ALL
const char       *pulsar_actor_get_name       (PulsarActor          *self);
PULSAR_AVAILABLE_IN_ALL
const char       *pulsar_actor_get_id         (PulsarActor          *self);
PULSAR_AVAILABLE_IN_ALL
PulsarState       pulsar_actor_get_state      (PulsarActor          *self);
PULSAR_AVAILABLE_IN_ALL
PulsarConfig     *pulsar_actor_get_config     (PulsarActor          *self);
PULSAR_AVAILABLE_IN_ALL
GVariant         *pulsar_actor_get_parameters (PulsarActor          *self);
PULSAR_AVAILABLE_IN_ALL
GVariant         *pulsar_actor_get_parameter  (PulsarActor          *self,
                                               const char           *name);
PULSAR_AVAILABLE_IN_ALL
int               pulsar_actor_steal_fd       (PulsarActor          *self,
                                               const char           *name);

PULSAR_AVAILABLE_IN_ALL
void              pulsar_actor_send_async     (PulsarActor          *self,
                                               const char           *target,
                                               const char           *command,
                                               GVariant             *arguments,
                                               GUnixFDList          *fds,
                                               guint                 timeout_ms,
                                               GCancellable         *cancellable,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
PULSAR_AVAILABLE_IN_ALL
GVariant         *pulsar_actor_send_finish    (PulsarActor          *self,
                                               GAsyncResult         *result,
                                               GUnixFDList         **out_fds,
                                               GError              **error);
PULSAR_AVAILABLE_IN_ALL
void              pulsar_actor_post_async     (PulsarActor          *self,
                                               const char           *target,
                                               const char           *command,
                                               GVariant             *arguments,
                                               GUnixFDList          *fds,
                                               GCancellable         *cancellable,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
PULSAR_AVAILABLE_IN_ALL
gboolean          pulsar_actor_post_finish    (PulsarActor          *self,
                                               GAsyncResult         *result,
                                               GError              **error);
PULSAR_AVAILABLE_IN_ALL
gboolean          pulsar_actor_post           (PulsarActor          *self,
                                               const char           *target,
                                               const char           *command,
                                               GVariant             *arguments,
                                               GError              **error);
PULSAR_AVAILABLE_IN_ALL
void              pulsar_actor_spawn_async    (PulsarActor          *self,
                                               GType                 type,
                                               const char           *name,
                                               GVariant             *parameters,
                                               GCancellable         *cancellable,
                                               GAsyncReadyCallback   callback,
                                               gpointer              user_data);
PULSAR_AVAILABLE_IN_ALL
PulsarActorProxy *pulsar_actor_spawn_finish   (PulsarActor          *self,
                                               GAsyncResult         *result,
                                               GError              **error);
PULSAR_AVAILABLE_IN_ALL
void              pulsar_actor_stop           (PulsarActor          *self);

G_END_DECLS
