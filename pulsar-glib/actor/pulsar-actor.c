/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-actor-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-actor-struct-private.h"
#include "pulsar-glib/actor/pulsar-directory-private.h"
#include "pulsar-glib/actor/pulsar-request-private.h"
#include "pulsar-glib/actor/pulsar-topic-private.h"
#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/pulsar-enum-types.h"

#define TASK_PERIOD_DEFAULT (5 * G_USEC_PER_SEC)
#define GRACEFUL_TIMEOUT_DEFAULT (30 * G_USEC_PER_SEC)

/**
 * PulsarActor:
 *
 * An actor that lives in this process.
 *
 * An actor has a name, an id, a state, and commands others may call
 * ([func@Pulsar.command_register]). It asks other actors by
 * [method@Pulsar.Actor.send_async] and tells them something by
 * [method@Pulsar.Actor.post_async].
 *
 * A worker is one actor; so are the arbiter and the monitors, which live in one
 * process. [method@Pulsar.Actor.spawn_async] makes an actor of a subclass in a
 * process of its own.
 *
 * ## Targets
 *
 * Where a target is asked for, these name an actor:
 *
 * - `arbiter`: the root of the tree;
 * - `monitor`: the supervisor of the actor that sends;
 * - the name of an application: its monitor;
 * - `<application>/any`: the least busy of its workers; `<application>/next`: one
 *   after the other; `<application>/key:TEXT`: always the same worker, and the one
 *   that replaces it, for the same text, as long as `workers` does not change;
 * - `<application>/` and a `*`: all of its workers that are ready. The answer to an ask is
 *   `(a{sv}a{s(sis)})`: by `<name>.<id>` the answer of each, and domain, code and
 *   message of the error of each that failed;
 * - the name of a spawned actor, if no other actor bears it;
 * - the id of an actor, or `<name>.<id>`.
 *
 * ## Subclassing
 *
 * A subclass overrides the class handlers of the signals. None of them has to
 * chain up.
 *
 * Since: 0.1
 */

typedef enum
{
  PROP_NAME = 1,
  PROP_ID,
  PROP_STATE,
  PROP_CONFIG,
  PROP_PARAMETERS,
} PulsarActorProperty;

static GParamSpec *properties[PROP_PARAMETERS + 1];

typedef enum
{
  SIGNAL_STARTING,
  SIGNAL_STOPPING,
  SIGNAL_PERIODIC_TASK,
  SIGNAL_QUERY_INFO,
  SIGNAL_QUERY_SPAWN,
} PulsarActorSignal;

static guint signals[SIGNAL_QUERY_SPAWN + 1];

G_DEFINE_TYPE_WITH_PRIVATE (PulsarActor, pulsar_actor, G_TYPE_OBJECT)

static inline PulsarActorPrivate *
get_private (PulsarActor *self)
{
  return pulsar_actor_get_instance_private (self);
}

PulsarActorPrivate *
pulsar_actor_get_private (PulsarActor *self)
{
  return get_private (self);
}

char *
pulsar_actor_make_id (void)
{
  /* An odd factor makes a one-to-one map of the counter: ids look random and none comes twice in 2³² of them. */
  static guint32 next = 0;

  if (G_UNLIKELY (next == 0))
    next = g_random_int ();
  return g_strdup_printf ("%08x", next++ * 0x9e3779b1u);
}

/* The duration of a setting in microseconds, or @fallback where there is no such setting. */
static gint64
get_duration (PulsarActor *self,
              const char  *name,
              gint64       fallback)
{
  PulsarActorPrivate *priv = get_private (self);

  if (priv->config == NULL || pulsar_config_get_setting (priv->config, name) == NULL)
    return fallback;
  return pulsar_config_get_duration (priv->config, name);
}

static gboolean
has_periodic_task (PulsarActor *self)
{
  return PULSAR_ACTOR_GET_CLASS (self)->periodic_task != NULL
         || g_signal_has_handler_pending (self, signals[SIGNAL_PERIODIC_TASK], 0, FALSE);
}

