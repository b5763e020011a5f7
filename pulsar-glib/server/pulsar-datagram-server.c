/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-datagram-server.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/application/pulsar-application-private.h"
#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/server/pulsar-datagram-route-private.h"
#include "pulsar-glib/server/pulsar-datagram-settings-private.h"
#include "pulsar-glib/server/pulsar-datagram-source-private.h"
#include "pulsar-glib/server/pulsar-listener-set-private.h"

/**
 * PulsarDatagramServer:
 *
 * A server for datagrams: UDP, and unix sockets of that type.
 *
 * Its sockets are opened by the arbiter, at the addresses of the setting `bind`,
 * and shared by all workers. In the worker that reads it, each datagram emits
 * [signal@Pulsar.DatagramServer::datagram]. Override that or connect to it, or
 * set [property@Pulsar.Application:callable]; answer, now or later, with
 * [method@Pulsar.DatagramServer.send_to]:
 *
 * ```c
 * static void
 * shouter_datagram (PulsarDatagramServer *server,
 *                   GBytes               *bytes,
 *                   GSocketAddress       *address)
 * {
 *   g_autofree char *text = g_ascii_strup (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
 *   g_autoptr(GBytes) answer = g_bytes_new (text, strlen (text));
 *
 *   pulsar_datagram_server_send_to (server, answer, address, NULL);
 * }
 * ```
 *
 * ## Workers
 *
 * A worker reads one datagram, serves it, and reads the next. Which worker gets
 * which datagram is not known: those that are idle try all, and one of them
 * gets it. When a worker dies, what waits is read by the others and by its
 * replacement; lost is only what it had read.
 *
 * With the setting `reuse-port` each worker also has a socket of its own, and
 * the kernel chooses one by the addresses of both sides: all datagrams of one
 * peer go to one worker, as long as the workers stay the same. What waits in
 * such a socket is lost when its worker dies.
 *
 * ## Stop
 *
 * When a worker stops it reads what waits at that moment, then no more. It can
 * send until its [signal@Pulsar.Application::worker-stopping] hook has ended; hold
 * that hook for as long as answers are due.
 *
 * ## What is lost
 *
 * Datagrams may be lost anywhere, without notice, and come twice or in another
 * order. When the memory of a socket is full (the setting `receive-buffer`) the
 * kernel drops what comes in. Answers over a unix socket take the memory of the
 * server's socket until they are read: a peer that never reads and goes on
 * asking leaves none for others until it is gone, so let only those in whom you
 * trust (`socket-mode`). Errors of the network never stop the server.
 *
 * ## Settings
 *
 * `bind`, `reuse-port`, and for paths `socket-mode` and `socket-owner`, as in a
 * [class@Pulsar.SocketServer]. `unix:PATH` and <code>unix:&#64;NAME</code> are
 * unix sockets of type datagram. Whoever wants an answer over a unix socket has to bind its own.
 *
 * `datagram-size-max`, the size up to which datagrams are accepted. A larger one
 * is dropped as a whole, never cut, with a message in the log.
 *
 * `receive-buffer`, the memory of each socket for what waits.
 *
 * ## Information
 *
 * A worker adds `datagrams` to its information: `received`, `sent`, `too-large`
 * (dropped because of `datagram-size-max`) and `dropped`, what the kernel
 * dropped at the sockets since they were opened, for whatever worker; each a
 * `t`.
 *
 * Since: 0.1
 */
typedef struct
{
  PulsarListenerSet *sockets;  /* (owned) (nullable) open in this process */
  PulsarActor *worker;         /* (owned) (nullable) set while this process reads or sends */
  gulong worker_state_id;      /* of the handler that waits for the end of the worker */
  GSource *source;             /* (owned) (nullable) set while this process reads */
  guint64 owner;               /* of the routes of the addresses that are told now */
  PulsarDatagramCounts counts; /* of the sources that are gone */
  guint64 n_sent;
  gulong callable_id;          /* of the handler that is the property callable; 0: none */
} PulsarDatagramServerPrivate;

typedef enum
{
  PROP_ADDRESSES = 1,
} PulsarDatagramServerProperty;
static GParamSpec *properties[PROP_ADDRESSES + 1];

