/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-direct-channel-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-command-private.h"
#include "pulsar-glib/actor/pulsar-request-private.h"
#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/log/pulsar-log-private.h"

/* One end of a channel. */
typedef struct
{
  PulsarDirectTable *table;
  PulsarActorProxy *peer;   /* (owned) has the channel as long as that is open */
  PulsarChannel *channel;   /* (owned) (nullable) while it is open */
  char *name;               /* (owned) (nullable) by which it was asked for */
  guint64 number;
  gboolean begun;           /* all has come that the peer sent through the arbiter */
  GQueue held;              /* of PulsarRequest (owned), until then */
} Direct;

struct _PulsarDirectTable
{
  PulsarDirectory *directory;  /* which owns the table */
  GHashTable *by_id;           /* id of the peer → Direct (owned); one that closed stays while requests wait for its beginning */
  GHashTable *by_name;         /* name it was asked for by → Direct, while it is open */
  GHashTable *early;           /* id → guint64 (owned): numbers of channels whose beginning came before their end did */
  guint n_open;
};

static void
close_end (Direct *self)
{
  g_autoptr(PulsarChannel) channel = g_steal_pointer (&self->channel);

  if (channel == NULL)
    return;
  self->table->n_open--;
  if (self->name != NULL && g_hash_table_lookup (self->table->by_name, self->name) == self)
    g_hash_table_remove (self->table->by_name, self->name);
  pulsar_actor_proxy_set_channel (self->peer, NULL, NULL);
  pulsar_channel_close (channel);  /* asks that wait for an answer fail here */
}

static void
direct_free (gpointer data)
{
  Direct *self = data;

  close_end (self);
  g_queue_clear_full (&self->held, g_object_unref);
  g_object_unref (self->peer);
  g_free (self->name);
  g_free (self);
}

static void
remove_end (Direct *self)
{
  PulsarDirectTable *table = self->table;
  gpointer id, value;

  if (g_hash_table_lookup (table->by_id, pulsar_actor_proxy_get_id (self->peer)) == self &&
      g_hash_table_steal_extended (table->by_id, pulsar_actor_proxy_get_id (self->peer), &id, &value))
    direct_free (self);
}

static void
request_cb (PulsarChannel *channel,
            PulsarFrame   *frame,
            gpointer       user_data)
{
  Direct *self = user_data;
  PulsarActor *actor = pulsar_directory_get_root (self->table->directory);
  PulsarRequest *request;

  if (actor == NULL)
    {
      g_autoptr(GError) error = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("The program ends"));

      pulsar_channel_reply_error (channel, frame->id, error);
      return;
    }

  /* Route, sender and flags are not looked at: who is at the other end was said by the arbiter, and what it is to this actor, too. */
  request = pulsar_request_new_for_frame (actor, channel, frame, PULSAR_RELATION_SIBLING, self->peer, NULL);
  if (!self->begun)
    {
      g_queue_push_tail (&self->held, request);
      return;
    }
  pulsar_actor_deliver (actor, request);
  pulsar_request_release (request);
}

static void
closed_cb (PulsarChannel *channel,
           const GError  *error,
           gpointer       user_data)
{
  Direct *self = user_data;

  if (error != NULL)
    pulsar_log (PULSAR_LOG_ERROR, _("Channel to “%s”: %s"), pulsar_actor_proxy_get_name (self->peer), error->message);
  if (self->begun || self->held.length == 0)
    remove_end (self);
  else
    close_end (self);
}

static void
late_cb (PulsarChannel *channel,
         gpointer       user_data)
{
  Direct *self = user_data;

  pulsar_directory_count_late (self->table->directory);
}

static const PulsarChannelHandler channel_handler = {
  .request = request_cb,
  .closed = closed_cb,
  .late = late_cb,
};

static void
table_free (gpointer data)
{
  PulsarDirectTable *self = data;

  pulsar_direct_table_close (self);
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->early);
  g_free (self);
}

