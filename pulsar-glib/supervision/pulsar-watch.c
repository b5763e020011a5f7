/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-watch-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-command-private.h"
#include "pulsar-glib/actor/pulsar-directory-private.h"
#include "pulsar-glib/process/pulsar-exit-record-private.h"
#include "pulsar-glib/supervision/pulsar-watch-table-private.h"

/* The watches of this process. The arbiter keeps the table; elsewhere one ask, answered at once, puts a watch there, and one message brings the
 * notice, so that no watch holds credit while it waits. */

typedef struct
{
  guint64 token;
  GTask *task;               /* (owned) its source is the actor that watches */
  PulsarDirectory *directory;/* (owned) (nullable) that of the arbiter, if this is its process */
  GSource *cancelled;        /* (owned) (nullable) */
  gulong state_id;
} Watch;

static GHashTable *watches;  /* token → Watch (owned) */
static guint64 last_token;

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_signal_handler_disconnect (g_task_get_source_object (watch->task), watch->state_id);
  if (watch->cancelled != NULL)
    {
      g_source_destroy (watch->cancelled);
      g_source_unref (watch->cancelled);
    }
  g_clear_object (&watch->directory);
  g_clear_object (&watch->task);
  g_free (watch);
}

/* Takes a watch out: from here on it has ended. */
static GTask *
take (guint64 token)
{
  Watch *watch = watches != NULL ? g_hash_table_lookup (watches, &token) : NULL;
  GTask *task;

  if (watch == NULL)
    return NULL;
  task = g_object_ref (watch->task);
  g_hash_table_remove (watches, &token);
  return task;
}

void
pulsar_watch_notify (const guint64    *tokens,
                     gsize             n_tokens,
                     PulsarExitRecord *record)
{
  for (gsize i = 0; i < n_tokens; i++)
    {
      g_autoptr(GTask) task = take (tokens[i]);

      if (task != NULL)
        g_task_return_pointer (task, g_object_ref (record), g_object_unref);
    }
}

/* Ends a watch from this side. */
static void
withdraw (Watch  *watch,
          GError *error)
{
  g_autoptr(GTask) task = NULL;

  if (watch->directory != NULL)
    pulsar_watch_table_remove (pulsar_watch_table_get (watch->directory), NULL, watch->token);
  else
    pulsar_actor_post_async (g_task_get_source_object (watch->task), "arbiter", "unwatch",
                             g_variant_new ("(t)", watch->token), NULL, NULL, NULL, NULL);
  task = take (watch->token);
  g_task_return_error (task, error);
}

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  withdraw (user_data, g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_CANCELLED, _("The request was withdrawn")));
  return G_SOURCE_REMOVE;
}

static GError *
make_not_running_error (PulsarActor *actor)
{
  return g_error_new (PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("Actor “%s” is not running"), pulsar_actor_get_name (actor));
}

static void
state_cb (PulsarActor *actor,
          GParamSpec  *pspec,
          Watch       *watch)
{
  PulsarState state = pulsar_actor_get_state (actor);

  if (state == PULSAR_STATE_CLOSED || state == PULSAR_STATE_TERMINATED)
    withdraw (watch, make_not_running_error (actor));
}

static void
fail (guint64  token,
      GError  *error)  /* taken */
{
  g_autoptr(GTask) task = take (token);

  if (task != NULL)
    g_task_return_error (task, error);
  else
    g_error_free (error);
}

static void
asked_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autofree guint64 *token = user_data;
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autoptr(PulsarExitRecord) record = NULL;
  GError *error = NULL;

  reply = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);
  if (reply == NULL)
    {
      fail (*token, error);
      return;
    }
  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE ("(m" PULSAR_EXIT_RECORD_VARIANT_TYPE ")")))
    {
      fail (*token, g_error_new (PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR,
                                 _("The arbiter answered with type “%s”, not “%s”"),
                                 g_variant_get_type_string (reply), "(m" PULSAR_EXIT_RECORD_VARIANT_TYPE ")"));
      return;
    }
  g_variant_get (reply, "(m@" PULSAR_EXIT_RECORD_VARIANT_TYPE ")", &value);
  if (value == NULL)
    return;  /* it lives: the notice will come */
  record = pulsar_exit_record_new_from_variant (value);
  pulsar_watch_notify (token, 1, record);
}

/* Only the arbiter's word is taken: the callers say so. */
static void
exited_command (PulsarRequest *request,
                gpointer       user_data)
{
  g_autoptr(GVariant) tokens = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autoptr(PulsarExitRecord) record = NULL;
  const guint64 *numbers;
  gsize n_numbers;

  g_variant_get (pulsar_request_get_arguments (request), "(@at@" PULSAR_EXIT_RECORD_VARIANT_TYPE ")", &tokens, &value);
  numbers = g_variant_get_fixed_array (tokens, &n_numbers, sizeof (guint64));
  record = pulsar_exit_record_new_from_variant (value);
  pulsar_request_return_value (request, NULL);
  pulsar_watch_notify (numbers, n_numbers, record);
}

/* What the arbiter executes for workers; it does not send these to itself. */
static PulsarWatchTable *
get_table (PulsarRequest *request)
{
  PulsarActor *actor = pulsar_request_get_actor (request);
  g_autoptr(GError) error = NULL;

  if (PULSAR_IS_ARBITER (actor) && pulsar_actor_get_directory (actor) != NULL && PULSAR_IS_WORKER (pulsar_request_get_caller (request)))
    return pulsar_watch_table_get (pulsar_actor_get_directory (actor));

  error = g_error_new (PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED, _("Command “%s” is for the arbiter, from another process"),
                       pulsar_request_get_command (request));
  pulsar_request_return_error (request, error);
  return NULL;
}

