/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-connection-set-private.h"

#include <linux/tcp.h>  /* its tcp_info has the byte counts, that of netinet/tcp.h has not */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pulsar-glib/server/pulsar-connection-private.h"

/* Connections that fall due within this part of keep-alive are looked at together. */
#define KEEP_ALIVE_PARTS 16

/* Traffic is seen without a wrapper around the streams, which every byte would have to pass: the kernel counts for each
 * connection what its peer sent and acknowledged (TCP_INFO), and is asked only when keep-alive may have run out. What is
 * sent again and again to a peer that is gone, and what waits for a peer that does not read, is no traffic. Of unix sockets
 * the kernel tells nothing; only for them, and only with keep-alive, the streams are watched (pulsar-watched-stream.c). */
struct _PulsarConnectionSet
{
  gatomicrefcount ref_count;  /* one of the owner, one of each connection */
  gint64 keep_alive_us;
  GSource *idle_source;       /* (owned) (nullable) attached while keep-alive is on; its ready time is the next look */
  GSource *empty_source;      /* (owned) (nullable) attached while somebody waits */
  GSource *room_source;       /* (owned) (nullable) attached while there is a limit */
  guint max_connections;      /* 0: no limit */
  PulsarConnectionSetRoom room;
  gpointer room_data;
  guint64 n_accepted;

  GMutex lock;                /* guards what follows: connections are closed in any thread */
  GHashTable *open;           /* (element-type PulsarConnection) borrowed: each leaves before it is closed */
};

static void
connection_set_unref (PulsarConnectionSet *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->open);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
ready_time_dispatch (GSource     *source,
                     GSourceFunc  callback,
                     gpointer     user_data)
{
  g_source_set_ready_time (source, -1);
  return callback (user_data);
}

static GSourceFuncs ready_time_funcs = {
  .dispatch = ready_time_dispatch,
};

static GSource *
attach_source (const char     *name,
               GSourceFunc     callback,
               gpointer        user_data,
               GDestroyNotify  destroy)
{
  GSource *source = g_source_new (&ready_time_funcs, sizeof (GSource));

  g_source_set_static_name (source, name);
  g_source_set_callback (source, callback, user_data, destroy);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static void
destroy_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static gboolean
get_tcp_info (PulsarConnection *connection,
              struct tcp_info  *info)
{
  GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection));
  socklen_t length = sizeof *info;

  return !g_socket_is_closed (socket)
         && getsockopt (g_socket_get_fd (socket), IPPROTO_TCP, TCP_INFO, info, &length) == 0;
}

static void
shut_down (PulsarConnection *connection)
{
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection)), TRUE, TRUE, NULL);
}

/* The time at which @connection has been idle for too long, which may be now or past. */
static gint64
update_traffic (PulsarConnectionSet *self,
                PulsarConnection    *connection,
                gint64               now)
{
  PulsarConnectionTraffic *traffic = pulsar_connection_get_traffic (connection);
  struct tcp_info info = { 0 };
  guint64 n_bytes;

  if (get_tcp_info (connection, &info))
    {
      n_bytes = info.tcpi_bytes_received + info.tcpi_bytes_acked;
      if (n_bytes != traffic->n_bytes)
        {
          traffic->n_bytes = n_bytes;
          traffic->active_us = now - (gint64) MIN (info.tcpi_last_data_recv, info.tcpi_last_data_sent)
                                         * G_TIME_SPAN_MILLISECOND;
        }
    }
  traffic->active_us = MAX (traffic->active_us, pulsar_connection_get_watched_time (connection));
  return traffic->active_us + self->keep_alive_us;
}

static gboolean
look_for_idle_cb (gpointer user_data)
{
  PulsarConnectionSet *self = user_data;
  gint64 now = g_source_get_time (self->idle_source);
  gint64 next = G_MAXINT64;
  GHashTableIter iter;
  gpointer connection;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->open);
  while (g_hash_table_iter_next (&iter, &connection, NULL))
    {
      gint64 due = pulsar_connection_get_traffic (connection)->active_us + self->keep_alive_us;

      if (due <= now)
        due = update_traffic (self, connection, now);
      if (due > now)
        {
          next = MIN (next, due);
          continue;
        }
      /* Not closed: its user reads from it or writes to it, and does the closing. One that does neither is asked again. */
      shut_down (connection);
      pulsar_connection_get_traffic (connection)->active_us = now;
      next = MIN (next, now + self->keep_alive_us);
    }
  g_mutex_unlock (&self->lock);

  if (next != G_MAXINT64)
    g_source_set_ready_time (self->idle_source, MAX (next, now + self->keep_alive_us / KEEP_ALIVE_PARTS));
  return G_SOURCE_CONTINUE;
}

