/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-watched-stream-private.h"

/* The kernel tells when a TCP connection had traffic, and of a unix socket it does not, so that this has to be seen as it
 * passes. Everything else is left to the stream below: both can be polled, and GIO makes the asynchronous calls of that. */

#define PULSAR_TYPE_WATCHED_INPUT (pulsar_watched_input_get_type ())
G_DECLARE_FINAL_TYPE (PulsarWatchedInput, pulsar_watched_input, PULSAR, WATCHED_INPUT, GFilterInputStream)

struct _PulsarWatchedInput
{
  GFilterInputStream parent_instance;
  PulsarTrafficClock *clock;  /* (owned) */
};

#define PULSAR_TYPE_WATCHED_OUTPUT (pulsar_watched_output_get_type ())
G_DECLARE_FINAL_TYPE (PulsarWatchedOutput, pulsar_watched_output, PULSAR, WATCHED_OUTPUT, GFilterOutputStream)

struct _PulsarWatchedOutput
{
  GFilterOutputStream parent_instance;
  PulsarTrafficClock *clock;  /* (owned) */
};

static gssize
note (PulsarTrafficClock *clock,
      gssize              size)
{
  if (size > 0)
    __atomic_store_n (&clock->active_us, g_get_monotonic_time (), __ATOMIC_RELAXED);
  return size;
}

static GPollableInputStream *
get_input (gpointer self)
{
  return G_POLLABLE_INPUT_STREAM (g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (self)));
}

static gboolean
pulsar_watched_input_can_poll (GPollableInputStream *stream)
{
  return g_pollable_input_stream_can_poll (get_input (stream));
}

static gboolean
pulsar_watched_input_is_readable (GPollableInputStream *stream)
{
  return g_pollable_input_stream_is_readable (get_input (stream));
}

static GSource *
pulsar_watched_input_create_source (GPollableInputStream *stream,
                                    GCancellable         *cancellable)
{
  g_autoptr(GSource) base = g_pollable_input_stream_create_source (get_input (stream), cancellable);

  return g_pollable_source_new_full (stream, base, NULL);
}

static gssize
pulsar_watched_input_read_nonblocking (GPollableInputStream  *stream,
                                       void                  *buffer,
                                       gsize                  size,
                                       GError               **error)
{
  return note (PULSAR_WATCHED_INPUT (stream)->clock,
               g_pollable_input_stream_read_nonblocking (get_input (stream), buffer, size, NULL, error));
}

static void
pulsar_watched_input_iface_init (GPollableInputStreamInterface *iface)
{
  iface->can_poll = pulsar_watched_input_can_poll;
  iface->is_readable = pulsar_watched_input_is_readable;
  iface->create_source = pulsar_watched_input_create_source;
  iface->read_nonblocking = pulsar_watched_input_read_nonblocking;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (PulsarWatchedInput, pulsar_watched_input, G_TYPE_FILTER_INPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, pulsar_watched_input_iface_init))

static gssize
pulsar_watched_input_read (GInputStream  *stream,
                           void          *buffer,
                           gsize          size,
                           GCancellable  *cancellable,
                           GError       **error)
{
  return note (PULSAR_WATCHED_INPUT (stream)->clock,
               g_input_stream_read (G_INPUT_STREAM (get_input (stream)), buffer, size, cancellable, error));
}

static void
pulsar_watched_input_finalize (GObject *object)
{
  g_atomic_rc_box_release (PULSAR_WATCHED_INPUT (object)->clock);

  G_OBJECT_CLASS (pulsar_watched_input_parent_class)->finalize (object);
}

static void
pulsar_watched_input_class_init (PulsarWatchedInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pulsar_watched_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = pulsar_watched_input_read;
}

static void
pulsar_watched_input_init (PulsarWatchedInput *self)
{
}

static GPollableOutputStream *
get_output (gpointer self)
{
  return G_POLLABLE_OUTPUT_STREAM (g_filter_output_stream_get_base_stream (G_FILTER_OUTPUT_STREAM (self)));
}

static gboolean
pulsar_watched_output_can_poll (GPollableOutputStream *stream)
{
  return g_pollable_output_stream_can_poll (get_output (stream));
}

static gboolean
pulsar_watched_output_is_writable (GPollableOutputStream *stream)
{
  return g_pollable_output_stream_is_writable (get_output (stream));
}

static GSource *
pulsar_watched_output_create_source (GPollableOutputStream *stream,
                                     GCancellable          *cancellable)
{
  g_autoptr(GSource) base = g_pollable_output_stream_create_source (get_output (stream), cancellable);

  return g_pollable_source_new_full (stream, base, NULL);
}

static gssize
pulsar_watched_output_write_nonblocking (GPollableOutputStream  *stream,
                                         const void             *buffer,
                                         gsize                   size,
                                         GError                **error)
{
  return note (PULSAR_WATCHED_OUTPUT (stream)->clock,
               g_pollable_output_stream_write_nonblocking (get_output (stream), buffer, size, NULL, error));
}

static void
pulsar_watched_output_iface_init (GPollableOutputStreamInterface *iface)
{
  iface->can_poll = pulsar_watched_output_can_poll;
  iface->is_writable = pulsar_watched_output_is_writable;
  iface->create_source = pulsar_watched_output_create_source;
  iface->write_nonblocking = pulsar_watched_output_write_nonblocking;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (PulsarWatchedOutput, pulsar_watched_output, G_TYPE_FILTER_OUTPUT_STREAM,
                               G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM, pulsar_watched_output_iface_init))

static gssize
pulsar_watched_output_write (GOutputStream  *stream,
                             const void     *buffer,
                             gsize           size,
                             GCancellable   *cancellable,
                             GError        **error)
{
  return note (PULSAR_WATCHED_OUTPUT (stream)->clock,
               g_output_stream_write (G_OUTPUT_STREAM (get_output (stream)), buffer, size, cancellable, error));
}

static void
pulsar_watched_output_finalize (GObject *object)
{
  g_atomic_rc_box_release (PULSAR_WATCHED_OUTPUT (object)->clock);

  G_OBJECT_CLASS (pulsar_watched_output_parent_class)->finalize (object);
}

static void
pulsar_watched_output_class_init (PulsarWatchedOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pulsar_watched_output_finalize;
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = pulsar_watched_output_write;
}

static void
pulsar_watched_output_init (PulsarWatchedOutput *self)
{
}

GInputStream *
pulsar_watched_input_new (GInputStream       *base,
                          PulsarTrafficClock *clock)
{
  PulsarWatchedInput *self = g_object_new (PULSAR_TYPE_WATCHED_INPUT, "base-stream", base, NULL);

  self->clock = g_atomic_rc_box_acquire (clock);
  return G_INPUT_STREAM (self);
}

GOutputStream *
pulsar_watched_output_new (GOutputStream      *base,
                           PulsarTrafficClock *clock)
{
  PulsarWatchedOutput *self = g_object_new (PULSAR_TYPE_WATCHED_OUTPUT, "base-stream", base, NULL);

  self->clock = g_atomic_rc_box_acquire (clock);
  return G_OUTPUT_STREAM (self);
}
