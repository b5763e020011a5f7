/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-datagram-source-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <linux/sock_diag.h>

#include "pulsar-glib/server/pulsar-datagram-route-private.h"

/* How many datagrams are read before the main loop goes round: enough that polling is a small part of the work. They are read
 * one by one and each is served before the next, so that a worker that dies takes one with it, not a batch. */
#define TURN 16

#define PAUSE_US (500 * G_TIME_SPAN_MILLISECOND)
#define MESSAGE_INTERVAL_US (60 * G_TIME_SPAN_SECOND)

/* The least memory a datagram takes in the queue of a socket, for the kernel's books, is more than this. */
#define MEMORY_MIN 512

/* Of a unix socket the kernel does not say how much waits; it never holds more than net.unix.max_dgram_qlen. */
#define UNIX_WAITING_MAX 10000

/* An address of a peer is made of three objects, and peers come again. */
#define N_RECENT 64

typedef struct
{
  int fd;            /* borrowed */
  gpointer tag;      /* of the source; NULL while it is not polled */
  gboolean several;  /* it listens on several addresses */
  guint n_waiting;   /* how many more to read at most before it is drained */
} Socket;

typedef struct
{
  GSource source;
  Socket *sockets;                     /* (owned) (array length=n_sockets) */
  guint n_sockets;
  guint next;                          /* the socket to begin with */
  guint64 owner;
  gsize size_max;
  char *buffer;                        /* (owned) of size_max bytes */
  GSocketAddress *recent[N_RECENT];    /* (owned) (nullable) by the hash of their routes */
  PulsarDatagramCounts counts;
  gint64 pause_until_us;               /* 0: not paused; else no socket is polled */
  gint64 error_message_us;             /* of the last message of that kind, 0: none yet */
  gint64 size_message_us;
  gboolean draining;
  PulsarDatagramDrained drained;       /* (nullable) until it was called */
  gpointer drained_data;
  GDestroyNotify drained_destroy;
} DatagramSource;

static void
poll_sockets (DatagramSource *self)
{
  for (guint i = 0; i < self->n_sockets; i++)
    {
      if (self->sockets[i].tag == NULL)
        self->sockets[i].tag = g_source_add_unix_fd (&self->source, self->sockets[i].fd, G_IO_IN);
    }
}

/* A socket that is broken would be ready all the time. */
static void
pause_reading (DatagramSource *self,
               int             saved_errno)
{
  gint64 now = g_source_get_time (&self->source);

  for (guint i = 0; i < self->n_sockets; i++)
    {
      if (self->sockets[i].tag != NULL)
        g_source_remove_unix_fd (&self->source, self->sockets[i].tag);
      self->sockets[i].tag = NULL;
    }
  self->pause_until_us = now + PAUSE_US;
  g_source_set_ready_time (&self->source, self->pause_until_us);

  if (self->error_message_us != 0 && now - self->error_message_us < MESSAGE_INTERVAL_US)
    return;
  self->error_message_us = now;
  g_message (_("Cannot read datagrams for now: %s"), g_strerror (saved_errno));
}

/* Errors that tell of a datagram sent earlier, or of the network; the next read is another matter. */
static gboolean
is_passing_error (int saved_errno)
{
  switch (saved_errno)
    {
    case EINTR:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EMSGSIZE:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EACCES:
    case EPERM:
    case EPROTO:
    case ETIMEDOUT:
      return TRUE;
    default:
      return FALSE;
    }
}

static guint
hash_route (const PulsarDatagramRoute *route)
{
  const guint8 *bytes = (const guint8 *) &route->native;
  guint hash = 5381 + route->index;

  for (guint i = 0; i < route->length; i++)
    hash = hash * 33 + bytes[i];
  return hash % N_RECENT;
}

static GSocketAddress *
lookup_address (DatagramSource            *self,
                const PulsarDatagramRoute *route)
{
  GSocketAddress **recent = &self->recent[hash_route (route)];

  if (*recent == NULL || !pulsar_datagram_route_equal (pulsar_datagram_route_of_address (*recent), route))
    {
      g_clear_object (recent);
      *recent = pulsar_datagram_route_to_address (route);
    }
  return g_object_ref (*recent);
}

static void
report_size (DatagramSource *self,
             GSocketAddress *address,
             gsize           size)
{
  gint64 now = g_source_get_time (&self->source);
  g_autofree char *name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));

  self->counts.n_too_large++;
  if (self->size_message_us != 0 && now - self->size_message_us < MESSAGE_INTERVAL_US)
    return;
  self->size_message_us = now;
  g_message (_("A datagram of %zu bytes from %s was dropped: “datagram-size-max” is %zu"), size, name, self->size_max);
}

/* Whether there was one. */
static gboolean
receive (DatagramSource      *self,
         Socket              *socket,
         PulsarDatagramFunc   callback,
         gpointer             user_data)
{
  g_autoptr(GSocketAddress) address = NULL;
  g_autoptr(GBytes) bytes = NULL;
  PulsarDatagramRoute route;
  gssize size;

  size = pulsar_datagram_route_receive (&route, socket->fd, socket->several, self->buffer, self->size_max);
  if (size < 0)
    {
      if (errno == EAGAIN)
        self->counts.n_missed++;
      else if (is_passing_error (errno))
        return TRUE;
      else
        pause_reading (self, errno);
      return FALSE;
    }

  route.owner = self->owner;
  route.index = (guint) (socket - self->sockets);
  address = lookup_address (self, &route);
  if ((gsize) size > self->size_max)
    {
      report_size (self, address, (gsize) size);
      return TRUE;
    }
  self->counts.n_received++;
  bytes = size > 0 ? g_bytes_new (self->buffer, (gsize) size) : g_bytes_new_static ("", 0);  /* never NULL for its reader */
  if (callback != NULL)
    ((PulsarDatagramFunc) (void (*) (void)) callback) (bytes, address, user_data);
  return TRUE;
}