PulsarDirectTable *
pulsar_direct_table_get (PulsarDirectory *directory)
{
  static GQuark quark = 0;
  PulsarDirectTable *self;

  if (quark == 0)
    quark = g_quark_from_static_string ("pulsar-direct-table");
  self = g_object_get_qdata (G_OBJECT (directory), quark);
  if (self == NULL)
    {
      self = g_new0 (PulsarDirectTable, 1);
      self->directory = directory;
      self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
      self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
      self->early = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_object_set_qdata_full (G_OBJECT (directory), quark, self, table_free);
      pulsar_directory_set_direct (directory, self);
    }
  return self;
}

PulsarActorProxy *
pulsar_direct_table_lookup (PulsarDirectTable *self,
                            const char        *target)
{
  Direct *direct = g_hash_table_lookup (self->by_id, target);
  const char *dot;

  if (direct == NULL && (dot = strrchr (target, '.')) != NULL)
    {
      const char *name;

      direct = g_hash_table_lookup (self->by_id, dot + 1);
      name = direct != NULL ? pulsar_actor_proxy_get_name (direct->peer) : NULL;
      if (name != NULL && (strlen (name) != (gsize) (dot - target) || strncmp (name, target, strlen (name)) != 0))
        direct = NULL;
    }
  if (direct == NULL)
    direct = g_hash_table_lookup (self->by_name, target);
  return direct != NULL && direct->channel != NULL ? direct->peer : NULL;
}

/* The last message of this process that goes through the arbiter. It waits its turn as the others did. */
static void
begin_sending (PulsarDirectTable *self,
               Direct            *direct)
{
  PulsarActorProxy *upstream = pulsar_directory_get_upstream (self->directory);
  g_autoptr(GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  pulsar_channel_post (pulsar_actor_proxy_get_channel (upstream), pulsar_actor_proxy_get_id (direct->peer), "channel-begin",
                       g_variant_new ("(t)", direct->number), NULL, 0, g_steal_pointer (&task));
}

static void
begin_receiving (Direct *self)
{
  PulsarActor *actor = pulsar_directory_get_root (self->table->directory);
  g_autoptr(PulsarDirectory) hold G_GNUC_UNUSED = g_object_ref (self->table->directory);
  GQueue held = self->held;
  PulsarRequest *request;

  self->begun = TRUE;
  g_queue_init (&self->held);
  if (self->channel == NULL)
    remove_end (self);

  while ((request = g_queue_pop_head (&held)) != NULL)
    {
      if (actor != NULL)
        pulsar_actor_deliver (actor, request);
      pulsar_request_release (request);
    }
}

PulsarActorProxy *
pulsar_direct_table_add (PulsarDirectTable  *self,
                         GVariant           *peer,
                         GUnixFDList        *fds,
                         const char         *name,
                         GError            **error)
{
  PulsarActorProxy *upstream = pulsar_directory_get_upstream (self->directory);
  PulsarMailboxLimits own, theirs;
  PulsarMailbox *mailbox;
  guint64 bytes, message_size, number;
  const guint64 *early;
  const char *peer_name, *peer_id;
  Direct *direct;
  int fd;

  if (upstream == NULL || pulsar_actor_proxy_get_channel (upstream) == NULL || fds == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED, _("No channel can begin in this process"));
      return NULL;
    }
  fd = g_unix_fd_list_get (fds, 0, error);
  if (fd < 0)
    return NULL;

  g_variant_get (peer, "(&s&suttt)", &peer_name, &peer_id, &theirs.messages, &bytes, &message_size, &number);
  theirs.bytes = bytes;
  theirs.message_size = message_size;
  mailbox = pulsar_channel_get_mailbox (pulsar_actor_proxy_get_channel (upstream));
  pulsar_mailbox_get_limits (mailbox, &own);

  direct = g_hash_table_lookup (self->by_id, peer_id);
  if (direct != NULL)
    remove_end (direct);  /* an older one that was closed from the other end */

  direct = g_new0 (Direct, 1);
  direct->table = self;
  direct->number = number;
  direct->name = g_strdup (name);
  g_queue_init (&direct->held);
  direct->channel = pulsar_channel_new (fd, &own, &channel_handler, direct);
  pulsar_mailbox_set_send_limits (pulsar_channel_get_mailbox (direct->channel), &theirs);
  pulsar_mailbox_set_spin (pulsar_channel_get_mailbox (direct->channel), pulsar_mailbox_get_spin (mailbox));
  direct->peer = pulsar_actor_proxy_new_for_channel (peer_name, peer_id, direct->channel, NULL);
  early = g_hash_table_lookup (self->early, peer_id);
  direct->begun = early != NULL && *early == number;
  g_hash_table_remove (self->early, peer_id);

  g_hash_table_insert (self->by_id, (char *) pulsar_actor_proxy_get_id (direct->peer), direct);
  if (name != NULL)
    g_hash_table_replace (self->by_name, direct->name, direct);
  self->n_open++;
  begin_sending (self, direct);
  return direct->peer;
}

