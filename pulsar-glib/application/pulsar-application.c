/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-application-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-hook-private.h"
#include "pulsar-glib/application/pulsar-configurator-private.h"
#include "pulsar-glib/application/pulsar-start-check-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-core-settings-private.h"
#include "pulsar-glib/supervision/pulsar-arbiter-private.h"
#include "pulsar-glib/supervision/pulsar-worker-process-private.h"

/**
 * PulsarApplication:
 *
 * A server or a pool of workers: what to do at each step of the life of its processes.
 *
 * Subclass it and override its hooks, or connect to them. In the process of the [class@Pulsar.Arbiter] an application has a
 * [class@Pulsar.Monitor]; in each of its workers, which execute the same program again, the object on which
 * [method@Pulsar.Configurator.run] is called is the application of that worker. So every hook runs in the language it is
 * written in, on both sides.
 *
 * The hooks run in this order:
 *
 * 1. [signal@Pulsar.Application::configured], before anything runs
 * 2. [signal@Pulsar.Arbiter::monitor-start], then [signal@Pulsar.Actor::starting] of the monitor and
 *    [signal@Pulsar.Application::monitor-start]
 * 3. for each worker [signal@Pulsar.Application::actor-params], and in the worker [signal@Pulsar.Actor::starting] and
 *    [signal@Pulsar.Application::worker-start]; the worker is ready when that has ended
 * 4. while it runs [signal@Pulsar.Application::monitor-task], [signal@Pulsar.Application::monitor-info] and
 *    [signal@Pulsar.Application::worker-info]
 * 5. at stop, in each worker [signal@Pulsar.Application::worker-stopping]; when they are gone
 *    [signal@Pulsar.Application::monitor-stopping]
 *
 * Stop hooks run only for what had started: if `worker-start` fails, `worker-stopping` is not called.
 *
 * Since: 0.1
 */

typedef struct
{
  PulsarActor *actor;          /* (owned) (nullable) what it lives as: its monitor, or the worker; until that has ended */
  PulsarStartup *startup;      /* (nullable) while it starts */
  GPtrArray *waiting;          /* (owned) (nullable) of GTask: get_application () of who asked while it starts */
  GClosure *callable;          /* (owned) (nullable) */
  char *log_domain;            /* (owned) made at first use */
  char *prefix;                /* (owned) (nullable) of its options */
} PulsarApplicationPrivate;

typedef enum
{
  PROP_ACTOR = 1,
  PROP_CALLABLE,
  PROP_LOG_DOMAIN,
  PROP_MONITOR,
} PulsarApplicationProperty;

typedef enum
{
  SIGNAL_CONFIGURED,
  SIGNAL_MONITOR_START,
  SIGNAL_WORKER_START,
  SIGNAL_ACTOR_PARAMS,
  SIGNAL_MONITOR_TASK,
  SIGNAL_MONITOR_INFO,
  SIGNAL_WORKER_INFO,
  SIGNAL_WORKER_STOPPING,
  SIGNAL_MONITOR_STOPPING,
} PulsarApplicationSignal;

static GParamSpec *properties[PROP_MONITOR + 1];
static guint signals[SIGNAL_MONITOR_STOPPING + 1];

G_DEFINE_TYPE_WITH_PRIVATE (PulsarApplication, pulsar_application, PULSAR_TYPE_CONFIGURATOR)

static PulsarApplicationPrivate *
get_private (gpointer self)
{
  return pulsar_application_get_instance_private (self);
}

/* The PulsarConfiguratorRoles of a program that is one application. */

static void
install_settings (PulsarConfigurator *configurator,
                  PulsarConfig       *config)
{
  pulsar_core_settings_install (config);
  if (pulsar_application_get_slots (configurator)->install_settings != NULL)
    pulsar_application_get_slots (configurator)->install_settings (PULSAR_APPLICATION (configurator), config);
}

