/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/wire/pulsar-mailbox-private.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/base/pulsar-poll-source-private.h"
#include "pulsar-glib/wire/pulsar-inbox-private.h"
#include "pulsar-glib/wire/pulsar-outbox-private.h"
#include "pulsar-glib/wire/pulsar-pace-private.h"
#include "pulsar-glib/wire/pulsar-spin-private.h"

/* A turn ends after so many frames, so that one busy peer does not keep the others waiting; the rest is taken in the
 * next turn before anything is read. */
#define FRAMES_PER_TURN 256

/* So much is written before the end of a turn: the peer can begin with it. */
#define FLUSH_EARLY (64 * 1024)

/* How long to wait when the kernel has no room for descriptors in flight: no event tells when it has. */
#define RETRY_US (10 * G_TIME_SPAN_MILLISECOND)

/* See read_ahead (). */
#define AHEAD_TURNS 32
#define AHEAD_FRAMES 4

typedef enum
{
  MAILBOX_OPEN,
  MAILBOX_MUTE,    /* the peer takes nothing more; what it sent is still to be received */
  MAILBOX_FAILED,  /* error is set and closed () is due */
  MAILBOX_CLOSED,
} MailboxState;

struct _PulsarMailbox
{
  guint ref_count;                     /* of others; a dispatch keeps the memory, but not the mailbox open */
  MailboxState state;
  int fd;                              /* (owned) -1 once closed */
  PulsarPollSource *source;            /* (owned) (nullable) until closed */
  const PulsarMailboxHandler *handler;
  gpointer user_data;
  PulsarWireThread *thread;            /* (owned) */
  GMainContext *context;               /* (owned) */
  GError *error;                       /* (owned) (nullable) for closed () */

  PulsarInbox inbox;
  PulsarOutbox outbox;
  guint n_dispatches;                  /* running now, inside each other */
  gboolean backlog;                    /* inbox may hold whole frames */
  gboolean dirty;                      /* outbox is to be flushed at the end of this dispatch */
  gboolean listed;                     /* in the list of the thread, until it is closed at the latest */
  gboolean blocked;                    /* the socket is full: waits for G_IO_OUT or for retry */
  gint64 deadline;                     /* of expired (); -1: none */
  gint64 retry;                        /* of an outbox that waits; -1: none */

  /* For each direction: limit = what the sender may still send + what is on its way or in work + what is due. */
  PulsarMailboxLimits limits;          /* what the peer may send */
  gint64 granted_messages;
  gint64 granted_bytes;                /* below zero after an overdraft */
  guint64 due_messages;                /* the peer gets it back with the next frame */
  guint64 due_bytes;
  PulsarMailboxLimits send_limits;     /* what may be sent */
  gint64 credit_messages;
  gint64 credit_bytes;
  gboolean starved;                    /* somebody was refused for the lack of credit */
  gboolean refreshed;                  /* and some came since then */

  guint n_turns;
  guint n_turn_frames;                 /* that came in this turn */
  gboolean is_busy;                    /* and one of them was no heartbeat */
  PulsarPace ahead;                    /* of reading ahead */
  guint spin_us;                       /* of spin (); 0: never */
  gboolean spin_due;                   /* an ask or answer was sent outside a turn, and none came since then */
  gboolean has_answered;               /* in this turn, or before it outside of one */

  guint64 n_sent;
  guint64 n_received;
};

static void
update_ready_time (PulsarMailbox *self)
{
  gint64 time = self->deadline;

  if (self->retry >= 0 && (time < 0 || self->retry < time))
    time = self->retry;
  if (self->state != MAILBOX_OPEN)
    time = 0;

  if (self->state != MAILBOX_CLOSED)
    pulsar_poll_source_set_ready_time (self->source, time);
}

static void
set_blocked (PulsarMailbox *self,
             gboolean       for_output,
             gboolean       for_retry)
{
  if (self->blocked && self->retry < 0 && !for_output)
    pulsar_poll_source_set_condition (self->source, G_IO_IN);
  else if (!self->blocked && for_output)
    pulsar_poll_source_set_condition (self->source, G_IO_IN | G_IO_OUT);

  self->blocked = for_output || for_retry;
  self->retry = for_retry ? g_get_monotonic_time () + RETRY_US : -1;
  update_ready_time (self);
}

