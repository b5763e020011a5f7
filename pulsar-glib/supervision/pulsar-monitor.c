/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-monitor-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/actor/pulsar-spawn-private.h"
#include "pulsar-glib/base/pulsar-log-private.h"
#include "pulsar-glib/process/pulsar-child-private.h"
#include "pulsar-glib/supervision/pulsar-hello-private.h"
#include "pulsar-glib/supervision/pulsar-sequence-private.h"
#include "pulsar-glib/supervision/pulsar-slot-private.h"

/**
 * PulsarMonitor:
 *
 * Supervises the workers of one application.
 *
 * A monitor is an actor in the process of the [class@Pulsar.Arbiter]. It starts as many workers as the setting `workers`
 * says, replaces those that die, ends those that hang, and follows changes of the setting while it runs. With `workers`
 * of 0 there is no process of its own: the application runs in the arbiter, and the hooks of a worker get the monitor.
 *
 * Since: 0.1
 */

struct _PulsarMonitor
{
  PulsarActor parent_instance;

  GObject *application;           /* (owned) (nullable) until it ended */
  const PulsarOwnerFuncs *funcs;
  PulsarRecipe *recipe;           /* (owned) (nullable) */
  GError *recipe_error;           /* (owned) (nullable) why there is no recipe */
  PulsarDirectory *directory;     /* (owned) */
  char *log_name;                 /* (owned) */
  GListStore *workers;            /* (owned) of PulsarWorker, those with a process */
  GPtrArray *slots;               /* (owned) of PulsarSlot, by index */
  PulsarSequence *sequence;       /* while hooks of the start or the stop run */
  GSource *first_start;           /* (owned) (nullable) ends the attempts to make the first processes */
  PulsarMonitorDone start_done;   /* (nullable) while it starts */
  gpointer start_data;
  PulsarMonitorDone end_done;     /* (nullable) while it ends */
  gpointer end_data;
  gint64 deadline_us;             /* of the end, else 0 */
  GError *failure;                /* (owned) (nullable) why it ended by itself */
  guint generation;
  gboolean by_type;               /* workers make the application by its type */
  gboolean started;               /* its start hooks ended well, so its stop hooks will run */
  gboolean local;                 /* workers=0: the application runs in this process */
  gboolean has_run;               /* all the first workers have been ready */
  gboolean closed;                /* takes no more work */
};

typedef enum
{
  PROP_APPLICATION = 1,
  PROP_WORKERS,
} PulsarMonitorProperty;

typedef enum
{
  SIGNAL_WORKER_READY,
  SIGNAL_WORKER_EXITED,
  SIGNAL_FAILED,
} PulsarMonitorSignal;

static GParamSpec *properties[PROP_WORKERS + 1];
static guint signals[SIGNAL_FAILED + 1];

G_DEFINE_FINAL_TYPE (PulsarMonitor, pulsar_monitor, PULSAR_TYPE_ACTOR)

static PulsarConfig *
get_config (PulsarMonitor *self)
{
  return pulsar_actor_get_config (PULSAR_ACTOR (self));
}

static const char *
get_name (PulsarMonitor *self)
{
  return pulsar_actor_get_name (PULSAR_ACTOR (self));
}

static guint
get_duration_ms (PulsarMonitor *self,
                 const char    *setting)
{
  gint64 ms = pulsar_config_get_duration (get_config (self), setting) / G_TIME_SPAN_MILLISECOND;

  return (guint) CLAMP (ms, 0, G_MAXINT);
}

static void
get_restart_limits (PulsarMonitor       *self,
                    PulsarRestartLimits *limits)
{
  PulsarConfig *config = get_config (self);

  limits->delay_us = pulsar_config_get_duration (config, "restart-delay");
  limits->delay_max_us = pulsar_config_get_duration (config, "restart-delay-max");
  limits->max_restarts = pulsar_config_get_uint (config, "max-restarts");
  limits->window_us = pulsar_config_get_duration (config, "restart-window");
  limits->healthy_after_us = pulsar_config_get_duration (config, "healthy-after");
}

static gboolean
is_ending (PulsarMonitor *self)
{
  return self->deadline_us != 0;
}