static GPtrArray *
list_applications (PulsarConfigurator  *configurator,
                   GError             **error)
{
  GPtrArray *applications = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (applications, g_object_ref (configurator));
  return applications;
}

static gboolean
load (PulsarConfigurator  *configurator,
      const char * const  *argv,
      char               **output,
      GError             **error)
{
  g_autoptr(PulsarConfigLoader) loader = pulsar_configurator_new_loader (configurator);
  g_autoptr(GPtrArray) applications = list_applications (configurator, error);
  PulsarConfigLoaderOutcome outcome;

  pulsar_config_loader_add (loader, pulsar_configurator_get_config (configurator), NULL,
                            pulsar_configurator_get_name (configurator));
  return pulsar_config_loader_load (loader, argv, &outcome, output, error)
         && (outcome != PULSAR_CONFIG_LOADER_CHECK || pulsar_start_check (applications, error));
}

static const PulsarConfiguratorRoles roles = { install_settings, list_applications, load };

static void
pulsar_application_get_property (GObject    *object,
                                 guint       property_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  PulsarApplication *self = PULSAR_APPLICATION (object);

  switch ((PulsarApplicationProperty) property_id)
    {
    case PROP_ACTOR:
      g_value_set_object (value, get_private (self)->actor);
      break;
    case PROP_CALLABLE:
      g_value_set_boxed (value, get_private (self)->callable);
      break;
    case PROP_LOG_DOMAIN:
      g_value_set_string (value, pulsar_application_get_log_domain (self));
      break;
    case PROP_MONITOR:
      g_value_set_object (value, pulsar_application_get_monitor (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_application_set_property (GObject      *object,
                                 guint         property_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  PulsarApplication *self = PULSAR_APPLICATION (object);

  switch ((PulsarApplicationProperty) property_id)
    {
    case PROP_CALLABLE:
      pulsar_application_set_callable (self, g_value_get_boxed (value));
      break;
    case PROP_ACTOR:
    case PROP_LOG_DOMAIN:
    case PROP_MONITOR:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_application_finalize (GObject *object)
{
  PulsarApplicationPrivate *priv = get_private (object);

  g_clear_object (&priv->actor);
  g_clear_pointer (&priv->waiting, g_ptr_array_unref);
  g_clear_pointer (&priv->callable, g_closure_unref);
  g_free (priv->log_domain);
  g_free (priv->prefix);

  G_OBJECT_CLASS (pulsar_application_parent_class)->finalize (object);
}

static void
pulsar_application_class_init (PulsarApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_application_get_property;
  object_class->set_property = pulsar_application_set_property;
  object_class->finalize = pulsar_application_finalize;
  PULSAR_CONFIGURATOR_CLASS (klass)->roles = &roles;

  /**
   * PulsarApplication:actor: (getter get_actor)
   *
   * The actor as which the application lives in this process: its monitor in that of the arbiter, the worker in a worker.
   * `NULL` before it starts and after it ended.
   *
   * It notifies before the first hook of the actor, so that is where to connect to [signal@Pulsar.Actor::starting] of a
   * worker, which is made by `run ()`.
   *
   * Since: 0.1
   */
  properties[PROP_ACTOR] =
    g_param_spec_object ("actor", NULL, NULL, PULSAR_TYPE_ACTOR,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarApplication:callable: (getter get_callable) (setter set_callable)
   *
   * What serves, for those who want no subclass: a server connects it to its main signal, such as
   * [signal@Pulsar.SocketServer::connection]. A plain application has no such signal and ignores it.
   *
   * Since: 0.1
   */
  properties[PROP_CALLABLE] =
    g_param_spec_boxed ("callable", NULL, NULL, G_TYPE_CLOSURE,
                        G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarApplication:log-domain: (getter get_log_domain)
   *
   * The log domain of the application: `Pulsar-` and its name.
   *
   * Since: 0.1
   */
  properties[PROP_LOG_DOMAIN] =
    g_param_spec_string ("log-domain", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarApplication:monitor: (getter get_monitor)
   *
   * Its monitor, from the start of the application until it ended, or `NULL`; always `NULL` in workers.
   *
   * Since: 0.1
   */
  properties[PROP_MONITOR] =
    g_param_spec_object ("monitor", NULL, NULL, PULSAR_TYPE_MONITOR,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  /**
   * PulsarApplication::configured:
   * @self: an application
   * @arbiter: the arbiter, which may not have begun yet
   * @hook: the run of the hook
   *
   * Emitted in the process of the arbiter when the configuration is loaded, before anything runs: the place to check it,
   * and the last one to set what cannot change at run time.
   *
   * Failing @hook ends the program with exit status 78.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CONFIGURED] =
    g_signal_new ("configured", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarApplicationClass, configured), NULL, NULL, NULL,
                  G_TYPE_NONE, 2, PULSAR_TYPE_ARBITER, PULSAR_TYPE_HOOK);

  /**
   * PulsarApplication::monitor-start:
   * @self: an application
   * @monitor: its monitor
   * @hook: the run of the hook
   *
   * Emitted in the process of the arbiter before the first worker is started.
   *
   * Failing @hook ends the start: the program ends with exit status 69.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MONITOR_START] =
    g_signal_new ("monitor-start", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarApplicationClass, monitor_start), NULL, NULL, NULL,
                  G_TYPE_NONE, 2, PULSAR_TYPE_MONITOR, PULSAR_TYPE_HOOK);

  /**
   * PulsarApplication::worker-start:
   * @self: an application
   * @worker: the actor that this process is; the monitor, if `workers` is 0
   * @hook: the run of the hook
   *
   * Emitted in each worker before it is ready.
   *
   * Failing @hook ends the worker. The first time an application starts that ends the program with exit status 69; later the
   * worker is replaced like any that died.
   *
   * Since: 0.1
   */
  signals[SIGNAL_WORKER_START] =
    g_signal_new ("worker-start", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarApplicationClass, worker_start), NULL, NULL, NULL,
                  G_TYPE_NONE, 2, PULSAR_TYPE_ACTOR, PULSAR_TYPE_HOOK);

  /**
   * PulsarApplication::actor-params:
   * @self: an application
   * @monitor: its monitor
   * @spawn: what the new worker is about to get
   *
   * Emitted in the process of the arbiter before each worker is started, to give it parameters, descriptors or variables of
   * the environment.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ACTOR_PARAMS] =
    g_signal_new ("actor-params", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarApplicationClass, actor_params), NULL, NULL, NULL,
                  G_TYPE_NONE, 2, PULSAR_TYPE_MONITOR, PULSAR_TYPE_SPAWN);

  /**
   * PulsarApplication::monitor-task:
   * @self: an application
   * @monitor: its monitor
   *
   * Emitted in the process of the arbiter each `task-period` while the application runs: its workers were ready once. It is
   * armed only if there is a handler when the application starts.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MONITOR_TASK] =
    g_signal_new ("monitor-task", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarApplicationClass, monitor_task), NULL, NULL, NULL,
                  G_TYPE_NONE, 1, PULSAR_TYPE_MONITOR);

  /**
   * PulsarApplication::monitor-info:
   * @self: an application
   * @monitor: its monitor
   * @info: what is known of it, to add to
   *
   * Emitted in the process of the arbiter when information about the application is gathered.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MONITOR_INFO] =
    g_signal_new ("monitor-info", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarApplicationClass, monitor_info), NULL, NULL, NULL,
                  G_TYPE_NONE, 2, PULSAR_TYPE_MONITOR, G_TYPE_VARIANT_DICT | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * PulsarApplication::worker-info:
   * @self: an application
   * @worker: the actor that this process is; the monitor, if `workers` is 0
   * @info: what is known of it, to add to
   *
   * Emitted in each worker when information about it is gathered.
   *
   * Since: 0.1
   */
  signals[SIGNAL_WORKER_INFO] =
    g_signal_new ("worker-info", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarApplicationClass, worker_info), NULL, NULL, NULL,
                  G_TYPE_NONE, 2, PULSAR_TYPE_ACTOR, G_TYPE_VARIANT_DICT | G_SIGNAL_TYPE_STATIC_SCOPE);

  /**
   * PulsarApplication::worker-stopping:
   * @self: an application
   * @worker: the actor that this process is; the monitor, if `workers` is 0
   * @hook: the run of the hook
   *
   * Emitted in each worker that stops, after it took no more work. A failure is logged, and the stop goes on.
   *
   * Since: 0.1
   */
  signals[SIGNAL_WORKER_STOPPING] =
    g_signal_new ("worker-stopping", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarApplicationClass, worker_stopping), NULL, NULL, NULL,
                  G_TYPE_NONE, 2, PULSAR_TYPE_ACTOR, PULSAR_TYPE_HOOK);

  /**
   * PulsarApplication::monitor-stopping:
   * @self: an application
   * @monitor: its monitor
   * @hook: the run of the hook
   *
   * Emitted in the process of the arbiter when the workers are gone. A failure is logged, and the stop goes on.
   *
   * Since: 0.1
   */
  signals[SIGNAL_MONITOR_STOPPING] =
    g_signal_new ("monitor-stopping", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarApplicationClass, monitor_stopping), NULL, NULL, NULL,
                  G_TYPE_NONE, 2, PULSAR_TYPE_MONITOR, PULSAR_TYPE_HOOK);
}

static void
pulsar_application_init (PulsarApplication *self)
{
}

const char *
pulsar_application_get_prefix (PulsarApplication *self)
{
  return get_private (self)->prefix;
}

void
pulsar_application_set_prefix (PulsarApplication *self,
                               const char        *prefix)
{
  g_free (get_private (self)->prefix);
  get_private (self)->prefix = g_strdup (prefix);
}

PulsarStartup *
pulsar_application_get_startup (PulsarApplication *self)
{
  return get_private (self)->startup;
}

void
pulsar_application_set_startup (PulsarApplication *self,
                                PulsarStartup     *startup)
{
  get_private (self)->startup = startup;
}

void
pulsar_application_start_ended (PulsarApplication *self,
                                const GError      *error)
{
  PulsarApplicationPrivate *priv = get_private (self);
  g_autoptr(GPtrArray) waiting = g_steal_pointer (&priv->waiting);

  priv->startup = NULL;
  for (guint i = 0; waiting != NULL && i < waiting->len; i++)
    {
      GTask *task = g_ptr_array_index (waiting, i);

      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_task_return_pointer (task, g_object_ref (self), g_object_unref);
    }
}

void
pulsar_application_prepare (PulsarApplication *self,
                            PulsarArbiter     *arbiter,
                            PulsarHook        *hook)
{
  if (pulsar_application_get_slots (self)->prepare != NULL)
    pulsar_application_get_slots (self)->prepare (self, arbiter, hook);
}

static void
notify_actor (PulsarApplication *self,
              PulsarActor       *actor)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTOR]);
  if (PULSAR_IS_MONITOR (actor))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MONITOR]);
}

static void
actor_state_cb (PulsarApplication *self)
{
  PulsarApplicationPrivate *priv = get_private (self);
  g_autoptr(PulsarActor) actor = NULL;

  if (pulsar_actor_get_state (priv->actor) < PULSAR_STATE_CLOSED)
    return;

  /* From here on it can be started again. */
  actor = g_steal_pointer (&priv->actor);
  g_signal_handlers_disconnect_by_func (actor, actor_state_cb, self);
  notify_actor (self, actor);
}

void
pulsar_application_set_actor (PulsarApplication *self,
                              PulsarActor       *actor)
{
  PulsarApplicationPrivate *priv = get_private (self);

  g_assert (priv->actor == NULL);
  priv->actor = g_object_ref (actor);
  g_signal_connect_swapped (actor, "notify::state", G_CALLBACK (actor_state_cb), self);
  notify_actor (self, actor);
}

PulsarMonitor *
pulsar_application_make_monitor (PulsarApplication *self,
                                 PulsarArbiter     *arbiter,
                                 gboolean           by_type)
{
  PulsarConfigurator *configurator = PULSAR_CONFIGURATOR (self);
  const char *name = pulsar_configurator_get_name (configurator);
  PulsarMonitor *monitor;

  pulsar_application_install_commands ();
  monitor = pulsar_monitor_new (name, pulsar_configurator_get_config (configurator), G_OBJECT (self),
                                pulsar_application_get_owner_funcs (), pulsar_arbiter_get_recipe (arbiter),
                                pulsar_arbiter_get_recipe_error (arbiter), pulsar_arbiter_get_directory (arbiter),
                                pulsar_arbiter_get_log_name (arbiter), by_type);
  pulsar_application_set_actor (self, PULSAR_ACTOR (monitor));
  return monitor;
}

void
pulsar_application_wait (PulsarApplication *self,
                         GTask             *task)
{
  PulsarApplicationPrivate *priv = get_private (self);

  if (priv->startup == NULL)
    {
      g_task_return_pointer (task, g_object_ref (self), g_object_unref);
      g_object_unref (task);
      return;
    }
  if (priv->waiting == NULL)
    priv->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (priv->waiting, task);
}

/**
 * pulsar_application_new:
 * @name: (nullable): the name of the application, or `NULL` for one made from the name of the class
 *
 * Creates an application to whose hooks the program connects.
 *
 * Returns: (transfer full): a new application
 *
 * Since: 0.1
 */
PulsarApplication *
pulsar_application_new (const char *name)
{
  return g_object_new (PULSAR_TYPE_APPLICATION, "name", name, NULL);
}

/**
 * pulsar_application_get_actor:
 * @self: an application
 *
 * Gets the actor as which the application lives in this process: its monitor in that of the arbiter, the worker in a worker.
 *
 * Returns: (transfer none) (nullable): the actor, or `NULL` before it starts and after it ended
 *
 * Since: 0.1
 */
PulsarActor *
pulsar_application_get_actor (PulsarApplication *self)
{
  g_return_val_if_fail (PULSAR_IS_APPLICATION (self), NULL);

  return get_private (self)->actor;
}

/**
 * pulsar_application_get_monitor:
 * @self: an application
 *
 * Gets its monitor.
 *
 * Returns: (transfer none) (nullable): the monitor, from the start of the application until it ended; always `NULL` in
 *   workers
 *
 * Since: 0.1
 */
PulsarMonitor *
pulsar_application_get_monitor (PulsarApplication *self)
{
  PulsarActor *actor;

  g_return_val_if_fail (PULSAR_IS_APPLICATION (self), NULL);

  actor = get_private (self)->actor;
  return PULSAR_IS_MONITOR (actor) ? PULSAR_MONITOR (actor) : NULL;
}

/**
 * pulsar_application_get_log_domain:
 * @self: an application
 *
 * Gets the log domain of the application: `Pulsar-` and its name.
 *
 * Returns: the log domain
 *
 * Since: 0.1
 */
const char *
pulsar_application_get_log_domain (PulsarApplication *self)
{
  PulsarApplicationPrivate *priv;

  g_return_val_if_fail (PULSAR_IS_APPLICATION (self), NULL);

  priv = get_private (self);
  if (priv->log_domain == NULL)
    priv->log_domain = g_strconcat ("Pulsar-", pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)), NULL);
  return priv->log_domain;
}

