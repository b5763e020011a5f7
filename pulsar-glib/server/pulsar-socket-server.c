/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-socket-server.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/application/pulsar-application-private.h"
#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-scope.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/server/pulsar-accept-board-private.h"
#include "pulsar-glib/server/pulsar-accept-source-private.h"
#include "pulsar-glib/server/pulsar-connection-set-private.h"
#include "pulsar-glib/server/pulsar-handshake-set-private.h"
#include "pulsar-glib/server/pulsar-listener-set-private.h"
#include "pulsar-glib/server/pulsar-socket-settings-private.h"

#define BOARD_NAME "accept-board"
#define KEYS_NAME "tls-keys"

/**
 * PulsarSocketServer:
 *
 * A server for connections over TCP and unix sockets.
 *
 * Its listening sockets are opened by the arbiter, at the addresses of the
 * setting `bind`, and shared by all workers. The arbiter never accepts a
 * connection: each goes to a worker, where
 * [signal@Pulsar.SocketServer::connection] is emitted. Override that or connect
 * to it, or set [property@Pulsar.Application:callable]:
 *
 * ```c
 * static void
 * greeter_connection (PulsarSocketServer *server,
 *                     PulsarConnection   *connection)
 * {
 *   GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));
 *
 *   g_output_stream_write_all (output, "hello\n", 6, NULL, NULL, NULL);
 *   g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
 * }
 * ```
 *
 * The server holds no reference to a connection. Keep one for as long as it is
 * used; a connection that nobody holds is closed.
 *
 * ## Stop
 *
 * When a worker stops it closes its listening sockets at once and emits
 * [signal@Pulsar.SocketServer::draining]. Then it waits until its connections
 * are closed, for as long as the setting `graceful-timeout` allows; connections
 * that are still open then are shut down.
 *
 * ## Settings
 *
 * `bind`, a list of addresses: `HOST` (with port 8060), `HOST:PORT`, `:PORT`
 * for all addresses of the machine and both families, `[IPv6]:PORT`. All
 * addresses of a name are listened on. With port 0 the system chooses one; see
 * [property@Pulsar.SocketServer:addresses].
 *
 * `unix:PATH` is a socket file, relative to the directory the program was
 * started in, with the mode `socket-mode` and the owner `socket-owner`;
 * <code>unix:&#64;NAME</code> an abstract name, and `fd:NAME` a socket that a
 * service manager passed. See [sockets](sockets.html).
 *
 * `backlog`, how many connections may wait to be accepted.
 *
 * `max-connections`, how many connections a worker has open at most, 0 for no
 * limit. A worker that has as many accepts no more until one is closed: they
 * go to other workers, or wait.
 *
 * `reuse-port`, a socket of its own for each worker.
 *
 * `tls-cert-file`, the certificate of the server, in PEM form, behind which
 * those follow that lead to its root. With it the server speaks TLS only.
 * `tls-key-file`, its private key, unless that stands in the same file.
 * `tls-client-ca-file`, the certificates of those who vouch for clients: with
 * it a client must have a certificate. What is wrong with these files ends the
 * program at its start with exit status 78. See [TLS and proxies](tls.html).
 *
 * `proxy-protocol`: with `require` each connection begins with a header in
 * which a proxy says whose connection it is
 * ([property@Pulsar.Connection:peer-address]). `proxy-trusted`, the senders
 * whose header is believed; connections of others are closed.
 *
 * `handshake-timeout`, the time for the header and the handshake of TLS
 * together.
 *
 * `keep-alive`, after which time without traffic in either direction a
 * connection is shut down: a pending read then sees the end of the stream and a
 * pending write fails. A peer that does not read what it is sent, or that is
 * gone, makes no traffic.
 *
 * ## Information
 *
 * A worker adds `connections` to its information: `open` (`u`), the connections
 * that are open, and `accepted` (`t`), all that it accepted. Of the open ones
 * `handshakes` (`u`) are not served yet; `handshakes-failed` (`t`) counts those
 * that never were.
 *
 * Since: 0.1
 */
