/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-crew-struct-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/actor/pulsar-spawn-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/process/pulsar-child-private.h"
#include "pulsar-glib/supervision/pulsar-restart-policy-private.h"

static PulsarConfig *
get_config (PulsarCrew *self)
{
  return pulsar_actor_get_config (self->supervisor);
}

static const char *
get_name (PulsarCrew *self)
{
  return pulsar_actor_get_name (self->supervisor);
}

gboolean
pulsar_crew_is_active (PulsarCrew *self)
{
  return self->phase == PULSAR_CREW_STARTING || self->phase == PULSAR_CREW_RUNNING;
}

static void
get_restart_limits (PulsarCrew          *self,
                    PulsarRestartLimits *limits)
{
  PulsarConfig *config = get_config (self);

  limits->delay_us = pulsar_config_get_duration (config, "restart-delay");
  limits->delay_max_us = pulsar_config_get_duration (config, "restart-delay-max");
  limits->max_restarts = pulsar_config_get_uint (config, "max-restarts");
  limits->window_us = pulsar_config_get_duration (config, "restart-window");
  limits->healthy_after_us = pulsar_config_get_duration (config, "healthy-after");
}

static void
remove_slot (PulsarCrew *self,
             PulsarSlot *slot)
{
  pulsar_slot_leave (slot);
  g_ptr_array_remove (self->slots, slot);
}

void
pulsar_crew_clear_slot (PulsarCrew *self,
                        PulsarSlot *slot)
{
  if (slot->crew != NULL && slot->surplus && !slot->launching && pulsar_slot_is_empty (slot) && pulsar_crew_is_active (self))
    remove_slot (self, slot);
}

static void
check_finished (PulsarCrew *self)
{
  if (self->phase != PULSAR_CREW_RUNNING)
    return;

  for (guint i = 0; i < self->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->slots, i);

      if (!slot->finished || !pulsar_slot_is_empty (slot))
        return;
    }
  self->phase = self->loss != NULL ? PULSAR_CREW_FAILED : PULSAR_CREW_FINISHED;
  if (self->loss != NULL)
    self->owner_funcs->failed (self->supervisor, self->loss);
  else
    self->owner_funcs->finished (self->supervisor);
}

static void
check_started (PulsarCrew *self)
{
  if (self->phase != PULSAR_CREW_STARTING)
    return;

  for (guint i = 0; i < self->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->slots, i);

      if (!slot->finished && (slot->worker == NULL || pulsar_worker_get_state (slot->worker) != PULSAR_STATE_RUNNING))
        return;
    }
  self->phase = PULSAR_CREW_RUNNING;
  self->owner_funcs->started (self->supervisor, NULL);
}

/* After whatever may have been the last step to being ready, or to having finished. */
static void
check_progress (PulsarCrew *self)
{
  check_started (self);
  check_finished (self);
}

static void
fail_start (PulsarCrew   *self,
            const GError *error)
{
  self->phase = PULSAR_CREW_FAILED;
  self->owner_funcs->started (self->supervisor, error);
}

static void
worker_ready_cb (PulsarWorker *worker,
                 gpointer      owner)
{
  g_autoptr(PulsarSlot) slot = pulsar_slot_ref (owner);
  PulsarCrew *self = slot->crew;
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self->supervisor);
  gint64 took_us = pulsar_worker_get_ready_time (worker) - pulsar_worker_get_launch_time (worker);

  pulsar_log (PULSAR_LOG_NOTICE, _("Worker “%s” [%d] is ready after %.1f ms"),
              pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker)), (int) pulsar_worker_get_pid (worker),
              (double) took_us / 1000.0);
  pulsar_rollover_ready (self, slot, worker);
  self->owner_funcs->ready (self->supervisor, worker);
  if (worker == slot->worker)
    pulsar_rollover_finish (slot, NULL);
  check_progress (self);
  pulsar_recycle_check (self->recycle);
}

static void worker_exited_cb (PulsarWorker *worker,
                              gpointer      owner);