static void
close_now (PulsarMailbox *self)
{
  if (self->listed)
    g_ptr_array_remove_fast (self->thread->dirty, self);
  self->listed = FALSE;
  self->state = MAILBOX_CLOSED;
  g_clear_pointer (&self->source, pulsar_poll_source_free);
  close (self->fd);
  self->fd = -1;
  self->dirty = FALSE;
  self->backlog = FALSE;
  pulsar_inbox_clear (&self->inbox);
  pulsar_outbox_clear (&self->outbox);
}

void
pulsar_mailbox_fail (PulsarMailbox *self,
                     GError        *error)
{
  if (self->state == MAILBOX_FAILED || self->state == MAILBOX_CLOSED)
    {
      g_error_free (error);
      return;
    }

  self->error = error;
  self->state = MAILBOX_FAILED;
  self->dirty = FALSE;
  pulsar_outbox_clear (&self->outbox);
  update_ready_time (self);
}

static void
flush_now (PulsarMailbox *self)
{
  GError *error = NULL;

  self->dirty = FALSE;
  if (self->state != MAILBOX_OPEN)
    return;

  switch (pulsar_outbox_flush (&self->outbox, self->fd, &error))
    {
    case PULSAR_OUTBOX_EMPTY:
      if (G_UNLIKELY (self->blocked))
        set_blocked (self, FALSE, FALSE);
      break;
    case PULSAR_OUTBOX_FULL:
      set_blocked (self, TRUE, FALSE);
      break;
    case PULSAR_OUTBOX_LATER:
      set_blocked (self, FALSE, TRUE);
      break;
    case PULSAR_OUTBOX_GONE:
      /* The answers a peer wrote before it died are worth having: the end comes when they are read. */
      self->state = MAILBOX_MUTE;
      pulsar_outbox_clear (&self->outbox);
      update_ready_time (self);
      break;
    case PULSAR_OUTBOX_FAILED:
    default:
      pulsar_mailbox_fail (self, error);
      break;
    }
}

static void
append (PulsarMailbox     *self,
        PulsarFrameHead   *head,
        const PulsarFrame *frame)
{
  head->credit_messages = (guint) MIN (self->due_messages, G_MAXUINT16);
  head->credit_bytes = self->due_bytes;
  self->due_messages -= head->credit_messages;
  self->due_bytes = 0;
  self->granted_messages += head->credit_messages;
  self->granted_bytes += (gint64) head->credit_bytes;

  pulsar_outbox_append (&self->outbox, head, frame);
  self->n_sent++;
}

/* Credit travels on any frame. It gets a frame of its own when much is due, or when the peer has so little left that it
 * may be waiting: a quarter of the limit, or as much as the peer still has. So a peer that has nothing left hears at
 * once of a single message, and a busy one of a whole lot. */
static gboolean
is_credit_urgent (const PulsarMailbox *self)
{
  if (self->due_messages > 0 &&
      ((gint64) self->due_messages >= self->granted_messages || self->due_messages >= self->limits.messages / 4))
    return TRUE;
  return self->due_bytes > 0 &&
         ((gint64) self->due_bytes >= self->granted_bytes || self->due_bytes >= self->limits.bytes / 4);
}

static void
append_credit (PulsarMailbox *self)
{
  static const PulsarFrame frame = { .kind = PULSAR_FRAME_CREDIT };

  while (self->state == MAILBOX_OPEN && is_credit_urgent (self))
    {
      PulsarFrameHead head;

      if (!pulsar_frame_head_init (&head, &frame, 0, NULL))
        g_assert_not_reached ();
      append (self, &head, &frame);
      self->dirty = TRUE;
    }
}

/* Something is in the outbox: it goes out with the dispatch that runs, if one does, and now otherwise. */
static void
schedule_flush (PulsarMailbox *self)
{
  PulsarWireThread *thread = self->thread;

  if (self->blocked)
    return;
  if (pulsar_outbox_get_bytes (&self->outbox) >= FLUSH_EARLY)
    {
      flush_now (self);
      return;
    }
  if (self->n_dispatches > 0)
    {
      self->dirty = TRUE;
      return;
    }

  /* What is dispatched in another context may wait in a main loop of this one. */
  if (thread->n_dispatches == 0 || thread->context != self->context)
    {
      flush_now (self);
      return;
    }
  self->dirty = TRUE;
  if (!self->listed)
    {
      self->listed = TRUE;
      g_ptr_array_add (thread->dirty, self);
      pulsar_poll_source_ask (self->source);
    }
}

static void
flush_others (PulsarWireThread *thread)
{
  while (thread->dirty->len > 0)
    {
      PulsarMailbox *mailbox = g_ptr_array_steal_index_fast (thread->dirty, thread->dirty->len - 1);

      mailbox->listed = FALSE;
      if (mailbox->dirty)
        flush_now (mailbox);
    }
}