/**
 * pulsar_application_get_callable:
 * @self: an application
 *
 * Gets what serves, for those who want no subclass.
 *
 * Returns: (transfer none) (nullable): the callable
 *
 * Since: 0.1
 */
GClosure *
pulsar_application_get_callable (PulsarApplication *self)
{
  g_return_val_if_fail (PULSAR_IS_APPLICATION (self), NULL);

  return get_private (self)->callable;
}

/**
 * pulsar_application_set_callable:
 * @self: an application
 * @callable: (nullable): the callable
 *
 * Sets what serves, for those who want no subclass. Set it before the application runs.
 *
 * Since: 0.1
 */
void
pulsar_application_set_callable (PulsarApplication *self,
                                 GClosure          *callable)
{
  PulsarApplicationPrivate *priv;

  g_return_if_fail (PULSAR_IS_APPLICATION (self));

  priv = get_private (self);
  if (priv->callable == callable)
    return;

  g_clear_pointer (&priv->callable, g_closure_unref);
  if (callable != NULL)
    {
      priv->callable = g_closure_ref (callable);
      g_closure_sink (callable);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CALLABLE]);
}

/**
 * pulsar_application_log:
 * @self: an application
 * @level: the level
 * @text: what to log
 *
 * Logs a text in the log domain of the application.
 *
 * Since: 0.1
 */
