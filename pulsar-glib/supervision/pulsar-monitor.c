/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-monitor-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/supervision/pulsar-config-relay-private.h"
#include "pulsar-glib/supervision/pulsar-crew-private.h"
#include "pulsar-glib/supervision/pulsar-sequence-private.h"

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
  PulsarDirectory *directory;     /* (owned) */
  char *log_name;                 /* (owned) */
  PulsarCrew *crew;               /* (owned) its workers; nobody with workers=0 */
  PulsarSequence *sequence;       /* while hooks of the start or the stop run */
  PulsarMonitorDone start_done;   /* (nullable) until it has started */
  gpointer start_data;
  PulsarMonitorDone end_done;     /* (nullable) while it ends */
  gpointer end_data;
  gint64 deadline_us;             /* of the end, else 0 */
  GError *failure;                /* (owned) (nullable) why it ended by itself */
  gboolean by_type;               /* workers make the application by its type */
  gboolean started;               /* its start hooks ended well, so its stop hooks will run */
  gboolean decided;               /* whether it is local or not */
  gboolean local;                 /* workers=0: the application runs in this process */
  gboolean closed;                /* takes no more work */
  gboolean finished;              /* it ended because its workers had done all they were to do */
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

static gboolean
is_ending (PulsarMonitor *self)
{
  return self->deadline_us != 0;
}

static void
finish_start (PulsarMonitor *self,
              const GError  *error)
{
  PulsarMonitorDone done = g_steal_pointer (&self->start_done);

  if (done != NULL)
    done (self, error, self->start_data);
}

static void
fill_spawn (PulsarActor *actor,
            PulsarSpawn *spawn)
{
  PulsarMonitor *self = PULSAR_MONITOR (actor);
  PulsarActor *previous = pulsar_actor_push_current (actor);

  g_signal_emit_by_name (self, "query-spawn", spawn);
  if (self->application != NULL)
    self->funcs->query_spawn (self->application, self, spawn);
  pulsar_actor_pop_current (previous);
}

static void
fill_hello (PulsarActor *actor,
            PulsarHello *hello)
{
  PulsarMonitor *self = PULSAR_MONITOR (actor);

  hello->application = g_strdup (get_name (self));
  hello->type_name = g_strdup (G_OBJECT_TYPE_NAME (self->application));
  hello->by_type = self->by_type;
  hello->supervisor = g_strdup (get_name (self));
  hello->log_name = g_strdup (self->log_name);
}

static void
crew_worker_ready (PulsarActor  *actor,
                   PulsarWorker *worker)
{
  g_signal_emit (actor, signals[SIGNAL_WORKER_READY], 0, worker);
}

static void
crew_worker_exited (PulsarActor  *actor,
                    PulsarWorker *worker)
{
  g_signal_emit (actor, signals[SIGNAL_WORKER_EXITED], 0, worker);
}

static void
crew_started (PulsarActor  *actor,
              const GError *error)
{
  finish_start (PULSAR_MONITOR (actor), error);
}

/* The application is given up: it has failed while it ran. */
static void
crew_failed (PulsarActor  *actor,
             const GError *error)
{
  PulsarMonitor *self = PULSAR_MONITOR (actor);

  self->failure = g_error_copy (error);
  pulsar_log (PULSAR_LOG_ERROR, _("Application “%s” failed: %s"), get_name (self), error->message);
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, self->failure);
}

/* There is nothing left to do for it. */
static void
crew_finished (PulsarActor *actor)
{
  PulsarMonitor *self = PULSAR_MONITOR (actor);

  self->finished = TRUE;
  pulsar_log (PULSAR_LOG_NOTICE, _("Application “%s” has finished: all its workers have ended"), get_name (self));
  pulsar_actor_stop (actor);
}

static void check_ended (PulsarMonitor *self);

static void
crew_gone (PulsarActor *actor)
{
  check_ended (PULSAR_MONITOR (actor));
}

static const PulsarCrewOwner crew_owner = {
  .fill_spawn = fill_spawn,
  .fill_hello = fill_hello,
  .ready = crew_worker_ready,
  .exited = crew_worker_exited,
  .started = crew_started,
  .failed = crew_failed,
  .finished = crew_finished,
  .gone = crew_gone,
};

static void
workers_changed_cb (PulsarMonitor *self)
{
  if (pulsar_actor_get_state (PULSAR_ACTOR (self)) != PULSAR_STATE_RUNNING || is_ending (self) || self->failure != NULL)
    return;
  if (!self->local)
    pulsar_crew_scale (self->crew);
}

/* The hooks ran in the process that was decided on, and cannot run again in another one. */
static gboolean
guard_workers (GObject        *owner,
               PulsarSetting  *setting,
               GVariant       *value,
               GError        **error)
{
  PulsarMonitor *self = PULSAR_MONITOR (owner);
  gint64 n_workers = 0;

  if (!self->decided
      || strcmp (pulsar_setting_get_name (setting), "workers") != 0
      || !pulsar_setting_read_integer (value, &n_workers)
      || self->local == (n_workers == 0))
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
               _("Setting “workers” of “%s” cannot change from or to 0 while the program runs"), get_name (self));
  return FALSE;
}