/* Takes a worker out of the list model; its position may have moved. */
static void
remove_from_list (PulsarMonitor *self,
                  PulsarWorker  *worker)
{
  guint position;

  if (g_list_store_find (self->workers, worker, &position))
    g_list_store_remove (self->workers, position);
}

static void
finish_start (PulsarMonitor *self,
              const GError  *error)
{
  PulsarMonitorDone done = g_steal_pointer (&self->start_done);

  if (self->first_start != NULL)
    g_source_destroy (self->first_start);
  g_clear_pointer (&self->first_start, g_source_unref);
  if (done != NULL)
    done (self, error, self->start_data);
}

/* The application is given up: it has failed while it ran. */
static void
fail (PulsarMonitor *self,
      GError        *error)
{
  g_autoptr(PulsarMonitor) hold G_GNUC_UNUSED = g_object_ref (self);

  self->failure = error;
  pulsar_log (PULSAR_LOG_ERROR, _("Application “%s” failed: %s"), get_name (self), error->message);
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, self->failure);
}

static void
check_first_start (PulsarMonitor *self)
{
  if (self->start_done == NULL || self->sequence != NULL || is_ending (self))
    return;

  for (guint i = 0; i < self->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->slots, i);

      if (slot->worker == NULL || pulsar_worker_get_state (slot->worker) != PULSAR_STATE_RUNNING)
        return;
    }

  self->has_run = TRUE;
  finish_start (self, NULL);
}

static void
worker_ready_cb (PulsarWorker *worker,
                 gpointer      owner)
{
  PulsarSlot *slot = owner;
  g_autoptr(PulsarMonitor) self = g_object_ref (slot->pool);
  gint64 took_us = pulsar_worker_get_ready_time (worker) - pulsar_worker_get_launch_time (worker);

  pulsar_log (PULSAR_LOG_NOTICE, _("Worker “%s” [%d] is ready after %.1f ms"),
              pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker)), (int) pulsar_worker_get_pid (worker),
              (double) took_us / 1000.0);
  g_signal_emit (self, signals[SIGNAL_WORKER_READY], 0, worker);
  check_first_start (self);
}

static gboolean start_slot_cb (gpointer user_data);
static void     check_ended   (PulsarMonitor *self);
static void     worker_exited_cb (PulsarWorker *worker,
                                  gpointer      owner);

static const PulsarWorkerOwner worker_owner = { worker_ready_cb, worker_exited_cb };

static PulsarHello *
make_hello (PulsarMonitor *self,
            PulsarSlot    *slot,
            PulsarSpawn   *spawn)
{
  PulsarHello *hello = pulsar_hello_new_for_config (get_config (self), spawn);

  hello->application = g_strdup (get_name (self));
  hello->type_name = g_strdup (G_OBJECT_TYPE_NAME (self->application));
  hello->by_type = self->by_type;
  hello->supervisor = g_strdup (get_name (self));
  hello->slot = slot->index;
  hello->generation = self->generation;
  hello->log_name = g_strdup (self->log_name);
  return hello;
}

static gboolean
launch (PulsarMonitor  *self,
        PulsarSlot     *slot,
        GError        **error)
{
  PulsarWorkerTimes times = { get_duration_ms (self, "start-timeout"), get_duration_ms (self, "timeout") };
  g_autofree char *name = g_strdup_printf ("%s.%u", get_name (self), slot->index + 1);
  g_autofree char *id = pulsar_actor_make_id ();
  g_autoptr(PulsarSpawn) spawn = pulsar_spawn_new (name, id);
  g_autoptr(PulsarWorker) worker = NULL;
  g_autoptr(PulsarHello) hello = NULL;

  if (self->recipe == NULL)
    {
      g_propagate_error (error, g_error_copy (self->recipe_error));
      return FALSE;
    }

  g_signal_emit_by_name (self, "query-spawn", spawn);
  self->funcs->query_spawn (self->application, self, spawn);

  hello = make_hello (self, slot, spawn);
  worker = pulsar_worker_new (name, id, slot->index, self->generation, &worker_owner, slot);
  pulsar_actor_proxy_set_supervisor (PULSAR_ACTOR_PROXY (worker), PULSAR_ACTOR (self));
  if (!pulsar_worker_launch (worker, self->recipe, self->directory, hello, spawn, &times, error))
    return FALSE;

  slot->worker = g_object_ref (worker);
  g_list_store_append (self->workers, worker);
  return TRUE;
}