typedef struct
{
  PulsarListenerSet *listeners;      /* (owned) (nullable) open in this process */
  int board_fd;                      /* (owned) what workers share to take turns, in the arbiter; -1: none */
  GStrv no_addresses;                /* (owned) (not nullable) empty */
  int keys_fd;                       /* (owned) the keys of TLS for workers, in the arbiter; -1: none */
  PulsarActor *worker;               /* (owned) (nullable) set while connections may come to be served */
  GSource *accept_source;            /* (owned) (nullable) set while this process accepts */
  PulsarConnectionSet *connections;  /* (owned) (nullable) from worker_begin to the next one, or to the end */
  PulsarHandshakeSet *handshakes;    /* (owned) (nullable) set with worker if something comes before serving */
  gulong callable_id;                /* of the handler that is the property callable; 0: none */
} PulsarSocketServerPrivate;

typedef enum
{
  PROP_ADDRESSES = 1,
} PulsarSocketServerProperty;
static GParamSpec *properties[PROP_ADDRESSES + 1];

typedef enum
{
  SIGNAL_CONNECTION,
  SIGNAL_DRAINING,
} PulsarSocketServerSignal;
static guint signals[SIGNAL_DRAINING + 1];

G_DEFINE_TYPE_WITH_PRIVATE (PulsarSocketServer, pulsar_socket_server, PULSAR_TYPE_APPLICATION)

static PulsarSocketServerPrivate *
get_private (gpointer self)
{
  return pulsar_socket_server_get_instance_private (PULSAR_SOCKET_SERVER (self));
}

/* Takes @listeners, which may be NULL. */
static void
set_listeners (PulsarSocketServer *self,
               PulsarListenerSet  *listeners)
{
  PulsarSocketServerPrivate *priv = get_private (self);

  g_clear_pointer (&priv->listeners, pulsar_listener_set_free);
  priv->listeners = listeners;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ADDRESSES]);
}

static GStrv
get_addresses (gpointer self)
{
  PulsarSocketServerPrivate *priv = get_private (self);

  return priv->listeners != NULL ? priv->listeners->addresses : priv->no_addresses;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
stop_accepting (PulsarSocketServer *self)
{
  PulsarSocketServerPrivate *priv = get_private (self);

  if (priv->accept_source != NULL)
    g_source_destroy (priv->accept_source);
  g_clear_pointer (&priv->accept_source, g_source_unref);
}

static void
stop_serving (PulsarSocketServer *self)
{
  PulsarSocketServerPrivate *priv = get_private (self);

  g_clear_pointer (&priv->handshakes, pulsar_handshake_set_close);
  if (priv->callable_id != 0)
    g_signal_handler_disconnect (self, priv->callable_id);
  priv->callable_id = 0;
  g_clear_object (&priv->worker);
}

static void
close_listeners (PulsarSocketServer *self)
{
  PulsarSocketServerPrivate *priv = get_private (self);

  stop_accepting (self);
  if (priv->listeners != NULL)
    set_listeners (self, NULL);
  close_fd (&priv->board_fd);
}

static void
pulsar_socket_server_install_settings (PulsarApplication *application,
                                       PulsarConfig      *config)
{
  pulsar_socket_settings_install (config);
}

/* The arbiter may be the only one with the right to read them. */
static gboolean
load_keys (PulsarSocketServer  *self,
           PulsarConfig        *config,
           GError             **error)
{
  PulsarSocketServerPrivate *priv = get_private (self);
  g_autoptr(PulsarTlsKeys) keys = NULL;

  close_fd (&priv->keys_fd);
  if (!pulsar_tls_keys_are_wanted (config))
    return TRUE;
  keys = pulsar_tls_keys_load (config, error);
  if (keys != NULL)
    priv->keys_fd = pulsar_tls_keys_create_fd (keys, error);
  return priv->keys_fd >= 0;
}

static gboolean
pulsar_socket_server_check (PulsarApplication  *application,
                            GError            **error)
{
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application));

  return pulsar_listener_set_check (config, error) && pulsar_tls_keys_check (config, error);
}

