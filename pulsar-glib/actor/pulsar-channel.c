/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-channel-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-channel-struct-private.h"
#include "pulsar-glib/base/pulsar-error.h"

static PulsarChannel *
hold (PulsarChannel *self)
{
  self->n_busy++;
  return self;
}

static void
release (PulsarChannel *self)
{
  if (--self->n_busy > 0 || self->ref_count > 0)
    return;
  pulsar_mailbox_unref (self->mailbox);
  g_free (self->pending);
  g_free (self->incoming);
  g_free (self);
}

/* Table of pending asks */

static PulsarPending *
find_pending (PulsarChannel *self,
              guint64        id)
{
  PulsarPending *pending;

  if (id == 0 || self->pending == NULL)
    return NULL;
  pending = &self->pending[id & (self->pending_size - 1)];
  return pending->id == id ? pending : NULL;
}

static PulsarPending *
add_pending (PulsarChannel *self)
{
  PulsarPending *place;

  if (self->n_pending * 2 >= self->pending_size)
    {
      PulsarPending *old = self->pending;
      guint old_size = self->pending_size;

      /* Ids that differ in the lower bits go on doing so when there is one bit more. */
      self->pending_size = MAX (old_size * 2, PULSAR_CHANNEL_TABLE_SIZE);
      self->pending = g_new0 (PulsarPending, self->pending_size);
      for (guint i = 0; i < old_size; i++)
        {
          if (old[i].id != 0)
            self->pending[old[i].id & (self->pending_size - 1)] = old[i];
        }
      g_free (old);
    }

  do
    place = &self->pending[++self->last_id & (self->pending_size - 1)];
  while (place->id != 0);

  place->id = self->last_id;
  self->n_pending++;
  return place;
}

static void
waiter_free (PulsarWaiter *waiter)
{
  g_free ((char *) waiter->frame.route);
  g_free ((char *) waiter->frame.sender);
  g_free ((char *) waiter->frame.command);
  pulsar_frame_clear (&waiter->frame);
  g_free (waiter);
}

/* Moves an ask out of the table, and out of the queue if it waits there: from here on it has ended. */
static PulsarPending
take_pending (PulsarChannel *self,
              PulsarPending *pending)
{
  PulsarPending taken = *pending;

  *pending = (PulsarPending) { 0 };
  self->n_pending--;

  if (taken.cancel_source != NULL)
    {
      g_source_destroy (taken.cancel_source);
      g_clear_pointer (&taken.cancel_source, g_source_unref);
    }
  if (taken.waiter != NULL)
    {
      g_queue_unlink (&self->waiters, &taken.waiter->link);
      g_clear_pointer (&taken.waiter, waiter_free);
    }
  return taken;
}

/* Ends an ask from this side. The other side hears of it if it has heard of the ask. */
static void
abandon (PulsarChannel *self,
         PulsarPending *pending,
         GError        *error)
{
  gboolean is_sent = pending->waiter == NULL;
  PulsarPending taken = take_pending (self, pending);
  PulsarFrame cancel = { .kind = PULSAR_FRAME_CANCEL, .id = taken.id };

  if (is_sent)
    pulsar_mailbox_send (self->mailbox, &cancel, NULL);
  taken.func (self, NULL, NULL, error, taken.user_data);
  g_error_free (error);
}

void
pulsar_channel_cancel (PulsarChannel *self,
                       guint64        id)
{
  PulsarPending *pending = find_pending (self, id);

  if (pending == NULL)
    return;
  self->n_cancelled++;
  abandon (self, pending, g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_CANCELLED, _("The request was withdrawn")));
}

typedef struct
{
  PulsarChannel *channel;  /* (unowned): the source goes with the ask, and the ask with the channel */
  guint64 id;
} CancelData;

static gboolean
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  CancelData *data = user_data;

  pulsar_channel_cancel (data->channel, data->id);
  return G_SOURCE_REMOVE;
}

/* A source, since a cancellable may be cancelled in any thread. */
static GSource *
watch_cancellable (PulsarChannel *self,
                   GCancellable  *cancellable,
                   guint64        id)
{
  GSource *source = g_cancellable_source_new (cancellable);
  CancelData *data = g_new (CancelData, 1);

  data->channel = self;
  data->id = id;
  g_source_set_static_name (source, "[pulsar] cancellation of an ask");
  g_source_set_callback (source, G_SOURCE_FUNC (cancelled_cb), data, g_free);
  g_source_attach (source, pulsar_mailbox_get_context (self->mailbox));
  return source;
}

