/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* What others have of a program that owns its process, and by which they know or steer it: the pid file. */
typedef struct _PulsarControl PulsarControl;

/* Before anything is begun. */
PulsarControl *pulsar_control_new   (PulsarConfig   *config,
                                     GError        **error) G_GNUC_WARN_UNUSED_RESULT;

/* After all has ended. */
void           pulsar_control_free  (PulsarControl  *self);

/* Whether pulsar_control_new () would find what it needs, for a program that is not to start. */
gboolean       pulsar_control_check (PulsarConfig   *config,
                                     GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarControl, pulsar_control_free)

G_END_DECLS