static void
disarm_task (PulsarActor *self)
{
  PulsarActorPrivate *priv = get_private (self);

  if (priv->task_source != NULL)
    {
      g_source_destroy (priv->task_source);
      g_clear_pointer (&priv->task_source, g_source_unref);
    }
}

static gboolean
task_due_cb (gpointer user_data)
{
  PulsarActor *self = user_data;
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self);
  PulsarActor *previous;

  if (!has_periodic_task (self))
    {
      disarm_task (self);
      return G_SOURCE_REMOVE;
    }
  previous = pulsar_actor_push_current (self);
  g_signal_emit (self, signals[SIGNAL_PERIODIC_TASK], 0);
  pulsar_actor_pop_current (previous);
  return G_SOURCE_CONTINUE;
}

static void
arm_task (PulsarActor *self)
{
  PulsarActorPrivate *priv = get_private (self);
  gint64 period;

  if (priv->task_source != NULL || priv->state != PULSAR_STATE_RUNNING || !has_periodic_task (self))
    return;
  period = get_duration (self, "task-period", TASK_PERIOD_DEFAULT);
  if (period <= 0)
    return;
  priv->task_source = g_timeout_source_new ((guint) CLAMP (period / 1000, 1, G_MAXUINT));
  g_source_set_static_name (priv->task_source, "[pulsar] periodic task");
  g_source_set_callback (priv->task_source, task_due_cb, self, NULL);
  g_source_attach (priv->task_source, priv->context);
}

static void
task_period_changed_cb (PulsarConfig  *config,
                        PulsarSetting *setting,
                        PulsarActor   *self)
{
  disarm_task (self);
  arm_task (self);
}

static void
fail_held (PulsarActor *self)
{
  PulsarActorPrivate *priv = get_private (self);
  PulsarRequest *next;

  while ((next = g_queue_pop_head (&priv->held)) != NULL)
    {
      g_autoptr(PulsarRequest) request = next;

      pulsar_request_take_error (request,
                                 g_error_new (PULSAR_ERROR,
                                              priv->state == PULSAR_STATE_TERMINATED ? PULSAR_ERROR_ACTOR_DIED
                                                                                     : PULSAR_ERROR_NOT_RUNNING,
                                              _("Actor “%s” is not running"), priv->name));
    }
}

static void
pulsar_actor_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  PulsarActor *self = PULSAR_ACTOR (object);
  PulsarActorPrivate *priv = get_private (self);

  switch ((PulsarActorProperty) prop_id)
    {
    case PROP_NAME:
      priv->name = g_value_dup_string (value);
      break;
    case PROP_ID:
      priv->id = g_value_dup_string (value);
      break;
    case PROP_CONFIG:
      pulsar_actor_set_config (self, g_value_get_object (value));
      break;
    case PROP_PARAMETERS:
      pulsar_actor_set_parameters (self, g_value_get_variant (value));
      break;
    case PROP_STATE:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_actor_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  PulsarActorPrivate *priv = get_private (PULSAR_ACTOR (object));

  switch ((PulsarActorProperty) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, priv->name);
      break;
    case PROP_ID:
      g_value_set_string (value, priv->id);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) priv->state);
      break;
    case PROP_CONFIG:
      g_value_set_object (value, priv->config);
      break;
    case PROP_PARAMETERS:
      g_value_set_variant (value, priv->parameters);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pulsar_actor_constructed (GObject *object)
{
  PulsarActorPrivate *priv = get_private (PULSAR_ACTOR (object));

  G_OBJECT_CLASS (pulsar_actor_parent_class)->constructed (object);

  if (priv->id == NULL)
    priv->id = pulsar_actor_make_id ();
  if (priv->name == NULL)
    priv->name = g_strdup ("actor");
}

