/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-connection.h"

#include "pulsar-glib/server/pulsar-connection-private.h"
#include "pulsar-glib/server/pulsar-watched-stream-private.h"

/* What a goodbye may wait for room in the socket; there is some when it begins. */
#define GOODBYE_TIMEOUT_S 1

/**
 * PulsarConnection:
 *
 * A connection that a [class@Pulsar.SocketServer] accepted.
 *
 * Read from the input stream and write to the output stream of
 * [class@Gio.IOStream]: they are those of TLS where the server speaks it, and
 * otherwise of the socket.
 *
 * Who is at the other end is [property@Pulsar.Connection:peer-address]. Behind a
 * proxy that is the client of the proxy (see the setting `proxy-protocol`),
 * while [method@Gio.SocketConnection.get_remote_address] is the proxy.
 *
 * A connection is closed when it is told to, or with its last reference.
 *
 * Since: 0.1
 */
struct _PulsarConnection
{
  GSocketConnection parent_instance;
  GTlsConnection *tls;                  /* (owned) (nullable) NULL: a plain connection */
  gboolean through_proxy;               /* the addresses are those a proxy told, if any */
  GSocketAddress *peer_address;         /* (owned) (nullable) from the proxy, or once somebody asked */
  GSocketAddress *destination_address;  /* (owned) (nullable) from the proxy, or once somebody asked */
  PulsarConnectionClosed closed;        /* (nullable) NULL once it was called */
  gpointer user_data;
  GDestroyNotify destroy;               /* (nullable) */
  PulsarConnectionTraffic traffic;
  PulsarTrafficClock *clock;            /* (owned) (nullable) set while the streams are watched */
  GInputStream *input;                  /* (owned) (nullable) watched */
  GOutputStream *output;                /* (owned) (nullable) watched */
};

typedef enum
{
  PROP_DESTINATION_ADDRESS = 1,
  PROP_PEER_ADDRESS,
  PROP_TLS_CONNECTION,
} PulsarConnectionProperty;
static GParamSpec *properties[PROP_TLS_CONNECTION + 1];

G_DEFINE_FINAL_TYPE (PulsarConnection, pulsar_connection, G_TYPE_SOCKET_CONNECTION)

/* Tells a TLS peer that this is the end and no cut. Where there is no room for that it is left out: such a peer does not
 * read, so that it misses more than this, and closing must not wait for it. */
static void
say_goodbye (PulsarConnection *self)
{
  GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (self));

  if (g_socket_is_closed (socket)
      || g_socket_condition_check (socket, G_IO_OUT | G_IO_ERR | G_IO_HUP) != G_IO_OUT)
    return;
  g_socket_set_timeout (socket, GOODBYE_TIMEOUT_S);
  g_io_stream_close (G_IO_STREAM (self->tls), NULL, NULL);
}

/* The asynchronous close of GSocketConnection comes here as well, and so does dispose. */
static gboolean
pulsar_connection_close (GIOStream     *stream,
                         GCancellable  *cancellable,
                         GError       **error)
{
  PulsarConnection *self = PULSAR_CONNECTION (stream);
  PulsarConnectionClosed closed = g_steal_pointer (&self->closed);

  if (closed != NULL)
    closed (self, self->user_data);
  if (self->tls != NULL)
    say_goodbye (self);
  return G_IO_STREAM_CLASS (pulsar_connection_parent_class)->close_fn (stream, cancellable, error);
}

/* Of TLS where there is TLS, else of the socket. */
static GInputStream *
get_bare_input (PulsarConnection *self)
{
  if (self->tls != NULL)
    return g_io_stream_get_input_stream (G_IO_STREAM (self->tls));
  return G_IO_STREAM_CLASS (pulsar_connection_parent_class)->get_input_stream (G_IO_STREAM (self));
}

static GInputStream *
pulsar_connection_get_input_stream (GIOStream *stream)
{
  PulsarConnection *self = PULSAR_CONNECTION (stream);

  if (self->clock == NULL)
    return get_bare_input (self);
  if (self->input == NULL)
    self->input = pulsar_watched_input_new (get_bare_input (self), self->clock);
  return self->input;
}

static GOutputStream *
get_bare_output (PulsarConnection *self)
{
  if (self->tls != NULL)
    return g_io_stream_get_output_stream (G_IO_STREAM (self->tls));
  return G_IO_STREAM_CLASS (pulsar_connection_parent_class)->get_output_stream (G_IO_STREAM (self));
}

static GOutputStream *
pulsar_connection_get_output_stream (GIOStream *stream)
{
  PulsarConnection *self = PULSAR_CONNECTION (stream);

  if (self->clock == NULL)
    return get_bare_output (self);
  if (self->output == NULL)
    self->output = pulsar_watched_output_new (get_bare_output (self), self->clock);
  return self->output;
}

