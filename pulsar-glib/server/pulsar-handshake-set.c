/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-handshake-set-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/server/pulsar-proxy-header-private.h"

/* How much time is left when a worker stops: as long as a client with a slow line needs that is about to be served. */
#define FINISH_US G_TIME_SPAN_SECOND

/* Each handshake of TLS in GIO takes a thread of the pool of GTask for as long as it lasts, and that pool grows slowly. So
 * none gets one before its first message is there, and only so many get one at a time. */
#define SHAKING_MAX 32

/* How long one may keep its thread while others wait for it. A round trip around the world takes less. */
#define FAIR_US G_TIME_SPAN_SECOND

/* How long one may wait for its thread, which the pool gives it when others of the program's tasks leave room, before it counts
 * as slow all the same. Only the thread takes bytes from the socket, so as long as all of the first message is there it waits;
 * a client could pretend that by sending more, but not for longer than this. */
#define THREADLESS_US (5 * FAIR_US)

/* So often at most the log tells of refused connections: that may be a mistake of the configuration, or anybody who knocks. */
#define TELL_US G_TIME_SPAN_MINUTE

/* The first message of TLS: type handshake, version 3.x, length, type client hello. */
#define RECORD_HANDSHAKE 22
#define RECORD_HEAD_SIZE 5
#define RECORD_MAX (16 * 1024)
#define CLIENT_HELLO 1

typedef enum
{
  STEP_PROXY,  /* reading the header */
  STEP_HELLO,  /* waiting until the first message of TLS is there */
  STEP_QUEUE,  /* waiting for a thread */
  STEP_SHAKE,  /* in a thread */
} Step;

typedef struct
{
  PulsarHandshakeSet *set;       /* (owned) */
  PulsarConnection *connection;  /* (owned) */
  GSocketAddress *remote;        /* (owned) (nullable) the other end of the socket */
  Step step;
  GSource *source;               /* (owned) (nullable) attached while bytes are waited for */
  guint8 *header;                /* (owned) (nullable) what was read of it so far */
  gsize n_header;
  GTlsConnection *tls;           /* (owned) (nullable) in STEP_SHAKE */
  GCancellable *cancellable;     /* (owned) (nullable) in STEP_SHAKE */
  const char *given_up;          /* (nullable) why; the thread has not ended yet */
  gint64 deadline_us;
  gint64 asked_us;               /* when a thread was asked for */
  gint64 begun_us;               /* when it got its thread, or was last seen without one */
  int n_unread;                  /* the bytes in the socket when a thread was asked for */
  gboolean is_told;              /* the log has it */
  GList link;                    /* in pending, unless it is given up */
  GList turn;                    /* in waiting or shaking, from STEP_QUEUE on */
} Handshake;

struct _PulsarHandshakeSet
{
  grefcount ref_count;       /* one of the owner, one of each handshake */
  gint64 timeout_us;
  PulsarProxyTrust *trust;   /* (owned) (nullable) */
  PulsarTlsKeys *keys;       /* (owned) (nullable) */
  PulsarHandshakeDone done;  /* (nullable) NULL once it is closed */
  gpointer user_data;
  GSource *timer;            /* (owned) attached until it is closed */
  GQueue pending;            /* (element-type Handshake) all that may still succeed, by deadline */
  GQueue waiting;            /* (element-type Handshake) those in STEP_QUEUE, by arrival */
  GQueue shaking;            /* (element-type Handshake) those in STEP_SHAKE, by begun_us */
  guint64 n_failed;
  gint64 told_us;            /* when the log told of one; 0 for never */
  guint n_untold;            /* since then */
  PulsarHandshakeEmpty empty;  /* (nullable) */
  gpointer empty_data;
};

static void
handshake_set_unref (PulsarHandshakeSet *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->trust, pulsar_proxy_trust_free);
  g_clear_pointer (&self->keys, pulsar_tls_keys_free);
  g_free (self);
}