/* What to do when no process could be made: wait, or give up. */
static void
launch_failed (PulsarMonitor *self,
               PulsarSlot    *slot,
               GError        *launch_error)
{
  g_autoptr(GError) error = launch_error;
  PulsarRestartLimits limits;
  gint64 delay_us;

  if (self->has_run || pulsar_child_error_is_temporary (error))
    {
      get_restart_limits (self, &limits);
      delay_us = pulsar_restart_policy_defer (slot->policy, &limits);
      pulsar_log (PULSAR_LOG_ERROR, _("Worker %u of “%s” could not be started: %s; trying again in %.1f s"),
                  slot->index + 1, get_name (self), error->message, (double) delay_us / G_USEC_PER_SEC);
      pulsar_slot_start_later (slot, delay_us, start_slot_cb);
      return;
    }

  finish_start (self, error);
}

static gboolean
start_slot_cb (gpointer user_data)
{
  PulsarSlot *slot = user_data;
  g_autoptr(PulsarMonitor) self = g_object_ref (slot->pool);
  GError *error = NULL;

  pulsar_slot_cancel (slot);
  if (!launch (self, slot, &error))
    launch_failed (self, slot, error);
  return G_SOURCE_REMOVE;
}

static void
remove_slot (PulsarMonitor *self,
             PulsarSlot    *slot)
{
  g_ptr_array_remove (self->slots, slot);
  check_first_start (self);
}

static void
log_exit (PulsarWorker *worker,
          gint64        delay_us)
{
  g_autofree char *how = pulsar_exit_record_to_string (pulsar_worker_get_exit_record (worker));
  const GError *failure = pulsar_worker_get_failure (worker);
  const char *name = pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker));
  int pid = pulsar_worker_get_pid (worker);

  if (failure != NULL)
    pulsar_log (PULSAR_LOG_ERROR, _("Worker “%s” [%d] could not start: %s"), name, pid, failure->message);
  if (delay_us == 0)
    pulsar_log (PULSAR_LOG_WARNING, _("Worker “%s” [%d] ended: %s; it is replaced at once"), name, pid, how);
  else if (delay_us > 0)
    pulsar_log (PULSAR_LOG_WARNING, _("Worker “%s” [%d] ended: %s; it is replaced in %.1f s"), name, pid, how,
                (double) delay_us / G_USEC_PER_SEC);
  else
    pulsar_log (PULSAR_LOG_WARNING, _("Worker “%s” [%d] ended: %s; it is not replaced"), name, pid, how);
}

static void
replace (PulsarMonitor *self,
         PulsarSlot    *slot,
         PulsarWorker  *worker)
{
  PulsarRestartLimits limits;
  gint64 delay_us;

  get_restart_limits (self, &limits);
  delay_us = pulsar_restart_policy_died (slot->policy, &limits, g_get_monotonic_time (),
                                         pulsar_worker_get_ready_time (worker));
  log_exit (worker, delay_us);
  if (delay_us < 0)
    {
      g_autofree char *window = g_strdup_printf ("%.1f", (double) limits.window_us / G_USEC_PER_SEC);

      fail (self, g_error_new (PULSAR_ERROR, PULSAR_ERROR_FAILED,
                               _("worker %u ended more than %u times within %s s (“max-restarts”, “restart-window”)"),
                               slot->index + 1, limits.max_restarts, window));
      return;
    }

  /* At once means now: the next turn of the main loop may be far away. */
  if (delay_us == 0)
    start_slot_cb (slot);
  else
    pulsar_slot_start_later (slot, delay_us, start_slot_cb);
}

