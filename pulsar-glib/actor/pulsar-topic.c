/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-topic-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-actor-struct-private.h"
#include "pulsar-glib/actor/pulsar-command-private.h"
#include "pulsar-glib/actor/pulsar-directory-private.h"
#include "pulsar-glib/actor/pulsar-request-private.h"
#include "pulsar-glib/actor/pulsar-topic-board-private.h"
#include "pulsar-glib/base/pulsar-error.h"

/* The subscriptions of an actor, and the commands between its process and the board of the arbiter. */

typedef struct
{
  guint id;
  char *topic;
  PulsarTopicFunc handler;
  gpointer user_data;
  GDestroyNotify destroy;
  gboolean ended;
} Subscription;

static guint last_id;

static void
subscription_clear (gpointer data)
{
  Subscription *subscription = data;

  if (subscription->destroy != NULL)
    subscription->destroy (subscription->user_data);
  g_free (subscription->topic);
}

static void
subscription_unref (gpointer subscription)
{
  g_rc_box_release_full (subscription, subscription_clear);
}

/* What the array of an actor does with one it no longer has; it may be just being called. */
static void
subscription_end (gpointer data)
{
  Subscription *subscription = data;

  subscription->ended = TRUE;
  subscription_unref (subscription);
}

static gpointer
ref_subscription (gconstpointer subscription,
                  gpointer      user_data)
{
  return g_rc_box_acquire ((gpointer) subscription);
}

void
pulsar_topic_dispatch (PulsarActor *actor,
                       const char  *topic,
                       GVariant    *value)
{
  PulsarActorPrivate *priv = pulsar_actor_get_private (actor);
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (actor);
  GPtrArray *subscriptions = priv->topics != NULL ? g_hash_table_lookup (priv->topics, topic) : NULL;
  g_autoptr(GPtrArray) called = NULL;
  PulsarActor *previous;

  if (subscriptions == NULL)
    return;
  called = g_ptr_array_copy (subscriptions, ref_subscription, NULL);
  g_ptr_array_set_free_func (called, subscription_unref);
  previous = pulsar_actor_push_current (actor);
  for (guint i = 0; i < called->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (called, i);

      if (!subscription->ended)
        subscription->handler (actor, subscription->topic, value, subscription->user_data);
    }
  pulsar_actor_pop_current (previous);
}

void
pulsar_topic_end (PulsarActor *actor)
{
  g_clear_pointer (&pulsar_actor_get_private (actor)->topics, g_hash_table_unref);
}

/* What the arbiter sent. */
static void
value_command (PulsarRequest *request,
               gpointer       user_data)
{
  g_autoptr(GVariant) value = NULL;
  const char *topic;

  g_variant_get (pulsar_request_get_arguments (request), "(&sv)", &topic, &value);
  pulsar_topic_dispatch (pulsar_request_get_actor (request), topic, value);
  pulsar_request_return_value (request, NULL);
}

/* The directory of the arbiter, if that was asked. */
static PulsarDirectory *
get_directory (PulsarRequest *request)
{
  PulsarActor *actor = pulsar_request_get_actor (request);
  PulsarDirectory *directory = pulsar_actor_get_directory (actor);

  if (directory != NULL && pulsar_directory_get_upstream (directory) == NULL && pulsar_directory_get_root (directory) == actor)
    return directory;
  pulsar_request_take_error (request, g_error_new (PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED, _("Command “%s” is for the arbiter"),
                                                   pulsar_request_get_command (request)));
  return NULL;
}

static void
subscribe_command (PulsarRequest *request,
                   gpointer       user_data)
{
  PulsarDirectory *directory = get_directory (request);
  PulsarActorProxy *caller = pulsar_request_get_caller (request);
  GError *error = NULL;
  const char *topic;

  if (directory == NULL)
    return;
  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &topic);
  if (pulsar_directory_lookup_proxy (directory, pulsar_actor_proxy_get_id (caller)) != caller)
    error = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED, _("Only an actor in another process subscribes by message"));
  else if (pulsar_topic_board_subscribe (pulsar_directory_get_topics (directory), caller, topic, &error))
    pulsar_request_return_value (request, NULL);
  if (error != NULL)
    pulsar_request_take_error (request, error);
}