typedef enum
{
  SIGNAL_DATAGRAM,
} PulsarDatagramServerSignal;
static guint signals[SIGNAL_DATAGRAM + 1];

G_DEFINE_TYPE_WITH_PRIVATE (PulsarDatagramServer, pulsar_datagram_server, PULSAR_TYPE_APPLICATION)

static PulsarDatagramServerPrivate *
get_private (gpointer self)
{
  return pulsar_datagram_server_get_instance_private (PULSAR_DATAGRAM_SERVER (self));
}

static PulsarListener *
get_socket (PulsarDatagramServerPrivate *priv,
            guint                        index)
{
  return g_ptr_array_index (priv->sockets->listeners, index);
}

/* Takes @sockets, which may be NULL. */
static void
set_sockets (PulsarDatagramServer *self,
             PulsarListenerSet    *sockets)
{
  PulsarDatagramServerPrivate *priv = get_private (self);

  g_clear_pointer (&priv->sockets, pulsar_listener_set_free);
  priv->sockets = sockets;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ADDRESSES]);
}

static void
stop_reading (PulsarDatagramServer *self)
{
  PulsarDatagramServerPrivate *priv = get_private (self);

  if (priv->source == NULL)
    return;
  priv->counts = *pulsar_datagram_source_get_counts (priv->source);
  g_source_destroy (priv->source);
  g_clear_pointer (&priv->source, g_source_unref);
  if (priv->callable_id != 0)
    g_signal_handler_disconnect (self, priv->callable_id);
  priv->callable_id = 0;
}

static void
close_sockets (PulsarDatagramServer *self)
{
  PulsarDatagramServerPrivate *priv = get_private (self);

  stop_reading (self);
  if (priv->worker != NULL)
    g_clear_signal_handler (&priv->worker_state_id, priv->worker);
  g_clear_object (&priv->worker);
  if (priv->sockets != NULL)
    set_sockets (self, NULL);
}

static void
pulsar_datagram_server_install_settings (PulsarApplication *application,
                                         PulsarConfig      *config)
{
  pulsar_datagram_settings_install (config);
}

static gboolean
pulsar_datagram_server_check (PulsarApplication  *application,
                              GError            **error)
{
  return pulsar_listener_set_check (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), error);
}

static void
pulsar_datagram_server_prepare (PulsarApplication *application,
                                PulsarArbiter     *arbiter,
                                PulsarHook        *hook)
{
  g_autoptr(GError) error = NULL;

  if (!pulsar_listener_set_check (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), &error))
    pulsar_hook_fail (hook, error);
}

/* Of the sockets that are shared in the arbiter, of those of this worker alone in a worker. The kernel doubles the number for
 * its own books. */
