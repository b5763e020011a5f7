/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/supervision/pulsar-arbiter.h>
#include <pulsar-glib/supervision/pulsar-monitor.h>

G_BEGIN_DECLS

/* Carries what is set at run time to all who have the setting: from a monitor to its workers, and between the arbiter and its
 * monitors for what is global, and for the main application, whose settings the arbiter has too. */

/* From here on until the monitor ends. */
void pulsar_config_relay_add_workers    (PulsarMonitor *monitor);

/* The arbiter has its configuration from here on. */
void pulsar_config_relay_begin          (PulsarArbiter *arbiter);
void pulsar_config_relay_add_monitor    (PulsarArbiter *arbiter,
                                         PulsarMonitor *monitor);
void pulsar_config_relay_remove_monitor (PulsarArbiter *arbiter,
                                         PulsarMonitor *monitor);

G_END_DECLS
