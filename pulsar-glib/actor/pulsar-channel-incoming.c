/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-channel-private.h"

#include "pulsar-glib/actor/pulsar-channel-struct-private.h"
#include "pulsar-glib/base/pulsar-error.h"

/* What the peer asks: the table of its requests, and their ends. What is asked of the peer stands in pulsar-channel.c. */

static PulsarIncoming *
find_incoming (PulsarChannel *self,
               guint64        id)
{
  PulsarIncoming *incoming;

  if (self->n_incoming == 0)
    return NULL;
  incoming = &self->incoming[pulsar_channel_incoming_place (self, id)];
  return incoming->used ? incoming : NULL;
}

void
pulsar_channel_grow_incoming (PulsarChannel *self)
{
  PulsarIncoming *old = self->incoming;
  guint old_size = self->incoming_size;

  self->incoming_size = MAX (old_size * 2, PULSAR_CHANNEL_TABLE_SIZE);
  self->incoming = g_new0 (PulsarIncoming, self->incoming_size);
  for (guint i = 0; i < old_size; i++)
    {
      if (old[i].used)
        self->incoming[pulsar_channel_incoming_place (self, old[i].id)] = old[i];
    }
  g_free (old);
}

/* Moves an entry out of the table. */
static PulsarIncoming
take_incoming (PulsarChannel  *self,
               PulsarIncoming *incoming)
{
  guint mask = self->incoming_size - 1;
  guint hole = (guint) (incoming - self->incoming);
  PulsarIncoming taken = *incoming;

  self->incoming[hole].used = FALSE;
  self->n_incoming--;

  /* Those behind it that were pushed on by it come back: else they would not be found any more. */
  for (guint i = (hole + 1) & mask; self->incoming[i].used; i = (i + 1) & mask)
    {
      PulsarIncoming moved = self->incoming[i];

      self->incoming[i].used = FALSE;
      self->incoming[pulsar_channel_incoming_place (self, moved.id)] = moved;
    }
  return taken;
}

/* Takes @id out of the table and gives its credit back. */
static gboolean
end_incoming (PulsarChannel *self,
              guint64        id,
              gboolean      *is_post)
{
  PulsarIncoming *incoming = find_incoming (self, id);
  PulsarIncoming taken;

  if (incoming == NULL)
    return FALSE;

  taken = take_incoming (self, incoming);
  *is_post = taken.is_post;
  pulsar_mailbox_return_credit (self->mailbox, 1, taken.cost);
  g_clear_object (&taken.cancellable);
  return TRUE;
}

void
pulsar_channel_cancel_incoming (PulsarChannel *self,
                                PulsarFrame   *frame)
{
  PulsarIncoming *incoming = find_incoming (self, frame->id);
  g_autoptr(GCancellable) cancellable = NULL;

  /* It may have crossed the answer. */
  if (incoming == NULL)
    return;
  incoming->cancelled = TRUE;
  if (incoming->cancellable == NULL)
    return;
  cancellable = g_object_ref (incoming->cancellable);
  g_cancellable_cancel (cancellable);
}

void
pulsar_channel_end_incoming (PulsarChannel *self)
{
  while (self->n_incoming > 0)
    {
      PulsarIncoming *incoming = self->incoming;
      PulsarIncoming taken;

      while (!incoming->used)
        incoming++;
      taken = take_incoming (self, incoming);
      if (taken.cancellable != NULL)
        g_cancellable_cancel (taken.cancellable);
      g_clear_object (&taken.cancellable);
    }
}

/* Some answer must arrive: a text that is too large for a message is left out. */
static void
send_error (PulsarChannel *self,
            guint64        id,
            const GError  *error)
{
  PulsarFrame frame = { .kind = PULSAR_FRAME_ERROR, .id = id, .body = pulsar_error_to_variant (error) };
  g_autoptr(GError) too_large = NULL;
  g_autoptr(GError) bare = NULL;

  if (pulsar_mailbox_send (self->mailbox, &frame, &too_large) ||
      !g_error_matches (too_large, PULSAR_ERROR, PULSAR_ERROR_MESSAGE_TOO_LARGE))
    return;

  bare = g_error_new_literal (error->domain, error->code, "");
  frame.body = pulsar_error_to_variant (bare);
  if (!pulsar_mailbox_send (self->mailbox, &frame, NULL))
    {
      frame.body = NULL;
      pulsar_mailbox_send (self->mailbox, &frame, NULL);
    }
}

void
pulsar_channel_reply (PulsarChannel *self,
                      guint64        id,
                      GVariant      *body,
                      GUnixFDList   *fds)
{
  g_autoptr(GVariant) sunk G_GNUC_UNUSED = pulsar_frame_sink_body (body);
  g_autoptr(GError) error = NULL;
  PulsarFrame frame = { .kind = PULSAR_FRAME_REPLY, .id = id, .body = body, .fds = fds };
  gboolean is_post = FALSE;

  if (!end_incoming (self, id, &is_post) || is_post)
    return;
  if (!pulsar_mailbox_send (self->mailbox, &frame, &error))
    send_error (self, id, error);
}

void
pulsar_channel_reply_error (PulsarChannel *self,
                            guint64        id,
                            const GError  *error)
{
  gboolean is_post = FALSE;

  if (end_incoming (self, id, &is_post) && !is_post)
    send_error (self, id, error);
}

void
pulsar_channel_done (PulsarChannel *self,
                     guint64        id)
{
  gboolean is_post;

  end_incoming (self, id, &is_post);
}

GCancellable *
pulsar_channel_get_cancellable (PulsarChannel *self,
                                guint64        id)
{
  PulsarIncoming *incoming = find_incoming (self, id);

  if (incoming == NULL)
    return NULL;
  if (incoming->cancellable == NULL)
    {
      incoming->cancellable = g_cancellable_new ();
      if (incoming->cancelled)
        g_cancellable_cancel (incoming->cancellable);
    }
  return incoming->cancellable;
}