static void
worker_exited_cb (PulsarWorker *exited_worker,
                  gpointer      owner)
{
  PulsarSlot *slot = owner;
  g_autoptr(PulsarMonitor) self = g_object_ref (slot->pool);
  g_autoptr(PulsarWorker) worker = g_steal_pointer (&slot->worker);
  g_autoptr(GError) error = NULL;

  g_assert (worker == exited_worker);
  remove_from_list (self, worker);

  if (is_ending (self) || self->failure != NULL)
    {
      g_signal_emit (self, signals[SIGNAL_WORKER_EXITED], 0, worker);
      check_ended (self);
    }
  else if (slot->surplus)
    {
      g_signal_emit (self, signals[SIGNAL_WORKER_EXITED], 0, worker);
      remove_slot (self, slot);
    }
  else if (!self->has_run && !pulsar_worker_was_ready (worker))
    {
      g_signal_emit (self, signals[SIGNAL_WORKER_EXITED], 0, worker);
      error = pulsar_worker_make_start_error (worker);
      finish_start (self, error);
    }
  else
    {
      replace (self, slot, worker);
      g_signal_emit (self, signals[SIGNAL_WORKER_EXITED], 0, worker);
    }
}

static PulsarSlot *
find_slot (PulsarMonitor *self,
           guint          index)
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
count_wanted (PulsarMonitor *self)
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
find_oldest (PulsarMonitor *self)
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
scale (PulsarMonitor *self)
{
  guint n_workers = pulsar_config_get_uint (get_config (self), "workers");
  gint64 deadline_us = g_get_monotonic_time () + pulsar_config_get_duration (get_config (self), "graceful-timeout");

  while (count_wanted (self) > n_workers)
    {
      PulsarSlot *slot = find_oldest (self);

      slot->surplus = TRUE;
      pulsar_slot_cancel (slot);
      if (slot->worker != NULL)
        pulsar_worker_end (slot->worker, deadline_us);
      else
        remove_slot (self, slot);
    }

  for (guint index = 0; count_wanted (self) < n_workers && !is_ending (self); index++)
    {
      PulsarSlot *slot;

      if (find_slot (self, index) != NULL)
        continue;
      slot = pulsar_slot_new (self, index);
      g_ptr_array_add (self->slots, slot);
      start_slot_cb (slot);
    }
}

static void
workers_changed_cb (PulsarMonitor *self)
{
  guint n_workers = pulsar_config_get_uint (get_config (self), "workers");

  if (pulsar_actor_get_state (PULSAR_ACTOR (self)) != PULSAR_STATE_RUNNING || is_ending (self) || self->failure != NULL)
    return;
  if (self->local != (n_workers == 0))
    {
      pulsar_log (PULSAR_LOG_WARNING,
                  _("“workers” of “%s” cannot change from or to 0 while it runs; it goes on as before"), get_name (self));
      return;
    }
  if (!self->local)
    scale (self);
}

static gboolean
first_start_expired_cb (gpointer user_data)
{
  PulsarMonitor *self = user_data;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < self->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->slots, i);

      if (slot->worker != NULL)
        continue;
      error = g_error_new (PULSAR_ERROR, PULSAR_ERROR_BOOTSTRAP,
                           _("Worker %u of “%s” could not be started within “start-timeout”"), slot->index + 1,
                           get_name (self));
      finish_start (self, error);
      break;
    }
  return G_SOURCE_REMOVE;
}

static void
start_sequence_done_cb (gpointer      owner,
                        const GError *error)
{
  PulsarMonitor *self = owner;
  guint start_timeout_ms = get_duration_ms (self, "start-timeout");

  self->sequence = NULL;
  if (is_ending (self))
    {
      check_ended (self);
      return;
    }
  if (error != NULL)
    {
      finish_start (self, error);
      return;
    }

  self->started = TRUE;
  pulsar_actor_set_state (PULSAR_ACTOR (self), PULSAR_STATE_RUNNING);
  if (!self->local && start_timeout_ms > 0)
    {
      self->first_start = g_timeout_source_new (start_timeout_ms);
      g_source_set_static_name (self->first_start, "[pulsar] first start");
      g_source_set_callback (self->first_start, first_start_expired_cb, self, NULL);
      g_source_attach (self->first_start, g_main_context_get_thread_default ());
    }
  if (!self->local)
    scale (self);
  check_first_start (self);
}

static void
begin_step (gpointer    owner,
            PulsarHook *hook)
{
  PulsarMonitor *self = owner;

  self->funcs->begin (self->application, self, hook);
}

static void
announce_step (gpointer    owner,
               PulsarHook *hook)
{
  PulsarMonitor *self = owner;

  self->funcs->announce (self->application, self, hook);
}

static void
starting_step (gpointer    owner,
               PulsarHook *hook)
{
  g_signal_emit_by_name (owner, "starting", hook);
}