static void
unsubscribe_command (PulsarRequest *request,
                     gpointer       user_data)
{
  PulsarDirectory *directory = get_directory (request);
  const char *topic;

  if (directory == NULL)
    return;
  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &topic);
  pulsar_topic_board_unsubscribe (pulsar_directory_get_topics (directory), pulsar_request_get_caller (request), topic);
  pulsar_request_return_value (request, NULL);
}

static void
publish_command (PulsarRequest *request,
                 gpointer       user_data)
{
  PulsarDirectory *directory = get_directory (request);
  g_autoptr(GPtrArray) actors = NULL;
  g_autoptr(GVariant) value = NULL;
  GError *error = NULL;
  const char *topic;

  if (directory == NULL)
    return;
  g_variant_get (pulsar_request_get_arguments (request), "(&sv)", &topic, &value);
  if (!pulsar_topic_check (topic, &error))
    {
      pulsar_request_take_error (request, error);
      return;
    }
  pulsar_topic_board_publish (pulsar_directory_get_topics (directory), topic, value);
  actors = pulsar_directory_list_actors (directory);
  for (guint i = 0; i < actors->len; i++)
    pulsar_topic_dispatch (g_ptr_array_index (actors, i), topic, value);
  pulsar_request_return_value (request, NULL);
}

void
pulsar_topic_install (void)
{
  pulsar_command_register_builtin ("topic-value", "(sv)", PULSAR_COMMAND_CALLERS_SUPERVISOR, value_command, NULL);
}

void
pulsar_topic_install_arbiter (void)
{
  pulsar_command_register_builtin ("topic-subscribe", "(s)", PULSAR_COMMAND_CALLERS_SIBLING, subscribe_command, NULL);
  pulsar_command_register_builtin ("topic-unsubscribe", "(s)", PULSAR_COMMAND_CALLERS_SIBLING, unsubscribe_command, NULL);
  pulsar_command_register_builtin ("topic-publish", "(sv)", PULSAR_COMMAND_CALLERS_ANY, publish_command, NULL);
}

static void
subscribed_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autofree char *topic = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);

  /* Somebody must look, unless one of the two just ends. */
  if (reply == NULL && !g_error_matches (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED)
      && !g_error_matches (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING))
    g_warning ("Actor “%s” could not subscribe to “%s”: %s", pulsar_actor_get_name (PULSAR_ACTOR (source)), topic, error->message);
}

static gboolean
is_elsewhere (PulsarActor *self)
{
  PulsarDirectory *directory = pulsar_actor_get_directory (self);

  return directory != NULL && pulsar_directory_get_upstream (directory) != NULL;
}

static void
tell_arbiter (PulsarActor *self,
              const char  *topic)
{
  if (is_elsewhere (self))
    pulsar_actor_send_async (self, "arbiter", "topic-subscribe", g_variant_new ("(s)", topic), NULL, 0, NULL, subscribed_cb,
                             g_strdup (topic));
}

void
pulsar_topic_begin (PulsarActor *actor)
{
  PulsarActorPrivate *priv = pulsar_actor_get_private (actor);
  GHashTableIter iter;
  gpointer topic;

  if (priv->topics == NULL)
    return;
  g_hash_table_iter_init (&iter, priv->topics);
  while (g_hash_table_iter_next (&iter, &topic, NULL))
    tell_arbiter (actor, topic);
}

/**
 * pulsar_actor_subscribe:
 * @self: an actor
 * @topic: the name of a topic, of 1 to 255 bytes
 * @handler: (scope notified) (closure user_data) (destroy destroy): called for each value
 * @user_data: data for @handler
 * @destroy: (nullable): frees @user_data when the subscription has ended
 *
 * Gets what any actor of this program publishes on a topic from now on.
 *
 * What one actor publishes arrives in order, and at most once: where more comes than this process can do, and its mailbox is
 * full, it is lost here, and counted in the information about the arbiter. Values that come while the actor starts
 * wait until it runs. Who subscribes in a start hook has subscribed before the actor is ready.
 *
 * The subscription ends with the actor, or with [method@Pulsar.Actor.unsubscribe]. A worker may subscribe to 4096 topics.
 *
 * Returns: a number for [method@Pulsar.Actor.unsubscribe]
 *
 * Since: 0.1
 */
