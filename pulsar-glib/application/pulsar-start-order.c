/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-start-order-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/application/pulsar-application-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/supervision/pulsar-arbiter-private.h"

static const char *
get_name (PulsarApplication *application)
{
  return pulsar_configurator_get_name (PULSAR_CONFIGURATOR (application));
}

static char **
dup_after (PulsarApplication *application)
{
  return pulsar_config_dup_strv (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), "after");
}

static PulsarApplication *
find (GPtrArray  *applications,
      const char *name)
{
  for (guint i = 0; i < applications->len; i++)
    {
      PulsarApplication *application = g_ptr_array_index (applications, i);

      if (g_str_equal (get_name (application), name) || g_strcmp0 (pulsar_application_get_prefix (application), name) == 0)
        return application;
    }
  return NULL;
}

/* That of an application that is no part of this start. */
static PulsarMonitor *
find_elsewhere (const char *name)
{
  PulsarArbiter *arbiter = pulsar_arbiter_get_active ();

  return arbiter != NULL ? pulsar_arbiter_get_monitor (arbiter, name) : NULL;
}

static gboolean
is_starting (PulsarMonitor *monitor)
{
  GObject *application = pulsar_monitor_get_application (monitor);

  return application != NULL && pulsar_application_get_startup (PULSAR_APPLICATION (application)) != NULL;
}

static char *
list_names (GPtrArray         *applications,
            PulsarApplication *except)
{
  g_autoptr(GString) names = g_string_new (NULL);

  for (guint i = 0; i < applications->len; i++)
    {
      PulsarApplication *application = g_ptr_array_index (applications, i);
      const char *prefix = pulsar_application_get_prefix (application);

      if (application == except)
        continue;
      g_string_append_printf (names, "%s“%s”", names->len > 0 ? ", " : "", prefix != NULL ? prefix : get_name (application));
    }
  if (names->len == 0)
    g_string_append (names, _("none"));
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static gboolean
check_names (GPtrArray  *applications,
             GError    **error)
{
  for (guint i = 0; i < applications->len; i++)
    {
      PulsarApplication *application = g_ptr_array_index (applications, i);
      g_auto(GStrv) after = dup_after (application);

      for (guint k = 0; after[k] != NULL; k++)
        {
          PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application));
          PulsarMonitor *elsewhere = find_elsewhere (after[k]);
          g_autofree char *source = NULL, *names = NULL;

          if (find (applications, after[k]) != NULL)
            continue;
          if (elsewhere != NULL && is_starting (elsewhere))
            {
              g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING,
                           _("“%s” is to start after “%s”, which is still starting; start it when that runs"),
                           get_name (application), after[k]);
              return FALSE;
            }
          if (elsewhere != NULL)
            continue;
          source = pulsar_config_describe_source (config, "after");
          names = list_names (applications, application);
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                       _("%s: “%s” is to start after “%s”, and no application is called so; allowed: %s"),
                       source, get_name (application), after[k], names);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
pulsar_start_order_has (GPtrArray         *applications,
                        PulsarApplication *application,
                        PulsarApplication *other)
{
  g_auto(GStrv) after = dup_after (application);

  for (guint i = 0; after[i] != NULL; i++)
    {
      if (find (applications, after[i]) == other)
        return TRUE;
    }
  return FALSE;
}

/* The first of those in @waiting that @application is to start after, or NULL. */
static PulsarApplication *
find_reason (GPtrArray         *applications,
             GPtrArray         *waiting,
             PulsarApplication *application)
{
  for (guint i = 0; i < waiting->len; i++)
    {
      if (pulsar_start_order_has (applications, application, g_ptr_array_index (waiting, i)))
        return g_ptr_array_index (waiting, i);
    }
  return NULL;
}

/* Each of @waiting is to start after another one of them: whoever follows that comes to where he was. */
static void
set_circle_error (GPtrArray  *applications,
                  GPtrArray  *waiting,
                  GError    **error)
{
  g_autoptr(GPtrArray) path = g_ptr_array_new ();
  g_autoptr(GString) circle = g_string_new (NULL);
  PulsarApplication *application = g_ptr_array_index (waiting, 0);
  g_autofree char *source = NULL;
  guint first;

  while (!g_ptr_array_find (path, application, &first))
    {
      g_ptr_array_add (path, application);
      application = find_reason (applications, waiting, application);
    }
  for (guint i = first; i < path->len; i++)
    g_string_append_printf (circle, "“%s” → ", get_name (g_ptr_array_index (path, i)));
  g_string_append_printf (circle, "“%s”", get_name (application));

  source = pulsar_config_describe_source (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), "after");
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
               _("%s: none of these applications can start, since each is to start after the next: %s"), source, circle->str);
}

GPtrArray *
pulsar_start_order_sort (GPtrArray  *applications,
                         GError    **error)
{
  g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GPtrArray) waiting = g_ptr_array_new ();

  if (!check_names (applications, error))
    return NULL;

  for (guint i = 0; i < applications->len; i++)
    g_ptr_array_add (waiting, g_ptr_array_index (applications, i));
  while (waiting->len > 0)
    {
      guint next = 0;

      while (next < waiting->len && find_reason (applications, waiting, g_ptr_array_index (waiting, next)) != NULL)
        next++;
      if (next == waiting->len)
        {
          set_circle_error (applications, waiting, error);
          return NULL;
        }
      g_ptr_array_add (order, g_object_ref (g_ptr_array_steal_index (waiting, next)));
    }
  return g_steal_pointer (&order);
}
