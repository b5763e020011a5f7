/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-configurator-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

/* The names of applications: what is one, and what a class makes of its own. */

#define NAME_MAX_LENGTH 63

char *
pulsar_configurator_make_name (const char *type_name)
{
  static const char *const prefixes[] = { "Gjs_", "Pulsar" };
  const char *plus = strrchr (type_name, '+');
  const char *start = plus == NULL ? type_name : plus + 1;
  g_autofree char *name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    {
      if (g_str_has_prefix (start, prefixes[i]) && start[strlen (prefixes[i])] != '\0')
        start += strlen (prefixes[i]);
    }
  while (*start != '\0' && !g_ascii_isalpha (*start))
    start++;
  if (*start == '\0')
    return g_strdup ("application");

  name = g_strndup (start, NAME_MAX_LENGTH);
  for (char *c = name; *c != '\0'; c++)
    *c = g_ascii_isalnum (*c) || *c == '-' ? g_ascii_tolower (*c) : '_';
  return g_steal_pointer (&name);
}

/* [a-z][a-z0-9_-]{0,62} */
static gboolean
name_is_valid (const char *name)
{
  if (!g_ascii_islower (name[0]) || strlen (name) > NAME_MAX_LENGTH)
    return FALSE;
  for (const char *c = name; *c != '\0'; c++)
    {
      if (!g_ascii_islower (*c) && !g_ascii_isdigit (*c) && *c != '_' && *c != '-')
        return FALSE;
    }
  return TRUE;
}

gboolean
pulsar_configurator_check_name (PulsarConfigurator  *self,
                                GError             **error)
{
  const char *name = pulsar_configurator_get_name (self);

  if (name_is_valid (name))
    return TRUE;

  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
               _("“%s” is no name of an application: it has to begin with a small letter and may go on with small letters, "
                 "digits, “-” and “_”, %d characters in all"),
               name, NAME_MAX_LENGTH);
  return FALSE;
}
