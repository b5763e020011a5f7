/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/base/pulsar-restart-policy.h>
#include <pulsar-glib/process/pulsar-exit-record.h>

G_BEGIN_DECLS

/* Whether the worker whose end @record tells of is replaced. */
gboolean pulsar_restart_policy_replaces   (PulsarRestartPolicy  policy,
                                           PulsarExitRecord    *record);

/* Whether it ended in another way than it should: neither by itself with status 0, nor because it was asked to. */
gboolean pulsar_restart_policy_is_failure (PulsarExitRecord    *record);

G_END_DECLS
