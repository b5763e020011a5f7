/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-actor-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/actor/pulsar-directory-private.h"
#include "pulsar-glib/base/pulsar-error.h"

/* What an actor says to others: send, post, spawn. It has no state of its own here. */

/* The way from @self to @target. */
static gboolean
find_way (PulsarActor  *self,
          const char   *target,
          PulsarRoute  *route,
          GError      **error)
{
  PulsarDirectory *directory = pulsar_actor_get_directory (self);

  if (directory == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("Actor “%s” is not running"),
                   pulsar_actor_get_name (self));
      return FALSE;
    }
  return pulsar_directory_resolve (directory, self, NULL, target, route, error);
}

/**
 * pulsar_actor_send_async:
 * @self: an actor
 * @target: who is asked; see the class description
 * @command: the name of the command
 * @arguments: (nullable): a tuple; consumed if floating; `NULL` is the empty one
 * @fds: (nullable): at most 16 descriptors to pass
 * @timeout_ms: milliseconds to wait for the answer, usually
 *   [const@Pulsar.TIMEOUT_DEFAULT]; 0 waits as long as it takes
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the ask ended
 * @user_data: data for @callback
 *
 * Asks another actor to execute a command.
 *
 * If the mailbox of the other side is full, the message waits here for room, and
 * the time runs meanwhile. Messages of one actor to another arrive in order.
 *
 * Every ask ends, with the first of answer, timeout, cancellation and death of
 * the other side. Errors of the command arrive with their domain, code and
 * message. Others are:
 *
 * - `PULSAR_ERROR_UNKNOWN_ACTOR`,
 *   `PULSAR_ERROR_UNKNOWN_COMMAND`: there is none of that name;
 * - `PULSAR_ERROR_NOT_ALLOWED`: the command is not for this caller;
 * - `PULSAR_ERROR_INVALID_ARGUMENTS`: the command takes others;
 * - `PULSAR_ERROR_NOT_RUNNING`: the actor is not running;
 * - `PULSAR_ERROR_ACTOR_DIED`: its process ended before it answered;
 * - `PULSAR_ERROR_TIMED_OUT`: no answer came in time;
 * - `PULSAR_ERROR_CANCELLED`: @cancellable was cancelled, of which the
 *   other side is told;
 * - `PULSAR_ERROR_MESSAGE_TOO_LARGE`: the arguments or the answer have
 *   more than `message-size-max` bytes;
 * - `PULSAR_ERROR_REMOTE`: an error whose domain this process does not
 *   know.
 *
 * Since: 0.1
 */
void
pulsar_actor_send_async (PulsarActor         *self,
                         const char          *target,
                         const char          *command,
                         GVariant            *arguments,
                         GUnixFDList         *fds,
                         guint                timeout_ms,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr(GVariant) sunk = NULL;
  PulsarRoute route;
  GError *error = NULL;

  g_return_if_fail (PULSAR_IS_ACTOR (self));
  g_return_if_fail (target != NULL);
  g_return_if_fail (command != NULL);
  g_return_if_fail (fds == NULL || G_IS_UNIX_FD_LIST (fds));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  sunk = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  if (!pulsar_directory_check_arguments (command, sunk, &error) || !find_way (self, target, &route, &error))
    pulsar_directory_ask_failed (self, callback, user_data, error);
  else
    pulsar_directory_ask (pulsar_actor_get_directory (self), self, &route, command, sunk, fds, timeout_ms,
                          self, cancellable, callback, user_data);
}

/**
 * pulsar_actor_send_finish:
 * @self: an actor
 * @result: the result given to the callback
 * @out_fds: (out) (optional) (nullable) (transfer full): descriptors that came
 *   with the answer, or `NULL`
 * @error: return location for an error
 *
 * Finishes [method@Pulsar.Actor.send_async].
 *
 * Returns: (transfer full): the answer, or `NULL` with @error set
 *
 * Since: 0.1
 */
GVariant *
pulsar_actor_send_finish (PulsarActor   *self,
                          GAsyncResult  *result,
                          GUnixFDList  **out_fds,
                          GError       **error)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), NULL);
  g_return_val_if_fail (pulsar_directory_ask_is_valid (result, self), NULL);

  return pulsar_directory_ask_finish (result, out_fds, error);
}

/**
 * pulsar_actor_post_async:
 * @self: an actor
 * @target: who is told; see the class description
 * @command: the name of the command
 * @arguments: (nullable): a tuple; consumed if floating; `NULL` is the empty one
 * @fds: (nullable): at most 16 descriptors to pass
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the message is on its
 *   way
 * @user_data: data for @callback
 *
 * Tells another actor to execute a command, without an answer.
 *
 * If the mailbox of the other side is full, this waits for room. Whether the
 * command exists, was allowed and succeeded is not told.
 *
 * Since: 0.1
 */
void
pulsar_actor_post_async (PulsarActor         *self,
                         const char          *target,
                         const char          *command,
                         GVariant            *arguments,
                         GUnixFDList         *fds,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(GVariant) sunk = NULL;
  PulsarRoute route;
  GError *error = NULL;

  g_return_if_fail (PULSAR_IS_ACTOR (self));
  g_return_if_fail (target != NULL);
  g_return_if_fail (command != NULL);
  g_return_if_fail (fds == NULL || G_IS_UNIX_FD_LIST (fds));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  sunk = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, pulsar_actor_post_async);
  if (!pulsar_directory_check_arguments (command, sunk, &error) || !find_way (self, target, &route, &error))
    g_task_return_error (task, error);
  else
    pulsar_directory_post (pulsar_actor_get_directory (self), self, &route, command, sunk, fds, g_steal_pointer (&task));
}