static void
monitor_start_step (gpointer    owner,
                    PulsarHook *hook)
{
  PulsarMonitor *self = owner;

  self->funcs->monitor_start (self->application, self, hook);
}

/* Comes after monitor-start, which may still decide that the application runs in the arbiter. */
static void
decide_step (gpointer    owner,
             PulsarHook *hook)
{
  PulsarMonitor *self = owner;

  self->local = pulsar_config_get_uint (get_config (self), "workers") == 0;
}

static void
worker_start_step (gpointer    owner,
                   PulsarHook *hook)
{
  PulsarMonitor *self = owner;

  if (self->local)
    self->funcs->worker_start (self->application, PULSAR_ACTOR (self), hook);
}

static void
worker_begin_step (gpointer    owner,
                   PulsarHook *hook)
{
  PulsarMonitor *self = owner;

  if (self->local)
    self->funcs->worker_begin (self->application, PULSAR_ACTOR (self), hook);
}

static void
worker_drain_step (gpointer    owner,
                   PulsarHook *hook)
{
  PulsarMonitor *self = owner;

  if (self->local)
    self->funcs->worker_drain (self->application, PULSAR_ACTOR (self), hook);
}

static void
worker_stopping_step (gpointer    owner,
                      PulsarHook *hook)
{
  PulsarMonitor *self = owner;

  if (self->local)
    self->funcs->worker_stopping (self->application, PULSAR_ACTOR (self), hook);
}

static void
monitor_stopping_step (gpointer    owner,
                       PulsarHook *hook)
{
  PulsarMonitor *self = owner;

  self->funcs->monitor_stopping (self->application, self, hook);
}

static void
stopping_step (gpointer    owner,
               PulsarHook *hook)
{
  g_signal_emit_by_name (owner, "stopping", hook);
}

static void
end_sequence_done_cb (gpointer      owner,
                      const GError *error)
{
  PulsarMonitor *self = owner;
  PulsarMonitorDone done = g_steal_pointer (&self->end_done);

  self->sequence = NULL;
  g_signal_handlers_disconnect_by_data (get_config (self), self);
  pulsar_directory_remove_actor (self->directory, PULSAR_ACTOR (self));
  pulsar_actor_set_state (PULSAR_ACTOR (self),
                          self->failure == NULL ? PULSAR_STATE_CLOSED : PULSAR_STATE_TERMINATED);
  g_clear_object (&self->application);
  done (self, self->failure, self->end_data);
}

/* When the workers are gone, and no hook of the start is still running, the stop hooks run. */
static void
check_ended (PulsarMonitor *self)
{
  if (!is_ending (self) || self->sequence != NULL)
    return;
  for (guint i = 0; i < self->slots->len; i++)
    {
      if (((PulsarSlot *) g_ptr_array_index (self->slots, i))->worker != NULL)
        return;
    }
  g_ptr_array_set_size (self->slots, 0);

  if (!self->started)
    {
      end_sequence_done_cb (self, NULL);
      return;
    }

  self->sequence = pulsar_sequence_new (PULSAR_SEQUENCE_STOP, G_OBJECT (self), end_sequence_done_cb);
  pulsar_sequence_add_bounded (self->sequence, "worker-drain", worker_drain_step);
  pulsar_sequence_add (self->sequence, "worker-stopping", worker_stopping_step);
  pulsar_sequence_add (self->sequence, "monitor-stopping", monitor_stopping_step);
  pulsar_sequence_add (self->sequence, "stopping", stopping_step);
  pulsar_sequence_run (self->sequence, 0, self->deadline_us);
}

static void
periodic_task_cb (PulsarMonitor *self)
{
  if (self->application != NULL)
    self->funcs->monitor_task (self->application, self);
}

static void
query_info_cb (PulsarMonitor *self,
               GVariantDict  *info)
{
  if (self->application == NULL)
    return;
  self->funcs->monitor_info (self->application, PULSAR_ACTOR (self), info);
  if (self->local)
    self->funcs->worker_info (self->application, PULSAR_ACTOR (self), info);
}

