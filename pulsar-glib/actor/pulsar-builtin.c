/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-command-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-request-private.h"
#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-config-private.h"

/* The commands every actor has: ping, echo, info, stop, config. */

static void
ping_cb (PulsarRequest *request,
         gpointer       user_data)
{
  pulsar_request_return_value (request, g_variant_new ("(s)", "pong"));
}

static void
echo_cb (PulsarRequest *request,
         gpointer       user_data)
{
  pulsar_request_return_value_with_fds (request, pulsar_request_get_arguments (request),
                                        pulsar_request_get_fd_list (request));
}

static void
info_cb (PulsarRequest *request,
         gpointer       user_data)
{
  g_autoptr(GVariant) info = pulsar_actor_dup_info (pulsar_request_get_actor (request));

  pulsar_request_return_value (request, g_variant_new ("(@a{sv})", info));
}

static void
stop_cb (PulsarRequest *request,
         gpointer       user_data)
{
  PulsarActor *actor = pulsar_request_get_actor (request);

  /* The answer first: an actor that has stopped may have no channel any more. */
  pulsar_request_return_value (request, NULL);
  pulsar_actor_stop (actor);
}

static GVariant *
config_get (PulsarConfig    *config,
            const char      *name,
            PulsarRelation   relation,
            GError         **error)
{
  PulsarSetting *setting = pulsar_config_get_setting (config, name);
  GVariant *value;

  if (setting != NULL && (pulsar_setting_get_flags (setting) & PULSAR_SETTING_SECRET))
    switch (relation)
      {
      case PULSAR_RELATION_SELF:
        break;
      case PULSAR_RELATION_CONTROL:
        return g_variant_ref_sink (g_variant_new_string ("***"));
      case PULSAR_RELATION_SIBLING:
      case PULSAR_RELATION_SUPERVISOR:
      default:
        g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
                     _("Setting “%s” is secret: no message tells it to another process"), name);
        return NULL;
      }

  value = pulsar_config_get_value (config, name);
  if (value == NULL)
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
                 _("There is no setting and no parameter “%s”"), name);
  return value;
}

/* @follow: the caller, which is the supervisor, has set it for itself and its workers; else this actor alone is meant. */
static gboolean
config_set (PulsarConfig    *config,
            const char      *name,
            GVariant        *value,
            gboolean         follow,
            PulsarRelation   relation,
            GError         **error)
{
  PulsarSetting *setting = pulsar_config_get_setting (config, name);

  if (relation == PULSAR_RELATION_SIBLING)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
                   _("Command “config” may not set anything for a caller of relation “%s”"), "sibling");
      return FALSE;
    }
  if (setting == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS, _("There is no setting “%s”"), name);
      return FALSE;
    }
  if (!(pulsar_setting_get_flags (setting) & PULSAR_SETTING_RUNTIME))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
                   _("Setting “%s” cannot change while the program runs"), name);
      return FALSE;
    }
  if (follow)
    return pulsar_config_follow (config, name, value, error);
  return pulsar_config_set_value (config, name, value, error);
}

static void
config_cb (PulsarRequest *request,
           gpointer       user_data)
{
  PulsarConfig *config = pulsar_actor_get_config (pulsar_request_get_actor (request));
  PulsarRelation relation = pulsar_request_get_relation (request);
  g_autoptr(GVariant) value = NULL;
  const char *operation;
  const char *name;
  GError *error = NULL;

  g_variant_get (pulsar_request_get_arguments (request), "(&s&smv)", &operation, &name, &value);
  if (config == NULL)
    error = g_error_new (PULSAR_ERROR, PULSAR_ERROR_FAILED, _("Actor “%s” has no configuration"),
                         pulsar_actor_get_name (pulsar_request_get_actor (request)));
  else if (g_str_equal (operation, "get"))
    {
      g_autoptr(GVariant) found = config_get (config, name, relation, &error);

      if (found != NULL)
        {
          pulsar_request_return_value (request, g_variant_new ("(v)", found));
          return;
        }
    }
  else if (value != NULL
           && (g_str_equal (operation, "set")
               || (g_str_equal (operation, "follow") && relation == PULSAR_RELATION_SUPERVISOR)))
    {
      if (config_set (config, name, value, g_str_equal (operation, "follow"), relation, &error))
        {
          pulsar_request_return_value (request, NULL);
          return;
        }
    }
  else
    error = g_error_new (PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
                         _("Command “config” takes “get” and a name, or “set”, a name and a value, not “%s”"), operation);
  pulsar_request_take_error (request, error);
}

void
pulsar_builtin_install (void)
{
  const PulsarCommandCallers trusted =
    PULSAR_COMMAND_CALLERS_SELF | PULSAR_COMMAND_CALLERS_SUPERVISOR | PULSAR_COMMAND_CALLERS_CONTROL;

  pulsar_command_register_builtin ("ping", "()", PULSAR_COMMAND_CALLERS_ANY, ping_cb, NULL);
  pulsar_command_register_builtin ("echo", "r", PULSAR_COMMAND_CALLERS_ANY, echo_cb, NULL);
  pulsar_command_register_builtin ("info", "()", PULSAR_COMMAND_CALLERS_ANY, info_cb, NULL);
  pulsar_command_register_builtin ("stop", "()", trusted, stop_cb, NULL);
  /* Who may do which of the two, and with what, is decided there. */
  pulsar_command_register_builtin ("config", "(ssmv)", PULSAR_COMMAND_CALLERS_ANY, config_cb, NULL);
}