/* The last thing a dispatch does with a mailbox: the handler may drop it. */
static void
end (PulsarMailbox *self,
     GError        *error)
{
  g_autoptr(GError) reason = error;

  close_now (self);
  self->handler->closed (self, reason, self->user_data);
}

static gboolean
accept_credit (PulsarMailbox         *self,
               const PulsarFrameHead *head)
{
  gint64 messages = self->credit_messages + head->credit_messages;
  gint64 bytes;

  if (head->credit_bytes > G_MAXINT64 / 2)
    return FALSE;
  bytes = self->credit_bytes + (gint64) head->credit_bytes;
  if (messages > self->send_limits.messages || bytes > (gint64) self->send_limits.bytes)
    return FALSE;

  self->credit_messages = messages;
  self->credit_bytes = bytes;
  self->refreshed = TRUE;
  return TRUE;
}

static gboolean
needs_credit (PulsarFrameKind kind)
{
  return kind == PULSAR_FRAME_REQUEST || kind == PULSAR_FRAME_POST;
}

static gboolean
charge (PulsarMailbox         *self,
        const PulsarFrameHead *head)
{
  if (self->granted_messages <= 0 || self->granted_bytes <= 0)
    return FALSE;
  self->granted_messages--;
  self->granted_bytes -= (gint64) pulsar_frame_head_get_cost (head);
  return TRUE;
}

/* Gives the frames that are here to the handler. */
static void
deliver (PulsarMailbox *self)
{
  for (guint i = 0; i < FRAMES_PER_TURN; i++)
    {
      g_auto(PulsarFrame) frame = { 0 };
      PulsarInboxBuffer *buffer;
      PulsarFrameHead head;
      GError *error = NULL;

      switch (pulsar_inbox_next (&self->inbox, self->limits.message_size, &frame, &head, &buffer, &error))
        {
        case PULSAR_INBOX_MORE:
          break;
        case PULSAR_INBOX_NOTHING:
          self->backlog = FALSE;
          return;
        case PULSAR_INBOX_END:
        case PULSAR_INBOX_FAILED:
        default:
          end (self, error);
          return;
        }

      self->n_received++;
      self->n_turn_frames++;
      self->is_busy |= head.kind != PULSAR_FRAME_HEARTBEAT;
      if ((head.credit_messages > 0 || head.credit_bytes > 0) && !accept_credit (self, &head))
        error = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR,
                                     _("The other side returned credit it did not have"));
      else if (needs_credit (head.kind) && !charge (self, &head))
        error = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR,
                                     _("The other side sent more than it was granted"));
      if (error != NULL)
        {
          pulsar_inbox_buffer_release (buffer);
          end (self, error);
          return;
        }

      /* A main loop inside the handler goes on with the rest, before it reads. */
      self->backlog = pulsar_inbox_is_inside (&self->inbox);
      if (head.kind != PULSAR_FRAME_CREDIT)
        self->handler->received (self, &frame, self->user_data);
      pulsar_inbox_buffer_release (buffer);

      if (self->state != MAILBOX_OPEN && self->state != MAILBOX_MUTE)
        return;
    }
  self->backlog = TRUE;
}

/* Whether there was something to read. */
static gboolean
receive (PulsarMailbox *self)
{
  GError *error = NULL;

  switch (pulsar_inbox_fill (&self->inbox, self->fd, G_MAXSIZE, &error))
    {
    case PULSAR_INBOX_MORE:
      deliver (self);
      return TRUE;

    case PULSAR_INBOX_NOTHING:
      if (self->state == MAILBOX_MUTE)
        end (self, NULL);
      return FALSE;

    case PULSAR_INBOX_END:
      if (pulsar_inbox_is_inside (&self->inbox))
        g_set_error_literal (&error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR,
                             _("The other side ended in the middle of a message"));
      end (self, error);
      return FALSE;

    case PULSAR_INBOX_FAILED:
    default:
      end (self, error);
      return FALSE;
    }
}

static void
mailbox_free (PulsarMailbox *self)
{
  g_clear_error (&self->error);
  g_main_context_unref (self->context);
  pulsar_wire_thread_unref (self->thread);
  g_free (self);
}

static gboolean
mailbox_prepare (gpointer user_data)
{
  PulsarMailbox *self = user_data;

  /* Only true in a main loop inside a dispatch: what was sent so far must not wait for its end. */
  if (self->dirty)
    flush_now (self);
  return self->backlog || self->spin_due;
}

