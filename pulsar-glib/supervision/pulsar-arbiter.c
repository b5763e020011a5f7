/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-arbiter-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/supervision/pulsar-config-relay-private.h"
#include "pulsar-glib/supervision/pulsar-sequence-private.h"
#include "pulsar-glib/supervision/pulsar-spawned-private.h"
#include "pulsar-glib/supervision/pulsar-worker-private.h"

/**
 * PulsarArbiter:
 *
 * The root of the tree of actors: the process that supervises all others.
 *
 * There is one arbiter in a program, [func@Pulsar.Arbiter.get_default]. It has a [class@Pulsar.Monitor] for each application
 * and the actors that were spawned. It accepts no user traffic: it supervises.
 *
 * Since: 0.1
 */

struct _PulsarArbiter
{
  PulsarActor parent_instance;

  PulsarDirectory *directory;    /* (owned) */
  PulsarRecipe *recipe;          /* (owned) (nullable) how to execute the program again */
  GError *recipe_error;          /* (owned) (nullable) why there is no recipe */
  char *log_name;                /* (owned) (nullable) until it begins */
  GListStore *monitors;          /* (owned) of PulsarMonitor, in the order of their start */
  GListStore *actors;            /* (owned) of PulsarWorker: spawned actors with a process */
  GPtrArray *spawned;            /* (owned) of PulsarSpawned, one for each of actors */
  GHashTable *spawnable;         /* (owned) set of GType: what workers may have spawned */
  PulsarSequence *sequence;      /* while the starting or the stopping hook runs */
  PulsarArbiterDone begin_done;  /* (nullable) while it begins */
  gpointer begin_data;
  GError *cause;                 /* (owned) (nullable) why it ends */
  GError *failure;               /* (owned) (nullable) of the first application that failed */
  gint64 deadline_us;            /* of the end, else 0 */
  GSource *overdue;              /* (owned) (nullable) ends together what did not end in order */
  gboolean begun;                /* the starting hook ended well, so the stopping hook will run */
  gboolean hurried;              /* was asked twice to end */
};

typedef enum
{
  PROP_MONITORS = 1,
  PROP_ACTORS,
} PulsarArbiterProperty;

typedef enum
{
  SIGNAL_MONITOR_START,
  SIGNAL_DEAD_LETTER,
} PulsarArbiterSignal;

static GParamSpec *properties[PROP_ACTORS + 1];
static guint signals[SIGNAL_DEAD_LETTER + 1];

static PulsarArbiter *default_arbiter;  /* (owned) (nullable) */

G_DEFINE_FINAL_TYPE (PulsarArbiter, pulsar_arbiter, PULSAR_TYPE_ACTOR)

static gboolean
is_ending (PulsarArbiter *self)
{
  return self->deadline_us != 0;
}

static void
starting_step (gpointer    owner,
               PulsarHook *hook)
{
  g_signal_emit_by_name (owner, "starting", hook);
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
  PulsarArbiter *self = owner;

  self->sequence = NULL;
  if (self->overdue != NULL)
    g_source_destroy (self->overdue);
  g_clear_pointer (&self->overdue, g_source_unref);
  pulsar_directory_remove_actor (self->directory, PULSAR_ACTOR (self));

  /* The next program of this process, if there is one, gets an arbiter of its own. */
  if (default_arbiter == self)
    {
      default_arbiter = NULL;
      pulsar_actor_set_state (PULSAR_ACTOR (self), PULSAR_STATE_CLOSED);
      g_object_unref (self);
    }
  else
    {
      pulsar_actor_set_state (PULSAR_ACTOR (self), PULSAR_STATE_CLOSED);
    }
}

static void
continue_end (PulsarArbiter *self)
{
  guint n_monitors = g_list_model_get_n_items (G_LIST_MODEL (self->monitors));

  if (!is_ending (self) || self->sequence != NULL || pulsar_actor_get_state (PULSAR_ACTOR (self)) == PULSAR_STATE_CLOSED)
    return;

  if (n_monitors > 0)
    {
      g_autoptr(PulsarMonitor) last = g_list_model_get_item (G_LIST_MODEL (self->monitors), n_monitors - 1);

      /* One that has just ended takes itself out of the list, and comes back here. */
      if (pulsar_actor_get_state (PULSAR_ACTOR (last)) < PULSAR_STATE_STOPPING)
        pulsar_arbiter_end_monitor (self, last, NULL, NULL);
      return;
    }

  if (self->spawned->len > 0)
    {
      for (guint i = 0; i < self->spawned->len; i++)
        pulsar_worker_end (pulsar_spawned_get_worker (g_ptr_array_index (self->spawned, i)), self->deadline_us);
      return;
    }

  if (!self->begun)
    {
      end_sequence_done_cb (self, NULL);
      return;
    }
  self->sequence = pulsar_sequence_new (PULSAR_SEQUENCE_STOP, G_OBJECT (self), end_sequence_done_cb);
  pulsar_sequence_add (self->sequence, "stopping", stopping_step);
  pulsar_sequence_run (self->sequence, 0, self->deadline_us);
}