static void
pulsar_socket_server_prepare (PulsarApplication *application,
                              PulsarArbiter     *arbiter,
                              PulsarHook        *hook)
{
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application));
  g_autoptr(GError) error = NULL;

  if (!pulsar_listener_set_check (config, &error) || !load_keys (PULSAR_SOCKET_SERVER (application), config, &error))
    pulsar_hook_fail (hook, error);
}

static void
pulsar_socket_server_begin (PulsarApplication *application,
                            PulsarMonitor     *monitor,
                            PulsarHook        *hook)
{
  PulsarSocketServer *self = PULSAR_SOCKET_SERVER (application);
  PulsarSocketServerPrivate *priv = get_private (self);
  PulsarConfig *config = pulsar_actor_get_config (PULSAR_ACTOR (monitor));
  g_autoptr(GError) error = NULL;
  PulsarListenerSet *listeners = pulsar_listener_set_open (config, G_SOCKET_TYPE_STREAM, &error);
  g_autofree char *proxy = pulsar_config_dup_string (config, "proxy-protocol");

  if (g_str_equal (proxy, "off") && pulsar_setting_get_is_modified (pulsar_config_get_setting (config, "proxy-trusted")))
    pulsar_log (PULSAR_LOG_NOTICE, _("“proxy-trusted” says nothing while “proxy-protocol” is “off”"));
  if (listeners == NULL)
    {
      pulsar_hook_fail (hook, error);
      return;
    }
  set_listeners (self, listeners);

  /* Without it workers still share connections, though less evenly. */
  priv->board_fd = pulsar_accept_board_create (&error);
  if (priv->board_fd < 0)
    g_info ("%s", error->message);

  for (guint i = 0; listeners->addresses[i] != NULL; i++)
    {
      g_autofree char *text = g_strdup_printf (_("Listening on %s"), listeners->addresses[i]);

      pulsar_application_log (application, G_LOG_LEVEL_MESSAGE, text);
    }
}

static void
give_fd (PulsarSpawn *spawn,
         const char  *name,
         int          fd)
{
  int copy = fd >= 0 ? fcntl (fd, F_DUPFD_CLOEXEC, 3) : -1;

  if (copy >= 0)
    pulsar_spawn_take_fd (spawn, name, copy);
}

static void
pulsar_socket_server_query_spawn (PulsarApplication *application,
                                  PulsarMonitor     *monitor,
                                  PulsarSpawn       *spawn)
{
  PulsarSocketServerPrivate *priv = get_private (application);

  if (priv->listeners == NULL)
    return;
  pulsar_listener_set_give (priv->listeners, spawn);
  give_fd (spawn, BOARD_NAME, priv->board_fd);
  give_fd (spawn, KEYS_NAME, priv->keys_fd);
}

static PulsarAcceptBoard *
take_board (PulsarActor *worker)
{
  int fd = pulsar_actor_steal_fd (worker, BOARD_NAME);
  g_autoptr(GError) error = NULL;
  PulsarAcceptBoard *board;

  if (fd < 0)
    return NULL;
  board = pulsar_accept_board_open (fd, &error);
  if (board == NULL)
    g_info ("%s", error->message);
  close (fd);
  return board;
}

static PulsarTlsKeys *
take_keys (PulsarSocketServer  *self,
           PulsarActor         *worker,
           GError             **error)
{
  PulsarSocketServerPrivate *priv = get_private (self);
  int fd = PULSAR_IS_MONITOR (worker) ? fcntl (priv->keys_fd, F_DUPFD_CLOEXEC, 3)
                                      : pulsar_actor_steal_fd (worker, KEYS_NAME);
  PulsarTlsKeys *keys;

  if (fd < 0)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_START, _("The worker got no certificate"));
      return NULL;
    }
  keys = pulsar_tls_keys_open (fd, error);
  close (fd);
  return keys;
}