static void
pulsar_connection_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  PulsarConnection *self = PULSAR_CONNECTION (object);

  switch ((PulsarConnectionProperty) prop_id)
    {
    case PROP_DESTINATION_ADDRESS:
      g_value_set_object (value, pulsar_connection_get_destination_address (self));
      break;
    case PROP_PEER_ADDRESS:
      g_value_set_object (value, pulsar_connection_get_peer_address (self));
      break;
    case PROP_TLS_CONNECTION:
      g_value_set_object (value, self->tls);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_connection_dispose (GObject *object)
{
  PulsarConnection *self = PULSAR_CONNECTION (object);

  G_OBJECT_CLASS (pulsar_connection_parent_class)->dispose (object);  /* closes it */

  g_clear_object (&self->input);
  g_clear_object (&self->output);
  g_clear_object (&self->tls);
  g_clear_object (&self->peer_address);
  g_clear_object (&self->destination_address);
}

static void
pulsar_connection_finalize (GObject *object)
{
  PulsarConnection *self = PULSAR_CONNECTION (object);

  g_clear_pointer (&self->clock, g_atomic_rc_box_release);
  if (self->destroy != NULL)
    self->destroy (self->user_data);

  G_OBJECT_CLASS (pulsar_connection_parent_class)->finalize (object);
}

static void
pulsar_connection_class_init (PulsarConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  object_class->get_property = pulsar_connection_get_property;
  object_class->dispose = pulsar_connection_dispose;
  object_class->finalize = pulsar_connection_finalize;
  stream_class->close_fn = pulsar_connection_close;
  stream_class->get_input_stream = pulsar_connection_get_input_stream;
  stream_class->get_output_stream = pulsar_connection_get_output_stream;

  /**
   * PulsarConnection:destination-address: (getter get_destination_address)
   *
   * The address that the peer connected to, or `NULL` if that cannot be told.
   *
   * Behind a proxy it is the address at which the proxy was reached.
   *
   * Since: 0.1
   */
  properties[PROP_DESTINATION_ADDRESS] =
    g_param_spec_object ("destination-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConnection:peer-address: (getter get_peer_address)
   *
   * The address of who opened the connection, or `NULL` if that cannot be told
   * because the peer is gone, or because the proxy does not know.
   *
   * Behind a proxy it is the address of the client of the proxy. A proxy that
   * speaks for itself, to see whether the server is well, is the peer.
   *
   * Since: 0.1
   */
  properties[PROP_PEER_ADDRESS] =
    g_param_spec_object ("peer-address", NULL, NULL, G_TYPE_SOCKET_ADDRESS,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConnection:tls-connection: (getter get_tls_connection)
   *
   * TLS of the connection, or `NULL` if it has none.
   *
   * It tells the certificate of the peer, the version of the protocol and the
   * cipher. The handshake is over. Read, write and close by the connection
   * itself.
   *
   * Since: 0.1
   */
  properties[PROP_TLS_CONNECTION] =
    g_param_spec_object ("tls-connection", NULL, NULL, G_TYPE_TLS_CONNECTION,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
pulsar_connection_init (PulsarConnection *self)
{
}

PulsarConnection *
pulsar_connection_new (GSocket                *socket,
                       PulsarConnectionClosed  closed,
                       gpointer                user_data,
                       GDestroyNotify          destroy)
{
  PulsarConnection *self = g_object_new (PULSAR_TYPE_CONNECTION, "socket", socket, NULL);

  self->closed = closed;
  self->user_data = user_data;
  self->destroy = destroy;
  return self;
}

PulsarConnectionTraffic *
pulsar_connection_get_traffic (PulsarConnection *self)
{
  return &self->traffic;
}

void
pulsar_connection_watch (PulsarConnection *self)
{
  g_assert (self->clock == NULL);

  self->clock = g_atomic_rc_box_new0 (PulsarTrafficClock);
}

gint64
pulsar_connection_get_watched_time (PulsarConnection *self)
{
  return self->clock != NULL ? __atomic_load_n (&self->clock->active_us, __ATOMIC_RELAXED) : 0;
}

void
pulsar_connection_take_addresses (PulsarConnection *self,
                                  GSocketAddress   *peer,
                                  GSocketAddress   *destination)
{
  g_assert (self->peer_address == NULL && self->destination_address == NULL);

  self->peer_address = peer;
  self->destination_address = destination;
  self->through_proxy = TRUE;
}

void
pulsar_connection_set_tls (PulsarConnection *self,
                           GTlsConnection   *tls)
{
  g_assert (self->tls == NULL && self->input == NULL && self->output == NULL);

  self->tls = g_object_ref (tls);
}

/**
 * pulsar_connection_get_destination_address: (get-property destination-address)
 * @self: a connection
 *
 * Gets the address that the peer connected to.
 *
 * Returns: (transfer none) (nullable): the address
 *
 * Since: 0.1
 */
GSocketAddress *
pulsar_connection_get_destination_address (PulsarConnection *self)
{
  g_return_val_if_fail (PULSAR_IS_CONNECTION (self), NULL);

  if (self->destination_address == NULL && !self->through_proxy)
    self->destination_address = g_socket_connection_get_local_address (G_SOCKET_CONNECTION (self), NULL);
  return self->destination_address;
}

/**
 * pulsar_connection_get_peer_address: (get-property peer-address)
 * @self: a connection
 *
 * Gets the address of who opened the connection.
 *
 * Returns: (transfer none) (nullable): the address
 *
 * Since: 0.1
 */
GSocketAddress *
pulsar_connection_get_peer_address (PulsarConnection *self)
{
  g_return_val_if_fail (PULSAR_IS_CONNECTION (self), NULL);

  if (self->peer_address == NULL && !self->through_proxy)
    self->peer_address = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (self), NULL);
  return self->peer_address;
}

/**
 * pulsar_connection_get_tls_connection: (get-property tls-connection)
 * @self: a connection
 *
 * Gets TLS of the connection.
 *
 * Returns: (transfer none) (nullable): TLS, or `NULL` if the connection has none
 *
 * Since: 0.1
 */
GTlsConnection *
pulsar_connection_get_tls_connection (PulsarConnection *self)
{
  g_return_val_if_fail (PULSAR_IS_CONNECTION (self), NULL);

  return self->tls;
}
