/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-direct-channel-private.h"

#include <errno.h>
#include <sys/socket.h>

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-command-private.h"
#include "pulsar-glib/actor/pulsar-request-private.h"
#include "pulsar-glib/base/pulsar-error.h"

/* How a channel is opened: what the arbiter does, and what whoever asks for it does. */

/* The arbiter: one channel of a pair of workers that is being made. Others who ask for one of the same pair meanwhile, from either side, wait for it. */
typedef struct
{
  PulsarDirectory *directory;   /* (owned) */
  char *pair;                   /* (owned) */
  PulsarRequest *request;       /* (owned) whose channel is being made */
  GUnixFDList *fds;             /* (owned) (nullable) the end of who asked */
  GVariant *peer;               /* (owned) whom it leads to */
  GQueue later;                 /* of PulsarRequest (owned) */
} Opening;

static GHashTable *openings;    /* pair → Opening (owned) */
static guint64 last_number;

static void make_channel (PulsarRequest *request);

static GVariant *
describe_peer (PulsarActorProxy *proxy,
               guint64           number)
{
  PulsarMailboxLimits limits;

  pulsar_mailbox_get_limits (pulsar_channel_get_mailbox (pulsar_actor_proxy_get_channel (proxy)), &limits);
  return g_variant_new (PULSAR_DIRECT_PEER_TYPE, pulsar_actor_proxy_get_name (proxy), pulsar_actor_proxy_get_id (proxy),
                        limits.messages, (guint64) limits.bytes, (guint64) limits.message_size, number);
}

/* Ends an opening, and lets the next one of the pair begin, which will find that there is a channel. */
static void
opening_done (Opening *self)
{
  GQueue later = self->later;
  PulsarRequest *request;

  g_hash_table_remove (openings, self->pair);
  g_free (self->pair);
  g_clear_object (&self->fds);
  g_variant_unref (self->peer);
  g_object_unref (self->directory);
  g_object_unref (self->request);
  g_free (self);

  while ((request = g_queue_pop_head (&later)) != NULL)
    {
      make_channel (request);
      g_object_unref (request);
    }
}

/* The other side has its end, or did not want it. */
static void
peer_answered_cb (PulsarChannel *channel,
                  GVariant      *body,
                  GUnixFDList   *fds,
                  const GError  *error,
                  gpointer       user_data)
{
  Opening *self = user_data;
  gboolean is_new = FALSE;

  if (error != NULL)
    {
      pulsar_request_return_error (self->request, error);
      opening_done (self);
      return;
    }

  if (body != NULL && g_variant_is_of_type (body, G_VARIANT_TYPE ("(b)")))
    g_variant_get (body, "(b)", &is_new);
  pulsar_request_return_value_with_fds (self->request,
                                        g_variant_new ("(@" PULSAR_DIRECT_PEER_TYPE "u)", self->peer,
                                                       is_new ? PULSAR_DIRECT_NEW : PULSAR_DIRECT_PRESENT),
                                        is_new ? self->fds : NULL);
  opening_done (self);
}