static void
start_sequence_done_cb (gpointer      owner,
                        const GError *error)
{
  PulsarMonitor *self = owner;

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
  pulsar_actor_hold_requests (PULSAR_ACTOR (self), FALSE);
  if (is_ending (self))
    return;
  if (self->local)
    finish_start (self, NULL);
  else if (!self->closed)
    pulsar_crew_start (self->crew);
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
  self->decided = TRUE;
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

  /* One that was closed during its start, and waits for others to end before it, has nothing to serve with any more. */
  if (self->local && !self->closed)
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
  self->decided = FALSE;
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
  if (self->end_done == NULL || self->sequence != NULL || !pulsar_crew_is_empty (self->crew))
    return;

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

/* A task that looks after the workers need not expect that there are none yet. */
static void
periodic_task_cb (PulsarMonitor *self)
{
  if (self->application != NULL && self->start_done == NULL)
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
      g_value_set_object (value, pulsar_crew_get_workers (self->crew));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_monitor_finalize (GObject *object)
{
  PulsarMonitor *self = PULSAR_MONITOR (object);

  g_clear_pointer (&self->crew, pulsar_crew_free);
  g_clear_object (&self->application);
  g_clear_object (&self->directory);
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
   * `restart-window`, or all its workers have ended, are not replaced because of `restart-policy`, and not all of them ended well. Its
   * other workers are stopped after this; other applications go on.
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
}

static void
list_members_cb (PulsarActor *actor,
                 GArray      *members)
{
  pulsar_crew_list_members (PULSAR_MONITOR (actor)->crew, members);
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
  self->crew = pulsar_crew_new (PULSAR_ACTOR (self), &crew_owner, recipe, recipe_error, directory);
  self->directory = g_object_ref (directory);
  self->log_name = g_strdup (log_name);
  self->by_type = by_type;
  pulsar_directory_add_actor (directory, PULSAR_ACTOR (self));
  pulsar_directory_set_group (directory, PULSAR_ACTOR (self), list_members_cb);
  return self;
}

void
pulsar_monitor_await_start (PulsarMonitor     *self,
                            PulsarMonitorDone  done,
                            gpointer           user_data)
{
  self->start_done = done;
  self->start_data = user_data;
}

void
pulsar_monitor_start (PulsarMonitor *self)
{
  /* Before those of the user, since all of ours are told first. */
  g_signal_connect (self, "query-info", G_CALLBACK (query_info_cb), NULL);
  if (self->funcs->has_monitor_task (self->application))
    g_signal_connect (self, "periodic-task", G_CALLBACK (periodic_task_cb), NULL);
  g_signal_connect_object (get_config (self), "changed::workers", G_CALLBACK (workers_changed_cb), self,
                           G_CONNECT_SWAPPED);
  pulsar_config_set_guard (get_config (self), guard_workers, G_OBJECT (self));
  pulsar_config_relay_add_workers (self);

  /* Another application may run already, and ask for what a start hook of this one still prepares. */
  pulsar_actor_hold_requests (PULSAR_ACTOR (self), TRUE);
  pulsar_actor_set_state (PULSAR_ACTOR (self), PULSAR_STATE_STARTING);
  if (is_ending (self))
    return;

  self->sequence = pulsar_sequence_new (PULSAR_SEQUENCE_START, G_OBJECT (self), start_sequence_done_cb);
  pulsar_sequence_add (self->sequence, "begin", begin_step);
  pulsar_sequence_add (self->sequence, "monitor-start", announce_step);
  pulsar_sequence_add (self->sequence, "starting", starting_step);
  pulsar_sequence_add (self->sequence, "monitor-start", monitor_start_step);
  pulsar_sequence_add (self->sequence, "decide", decide_step);
  pulsar_sequence_add (self->sequence, "worker-start", worker_start_step);
  pulsar_sequence_add (self->sequence, "worker-begin", worker_begin_step);
  pulsar_sequence_run (self->sequence, pulsar_config_get_duration_ms (get_config (self), "start-timeout"), 0);
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

  pulsar_crew_end (self->crew, self->deadline_us);

  /* Who waits for the start learns that there will be none. */
  stopped = g_error_new (PULSAR_ERROR, PULSAR_ERROR_CANCELLED, _("“%s” was stopped before it ran"), get_name (self));
  finish_start (self, self->failure != NULL ? self->failure : stopped);

  /* A hook of the start that is still held ends the sequence with an error, which goes on to check_ended (). */
  if (self->sequence != NULL)
    pulsar_sequence_hurry (self->sequence);
  else
    check_ended (self);
}

void
pulsar_monitor_hurry (PulsarMonitor *self)
{
  g_autoptr(PulsarMonitor) hold G_GNUC_UNUSED = g_object_ref (self);

  g_assert (is_ending (self));
  self->deadline_us = 1;
  pulsar_crew_hurry (self->crew);
  if (self->sequence != NULL)
    pulsar_sequence_hurry (self->sequence);
}

const GError *
pulsar_monitor_get_failure (PulsarMonitor *self)
{
  return self->failure;
}

gboolean
pulsar_monitor_has_finished (PulsarMonitor *self)
{
  return self->finished;
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

  return pulsar_crew_get_workers (self->crew);
}
