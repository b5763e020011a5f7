/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/wire/pulsar-frame-private.h"
#include "pulsar-glib/wire/pulsar-wire-thread-private.h"

G_BEGIN_DECLS

typedef struct _PulsarInboxBuffer PulsarInboxBuffer;

/* PulsarInbox: what came from a socket, on its way to frames. Part of a PulsarMailbox.
 *
 * Bytes are read into a shared buffer of the thread, which goes back as soon as it holds nothing more. A large body that
 * did not come as a whole gets its memory at once and is received right there. */
typedef struct
{
  PulsarWireThread *thread;   /* (unowned) */
  gboolean asks_pid;          /* the socket is to say who sent what comes next */
  int peer_pid;               /* 0 until it did */
  PulsarInboxBuffer *buffer;  /* (owned) (nullable) */
  gsize start;                /* the first byte not consumed: always the start of a frame, a multiple of eight */
  gsize end;
  guint8 *body;               /* (owned) (nullable) the body of the frame at start; the buffer has only its prefix, then what follows */
  gsize body_got;             /* bytes of body and its padding that are there */
  PulsarFrameHead head;       /* of the frame at start, while body is set */
  /* Descriptors that came and are not in a frame yet, in order: those of the frame at start, and those of a frame behind
   * it that came with the rest of that one. A read brings those of one frame at most. */
  int fds[2 * PULSAR_FRAME_FDS_MAX];  /* (owned) */
  guint batches[2];                   /* how many came together */
  guint n_batches;
  /* Types that came lately, with an empty value of each: GLib forgets what it knows of a type with the last value of it,
   * and to find it out again for each message takes longer than everything else that is done for a small one. */
  struct
  {
    GVariant *value;  /* (owned) (nullable) */
    const char *text; /* of value */
    guint length;
  } keepers[4];
  guint next_keeper;
} PulsarInbox;

typedef enum
{
  PULSAR_INBOX_MORE,      /* something was read, or: a frame was taken */
  PULSAR_INBOX_NOTHING,   /* there is nothing to read now, or: no whole frame is here */
  PULSAR_INBOX_END,       /* end of file */
  PULSAR_INBOX_FAILED,    /* the peer broke the rules, or the socket failed */
} PulsarInboxResult;

/* For what comes from the socket @fd. If that has SO_PASSCRED, the first thing that comes tells the process of the peer, by
 * the word of the kernel, and the option is taken off again: it costs something for each message. */
void              pulsar_inbox_init        (PulsarInbox        *self,
                                            PulsarWireThread   *thread,
                                            int                 fd);
/* One recvmsg () of at most @n_bytes. MORE, NOTHING, END or FAILED; a peer that died is END. */
PulsarInboxResult pulsar_inbox_fill        (PulsarInbox        *self,
                                            int                 fd,
                                            gsize               n_bytes,
                                            GError            **error);
/* How many bytes the frame at start lacks, as far as is known; what next () accepted so far is taken for granted. */
gsize             pulsar_inbox_get_missing (const PulsarInbox  *self,
                                            gsize               body_max);
/* Takes the next frame out. MORE, NOTHING or FAILED. After MORE the texts of @frame live as long as @buffer, which the
 * caller releases; body and fds are the caller's.
 * @credit: (out) the head: credit that came back */
PulsarInboxResult pulsar_inbox_next        (PulsarInbox        *self,
                                            gsize               body_max,
                                            PulsarFrame        *frame,
                                            PulsarFrameHead    *head,
                                            PulsarInboxBuffer **buffer,
                                            GError            **error);
void              pulsar_inbox_buffer_release (PulsarInboxBuffer *buffer);
/* Whether a part of a frame is here. */
gboolean          pulsar_inbox_is_inside   (const PulsarInbox  *self);
void              pulsar_inbox_clear       (PulsarInbox        *self);

G_END_DECLS
