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
 * @configured: class handler of [signal@Pulsar.Application::configured]
 * @monitor_start: class handler of [signal@Pulsar.Application::monitor-start]
 * @worker_start: class handler of [signal@Pulsar.Application::worker-start]
 * @actor_params: class handler of [signal@Pulsar.Application::actor-params]
 * @monitor_task: class handler of [signal@Pulsar.Application::monitor-task]
 * @monitor_info: class handler of [signal@Pulsar.Application::monitor-info]
 * @worker_info: class handler of [signal@Pulsar.Application::worker-info]
 * @worker_stopping: class handler of [signal@Pulsar.Application::worker-stopping]
 * @monitor_stopping: class handler of [signal@Pulsar.Application::monitor-stopping]
 *
 * The class of [class@Pulsar.Application]. No handler has to chain up.
 *
 * Since: 0.1
 */
struct _PulsarApplicationClass
{
  PulsarConfiguratorClass parent_class;

  void (*configured)       (PulsarApplication *self,
                            PulsarArbiter     *arbiter,
                            PulsarHook        *hook);
  void (*monitor_start)    (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            PulsarHook        *hook);
  void (*worker_start)     (PulsarApplication *self,
                            PulsarActor       *worker,
                            PulsarHook        *hook);
  void (*actor_params)     (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            PulsarSpawn       *spawn);
  void (*monitor_task)     (PulsarApplication *self,
                            PulsarMonitor     *monitor);
  void (*monitor_info)     (PulsarApplication *self,
                            PulsarActor       *monitor,
                            GVariantDict      *info);
  void (*worker_info)      (PulsarApplication *self,
                            PulsarActor       *worker,
                            GVariantDict      *info);
  void (*worker_stopping)  (PulsarApplication *self,
                            PulsarActor       *worker,
                            PulsarHook        *hook);
  void (*monitor_stopping) (PulsarApplication *self,
                            PulsarMonitor     *monitor,
                            PulsarHook        *hook);

  /*< private >*/
  gconstpointer slots;  /* const PulsarApplicationSlots *, see pulsar-application-private.h */
  gpointer padding[8];
};

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
