/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-start-check-private.h"

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/application/pulsar-application-private.h"
#include "pulsar-glib/application/pulsar-start-order-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/control/pulsar-control-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/process/pulsar-process-attributes-private.h"

/* @error is taken. */
static void
append (GString *errors,
        GError  *error)
{
  g_autoptr(GError) owned = error;

  if (owned == NULL || strstr (errors->str, owned->message) != NULL)
    return;  /* what is wrong with a global setting is so for each application */
  if (errors->len > 0)
    g_string_append_c (errors, '\n');
  g_string_append (errors, owned->message);
}

static void
check_log (PulsarConfig *config,
           GString      *errors)
{
  g_auto(GStrv) handlers = pulsar_config_dup_strv (config, "log-handlers");
  g_autofree char *source = pulsar_config_describe_source (config, "log-handlers");
  GError *error = NULL;

  if (!pulsar_log_try ((const char * const *) handlers, source, &error))
    append (errors, error);
}

static void
check_one (PulsarApplication *application,
           GString           *errors)
{
  const PulsarApplicationSlots *slots = pulsar_application_get_slots (application);
  GError *error = NULL;

  if (!pulsar_process_attributes_check (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), &error))
    append (errors, g_steal_pointer (&error));
  if (slots->check != NULL && !slots->check (application, &error))
    append (errors, g_steal_pointer (&error));
}

gboolean
pulsar_start_check_beside (GPtrArray  *applications,
                           GError    **error)
{
  g_autoptr(GPtrArray) order = pulsar_start_order_sort (applications, error);

  if (order == NULL)
    return FALSE;

  for (guint i = 0; i < applications->len; i++)
    {
      const PulsarApplicationSlots *slots = pulsar_application_get_slots (applications->pdata[i]);

      for (guint j = 0; slots->check_beside != NULL && j < i; j++)
        {
          if (pulsar_application_get_slots (applications->pdata[j])->check_beside == slots->check_beside
              && !slots->check_beside (applications->pdata[i], applications->pdata[j], error))
            return FALSE;
        }
    }
  return TRUE;
}

gboolean
pulsar_start_check (GPtrArray  *applications,
                    GError    **error)
{
  g_autoptr(GString) errors = g_string_new (NULL);
  GError *control_error = NULL, *beside = NULL;

  check_log (pulsar_configurator_get_config (applications->pdata[0]), errors);
  if (!pulsar_control_check (pulsar_configurator_get_config (applications->pdata[0]), &control_error))
    append (errors, control_error);
  for (guint i = 0; i < applications->len; i++)
    check_one (applications->pdata[i], errors);
  if (!pulsar_start_check_beside (applications, &beside))
    append (errors, beside);

  if (errors->len == 0)
    return TRUE;
  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, errors->str);
  return FALSE;
}
