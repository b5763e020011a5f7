/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/actor/pulsar-hook.h>
#include <pulsar-glib/actor/pulsar-spawn.h>
#include <pulsar-glib/application/pulsar-configurator.h>
#include <pulsar-glib/supervision/pulsar-arbiter.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_APPLICATION (pulsar_application_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (PulsarApplication, pulsar_application, PULSAR, APPLICATION, PulsarConfigurator)

/**
 * PulsarApplicationClass:
 * @parent_class: the parent class
 *
 * The class of [class@Pulsar.Application]. No handler has to chain up.
 *
 * Since: 0.1
 */
struct _PulsarApplicationClass
{
  PulsarConfiguratorClass parent_class;

  /**
   * PulsarApplicationClass::configured:
   * @self: an application
   * @arbiter: the arbiter
   * @hook: the run of the hook
   *
   * Class handler of [signal@Pulsar.Application::configured].
   *
   * Since: 0.1
   */
  void (*configured)       (PulsarApplication *self,
                            PulsarArbiter     *arbiter,
                            PulsarHook        *hook);

  /**
   * PulsarApplicationClass::monitor_start:
   * @self: an application
   * @monitor: its monitor
   * @hook: the run of the hook
   *
   * Class handler of [signal@Pulsar.Application::monitor-start].
   *
   * Since: 0.1
   */
  void (*monitor_start)    (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            PulsarHook        *hook);

  /**
   * PulsarApplicationClass::worker_start:
   * @self: an application
   * @worker: the actor that this process is
   * @hook: the run of the hook
   *
   * Class handler of [signal@Pulsar.Application::worker-start].
   *
   * Since: 0.1
   */
  void (*worker_start)     (PulsarApplication *self,
                            PulsarActor       *worker,
                            PulsarHook        *hook);

  /**
   * PulsarApplicationClass::actor_params:
   * @self: an application
   * @monitor: its monitor
   * @spawn: what the new worker is about to get
   *
   * Class handler of [signal@Pulsar.Application::actor-params].
   *
   * Since: 0.1
   */
  void (*actor_params)     (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            PulsarSpawn       *spawn);

  /**
   * PulsarApplicationClass::monitor_task:
   * @self: an application
   * @monitor: its monitor
   *
   * Class handler of [signal@Pulsar.Application::monitor-task].
   *
   * Since: 0.1
   */
  void (*monitor_task)     (PulsarApplication *self,
                            PulsarMonitor     *monitor);

  /**
   * PulsarApplicationClass::monitor_info:
   * @self: an application
   * @monitor: its monitor
   * @info: what is known of it, to add to
   *
   * Class handler of [signal@Pulsar.Application::monitor-info].
   *
   * Since: 0.1
   */
  void (*monitor_info)     (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            GVariantDict      *info);

  /**
   * PulsarApplicationClass::worker_info:
   * @self: an application
   * @worker: the actor that this process is
   * @info: what is known of it, to add to
   *
   * Class handler of [signal@Pulsar.Application::worker-info].
   *
   * Since: 0.1
   */
  void (*worker_info)      (PulsarApplication *self,
                            PulsarActor       *worker,
                            GVariantDict      *info);

  /**
   * PulsarApplicationClass::worker_stopping:
   * @self: an application
   * @worker: the actor that this process is
   * @hook: the run of the hook
   *
   * Class handler of [signal@Pulsar.Application::worker-stopping].
   *
   * Since: 0.1
   */
  void (*worker_stopping)  (PulsarApplication *self,
                            PulsarActor       *worker,
                            PulsarHook        *hook);

  /**
   * PulsarApplicationClass::monitor_stopping:
   * @self: an application
   * @monitor: its monitor
   * @hook: the run of the hook
   *
   * Class handler of [signal@Pulsar.Application::monitor-stopping].
   *
   * Since: 0.1
   */
  void (*monitor_stopping) (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            PulsarHook        *hook);

  /*< private >*/
  gconstpointer slots;  /* const PulsarApplicationSlots *, see pulsar-application-private.h */
  gpointer padding[8];
};

PULSAR_AVAILABLE_IN_ALL
PulsarApplication *pulsar_application_new            (const char           *name) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
PulsarActor       *pulsar_application_get_actor      (PulsarApplication    *self);
PULSAR_AVAILABLE_IN_ALL
PulsarMonitor     *pulsar_application_get_monitor    (PulsarApplication    *self);
PULSAR_AVAILABLE_IN_ALL
const char        *pulsar_application_get_log_domain (PulsarApplication    *self);
PULSAR_AVAILABLE_IN_ALL
GClosure          *pulsar_application_get_callable   (PulsarApplication    *self);
PULSAR_AVAILABLE_IN_ALL
void               pulsar_application_set_callable   (PulsarApplication    *self,
                                                      GClosure             *callable);
PULSAR_AVAILABLE_IN_ALL
void               pulsar_application_log            (PulsarApplication    *self,
                                                      GLogLevelFlags        level,
                                                      const char           *text);
PULSAR_AVAILABLE_IN_ALL
void               pulsar_application_count_request  (PulsarApplication    *self);
PULSAR_AVAILABLE_IN_ALL
void               pulsar_application_stop_async     (PulsarApplication    *self,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
PULSAR_AVAILABLE_IN_ALL
gboolean           pulsar_application_stop_finish    (PulsarApplication    *self,
                                                      GAsyncResult         *result,
                                                      GError              **error);
PULSAR_AVAILABLE_IN_ALL
void               pulsar_get_application_async      (const char           *name,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
PULSAR_AVAILABLE_IN_ALL
PulsarApplication *pulsar_get_application_finish     (GAsyncResult         *result,
                                                      GError              **error);

G_END_DECLS