static void
serve (PulsarConnection *connection,
       gpointer          user_data)
{
  PulsarSocketServer *self = user_data;
  PulsarSocketServerPrivate *priv = get_private (self);
  g_autoptr(PulsarSocketServer) hold G_GNUC_UNUSED = g_object_ref (self);
  PulsarActor *previous = pulsar_actor_push_current (priv->worker);

  pulsar_application_count_request (PULSAR_APPLICATION (self));
  g_signal_emit (self, signals[SIGNAL_CONNECTION], 0, connection);
  pulsar_actor_pop_current (previous);
}

/* What comes before serving, if anything does. */
static gboolean
make_handshakes (PulsarSocketServer  *self,
                 PulsarActor         *worker,
                 PulsarConfig        *config,
                 GError             **error)
{
  PulsarSocketServerPrivate *priv = get_private (self);
  g_autofree char *proxy = pulsar_config_dup_string (config, "proxy-protocol");
  g_autoptr(PulsarProxyTrust) trust = NULL;
  PulsarTlsKeys *keys = NULL;

  if (g_str_equal (proxy, "require"))
    {
      g_auto(GStrv) texts = pulsar_config_dup_strv (config, "proxy-trusted");

      trust = pulsar_proxy_trust_new ((const char * const *) texts, error);
      if (trust == NULL)
        return FALSE;
    }
  if (pulsar_tls_keys_are_wanted (config))
    {
      keys = take_keys (self, worker, error);
      if (keys == NULL)
        return FALSE;
    }
  if (trust != NULL || keys != NULL)
    priv->handshakes = pulsar_handshake_set_new (pulsar_config_get_duration (config, "handshake-timeout"),
                                                 g_steal_pointer (&trust), keys, serve, self);
  return TRUE;
}

static void
accepted_cb (int      fd,
             gpointer user_data)
{
  PulsarSocketServer *self = user_data;
  PulsarSocketServerPrivate *priv = get_private (self);
  g_autoptr(PulsarConnection) connection = NULL;
  g_autoptr(GError) error = NULL;

  connection = pulsar_connection_set_add (priv->connections, fd, &error);
  if (connection == NULL)
    {
      g_info ("A connection was lost: %s", error->message);
      return;
    }
  if (pulsar_connection_set_is_full (priv->connections))
    pulsar_accept_source_set_blocked (priv->accept_source, TRUE);
  if (priv->handshakes != NULL)
    pulsar_handshake_set_add (priv->handshakes, g_steal_pointer (&connection));
  else
    serve (connection, self);
}

static void
room_cb (gpointer user_data)
{
  PulsarSocketServerPrivate *priv = get_private (user_data);

  if (priv->accept_source != NULL)
    pulsar_accept_source_set_blocked (priv->accept_source, FALSE);
}

static guint
count_shared (GPtrArray *listeners)
{
  guint n_shared = 0;

  while (n_shared < listeners->len && !((PulsarListener *) g_ptr_array_index (listeners, n_shared))->exclusive)
    n_shared++;
  return n_shared;
}