/* What ends a turn: everything that was sent in it leaves. */
static void
end_turn (PulsarMailbox *self)
{
  if (self->starved && self->refreshed && self->state == MAILBOX_OPEN)
    {
      self->starved = FALSE;
      self->refreshed = FALSE;
      if (self->handler->drained != NULL)
        self->handler->drained (self, self->user_data);
    }

  if (self->state == MAILBOX_OPEN)
    append_credit (self);
  if (self->dirty && !self->blocked)
    flush_now (self);
  if (G_UNLIKELY (self->thread->dirty->len > 0))
    flush_others (self->thread);
}

/* Two processes of one CPU that ask and answer by turns spend most of the time on going to sleep and being woken. So after
 * a small turn the CPU is offered to the others, and what has come then is taken without the way through the main loop
 * and poll (): a third of a round trip less. Other sources wait meanwhile, so it is done for some turns only, and not
 * where another mailbox of the thread was busy lately. The pace says when it is worth trying. */
static void
read_ahead (PulsarMailbox *self)
{
  gint64 now;

  if (!pulsar_pace_begin (&self->ahead, self->thread->switched, &now))
    return;

  for (guint i = 0; i < AHEAD_TURNS; i++)
    {
      gboolean goes_on;

      if (self->state != MAILBOX_OPEN || self->backlog || self->blocked || self->n_turn_frames > AHEAD_FRAMES)
        return;

      sched_yield ();
      self->n_turn_frames = 0;
      receive (self);
      goes_on = pulsar_pace_step (&self->ahead, self->n_turn_frames, &now);
      end_turn (self);
      if (!goes_on)
        return;
    }
}

/* Returns: whether an answer is on its way, or somebody who got one may ask again */
static gboolean
expects_more (PulsarMailbox *self)
{
  return self->has_answered || (self->handler->awaits != NULL && self->handler->awaits (self, self->user_data));
}

/* Looks for what is expected for a while, before the main loop sleeps. */
static void
spin (PulsarMailbox *self)
{
  PulsarSpin waiting;

  pulsar_spin_begin (&waiting, self->spin_us, g_get_monotonic_time ());
  do
    {
      if (self->state != MAILBOX_OPEN || self->backlog || self->blocked || self->n_turn_frames > AHEAD_FRAMES ||
          !expects_more (self))
        return;

      sched_yield ();
      self->n_turn_frames = 0;
      receive (self);
      if (self->n_turn_frames > 0)
        end_turn (self);
    }
  while (pulsar_spin_step (&waiting, self->spin_us, self->n_turn_frames, g_get_monotonic_time ()));
}

static void
mailbox_dispatch (GIOCondition condition,
                  gpointer     user_data)
{
  PulsarMailbox *self = user_data;
  PulsarWireThread *thread = self->thread;
  GMainContext *outer = thread->context;
  gboolean spins = self->spin_due;

  self->spin_due = FALSE;
  thread->context = self->context;
  thread->n_dispatches++;
  self->n_dispatches++;
  self->n_turns++;
  self->n_turn_frames = 0;
  self->is_busy = FALSE;

  if (self->blocked &&
      ((condition & G_IO_OUT) != 0 || (self->retry >= 0 && pulsar_poll_source_get_time (self->source) >= self->retry)))
    flush_now (self);

  if (self->state == MAILBOX_FAILED)
    end (self, g_steal_pointer (&self->error));
  else if (self->backlog)
    deliver (self);
  else if ((condition & (G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL)) != 0 || self->state == MAILBOX_MUTE)
    receive (self);

  /* Asking for the time takes a lock: while messages come, now and then is enough. */
  if (self->deadline >= 0 && self->state == MAILBOX_OPEN && (condition == 0 || self->n_turns % 16 == 0) &&
      pulsar_poll_source_get_time (self->source) >= self->deadline)
    {
      self->deadline = -1;
      update_ready_time (self);
      if (self->handler->expired != NULL)
        self->handler->expired (self, self->user_data);
    }

  end_turn (self);
  if (self->spin_us > 0 && (spins || self->n_turn_frames > 0) && thread->n_dispatches == 1)
    spin (self);
  self->has_answered = FALSE;
  if (thread->previous != self)
    {
      /* A thousand idle workers beside a busy one say every few milliseconds that they live. */
      if (self->is_busy)
        {
          thread->previous = self;
          thread->switched = g_get_monotonic_time ();
        }
    }
  else if (self->n_turn_frames > 0 && thread->n_dispatches == 1)
    {
      read_ahead (self);
    }

  self->n_dispatches--;
  thread->n_dispatches--;
  thread->context = outer;
  if (G_UNLIKELY (self->ref_count == 0 && self->n_dispatches == 0))
    mailbox_free (self);
}