PulsarConnectionSet *
pulsar_connection_set_new (gint64 keep_alive_us)
{
  PulsarConnectionSet *self = g_new0 (PulsarConnectionSet, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->open = g_hash_table_new (NULL, NULL);
  self->keep_alive_us = keep_alive_us;
  if (keep_alive_us > 0)
    self->idle_source = attach_source ("[pulsar] keep-alive", look_for_idle_cb, self, NULL);
  return self;
}

static gboolean
room_cb (gpointer user_data)
{
  PulsarConnectionSet *self = user_data;

  if (!pulsar_connection_set_is_full (self))
    self->room (self->room_data);
  return G_SOURCE_CONTINUE;
}

void
pulsar_connection_set_limit (PulsarConnectionSet     *self,
                             guint                    max_connections,
                             PulsarConnectionSetRoom  room,
                             gpointer                 user_data)
{
  g_assert (self->room_source == NULL && self->n_accepted == 0);

  if (max_connections == 0)
    return;
  self->max_connections = max_connections;
  self->room = room;
  self->room_data = user_data;
  self->room_source = attach_source ("[pulsar] room for connections", room_cb, self, NULL);
}

gboolean
pulsar_connection_set_is_full (PulsarConnectionSet *self)
{
  return self->max_connections > 0 && pulsar_connection_set_get_n_open (self) >= self->max_connections;
}

void
pulsar_connection_set_close (PulsarConnectionSet *self)
{
  GSource *empty_source, *room_source;

  g_mutex_lock (&self->lock);
  empty_source = g_steal_pointer (&self->empty_source);
  room_source = g_steal_pointer (&self->room_source);
  g_mutex_unlock (&self->lock);

  /* Outside of the lock: whoever waited may let go of connections. */
  destroy_source (&empty_source);
  destroy_source (&room_source);
  destroy_source (&self->idle_source);
  connection_set_unref (self);
}

static void
connection_closed_cb (PulsarConnection *connection,
                      gpointer          user_data)
{
  PulsarConnectionSet *self = user_data;

  g_mutex_lock (&self->lock);
  g_hash_table_remove (self->open, connection);
  if (self->empty_source != NULL && g_hash_table_size (self->open) == 0)
    g_source_set_ready_time (self->empty_source, 0);
  if (self->room_source != NULL && g_hash_table_size (self->open) + 1 == self->max_connections)
    g_source_set_ready_time (self->room_source, 0);
  g_mutex_unlock (&self->lock);
}

PulsarConnection *
pulsar_connection_set_add (PulsarConnectionSet  *self,
                           int                   fd,
                           GError              **error)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, error);
  PulsarConnection *connection;
  PulsarConnectionTraffic *traffic;
  struct tcp_info info = { 0 };

  if (socket == NULL)
    {
      close (fd);
      return NULL;
    }

  g_atomic_ref_count_inc (&self->ref_count);
  connection = pulsar_connection_new (socket, connection_closed_cb, self, (GDestroyNotify) connection_set_unref);
  self->n_accepted++;

  if (self->idle_source != NULL)
    {
      traffic = pulsar_connection_get_traffic (connection);
      traffic->active_us = g_get_monotonic_time ();
      if (get_tcp_info (connection, &info))
        traffic->n_bytes = info.tcpi_bytes_received + info.tcpi_bytes_acked;
      else
        pulsar_connection_watch (connection);
      if (g_source_get_ready_time (self->idle_source) < 0)
        g_source_set_ready_time (self->idle_source, traffic->active_us + self->keep_alive_us);
    }

  g_mutex_lock (&self->lock);
  g_hash_table_add (self->open, connection);
  g_mutex_unlock (&self->lock);
  return connection;
}

guint
pulsar_connection_set_get_n_open (PulsarConnectionSet *self)
{
  guint n_open;

  g_mutex_lock (&self->lock);
  n_open = g_hash_table_size (self->open);
  g_mutex_unlock (&self->lock);
  return n_open;
}

guint64
pulsar_connection_set_get_n_accepted (PulsarConnectionSet *self)
{
  return self->n_accepted;
}

typedef struct
{
  PulsarConnectionSet *self;  /* borrowed: it destroys the source before it goes */
  PulsarConnectionSetEmpty empty;
  gpointer user_data;
  GDestroyNotify destroy;  /* (nullable) */
} Waiter;

static void
waiter_free (gpointer data)
{
  Waiter *waiter = data;

  if (waiter->destroy != NULL)
    waiter->destroy (waiter->user_data);
  g_free (waiter);
}

static gboolean
empty_cb (gpointer user_data)
{
  Waiter *waiter = user_data;
  PulsarConnectionSet *self = waiter->self;
  g_autoptr(GSource) source = NULL;

  g_mutex_lock (&self->lock);
  if (g_hash_table_size (self->open) == 0)
    source = g_steal_pointer (&self->empty_source);
  g_mutex_unlock (&self->lock);

  if (source == NULL)
    return G_SOURCE_CONTINUE;  /* a connection came after the last one went */
  waiter->empty (waiter->user_data);
  return G_SOURCE_REMOVE;
}

void
pulsar_connection_set_wait_empty (PulsarConnectionSet       *self,
                                  PulsarConnectionSetEmpty   empty,
                                  gpointer                   user_data,
                                  GDestroyNotify             destroy)
{
  Waiter *waiter = g_new0 (Waiter, 1);

  g_assert (self->empty_source == NULL);

  *waiter = (Waiter) { .self = self, .empty = empty, .user_data = user_data, .destroy = destroy };
  g_mutex_lock (&self->lock);
  self->empty_source = attach_source ("[pulsar] connections drained", empty_cb, waiter, waiter_free);
  if (g_hash_table_size (self->open) == 0)
    g_source_set_ready_time (self->empty_source, 0);
  g_mutex_unlock (&self->lock);
}

void
pulsar_connection_set_stop_waiting (PulsarConnectionSet *self)
{
  GSource *empty_source;

  g_mutex_lock (&self->lock);
  empty_source = g_steal_pointer (&self->empty_source);
  g_mutex_unlock (&self->lock);
  destroy_source (&empty_source);  /* outside of the lock: it may let go of connections */
}

guint
pulsar_connection_set_shut_down (PulsarConnectionSet *self)
{
  GHashTableIter iter;
  gpointer connection;
  guint n_open;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->open);
  while (g_hash_table_iter_next (&iter, &connection, NULL))
    shut_down (connection);
  n_open = g_hash_table_size (self->open);
  g_mutex_unlock (&self->lock);
  return n_open;
}