static PulsarHandshakeSet *
handshake_set_ref (PulsarHandshakeSet *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

static void
stop_waiting_for_bytes (Handshake *handshake)
{
  if (handshake->source != NULL)
    g_source_destroy (handshake->source);
  g_clear_pointer (&handshake->source, g_source_unref);
}

/* The last one was done, or given up. */
static void
tell_if_empty (PulsarHandshakeSet *self)
{
  PulsarHandshakeEmpty empty = self->empty;

  if (self->pending.length > 0 || empty == NULL)
    return;
  self->empty = NULL;
  empty (self->empty_data);
}

static void
unlink_pending (Handshake *handshake)
{
  if (handshake->link.data == NULL)
    return;
  g_queue_unlink (&handshake->set->pending, &handshake->link);
  handshake->link.data = NULL;
}

/* Closes the connection if nobody took it. */
static void
handshake_free (Handshake *handshake)
{
  stop_waiting_for_bytes (handshake);
  unlink_pending (handshake);
  if (handshake->step == STEP_QUEUE)
    g_queue_unlink (&handshake->set->waiting, &handshake->turn);
  else if (handshake->step == STEP_SHAKE)
    g_queue_unlink (&handshake->set->shaking, &handshake->turn);
  g_clear_object (&handshake->tls);
  g_clear_object (&handshake->cancellable);
  g_clear_object (&handshake->connection);
  g_clear_object (&handshake->remote);
  g_free (handshake->header);
  handshake_set_unref (handshake->set);
  g_free (handshake);
}

static char *
describe_peer (Handshake *handshake)
{
  GSocketAddress *peer = handshake->remote;

  if (handshake->step != STEP_PROXY && pulsar_connection_get_peer_address (handshake->connection) != NULL)
    peer = pulsar_connection_get_peer_address (handshake->connection);
  return peer != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (peer)) : g_strdup ("nobody");
}

/* Somebody should look why, if it goes on: this is not the client who came to see whether anybody listens. */
static void
tell (Handshake  *handshake,
      const char *reason)
{
  PulsarHandshakeSet *self = handshake->set;
  gint64 now = g_get_monotonic_time ();
  g_autofree char *peer = NULL;

  if (self->told_us != 0 && now - self->told_us < TELL_US)
    {
      self->n_untold++;
      return;
    }
  peer = describe_peer (handshake);
  if (self->n_untold == 0)
    pulsar_log (PULSAR_LOG_NOTICE, _("A connection from %s was closed before it was served: %s"), peer, reason);
  else
    pulsar_log (PULSAR_LOG_NOTICE, _("A connection from %s was closed before it was served, as %u since this was last told: %s"),
                peer, self->n_untold, reason);
  handshake->is_told = TRUE;
  self->told_us = now;
  self->n_untold = 0;
}

static void
fail (Handshake  *handshake,
      const char *reason)
{
  PulsarHandshakeSet *self = handshake_set_ref (handshake->set);
  g_autofree char *peer = describe_peer (handshake);

  if (!handshake->is_told)
    g_info ("A connection from %s was closed before it was served: %s", peer, reason);
  self->n_failed++;

  handshake_free (handshake);
  tell_if_empty (self);
  handshake_set_unref (self);
}

/* A thread of GTask that shakes hands comes back by itself, as soon as it sees that it has to; the peer sees the end now. */
static void
give_up (Handshake  *handshake,
         const char *reason)
{
  if (handshake->step != STEP_SHAKE)
    {
      fail (handshake, reason);
      return;
    }
  handshake->given_up = reason;
  unlink_pending (handshake);
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (handshake->connection)), TRUE, TRUE, NULL);
  g_cancellable_cancel (handshake->cancellable);
  tell_if_empty (handshake->set);
}

static void
succeed (Handshake *handshake)
{
  PulsarHandshakeSet *self = handshake_set_ref (handshake->set);
  g_autoptr(PulsarConnection) connection = g_steal_pointer (&handshake->connection);

  handshake_free (handshake);
  if (self->done != NULL)
    self->done (connection, self->user_data);
  tell_if_empty (self);
  handshake_set_unref (self);
}

static int
get_fd (Handshake *handshake)
{
  return g_socket_get_fd (g_socket_connection_get_socket (G_SOCKET_CONNECTION (handshake->connection)));
}

/* Only then is the socket readable; of unix sockets it is with any byte. */
static void
set_bytes_wanted (Handshake *handshake,
                  int        n_bytes)
{
  setsockopt (get_fd (handshake), SOL_SOCKET, SO_RCVLOWAT, &n_bytes, sizeof n_bytes);
}

/* Those before it are given up and about to leave. */
static Handshake *
get_oldest_shaking (PulsarHandshakeSet *self)
{
  GList *l = self->shaking.head;

  while (l != NULL && ((Handshake *) l->data)->given_up != NULL)
    l = l->next;
  return l != NULL ? l->data : NULL;
}

static void
update_timer (PulsarHandshakeSet *self)
{
  gint64 next = -1;
  Handshake *oldest;

  if (self->pending.head != NULL)
    next = ((Handshake *) self->pending.head->data)->deadline_us;
  oldest = self->waiting.head != NULL ? get_oldest_shaking (self) : NULL;
  if (oldest != NULL)
    next = MIN (next, oldest->begun_us + FAIR_US);
  g_source_set_ready_time (self->timer, next);
}