static void
watch_command (PulsarRequest *request,
               gpointer       user_data)
{
  PulsarWatchTable *table = get_table (request);
  g_autoptr(PulsarExitRecord) record = NULL;
  g_autoptr(GError) error = NULL;
  const char *target;
  guint64 token;

  if (table == NULL)
    return;
  g_variant_get (pulsar_request_get_arguments (request), "(&st)", &target, &token);
  if (pulsar_watch_table_add (table, pulsar_request_get_caller (request), target, token, &record, &error))
    pulsar_request_return_value (request, g_variant_new ("(m@" PULSAR_EXIT_RECORD_VARIANT_TYPE ")",
                                                         record != NULL ? pulsar_exit_record_to_variant (record) : NULL));
  else
    pulsar_request_return_error (request, error);
}

static void
unwatch_command (PulsarRequest *request,
                 gpointer       user_data)
{
  PulsarWatchTable *table = get_table (request);
  guint64 token;

  if (table == NULL)
    return;
  g_variant_get (pulsar_request_get_arguments (request), "(t)", &token);
  pulsar_watch_table_remove (table, pulsar_request_get_caller (request), token);
  pulsar_request_return_value (request, NULL);
}

void
pulsar_watch_install (void)
{
  pulsar_command_register_builtin ("exited", "(at" PULSAR_EXIT_RECORD_VARIANT_TYPE ")", PULSAR_COMMAND_CALLERS_SUPERVISOR,
                                   exited_command, NULL);
  pulsar_command_lookup ("exited")->at_once = TRUE;
}

void
pulsar_watch_install_arbiter (void)
{
  pulsar_command_register_builtin ("watch", "(st)", PULSAR_COMMAND_CALLERS_SIBLING, watch_command, NULL);
  pulsar_command_register_builtin ("unwatch", "(t)", PULSAR_COMMAND_CALLERS_SIBLING, unwatch_command, NULL);
}

static Watch *
watch_new (PulsarActor  *actor,
           GCancellable *cancellable,
           GTask        *task)  /* taken */
{
  PulsarDirectory *directory = pulsar_actor_get_directory (actor);
  Watch *watch = g_new0 (Watch, 1);

  watch->token = ++last_token;
  watch->task = task;
  if (pulsar_directory_get_upstream (directory) == NULL)
    watch->directory = g_object_ref (directory);
  watch->state_id = g_signal_connect (actor, "notify::state", G_CALLBACK (state_cb), watch);
  if (cancellable != NULL)
    {
      watch->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_static_name (watch->cancelled, "[pulsar] cancellation of a watch");
      g_source_set_callback (watch->cancelled, G_SOURCE_FUNC (cancelled_cb), watch, NULL);
      g_source_attach (watch->cancelled, g_task_get_context (task));
    }
  if (watches == NULL)
    watches = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, watch_free);
  g_hash_table_insert (watches, &watch->token, watch);
  return watch;
}

/**
 * pulsar_actor_watch_async:
 * @self: an actor
 * @target: the name or id of a spawned actor, or the id or `<name>.<id>` of a worker
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the process of @target is gone
 * @user_data: data for @callback
 *
 * Waits for the end of another actor.
 *
 * Exactly one notice comes for each call, with the exit record of the process, also when the actor was dead before: the
 * arbiter remembers the last 4096 that ended. If several of one name did, that of the last one is given. There is no time
 * limit, and as long as the actor lives a watch takes no room in any mailbox.
 *
 * It ends without a notice when it is cancelled (`PULSAR_ERROR_CANCELLED`) and when @self ends
 * (`PULSAR_ERROR_NOT_RUNNING`). Other errors are:
 *
 * - `PULSAR_ERROR_UNKNOWN_ACTOR`: nobody has or had that name, or several have it;
 * - `PULSAR_ERROR_INVALID_ARGUMENTS`: it is an actor without a process of its own, such as a monitor;
 * - `PULSAR_ERROR_WOULD_BLOCK`: this process has 65536 watches.
 *
 * Since: 0.1
 */
void
pulsar_actor_watch_async (PulsarActor         *self,
                          const char          *target,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  g_autoptr(PulsarExitRecord) record = NULL;
  GError *error = NULL;
  Watch *watch;
  guint64 token;

  g_return_if_fail (PULSAR_IS_ACTOR (self));
  g_return_if_fail (target != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, pulsar_actor_watch_async);
  g_task_set_check_cancellable (task, FALSE);
  if (pulsar_actor_get_directory (self) == NULL)
    {
      g_task_return_error (task, make_not_running_error (self));
      return;
    }

  watch = watch_new (self, cancellable, g_steal_pointer (&task));
  token = watch->token;
  if (watch->directory == NULL)
    pulsar_actor_send_async (self, "arbiter", "watch", g_variant_new ("(st)", target, token), NULL, 0, NULL, asked_cb,
                             g_memdup2 (&token, sizeof token));
  else if (!pulsar_watch_table_add (pulsar_watch_table_get (watch->directory), NULL, target, token, &record, &error))
    fail (token, error);
  else if (record != NULL)
    pulsar_watch_notify (&token, 1, record);
}

/**
 * pulsar_actor_watch_finish:
 * @self: an actor
 * @result: the result given to the callback
 * @error: return location for an error
 *
 * Finishes [method@Pulsar.Actor.watch_async].
 *
 * Returns: (transfer full): how the process ended, or `NULL` with @error set
 *
 * Since: 0.1
 */
PulsarExitRecord *
pulsar_actor_watch_finish (PulsarActor   *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