static void
begin_sequence_done_cb (gpointer      owner,
                        const GError *error)
{
  PulsarArbiter *self = owner;
  PulsarArbiterDone done = g_steal_pointer (&self->begin_done);

  self->sequence = NULL;
  if (error == NULL && !is_ending (self))
    {
      self->begun = TRUE;
      pulsar_actor_set_state (PULSAR_ACTOR (self), PULSAR_STATE_RUNNING);
    }

  /* Whoever waits for the begin of what was ended meanwhile learns of the end. */
  if (!is_ending (self))
    done (self, error, self->begin_data);
  else
    continue_end (self);
}

typedef struct
{
  PulsarArbiter *arbiter;  /* (owned) */
  PulsarMonitorDone done;  /* (nullable) */
  gpointer user_data;
} MonitorEnd;

static void
monitor_ended_cb (PulsarMonitor *monitor,
                  const GError  *error,
                  gpointer       user_data)
{
  MonitorEnd *end = user_data;
  g_autoptr(PulsarArbiter) self = end->arbiter;
  g_autoptr(PulsarMonitor) hold G_GNUC_UNUSED = g_object_ref (monitor);
  guint position;

  pulsar_config_relay_remove_monitor (self, monitor);
  if (g_list_store_find (self->monitors, monitor, &position))
    g_list_store_remove (self->monitors, position);
  if (end->done != NULL)
    end->done (monitor, error, end->user_data);
  g_free (end);

  /* A tree without an application serves nobody. One whose last application finished has done all it was to do, unless another failed. */
  if (!is_ending (self) && g_list_model_get_n_items (G_LIST_MODEL (self->monitors)) == 0)
    pulsar_arbiter_end (self, pulsar_monitor_has_finished (monitor) ? self->failure : error);
  else
    continue_end (self);
}

static void
monitor_failed_cb (PulsarMonitor *monitor,
                   GError        *error,
                   PulsarArbiter *self)
{
  if (self->failure == NULL)
    self->failure = g_error_copy (error);

  if (pulsar_config_get_enum (pulsar_actor_get_config (PULSAR_ACTOR (self)), "on-app-failed") == PULSAR_ON_APP_FAILED_EXIT)
    {
      if (is_ending (self))
        return;
      pulsar_log (PULSAR_LOG_NOTICE, _("The program ends since application “%s” has failed (“on-app-failed”)"),
                  pulsar_actor_get_name (PULSAR_ACTOR (monitor)));
      pulsar_arbiter_end (self, error);
      return;
    }

  /* Another handler may have stopped it before. */
  if (pulsar_actor_get_state (PULSAR_ACTOR (monitor)) < PULSAR_STATE_STOPPING)
    pulsar_arbiter_end_monitor (self, monitor, NULL, NULL);
}

static void
stop_func (PulsarActor *actor,
           gpointer     user_data)
{
  pulsar_arbiter_end (PULSAR_ARBITER (actor), NULL);
}

