/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-directory-private.h"
#include "pulsar-glib/base/pulsar-error.h"

/**
 * PulsarActorProxy:
 *
 * An actor that lives elsewhere.
 *
 * Messages to it take the shortest known way: the arbiter and a worker talk
 * directly, what one worker tells another goes through the arbiter.
 *
 * Every ask ends. If the process of the actor dies first, it ends with
 * `PULSAR_ERROR_ACTOR_DIED`.
 *
 * Since: 0.1
 */
typedef struct
{
  char *name;               /* (owned) (not nullable) construct-only */
  char *id;                 /* (owned) (not nullable) construct-only */
  PulsarActor *actor;       /* (owned) (nullable) an actor of this process */
  PulsarChannel *channel;   /* (owned) (nullable) the way to one of another process */
  char *route;              /* (owned) (nullable) who at the other end of channel; NULL: the peer itself */
  PulsarActor *supervisor;  /* (weak) (nullable) who is “monitor” for the actor */
  gboolean had_channel;     /* without a channel now: it died, rather than not having been started */
} PulsarActorProxyPrivate;

typedef enum
{
  PROP_NAME = 1,
  PROP_ID,
} PulsarActorProxyProperty;

static GParamSpec *properties[PROP_ID + 1];

G_DEFINE_TYPE_WITH_PRIVATE (PulsarActorProxy, pulsar_actor_proxy, G_TYPE_OBJECT)

static inline PulsarActorProxyPrivate *
get_private (PulsarActorProxy *self)
{
  return pulsar_actor_proxy_get_instance_private (self);
}

static void
real_stop (PulsarActorProxy *self)
{
  g_autoptr(GError) error = NULL;

  if (!pulsar_actor_proxy_post (self, "stop", NULL, &error))
    g_debug ("Actor “%s” was not asked to stop: %s", get_private (self)->name, error->message);
}

