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
  self->history = pulsar_restart_history_new ();
  self->leaving = g_ptr_array_new_with_free_func (g_object_unref);
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
  g_ptr_array_unref (self->leaving);
  pulsar_restart_history_free (self->history);
  g_free (self);
}

gboolean
pulsar_slot_is_empty (PulsarSlot *self)
{
  return self->worker == NULL && self->successor == NULL && self->leaving->len == 0;
}

/* Ending one may run code that ends others. */
static GPtrArray *
list_workers (PulsarSlot *self)
{
  GPtrArray *workers = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->leaving->len; i++)
    g_ptr_array_add (workers, g_object_ref (g_ptr_array_index (self->leaving, i)));
  if (self->successor != NULL)
    g_ptr_array_add (workers, g_object_ref (self->successor));
  if (self->worker != NULL)
    g_ptr_array_add (workers, g_object_ref (self->worker));
  return workers;
}

void
pulsar_slot_end (PulsarSlot *self,
                 gint64      deadline_us)
{
  g_autoptr(GPtrArray) workers = list_workers (self);

  pulsar_slot_cancel (self);
  if (self->successor != NULL)
    g_ptr_array_add (self->leaving, g_steal_pointer (&self->successor));
  for (guint i = 0; i < workers->len; i++)
    pulsar_worker_end (g_ptr_array_index (workers, i), deadline_us);
}

void
pulsar_slot_hurry (PulsarSlot *self)
{
  g_autoptr(GPtrArray) workers = list_workers (self);

  for (guint i = 0; i < workers->len; i++)
    pulsar_worker_hurry (g_ptr_array_index (workers, i));
}

void
pulsar_slot_leave (PulsarSlot *self)
{
  g_autoptr(GPtrArray) workers = list_workers (self);

  self->crew = NULL;
  self->replaced = NULL;
  pulsar_slot_cancel (self);
  for (guint i = 0; i < workers->len; i++)
    pulsar_worker_disown (g_ptr_array_index (workers, i));
  g_clear_object (&self->successor);
  g_clear_object (&self->worker);
  g_ptr_array_set_size (self->leaving, 0);
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
