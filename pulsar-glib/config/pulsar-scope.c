/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-scope.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

typedef struct
{
  PulsarScopeFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Scope;

static GMutex mutex;
static GHashTable *scopes;  /* (owned) (nullable) name → Scope, under the mutex */

static void
scope_clear (gpointer data)
{
  Scope *scope = data;

  if (scope->destroy != NULL)
    scope->destroy (scope->user_data);
}

static void
scope_unref (gpointer scope)
{
  g_rc_box_release_full (scope, scope_clear);
}

static Scope *
find_scope (const char *name)
{
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&mutex);
  Scope *scope = scopes != NULL ? g_hash_table_lookup (scopes, name) : NULL;

  return scope != NULL ? g_rc_box_acquire (scope) : NULL;
}

/**
 * pulsar_scope_register:
 * @name: the name of the scope, such as `socket`
 * @func: (scope notified) (closure user_data) (destroy destroy): adds the settings of the scope to a configuration
 * @user_data: data for @func
 * @destroy: (nullable): frees @user_data
 *
 * Registers a scope: settings that belong together, for applications that ask for them with
 * [method@Pulsar.Config.add_scope].
 *
 * A library of servers registers one, for instance, so that an application of any language has its settings in one line.
 * One of the same name is replaced.
 *
 * Since: 0.1
 */
void
pulsar_scope_register (const char      *name,
                       PulsarScopeFunc  func,
                       gpointer         user_data,
                       GDestroyNotify   destroy)
{
  g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = NULL;
  Scope *scope;

  g_return_if_fail (name != NULL);
  g_return_if_fail (func != NULL);

  scope = g_rc_box_new0 (Scope);
  scope->func = func;
  scope->user_data = user_data;
  scope->destroy = destroy;
  locker = g_mutex_locker_new (&mutex);
  if (scopes == NULL)
    scopes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, scope_unref);
  g_hash_table_replace (scopes, g_strdup (name), scope);
}

/**
 * pulsar_config_add_scope:
 * @self: a configuration
 * @name: the name of a scope
 * @error: return location for an error
 *
 * Adds the settings of a scope, as [signal@Pulsar.Configurator::register-settings] does for an application.
 *
 * The library has the scope `socket` once the type [class@Pulsar.SocketServer] is there; others are made by
 * [func@Pulsar.scope_register].
 *
 * Returns: `TRUE` if the settings were added, otherwise `PULSAR_ERROR_CONFIGURATION` if nobody registered the scope
 *
 * Since: 0.1
 */
gboolean
pulsar_config_add_scope (PulsarConfig  *self,
                         const char    *name,
                         GError       **error)
{
  Scope *scope;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  /* Its function may register another scope. */
  scope = find_scope (name);
  if (scope == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, _("There is no scope “%s” of settings"), name);
      return FALSE;
    }
  scope->func (self, scope->user_data);
  scope_unref (scope);
  return TRUE;
}