void
pulsar_application_log (PulsarApplication *self,
                        GLogLevelFlags     level,
                        const char        *text)
{
  g_return_if_fail (PULSAR_IS_APPLICATION (self));
  g_return_if_fail (text != NULL);

  g_log (pulsar_application_get_log_domain (self), level, "%s", text);
}

/**
 * pulsar_application_count_request:
 * @self: an application
 *
 * Counts one more request that this worker has served, for the setting `max-requests`.
 *
 * Servers of the library do it themselves: a [class@Pulsar.SocketServer] for each connection it begins to serve, a
 * [class@Pulsar.DatagramServer] for each datagram. A program whose connections carry several requests calls it for each
 * further one. In an application that is no server each command of the program that a worker is sent counts; call it
 * for work that comes another way.
 *
 * When a worker has served its share it goes on until its replacement is ready, and drains then. Outside of workers it
 * does nothing.
 *
 * Since: 0.1
 */
void
pulsar_application_count_request (PulsarApplication *self)
{
  g_return_if_fail (PULSAR_IS_APPLICATION (self));

  pulsar_worker_process_count_request ();
}

static void
stop_ended_cb (PulsarMonitor *monitor,
               const GError  *error,
               gpointer       user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);

  g_task_return_boolean (task, TRUE);
}