/* Makes a channel between the caller of @request and @peer, unless one of them is being made. */
static void
join (PulsarRequest    *request,
      PulsarDirectory  *directory,
      PulsarActorProxy *caller,
      PulsarActorProxy *peer)
{
  const char *one = pulsar_actor_proxy_get_id (caller);
  const char *other = pulsar_actor_proxy_get_id (peer);
  g_autofree char *pair = strcmp (one, other) < 0 ? g_strconcat (one, " ", other, NULL) : g_strconcat (other, " ", one, NULL);
  g_autoptr(GUnixFDList) fds_of_peer = NULL;
  Opening *self;
  int fds[2];

  if (openings == NULL)
    openings = g_hash_table_new (g_str_hash, g_str_equal);
  self = g_hash_table_lookup (openings, pair);
  if (self != NULL)
    {
      g_queue_push_tail (&self->later, g_object_ref (request));
      return;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
    {
      int errsv = errno;

      pulsar_request_take_error (request, g_error_new (G_IO_ERROR, g_io_error_from_errno (errsv),
                                                       _("Could not make a channel: %s"), g_strerror (errsv)));
      return;
    }

  self = g_new0 (Opening, 1);
  self->directory = g_object_ref (directory);
  self->pair = g_steal_pointer (&pair);
  self->request = g_object_ref (request);
  self->fds = g_unix_fd_list_new_from_array (&fds[0], 1);
  self->peer = g_variant_ref_sink (describe_peer (peer, ++last_number));
  g_queue_init (&self->later);
  g_hash_table_insert (openings, self->pair, self);

  fds_of_peer = g_unix_fd_list_new_from_array (&fds[1], 1);
  pulsar_channel_ask_full (pulsar_actor_proxy_get_channel (peer),
                           &(PulsarChannelCall) {
                             .command = "channel",
                             .arguments = g_variant_new ("(@" PULSAR_DIRECT_PEER_TYPE ")", describe_peer (caller, last_number)),
                             .fds = fds_of_peer,
                             .timeout_ms = PULSAR_TIMEOUT_DEFAULT,
                             .cancellable = pulsar_request_get_cancellable (request),
                           },
                           peer_answered_cb, self);
}

/* For an actor that lives in the process of the arbiter, and so has the mailbox of the caller at its other end. */
static void
answer_here (PulsarRequest *request,
             PulsarActor   *actor)
{
  pulsar_request_return_value (request, g_variant_new ("((ssuttt)u)", pulsar_actor_get_name (actor), pulsar_actor_get_id (actor),
                                                       0u, (guint64) 0, (guint64) 0, (guint64) 0, PULSAR_DIRECT_HERE));
}

static void
make_channel (PulsarRequest *request)
{
  PulsarDirectory *directory = pulsar_actor_get_directory (pulsar_request_get_actor (request));
  PulsarActorProxy *caller = pulsar_request_get_caller (request);
  PulsarRoute route = { 0 };
  GError *error = NULL;
  const char *target;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &target);
  if (directory == NULL || caller == NULL || pulsar_actor_proxy_get_channel (caller) == NULL)
    error = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("The program ends"));
  else if (!pulsar_directory_resolve (directory, NULL, caller, target, &route, &error))
    g_assert (error != NULL);
  else if (route.actor != NULL)
    answer_here (request, route.actor);
  else if (route.proxy == caller)
    error = g_error_new (PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS, _("An actor needs no channel to itself"));
  else if (route.proxy == NULL)
    error = g_error_new (PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS, _("A channel leads to one actor, not to “%s”"), target);
  else
    join (request, directory, caller, route.proxy);

  if (error != NULL)
    pulsar_request_take_error (request, error);
}

static void
open_channel_command (PulsarRequest *request,
                      gpointer       user_data)
{
  make_channel (request);
}

void
pulsar_direct_channel_install_arbiter (void)
{
  pulsar_command_register_builtin ("open-channel", "(s)", PULSAR_COMMAND_CALLERS_SIBLING, open_channel_command, NULL);
}

/* Whoever asks. */
static PulsarActorProxy *
begin_channel (PulsarActor  *self,
               const char   *target,
               GVariant     *reply,
               GUnixFDList  *fds,
               GError      **error)
{
  PulsarDirectory *directory = pulsar_actor_get_directory (self);
  g_autoptr(GVariant) peer = NULL;
  PulsarActorProxy *proxy = NULL;
  const char *name, *id;
  guint kind;

  if (!g_variant_is_of_type (reply, G_VARIANT_TYPE (PULSAR_DIRECT_ANSWER_TYPE)))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR, _("The arbiter answered with type “%s”, not “%s”"),
                   g_variant_get_type_string (reply), PULSAR_DIRECT_ANSWER_TYPE);
      return NULL;
    }
  if (directory == NULL || pulsar_directory_get_upstream (directory) == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("Actor “%s” is not running"), pulsar_actor_get_name (self));
      return NULL;
    }

  g_variant_get (reply, "(@" PULSAR_DIRECT_PEER_TYPE "u)", &peer, &kind);
  g_variant_get_child (peer, 0, "&s", &name);
  g_variant_get_child (peer, 1, "&s", &id);
  if (kind == PULSAR_DIRECT_HERE)
    return pulsar_actor_proxy_new_for_channel (name, id, pulsar_actor_proxy_get_channel (pulsar_directory_get_upstream (directory)), id);

  /* One that was made for the other side meanwhile is as good. */
  proxy = pulsar_direct_table_lookup (pulsar_direct_table_get (directory), id);
  if (proxy == NULL && kind == PULSAR_DIRECT_NEW)
    proxy = pulsar_direct_table_add (pulsar_direct_table_get (directory), peer, fds, strchr (target, '/') == NULL ? target : NULL, error);
  else if (proxy == NULL)
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED, _("Actor “%s” is gone"), name);
  return proxy != NULL ? g_object_ref (proxy) : NULL;
}

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  PulsarActor *self = PULSAR_ACTOR (source);
  g_autoptr(GTask) task = G_TASK (user_data);
  g_autoptr(GUnixFDList) fds = NULL;
  g_autoptr(GVariant) reply = NULL;
  PulsarActorProxy *proxy = NULL;
  GError *error = NULL;

  reply = pulsar_actor_send_finish (self, result, &fds, &error);
  if (reply != NULL)
    proxy = begin_channel (self, g_task_get_task_data (task), reply, fds, &error);
  if (proxy != NULL)
    g_task_return_pointer (task, proxy, g_object_unref);
  else
    g_task_return_error (task, error);
}

