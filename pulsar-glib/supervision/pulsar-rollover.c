/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/supervision/pulsar-crew-struct-private.h"

/* A worker that lives is replaced by another one: that is ready before the old one drains, and if it cannot be, the old one stays. Whatever the
 * reason is, a new configuration, a leak or old age, nobody who is served notices more than that his connection drains. */

void
pulsar_rollover_finish (PulsarSlot   *slot,
                        const GError *error)
{
  PulsarSlotReplaced replaced = g_steal_pointer (&slot->replaced);

  if (replaced != NULL)
    replaced (slot, error, slot->replaced_data);
}

static void
take_the_place (PulsarCrew *self,
                PulsarSlot *slot)
{
  PulsarConfig *config = pulsar_actor_get_config (self->supervisor);
  gint64 deadline_us = g_get_monotonic_time () + pulsar_config_get_duration (config, "graceful-timeout");
  g_autoptr(PulsarWorker) old = g_steal_pointer (&slot->worker);

  slot->worker = g_steal_pointer (&slot->successor);
  slot->wear = PULSAR_WEAR_NONE;
  pulsar_slot_cancel (slot);
  pulsar_directory_name_proxy (self->directory, PULSAR_ACTOR_PROXY (slot->worker));
  if (old == NULL)
    return;

  pulsar_directory_unname_proxy (self->directory, PULSAR_ACTOR_PROXY (old));
  g_ptr_array_add (slot->leaving, g_object_ref (old));
  pulsar_worker_end (old, deadline_us);
}

gboolean
pulsar_rollover_ready (PulsarCrew   *self,
                       PulsarSlot   *slot,
                       PulsarWorker *worker)
{
  if (worker != slot->successor)
    return FALSE;

  take_the_place (self, slot);
  return TRUE;
}

gboolean
pulsar_rollover_exited (PulsarCrew   *self,
                        PulsarSlot   *slot,
                        PulsarWorker *worker)
{
  g_autoptr(PulsarWorker) hold G_GNUC_UNUSED = g_object_ref (worker);
  g_autoptr(GError) error = NULL;

  if (g_ptr_array_remove (slot->leaving, worker))
    {
      pulsar_crew_clear_slot (self, slot);
      self->owner_funcs->exited (self->supervisor, worker);
      return TRUE;
    }
  if (worker != slot->successor)
    return FALSE;

  g_clear_object (&slot->successor);
  error = pulsar_worker_make_start_error (worker);
  self->owner_funcs->exited (self->supervisor, worker);
  pulsar_rollover_finish (slot, error);
  return TRUE;
}

gboolean
pulsar_rollover_adopt (PulsarCrew *self,
                       PulsarSlot *slot)
{
  if (slot->worker != NULL || slot->successor == NULL)
    return FALSE;

  take_the_place (self, slot);
  return TRUE;
}

/* One that only starts is of no use to anybody any more. */
static void
drop_successor (PulsarSlot *slot)
{
  g_autoptr(PulsarWorker) successor = g_steal_pointer (&slot->successor);

  if (successor == NULL)
    return;
  g_ptr_array_add (slot->leaving, g_object_ref (successor));
  pulsar_worker_end (successor, g_get_monotonic_time ());
}

void
pulsar_crew_replace (PulsarCrew         *self,
                     PulsarSlot         *slot,
                     gboolean            is_next,
                     PulsarSlotReplaced  replaced,
                     gpointer            user_data)
{
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self->supervisor);
  g_autoptr(PulsarSlot) hold_slot G_GNUC_UNUSED = pulsar_slot_ref (slot);
  g_autoptr(GError) error = NULL;

  /* One replacement at a time: who comes later wins. */
  drop_successor (slot);
  pulsar_rollover_finish (slot, NULL);

  slot->replaced = replaced;
  slot->replaced_data = user_data;
  if (!pulsar_crew_launch (self, slot, &slot->successor, is_next, &error))
    pulsar_rollover_finish (slot, error);
  else if (slot->successor != NULL)
    pulsar_directory_unname_proxy (self->directory, PULSAR_ACTOR_PROXY (slot->successor));
  else
    pulsar_rollover_finish (slot, NULL);  /* meanwhile nobody wants one any more */
}