static void
worker_heard_cb (PulsarWorker *worker,
                 gpointer      owner)
{
  PulsarSlot *slot = owner;
  PulsarCrew *self = slot->crew;

  pulsar_recycle_heard (self->recycle, slot, worker);
}

static void
worker_worn_cb (PulsarWorker *worker,
                gpointer      owner)
{
  PulsarSlot *slot = owner;
  PulsarCrew *self = slot->crew;

  pulsar_recycle_worn (self->recycle, slot, worker);
}

static const PulsarWorkerOwner worker_owner = {
  .ready = worker_ready_cb,
  .exited = worker_exited_cb,
  .heard = worker_heard_cb,
  .worn = worker_worn_cb,
};

gboolean
pulsar_crew_launch (PulsarCrew    *self,
                    PulsarSlot    *slot,
                    PulsarWorker **place,
                    gboolean       is_next,
                    GError       **error)
{
  PulsarConfig *config = is_next ? self->next_config : get_config (self);
  g_autofree char *name = g_strdup_printf ("%s.%u", get_name (self), slot->index + 1);
  g_autofree char *id = pulsar_actor_make_id ();
  g_autoptr(PulsarSpawn) spawn = pulsar_spawn_new (name, id, slot->index);
  g_autoptr(PulsarWorker) worker = NULL;
  g_autoptr(PulsarHello) hello = NULL;
  PulsarWorkerTimes times;

  if (self->recipe == NULL)
    {
      g_propagate_error (error, g_error_copy (self->recipe_error));
      return FALSE;
    }

  pulsar_spawn_set_config (spawn, config);
  slot->launching = TRUE;
  self->owner_funcs->fill_spawn (self->supervisor, spawn);
  slot->launching = FALSE;
  if (slot->crew == NULL || slot->surplus || !pulsar_crew_is_active (self))
    return TRUE;

  hello = pulsar_hello_new_for_config (config, spawn, (int) slot->index, error);
  if (hello == NULL)
    return FALSE;
  self->owner_funcs->fill_hello (self->supervisor, hello);
  hello->generation = is_next ? self->generation + 1 : self->generation;
  pulsar_worker_times_init (&times, config);
  worker = pulsar_worker_new (name, id, slot->index, hello->generation, &worker_owner, slot);
  pulsar_actor_proxy_set_supervisor (PULSAR_ACTOR_PROXY (worker), self->supervisor);
  if (!pulsar_worker_launch (worker, self->recipe, self->directory, hello, spawn, &times, error))
    return FALSE;

  *place = g_object_ref (worker);
  g_list_store_append (self->workers, worker);
  return TRUE;
}

static gboolean start_slot_cb (gpointer user_data);

/* What to do when no process could be made: wait, or give up. */
static void
launch_failed (PulsarCrew   *self,
               PulsarSlot   *slot,
               const GError *error)
{
  gint64 now_us = g_get_monotonic_time ();
  PulsarRestartLimits limits;
  gint64 delay_us;

  if (self->phase == PULSAR_CREW_STARTING
      && (!pulsar_child_error_is_temporary (error) || now_us >= self->start_deadline_us))
    {
      fail_start (self, error);
      return;
    }

  get_restart_limits (self, &limits);
  delay_us = pulsar_restart_history_defer (slot->history, &limits);
  if (self->phase == PULSAR_CREW_STARTING)
    delay_us = MIN (delay_us, self->start_deadline_us - now_us);
  if (self->told_us == 0 || now_us - self->told_us >= G_USEC_PER_SEC)
    {
      self->told_us = now_us;
      pulsar_log (PULSAR_LOG_ERROR, _("Worker %u of “%s” could not be started: %s; trying again in %.1f s"),
                  slot->index + 1, get_name (self), error->message, (double) delay_us / G_USEC_PER_SEC);
    }
  pulsar_slot_start_later (slot, delay_us, start_slot_cb);
}