static void
pulsar_monitor_get_property (GObject    *object,
                             guint       property_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  PulsarMonitor *self = PULSAR_MONITOR (object);

  switch ((PulsarMonitorProperty) property_id)
    {
    case PROP_APPLICATION:
      g_value_set_object (value, self->application);
      break;
    case PROP_WORKERS:
      g_value_set_object (value, self->workers);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_monitor_finalize (GObject *object)
{
  PulsarMonitor *self = PULSAR_MONITOR (object);

  g_ptr_array_unref (self->slots);
  g_clear_object (&self->workers);
  g_clear_object (&self->application);
  g_clear_object (&self->directory);
  g_clear_pointer (&self->recipe, pulsar_recipe_unref);
  g_clear_error (&self->recipe_error);
  g_clear_error (&self->failure);
  g_free (self->log_name);

  G_OBJECT_CLASS (pulsar_monitor_parent_class)->finalize (object);
}

static void
pulsar_monitor_class_init (PulsarMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_monitor_get_property;
  object_class->finalize = pulsar_monitor_finalize;

  /**
   * PulsarMonitor:application: (getter get_application)
   *
   * The application whose workers it supervises, a [class@Pulsar.Application], or `NULL` after it ended.
   *
   * Since: 0.1
   */
  properties[PROP_APPLICATION] =
    g_param_spec_object ("application", NULL, NULL, G_TYPE_OBJECT,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarMonitor:workers: (getter get_workers)
   *
   * The workers that have a process, oldest first: a list model of [class@Pulsar.Worker].
   *
   * Since: 0.1
   */
  properties[PROP_WORKERS] =
    g_param_spec_object ("workers", NULL, NULL, G_TYPE_LIST_MODEL,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  /**
   * PulsarMonitor::worker-ready:
   * @self: a monitor
   * @worker: the worker
   *
   * Emitted once for each worker that reports ready, after its state has changed.
   *
   * Since: 0.1
   */
  signals[SIGNAL_WORKER_READY] =
    g_signal_new ("worker-ready", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, PULSAR_TYPE_WORKER);

  /**
   * PulsarMonitor::worker-exited:
   * @self: a monitor
   * @worker: the worker
   *
   * Emitted once for each worker whose process is gone, after it left the list and, where that is done at once, after its
   * replacement was started. Its [property@Pulsar.Worker:exit-record] says how it ended.
   *
   * Since: 0.1
   */
  signals[SIGNAL_WORKER_EXITED] =
    g_signal_new ("worker-exited", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, PULSAR_TYPE_WORKER);

  /**
   * PulsarMonitor::failed:
   * @self: a monitor
   * @error: why
   *
   * Emitted when the application is given up while it runs: a worker ended more often than `max-restarts` allows within
   * `restart-window`. Its other workers are stopped after this; other applications go on.
   *
   * Since: 0.1
   */
  signals[SIGNAL_FAILED] =
    g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
pulsar_monitor_init (PulsarMonitor *self)
{
  self->workers = g_list_store_new (PULSAR_TYPE_WORKER);
  self->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) pulsar_slot_free);
  self->generation = 1;
}

PulsarMonitor *
pulsar_monitor_new (const char             *name,
                    PulsarConfig           *config,
                    GObject                *application,
                    const PulsarOwnerFuncs *funcs,
                    PulsarRecipe           *recipe,
                    const GError           *recipe_error,
                    PulsarDirectory        *directory,
                    const char             *log_name,
                    gboolean                by_type)
{
  PulsarMonitor *self = g_object_new (PULSAR_TYPE_MONITOR, "name", name, "config", config, NULL);

  self->application = g_object_ref (application);
  self->funcs = funcs;
  if (recipe != NULL)
    self->recipe = pulsar_recipe_ref (recipe);
  else
    self->recipe_error = g_error_copy (recipe_error);
  self->directory = g_object_ref (directory);
  self->log_name = g_strdup (log_name);
  self->by_type = by_type;
  pulsar_directory_add_actor (directory, PULSAR_ACTOR (self));
  return self;
}

void
pulsar_monitor_start (PulsarMonitor     *self,
                      PulsarMonitorDone  done,
                      gpointer           user_data)
{
  self->start_done = done;
  self->start_data = user_data;

  /* Before those of the user, since all of ours are told first. */
  g_signal_connect (self, "query-info", G_CALLBACK (query_info_cb), NULL);
  if (self->funcs->has_monitor_task (self->application))
    g_signal_connect (self, "periodic-task", G_CALLBACK (periodic_task_cb), NULL);
  g_signal_connect_object (get_config (self), "changed::workers", G_CALLBACK (workers_changed_cb), self,
                           G_CONNECT_SWAPPED);

  pulsar_actor_set_state (PULSAR_ACTOR (self), PULSAR_STATE_STARTING);
  self->sequence = pulsar_sequence_new (PULSAR_SEQUENCE_START, G_OBJECT (self), start_sequence_done_cb);
  pulsar_sequence_add (self->sequence, "begin", begin_step);
  pulsar_sequence_add (self->sequence, "monitor-start", announce_step);
  pulsar_sequence_add (self->sequence, "starting", starting_step);
  pulsar_sequence_add (self->sequence, "monitor-start", monitor_start_step);
  pulsar_sequence_add (self->sequence, "decide", decide_step);
  pulsar_sequence_add (self->sequence, "worker-start", worker_start_step);
  pulsar_sequence_add (self->sequence, "worker-begin", worker_begin_step);
  pulsar_sequence_run (self->sequence, get_duration_ms (self, "start-timeout"), 0);
}

void
pulsar_monitor_close (PulsarMonitor *self)
{
  if (self->closed)
    return;

  self->closed = TRUE;
  if (self->application != NULL)
    self->funcs->end (self->application, self);
}

void
pulsar_monitor_end (PulsarMonitor     *self,
                    gint64             deadline_us,
                    PulsarMonitorDone  done,
                    gpointer           user_data)
{
  g_autoptr(PulsarMonitor) hold G_GNUC_UNUSED = g_object_ref (self);
  g_autoptr(GError) stopped = NULL;

  g_assert (!is_ending (self));
  self->end_done = done;
  self->end_data = user_data;
  self->deadline_us = MAX (deadline_us, 1);
  pulsar_monitor_close (self);
  pulsar_actor_set_state (PULSAR_ACTOR (self), PULSAR_STATE_STOPPING);

  for (guint i = 0; i < self->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->slots, i);

      pulsar_slot_cancel (slot);
      if (slot->worker != NULL)
        pulsar_worker_end (slot->worker, deadline_us);
    }

  /* Who waits for the start learns that there will be none. */
  if (self->start_done != NULL)
    {
      stopped = g_error_new (PULSAR_ERROR, PULSAR_ERROR_CANCELLED, _("“%s” was stopped before it ran"), get_name (self));
      finish_start (self, stopped);
    }

  /* A hook of the start that is still held ends the sequence with an error, which goes on to check_ended (). */
  if (self->sequence != NULL)
    pulsar_sequence_hurry (self->sequence);
  else
    check_ended (self);
}

void
pulsar_monitor_hurry (PulsarMonitor *self)
{
  if (is_ending (self))
    self->deadline_us = 1;
  for (guint i = 0; i < self->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->slots, i);

      if (slot->worker != NULL)
        pulsar_worker_hurry (slot->worker);
    }
  if (self->sequence != NULL)
    pulsar_sequence_hurry (self->sequence);
}

gboolean
pulsar_monitor_has_run (PulsarMonitor *self)
{
  return self->has_run;
}

const GError *
pulsar_monitor_get_failure (PulsarMonitor *self)
{
  return self->failure;
}

/**
 * pulsar_monitor_get_application:
 * @self: a monitor
 *
 * Gets the application whose workers it supervises, a [class@Pulsar.Application].
 *
 * Returns: (transfer none) (nullable): the application, or `NULL` after it ended
 *
 * Since: 0.1
 */
GObject *
pulsar_monitor_get_application (PulsarMonitor *self)
{
  g_return_val_if_fail (PULSAR_IS_MONITOR (self), NULL);

  return self->application;
}

/**
 * pulsar_monitor_get_workers:
 * @self: a monitor
 *
 * Gets the workers that have a process, oldest first: a list model of [class@Pulsar.Worker].
 *
 * Returns: (transfer none): the workers
 *
 * Since: 0.1
 */
GListModel *
pulsar_monitor_get_workers (PulsarMonitor *self)
{
  g_return_val_if_fail (PULSAR_IS_MONITOR (self), NULL);

  return G_LIST_MODEL (self->workers);
}