static void
pulsar_actor_proxy_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  PulsarActorProxyPrivate *priv = get_private (PULSAR_ACTOR_PROXY (object));

  switch ((PulsarActorProxyProperty) prop_id)
    {
    case PROP_NAME:
      priv->name = g_value_dup_string (value);
      break;
    case PROP_ID:
      priv->id = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_actor_proxy_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  PulsarActorProxyPrivate *priv = get_private (PULSAR_ACTOR_PROXY (object));

  switch ((PulsarActorProxyProperty) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, priv->name);
      break;
    case PROP_ID:
      g_value_set_string (value, priv->id);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_actor_proxy_constructed (GObject *object)
{
  PulsarActorProxyPrivate *priv = get_private (PULSAR_ACTOR_PROXY (object));

  G_OBJECT_CLASS (pulsar_actor_proxy_parent_class)->constructed (object);

  if (priv->name == NULL)
    priv->name = g_strdup ("");
  if (priv->id == NULL)
    priv->id = g_strdup ("");
}

static void
pulsar_actor_proxy_dispose (GObject *object)
{
  PulsarActorProxyPrivate *priv = get_private (PULSAR_ACTOR_PROXY (object));

  g_clear_object (&priv->actor);
  g_clear_pointer (&priv->channel, pulsar_channel_unref);
  g_clear_weak_pointer (&priv->supervisor);

  G_OBJECT_CLASS (pulsar_actor_proxy_parent_class)->dispose (object);
}

static void
pulsar_actor_proxy_finalize (GObject *object)
{
  PulsarActorProxyPrivate *priv = get_private (PULSAR_ACTOR_PROXY (object));

  g_clear_pointer (&priv->name, g_free);
  g_clear_pointer (&priv->id, g_free);
  g_clear_pointer (&priv->route, g_free);

  G_OBJECT_CLASS (pulsar_actor_proxy_parent_class)->finalize (object);
}

static void
pulsar_actor_proxy_class_init (PulsarActorProxyClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = pulsar_actor_proxy_set_property;
  object_class->get_property = pulsar_actor_proxy_get_property;
  object_class->constructed = pulsar_actor_proxy_constructed;
  object_class->dispose = pulsar_actor_proxy_dispose;
  object_class->finalize = pulsar_actor_proxy_finalize;
  klass->stop = real_stop;

  /**
   * PulsarActorProxy:name:
   *
   * The name of the actor.
   *
   * The workers of an application bear its name.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarActorProxy:id:
   *
   * The id of the actor, which no other actor of the tree has.
   *
   * Since: 0.1
   */
  properties[PROP_ID] =
    g_param_spec_string ("id", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
pulsar_actor_proxy_init (PulsarActorProxy *self)
{
}

PulsarActorProxy *
pulsar_actor_proxy_new_for_channel (const char    *name,
                                    const char    *id,
                                    PulsarChannel *channel,
                                    const char    *route)
{
  PulsarActorProxy *self = g_object_new (PULSAR_TYPE_ACTOR_PROXY, "name", name, "id", id, NULL);

  pulsar_actor_proxy_set_channel (self, channel, route);
  return self;
}

PulsarActorProxy *
pulsar_actor_proxy_new_for_actor (PulsarActor *actor)
{
  PulsarActorProxy *self = g_object_new (PULSAR_TYPE_ACTOR_PROXY,
                                         "name", pulsar_actor_get_name (actor),
                                         "id", pulsar_actor_get_id (actor),
                                         NULL);

  get_private (self)->actor = g_object_ref (actor);
  return self;
}

void
pulsar_actor_proxy_set_channel (PulsarActorProxy *self,
                                PulsarChannel    *channel,
                                const char       *route)
{
  PulsarActorProxyPrivate *priv = get_private (self);
  g_autoptr(PulsarChannel) old G_GNUC_UNUSED = g_steal_pointer (&priv->channel);

  g_assert (PULSAR_IS_ACTOR_PROXY (self));

  priv->channel = channel != NULL ? pulsar_channel_ref (channel) : NULL;
  priv->had_channel |= channel != NULL;
  g_free (priv->route);
  priv->route = g_strdup (route);
}

PulsarChannel *
pulsar_actor_proxy_get_channel (PulsarActorProxy *self)
{
  return get_private (self)->channel;
}

const char *
pulsar_actor_proxy_get_route (PulsarActorProxy *self)
{
  return get_private (self)->route;
}

PulsarActor *
pulsar_actor_proxy_get_actor (PulsarActorProxy *self)
{
  return get_private (self)->actor;
}

void
pulsar_actor_proxy_set_supervisor (PulsarActorProxy *self,
                                   PulsarActor      *supervisor)
{
  g_assert (PULSAR_IS_ACTOR_PROXY (self));

  g_set_weak_pointer (&get_private (self)->supervisor, supervisor);
}

PulsarActor *
pulsar_actor_proxy_get_supervisor (PulsarActorProxy *self)
{
  return get_private (self)->supervisor;
}

gboolean
pulsar_actor_proxy_get_route_to (PulsarActorProxy  *self,
                                 const char        *target,
                                 PulsarRoute       *route,
                                 GError           **error)
{
  PulsarActorProxyPrivate *priv = get_private (self);

  if (priv->actor == NULL && priv->channel == NULL)
    {
      if (priv->had_channel)
        g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED, _("Actor “%s” is gone"), priv->name);
      else
        g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("Actor “%s” is not running"), priv->name);
      return FALSE;
    }
  *route = (PulsarRoute) {
    .actor = priv->actor,
    .channel = priv->channel,
    .route = target != NULL ? target : priv->route,
    .proxy = target == NULL && priv->route == NULL && priv->actor == NULL ? self : NULL,
  };
  return TRUE;
}

/* The way from this process to the actor. */
static gboolean
find_way (PulsarActorProxy  *self,
          PulsarRoute       *route,
          PulsarDirectory  **directory,
          GError           **error)
{
  if (!pulsar_actor_proxy_get_route_to (self, NULL, route, error))
    return FALSE;

  *directory = NULL;
  if (route->actor != NULL)
    {
      *directory = pulsar_actor_get_directory (route->actor);
      if (*directory == NULL)
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED, _("Actor “%s” is gone"),
                       get_private (self)->name);
          return FALSE;
        }
    }
  else if (route->route != NULL)
    {
      /* There may be a shorter way by now. */
      PulsarActor *current = pulsar_actor_get_current ();

      if (current != NULL && pulsar_actor_get_directory (current) != NULL)
        pulsar_directory_find_direct (pulsar_actor_get_directory (current), route->route, route);
    }
  return TRUE;
}

/**
 * pulsar_actor_proxy_get_name:
 * @self: a proxy
 *
 * Gets the name of the actor.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
pulsar_actor_proxy_get_name (PulsarActorProxy *self)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR_PROXY (self), NULL);

  return get_private (self)->name;
}

/**
 * pulsar_actor_proxy_get_id:
 * @self: a proxy
 *
 * Gets the id of the actor, which no other actor of the tree has.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
const char *
pulsar_actor_proxy_get_id (PulsarActorProxy *self)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR_PROXY (self), NULL);

  return get_private (self)->id;
}

/**
 * pulsar_actor_proxy_send_async:
 * @self: a proxy
 * @command: the name of the command
 * @arguments: (nullable): a tuple; consumed if floating; `NULL` is the empty one
 * @fds: (nullable): at most 16 descriptors to pass
 * @timeout_ms: milliseconds to wait for the answer, usually
 *   [const@Pulsar.TIMEOUT_DEFAULT]; 0 waits as long as it takes
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the ask ended
 * @user_data: data for @callback
 *
 * Asks the actor to execute a command.
 *
 * See [method@Pulsar.Actor.send_async].
 *
 * Since: 0.1
 */