static void
pulsar_socket_server_worker_begin (PulsarApplication *application,
                                   PulsarActor       *worker,
                                   PulsarHook        *hook)
{
  PulsarSocketServer *self = PULSAR_SOCKET_SERVER (application);
  PulsarSocketServerPrivate *priv = get_private (self);
  PulsarConfig *config = pulsar_actor_get_config (worker);
  GClosure *callable = pulsar_application_get_callable (application);
  g_autofree int *fds = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *listeners;

  if (callable == NULL && PULSAR_SOCKET_SERVER_GET_CLASS (self)->connection == NULL
      && !g_signal_has_handler_pending (self, signals[SIGNAL_CONNECTION], 0, TRUE))
    {
      g_set_error (&error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("“%s” has nobody who serves its connections: override “connection”, connect to it before the "
                     "application runs, or set “callable”"),
                   pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)));
      pulsar_hook_fail (hook, error);
      return;
    }

  if (!PULSAR_IS_MONITOR (worker))  /* with workers=0 the listeners are in this process already */
    {
      PulsarListenerSet *taken = pulsar_listener_set_take (worker, G_SOCKET_TYPE_STREAM, &error);

      if (taken == NULL)
        {
          pulsar_hook_fail (hook, error);
          return;
        }
      set_listeners (self, taken);
    }

  listeners = priv->listeners->listeners;
  fds = g_new (int, listeners->len);
  for (guint i = 0; i < listeners->len; i++)
    fds[i] = ((PulsarListener *) g_ptr_array_index (listeners, i))->fd;
  priv->accept_source = pulsar_accept_source_new (fds, listeners->len,
                                                  PULSAR_IS_MONITOR (worker) ? 0 : count_shared (listeners),
                                                  PULSAR_IS_MONITOR (worker) ? NULL : take_board (worker), &error);
  if (priv->accept_source == NULL)
    {
      pulsar_hook_fail (hook, error);
      return;
    }

  if (!make_handshakes (self, worker, config, &error))
    {
      pulsar_hook_fail (hook, error);
      return;
    }
  g_clear_pointer (&priv->connections, pulsar_connection_set_close);
  priv->connections = pulsar_connection_set_new (pulsar_config_get_duration (config, "keep-alive"));
  pulsar_connection_set_limit (priv->connections, pulsar_config_get_uint (config, "max-connections"), room_cb, self);
  priv->worker = g_object_ref (worker);
  if (callable != NULL)
    priv->callable_id = g_signal_connect_closure (self, "connection", callable, FALSE);
  g_source_set_callback (priv->accept_source, G_SOURCE_FUNC (accepted_cb), self, NULL);
  g_source_attach (priv->accept_source, g_main_context_get_thread_default ());
}

typedef struct
{
  PulsarSocketServer *self;  /* (owned) */
  PulsarActor *worker;       /* (owned) */
  PulsarHook *hook;          /* (owned) held */
  gulong cancelled_id;
} Drain;

static void
drain_free (gpointer data)
{
  Drain *drain = data;

  g_signal_handler_disconnect (pulsar_hook_get_cancellable (drain->hook), drain->cancelled_id);
  pulsar_hook_release (drain->hook);
  g_clear_object (&drain->hook);
  g_clear_object (&drain->worker);
  g_clear_object (&drain->self);
  g_free (drain);
}

static void
drained_cb (gpointer user_data)
{
  /* That the drain is freed after this ends the hook. */
}

/* The time is up, which ends the hook by itself: nothing is waited for any more, and the drain goes with that. */
static void
drain_cancelled_cb (GCancellable *cancellable,
                    gpointer      user_data)
{
  g_autoptr(PulsarSocketServer) self = g_object_ref (((Drain *) user_data)->self);
  PulsarSocketServerPrivate *priv = get_private (self);
  guint n_open = pulsar_connection_set_shut_down (priv->connections);
  g_autofree char *text = NULL;

  text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "%u connection was still open and is shut down",
                                       "%u connections were still open and are shut down", n_open),
                          n_open);
  pulsar_application_log (PULSAR_APPLICATION (self), G_LOG_LEVEL_MESSAGE, text);
  stop_serving (self);
  pulsar_connection_set_stop_waiting (priv->connections);
}

/* What waits at sockets of this worker alone nobody else can take; it would be reset when they are closed. */
static void
take_remaining (PulsarSocketServer *self)
{
  PulsarSocketServerPrivate *priv = get_private (self);
  int fd;

  while (priv->accept_source != NULL && !pulsar_connection_set_is_full (priv->connections)
         && (fd = pulsar_accept_source_take_remaining (priv->accept_source)) >= 0)
    accepted_cb (fd, self);
}

/* No more connections come to be served. */
static void
handshakes_over_cb (gpointer user_data)
{
  Drain *drain = user_data;
  PulsarSocketServer *self = drain->self;
  PulsarSocketServerPrivate *priv = get_private (self);
  PulsarActor *previous;

  stop_serving (self);
  if (g_cancellable_is_cancelled (pulsar_hook_get_cancellable (drain->hook)))
    {
      drain_free (drain);
      return;
    }
  previous = pulsar_actor_push_current (drain->worker);
  g_signal_emit (self, signals[SIGNAL_DRAINING], 0);
  pulsar_actor_pop_current (previous);

  if (pulsar_connection_set_get_n_open (priv->connections) > 0)
    {
      pulsar_connection_set_wait_empty (priv->connections, drained_cb, drain, drain_free);
      return;
    }
  drain_free (drain);
}