static void
start_slot (PulsarCrew *self,
            PulsarSlot *slot)
{
  g_autoptr(PulsarSlot) hold G_GNUC_UNUSED = pulsar_slot_ref (slot);
  g_autoptr(GError) error = NULL;

  pulsar_slot_cancel (slot);
  if (!pulsar_crew_launch (self, slot, &slot->worker, FALSE, &error))
    {
      launch_failed (self, slot, error);
    }
  else
    {
      pulsar_crew_clear_slot (self, slot);
      check_progress (self);
    }
}

static gboolean
start_slot_cb (gpointer user_data)
{
  PulsarSlot *slot = user_data;
  PulsarCrew *self = slot->crew;
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self->supervisor);

  start_slot (self, slot);
  return G_SOURCE_REMOVE;
}

static void
log_exit (PulsarWorker *worker,
          gint64        delay_us)
{
  g_autofree char *how = pulsar_exit_record_to_string (pulsar_worker_get_exit_record (worker));
  g_autofree char *words = pulsar_worker_describe_end (worker);
  const GError *failure = pulsar_worker_get_failure (worker);
  const char *name = pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker));
  int pid = pulsar_worker_get_pid (worker);

  if (failure != NULL)
    pulsar_log (PULSAR_LOG_ERROR, _("Worker “%s” [%d] could not start: %s"), name, pid, failure->message);
  if (delay_us == 0)
    pulsar_log (PULSAR_LOG_WARNING, _("Worker “%s” [%d] %s; it is replaced at once%s"), name, pid, how, words);
  else if (delay_us > 0)
    pulsar_log (PULSAR_LOG_WARNING, _("Worker “%s” [%d] %s; it is replaced in %.1f s%s"), name, pid, how,
                (double) delay_us / G_USEC_PER_SEC, words);
  else
    pulsar_log (PULSAR_LOG_WARNING, _("Worker “%s” [%d] %s; it is not replaced%s"), name, pid, how, words);
}

static void
leave_finished (PulsarCrew   *self,
                PulsarSlot   *slot,
                PulsarWorker *worker)
{
  PulsarExitRecord *record = pulsar_worker_get_exit_record (worker);
  const char *name = pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker));
  g_autofree char *how = pulsar_exit_record_to_string (record);

  slot->finished = TRUE;
  pulsar_slot_end (slot, g_get_monotonic_time ());  /* one may be on its way to take the place */
  pulsar_rollover_finish (slot, NULL);
  if (!pulsar_restart_policy_is_failure (record))
    {
      pulsar_log (PULSAR_LOG_NOTICE, _("Worker “%s” [%d] %s; it is not replaced (“restart-policy”)"), name,
                  (int) pulsar_worker_get_pid (worker), how);
      return;
    }
  log_exit (worker, -1);
  if (self->loss == NULL)
    self->loss = g_error_new (PULSAR_ERROR, PULSAR_ERROR_FAILED,
                              _("all its workers have ended, and worker “%s” %s (“restart-policy”)"), name, how);
}

static void
replace (PulsarCrew   *self,
         PulsarSlot   *slot,
         PulsarWorker *worker)
{
  PulsarRestartPolicy policy = (PulsarRestartPolicy) pulsar_config_get_enum (get_config (self), "restart-policy");
  PulsarRestartLimits limits;
  gint64 delay_us;

  if (!pulsar_restart_policy_replaces (policy, pulsar_worker_get_exit_record (worker)))
    {
      leave_finished (self, slot, worker);
      return;
    }

  get_restart_limits (self, &limits);
  delay_us = pulsar_restart_history_died (slot->history, &limits, g_get_monotonic_time (),
                                          pulsar_worker_get_ready_time (worker));
  log_exit (worker, delay_us);
  if (delay_us < 0)
    {
      g_autofree char *window = g_strdup_printf ("%.1f", (double) limits.window_us / G_USEC_PER_SEC);
      g_autoptr(GError) error = NULL;

      error = g_error_new (PULSAR_ERROR, PULSAR_ERROR_FAILED,
                           _("worker %u ended more than %u times within %s s (“max-restarts”, “restart-window”)"),
                           slot->index + 1, limits.max_restarts, window);
      self->phase = PULSAR_CREW_FAILED;
      self->owner_funcs->failed (self->supervisor, error);
      return;
    }

  /* At once means now: the next turn of the main loop may be far away. */
  if (pulsar_rollover_adopt (self, slot))
    return;
  if (delay_us == 0)
    start_slot (self, slot);
  else
    pulsar_slot_start_later (slot, delay_us, start_slot_cb);
}

