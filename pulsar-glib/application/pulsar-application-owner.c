/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-application-private.h"

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"

const PulsarApplicationSlots *
pulsar_application_get_slots (gpointer self)
{
  static const PulsarApplicationSlots none = { NULL };
  const PulsarApplicationSlots *slots = PULSAR_APPLICATION_GET_CLASS (self)->slots;

  return slots != NULL ? slots : &none;
}

/* The following are the PulsarOwnerFuncs: each runs the private slot of the class and emits the hook. The code of a program runs on behalf of
 * the actor it gets. */

static void
emit_hook (gpointer     self,
           const char  *signal,
           PulsarActor *actor,
           PulsarHook  *hook)
{
  PulsarActor *previous = pulsar_actor_push_current (actor);

  g_signal_emit_by_name (self, signal, actor, hook);
  pulsar_actor_pop_current (previous);
}

static void
owner_begin (GObject       *owner,
             PulsarMonitor *monitor,
             PulsarHook    *hook)
{
  if (pulsar_application_get_slots (owner)->begin != NULL)
    pulsar_application_get_slots (owner)->begin (PULSAR_APPLICATION (owner), monitor, hook);
}

static void
owner_announce (GObject       *owner,
                PulsarMonitor *monitor,
                PulsarHook    *hook)
{
  g_signal_emit_by_name (pulsar_arbiter_get_default (), "monitor-start", monitor, hook);
}

static void
owner_monitor_start (GObject       *owner,
                     PulsarMonitor *monitor,
                     PulsarHook    *hook)
{
  emit_hook (owner, "monitor-start", PULSAR_ACTOR (monitor), hook);
}

static void
owner_query_spawn (GObject       *owner,
                   PulsarMonitor *monitor,
                   PulsarSpawn   *spawn)
{
  if (pulsar_application_get_slots (owner)->query_spawn != NULL)
    pulsar_application_get_slots (owner)->query_spawn (PULSAR_APPLICATION (owner), monitor, spawn);
  g_signal_emit_by_name (owner, "actor-params", monitor, spawn);
}

static gboolean
owner_has_monitor_task (GObject *owner)
{
  return PULSAR_APPLICATION_GET_CLASS (owner)->monitor_task != NULL
         || g_signal_has_handler_pending (owner, g_signal_lookup ("monitor-task", PULSAR_TYPE_APPLICATION), 0, TRUE);
}

static gboolean
owner_counts_requests (GObject *owner)
{
  return pulsar_application_get_slots (owner)->counts_requests;
}

static void
owner_monitor_task (GObject       *owner,
                    PulsarMonitor *monitor)
{
  g_signal_emit_by_name (owner, "monitor-task", monitor);
}

static void
owner_monitor_info (GObject      *owner,
                    PulsarActor  *actor,
                    GVariantDict *info)
{
  g_signal_emit_by_name (owner, "monitor-info", actor, info);
}

static void
owner_end (GObject       *owner,
           PulsarMonitor *monitor)
{
  if (pulsar_application_get_slots (owner)->end != NULL)
    pulsar_application_get_slots (owner)->end (PULSAR_APPLICATION (owner), monitor);
}

static void
owner_monitor_stopping (GObject       *owner,
                        PulsarMonitor *monitor,
                        PulsarHook    *hook)
{
  emit_hook (owner, "monitor-stopping", PULSAR_ACTOR (monitor), hook);
}

static void
owner_worker_made (GObject     *owner,
                   PulsarActor *actor)
{
  pulsar_application_set_actor (PULSAR_APPLICATION (owner), actor);
}

static void
owner_worker_start (GObject     *owner,
                    PulsarActor *actor,
                    PulsarHook  *hook)
{
  emit_hook (owner, "worker-start", actor, hook);
}

static void
owner_worker_begin (GObject     *owner,
                    PulsarActor *actor,
                    PulsarHook  *hook)
{
  if (pulsar_application_get_slots (owner)->worker_begin != NULL)
    pulsar_application_get_slots (owner)->worker_begin (PULSAR_APPLICATION (owner), actor, hook);
}

static void
owner_worker_info (GObject      *owner,
                   PulsarActor  *actor,
                   GVariantDict *info)
{
  if (pulsar_application_get_slots (owner)->worker_info != NULL)
    pulsar_application_get_slots (owner)->worker_info (PULSAR_APPLICATION (owner), actor, info);
  g_signal_emit_by_name (owner, "worker-info", actor, info);
}

static void
owner_worker_drain (GObject     *owner,
                    PulsarActor *actor,
                    PulsarHook  *hook)
{
  if (pulsar_application_get_slots (owner)->worker_drain != NULL)
    pulsar_application_get_slots (owner)->worker_drain (PULSAR_APPLICATION (owner), actor, hook);
}

static void
owner_worker_stopping (GObject     *owner,
                       PulsarActor *actor,
                       PulsarHook  *hook)
{
  emit_hook (owner, "worker-stopping", actor, hook);
}

static const PulsarOwnerFuncs owner_funcs = {
  .begin = owner_begin,
  .announce = owner_announce,
  .monitor_start = owner_monitor_start,
  .query_spawn = owner_query_spawn,
  .counts_requests = owner_counts_requests,
  .has_monitor_task = owner_has_monitor_task,
  .monitor_task = owner_monitor_task,
  .monitor_info = owner_monitor_info,
  .end = owner_end,
  .monitor_stopping = owner_monitor_stopping,
  .worker_made = owner_worker_made,
  .worker_start = owner_worker_start,
  .worker_begin = owner_worker_begin,
  .worker_info = owner_worker_info,
  .worker_drain = owner_worker_drain,
  .worker_stopping = owner_worker_stopping,
};

const PulsarOwnerFuncs *
pulsar_application_get_owner_funcs (void)
{
  return &owner_funcs;
}
