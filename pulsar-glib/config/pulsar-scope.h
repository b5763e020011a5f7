/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <pulsar-glib/base/pulsar-version-macros.h>
#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/**
 * PulsarScopeFunc:
 * @config: the configuration of an application that asked for the scope
 * @user_data: data given to [func@Pulsar.scope_register]
 *
 * Adds the settings of a scope to a configuration, with [method@Pulsar.Config.add_setting].
 *
 * Since: 0.1
 */
typedef void (*PulsarScopeFunc) (PulsarConfig *config,
                                 gpointer      user_data);

PULSAR_AVAILABLE_IN_ALL
void     pulsar_scope_register   (const char       *name,
                                  PulsarScopeFunc   func,
                                  gpointer          user_data,
                                  GDestroyNotify    destroy);
PULSAR_AVAILABLE_IN_ALL
gboolean pulsar_config_add_scope (PulsarConfig     *self,
                                  const char       *name,
                                  GError          **error);

G_END_DECLS