/* The worker that had the place is gone. */
static void
place_lost (PulsarCrew *self,
            PulsarSlot *slot)
{
  g_autoptr(PulsarWorker) worker = g_steal_pointer (&slot->worker);
  gboolean first_failed = self->phase == PULSAR_CREW_STARTING && !slot->surplus && slot->crew != NULL
                          && !pulsar_worker_was_ready (worker);
  g_autoptr(GError) error = NULL;

  slot->wear = PULSAR_WEAR_NONE;
  if (pulsar_crew_is_active (self) && slot->crew != NULL && !first_failed)
    {
      if (slot->surplus)
        pulsar_crew_clear_slot (self, slot);
      else
        replace (self, slot, worker);
    }
  self->owner_funcs->exited (self->supervisor, worker);

  if (!pulsar_worker_was_ready (worker))
    error = pulsar_worker_make_start_error (worker);
  if (first_failed && self->phase == PULSAR_CREW_STARTING)
    fail_start (self, error);
  if (slot->replaced != NULL && slot->successor == NULL && error != NULL)
    pulsar_rollover_finish (slot, error);
}

static void
worker_exited_cb (PulsarWorker *worker,
                  gpointer      owner)
{
  g_autoptr(PulsarSlot) slot = pulsar_slot_ref (owner);
  PulsarCrew *self = slot->crew;
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self->supervisor);
  guint position;

  if (g_list_store_find (self->workers, worker, &position))
    g_list_store_remove (self->workers, position);
  if (!pulsar_rollover_exited (self, slot, worker))
    {
      g_assert (worker == slot->worker);
      place_lost (self, slot);
    }
  check_progress (self);
  pulsar_recycle_check (self->recycle);
  if (self->phase == PULSAR_CREW_ENDING && pulsar_crew_is_empty (self))
    self->owner_funcs->gone (self->supervisor);
}

static PulsarSlot *
find_slot (PulsarCrew *self,
           guint       index)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->slots, i);

      if (slot->index == index)
        return slot;
    }
  return NULL;
}

static guint
count_wanted (PulsarCrew *self)
{
  guint n_wanted = 0;

  for (guint i = 0; i < self->slots->len; i++)
    {
      if (!((PulsarSlot *) g_ptr_array_index (self->slots, i))->surplus)
        n_wanted++;
    }
  return n_wanted;
}

static PulsarSlot *
find_oldest (PulsarCrew *self)
{
  PulsarSlot *oldest = NULL;

  for (guint i = 0; i < self->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->slots, i);

      if (slot->surplus)
        continue;
      if (slot->worker == NULL)
        return slot;  /* nobody misses a worker that is not there */
      if (oldest == NULL
          || pulsar_worker_get_launch_time (slot->worker) < pulsar_worker_get_launch_time (oldest->worker))
        oldest = slot;
    }
  return oldest;
}

static void
shed_slot (PulsarCrew *self,
           PulsarSlot *slot)
{
  g_autoptr(PulsarSlot) hold G_GNUC_UNUSED = pulsar_slot_ref (slot);
  gint64 graceful_us = pulsar_config_get_duration (get_config (self), "graceful-timeout");

  slot->surplus = TRUE;
  pulsar_slot_end (slot, g_get_monotonic_time () + graceful_us);
  pulsar_rollover_finish (slot, NULL);
  pulsar_crew_clear_slot (self, slot);
}

/* The number that is wanted may change with each slot, so that it is read again. */
static void
follow_setting (PulsarCrew *self)
{
  while (pulsar_crew_is_active (self) && count_wanted (self) > pulsar_config_get_uint (get_config (self), "workers"))
    shed_slot (self, find_oldest (self));

  for (guint index = 0;
       pulsar_crew_is_active (self) && count_wanted (self) < pulsar_config_get_uint (get_config (self), "workers");
       index++)
    {
      PulsarSlot *slot;

      if (find_slot (self, index) != NULL)
        continue;
      slot = pulsar_slot_new (self, index);
      g_ptr_array_add (self->slots, slot);
      start_slot (self, slot);
    }
}