static void
pulsar_arbiter_get_property (GObject    *object,
                             guint       property_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  PulsarArbiter *self = PULSAR_ARBITER (object);

  switch ((PulsarArbiterProperty) property_id)
    {
    case PROP_MONITORS:
      g_value_set_object (value, self->monitors);
      break;
    case PROP_ACTORS:
      g_value_set_object (value, self->actors);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_arbiter_finalize (GObject *object)
{
  PulsarArbiter *self = PULSAR_ARBITER (object);

  g_ptr_array_unref (self->spawned);
  g_hash_table_unref (self->spawnable);
  g_clear_object (&self->monitors);
  g_clear_object (&self->actors);
  g_clear_object (&self->directory);
  g_clear_pointer (&self->recipe, pulsar_recipe_unref);
  g_clear_error (&self->recipe_error);
  g_clear_error (&self->cause);
  g_clear_error (&self->failure);
  g_free (self->log_name);

  G_OBJECT_CLASS (pulsar_arbiter_parent_class)->finalize (object);
}

static void
pulsar_arbiter_class_init (PulsarArbiterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_arbiter_get_property;
  object_class->finalize = pulsar_arbiter_finalize;

  /**
   * PulsarArbiter:monitors: (getter get_monitors)
   *
   * The monitors of the applications, in the order of their start: a list model of [class@Pulsar.Monitor].
   *
   * Since: 0.1
   */
  properties[PROP_MONITORS] =
    g_param_spec_object ("monitors", NULL, NULL, G_TYPE_LIST_MODEL,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarArbiter:actors: (getter get_actors)
   *
   * The actors that were spawned and have a process: a list model of [class@Pulsar.Worker].
   *
   * Since: 0.1
   */
  properties[PROP_ACTORS] =
    g_param_spec_object ("actors", NULL, NULL, G_TYPE_LIST_MODEL,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  /**
   * PulsarArbiter::monitor-start:
   * @self: the arbiter
   * @monitor: the monitor of the application that starts
   * @hook: the run of the hook
   *
   * Emitted for each application that starts, before the start hooks of its monitor.
   *
   * A handler can hold the start with [method@Pulsar.Hook.hold], or fail it.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MONITOR_START] =
    g_signal_new ("monitor-start", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 2, PULSAR_TYPE_MONITOR, PULSAR_TYPE_HOOK);

  /**
   * PulsarArbiter::dead-letter:
   * @self: the arbiter
   * @target: whom the message was for
   * @command: the name of the command
   * @error: why it could not be delivered
   *
   * Emitted for each message of another process that found nobody it could be given to, such as an actor that is gone.
   *
   * Whoever asked got @error as well; whoever posted learns it from nobody else. They are counted in the information about
   * the arbiter.
   *
   * Since: 0.1
   */
  signals[SIGNAL_DEAD_LETTER] =
    g_signal_new ("dead-letter", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
dead_letter_cb (PulsarDirectory *directory,
                const char      *target,
                const char      *command,
                const GError    *error,
                PulsarArbiter   *self)
{
  g_autoptr(PulsarArbiter) hold G_GNUC_UNUSED = g_object_ref (self);

  g_signal_emit (self, signals[SIGNAL_DEAD_LETTER], 0, target, command, error);
}

static void
pulsar_arbiter_init (PulsarArbiter *self)
{
  self->directory = pulsar_directory_new ();
  g_signal_connect_object (self->directory, "dead-letter", G_CALLBACK (dead_letter_cb), self, 0);
  self->monitors = g_list_store_new (PULSAR_TYPE_MONITOR);
  self->actors = g_list_store_new (PULSAR_TYPE_WORKER);
  self->spawned = g_ptr_array_new_with_free_func ((GDestroyNotify) pulsar_spawned_unref);
  self->spawnable = g_hash_table_new (NULL, NULL);
  pulsar_actor_set_stop_func (PULSAR_ACTOR (self), stop_func, NULL);
}

void
pulsar_arbiter_begin (PulsarArbiter     *self,
                      PulsarConfig      *config,
                      const char        *log_name,
                      PulsarArbiterDone  done,
                      gpointer           user_data)
{
  g_autoptr(PulsarArbiter) hold G_GNUC_UNUSED = g_object_ref (self);
  g_auto(GStrv) command = pulsar_config_dup_strv (config, "command");

  self->begin_done = done;
  self->begin_data = user_data;
  self->log_name = g_strdup (log_name);
  self->recipe = pulsar_recipe_new ((const char * const *) command, &self->recipe_error);
  pulsar_arbiter_install_commands ();
  pulsar_actor_set_config (PULSAR_ACTOR (self), config);
  pulsar_config_relay_begin (self);
  pulsar_directory_set_root (self->directory, PULSAR_ACTOR (self));
  pulsar_actor_set_state (PULSAR_ACTOR (self), PULSAR_STATE_STARTING);
  if (is_ending (self))
    return;

  self->sequence = pulsar_sequence_new (PULSAR_SEQUENCE_START, G_OBJECT (self), begin_sequence_done_cb);
  pulsar_sequence_add (self->sequence, "starting", starting_step);
  pulsar_sequence_run (self->sequence, pulsar_config_get_duration_ms (config, "start-timeout"), 0);
}

static gint64
get_graceful_us (PulsarArbiter *self)
{
  gint64 graceful_us = pulsar_config_get_duration (pulsar_actor_get_config (PULSAR_ACTOR (self)), "graceful-timeout");

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->monitors)); i++)
    {
      g_autoptr(PulsarActor) monitor = g_list_model_get_item (G_LIST_MODEL (self->monitors), i);
      gint64 own_us = pulsar_config_get_duration (pulsar_actor_get_config (monitor), "graceful-timeout");

      graceful_us = MAX (graceful_us, own_us);
    }
  return graceful_us;
}

/* Order counts no more: there is no time left for it. */
static void
end_together (PulsarArbiter *self)
{
  g_autoptr(GPtrArray) monitors = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->monitors)); i > 0; i--)
    g_ptr_array_add (monitors, g_list_model_get_item (G_LIST_MODEL (self->monitors), i - 1));

  for (guint i = 0; i < monitors->len; i++)
    {
      PulsarMonitor *monitor = g_ptr_array_index (monitors, i);
      PulsarState state = pulsar_actor_get_state (PULSAR_ACTOR (monitor));

      if (state < PULSAR_STATE_STOPPING)
        pulsar_arbiter_end_monitor (self, monitor, NULL, NULL);
      else if (self->hurried && state == PULSAR_STATE_STOPPING)
        pulsar_monitor_hurry (monitor);
    }
  for (guint i = 0; i < self->spawned->len; i++)
    {
      PulsarWorker *worker = pulsar_spawned_get_worker (g_ptr_array_index (self->spawned, i));

      if (self->hurried)
        pulsar_worker_hurry (worker);
      else
        pulsar_worker_end (worker, self->deadline_us);
    }
}