static void
pulsar_socket_server_worker_drain (PulsarApplication *application,
                                   PulsarActor       *worker,
                                   PulsarHook        *hook)
{
  PulsarSocketServer *self = PULSAR_SOCKET_SERVER (application);
  PulsarSocketServerPrivate *priv = get_private (self);
  Drain *drain;

  if (priv->worker == NULL)  /* it never began */
    return;

  take_remaining (self);
  close_listeners (self);
  drain = g_new0 (Drain, 1);
  drain->self = g_object_ref (self);
  drain->worker = g_object_ref (worker);
  drain->hook = g_object_ref (hook);
  drain->cancelled_id = g_signal_connect (pulsar_hook_get_cancellable (hook), "cancelled",
                                          G_CALLBACK (drain_cancelled_cb), drain);
  pulsar_hook_hold (hook);
  if (priv->handshakes != NULL)
    pulsar_handshake_set_finish (priv->handshakes, handshakes_over_cb, drain);
  else
    handshakes_over_cb (drain);
}

static void
pulsar_socket_server_worker_info (PulsarApplication *application,
                                  PulsarActor       *worker,
                                  GVariantDict      *info)
{
  PulsarSocketServerPrivate *priv = get_private (application);
  g_auto(GVariantDict) connections = G_VARIANT_DICT_INIT (NULL);

  if (priv->connections == NULL)
    return;
  g_variant_dict_insert (&connections, "open", "u", pulsar_connection_set_get_n_open (priv->connections));
  g_variant_dict_insert (&connections, "accepted", "t", pulsar_connection_set_get_n_accepted (priv->connections));
  g_variant_dict_insert (&connections, "handshakes", "u",
                         priv->handshakes != NULL ? pulsar_handshake_set_get_n_pending (priv->handshakes) : 0);
  g_variant_dict_insert (&connections, "handshakes-failed", "t",
                         priv->handshakes != NULL ? pulsar_handshake_set_get_n_failed (priv->handshakes) : (guint64) 0);
  g_variant_dict_insert_value (info, "connections", g_variant_dict_end (&connections));
}

static void
stop (PulsarSocketServer *self)
{
  close_listeners (self);
  stop_serving (self);
  close_fd (&get_private (self)->keys_fd);
}

static void
pulsar_socket_server_end (PulsarApplication *application,
                          PulsarMonitor     *monitor)
{
  PulsarSocketServer *self = PULSAR_SOCKET_SERVER (application);

  if (get_private (self)->worker == NULL)
    {
      stop (self);
      return;
    }
  /* With workers=0 the open connections live on, until they are drained. */
  take_remaining (self);
  close_listeners (self);
  close_fd (&get_private (self)->keys_fd);
}

static const PulsarApplicationSlots slots = {
  .install_settings = pulsar_socket_server_install_settings,
  .check = pulsar_socket_server_check,
  .check_beside = pulsar_listener_set_check_beside,
  .prepare = pulsar_socket_server_prepare,
  .begin = pulsar_socket_server_begin,
  .query_spawn = pulsar_socket_server_query_spawn,
  .worker_begin = pulsar_socket_server_worker_begin,
  .worker_drain = pulsar_socket_server_worker_drain,
  .worker_info = pulsar_socket_server_worker_info,
  .end = pulsar_socket_server_end,
  .counts_requests = TRUE,
};