PulsarCrew *
pulsar_crew_new (PulsarActor           *supervisor,
                 const PulsarCrewOwner *owner_funcs,
                 PulsarRecipe          *recipe,
                 const GError          *recipe_error,
                 PulsarDirectory       *directory)
{
  PulsarCrew *self = g_new0 (PulsarCrew, 1);

  self->generation = 1;
  self->supervisor = supervisor;
  self->owner_funcs = owner_funcs;
  if (recipe != NULL)
    self->recipe = pulsar_recipe_ref (recipe);
  else
    self->recipe_error = g_error_copy (recipe_error);
  self->directory = g_object_ref (directory);
  self->workers = g_list_store_new (PULSAR_TYPE_WORKER);
  self->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) pulsar_slot_unref);
  self->recycle = pulsar_recycle_new (self);
  return self;
}

void
pulsar_crew_free (PulsarCrew *self)
{
  for (guint i = 0; i < self->slots->len; i++)
    pulsar_slot_leave (g_ptr_array_index (self->slots, i));
  g_clear_pointer (&self->recycle, pulsar_recycle_free);
  g_ptr_array_unref (self->slots);
  g_clear_object (&self->workers);
  g_clear_object (&self->directory);
  g_clear_object (&self->next_config);
  g_clear_pointer (&self->recipe, pulsar_recipe_unref);
  g_clear_error (&self->recipe_error);
  g_clear_error (&self->loss);
  g_free (self);
}

void
pulsar_crew_start (PulsarCrew *self)
{
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self->supervisor);
  gint64 timeout_us = pulsar_config_get_duration (get_config (self), "start-timeout");

  g_assert (self->phase == PULSAR_CREW_IDLE);
  self->phase = PULSAR_CREW_STARTING;
  self->start_deadline_us = g_get_monotonic_time () + timeout_us;
  follow_setting (self);
  check_progress (self);
}

void
pulsar_crew_scale (PulsarCrew *self)
{
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self->supervisor);

  follow_setting (self);
  check_progress (self);
}

void
pulsar_crew_end (PulsarCrew *self,
                 gint64      deadline_us)
{
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self->supervisor);

  self->phase = PULSAR_CREW_ENDING;
  for (guint i = 0; i < self->slots->len; i++)
    {
      g_autoptr(PulsarSlot) slot = pulsar_slot_ref (g_ptr_array_index (self->slots, i));

      pulsar_slot_end (slot, deadline_us);
      pulsar_rollover_finish (slot, NULL);
    }
}

void
pulsar_crew_hurry (PulsarCrew *self)
{
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self->supervisor);

  for (guint i = 0; i < self->slots->len; i++)
    {
      g_autoptr(PulsarSlot) slot = pulsar_slot_ref (g_ptr_array_index (self->slots, i));

      pulsar_slot_hurry (slot);
    }
}

gboolean
pulsar_crew_is_empty (PulsarCrew *self)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      if (!pulsar_slot_is_empty (g_ptr_array_index (self->slots, i)))
        return FALSE;
    }
  return TRUE;
}

GListModel *
pulsar_crew_get_workers (PulsarCrew *self)
{
  return G_LIST_MODEL (self->workers);
}

void
pulsar_crew_list_members (PulsarCrew *self,
                          GArray     *members)
{
  for (guint i = 0; i < self->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->slots, i);
      PulsarGroupMember member = { NULL, FALSE };

      if (slot->surplus || slot->finished)
        continue;
      if (slot->worker != NULL && pulsar_worker_get_state (slot->worker) <= PULSAR_STATE_RUNNING)
        {
          member.proxy = PULSAR_ACTOR_PROXY (slot->worker);
          member.ready = pulsar_worker_get_state (slot->worker) == PULSAR_STATE_RUNNING;
        }
      g_array_append_val (members, member);
    }
}