void
pulsar_actor_proxy_send_async (PulsarActorProxy    *self,
                               const char          *command,
                               GVariant            *arguments,
                               GUnixFDList         *fds,
                               guint                timeout_ms,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_autoptr(GVariant) sunk = NULL;
  PulsarDirectory *directory;
  PulsarRoute route;
  GError *error = NULL;

  g_return_if_fail (PULSAR_IS_ACTOR_PROXY (self));
  g_return_if_fail (command != NULL);
  g_return_if_fail (fds == NULL || G_IS_UNIX_FD_LIST (fds));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  sunk = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  if (!pulsar_directory_check_arguments (command, sunk, &error) || !find_way (self, &route, &directory, &error))
    pulsar_directory_ask_failed (self, callback, user_data, error);
  else
    pulsar_directory_ask (directory, pulsar_actor_get_current (), &route, command, sunk, fds, timeout_ms,
                          self, cancellable, callback, user_data);
}

/**
 * pulsar_actor_proxy_send_finish:
 * @self: a proxy
 * @result: the result given to the callback
 * @out_fds: (out) (optional) (nullable) (transfer full): descriptors that came
 *   with the answer, or `NULL`
 * @error: return location for an error
 *
 * Finishes [method@Pulsar.ActorProxy.send_async].
 *
 * Returns: (transfer full): the answer, or `NULL` with @error set
 *
 * Since: 0.1
 */
GVariant *
pulsar_actor_proxy_send_finish (PulsarActorProxy  *self,
                                GAsyncResult      *result,
                                GUnixFDList      **out_fds,
                                GError           **error)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR_PROXY (self), NULL);
  g_return_val_if_fail (pulsar_directory_ask_is_valid (result, self), NULL);

  return pulsar_directory_ask_finish (result, out_fds, error);
}

/**
 * pulsar_actor_proxy_post_async:
 * @self: a proxy
 * @command: the name of the command
 * @arguments: (nullable): a tuple; consumed if floating; `NULL` is the empty one
 * @fds: (nullable): at most 16 descriptors to pass
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the message is on its
 *   way
 * @user_data: data for @callback
 *
 * Tells the actor to execute a command, without an answer.
 *
 * See [method@Pulsar.Actor.post_async].
 *
 * Since: 0.1
 */
void
pulsar_actor_proxy_post_async (PulsarActorProxy    *self,
                               const char          *command,
                               GVariant            *arguments,
                               GUnixFDList         *fds,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(GVariant) sunk = NULL;
  PulsarDirectory *directory;
  PulsarRoute route;
  GError *error = NULL;

  g_return_if_fail (PULSAR_IS_ACTOR_PROXY (self));
  g_return_if_fail (command != NULL);
  g_return_if_fail (fds == NULL || G_IS_UNIX_FD_LIST (fds));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  sunk = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, pulsar_actor_proxy_post_async);
  if (!pulsar_directory_check_arguments (command, sunk, &error) || !find_way (self, &route, &directory, &error))
    g_task_return_error (task, error);
  else
    pulsar_directory_post (directory, pulsar_actor_get_current (), &route, command, sunk, fds, g_steal_pointer (&task));
}

/**
 * pulsar_actor_proxy_post_finish:
 * @self: a proxy
 * @result: the result given to the callback
 * @error: return location for an error
 *
 * Finishes [method@Pulsar.ActorProxy.post_async].
 *
 * Returns: whether the message is on its way
 *
 * Since: 0.1
 */
gboolean
pulsar_actor_proxy_post_finish (PulsarActorProxy  *self,
                                GAsyncResult      *result,
                                GError           **error)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR_PROXY (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * pulsar_actor_proxy_post:
 * @self: a proxy
 * @command: the name of the command
 * @arguments: (nullable): a tuple; consumed if floating; `NULL` is the empty one
 * @error: return location for an error
 *
 * Tells the actor to execute a command, without an answer, if its mailbox has
 * room.
 *
 * See [method@Pulsar.Actor.post].
 *
 * Returns: whether the message is on its way
 *
 * Since: 0.1
 */
gboolean
pulsar_actor_proxy_post (PulsarActorProxy  *self,
                         const char        *command,
                         GVariant          *arguments,
                         GError           **error)
{
  g_autoptr(GVariant) sunk = NULL;
  PulsarDirectory *directory;
  PulsarRoute route;

  g_return_val_if_fail (PULSAR_IS_ACTOR_PROXY (self), FALSE);
  g_return_val_if_fail (command != NULL, FALSE);

  sunk = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  return pulsar_directory_check_arguments (command, sunk, error)
         && find_way (self, &route, &directory, error)
         && pulsar_directory_try_post (directory, pulsar_actor_get_current (), &route, command, sunk, error);
}

/**
 * pulsar_actor_proxy_stop:
 * @self: a proxy
 *
 * Asks the actor to end in order.
 *
 * A process other than that of the arbiter may not end actors; its request has
 * no effect.
 *
 * Since: 0.1
 */
void
pulsar_actor_proxy_stop (PulsarActorProxy *self)
{
  g_return_if_fail (PULSAR_IS_ACTOR_PROXY (self));

  PULSAR_ACTOR_PROXY_GET_CLASS (self)->stop (self);
}
