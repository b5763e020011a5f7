/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/wire/pulsar-frame-private.h"

G_BEGIN_DECLS

/* PulsarMailbox: one end of a stream socket, as a sequence of frames.
 *
 * It belongs to the thread-default main context of its making and is used from that thread only. Frames sent while any
 * mailbox of the thread is in its dispatch leave together at the end of that dispatch (or before a main loop nested in
 * it polls), others leave at once; what the socket does not take waits here. Sending never blocks.
 *
 * Back-pressure is credit: REQUEST and POST frames spend one message and the bytes of their body, and of their descriptors
 * (PULSAR_FRAME_FD_COST), of what the receiver grants; the receiver gives it back with pulsar_mailbox_return_credit () when it is done with the frame. All other
 * frames pass always. A mailbox never stops reading. */
typedef struct _PulsarMailbox PulsarMailbox;

/* Zero stands for no limit worth the name, except message_size, which is capped by what a frame can say (4 GiB). */
typedef struct
{
  guint messages;      /* frames that need credit, on their way or in work */
  gsize bytes;         /* bytes of their bodies; the last one may overdraw */
  gsize message_size;  /* bytes of one body, of whatever frame */
} PulsarMailboxLimits;

/* Every call happens in the dispatch of the mailbox; each may send, close, drop the last reference, or run a main loop. */
typedef struct
{
  void (*received) (PulsarMailbox *mailbox,
                    PulsarFrame   *frame,   /* lent; CREDIT frames do not come here */
                    gpointer       user_data);
  /* Once, unless it was closed from here before: all that the peer sent has been received. The descriptor is closed.
   * @error: NULL: the peer closed its end or died; PROTOCOL_ERROR, VERSION_MISMATCH: it broke the rules */
  void (*closed)   (PulsarMailbox *mailbox,
                    const GError  *error,
                    gpointer       user_data);
  /* (nullable) credit came back after has_credit () had said no or send () had failed for the lack of it */
  void (*drained)  (PulsarMailbox *mailbox,
                    gpointer       user_data);
  /* (nullable) the deadline has passed, and is unset */
  void (*expired)  (PulsarMailbox *mailbox,
                    gpointer       user_data);
  /* (nullable) whether an answer is awaited: for set_spin () */
  gboolean (*awaits) (PulsarMailbox *mailbox,
                      gpointer       user_data);
} PulsarMailboxHandler;

/* @fd: a connected stream socket of the unix family, taken; made non-blocking and close-on-exec
 * @limits: what both sides grant each other, until set_send_limits () says something else for this direction
 * @handler: (scope notified) not copied: a static table */
PulsarMailbox *pulsar_mailbox_new              (int                         fd,
                                                const PulsarMailboxLimits  *limits,
                                                const PulsarMailboxHandler *handler,
                                                gpointer                    user_data) G_GNUC_WARN_UNUSED_RESULT;
PulsarMailbox *pulsar_mailbox_ref              (PulsarMailbox              *self);
/* The last reference closes. */
void           pulsar_mailbox_unref            (PulsarMailbox              *self);

/* What the peer told it grants. Call it before anything that needs credit was sent, or with the same values. */
void           pulsar_mailbox_set_send_limits  (PulsarMailbox              *self,
                                                const PulsarMailboxLimits  *limits);

gboolean       pulsar_mailbox_has_credit       (PulsarMailbox              *self,
                                                gsize                       body_size);
/* Takes references of body and descriptors, copies the rest; a floating body is sunk.
 * Errors: MESSAGE_TOO_LARGE, INVALID_ARGUMENTS, WOULD_BLOCK (no credit), ACTOR_DIED (closed); none of them changes
 * anything. The descriptors of the list must stay in it until they are sent. */
gboolean       pulsar_mailbox_send             (PulsarMailbox              *self,
                                                const PulsarFrame          *frame,
                                                GError                    **error);
/* Writes what waits, as far as the socket takes it. */
void           pulsar_mailbox_flush            (PulsarMailbox              *self);
/* Receives now what the peer has sent, and learns of its end; for a peer that is known to have ended. Does nothing within a dispatch
 * of the mailbox itself. */
void           pulsar_mailbox_drain            (PulsarMailbox              *self);
void           pulsar_mailbox_return_credit    (PulsarMailbox              *self,
                                                guint                       messages,
                                                gsize                       bytes);

/* One timer that costs no source of its own: expired () is called once after @deadline (monotonic µs; -1: never). */
void           pulsar_mailbox_set_deadline     (PulsarMailbox              *self,
                                                gint64                      deadline);

/* How long it looks for the next message before it sleeps, where an answer is awaited or was just given; 0 (the default): not
 * at all. Other sources of the main loop wait meanwhile; other processes get the CPU whenever they want it. */
void           pulsar_mailbox_set_spin         (PulsarMailbox              *self,
                                                guint                       us);
guint          pulsar_mailbox_get_spin         (PulsarMailbox              *self);

/* Closes after one more attempt to write what waits. closed () is not called. */
void           pulsar_mailbox_close            (PulsarMailbox              *self);
/* The same because of something the peer did; closed () is called with @error, which is taken, but not from in here. */
void           pulsar_mailbox_fail             (PulsarMailbox              *self,
                                                GError                     *error);

gboolean       pulsar_mailbox_is_closed        (PulsarMailbox              *self);
int            pulsar_mailbox_get_fd           (PulsarMailbox              *self);  /* -1 once closed */
/* The process that sent the first thing, as the kernel says, if the socket had SO_PASSCRED; else, and before that, 0. */
int            pulsar_mailbox_get_peer_pid     (PulsarMailbox              *self);
GMainContext  *pulsar_mailbox_get_context      (PulsarMailbox              *self);
gsize          pulsar_mailbox_get_queued_bytes (PulsarMailbox              *self);  /* not yet taken by the socket */
/* What the peer is granted. */
void           pulsar_mailbox_get_limits       (PulsarMailbox              *self,
                                                PulsarMailboxLimits        *limits);

/* Bytes of the largest body the peer takes. */
gsize          pulsar_mailbox_get_message_size (PulsarMailbox             *self);
/* Credit left for sending, and what the peer has left. */
void           pulsar_mailbox_get_credit       (PulsarMailbox              *self,
                                                gint64                     *messages,
                                                gint64                     *bytes);
/* Messages beyond a quarter of the limit that were sent and for which no credit came back: less than a quarter may be unreturned by an idle peer. */
guint          pulsar_mailbox_get_n_unreturned (PulsarMailbox              *self);
void           pulsar_mailbox_get_granted      (PulsarMailbox              *self,
                                                gint64                     *messages,
                                                gint64                     *bytes);
guint64        pulsar_mailbox_get_n_sent       (PulsarMailbox              *self);  /* frames */
guint64        pulsar_mailbox_get_n_received   (PulsarMailbox              *self);

/* Reads exactly one frame of any kind from @fd, blocking, before a mailbox is made of it.
 * @deadline: monotonic µs
 * @frame: (out) cleared by the caller; its texts are NULL
 * Errors: TIMED_OUT, ACTOR_DIED (end of file), PROTOCOL_ERROR, VERSION_MISMATCH */
gboolean       pulsar_mailbox_read_hello       (int                         fd,
                                                gint64                      deadline,
                                                PulsarFrame                *frame,
                                                GError                    **error);

/* Sends an empty frame HELLO, blocking, before a mailbox is made of @fd: what matters is who sent it. A peer that is gone need
 * not be told. */
void           pulsar_mailbox_write_hello      (int                         fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarMailbox, pulsar_mailbox_unref)

G_END_DECLS