static void
hurry (PulsarArbiter *self)
{
  if (self->hurried)
    return;

  self->hurried = TRUE;
  self->deadline_us = 1;
  end_together (self);
  if (self->sequence != NULL)
    pulsar_sequence_hurry (self->sequence);
}

/* One budget holds for the whole tree: those whose turn has not come by then would have to be killed one after the other. */
static gboolean
overdue_cb (gpointer user_data)
{
  g_autoptr(PulsarArbiter) self = g_object_ref (user_data);

  end_together (self);
  return G_SOURCE_REMOVE;
}

static void
watch_deadline (PulsarArbiter *self)
{
  self->overdue = g_timeout_source_new (0);
  g_source_set_static_name (self->overdue, "[pulsar] end overdue");
  g_source_set_ready_time (self->overdue, self->deadline_us);
  g_source_set_callback (self->overdue, overdue_cb, self, NULL);
  g_source_attach (self->overdue, g_main_context_get_thread_default ());
}

void
pulsar_arbiter_end (PulsarArbiter *self,
                    const GError  *cause)
{
  g_autoptr(PulsarArbiter) hold G_GNUC_UNUSED = g_object_ref (self);
  PulsarState state = pulsar_actor_get_state (PULSAR_ACTOR (self));

  if (state == PULSAR_STATE_INITIAL || state == PULSAR_STATE_CLOSED)
    return;
  if (is_ending (self))
    {
      hurry (self);
      return;
    }

  if (cause != NULL)
    self->cause = g_error_copy (cause);
  self->deadline_us = g_get_monotonic_time () + get_graceful_us (self);
  watch_deadline (self);
  pulsar_actor_set_state (PULSAR_ACTOR (self), PULSAR_STATE_STOPPING);

  /* Nobody is to get in while anybody goes. */
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->monitors)); i++)
    {
      g_autoptr(PulsarMonitor) monitor = g_list_model_get_item (G_LIST_MODEL (self->monitors), i);

      pulsar_monitor_close (monitor);
    }

  if (self->sequence != NULL)
    pulsar_sequence_hurry (self->sequence);
  else
    continue_end (self);
}

void
pulsar_arbiter_end_monitor (PulsarArbiter     *self,
                            PulsarMonitor     *monitor,
                            PulsarMonitorDone  done,
                            gpointer           user_data)
{
  g_autoptr(PulsarArbiter) hold G_GNUC_UNUSED = g_object_ref (self);  /* @done may be called from within, and let go of both */
  g_autoptr(PulsarMonitor) hold_monitor G_GNUC_UNUSED = g_object_ref (monitor);
  gint64 deadline_us = self->deadline_us;
  MonitorEnd *end = g_new0 (MonitorEnd, 1);

  if (deadline_us == 0)
    {
      PulsarConfig *config = pulsar_actor_get_config (PULSAR_ACTOR (monitor));

      deadline_us = g_get_monotonic_time () + pulsar_config_get_duration (config, "graceful-timeout");
    }

  end->arbiter = g_object_ref (self);
  end->done = done;
  end->user_data = user_data;
  pulsar_monitor_end (monitor, deadline_us, monitor_ended_cb, end);
  if (self->hurried && pulsar_actor_get_state (PULSAR_ACTOR (monitor)) == PULSAR_STATE_STOPPING)
    pulsar_monitor_hurry (monitor);
}