static void
arm (PulsarChannel *self,
     gint64         deadline)
{
  self->armed = deadline;
  pulsar_mailbox_set_deadline (self->mailbox, deadline);
}

/* The timer is set to the first deadline when it runs out and otherwise only moved forward by an earlier one. With
 * timeouts of 30 s and answers in microseconds it is set twice a minute, however many asks there are. */
static void
expired_cb (PulsarMailbox *mailbox,
            gpointer       user_data)
{
  PulsarChannel *self = hold (user_data);
  g_autoptr(GArray) expired = NULL;
  gint64 now = g_get_monotonic_time ();
  gint64 next = -1;

  for (guint i = 0; i < self->pending_size; i++)
    {
      PulsarPending *pending = &self->pending[i];

      if (pending->id == 0 || pending->deadline < 0)
        continue;
      if (pending->deadline > now)
        {
          next = next < 0 ? pending->deadline : MIN (next, pending->deadline);
          continue;
        }
      if (expired == NULL)
        expired = g_array_new (FALSE, FALSE, sizeof (guint64));
      g_array_append_val (expired, pending->id);
    }
  arm (self, next);

  /* The table can change in each of the callbacks. */
  for (guint i = 0; expired != NULL && i < expired->len; i++)
    {
      PulsarPending *pending = find_pending (self, g_array_index (expired, guint64, i));

      if (pending == NULL)
        continue;
      self->n_timed_out++;
      abandon (self, pending, g_error_new (PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT,
                                           _("There was no answer within %u ms"), pending->timeout_ms));
    }
  release (self);
}

/* The caller holds the channel. Fails every ask, and cancels what is held for the peer: nobody waits for it any more. */
static void
end_all (PulsarChannel *self)
{
  g_autoptr(GError) error = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED,
                                                 _("The actor ended before it answered"));

  self->closed = TRUE;

  /* Nothing is added any more, so the tables stay as they are, but for what the callbacks end. */
  for (guint i = 0; i < self->pending_size && self->n_pending > 0; i++)
    {
      PulsarPending taken;

      if (self->pending[i].id == 0)
        continue;
      taken = take_pending (self, &self->pending[i]);
      taken.func (self, NULL, NULL, error, taken.user_data);
    }

  pulsar_channel_end_incoming (self);
}

static void
closed_cb (PulsarMailbox *mailbox,
           const GError  *error,
           gpointer       user_data)
{
  PulsarChannel *self = hold (user_data);

  end_all (self);
  if (self->handler->closed != NULL && !self->is_silent)
    self->handler->closed (self, error, self->user_data);
  release (self);
}

static void
handle_answer (PulsarChannel *self,
               PulsarFrame   *frame)
{
  PulsarPending *pending = find_pending (self, frame->id);
  g_autoptr(GError) error = NULL;
  PulsarPending taken;

  if (pending == NULL || pending->waiter != NULL)
    {
      /* Of an ask that has ended, or of one that never was; the peer cannot be told from a slow one. */
      self->n_late++;
      if (self->handler->late != NULL)
        self->handler->late (self, self->user_data);
      return;
    }

  taken = take_pending (self, pending);
  if (frame->kind == PULSAR_FRAME_REPLY)
    {
      taken.func (self, frame->body, frame->fds, NULL, taken.user_data);
      return;
    }
  error = pulsar_error_from_variant (frame->body);
  taken.func (self, NULL, NULL, error, taken.user_data);
}

