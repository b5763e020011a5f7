/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/wire/pulsar-wire-thread-private.h"

static GPrivate key = G_PRIVATE_INIT ((GDestroyNotify) pulsar_wire_thread_unref);

PulsarWireThread *
pulsar_wire_thread_get (void)
{
  PulsarWireThread *self = g_private_get (&key);

  if (self == NULL)
    {
      self = g_new0 (PulsarWireThread, 1);
      self->ref_count = 1;
      self->dirty = g_ptr_array_new ();
      g_private_set (&key, self);
    }
  return self;
}

PulsarWireThread *
pulsar_wire_thread_ref (PulsarWireThread *self)
{
  self->ref_count++;
  return self;
}

void
pulsar_wire_thread_unref (PulsarWireThread *self)
{
  if (--self->ref_count > 0)
    return;
  g_ptr_array_unref (self->dirty);
  g_free (self->in);
  g_free (self->out);
  g_free (self);
}