static void
stop_monitor_func (PulsarActor *monitor,
                   gpointer     user_data)
{
  if (pulsar_actor_get_state (monitor) < PULSAR_STATE_STOPPING)
    pulsar_arbiter_end_monitor (user_data, PULSAR_MONITOR (monitor), NULL, NULL);
}

void
pulsar_arbiter_add_monitor (PulsarArbiter *self,
                            PulsarMonitor *monitor)
{
  g_signal_connect_object (monitor, "failed", G_CALLBACK (monitor_failed_cb), self, 0);
  pulsar_actor_set_stop_func (PULSAR_ACTOR (monitor), stop_monitor_func, self);  /* an arbiter outlives its monitors */
  g_list_store_append (self->monitors, monitor);
  pulsar_config_relay_add_monitor (self, monitor);
}

PulsarDirectory *
pulsar_arbiter_get_directory (PulsarArbiter *self)
{
  return self->directory;
}

PulsarRecipe *
pulsar_arbiter_get_recipe (PulsarArbiter *self)
{
  return self->recipe;
}

const GError *
pulsar_arbiter_get_recipe_error (PulsarArbiter *self)
{
  return self->recipe_error;
}

static void
reopen_in_workers (GListModel  *workers,
                   GUnixFDList *files)
{
  for (guint i = 0; i < g_list_model_get_n_items (workers); i++)
    {
      g_autoptr(PulsarWorker) worker = g_list_model_get_item (workers, i);

      pulsar_worker_reopen_log (worker, files);
    }
}

void
pulsar_arbiter_reopen_log (PulsarArbiter *self)
{
  g_autoptr(GUnixFDList) files = NULL;

  pulsar_log_reopen ();
  files = pulsar_log_dup_files ();
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->monitors)); i++)
    {
      g_autoptr(PulsarMonitor) monitor = g_list_model_get_item (G_LIST_MODEL (self->monitors), i);

      reopen_in_workers (pulsar_monitor_get_workers (monitor), files);
    }
  reopen_in_workers (G_LIST_MODEL (self->actors), files);
  pulsar_log (PULSAR_LOG_INFO, _("The log files were opened again"));
}

const char *
pulsar_arbiter_get_log_name (PulsarArbiter *self)
{
  return self->log_name;
}

PulsarMonitor *
pulsar_arbiter_get_main_monitor (PulsarArbiter *self)
{
  PulsarMonitor *main_monitor = self->log_name != NULL ? pulsar_arbiter_get_monitor (self, self->log_name) : NULL;
  g_autoptr(PulsarMonitor) first = g_list_model_get_item (G_LIST_MODEL (self->monitors), 0);

  return main_monitor != NULL ? main_monitor : first;  /* the list holds it */
}

const GError *
pulsar_arbiter_get_cause (PulsarArbiter *self)
{
  return self->cause;
}

PulsarArbiter *
pulsar_arbiter_get_active (void)
{
  if (default_arbiter == NULL || pulsar_actor_get_state (PULSAR_ACTOR (default_arbiter)) == PULSAR_STATE_INITIAL)
    return NULL;
  return default_arbiter;
}

static void
spawned_ended_cb (PulsarSpawned *spawned,
                  gpointer       user_data)
{
  g_autoptr(PulsarArbiter) self = g_object_ref (user_data);
  guint position;

  if (g_list_store_find (self->actors, pulsar_spawned_get_worker (spawned), &position))
    g_list_store_remove (self->actors, position);
  g_ptr_array_remove (self->spawned, spawned);
  continue_end (self);
}

/* Those that supervise belong to the process of the arbiter. */
static gboolean
is_spawnable (GType type)
{
  return g_type_is_a (type, PULSAR_TYPE_ACTOR) && type != PULSAR_TYPE_ARBITER && type != PULSAR_TYPE_MONITOR;
}

