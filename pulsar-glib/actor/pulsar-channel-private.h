/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/actor/pulsar-ask-private.h"
#include "pulsar-glib/wire/pulsar-mailbox-private.h"

G_BEGIN_DECLS

/* PulsarChannel: a mailbox with asks and answers on it.
 *
 * Outgoing: every ask gets a 64-bit id and ends exactly once, with the first of reply, timeout, cancellation and death of
 * the peer. An ask that finds no credit waits, in order, and its timeout runs meanwhile. What comes for an ask that has
 * ended is dropped and counted.
 *
 * Incoming: each REQUEST and POST is given to the handler and stays in the table of the channel, with the credit it
 * holds, until the holder says reply (), reply_error () or done () with its id; exactly one of the three. Forgetting it
 * starves the sender. CANCEL frames are resolved here: they cancel the cancellable of the request, and so does the end
 * of the channel.
 *
 * Like its mailbox, a channel belongs to one thread. Handlers may send, close, drop references and run main loops. */
typedef struct _PulsarChannel PulsarChannel;

typedef struct
{
  /* REQUEST or POST. @frame is lent: copy the texts, take references of body and fds. */
  void (*request) (PulsarChannel *channel,
                   PulsarFrame   *frame,
                   gpointer       user_data);
  /* HELLO READY FAILED HEARTBEAT DRAINING STOP; (nullable): such frames are a protocol error */
  void (*control) (PulsarChannel *channel,
                   PulsarFrame   *frame,
                   gpointer       user_data);
  /* (nullable) once, unless pulsar_channel_close () was called; after every pending ask has failed with ACTOR_DIED.
   * @error: NULL: the peer closed its end or died */
  void (*closed)  (PulsarChannel *channel,
                   const GError  *error,
                   gpointer       user_data);
  /* (nullable) an answer was dropped, since its ask had ended */
  void (*late)    (PulsarChannel *channel,
                   gpointer       user_data);
} PulsarChannelHandler;

/* What is to be sent. A zeroed struct is a fine start. */
typedef struct
{
  const char *route;          /* (nullable) the target in the other process; NULL: the peer itself */
  const char *sender;         /* (nullable) only the arbiter sets it, when it relays */
  const char *command;
  GVariant *arguments;        /* (nullable) a floating one is sunk */
  GUnixFDList *fds;           /* (nullable) */
  guint8 flags;               /* PulsarFrameFlags */
  guint timeout_ms;           /* 0: none */
  GCancellable *cancellable;  /* (nullable) */
} PulsarChannelCall;

/* The end of an ask: @error is NULL or borrowed; body (NULL: no value) and fds (nullable) are borrowed. */
typedef void (*PulsarChannelReplyFunc) (PulsarChannel *channel,
                                        GVariant      *body,
                                        GUnixFDList   *fds,
                                        const GError  *error,
                                        gpointer       user_data);

typedef struct
{
  guint n_pending;       /* asks that have not ended, those that wait included */
  guint n_waiting;       /* asks and posts that wait for credit */
  guint n_incoming;      /* requests and posts the holder has not ended */
  guint64 n_late;        /* answers dropped because their ask had ended */
  guint64 n_timed_out;
  guint64 n_cancelled;
} PulsarChannelStats;

PulsarChannel *pulsar_channel_new             (int                         fd,       /* taken */
                                               const PulsarMailboxLimits  *limits,
                                               const PulsarChannelHandler *handler,  /* a static table */
                                               gpointer                    user_data) G_GNUC_WARN_UNUSED_RESULT;
PulsarChannel *pulsar_channel_ref             (PulsarChannel              *self);
void           pulsar_channel_unref           (PulsarChannel              *self);    /* the last one closes */
PulsarMailbox *pulsar_channel_get_mailbox     (PulsarChannel              *self);

/* Asks; pulsar_ask_finish () takes the answer out of the result given to @callback, a PulsarAsk. The first of reply and
 * cancellation wins.
 * Errors of an ask: those of the other side; TIMED_OUT, CANCELLED, ACTOR_DIED, MESSAGE_TOO_LARGE, INVALID_ARGUMENTS.
 * @timeout_ms: 0: none */
void           pulsar_channel_ask             (PulsarChannel              *self,
                                               const char                 *route,
                                               const char                 *command,
                                               GVariant                   *arguments,
                                               GUnixFDList                *fds,
                                               guint                       timeout_ms,
                                               gpointer                    source,       /* (nullable) */
                                               GCancellable               *cancellable,  /* (nullable) */
                                               GAsyncReadyCallback         callback,
                                               gpointer                    user_data);