/**
 * pulsar_application_stop_async:
 * @self: an application
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called when nothing of it is left
 * @user_data: data for @callback
 *
 * Stops the application: its listening sockets close, its workers end within `graceful-timeout`, its stop hooks run.
 *
 * When the last application has stopped, the arbiter ends too. The same object can be started again after that. Cancelling
 * @cancellable fails the call but does not take back the stop. Call it in the process of the arbiter.
 *
 * `PULSAR_ERROR_NOT_RUNNING` if it is not running, or is stopping already, or this is a worker.
 *
 * Since: 0.1
 */
void
pulsar_application_stop_async (PulsarApplication   *self,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  PulsarMonitor *monitor;

  g_return_if_fail (PULSAR_IS_APPLICATION (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, pulsar_application_stop_async);

  monitor = pulsar_application_get_monitor (self);
  if (monitor == NULL || pulsar_actor_get_state (PULSAR_ACTOR (monitor)) >= PULSAR_STATE_STOPPING)
    {
      g_task_return_new_error (task, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("Application “%s” is not running"),
                               pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)));
      return;
    }
  pulsar_arbiter_end_monitor (pulsar_arbiter_get_default (), monitor, stop_ended_cb, g_steal_pointer (&task));
}

/**
 * pulsar_application_stop_finish:
 * @self: an application
 * @result: the result given to the callback
 * @error: return location for an error
 *
 * Finishes [method@Pulsar.Application.stop_async].
 *
 * Returns: whether it stopped
 *
 * Since: 0.1
 */
gboolean
pulsar_application_stop_finish (PulsarApplication  *self,
                                GAsyncResult       *result,
                                GError            **error)
{
  g_return_val_if_fail (PULSAR_IS_APPLICATION (self), FALSE);
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