static const PulsarPollFuncs poll_funcs = { "[pulsar] mailbox", mailbox_prepare, mailbox_dispatch };

static PulsarMailboxLimits
normalise_limits (const PulsarMailboxLimits *limits)
{
  PulsarMailboxLimits normal = *limits;

  if (normal.messages == 0)
    normal.messages = G_MAXINT;
  if (normal.bytes == 0)
    normal.bytes = G_MAXSSIZE / 4;
  normal.bytes = MIN (normal.bytes, G_MAXSSIZE / 4);
  if (normal.message_size == 0)
    normal.message_size = G_MAXUINT32;
  return normal;
}

PulsarMailbox *
pulsar_mailbox_new (int                         fd,
                    const PulsarMailboxLimits  *limits,
                    const PulsarMailboxHandler *handler,
                    gpointer                    user_data)
{
  PulsarMailbox *self = g_new0 (PulsarMailbox, 1);

  self->ref_count = 1;
  self->fd = fd;
  self->handler = handler;
  self->user_data = user_data;
  self->deadline = -1;
  self->retry = -1;
  pulsar_pace_init (&self->ahead);
  self->limits = normalise_limits (limits);
  self->send_limits = self->limits;
  self->granted_messages = self->credit_messages = self->limits.messages;
  self->granted_bytes = self->credit_bytes = (gint64) self->limits.bytes;

  /* Every read and write says MSG_DONTWAIT anyway, so a failure here harms nobody. */
  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  fcntl (fd, F_SETFD, FD_CLOEXEC);

  self->thread = pulsar_wire_thread_ref (pulsar_wire_thread_get ());
  pulsar_inbox_init (&self->inbox, self->thread, fd);
  self->outbox.thread = self->thread;
  self->context = g_main_context_ref_thread_default ();
  self->source = pulsar_poll_source_new (fd, G_IO_IN, PULSAR_POLL_BUSY, &poll_funcs, self);
  return self;
}

PulsarMailbox *
pulsar_mailbox_ref (PulsarMailbox *self)
{
  self->ref_count++;
  return self;
}

void
pulsar_mailbox_unref (PulsarMailbox *self)
{
  if (--self->ref_count > 0)
    return;

  if (self->state != MAILBOX_CLOSED)
    {
      flush_now (self);
      close_now (self);
    }
  if (self->n_dispatches == 0)
    mailbox_free (self);
}

void
pulsar_mailbox_set_send_limits (PulsarMailbox             *self,
                                const PulsarMailboxLimits *limits)
{
  PulsarMailboxLimits normal = normalise_limits (limits);

  self->credit_messages += (gint64) normal.messages - self->send_limits.messages;
  self->credit_bytes += (gint64) normal.bytes - (gint64) self->send_limits.bytes;
  self->send_limits = normal;
}

gboolean
pulsar_mailbox_has_credit (PulsarMailbox *self,
                           gsize          body_size)
{
  /* The last message may overdraw the bytes, or one larger than all of them could never be sent. */
  if (self->credit_messages > 0 && self->credit_bytes > 0)
    return TRUE;
  self->starved = TRUE;
  self->refreshed = FALSE;
  return FALSE;
}

/* Something will come of what was sent: see spin (). */
static void
note_sent (PulsarMailbox   *self,
           PulsarFrameKind  kind)
{
  if (kind != PULSAR_FRAME_REQUEST && kind != PULSAR_FRAME_REPLY)
    return;

  self->has_answered |= kind == PULSAR_FRAME_REPLY;
  if (self->n_dispatches > 0 || self->spin_due || self->state != MAILBOX_OPEN)
    return;
  self->spin_due = TRUE;
  pulsar_poll_source_ask (self->source);
}