/* Whether to read it in this turn. */
static gboolean
is_due (DatagramSource *self,
        Socket         *socket)
{
  if (self->draining)
    return socket->n_waiting > 0;
  return socket->tag != NULL && g_source_query_unix_fd (&self->source, socket->tag) != 0;
}

static void
check_drained (DatagramSource *self)
{
  PulsarDatagramDrained drained = self->drained;
  gpointer drained_data = self->drained_data;
  GDestroyNotify drained_destroy = self->drained_destroy;

  for (guint i = 0; i < self->n_sockets; i++)
    {
      if (self->sockets[i].n_waiting > 0 && self->pause_until_us == 0)
        return;
    }
  g_source_set_ready_time (&self->source, -1);
  if (drained == NULL)
    return;
  self->drained = NULL;
  self->drained_destroy = NULL;
  drained (drained_data);
  if (drained_destroy != NULL)
    drained_destroy (drained_data);
}

static gboolean
datagram_source_dispatch (GSource     *source,
                          GSourceFunc  callback,
                          gpointer     user_data)
{
  DatagramSource *self = (DatagramSource *) source;
  guint n_left = TURN;
  guint n_empty = 0;
  guint i;

  if (self->pause_until_us != 0 && !self->draining)
    {
      self->pause_until_us = 0;
      g_source_set_ready_time (source, -1);
      poll_sockets (self);
      return G_SOURCE_CONTINUE;
    }

  /* One of each socket in turn, so that a busy one leaves time for the others. */
  for (i = self->next; n_left > 0 && n_empty < self->n_sockets && !g_source_is_destroyed (source); i = (i + 1) % self->n_sockets)
    {
      Socket *socket = &self->sockets[i];

      if (!is_due (self, socket))
        {
          n_empty++;
        }
      else if (receive (self, socket, (PulsarDatagramFunc) (void (*) (void)) callback, user_data))
        {
          n_empty = 0;
          n_left--;
          if (self->draining && socket->n_waiting > 0)
            socket->n_waiting--;
        }
      else
        {
          n_empty++;
          socket->n_waiting = 0;
        }
    }
  self->next = i;
  if (self->draining && !g_source_is_destroyed (source))
    check_drained (self);
  return G_SOURCE_CONTINUE;
}

static void
datagram_source_finalize (GSource *source)
{
  DatagramSource *self = (DatagramSource *) source;

  for (guint i = 0; i < N_RECENT; i++)
    g_clear_object (&self->recent[i]);
  if (self->drained_destroy != NULL)
    self->drained_destroy (self->drained_data);
  g_free (self->sockets);
  g_free (self->buffer);
}

static GSourceFuncs datagram_source_funcs = {
  .dispatch = datagram_source_dispatch,
  .finalize = datagram_source_finalize,
};

GSource *
pulsar_datagram_source_new (const int *fds,
                            guint      n_fds,
                            guint64    owner,
                            gsize      size_max)
{
  GSource *source = g_source_new (&datagram_source_funcs, sizeof (DatagramSource));
  DatagramSource *self = (DatagramSource *) source;

  g_assert (n_fds > 0);

  g_source_set_static_name (source, "[pulsar] datagrams");
  g_source_set_can_recurse (source, TRUE);  /* else each dispatch takes the sockets out of the poll and wakes the context */
  self->sockets = g_new0 (Socket, n_fds);
  self->n_sockets = n_fds;
  self->owner = owner;
  self->size_max = size_max;
  self->buffer = g_malloc (size_max);
  for (guint i = 0; i < n_fds; i++)
    {
      self->sockets[i].fd = fds[i];
      self->sockets[i].several = pulsar_datagram_route_prepare (fds[i]);
    }
  poll_sockets (self);
  return source;
}

/* How many datagrams wait at most. */
static guint
count_waiting (int fd)
{
  guint32 memory[SK_MEMINFO_VARS] = { 0 };
  socklen_t length = sizeof memory;
  int domain = AF_UNIX;
  socklen_t domain_length = sizeof domain;

  if (getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_length) != 0 || domain == AF_UNIX
      || getsockopt (fd, SOL_SOCKET, SO_MEMINFO, memory, &length) != 0)
    return UNIX_WAITING_MAX;
  return memory[SK_MEMINFO_RMEM_ALLOC] / MEMORY_MIN + 1;
}

void
pulsar_datagram_source_drain (GSource               *source,
                              PulsarDatagramDrained  drained,
                              gpointer               user_data,
                              GDestroyNotify         destroy)
{
  DatagramSource *self = (DatagramSource *) source;

  g_assert (source->source_funcs == &datagram_source_funcs);
  g_assert (!self->draining);

  self->draining = TRUE;
  self->drained = drained;
  self->drained_data = user_data;
  self->drained_destroy = destroy;
  for (guint i = 0; i < self->n_sockets; i++)
    {
      self->sockets[i].n_waiting = count_waiting (self->sockets[i].fd);
      if (self->sockets[i].tag != NULL)
        g_source_remove_unix_fd (source, self->sockets[i].tag);
      self->sockets[i].tag = NULL;
    }
  g_source_set_ready_time (source, 0);
}

const PulsarDatagramCounts *
pulsar_datagram_source_get_counts (GSource *source)
{
  g_assert (source->source_funcs == &datagram_source_funcs);
  return &((DatagramSource *) source)->counts;
}
