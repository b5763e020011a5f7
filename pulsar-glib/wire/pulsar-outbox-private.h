/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/wire/pulsar-frame-private.h"
#include "pulsar-glib/wire/pulsar-wire-thread-private.h"

G_BEGIN_DECLS

/* PulsarOutbox: encoded frames on their way to a socket. Part of a PulsarMailbox.
 *
 * Small frames are one run of bytes, so that a burst of them is one send (). The body of a large frame stays where it
 * is and goes out by its address. */
typedef struct
{
  PulsarWireThread *thread;  /* (unowned) */
  guint8 *data;          /* (nullable) the run of bytes; NULL while nothing waits, so that an idle mailbox has none */
  gsize size;            /* allocated */
  gsize start;           /* the first byte not sent yet */
  gsize end;
  GArray *inserts;       /* (nullable) of Insert: what comes between the bytes of the run */
  guint first_insert;    /* the ones before it are done */
  gsize body_bytes;      /* not sent yet, of bodies in inserts */
} PulsarOutbox;

typedef enum
{
  PULSAR_OUTBOX_EMPTY,     /* all is sent */
  PULSAR_OUTBOX_FULL,      /* the socket takes no more now */
  PULSAR_OUTBOX_LATER,     /* too many descriptors are in flight: try again after a while, the socket will not tell when */
  PULSAR_OUTBOX_GONE,      /* the peer closed its end */
  PULSAR_OUTBOX_FAILED,    /* with an error */
} PulsarOutboxResult;

/* Appends the frame @head was made from. Takes references of what it does not copy. */
void               pulsar_outbox_append    (PulsarOutbox          *self,
                                            const PulsarFrameHead *head,
                                            const PulsarFrame     *frame);
PulsarOutboxResult pulsar_outbox_flush     (PulsarOutbox          *self,
                                            int                    fd,
                                            GError               **error);
void               pulsar_outbox_clear     (PulsarOutbox          *self);

static inline gsize
pulsar_outbox_get_bytes (const PulsarOutbox *self)
{
  return self->end - self->start + self->body_bytes;
}

G_END_DECLS
