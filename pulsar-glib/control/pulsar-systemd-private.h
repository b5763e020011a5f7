/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/supervision/pulsar-arbiter.h>

G_BEGIN_DECLS

/* What a service manager is told of a program: that it starts, is ready, reloads, stops, and that it is alive. All that does nothing where
 * nobody wants to be told. */
#define PULSAR_TYPE_SYSTEMD (pulsar_systemd_get_type ())
G_DECLARE_FINAL_TYPE (PulsarSystemd, pulsar_systemd, PULSAR, SYSTEMD, GObject)

/* Before @arbiter begins, of which it learns of the stop and of who is ready. */
PulsarSystemd *pulsar_systemd_new       (PulsarArbiter *arbiter) G_GNUC_WARN_UNUSED_RESULT;

/* All applications run. */
void           pulsar_systemd_started   (PulsarSystemd *self);

/* A reload began; it ended, well or with @error. */
void           pulsar_systemd_reloading (PulsarSystemd *self);
void           pulsar_systemd_reloaded  (PulsarSystemd *self,
                                         const GError  *error);

/* The program ends; @error (nullable) is why. Nothing is told after it. */
void           pulsar_systemd_ended     (PulsarSystemd *self,
                                         const GError  *error);

/* The program ends because of @error before it had a configuration. */
void           pulsar_systemd_tell_failure (const GError *error);

G_END_DECLS