static void
received_cb (PulsarMailbox *mailbox,
             PulsarFrame   *frame,
             gpointer       user_data)
{
  PulsarChannel *self = user_data;

  switch (frame->kind)
    {
    case PULSAR_FRAME_REQUEST:
    case PULSAR_FRAME_POST:
      if (pulsar_channel_add_incoming (self, frame))
        self->handler->request (self, frame, self->user_data);
      else
        pulsar_channel_protocol_error (self, _("Two requests with the same number"));
      return;

    case PULSAR_FRAME_REPLY:
    case PULSAR_FRAME_ERROR:
      handle_answer (self, frame);
      return;

    case PULSAR_FRAME_CANCEL:
      pulsar_channel_cancel_incoming (self, frame);
      return;

    case PULSAR_FRAME_HELLO:
    case PULSAR_FRAME_READY:
    case PULSAR_FRAME_FAILED:
    case PULSAR_FRAME_HEARTBEAT:
    case PULSAR_FRAME_DRAINING:
    case PULSAR_FRAME_STOP:
    case PULSAR_FRAME_REOPEN:
    case PULSAR_FRAME_WORN:
      if (self->handler->control != NULL)
        self->handler->control (self, frame, self->user_data);
      else
        pulsar_channel_protocol_error (self, _("A message that has no place here"));
      return;

    case PULSAR_FRAME_CREDIT:  /* the mailbox keeps these */
    default:
      g_assert_not_reached ();
    }
}

/* Sends as many of those that wait as there is credit for. */
static void
drained_cb (PulsarMailbox *mailbox,
            gpointer       user_data)
{
  PulsarChannel *self = hold (user_data);

  while (!self->closed && self->waiters.head != NULL && pulsar_mailbox_has_credit (mailbox, 0))
    {
      PulsarWaiter *waiter = self->waiters.head->data;
      PulsarPending *pending = find_pending (self, waiter->id);
      gboolean is_post = waiter->frame.kind == PULSAR_FRAME_POST;
      g_autoptr(GError) error = NULL;
      gboolean is_sent = pulsar_mailbox_send (mailbox, &waiter->frame, &error);

      if (is_sent && !is_post)
        {
          g_queue_unlink (&self->waiters, &waiter->link);
          g_clear_pointer (&pending->waiter, waiter_free);
        }
      else
        {
          /* A post has ended when it is sent; an ask ends here when it cannot be. */
          PulsarPending taken = take_pending (self, pending);

          taken.func (self, NULL, NULL, error, taken.user_data);
        }
    }
  release (self);
}

static gboolean
awaits_cb (PulsarMailbox *mailbox,
           gpointer       user_data)
{
  PulsarChannel *self = user_data;

  return self->n_pending > self->waiters.length;
}

static const PulsarMailboxHandler mailbox_handler = { received_cb, closed_cb, drained_cb, expired_cb, awaits_cb };

PulsarChannel *
pulsar_channel_new (int                         fd,
                    const PulsarMailboxLimits  *limits,
                    const PulsarChannelHandler *handler,
                    gpointer                    user_data)
{
  PulsarChannel *self = g_new0 (PulsarChannel, 1);

  /* These domains exist from the start, so that an error that names one is known. */
  g_assert (PULSAR_ERROR != 0 && G_IO_ERROR != 0);

  self->ref_count = 1;
  self->handler = handler;
  self->user_data = user_data;
  self->armed = -1;
  g_queue_init (&self->waiters);
  self->mailbox = pulsar_mailbox_new (fd, limits, &mailbox_handler, self);
  return self;
}

PulsarChannel *
pulsar_channel_ref (PulsarChannel *self)
{
  self->ref_count++;
  return self;
}

void
pulsar_channel_unref (PulsarChannel *self)
{
  if (--self->ref_count > 0)
    return;

  /* Asks fail here, and their callbacks may take a reference and drop it. */
  hold (self);
  pulsar_channel_close (self);
  release (self);
}

PulsarMailbox *
pulsar_channel_get_mailbox (PulsarChannel *self)
{
  return self->mailbox;
}

static PulsarFrame
frame_from_call (PulsarFrameKind          kind,
                 const PulsarChannelCall *call)
{
  return (PulsarFrame) {
    .kind = kind,
    .flags = call->flags,
    .route = call->route,
    .sender = call->sender,
    .command = call->command,
    .body = call->arguments,
    .fds = call->fds,
  };
}

static PulsarWaiter *
waiter_new (const PulsarFrame *frame)
{
  PulsarWaiter *waiter = g_new0 (PulsarWaiter, 1);

  waiter->link.data = waiter;
  waiter->id = frame->id;
  waiter->frame = *frame;
  waiter->frame.route = g_strdup (frame->route);
  waiter->frame.sender = g_strdup (frame->sender);
  waiter->frame.command = g_strdup (frame->command);
  if (frame->body != NULL)
    g_variant_ref (frame->body);
  if (frame->fds != NULL)
    g_object_ref (frame->fds);
  return waiter;
}

