/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <glib-object.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

/**
 * PulsarRestartPolicy:
 * @PULSAR_RESTART_POLICY_ALWAYS: however it ended
 * @PULSAR_RESTART_POLICY_ON_FAILURE: unless it ended by itself with status 0
 * @PULSAR_RESTART_POLICY_NEVER: never
 *
 * When a worker that ended is replaced: the values of the setting `restart-policy`.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_RESTART_POLICY_ALWAYS,
  PULSAR_RESTART_POLICY_ON_FAILURE,
  PULSAR_RESTART_POLICY_NEVER,
} PulsarRestartPolicy;

G_END_DECLS