static void
pulsar_actor_dispose (GObject *object)
{
  PulsarActor *self = PULSAR_ACTOR (object);
  PulsarActorPrivate *priv = get_private (self);

  disarm_task (self);
  fail_held (self);
  if (priv->config != NULL)
    pulsar_actor_set_config (self, NULL);
  g_clear_pointer (&priv->fds, g_hash_table_unref);
  pulsar_topic_end (self);

  G_OBJECT_CLASS (pulsar_actor_parent_class)->dispose (object);
}

static void
pulsar_actor_finalize (GObject *object)
{
  PulsarActorPrivate *priv = get_private (PULSAR_ACTOR (object));

  g_clear_pointer (&priv->name, g_free);
  g_clear_pointer (&priv->id, g_free);
  g_clear_pointer (&priv->parameters, g_variant_unref);
  g_clear_pointer (&priv->context, g_main_context_unref);

  G_OBJECT_CLASS (pulsar_actor_parent_class)->finalize (object);
}

static void
pulsar_actor_class_init (PulsarActorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = pulsar_actor_set_property;
  object_class->get_property = pulsar_actor_get_property;
  object_class->constructed = pulsar_actor_constructed;
  object_class->dispose = pulsar_actor_dispose;
  object_class->finalize = pulsar_actor_finalize;

  /**
   * PulsarActor:name:
   *
   * The name of the actor.
   *
   * A monitor and its workers bear the name of their application.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarActor:id:
   *
   * The id of the actor, which no other actor of the tree has.
   *
   * If it is not set at construction, one is made.
   *
   * Since: 0.1
   */
  properties[PROP_ID] =
    g_param_spec_string ("id", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarActor:state:
   *
   * Where the actor is in its life.
   *
   * Since: 0.1
   */
  properties[PROP_STATE] =
    g_param_spec_enum ("state", NULL, NULL, PULSAR_TYPE_STATE, PULSAR_STATE_INITIAL,
                       G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarActor:config:
   *
   * The configuration of the actor: that of its application, or a copy of it in
   * a worker.
   *
   * Since: 0.1
   */
  properties[PROP_CONFIG] =
    g_param_spec_object ("config", NULL, NULL, PULSAR_TYPE_CONFIG,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarActor:parameters:
   *
   * What was given to the actor when it was made, as `a{sv}`.
   *
   * Since: 0.1
   */
  properties[PROP_PARAMETERS] =
    g_param_spec_variant ("parameters", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL,
                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  /**
   * PulsarActor::starting:
   * @self: an actor
   * @hook: the run of the hook
   *
   * Emitted when the actor starts.
   *
   * It runs when the step has ended, and does not come up if the step failed.
   * Requests that arrive before wait.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STARTING] =
    g_signal_new ("starting", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarActorClass, starting),
                  NULL, NULL, NULL, G_TYPE_NONE, 1, PULSAR_TYPE_HOOK);

  /**
   * PulsarActor::stopping:
   * @self: an actor
   * @hook: the run of the hook
   *
   * Emitted when the actor stops.
   *
   * It ends when the step has ended. A failure is logged and changes nothing.
   *
   * Since: 0.1
   */
  signals[SIGNAL_STOPPING] =
    g_signal_new ("stopping", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarActorClass, stopping),
                  NULL, NULL, NULL, G_TYPE_NONE, 1, PULSAR_TYPE_HOOK);

  /**
   * PulsarActor::periodic-task:
   * @self: an actor
   *
   * Emitted every `task-period` while the actor runs.
   *
   * The timer is armed only if somebody listens when the actor begins to run:
   * connect before, for example in [signal@Pulsar.Actor::starting], or override
   * the class handler.
   *
   * Since: 0.1
   */
  signals[SIGNAL_PERIODIC_TASK] =
    g_signal_new ("periodic-task", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarActorClass, periodic_task),
                  NULL, NULL, NULL, G_TYPE_NONE, 0);

  /**
   * PulsarActor::query-info:
   * @self: an actor
   * @info: what is known so far, to be added to
   *
   * Emitted when somebody asks for information about the actor.
   *
   * These keys, each an `a{sv}`, are there already:
   *
   * - `actor`: `name`, `id`, `state` (strings), `uptime` (seconds since it began
   *   to run, a double), `pid`, `messages` (requests executed), `queue`
   *   (requests that wait) and `late-answers` (answers that came to its process
   *   after their ask had ended, and were dropped);
   * - `system`: `rss` and `pss` (bytes), `cpu-seconds` (user and system, a
   *   double), `fds` and `threads` of the process;
   * - `messages`, of the arbiter only: how many were `relayed` between other
   *   processes, and the `dead-letters`, which found nobody;
   * - `topics`, of the arbiter only: `subscriptions` of other processes, and
   *   how many values were `published`, `delivered` to them and `dropped`
   *   since a mailbox was full.
   *
   * Since: 0.1
   */
  signals[SIGNAL_QUERY_INFO] =
    g_signal_new ("query-info", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarActorClass, query_info),
                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT_DICT);

  /**
   * PulsarActor::query-spawn:
   * @self: an actor that supervises others
   * @spawn: what the child is about to get, to be added to
   *
   * Emitted when the actor is about to start a child process.
   *
   * Since: 0.1
   */
  signals[SIGNAL_QUERY_SPAWN] =
    g_signal_new ("query-spawn", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarActorClass, query_spawn),
                  NULL, NULL, NULL, G_TYPE_NONE, 1, PULSAR_TYPE_SPAWN);
}

