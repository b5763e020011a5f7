/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>
#include <pulsar-glib/supervision/pulsar-arbiter.h>

G_BEGIN_DECLS

/* What others have of a program that owns its process, and by which they know or steer it: the pid file, and the
 * service manager. */
typedef struct _PulsarControl PulsarControl;

/* Before anything is begun. */
PulsarControl *pulsar_control_new          (PulsarConfig   *config,
                                            PulsarArbiter  *arbiter,
                                            GError        **error) G_GNUC_WARN_UNUSED_RESULT;

/* All applications run. */
void           pulsar_control_started      (PulsarControl  *self);

/* A reload began; it ended, well or with @error (nullable). */
void           pulsar_control_reloading    (PulsarControl  *self);
void           pulsar_control_reloaded     (PulsarControl  *self,
                                            const GError   *error);

/* All has ended; @error (nullable) is why, if it was not asked for. */
void           pulsar_control_ended        (PulsarControl  *self,
                                            const GError   *error);
void           pulsar_control_free         (PulsarControl  *self);

/* A program does not start because of @error, and got no further than to its configuration. */
void           pulsar_control_tell_failure (const GError   *error);

/* Whether pulsar_control_new () would find what it needs, for a program that is not to start. */
gboolean       pulsar_control_check        (PulsarConfig   *config,
                                            GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarControl, pulsar_control_free)

G_END_DECLS
