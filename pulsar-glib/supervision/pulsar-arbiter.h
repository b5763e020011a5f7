/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/actor/pulsar-actor.h>
#include <pulsar-glib/supervision/pulsar-monitor.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_ARBITER (pulsar_arbiter_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarArbiter, pulsar_arbiter, PULSAR, ARBITER, PulsarActor)

PULSAR_AVAILABLE_IN_ALL
PulsarArbiter *pulsar_arbiter_get_default  (void);
PULSAR_AVAILABLE_IN_ALL
GListModel    *pulsar_arbiter_get_monitors (PulsarArbiter *self);
PULSAR_AVAILABLE_IN_ALL
GListModel    *pulsar_arbiter_get_actors   (PulsarArbiter *self);
PULSAR_AVAILABLE_IN_ALL
PulsarMonitor *pulsar_arbiter_get_monitor  (PulsarArbiter *self,
                                            const char    *name);
PULSAR_AVAILABLE_IN_ALL
void           pulsar_arbiter_allow_spawn  (PulsarArbiter *self,
                                            GType          type);

G_END_DECLS