static void
pulsar_actor_init (PulsarActor *self)
{
  PulsarActorPrivate *priv = get_private (self);

  priv->context = g_main_context_ref_thread_default ();
  priv->parameters = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  g_queue_init (&priv->held);
}

void
pulsar_actor_set_state (PulsarActor *self,
                        PulsarState  state)
{
  PulsarActorPrivate *priv = get_private (self);
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = NULL;

  g_return_if_fail (PULSAR_IS_ACTOR (self));

  if (priv->state == state)
    return;
  if (!pulsar_state_can_become (priv->state, state))
    {
      g_critical ("Actor “%s” cannot become “%s”: it is “%s”", priv->name, pulsar_state_get_nick (state),
                  pulsar_state_get_nick (priv->state));
      return;
    }

  hold = g_object_ref (self);
  priv->state = state;
  if (state == PULSAR_STATE_RUNNING)
    {
      priv->running_since = g_get_monotonic_time ();
      arm_task (self);
    }
  else
    disarm_task (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
  if (priv->state == PULSAR_STATE_CLOSED || priv->state == PULSAR_STATE_TERMINATED)
    {
      fail_held (self);
      pulsar_topic_end (self);
    }
}

typedef struct
{
  PulsarActor *actor;  /* (owned) */
  PulsarHookDone done;
  gpointer user_data;
} HookRun;

static void
hook_done_cb (PulsarHook   *hook,
              const GError *error,
              gpointer      user_data)
{
  HookRun *run = user_data;
  g_autoptr(PulsarActor) actor = run->actor;
  PulsarHookDone done = run->done;
  gpointer done_data = run->user_data;

  g_free (run);
  get_private (actor)->hook = NULL;
  done (hook, error, done_data);
}

void
pulsar_actor_run_hook (PulsarActor    *self,
                       guint           signal_id,
                       const char     *name,
                       guint           timeout_ms,
                       PulsarHookDone  done,
                       gpointer        user_data)
{
  PulsarActorPrivate *priv = get_private (self);
  g_autoptr(PulsarHook) hook = NULL;
  PulsarActor *previous;
  HookRun *run;

  g_assert (PULSAR_IS_ACTOR (self));
  g_assert (priv->hook == NULL);
  g_assert (name != NULL);
  g_assert (done != NULL);

  if (signal_id == 0)
    signal_id = g_signal_lookup (name, G_OBJECT_TYPE (self));
  g_assert (signal_id != 0);

  run = g_new (HookRun, 1);
  run->actor = g_object_ref (self);
  run->done = done;
  run->user_data = user_data;
  hook = pulsar_hook_new (name, timeout_ms, hook_done_cb, run);
  priv->hook = hook;

  previous = pulsar_actor_push_current (self);
  g_signal_emit (self, signal_id, 0, hook);
  pulsar_actor_pop_current (previous);
  pulsar_hook_emitted (hook);
}

void
pulsar_actor_cancel_hook (PulsarActor *self)
{
  PulsarActorPrivate *priv = get_private (self);

  g_assert (PULSAR_IS_ACTOR (self));

  if (priv->hook != NULL)
    pulsar_hook_cancel (priv->hook);
}

void
pulsar_actor_set_directory (PulsarActor     *self,
                            PulsarDirectory *directory)
{
  g_assert (PULSAR_IS_ACTOR (self));

  get_private (self)->directory = directory;
  /* Nobody would ever deliver them, and they keep the actor alive. */
  if (directory == NULL)
    fail_held (self);
  else
    pulsar_topic_begin (self);
}

PulsarDirectory *
pulsar_actor_get_directory (PulsarActor *self)
{
  return get_private (self)->directory;
}

void
pulsar_actor_set_config (PulsarActor  *self,
                         PulsarConfig *config)
{
  PulsarActorPrivate *priv = get_private (self);

  g_assert (PULSAR_IS_ACTOR (self));
  g_assert (config == NULL || PULSAR_IS_CONFIG (config));

  if (priv->config == config)
    return;
  if (priv->config != NULL)
    g_signal_handlers_disconnect_by_func (priv->config, task_period_changed_cb, self);
  g_set_object (&priv->config, config);
  if (config != NULL)
    g_signal_connect_object (config, "changed::task-period", G_CALLBACK (task_period_changed_cb), self, 0);
}

void
pulsar_actor_set_stop_func (PulsarActor         *self,
                            PulsarActorStopFunc  func,
                            gpointer             user_data)
{
  PulsarActorPrivate *priv = get_private (self);

  g_assert (PULSAR_IS_ACTOR (self));

  priv->stop_func = func;
  priv->stop_data = user_data;
}

void
pulsar_actor_set_handled_func (PulsarActor            *self,
                               PulsarActorHandledFunc  func,
                               gpointer                user_data)
{
  PulsarActorPrivate *priv = get_private (self);

  g_assert (PULSAR_IS_ACTOR (self));

  priv->handled_func = func;
  priv->handled_data = user_data;
}

void
pulsar_actor_count_handled (PulsarActor *self)
{
  PulsarActorPrivate *priv = get_private (self);

  if (priv->handled_func != NULL)
    priv->handled_func (self, priv->handled_data);
}

static void
deliver_now (PulsarActor   *self,
             PulsarRequest *request)
{
  PulsarActorPrivate *priv = get_private (self);

  if (priv->state == PULSAR_STATE_CLOSED || priv->state == PULSAR_STATE_TERMINATED)
    {
      pulsar_request_take_error (request, g_error_new (PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING,
                                                       _("Actor “%s” is not running"), priv->name));
      return;
    }
  priv->n_requests++;
  pulsar_request_execute (request);
}

void
pulsar_actor_deliver (PulsarActor   *self,
                      PulsarRequest *request)
{
  PulsarActorPrivate *priv = get_private (self);

  g_assert (PULSAR_IS_ACTOR (self));

  /* While the queue is being delivered, what arrives in a handler's own main loop comes after it. */
  if ((priv->holding || priv->held.length > 0) && !pulsar_request_is_at_once (request))
    g_queue_push_tail (&priv->held, g_object_ref (request));
  else
    deliver_now (self, request);
}

void
pulsar_actor_hold_requests (PulsarActor *self,
                            gboolean     hold)
{
  PulsarActorPrivate *priv = get_private (self);
  g_autoptr(PulsarActor) alive G_GNUC_UNUSED = g_object_ref (self);
  PulsarRequest *next;

  g_assert (PULSAR_IS_ACTOR (self));

  priv->holding = hold;
  while (!priv->holding && (next = g_queue_pop_head (&priv->held)) != NULL)
    {
      g_autoptr(PulsarRequest) request = next;

      deliver_now (self, request);
    }
}

/**
 * pulsar_actor_get_name:
 * @self: an actor
 *
 * Gets the name of the actor.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
pulsar_actor_get_name (PulsarActor *self)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), NULL);

  return get_private (self)->name;
}

/**
 * pulsar_actor_get_id:
 * @self: an actor
 *
 * Gets the id of the actor, which no other actor of the tree has.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
const char *
pulsar_actor_get_id (PulsarActor *self)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), NULL);

  return get_private (self)->id;
}

/**
 * pulsar_actor_get_state:
 * @self: an actor
 *
 * Gets where the actor is in its life.
 *
 * Returns: the state
 *
 * Since: 0.1
 */
PulsarState
pulsar_actor_get_state (PulsarActor *self)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), PULSAR_STATE_INITIAL);

  return get_private (self)->state;
}

