/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/actor/pulsar-actor.h>
#include <pulsar-glib/supervision/pulsar-worker.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_MONITOR (pulsar_monitor_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarMonitor, pulsar_monitor, PULSAR, MONITOR, PulsarActor)

PULSAR_AVAILABLE_IN_ALL
GObject    *pulsar_monitor_get_application (PulsarMonitor *self);
PULSAR_AVAILABLE_IN_ALL
GListModel *pulsar_monitor_get_workers     (PulsarMonitor *self);

G_END_DECLS
