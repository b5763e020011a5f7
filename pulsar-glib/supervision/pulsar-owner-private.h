/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-hook.h>
#include <pulsar-glib/actor/pulsar-spawn.h>
#include <pulsar-glib/supervision/pulsar-monitor.h>

G_BEGIN_DECLS

/* What the owner of a monitor, an application, does at each step of the monitor's and of its workers' lives. Supervision never names the
 * application: it is handed this table with the object. */
typedef struct
{
  /* On the arbiter, in this order; the first three are steps of the start. */
  void (*begin)            (GObject       *owner,
                            PulsarMonitor *monitor,
                            PulsarHook    *hook);
  void (*announce)         (GObject       *owner,
                            PulsarMonitor *monitor,
                            PulsarHook    *hook);
  void (*monitor_start)    (GObject       *owner,
                            PulsarMonitor *monitor,
                            PulsarHook    *hook);
  void (*query_spawn)      (GObject       *owner,
                            PulsarMonitor *monitor,
                            PulsarSpawn   *spawn);
  void (*monitor_task)     (GObject       *owner,
                            PulsarMonitor *monitor);
  void (*monitor_info)     (GObject       *owner,
                            PulsarActor   *actor,
                            GVariantDict  *info);
  void (*end)              (GObject       *owner,
                            PulsarMonitor *monitor);
  void (*monitor_stopping) (GObject       *owner,
                            PulsarMonitor *monitor,
                            PulsarHook    *hook);

  /* In a worker, before its first hook. */
  void (*worker_made)      (GObject       *owner,
                            PulsarActor   *actor);

  /* In a worker, or on the monitor with workers=0. */
  void (*worker_start)     (GObject       *owner,
                            PulsarActor   *actor,
                            PulsarHook    *hook);
  void (*worker_begin)     (GObject       *owner,
                            PulsarActor   *actor,
                            PulsarHook    *hook);
  void (*worker_info)      (GObject       *owner,
                            PulsarActor   *actor,
                            GVariantDict  *info);
  void (*worker_drain)     (GObject       *owner,
                            PulsarActor   *actor,
                            PulsarHook    *hook);
  void (*worker_stopping)  (GObject       *owner,
                            PulsarActor   *actor,
                            PulsarHook    *hook);

  /* Whether it counts by itself what it serves; else each command that it is sent counts. */
  gboolean (*counts_requests)  (GObject    *owner);

  /* Whether anybody wants monitor_task. */
  gboolean (*has_monitor_task) (GObject    *owner);
} PulsarOwnerFuncs;

G_END_DECLS