/**
 * pulsar_actor_post_finish:
 * @self: an actor
 * @result: the result given to the callback
 * @error: return location for an error
 *
 * Finishes [method@Pulsar.Actor.post_async].
 *
 * Returns: whether the message is on its way
 *
 * Since: 0.1
 */
gboolean
pulsar_actor_post_finish (PulsarActor   *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * pulsar_actor_post:
 * @self: an actor
 * @target: who is told; see the class description
 * @command: the name of the command
 * @arguments: (nullable): a tuple; consumed if floating; `NULL` is the empty one
 * @error: return location for an error
 *
 * Tells another actor to execute a command, without an answer, if its mailbox
 * has room.
 *
 * Fails with `PULSAR_ERROR_WOULD_BLOCK` if it has none;
 * [method@Pulsar.Actor.post_async] waits instead.
 *
 * Returns: whether the message is on its way
 *
 * Since: 0.1
 */
gboolean
pulsar_actor_post (PulsarActor  *self,
                   const char   *target,
                   const char   *command,
                   GVariant     *arguments,
                   GError      **error)
{
  g_autoptr(GVariant) sunk = NULL;
  PulsarRoute route;

  g_return_val_if_fail (PULSAR_IS_ACTOR (self), FALSE);
  g_return_val_if_fail (target != NULL, FALSE);
  g_return_val_if_fail (command != NULL, FALSE);

  sunk = arguments != NULL ? g_variant_ref_sink (arguments) : NULL;
  return pulsar_directory_check_arguments (command, sunk, error)
         && find_way (self, target, &route, error)
         && pulsar_directory_try_post (pulsar_actor_get_directory (self), self, &route, command, sunk, error);
}

static void
spawned_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  PulsarActor *self = PULSAR_ACTOR (source);
  g_autoptr(GTask) task = G_TASK (user_data);
  g_autoptr(GVariant) reply = NULL;
  PulsarActorProxy *proxy = NULL;
  PulsarRoute route;
  const char *name;
  const char *id;
  GError *error = NULL;

  reply = pulsar_actor_send_finish (self, result, NULL, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE ("(ss)")))
    {
      g_task_return_new_error (task, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR,
                               _("The arbiter answered with type “%s”, not “%s”"),
                               g_variant_get_type_string (reply), "(ss)");
      return;
    }
  g_variant_get (reply, "(&s&s)", &name, &id);
  if (pulsar_actor_get_directory (self) != NULL)
    proxy = pulsar_directory_lookup_proxy (pulsar_actor_get_directory (self), id);
  if (proxy != NULL)
    g_task_return_pointer (task, g_object_ref (proxy), g_object_unref);
  else if (!find_way (self, id, &route, &error))
    g_task_return_error (task, error);
  else if (route.actor != NULL)
    g_task_return_pointer (task, pulsar_actor_proxy_new_for_actor (route.actor), g_object_unref);
  else
    g_task_return_pointer (task, pulsar_actor_proxy_new_for_channel (name, id, route.channel, id), g_object_unref);
}

/**
 * pulsar_actor_spawn_async:
 * @self: an actor
 * @type: a subclass of [class@Pulsar.Actor] that can be instantiated
 * @name: (nullable): the name of the new actor, or `NULL` for one made of @type
 * @parameters: (nullable): what the new actor gets as
 *   [property@Pulsar.Actor:parameters], as `a{sv}`; consumed if floating
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the actor runs, or
 *   failed to
 * @user_data: data for @callback
 *
 * Makes an actor in a process of its own.
 *
 * The arbiter starts the process, whoever asks; a worker may spawn only types
 * given to [method@Pulsar.Arbiter.allow_spawn], and otherwise gets
 * `PULSAR_ERROR_NOT_ALLOWED`. The program must register @type before it
 * runs, also when it is executed as that process; else this fails with
 * `PULSAR_ERROR_UNKNOWN_TYPE`.
 *
 * Cancelling fails the call; an actor that starts all the same is stopped by the
 * arbiter.
 *
 * Since: 0.1
 */
void
pulsar_actor_spawn_async (PulsarActor         *self,
                          GType                type,
                          const char          *name,
                          GVariant            *parameters,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(GVariant) sunk = NULL;

  g_return_if_fail (PULSAR_IS_ACTOR (self));
  g_return_if_fail (g_type_is_a (type, PULSAR_TYPE_ACTOR));
  g_return_if_fail (parameters == NULL || g_variant_is_of_type (parameters, G_VARIANT_TYPE_VARDICT));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  sunk = g_variant_ref_sink (parameters != NULL ? parameters
                                                : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, pulsar_actor_spawn_async);
  g_task_set_check_cancellable (task, FALSE);

  /* The arbiter bounds the time by start-timeout. */
  pulsar_actor_send_async (self, "arbiter", "spawn",
                           g_variant_new ("(ss@a{sv})", g_type_name (type), name != NULL ? name : "", sunk),
                           NULL, 0, cancellable, spawned_cb, g_steal_pointer (&task));
}

/**
 * pulsar_actor_spawn_finish:
 * @self: an actor
 * @result: the result given to the callback
 * @error: return location for an error
 *
 * Finishes [method@Pulsar.Actor.spawn_async].
 *
 * Returns: (transfer full): the new actor, or `NULL` with @error set
 *
 * Since: 0.1
 */
PulsarActorProxy *
pulsar_actor_spawn_finish (PulsarActor   *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