static void
set_receive_buffer (PulsarConfig      *config,
                    PulsarListenerSet *sockets,
                    gboolean           exclusive)
{
  int size = (int) pulsar_config_get_size (config, "receive-buffer");

  for (guint i = 0; size > 0 && i < sockets->listeners->len; i++)
    {
      PulsarListener *listener = g_ptr_array_index (sockets->listeners, i);
      int given = 0;
      socklen_t length = sizeof given;

      if (listener->exclusive != exclusive)
        continue;
      if (setsockopt (listener->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        setsockopt (listener->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
      if (getsockopt (listener->fd, SOL_SOCKET, SO_RCVBUF, &given, &length) == 0 && given / 2 < size)
        g_message (_("%s got a receive buffer of %d bytes instead of %d: see net.core.rmem_max"),
                   listener->name, given / 2, size);
    }
}

static void
pulsar_datagram_server_begin (PulsarApplication *application,
                              PulsarMonitor     *monitor,
                              PulsarHook        *hook)
{
  PulsarConfig *config = pulsar_actor_get_config (PULSAR_ACTOR (monitor));
  g_autoptr(GError) error = NULL;
  PulsarListenerSet *sockets;

  sockets = pulsar_listener_set_open (config, G_SOCKET_TYPE_DATAGRAM, &error);
  if (sockets == NULL)
    {
      pulsar_hook_fail (hook, error);
      return;
    }
  set_receive_buffer (config, sockets, FALSE);
  set_sockets (PULSAR_DATAGRAM_SERVER (application), sockets);

  for (guint i = 0; sockets->addresses[i] != NULL; i++)
    {
      g_autofree char *text = g_strdup_printf (_("Listening on %s"), sockets->addresses[i]);

      pulsar_application_log (application, G_LOG_LEVEL_MESSAGE, text);
    }
}

static void
pulsar_datagram_server_query_spawn (PulsarApplication *application,
                                    PulsarMonitor     *monitor,
                                    PulsarSpawn       *spawn)
{
  PulsarDatagramServerPrivate *priv = get_private (application);

  if (priv->sockets != NULL)
    pulsar_listener_set_give (priv->sockets, spawn);
}

static void
datagram_cb (GBytes         *bytes,
             GSocketAddress *address,
             gpointer        user_data)
{
  g_autoptr(PulsarDatagramServer) self = g_object_ref (user_data);
  PulsarActor *previous = pulsar_actor_push_current (get_private (self)->worker);

  pulsar_application_count_request (PULSAR_APPLICATION (self));
  g_signal_emit (self, signals[SIGNAL_DATAGRAM], 0, bytes, address);
  pulsar_actor_pop_current (previous);
}

/* Nothing can be sent any more: whoever might want to has been waited for. */
static void
worker_state_cb (PulsarDatagramServer *self)
{
  PulsarState state = pulsar_actor_get_state (get_private (self)->worker);

  if (state == PULSAR_STATE_CLOSED || state == PULSAR_STATE_TERMINATED)
    close_sockets (self);
}

static void
begin_reading (PulsarDatagramServer *self,
               PulsarActor          *worker)
{
  PulsarDatagramServerPrivate *priv = get_private (self);
  GClosure *callable = pulsar_application_get_callable (PULSAR_APPLICATION (self));
  guint64 size_max = pulsar_config_get_size (pulsar_actor_get_config (worker), "datagram-size-max");
  guint n_sockets = priv->sockets->listeners->len;
  g_autofree int *fds = g_new (int, n_sockets);

  for (guint i = 0; i < n_sockets; i++)
    fds[i] = get_socket (priv, i)->fd;
  if (callable != NULL)
    priv->callable_id = g_signal_connect_closure (self, "datagram", callable, FALSE);
  memset (&priv->counts, 0, sizeof priv->counts);
  priv->n_sent = 0;
  priv->owner = pulsar_datagram_route_make_owner ();
  priv->worker = g_object_ref (worker);
  priv->worker_state_id = g_signal_connect_swapped (worker, "notify::state", G_CALLBACK (worker_state_cb), self);
  priv->source = pulsar_datagram_source_new (fds, n_sockets, priv->owner, (gsize) size_max);
  g_source_set_callback (priv->source, G_SOURCE_FUNC (datagram_cb), self, NULL);
  g_source_attach (priv->source, g_main_context_get_thread_default ());
}

static void
pulsar_datagram_server_worker_begin (PulsarApplication *application,
                                     PulsarActor       *worker,
                                     PulsarHook        *hook)
{
  PulsarDatagramServer *self = PULSAR_DATAGRAM_SERVER (application);
  g_autoptr(GError) error = NULL;

  if (pulsar_application_get_callable (application) == NULL && PULSAR_DATAGRAM_SERVER_GET_CLASS (self)->datagram == NULL
      && !g_signal_has_handler_pending (self, signals[SIGNAL_DATAGRAM], 0, TRUE))
    {
      g_set_error (&error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("“%s” has nobody who serves its datagrams: override “datagram”, connect to it before the "
                     "application runs, or set “callable”"),
                   pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)));
      pulsar_hook_fail (hook, error);
      return;
    }

  if (!PULSAR_IS_MONITOR (worker))  /* with workers=0 the sockets are in this process already */
    {
      PulsarListenerSet *sockets = pulsar_listener_set_take (worker, G_SOCKET_TYPE_DATAGRAM, &error);

      if (sockets == NULL)
        {
          pulsar_hook_fail (hook, error);
          return;
        }
      set_receive_buffer (pulsar_actor_get_config (worker), sockets, TRUE);
      set_sockets (self, sockets);
    }
  begin_reading (self, worker);
}

typedef struct
{
  PulsarDatagramServer *self;  /* (owned) */
  PulsarHook *hook;            /* (owned) */
  gulong cancelled_id;
} Drain;

static void
drain_free (gpointer data)
{
  Drain *drain = data;

  g_signal_handler_disconnect (pulsar_hook_get_cancellable (drain->hook), drain->cancelled_id);
  g_clear_object (&drain->hook);
  g_clear_object (&drain->self);
  g_free (drain);
}

/* What comes to a socket that only this worker reads would wait in vain from now on: without it the kernel takes another one.
 * Answers leave by the shared socket of the same address. */
static void
give_up_own_sockets (PulsarDatagramServer *self)
{
  PulsarListenerSet *sockets = get_private (self)->sockets;
  GPtrArray *listeners;

  if (sockets == NULL)
    return;
  listeners = sockets->listeners;
  for (guint i = 0; i < listeners->len; i++)
    {
      PulsarListener *own = g_ptr_array_index (listeners, i);

      for (guint j = 0; own->exclusive && j < listeners->len; j++)
        {
          PulsarListener *shared = g_ptr_array_index (listeners, j);

          if (!shared->exclusive && g_str_equal (shared->name, own->name))
            dup3 (shared->fd, own->fd, O_CLOEXEC);
        }
    }
}

static void
drained_cb (gpointer user_data)
{
  Drain *drain = user_data;

  stop_reading (drain->self);
  give_up_own_sockets (drain->self);
  pulsar_hook_release (drain->hook);
}

/* The time is up, which ends the hook by itself. */
static void
drain_cancelled_cb (GCancellable *cancellable,
                    gpointer      user_data)
{
  g_autoptr(PulsarDatagramServer) self = g_object_ref (((Drain *) user_data)->self);

  pulsar_application_log (PULSAR_APPLICATION (self), G_LOG_LEVEL_MESSAGE,
                          _("Datagrams were still waiting and are not served"));
  stop_reading (self);
  give_up_own_sockets (self);
}

static void
pulsar_datagram_server_worker_drain (PulsarApplication *application,
                                     PulsarActor       *worker,
                                     PulsarHook        *hook)
{
  PulsarDatagramServerPrivate *priv = get_private (application);
  Drain *drain;

  if (priv->source == NULL)  /* it never began */
    return;

  drain = g_new0 (Drain, 1);
  drain->self = g_object_ref (PULSAR_DATAGRAM_SERVER (application));
  drain->hook = g_object_ref (hook);
  drain->cancelled_id = g_signal_connect (pulsar_hook_get_cancellable (hook), "cancelled",
                                          G_CALLBACK (drain_cancelled_cb), drain);
  pulsar_hook_hold (hook);
  pulsar_datagram_source_drain (priv->source, drained_cb, drain, drain_free);
}

/* What the kernel dropped. */
static guint64
count_dropped (PulsarDatagramServerPrivate *priv)
{
  guint64 n_dropped = 0;

  for (guint i = 0; priv->sockets != NULL && i < priv->sockets->listeners->len; i++)
    {
      guint32 memory[SK_MEMINFO_VARS] = { 0 };
      socklen_t length = sizeof memory;

      if (getsockopt (get_socket (priv, i)->fd, SOL_SOCKET, SO_MEMINFO, memory, &length) == 0)
        n_dropped += memory[SK_MEMINFO_DROPS];
    }
  return n_dropped;
}

static void
pulsar_datagram_server_worker_info (PulsarApplication *application,
                                    PulsarActor       *worker,
                                    GVariantDict      *info)
{
  PulsarDatagramServerPrivate *priv = get_private (application);
  const PulsarDatagramCounts *counts = &priv->counts;
  g_auto(GVariantDict) datagrams = G_VARIANT_DICT_INIT (NULL);

  if (priv->worker == NULL)
    return;
  if (priv->source != NULL)
    counts = pulsar_datagram_source_get_counts (priv->source);
  g_variant_dict_insert (&datagrams, "received", "t", counts->n_received);
  g_variant_dict_insert (&datagrams, "sent", "t", priv->n_sent);
  g_variant_dict_insert (&datagrams, "too-large", "t", counts->n_too_large);
  g_variant_dict_insert (&datagrams, "dropped", "t", count_dropped (priv));
  g_variant_dict_insert_value (info, "datagrams", g_variant_dict_end (&datagrams));
}

static void
pulsar_datagram_server_end (PulsarApplication *application,
                            PulsarMonitor     *monitor)
{
  /* With workers=0 what waits is read first, in worker_drain. */
  if (get_private (application)->worker == NULL)
    close_sockets (PULSAR_DATAGRAM_SERVER (application));
}

static const PulsarApplicationSlots slots = {
  .install_settings = pulsar_datagram_server_install_settings,
  .check = pulsar_datagram_server_check,
  .check_beside = pulsar_listener_set_check_beside,
  .prepare = pulsar_datagram_server_prepare,
  .begin = pulsar_datagram_server_begin,
  .query_spawn = pulsar_datagram_server_query_spawn,
  .worker_begin = pulsar_datagram_server_worker_begin,
  .worker_drain = pulsar_datagram_server_worker_drain,
  .worker_info = pulsar_datagram_server_worker_info,
  .end = pulsar_datagram_server_end,
  .counts_requests = TRUE,
};

static void
pulsar_datagram_server_get_property (GObject    *object,
                                     guint       prop_id,
                                     GValue     *value,
                                     GParamSpec *pspec)
{
  switch ((PulsarDatagramServerProperty) prop_id)
    {
    case PROP_ADDRESSES:
      g_value_set_boxed (value, pulsar_datagram_server_get_addresses (PULSAR_DATAGRAM_SERVER (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_datagram_server_dispose (GObject *object)
{
  close_sockets (PULSAR_DATAGRAM_SERVER (object));

  G_OBJECT_CLASS (pulsar_datagram_server_parent_class)->dispose (object);
}

static void
pulsar_datagram_server_class_init (PulsarDatagramServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_datagram_server_get_property;
  object_class->dispose = pulsar_datagram_server_dispose;
  PULSAR_APPLICATION_CLASS (klass)->slots = &slots;

  /**
   * PulsarDatagramServer:addresses: (getter get_addresses)
   *
   * The addresses that datagrams are received at.
   *
   * They are the real ones, with the port the system chose where the setting
   * `bind` said 0, such as `127.0.0.1:8060` and `unix:/run/log.sock`. They are
   * known in the arbiter from [signal@Pulsar.Application::monitor-start] on and
   * in a worker once it reads; before and after the list is empty.
   *
   * Since: 0.1
   */
  properties[PROP_ADDRESSES] =
    g_param_spec_boxed ("addresses", NULL, NULL, G_TYPE_STRV,
                        G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  /**
   * PulsarDatagramServer::datagram:
   * @self: a server
   * @bytes: what came in; it may be empty
   * @address: who sent it
   *
   * Emitted in a worker for each datagram it read.
   *
   * @address remembers where the datagram came in, so that an answer to it by
   * [method@Pulsar.DatagramServer.send_to] goes out there. It may be kept. With
   * the setting `workers` at 0 the signal is emitted in the arbiter.
   *
   * Since: 0.1
   */
  signals[SIGNAL_DATAGRAM] =
    g_signal_new ("datagram", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarDatagramServerClass, datagram),
                  NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_BYTES, G_TYPE_SOCKET_ADDRESS);
}

static void
pulsar_datagram_server_init (PulsarDatagramServer *self)
{
}

/**
 * pulsar_datagram_server_new:
 * @name: (nullable): the name of the application, or `NULL` for one made from
 *   the name of the class
 *
 * Creates a server to whose signals the program connects.
 *
 * Returns: (transfer full): a new server
 *
 * Since: 0.1
 */
PulsarDatagramServer *
pulsar_datagram_server_new (const char *name)
{
  return g_object_new (PULSAR_TYPE_DATAGRAM_SERVER, "name", name, NULL);
}

/**
 * pulsar_datagram_server_get_addresses: (get-property addresses)
 * @self: a server
 *
 * Gets the addresses that datagrams are received at.
 *
 * Returns: (transfer none) (array zero-terminated=1): the addresses
 *
 * Since: 0.1
 */
const char * const *
pulsar_datagram_server_get_addresses (PulsarDatagramServer *self)
{
  static const char * const none[] = { NULL };
  PulsarDatagramServerPrivate *priv;

  g_return_val_if_fail (PULSAR_IS_DATAGRAM_SERVER (self), NULL);

  priv = get_private (self);
  return priv->sockets != NULL ? (const char * const *) priv->sockets->addresses : none;
}

/* The socket to send from, and the way; -1 with an error. */
static int
find_route (PulsarDatagramServerPrivate  *priv,
            GSocketAddress               *address,
            PulsarDatagramRoute          *route,
            GError                      **error)
{
  const PulsarDatagramRoute *remembered = pulsar_datagram_route_of_address (address);
  g_autofree char *name = NULL;

  if (remembered != NULL && remembered->owner == priv->owner && pulsar_datagram_route_has_peer (remembered))
    {
      *route = *remembered;
      return get_socket (priv, route->index)->fd;
    }

  name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
  if (G_IS_UNIX_SOCKET_ADDRESS (address)
      && g_unix_socket_address_get_address_type (G_UNIX_SOCKET_ADDRESS (address)) == G_UNIX_SOCKET_ADDRESS_ANONYMOUS)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                           _("Cannot send a datagram to a sender without an address: its socket is not bound"));
      return -1;
    }
  for (guint i = 0; i < priv->sockets->listeners->len; i++)
    {
      int fd = get_socket (priv, i)->fd;

      if (pulsar_datagram_route_init_to (route, address, fd))
        return fd;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               _("Cannot send a datagram to %s: no socket of the server is of that kind"), name);
  return -1;
}

static void
set_send_error (GError         **error,
                GSocketAddress  *address,
                gsize            size,
                int              saved_errno)
{
  g_autofree char *name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));

  switch (saved_errno)
    {
    case EAGAIN:
    case ENOBUFS:
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK,
                   _("Cannot send a datagram to %s now: the queue is full"), name);
      break;
    case EMSGSIZE:
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_MESSAGE_TOO_LARGE,
                   _("Cannot send a datagram to %s: %zu bytes are too many"), name, size);
      break;
    default:
      g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (saved_errno),
                   _("Cannot send a datagram to %s: %s"), name, g_strerror (saved_errno));
    }
}