/* A message that can never be sent does not wait for credit first. */
static gboolean
check_frame (PulsarChannel      *self,
             const PulsarFrame  *frame,
             GError            **error)
{
  PulsarFrameHead head;

  return pulsar_frame_head_init (&head, frame, pulsar_mailbox_get_message_size (self->mailbox), error);
}

static guint64
begin (PulsarChannel           *self,
       PulsarFrameKind          kind,
       const PulsarChannelCall *call,
       PulsarChannelReplyFunc   func,
       gpointer                 user_data)
{
  g_autoptr(GVariant) arguments G_GNUC_UNUSED = pulsar_frame_sink_body (call->arguments);
  g_autoptr(GError) error = NULL;
  PulsarFrame frame = frame_from_call (kind, call);
  PulsarPending *pending;
  gboolean is_fine;
  gboolean waits;
  guint64 id;

  if (self->closed)
    {
      g_set_error_literal (&error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED, _("The other side is gone"));
      func (self, NULL, NULL, error, user_data);
      return 0;
    }
  if (call->cancellable != NULL && g_cancellable_is_cancelled (call->cancellable))
    {
      self->n_cancelled++;
      g_set_error_literal (&error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED, _("The request was withdrawn"));
      func (self, NULL, NULL, error, user_data);
      return 0;
    }

  pending = add_pending (self);
  id = frame.id = pending->id;

  /* Who came first goes first, also when there is credit for a later one. */
  waits = self->waiters.head != NULL || !pulsar_mailbox_has_credit (self->mailbox, 0);
  is_fine = waits ? check_frame (self, &frame, &error) : pulsar_mailbox_send (self->mailbox, &frame, &error);
  if (!is_fine || (!waits && kind == PULSAR_FRAME_POST))
    {
      *pending = (PulsarPending) { 0 };
      self->n_pending--;
      func (self, NULL, NULL, error, user_data);
      return 0;
    }

  pending->func = func;
  pending->user_data = user_data;
  pending->timeout_ms = call->timeout_ms;
  pending->deadline = -1;
  if (waits)
    {
      pending->waiter = waiter_new (&frame);
      g_queue_push_tail_link (&self->waiters, &pending->waiter->link);
    }
  if (call->timeout_ms > 0)
    {
      pending->deadline = g_get_monotonic_time () + (gint64) call->timeout_ms * 1000;
      if (self->armed < 0 || pending->deadline < self->armed)
        arm (self, pending->deadline);
    }
  if (call->cancellable != NULL)
    pending->cancel_source = watch_cancellable (self, call->cancellable, id);
  return id;
}

static void
return_answer_cb (PulsarChannel *self,
                  GVariant      *body,
                  GUnixFDList   *fds,
                  const GError  *error,
                  gpointer       user_data)
{
  pulsar_ask_return (PULSAR_ASK (user_data), body, fds, error);
}

void
pulsar_channel_ask (PulsarChannel       *self,
                    const char          *route,
                    const char          *command,
                    GVariant            *arguments,
                    GUnixFDList         *fds,
                    guint                timeout_ms,
                    gpointer             source,
                    GCancellable        *cancellable,
                    GAsyncReadyCallback  callback,
                    gpointer             user_data)
{
  const PulsarChannelCall call = {
    .route = route,
    .command = command,
    .arguments = arguments,
    .fds = fds,
    .timeout_ms = timeout_ms,
    .cancellable = cancellable,
  };
  PulsarAsk *ask = pulsar_ask_new (source, callback, user_data);

  /* An ask that ended in here is gone. */
  if (pulsar_channel_ask_full (self, &call, return_answer_cb, ask) != 0)
    pulsar_ask_begun (ask, pulsar_mailbox_get_context (self->mailbox));
}

guint64
pulsar_channel_ask_full (PulsarChannel           *self,
                         const PulsarChannelCall *call,
                         PulsarChannelReplyFunc   func,
                         gpointer                 user_data)
{
  return begin (self, PULSAR_FRAME_REQUEST, call, func, user_data);
}