void
pulsar_arbiter_spawn (PulsarArbiter *self,
                      PulsarRequest *request,
                      const char    *type_name,
                      const char    *name,
                      GVariant      *parameters)
{
  g_autoptr(PulsarArbiter) hold G_GNUC_UNUSED = g_object_ref (self);
  g_autoptr(PulsarSpawned) spawned = NULL;
  g_autoptr(GError) error = NULL;
  GType type = g_type_from_name (type_name);

  if (is_ending (self) || !self->begun)
    g_set_error_literal (&error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("The arbiter does not run"));
  else if (pulsar_request_get_relation (request) == PULSAR_RELATION_SIBLING
           && !g_hash_table_contains (self->spawnable, GSIZE_TO_POINTER (type)))
    g_set_error (&error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
                 _("Workers may not spawn “%s”: pulsar_arbiter_allow_spawn () was not called for it"), type_name);
  else if (type != G_TYPE_INVALID && !is_spawnable (type))
    g_set_error (&error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_TYPE, _("“%s” is no type of actor"), type_name);
  else if (self->recipe == NULL)
    error = g_error_copy (self->recipe_error);
  else
    spawned = pulsar_spawned_new (self, request, type_name, name, parameters, spawned_ended_cb, self, &error);

  if (spawned == NULL)
    {
      pulsar_request_return_error (request, error);
      return;
    }
  g_list_store_append (self->actors, pulsar_spawned_get_worker (spawned));
  g_ptr_array_add (self->spawned, g_steal_pointer (&spawned));
}

/**
 * pulsar_arbiter_get_default:
 *
 * Gets the arbiter of this program.
 *
 * It can be asked for before the program runs, to connect to its signals. In a worker, which executes the same code, it is
 * an arbiter that never starts.
 *
 * Returns: (transfer none): the arbiter
 *
 * Since: 0.1
 */
PulsarArbiter *
pulsar_arbiter_get_default (void)
{
  if (default_arbiter == NULL)
    default_arbiter = g_object_new (PULSAR_TYPE_ARBITER, "name", "arbiter", "id", "arbiter", NULL);
  return default_arbiter;
}

/**
 * pulsar_arbiter_get_monitors:
 * @self: an arbiter
 *
 * Gets the monitors of the applications, in the order of their start: a list model of [class@Pulsar.Monitor].
 *
 * Returns: (transfer none): the monitors
 *
 * Since: 0.1
 */
GListModel *
pulsar_arbiter_get_monitors (PulsarArbiter *self)
{
  g_return_val_if_fail (PULSAR_IS_ARBITER (self), NULL);

  return G_LIST_MODEL (self->monitors);
}

/**
 * pulsar_arbiter_get_actors:
 * @self: an arbiter
 *
 * Gets the actors that were spawned and have a process: a list model of [class@Pulsar.Worker].
 *
 * Returns: (transfer none): the actors
 *
 * Since: 0.1
 */
GListModel *
pulsar_arbiter_get_actors (PulsarArbiter *self)
{
  g_return_val_if_fail (PULSAR_IS_ARBITER (self), NULL);

  return G_LIST_MODEL (self->actors);
}

/**
 * pulsar_arbiter_get_monitor:
 * @self: an arbiter
 * @name: the name of an application
 *
 * Gets the monitor of an application.
 *
 * Returns: (transfer none) (nullable): the monitor, or `NULL` if there is none
 *
 * Since: 0.1
 */
PulsarMonitor *
pulsar_arbiter_get_monitor (PulsarArbiter *self,
                            const char    *name)
{
  g_return_val_if_fail (PULSAR_IS_ARBITER (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->monitors)); i++)
    {
      g_autoptr(PulsarMonitor) monitor = g_list_model_get_item (G_LIST_MODEL (self->monitors), i);

      if (g_str_equal (pulsar_actor_get_name (PULSAR_ACTOR (monitor)), name))
        return monitor;  /* the list holds it */
    }
  return NULL;
}

/**
 * pulsar_arbiter_allow_spawn:
 * @self: an arbiter
 * @type: a type derived from [class@Pulsar.Actor]
 *
 * Allows workers to have actors of @type spawned. Without it only code in the process of the arbiter may spawn.
 *
 * Since: 0.1
 */
void
pulsar_arbiter_allow_spawn (PulsarArbiter *self,
                            GType          type)
{
  g_return_if_fail (PULSAR_IS_ARBITER (self));
  g_return_if_fail (g_type_is_a (type, PULSAR_TYPE_ACTOR));

  g_hash_table_add (self->spawnable, GSIZE_TO_POINTER (type));
}