/* The process of the arbiter has a mailbox to each worker; nothing is to be made. */
static PulsarActorProxy *
find_from_arbiter (PulsarActor  *self,
                   const char   *target,
                   GError      **error)
{
  PulsarRoute route = { 0 };

  if (!pulsar_directory_resolve (pulsar_actor_get_directory (self), self, NULL, target, &route, error))
    return NULL;
  if (route.actor == self)
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS, _("An actor needs no channel to itself"));
  else if (route.actor != NULL)
    return pulsar_actor_proxy_new_for_actor (route.actor);
  else if (route.proxy != NULL)
    return g_object_ref (route.proxy);
  else
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS, _("A channel leads to one actor, not to “%s”"), target);
  return NULL;
}

/**
 * pulsar_actor_open_channel_async:
 * @self: an actor
 * @target: to whom: a name or id, or one that stands for one worker, such as
 *   `web/any`
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when the channel is open,
 *   or could not be opened
 * @user_data: data for @callback
 *
 * Opens a channel to another worker, past the arbiter.
 *
 * The arbiter makes it and says to each side who is at the other end. From then on
 * all that the two processes send each other by id, by `<name>.<id>`, by a proxy
 * or by @target goes over it, in both directions, and stays in order, also
 * with what was sent before. What is sent to a choice of workers, such as
 * `web/any`, goes through the arbiter as before.
 *
 * Two actors have one channel at most; who asks again gets the same. It ends with
 * either of them. Then asks that wait for an answer, and what is sent by the proxy
 * later, fail with `PULSAR_ERROR_ACTOR_DIED`. A replacement is
 * another actor, to which a channel can be opened anew.
 *
 * The arbiter and its workers have such a channel anyway: then the proxy stands
 * for that one. Errors are:
 *
 * - `PULSAR_ERROR_UNKNOWN_ACTOR`: nobody has that name, or several have it;
 * - `PULSAR_ERROR_INVALID_ARGUMENTS`: it is @self, or several actors are
 *   meant, as by `web/&ast;`;
 * - `PULSAR_ERROR_NOT_RUNNING`, `PULSAR_ERROR_ACTOR_DIED`: the
 *   other one is not there (any more);
 * - `PULSAR_ERROR_TIMED_OUT`: it did not take the channel within 30 s;
 * - `PULSAR_ERROR_CANCELLED`: @cancellable was cancelled; no channel is left.
 *
 * Since: 0.1
 */
void
pulsar_actor_open_channel_async (PulsarActor         *self,
                                 const char          *target,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  PulsarDirectory *directory;
  PulsarActorProxy *proxy = NULL;
  GError *error = NULL;

  g_return_if_fail (PULSAR_IS_ACTOR (self));
  g_return_if_fail (target != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, pulsar_actor_open_channel_async);
  g_task_set_task_data (task, g_strdup (target), g_free);
  g_task_set_check_cancellable (task, FALSE);

  directory = pulsar_actor_get_directory (self);
  if (directory == NULL)
    {
      g_task_return_new_error (task, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("Actor “%s” is not running"),
                               pulsar_actor_get_name (self));
      return;
    }
  if (pulsar_directory_get_upstream (directory) == NULL)
    {
      proxy = find_from_arbiter (self, target, &error);
    }
  else
    {
      proxy = pulsar_direct_table_lookup (pulsar_direct_table_get (directory), target);
      if (proxy == NULL)
        {
          /* The arbiter bounds the time. */
          pulsar_actor_send_async (self, "arbiter", "open-channel", g_variant_new ("(s)", target), NULL, 0, cancellable,
                                   answered_cb, g_steal_pointer (&task));
          return;
        }
      g_object_ref (proxy);
    }

  if (proxy != NULL)
    g_task_return_pointer (task, proxy, g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * pulsar_actor_open_channel_finish:
 * @self: an actor
 * @result: the result given to the callback
 * @error: return location for an error
 *
 * Finishes [method@Pulsar.Actor.open_channel_async].
 *
 * Returns: (transfer full): the actor at the other end, or `NULL` with @error set
 *
 * Since: 0.1
 */
PulsarActorProxy *
pulsar_actor_open_channel_finish (PulsarActor   *self,
                                  GAsyncResult  *result,
                                  GError       **error)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