/* TLS told the client why it failed. Bytes that nobody read would make the kernel take that back and reset the connection. */
static void
discard_input (Handshake *handshake)
{
  guint8 buffer[4096];

  for (guint i = 0; i < 16; i++)
    {
      if (recv (get_fd (handshake), buffer, sizeof buffer, MSG_DONTWAIT) <= 0)
        return;
    }
}

static void start_waiting (PulsarHandshakeSet *self);

static void
handshake_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Handshake *handshake = user_data;
  PulsarHandshakeSet *self = handshake_set_ref (handshake->set);
  g_autoptr(GError) error = NULL;

  if (!g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error))
    {
      discard_input (handshake);
      if (handshake->given_up == NULL)
        tell (handshake, error->message);
      fail (handshake, handshake->given_up != NULL ? handshake->given_up : error->message);
    }
  else if (handshake->given_up != NULL)
    {
      fail (handshake, handshake->given_up);
    }
  else
    {
      pulsar_connection_set_tls (handshake->connection, handshake->tls);
      succeed (handshake);
    }
  start_waiting (self);
  handshake_set_unref (self);
}

static int
count_unread (Handshake *handshake)
{
  int n = 0;

  return ioctl (get_fd (handshake), FIONREAD, &n) == 0 ? n : 0;
}

/* Whether it waits for its thread, which nobody tells. */
static gboolean
is_threadless (Handshake *handshake,
               gint64     now)
{
  return handshake->given_up == NULL && handshake->n_unread > 0 && count_unread (handshake) >= handshake->n_unread
         && now - handshake->asked_us < THREADLESS_US;
}

static void
shake_hands (Handshake *handshake)
{
  PulsarHandshakeSet *self = handshake->set;
  GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (handshake->connection));
  g_autoptr(GIOStream) base = g_object_new (G_TYPE_SOCKET_CONNECTION, "socket", socket, NULL);
  g_autoptr(GError) error = NULL;

  handshake->tls = pulsar_tls_keys_new_connection (self->keys, base, &error);
  if (handshake->tls == NULL)
    {
      tell (handshake, error->message);
      fail (handshake, error->message);
      return;
    }
  g_queue_unlink (&self->waiting, &handshake->turn);
  g_queue_push_tail_link (&self->shaking, &handshake->turn);
  handshake->step = STEP_SHAKE;
  handshake->asked_us = handshake->begun_us = g_get_monotonic_time ();
  handshake->n_unread = count_unread (handshake);
  handshake->cancellable = g_cancellable_new ();
  g_tls_connection_handshake_async (handshake->tls, G_PRIORITY_DEFAULT, handshake->cancellable, handshake_cb, handshake);
}

/* The newest first: where there are too many, its client is the likeliest to be waiting still. */
static void
start_waiting (PulsarHandshakeSet *self)
{
  while (self->shaking.length < SHAKING_MAX && self->waiting.tail != NULL)
    shake_hands (self->waiting.tail->data);
  if (self->timer != NULL)
    update_timer (self);
}

static void
enter_queue (Handshake *handshake)
{
  stop_waiting_for_bytes (handshake);
  set_bytes_wanted (handshake, 1);
  handshake->step = STEP_QUEUE;
  g_queue_push_tail_link (&handshake->set->waiting, &handshake->turn);
  start_waiting (handshake->set);
}

static gboolean
is_hung_up (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLRDHUP };

  return poll (&poll_fd, 1, 0) == 1;
}

/* Why @head, of which @size bytes are known, cannot be the first message of TLS, or NULL. */
static const char *
find_fault (const guint8 *head,
            gsize         size)
{
  if (g_ascii_isupper ((char) head[0]))
    return _("its client does not speak TLS, but perhaps HTTP");
  if (head[0] != RECORD_HANDSHAKE || (size > 1 && head[1] != 3)
      || (size >= RECORD_HEAD_SIZE && (head[3] << 8 | head[4]) > RECORD_MAX)
      || (size > RECORD_HEAD_SIZE && head[5] != CLIENT_HELLO))
    return _("its client does not speak TLS");
  return NULL;
}

typedef enum
{
  OUTCOME_MORE,   /* more bytes are needed */
  OUTCOME_READY,  /* the step is done */
  OUTCOME_OVER,   /* the handshake has failed */
} Outcome;