gboolean
pulsar_mailbox_send (PulsarMailbox      *self,
                     const PulsarFrame  *frame,
                     GError            **error)
{
  g_autoptr(GVariant) sunk G_GNUC_UNUSED = pulsar_frame_sink_body (frame->body);
  PulsarFrameHead head;

  if (G_UNLIKELY (self->state != MAILBOX_OPEN))
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED, _("The other side is gone"));
      return FALSE;
    }
  if (!pulsar_frame_head_init (&head, frame, self->send_limits.message_size, error))
    return FALSE;

  if (needs_credit (frame->kind))
    {
      if (!pulsar_mailbox_has_credit (self, head.body_size))
        {
          g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK,
                               _("The mailbox of the other side is full"));
          return FALSE;
        }
      self->credit_messages--;
      self->credit_bytes -= (gint64) pulsar_frame_head_get_cost (&head);
    }

  append (self, &head, frame);
  schedule_flush (self);
  if (G_UNLIKELY (self->spin_us > 0))
    note_sent (self, frame->kind);
  return TRUE;
}

void
pulsar_mailbox_flush (PulsarMailbox *self)
{
  if (self->state == MAILBOX_OPEN && pulsar_outbox_get_bytes (&self->outbox) > 0)
    flush_now (self);
}

void
pulsar_mailbox_drain (PulsarMailbox *self)
{
  gboolean goes_on = self->n_dispatches == 0 && self->state != MAILBOX_CLOSED;
  PulsarPollDispatch running;

  if (!goes_on)
    return;
  self->n_dispatches++;
  pulsar_poll_source_enter (self->source, &running);
  while (goes_on && (self->state == MAILBOX_OPEN || self->state == MAILBOX_MUTE))
    {
      if (self->backlog)
        deliver (self);
      else
        goes_on = receive (self);
    }
  self->n_dispatches--;
  pulsar_poll_source_leave (&running);
  if (self->ref_count == 0 && self->n_dispatches == 0)
    mailbox_free (self);
}

void
pulsar_mailbox_return_credit (PulsarMailbox *self,
                              guint          messages,
                              gsize          bytes)
{
  if (self->state != MAILBOX_OPEN)
    return;

  self->due_messages += messages;
  self->due_bytes += bytes;

  /* In a dispatch there may be frames to come that take it along; this looks again at the end. */
  if (self->n_dispatches == 0 && is_credit_urgent (self))
    {
      append_credit (self);
      schedule_flush (self);
    }
}

void
pulsar_mailbox_set_deadline (PulsarMailbox *self,
                             gint64         deadline)
{
  self->deadline = deadline;
  update_ready_time (self);
}

void
pulsar_mailbox_set_spin (PulsarMailbox *self,
                         guint          us)
{
  self->spin_us = us;
}

guint
pulsar_mailbox_get_spin (PulsarMailbox *self)
{
  return self->spin_us;
}

void
pulsar_mailbox_close (PulsarMailbox *self)
{
  if (self->state == MAILBOX_CLOSED)
    return;
  flush_now (self);
  close_now (self);
}

gboolean
pulsar_mailbox_is_closed (PulsarMailbox *self)
{
  return self->state != MAILBOX_OPEN;
}

int
pulsar_mailbox_get_fd (PulsarMailbox *self)
{
  return self->fd;
}

int
pulsar_mailbox_get_peer_pid (PulsarMailbox *self)
{
  return self->inbox.peer_pid;
}

GMainContext *
pulsar_mailbox_get_context (PulsarMailbox *self)
{
  return self->context;
}

gsize
pulsar_mailbox_get_queued_bytes (PulsarMailbox *self)
{
  return pulsar_outbox_get_bytes (&self->outbox);
}

void
pulsar_mailbox_get_limits (PulsarMailbox       *self,
                           PulsarMailboxLimits *limits)
{
  *limits = self->limits;
}

gsize
pulsar_mailbox_get_message_size (PulsarMailbox *self)
{
  return self->send_limits.message_size;
}

void
pulsar_mailbox_get_credit (PulsarMailbox *self,
                           gint64        *messages,
                           gint64        *bytes)
{
  *messages = self->credit_messages;
  *bytes = self->credit_bytes;
}

guint
pulsar_mailbox_get_n_unreturned (PulsarMailbox *self)
{
  gint64 held = (gint64) self->send_limits.messages - self->credit_messages - self->send_limits.messages / 4;

  return (guint) CLAMP (held, 0, G_MAXINT);
}

void
pulsar_mailbox_get_granted (PulsarMailbox *self,
                            gint64        *messages,
                            gint64        *bytes)
{
  *messages = self->granted_messages;
  *bytes = self->granted_bytes;
}

guint64
pulsar_mailbox_get_n_sent (PulsarMailbox *self)
{
  return self->n_sent;
}

guint64
pulsar_mailbox_get_n_received (PulsarMailbox *self)
{
  return self->n_received;
}