static void
return_posted_cb (PulsarChannel *self,
                  GVariant      *body,
                  GUnixFDList   *fds,
                  const GError  *error,
                  gpointer       user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);

  if (error != NULL)
    g_task_return_error (task, g_error_copy (error));
  else
    g_task_return_boolean (task, TRUE);
}

void
pulsar_channel_post (PulsarChannel *self,
                     const char    *route,
                     const char    *command,
                     GVariant      *arguments,
                     GUnixFDList   *fds,
                     guint          timeout_ms,
                     GTask         *task)
{
  const PulsarChannelCall call = {
    .route = route,
    .command = command,
    .arguments = arguments,
    .fds = fds,
    .timeout_ms = timeout_ms,
    .cancellable = g_task_get_cancellable (task),
  };

  if (call.cancellable != NULL)
    g_task_set_check_cancellable (task, FALSE);
  begin (self, PULSAR_FRAME_POST, &call, return_posted_cb, task);
}

void
pulsar_channel_post_full (PulsarChannel           *self,
                          const PulsarChannelCall *call,
                          PulsarChannelReplyFunc   func,
                          gpointer                 user_data)
{
  begin (self, PULSAR_FRAME_POST, call, func, user_data);
}

gboolean
pulsar_channel_try_post (PulsarChannel            *self,
                         const PulsarChannelCall  *call,
                         GError                  **error)
{
  g_autoptr(GVariant) arguments G_GNUC_UNUSED = pulsar_frame_sink_body (call->arguments);
  PulsarFrame frame = frame_from_call (PULSAR_FRAME_POST, call);

  if (self->waiters.head != NULL)
    {
      if (check_frame (self, &frame, error))
        g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK, _("The mailbox of the other side is full"));
      return FALSE;
    }

  frame.id = ++self->last_id;
  return pulsar_mailbox_send (self->mailbox, &frame, error);
}

gboolean
pulsar_channel_has_credit (PulsarChannel *self,
                           gsize          body_size)
{
  return !self->closed && self->waiters.head == NULL && pulsar_mailbox_has_credit (self->mailbox, body_size);
}

gboolean
pulsar_channel_send_control (PulsarChannel    *self,
                             PulsarFrameKind   kind,
                             GVariant         *body,
                             GError          **error)
{
  const PulsarFrame frame = { .kind = kind, .body = body };

  return pulsar_mailbox_send (self->mailbox, &frame, error);
}

gboolean
pulsar_channel_send_reopen (PulsarChannel  *self,
                            GUnixFDList    *files,
                            GError        **error)
{
  const PulsarFrame frame = { .kind = PULSAR_FRAME_REOPEN, .fds = files };

  return pulsar_mailbox_send (self->mailbox, &frame, error);
}

void
pulsar_channel_close (PulsarChannel *self)
{
  self->is_silent = TRUE;
  if (self->closed)
    return;

  self->closed = TRUE;
  hold (self);
  pulsar_mailbox_close (self->mailbox);
  end_all (self);
  release (self);
}

void
pulsar_channel_drain (PulsarChannel *self)
{
  g_autoptr(PulsarChannel) hold G_GNUC_UNUSED = pulsar_channel_ref (self);

  if (self->mailbox != NULL)
    pulsar_mailbox_drain (self->mailbox);
}

void
pulsar_channel_protocol_error (PulsarChannel *self,
                               const char    *text)
{
  pulsar_mailbox_fail (self->mailbox, g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR, text));
}

gboolean
pulsar_channel_is_closed (PulsarChannel *self)
{
  return pulsar_mailbox_is_closed (self->mailbox);
}

guint
pulsar_channel_get_load (PulsarChannel *self)
{
  return MAX (self->n_pending, pulsar_mailbox_get_n_unreturned (self->mailbox)) + self->waiters.length;
}

void
pulsar_channel_get_stats (PulsarChannel      *self,
                          PulsarChannelStats *stats)
{
  *stats = (PulsarChannelStats) {
    .n_pending = self->n_pending,
    .n_waiting = self->waiters.length,
    .n_incoming = self->n_incoming,
    .n_late = self->n_late,
    .n_timed_out = self->n_timed_out,
    .n_cancelled = self->n_cancelled,
  };
}