/* Looks at the first message without taking it. */
static Outcome
look_at_hello (Handshake *handshake)
{
  int fd = get_fd (handshake);
  guint8 head[RECORD_HEAD_SIZE + 1];
  ssize_t n = recv (fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT);
  int n_there = 0;
  int n_wanted = n > 0 ? sizeof head : 1;
  const char *fault;

  if (n < 0 && errno != EAGAIN && errno != EINTR)
    {
      fail (handshake, g_strerror (errno));
      return OUTCOME_OVER;
    }
  if (n == 0)
    {
      fail (handshake, "its client closed it before TLS began");
      return OUTCOME_OVER;
    }
  fault = n > 0 ? find_fault (head, (gsize) n) : NULL;
  if (fault != NULL)
    {
      tell (handshake, fault);
      fail (handshake, fault);
      return OUTCOME_OVER;
    }
  if (n >= RECORD_HEAD_SIZE)
    n_wanted = RECORD_HEAD_SIZE + (head[3] << 8 | head[4]);
  if (n > 0 && ioctl (fd, FIONREAD, &n_there) == 0 && n_there >= n_wanted)
    return OUTCOME_READY;
  if (is_hung_up (fd))
    {
      fail (handshake, "its client closed it in the middle of the handshake");
      return OUTCOME_OVER;
    }
  if (n > 0 && g_socket_get_family (g_socket_connection_get_socket (G_SOCKET_CONNECTION (handshake->connection)))
                 == G_SOCKET_FAMILY_UNIX)
    return OUTCOME_READY;  /* the rest has to be waited for in the thread */
  set_bytes_wanted (handshake, n_wanted);
  return OUTCOME_MORE;
}

static void
apply_header (Handshake         *handshake,
              PulsarProxyHeader *header)
{
  if (!header->is_local)
    pulsar_connection_take_addresses (handshake->connection, g_steal_pointer (&header->source),
                                      g_steal_pointer (&header->destination));
  pulsar_proxy_header_clear (header);
  g_clear_pointer (&handshake->header, g_free);
}

/* Nothing of what follows the header is taken: the bytes are looked at first. */
static Outcome
read_header (Handshake *handshake)
{
  int fd = get_fd (handshake);

  for (;;)
    {
      g_auto(PulsarProxyHeader) header = { 0 };
      g_autoptr(GError) error = NULL;
      gsize room = pulsar_proxy_header_get_size (handshake->header, handshake->n_header);
      gboolean is_complete;
      gsize used;
      ssize_t n;

      handshake->header = g_realloc (handshake->header, room);
      n = recv (fd, handshake->header + handshake->n_header, room - handshake->n_header, MSG_PEEK | MSG_DONTWAIT);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return OUTCOME_MORE;
      if (n <= 0)
        {
          fail (handshake, n < 0 ? g_strerror (errno) : "it was closed before its PROXY header ended");
          return OUTCOME_OVER;
        }
      if (!pulsar_proxy_header_parse (handshake->header, handshake->n_header + (gsize) n, &header, &used, &is_complete,
                                      &error))
        {
          tell (handshake, error->message);
          fail (handshake, error->message);
          return OUTCOME_OVER;
        }
      n = recv (fd, handshake->header + handshake->n_header, used - handshake->n_header, MSG_DONTWAIT);
      if (n < 0 || handshake->n_header + (gsize) n != used)
        {
          fail (handshake, "its PROXY header went away");
          return OUTCOME_OVER;
        }
      handshake->n_header = used;
      if (is_complete)
        {
          apply_header (handshake, &header);
          return OUTCOME_READY;
        }
    }
}

/* Returns whether the handshake waits for bytes; otherwise it may have ended. */
static gboolean
advance (Handshake *handshake)
{
  Outcome outcome = OUTCOME_READY;

  if (handshake->step == STEP_PROXY)
    outcome = read_header (handshake);
  if (outcome != OUTCOME_READY)
    return outcome == OUTCOME_MORE;

  handshake->step = STEP_HELLO;
  if (handshake->set->keys == NULL)
    {
      succeed (handshake);
      return FALSE;
    }
  outcome = look_at_hello (handshake);
  if (outcome == OUTCOME_READY)
    enter_queue (handshake);
  return outcome == OUTCOME_MORE;
}

static gboolean
bytes_cb (GSocket      *socket,
          GIOCondition  condition,
          gpointer      user_data)
{
  advance (user_data);
  return G_SOURCE_CONTINUE;  /* unless it destroyed the source */
}

static void
wait_for_bytes (Handshake *handshake)
{
  handshake->source = g_socket_create_source (g_socket_connection_get_socket (G_SOCKET_CONNECTION (handshake->connection)),
                                              G_IO_IN, NULL);
  g_source_set_static_name (handshake->source, "[pulsar] handshake");
  g_source_set_callback (handshake->source, G_SOURCE_FUNC (bytes_cb), handshake, NULL);
  g_source_attach (handshake->source, g_main_context_get_thread_default ());
}