/**
 * pulsar_datagram_server_send_to:
 * @self: a server
 * @bytes: what to send; it may be empty
 * @address: to whom
 * @error: return location for a #GError
 *
 * Sends a datagram, now or not at all.
 *
 * An answer, that is to an address a datagram came from, leaves by the socket
 * that datagram came in by, and from the address of this machine it was sent
 * to. To any other address it leaves by the first socket of that kind.
 *
 * Nothing is queued but by the kernel. Where its queue is full (on a unix socket
 * that is the queue of a receiver that does not read) the call fails with
 * [PULSAR_ERROR_WOULD_BLOCK][error@Pulsar.Error.WOULD_BLOCK], and the datagram
 * is best given up, as the network would; the kernel does not tell when a
 * receiver has room again. One that is too large fails with
 * [PULSAR_ERROR_MESSAGE_TOO_LARGE][error@Pulsar.Error.MESSAGE_TOO_LARGE].
 * Errors of the network have their codes in [error@Gio.IOErrorEnum]; over UDP
 * that nobody received it is never known. Outside of a worker that serves it is
 * [PULSAR_ERROR_NOT_RUNNING][error@Pulsar.Error.NOT_RUNNING].
 *
 * Returns: whether the datagram was sent
 *
 * Since: 0.1
 */
gboolean
pulsar_datagram_server_send_to (PulsarDatagramServer  *self,
                                GBytes                *bytes,
                                GSocketAddress        *address,
                                GError               **error)
{
  PulsarDatagramServerPrivate *priv;
  PulsarDatagramRoute route;
  gconstpointer data;
  gsize size;
  int fd;

  g_return_val_if_fail (PULSAR_IS_DATAGRAM_SERVER (self), FALSE);
  g_return_val_if_fail (bytes != NULL, FALSE);
  g_return_val_if_fail (G_IS_SOCKET_ADDRESS (address), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  priv = get_private (self);
  if (priv->worker == NULL || priv->sockets == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING,
                   _("“%s” sends no datagrams here: its workers do, while they run"),
                   pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)));
      return FALSE;
    }
  fd = find_route (priv, address, &route, error);
  if (fd < 0)
    return FALSE;

  data = g_bytes_get_data (bytes, &size);
  if (!pulsar_datagram_route_send (&route, fd, data, size))
    {
      set_send_error (error, address, size, errno);
      return FALSE;
    }
  priv->n_sent++;
  return TRUE;
}