void
pulsar_direct_table_close (PulsarDirectTable *self)
{
  GHashTableIter iter;
  gpointer direct;

  /* Asks end, and their callbacks may do anything. */
  for (;;)
    {
      g_hash_table_iter_init (&iter, self->by_id);
      if (!g_hash_table_iter_next (&iter, NULL, &direct))
        break;
      remove_end (direct);
    }
}

guint
pulsar_direct_table_get_n_open (PulsarDirectTable *self)
{
  return self->n_open;
}

/* The arbiter gives this process an end of a channel. Answers whether it was wanted. */
static void
channel_command (PulsarRequest *request,
                 gpointer       user_data)
{
  PulsarDirectory *directory = pulsar_actor_get_directory (pulsar_request_get_actor (request));
  g_autoptr(GVariant) peer = NULL;
  PulsarDirectTable *table;
  PulsarActorProxy *present;
  GError *error = NULL;
  const char *id;

  if (directory == NULL || pulsar_directory_get_upstream (directory) == NULL)
    {
      pulsar_request_take_error (request, g_error_new (PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
                                                       _("No channel can begin in this process")));
      return;
    }

  table = pulsar_direct_table_get (directory);
  g_variant_get (pulsar_request_get_arguments (request), "(@" PULSAR_DIRECT_PEER_TYPE ")", &peer);
  g_variant_get_child (peer, 1, "&s", &id);
  /* One that the other side has closed may not be known to be so yet. */
  present = pulsar_direct_table_lookup (table, id);
  if (present != NULL)
    pulsar_channel_drain (pulsar_actor_proxy_get_channel (present));
  if (pulsar_direct_table_lookup (table, id) != NULL)
    pulsar_request_return_value (request, g_variant_new ("(b)", FALSE));
  else if (pulsar_direct_table_add (table, peer, pulsar_request_get_fd_list (request), NULL, &error) != NULL)
    pulsar_request_return_value (request, g_variant_new ("(b)", TRUE));
  else
    pulsar_request_take_error (request, error);
}

/* The last thing that the other side sent through the arbiter. */
static void
channel_begin_command (PulsarRequest *request,
                       gpointer       user_data)
{
  PulsarDirectory *directory = pulsar_actor_get_directory (pulsar_request_get_actor (request));
  PulsarActorProxy *caller = pulsar_request_get_caller (request);
  PulsarDirectTable *table;
  Direct *direct;
  guint64 number;

  g_variant_get (pulsar_request_get_arguments (request), "(t)", &number);
  pulsar_request_return_value (request, NULL);
  if (caller == NULL || directory == NULL || pulsar_directory_get_upstream (directory) == NULL)
    return;

  table = pulsar_direct_table_get (directory);
  direct = g_hash_table_lookup (table->by_id, pulsar_actor_proxy_get_id (caller));
  if (direct != NULL && direct->number == number && !direct->begun)
    begin_receiving (direct);
  else if (direct == NULL || direct->number < number)
    g_hash_table_replace (table->early, g_strdup (pulsar_actor_proxy_get_id (caller)), g_memdup2 (&number, sizeof number));
}

void
pulsar_direct_channel_install (void)
{
  pulsar_command_register_builtin ("channel", "(" PULSAR_DIRECT_PEER_TYPE ")", PULSAR_COMMAND_CALLERS_SUPERVISOR, channel_command, NULL);
  pulsar_command_register_builtin ("channel-begin", "(t)", PULSAR_COMMAND_CALLERS_SIBLING, channel_begin_command, NULL);
}