/**
 * pulsar_actor_get_config:
 * @self: an actor
 *
 * Gets the configuration of the actor: that of its application, or a copy of it
 * in a worker.
 *
 * Returns: (transfer none) (nullable): the configuration, or `NULL` if it was
 *   given none
 *
 * Since: 0.1
 */
PulsarConfig *
pulsar_actor_get_config (PulsarActor *self)
{
  g_return_val_if_fail (PULSAR_IS_ACTOR (self), NULL);

  return get_private (self)->config;
}

static void
stopped_cb (PulsarHook   *hook,
            const GError *error,
            gpointer      user_data)
{
  g_autoptr(PulsarActor) self = PULSAR_ACTOR (user_data);

  if (error != NULL)
    g_message ("Actor “%s” failed to stop in order: %s", get_private (self)->name, error->message);
  pulsar_actor_set_state (self, PULSAR_STATE_CLOSED);
}

/**
 * pulsar_actor_stop:
 * @self: an actor
 *
 * Ends the actor in order.
 *
 * A worker takes no more work and runs its stop hooks, then its process ends. The
 * arbiter ends everything. Watch [property@Pulsar.Actor:state] to learn when it
 * is done. An actor that stops or has stopped is left alone.
 *
 * Since: 0.1
 */
void
pulsar_actor_stop (PulsarActor *self)
{
  PulsarActorPrivate *priv;

  g_return_if_fail (PULSAR_IS_ACTOR (self));

  priv = get_private (self);
  if (priv->stop_func != NULL)
    {
      priv->stop_func (self, priv->stop_data);
      return;
    }

  switch (priv->state)
    {
    case PULSAR_STATE_INITIAL:
      pulsar_actor_set_state (self, PULSAR_STATE_CLOSED);
      break;
    case PULSAR_STATE_STARTING:
    case PULSAR_STATE_RUNNING:
      pulsar_actor_cancel_hook (self);
      pulsar_actor_set_state (self, PULSAR_STATE_STOPPING);
      pulsar_actor_run_hook (self, signals[SIGNAL_STOPPING], "stopping",
                             (guint) CLAMP (get_duration (self, "graceful-timeout", GRACEFUL_TIMEOUT_DEFAULT) / 1000,
                                            1, G_MAXUINT),
                             stopped_cb, g_object_ref (self));
      break;
    case PULSAR_STATE_STOPPING:
    case PULSAR_STATE_CLOSED:
    case PULSAR_STATE_TERMINATED:
    default:
      break;
    }
}