/* The same without a result, for who relays. @func is called exactly once, perhaps before this returns.
 * Returns: the id, for cancel (); 0 when the ask has ended already */
guint64        pulsar_channel_ask_full        (PulsarChannel              *self,
                                               const PulsarChannelCall    *call,
                                               PulsarChannelReplyFunc      func,
                                               gpointer                    user_data);
/* Ends an ask with CANCELLED and tells the other side. Ids that have ended are no error. */
void           pulsar_channel_cancel          (PulsarChannel              *self,
                                               guint64                     id);

/* Posts. @task (taken) returns TRUE (g_task_return_boolean) when the message has its credit and is on its way. */
void           pulsar_channel_post            (PulsarChannel              *self,
                                               const char                 *route,
                                               const char                 *command,
                                               GVariant                   *arguments,
                                               GUnixFDList                *fds,
                                               guint                       timeout_ms,
                                               GTask                      *task);
/* The same below GTask, for who relays. @func is called exactly once, perhaps before this returns. */
void           pulsar_channel_post_full       (PulsarChannel              *self,
                                               const PulsarChannelCall    *call,
                                               PulsarChannelReplyFunc      func,
                                               gpointer                    user_data);
/* Posts now or fails, with WOULD_BLOCK where it would have to wait. cancellable and timeout_ms of @call are not used. */
gboolean       pulsar_channel_try_post        (PulsarChannel              *self,
                                               const PulsarChannelCall    *call,
                                               GError                    **error);
/* Whether an ask with a body of @body_size would leave at once. */
gboolean       pulsar_channel_has_credit      (PulsarChannel              *self,
                                               gsize                       body_size);

/* How many messages the peer still has to do, as far as is known here: for choosing among peers. */
guint          pulsar_channel_get_load        (PulsarChannel              *self);

/* HELLO READY FAILED HEARTBEAT DRAINING STOP. */
gboolean       pulsar_channel_send_control    (PulsarChannel              *self,
                                               PulsarFrameKind             kind,
                                               GVariant                   *body,   /* (nullable) */
                                               GError                    **error);

/* REOPEN, with the new log files. */
gboolean       pulsar_channel_send_reopen     (PulsarChannel              *self,
                                               GUnixFDList                *files,
                                               GError                    **error);

/* Ends the incoming request @id. What an answer cannot carry (too large) becomes an error for the caller; a POST and a
 * closed channel get nothing; an id that has ended is ignored.
 * @body: (nullable) a floating one is sunk */
void           pulsar_channel_reply           (PulsarChannel              *self,
                                               guint64                     id,
                                               GVariant                   *body,
                                               GUnixFDList                *fds);
void           pulsar_channel_reply_error     (PulsarChannel              *self,
                                               guint64                     id,
                                               const GError               *error);
/* Ends @id without an answer: for posts. */
void           pulsar_channel_done            (PulsarChannel              *self,
                                               guint64                     id);
/* Lent; made at the first call, cancelled already if CANCEL came before; NULL when @id has ended. Take a reference if
 * you keep it. */
GCancellable  *pulsar_channel_get_cancellable (PulsarChannel              *self,
                                               guint64                     id);

/* Receives now what the peer has sent before it ended. */
void           pulsar_channel_drain           (PulsarChannel              *self);
/* Pending asks end with ACTOR_DIED; requests held are cancelled; closed () is not called. */
void           pulsar_channel_close           (PulsarChannel              *self);
/* Closes because the peer broke a rule: closed () will be called with PROTOCOL_ERROR and this text. */
void           pulsar_channel_protocol_error  (PulsarChannel              *self,
                                               const char                 *text);
gboolean       pulsar_channel_is_closed       (PulsarChannel              *self);
void           pulsar_channel_get_stats       (PulsarChannel              *self,
                                               PulsarChannelStats         *stats);

/* How an error travels, "(sis)": domain, code, message. A domain unknown here becomes REMOTE; no quark is made.
 * from_variant () gives a PROTOCOL_ERROR for anything else than a "(sis)". */
GVariant      *pulsar_error_to_variant        (const GError               *error);
GError        *pulsar_error_from_variant      (GVariant                   *body);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarChannel, pulsar_channel_unref)

G_END_DECLS