static void
give_up_late (PulsarHandshakeSet *self,
              gint64              now)
{
  Handshake *handshake;

  while (self->pending.head != NULL && (handshake = self->pending.head->data)->deadline_us <= now)
    {
      const char *reason = handshake->step == STEP_PROXY ? _("its PROXY header did not come within “handshake-timeout”")
                                                         : _("TLS took longer than “handshake-timeout”");

      tell (handshake, reason);
      give_up (handshake, reason);
    }
}

/* Others wait for the threads of those that are slow. */
static void
give_up_slow (PulsarHandshakeSet *self,
              gint64              now)
{
  guint n_wanted = self->waiting.length;
  GList *next;

  for (GList *l = self->shaking.head; l != NULL && n_wanted > 0; l = next)
    {
      Handshake *handshake = l->data;

      next = l->next;
      if (handshake->begun_us + FAIR_US > now)
        return;
      if (is_threadless (handshake, now))
        {
          g_queue_unlink (&self->shaking, &handshake->turn);
          handshake->begun_us = now;
          g_queue_push_tail_link (&self->shaking, &handshake->turn);
          continue;
        }
      n_wanted--;
      if (handshake->given_up == NULL)
        give_up (handshake, "its handshake was slow while others waited");
    }
}

static gboolean
timer_dispatch (GSource     *source,
                GSourceFunc  callback,
                gpointer     user_data)
{
  PulsarHandshakeSet *self = handshake_set_ref (user_data);
  gint64 now = g_source_get_time (source);

  g_source_set_ready_time (source, -1);
  give_up_late (self, now);
  give_up_slow (self, now);
  if (self->timer != NULL)
    update_timer (self);
  handshake_set_unref (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
timer_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs timer_funcs = {
  .dispatch = timer_dispatch,
};

PulsarHandshakeSet *
pulsar_handshake_set_new (gint64               timeout_us,
                          PulsarProxyTrust    *trust,
                          PulsarTlsKeys       *keys,
                          PulsarHandshakeDone  done,
                          gpointer             user_data)
{
  PulsarHandshakeSet *self = g_new0 (PulsarHandshakeSet, 1);

  g_ref_count_init (&self->ref_count);
  self->timeout_us = timeout_us;
  self->trust = trust;
  self->keys = keys;
  self->done = done;
  self->user_data = user_data;
  self->timer = g_source_new (&timer_funcs, sizeof (GSource));
  g_source_set_static_name (self->timer, "[pulsar] handshake timeout");
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
  return self;
}

void
pulsar_handshake_set_close (PulsarHandshakeSet *self)
{
  self->done = NULL;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  while (self->pending.head != NULL)
    give_up (self->pending.head->data, "the server stops");
  handshake_set_unref (self);
}

void
pulsar_handshake_set_add (PulsarHandshakeSet *self,
                          PulsarConnection   *connection)
{
  Handshake *handshake = g_new0 (Handshake, 1);

  handshake->set = handshake_set_ref (self);
  handshake->connection = connection;
  handshake->remote = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (connection), NULL);
  handshake->step = self->trust != NULL ? STEP_PROXY : STEP_HELLO;
  handshake->deadline_us = g_get_monotonic_time () + self->timeout_us;
  handshake->link.data = handshake;
  handshake->turn.data = handshake;
  g_queue_push_tail_link (&self->pending, &handshake->link);

  if (self->trust != NULL && !pulsar_proxy_trust_contains (self->trust, handshake->remote))
    {
      tell (handshake, _("its sender is none of “proxy-trusted”"));
      fail (handshake, _("its sender is none of “proxy-trusted”"));
      return;
    }
  if (self->pending.length == 1)
    update_timer (self);
  if (advance (handshake))
    wait_for_bytes (handshake);
}

guint
pulsar_handshake_set_get_n_pending (PulsarHandshakeSet *self)
{
  return self->pending.length;
}

guint64
pulsar_handshake_set_get_n_failed (PulsarHandshakeSet *self)
{
  return self->n_failed;
}

void
pulsar_handshake_set_finish (PulsarHandshakeSet   *self,
                             PulsarHandshakeEmpty  empty,
                             gpointer              user_data)
{
  gint64 latest = g_get_monotonic_time () + FINISH_US;

  g_assert (self->empty == NULL);

  self->empty = empty;
  self->empty_data = user_data;
  for (GList *l = self->pending.head; l != NULL; l = l->next)
    {
      Handshake *handshake = l->data;

      handshake->deadline_us = MIN (handshake->deadline_us, latest);
    }
  update_timer (self);
  tell_if_empty (self);
}
