/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <glib-object.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

/**
 * PulsarOnAppFailed:
 * @PULSAR_ON_APP_FAILED_KEEP: the other applications go on; with the last one the program ends
 * @PULSAR_ON_APP_FAILED_EXIT: the program ends
 *
 * What happens when an application has failed: the values of the setting `on-app-failed`.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_ON_APP_FAILED_KEEP,
  PULSAR_ON_APP_FAILED_EXIT,
} PulsarOnAppFailed;

G_END_DECLS
