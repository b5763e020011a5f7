/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-connection-private.h"

struct _PulsarConnection
{
  GTcpConnection parent_instance;
  PulsarConnectionClosed closed;  /* (nullable) NULL once it was called */
  gpointer user_data;
  GDestroyNotify destroy;         /* (nullable) */
  PulsarConnectionTraffic traffic;
};

G_DEFINE_FINAL_TYPE (PulsarConnection, pulsar_connection, G_TYPE_TCP_CONNECTION)

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
  return G_IO_STREAM_CLASS (pulsar_connection_parent_class)->close_fn (stream, cancellable, error);
}

static void
pulsar_connection_finalize (GObject *object)
{
  PulsarConnection *self = PULSAR_CONNECTION (object);

  if (self->destroy != NULL)
    self->destroy (self->user_data);

  G_OBJECT_CLASS (pulsar_connection_parent_class)->finalize (object);
}

static void
pulsar_connection_class_init (PulsarConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pulsar_connection_finalize;
  G_IO_STREAM_CLASS (klass)->close_fn = pulsar_connection_close;
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
