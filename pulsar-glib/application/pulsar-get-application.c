/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-application-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-command-private.h"
#include "pulsar-glib/application/pulsar-configurator-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"
#include "pulsar-glib/supervision/pulsar-arbiter-private.h"

/* Applications by name, from any process of the tree. The process of the arbiter has the objects; others get the type and the
 * configuration, and make an instance of it. */

static GError *
make_unknown_error (const char *name)
{
  return g_error_new (PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_APPLICATION, _("There is no application “%s”"), name);
}

/* Without the secrets: a worker is less trusted, and has those of its own application anyway. */
static GVariant *
dup_public_snapshot (PulsarConfig *config)
{
  g_autoptr(PulsarConfig) copy = pulsar_config_copy (config);
  GListModel *settings = pulsar_config_get_settings (copy);

  for (guint i = 0; i < g_list_model_get_n_items (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);

      if (pulsar_setting_get_flags (setting) & PULSAR_SETTING_SECRET)
        pulsar_setting_restore (setting, PULSAR_ORIGIN_DEFAULT, NULL, NULL, NULL);
    }
  return pulsar_config_to_snapshot (copy);
}

static void
answer_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = PULSAR_REQUEST (user_data);
  g_autoptr(PulsarApplication) application = NULL;
  g_autoptr(GVariant) snapshot = NULL;
  g_autoptr(GError) error = NULL;

  application = pulsar_get_application_finish (result, &error);
  if (application == NULL)
    {
      pulsar_request_return_error (request, error);
      return;
    }

  snapshot = dup_public_snapshot (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)));
  pulsar_request_return_value (request, g_variant_new ("(sv)", G_OBJECT_TYPE_NAME (application), snapshot));
}

static void
get_application_command (PulsarRequest *request,
                         gpointer       user_data)
{
  const char *name;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &name);
  if (pulsar_arbiter_get_active () == NULL)
    {
      g_autoptr(GError) error = make_unknown_error (name);

      pulsar_request_return_error (request, error);
      return;
    }
  pulsar_get_application_async (name, NULL, answer_cb, g_object_ref (request));
}

void
pulsar_application_install_commands (void)
{
  pulsar_command_register_builtin ("get-application", "(s)", PULSAR_COMMAND_CALLERS_ANY, get_application_command, NULL);
}

static PulsarApplication *
make_instance (const char  *name,
               GVariant    *answer,
               GError     **error)
{
  g_autoptr(GVariant) snapshot = NULL;
  g_autoptr(PulsarApplication) application = NULL;
  const char *type_name;
  GType type;

  if (!g_variant_is_of_type (answer, G_VARIANT_TYPE ("(sv)")))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR, _("The arbiter answered with “%s” instead of “(sv)”"),
                   g_variant_get_type_string (answer));
      return NULL;
    }

  g_variant_get (answer, "(&sv)", &type_name, &snapshot);
  type = g_type_from_name (type_name);
  if (type == G_TYPE_INVALID || !g_type_is_a (type, PULSAR_TYPE_APPLICATION))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_TYPE,
                   _("Application “%s” is of type “%s”, which this process does not know"), name, type_name);
      return NULL;
    }

  application = g_object_new (type, "name", name, NULL);
  if (!pulsar_config_apply_snapshot (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), snapshot, error))
    return NULL;
  pulsar_configurator_set_loaded (PULSAR_CONFIGURATOR (application));
  return g_steal_pointer (&application);
}

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(GTask) task = G_TASK (user_data);
  g_autoptr(GVariant) answer = NULL;
  PulsarApplication *application;
  GError *error = NULL;

  answer = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);
  application = answer == NULL ? NULL : make_instance (g_task_get_task_data (task), answer, &error);
  if (application == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, application, g_object_unref);
}

/**
 * pulsar_get_application_async:
 * @name: the name of an application
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async) (closure user_data): called with the application
 * @user_data: data for @callback
 *
 * Gets an application of this program, from any of its processes.
 *
 * In the process of the arbiter, and in a worker of that very application, it is the living object; the call waits until
 * its start has ended, and fails with what ended it. Elsewhere it is an instance of its own with the same class and
 * configuration: what is changed in it changes nothing anywhere.
 *
 * `PULSAR_ERROR_UNKNOWN_APPLICATION` if there is none of that name, `PULSAR_ERROR_UNKNOWN_TYPE` if this process
 * does not know its class, `PULSAR_ERROR_NOT_RUNNING` where no program runs.
 *
 * Since: 0.1
 */
void
pulsar_get_application_async (const char          *name,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_autoptr(GTask) task = NULL;
  PulsarApplication *own = pulsar_program_get_worker_application ();
  PulsarArbiter *arbiter = pulsar_arbiter_get_active ();
  PulsarMonitor *monitor;
  PulsarActor *actor;

  g_return_if_fail (name != NULL);
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, pulsar_get_application_async);
  g_task_set_task_data (task, g_strdup (name), g_free);

  if (own != NULL && g_str_equal (pulsar_configurator_get_name (PULSAR_CONFIGURATOR (own)), name))
    {
      g_task_return_pointer (task, g_object_ref (own), g_object_unref);
      return;
    }

  if (arbiter != NULL)
    {
      monitor = pulsar_arbiter_get_monitor (arbiter, name);
      if (monitor == NULL || pulsar_monitor_get_application (monitor) == NULL)
        g_task_return_error (task, make_unknown_error (name));
      else
        pulsar_application_wait (PULSAR_APPLICATION (pulsar_monitor_get_application (monitor)), g_steal_pointer (&task));
      return;
    }

  actor = pulsar_actor_get_current ();
  if (actor == NULL)
    {
      g_task_return_new_error (task, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("No application runs in this process"));
      return;
    }
  pulsar_actor_send_async (actor, "arbiter", "get-application", g_variant_new ("(s)", name), NULL, PULSAR_TIMEOUT_DEFAULT,
                           cancellable, answered_cb, g_steal_pointer (&task));
}

/**
 * pulsar_get_application_finish:
 * @result: the result given to the callback
 * @error: return location for an error
 *
 * Finishes [func@Pulsar.get_application_async].
 *
 * Returns: (transfer full): the application, or `NULL` with @error set
 *
 * Since: 0.1
 */
PulsarApplication *
pulsar_get_application_finish (GAsyncResult  *result,
                               GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
