/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-slot-private.h"

PulsarSlot *
pulsar_slot_new (gpointer crew,
                 guint    index)
{
  PulsarSlot *self = g_new0 (PulsarSlot, 1);

  g_ref_count_init (&self->ref_count);
  self->crew = crew;
  self->index = index;
  self->policy = pulsar_restart_policy_new ();
  return self;
}

PulsarSlot *
pulsar_slot_ref (PulsarSlot *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
pulsar_slot_unref (PulsarSlot *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  pulsar_slot_leave (self);
  pulsar_restart_policy_free (self->policy);
  g_free (self);
}

void
pulsar_slot_leave (PulsarSlot *self)
{
  self->crew = NULL;
  pulsar_slot_cancel (self);
  if (self->worker != NULL)
    pulsar_worker_disown (self->worker);
  g_clear_object (&self->worker);
}

void
pulsar_slot_start_later (PulsarSlot  *self,
                         gint64       delay_us,
                         GSourceFunc  start)
{
  pulsar_slot_cancel (self);

  self->retry = g_timeout_source_new (0);
  g_source_set_static_name (self->retry, "[pulsar] restart");
  g_source_set_ready_time (self->retry, g_get_monotonic_time () + delay_us);
  g_source_set_callback (self->retry, start, self, NULL);
  g_source_attach (self->retry, g_main_context_get_thread_default ());
}

void
pulsar_slot_cancel (PulsarSlot *self)
{
  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
}
