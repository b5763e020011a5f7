/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/actor/pulsar-channel-private.h"

/* For the files of PulsarChannel alone. What is called for every message that comes is inline. */

G_BEGIN_DECLS

/* Both tables begin with this many places, a power of two. */
#define PULSAR_CHANNEL_TABLE_SIZE 16

/* An ask or post that has no credit yet. It is linked into the queue of the channel by its link. */
typedef struct
{
  GList link;
  guint64 id;
  PulsarFrame frame;  /* its texts are (owned) here */
} PulsarWaiter;

/* An ask that has not ended, or a post that waits. */
typedef struct
{
  guint64 id;                    /* 0: this place is free */
  gint64 deadline;               /* monotonic µs; -1: none */
  guint timeout_ms;
  PulsarChannelReplyFunc func;
  gpointer user_data;
  GSource *cancel_source;        /* (owned) (nullable) */
  PulsarWaiter *waiter;          /* (owned) (nullable) in the queue, until there is credit */
} PulsarPending;

/* A request or post the holder has not ended. */
typedef struct
{
  guint64 id;
  gsize cost;                    /* the bytes of credit it holds, with one message */
  GCancellable *cancellable;     /* (owned) (nullable) made when it is asked for */
  guint8 used;
  guint8 is_post;
  guint8 cancelled;
} PulsarIncoming;

struct _PulsarChannel
{
  guint ref_count;               /* of others */
  guint n_busy;                  /* own functions that run callbacks: they keep the memory, but not the channel open */
  PulsarMailbox *mailbox;        /* (owned) */
  const PulsarChannelHandler *handler;
  gpointer user_data;
  gboolean closed;               /* every ask fails at once */
  gboolean is_silent;            /* closed from this side: closed () is not called */

  /* The ids are ours, so this table needs no hash: an ask lives at the place its id points to, and an id whose place is
   * taken by an older ask is skipped. Half of the places are always free. */
  PulsarPending *pending;
  guint pending_size;
  guint n_pending;
  guint64 last_id;
  gint64 armed;                  /* the deadline the mailbox watches; -1: none. Never later than the next deadline */

  /* These ids are the peer's, so places are searched for, and a peer that chooses bad ones pays with its own credit. */
  PulsarIncoming *incoming;
  guint incoming_size;
  guint n_incoming;

  GQueue waiters;                /* of PulsarWaiter */
  guint64 n_late;
  guint64 n_timed_out;
  guint64 n_cancelled;
};

/* Cancels and forgets what is held for the peer: nobody waits for it any more. */
void pulsar_channel_end_incoming    (PulsarChannel *self);
/* A CANCEL frame. */
void pulsar_channel_cancel_incoming (PulsarChannel *self,
                                     PulsarFrame   *frame);
void pulsar_channel_grow_incoming   (PulsarChannel *self);

static inline guint
pulsar_channel_incoming_place (const PulsarChannel *self,
                               guint64              id)
{
  guint place = (guint) ((id * G_GUINT64_CONSTANT (0x9E3779B97F4A7C15)) >> 32) & (self->incoming_size - 1);

  while (self->incoming[place].used && self->incoming[place].id != id)
    place = (place + 1) & (self->incoming_size - 1);
  return place;
}

/* Returns: whether @id was new */
static inline gboolean
pulsar_channel_add_incoming (PulsarChannel     *self,
                             const PulsarFrame *frame)
{
  PulsarIncoming *incoming;

  if (self->n_incoming * 2 >= self->incoming_size)
    pulsar_channel_grow_incoming (self);

  incoming = &self->incoming[pulsar_channel_incoming_place (self, frame->id)];
  if (incoming->used)
    return FALSE;

  *incoming = (PulsarIncoming) {
    .id = frame->id,
    .cost = frame->cost,
    .used = TRUE,
    .is_post = frame->kind == PULSAR_FRAME_POST,
  };
  self->n_incoming++;
  return TRUE;
}

G_END_DECLS