guint
pulsar_actor_subscribe (PulsarActor     *self,
                        const char      *topic,
                        PulsarTopicFunc  handler,
                        gpointer         user_data,
                        GDestroyNotify   destroy)
{
  PulsarActorPrivate *priv;
  GPtrArray *subscriptions;
  Subscription *subscription;

  g_return_val_if_fail (PULSAR_IS_ACTOR (self), 0);
  g_return_val_if_fail (topic != NULL && topic[0] != '\0' && strlen (topic) <= PULSAR_TOPIC_LENGTH_MAX, 0);
  g_return_val_if_fail (handler != NULL, 0);

  priv = pulsar_actor_get_private (self);
  subscription = g_rc_box_new0 (Subscription);
  subscription->id = ++last_id;
  subscription->topic = g_strdup (topic);
  subscription->handler = handler;
  subscription->user_data = user_data;
  subscription->destroy = destroy;

  if (priv->topics == NULL)
    priv->topics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  subscriptions = g_hash_table_lookup (priv->topics, topic);
  if (subscriptions == NULL)
    {
      subscriptions = g_ptr_array_new_with_free_func (subscription_end);
      g_hash_table_insert (priv->topics, g_strdup (topic), subscriptions);
      tell_arbiter (self, topic);
    }
  g_ptr_array_add (subscriptions, subscription);
  return subscription->id;
}

/**
 * pulsar_actor_unsubscribe:
 * @self: an actor
 * @id: what [method@Pulsar.Actor.subscribe] returned
 *
 * Ends a subscription: its handler is not called any more.
 *
 * Returns: whether there was one of that number
 *
 * Since: 0.1
 */
gboolean
pulsar_actor_unsubscribe (PulsarActor *self,
                          guint        id)
{
  PulsarActorPrivate *priv;
  GHashTableIter iter;
  gpointer topic, value;

  g_return_val_if_fail (PULSAR_IS_ACTOR (self), FALSE);

  priv = pulsar_actor_get_private (self);
  if (priv->topics == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, priv->topics);
  while (g_hash_table_iter_next (&iter, &topic, &value))
    {
      GPtrArray *subscriptions = value;

      for (guint i = 0; i < subscriptions->len; i++)
        {
          Subscription *subscription = g_ptr_array_index (subscriptions, i);
          g_autofree char *name = NULL;

          if (subscription->id != id)
            continue;
          name = g_strdup (topic);
          if (subscriptions->len > 1)
            {
              g_ptr_array_remove_index (subscriptions, i);
              return TRUE;
            }
          if (is_elsewhere (self))
            pulsar_actor_post_async (self, "arbiter", "topic-unsubscribe", g_variant_new ("(s)", name), NULL, NULL, NULL, NULL);
          g_hash_table_remove (priv->topics, name);
          return TRUE;
        }
    }
  return FALSE;
}

/**
 * pulsar_actor_publish:
 * @self: an actor
 * @topic: the name of a topic, of 1 to 255 bytes
 * @value: what to publish; consumed if floating
 * @error: return location for an error
 *
 * Publishes a value on a topic: all actors of this program that subscribed to it get it, @self as well.
 *
 * It goes by way of the arbiter. No subscriber holds up the publisher or another subscriber. Errors are
 * `PULSAR_ERROR_WOULD_BLOCK` if the mailbox of the arbiter is full, `PULSAR_ERROR_INVALID_ARGUMENTS` for an impossible name,
 * `PULSAR_ERROR_MESSAGE_TOO_LARGE` and `PULSAR_ERROR_NOT_RUNNING`.
 *
 * Returns: whether the value is on its way
 *
 * Since: 0.1
 */
gboolean
pulsar_actor_publish (PulsarActor  *self,
                      const char   *topic,
                      GVariant     *value,
                      GError      **error)
{
  g_autoptr(GVariant) sunk = NULL;

  g_return_val_if_fail (PULSAR_IS_ACTOR (self), FALSE);
  g_return_val_if_fail (topic != NULL, FALSE);
  g_return_val_if_fail (value != NULL, FALSE);

  sunk = g_variant_ref_sink (value);
  return pulsar_topic_check (topic, error)
         && pulsar_actor_post (self, "arbiter", "topic-publish", g_variant_new ("(sv)", topic, sunk), error);
}