static void
pulsar_socket_server_get_property (GObject    *object,
                                   guint       prop_id,
                                   GValue     *value,
                                   GParamSpec *pspec)
{
  switch ((PulsarSocketServerProperty) prop_id)
    {
    case PROP_ADDRESSES:
      g_value_set_boxed (value, get_addresses (object));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_socket_server_dispose (GObject *object)
{
  PulsarSocketServerPrivate *priv = get_private (object);

  stop (PULSAR_SOCKET_SERVER (object));
  g_clear_pointer (&priv->connections, pulsar_connection_set_close);

  G_OBJECT_CLASS (pulsar_socket_server_parent_class)->dispose (object);
}

static void
pulsar_socket_server_finalize (GObject *object)
{
  PulsarSocketServerPrivate *priv = get_private (object);

  g_strfreev (priv->no_addresses);

  G_OBJECT_CLASS (pulsar_socket_server_parent_class)->finalize (object);
}

static void
add_scope (PulsarConfig *config,
           gpointer      user_data)
{
  pulsar_socket_settings_install (config);
}

static void
pulsar_socket_server_class_init (PulsarSocketServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_socket_server_get_property;
  object_class->dispose = pulsar_socket_server_dispose;
  object_class->finalize = pulsar_socket_server_finalize;
  pulsar_scope_register ("socket", add_scope, NULL, NULL);
  PULSAR_APPLICATION_CLASS (klass)->slots = &slots;

  /**
   * PulsarSocketServer:addresses: (getter get_addresses)
   *
   * The addresses that are listened on.
   *
   * They are the real ones, with the port the system chose where the setting
   * `bind` said 0, such as `127.0.0.1:8060`, `[::]:8060` and
   * `unix:/run/web.sock`. They are known in
   * the arbiter from [signal@Pulsar.Application::monitor-start] on and in a
   * worker once it accepts connections; before and after the list is empty.
   *
   * Since: 0.1
   */
  properties[PROP_ADDRESSES] =
    g_param_spec_boxed ("addresses", NULL, NULL, G_TYPE_STRV,
                        G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  /**
   * PulsarSocketServer::connection:
   * @self: a server
   * @connection: a new connection
   *
   * Emitted in a worker for each connection it accepted, after the handshake
   * where there is one.
   *
   * The socket of @connection does not delay small packets (`TCP_NODELAY`).
   * Keep a reference to @connection for as long as it is used: a connection
   * that nobody holds is closed. With the setting `workers` at 0 the signal is
   * emitted in the arbiter.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CONNECTION] =
    g_signal_new ("connection", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarSocketServerClass, connection),
                  NULL, NULL, NULL, G_TYPE_NONE, 1, PULSAR_TYPE_CONNECTION);

  /**
   * PulsarSocketServer::draining:
   * @self: a server
   *
   * Emitted in a worker that stops, after its listening sockets were closed.
   * No connection comes after it: a handshake that is under way then gets a
   * second to end before.
   *
   * Connections that wait for something that may never come should be closed
   * now: the worker waits for all of them, though no longer than the setting
   * `graceful-timeout` allows.
   *
   * Since: 0.1
   */
  signals[SIGNAL_DRAINING] =
    g_signal_new ("draining", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarSocketServerClass, draining),
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
pulsar_socket_server_init (PulsarSocketServer *self)
{
  PulsarSocketServerPrivate *priv = get_private (self);

  priv->board_fd = -1;
  priv->keys_fd = -1;
  priv->no_addresses = g_new0 (char *, 1);
}

/**
 * pulsar_socket_server_new:
 * @name: (nullable): the name of the application, or `NULL` for one made from
 *   the name of the class
 *
 * Creates a server to whose signals the program connects.
 *
 * Returns: (transfer full): a new server
 *
 * Since: 0.1
 */
PulsarSocketServer *
pulsar_socket_server_new (const char *name)
{
  return g_object_new (PULSAR_TYPE_SOCKET_SERVER, "name", name, NULL);
}

/**
 * pulsar_socket_server_get_addresses: (get-property addresses)
 * @self: a server
 *
 * Gets the addresses that are listened on.
 *
 * Returns: (transfer none) (array zero-terminated=1): the addresses
 *
 * Since: 0.1
 */
const char * const *
pulsar_socket_server_get_addresses (PulsarSocketServer *self)
{
  g_return_val_if_fail (PULSAR_IS_SOCKET_SERVER (self), NULL);

  return (const char * const *) get_addresses (self);
}
