/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-config-registration-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-suggest-private.h"

struct _PulsarConfigRegistration
{
  GHashTable *built_in;   /* (owned) the names of the library's settings */
  GPtrArray *free_names;  /* (owned) for which a class has a value though no setting bore them */
  GString *mistakes;      /* (owned) one a line */
};

PulsarConfigRegistration *
pulsar_config_registration_new (GListModel *settings)
{
  PulsarConfigRegistration *self = g_new0 (PulsarConfigRegistration, 1);

  self->built_in = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->free_names = g_ptr_array_new_with_free_func (g_free);
  self->mistakes = g_string_new (NULL);
  for (guint i = 0; i < g_list_model_get_n_items (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);

      g_hash_table_add (self->built_in, g_strdup (pulsar_setting_get_name (setting)));
    }
  return self;
}

void
pulsar_config_registration_free (PulsarConfigRegistration *self)
{
  g_hash_table_unref (self->built_in);
  g_ptr_array_unref (self->free_names);
  g_string_free (self->mistakes, TRUE);
  g_free (self);
}

static void
append (GString    *mistakes,
        const char *line)
{
  if (mistakes->len > 0)
    g_string_append_c (mistakes, '\n');
  g_string_append (mistakes, line);
}

gboolean
pulsar_config_registration_allows (PulsarConfigRegistration *self,
                                   PulsarSetting            *old_setting,
                                   PulsarSetting            *setting)
{
  const char *name = pulsar_setting_get_name (old_setting);
  const char *scope = pulsar_setting_get_scope (setting);
  g_autofree char *line = NULL;

  if (!g_hash_table_contains (self->built_in, name)
      || (scope != NULL && g_strcmp0 (scope, pulsar_setting_get_scope (old_setting)) == 0))
    return TRUE;
  line = g_strdup_printf (_("The program adds a setting “%s”, which the library has already: it needs another name, or "
                            "set_class_value () for another default"), name);
  append (self->mistakes, line);
  return FALSE;
}

void
pulsar_config_registration_add_wrong (PulsarConfigRegistration *self,
                                      const char               *message)
{
  g_autofree char *line = g_strdup_printf (_("A class has a wrong value: %s"), message);

  append (self->mistakes, line);
}

void
pulsar_config_registration_add_free (PulsarConfigRegistration *self,
                                     const char               *name)
{
  g_ptr_array_add (self->free_names, g_strdup (name));
}

/* The strings are lent by the settings. */
static GPtrArray *
list_names (GListModel *settings)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < g_list_model_get_n_items (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);
      const char * const *aliases = pulsar_setting_get_aliases (setting);

      g_ptr_array_add (names, (gpointer) pulsar_setting_get_name (setting));
      for (gsize j = 0; aliases[j] != NULL; j++)
        g_ptr_array_add (names, (gpointer) aliases[j]);
    }
  g_ptr_array_add (names, NULL);
  return names;
}

gboolean
pulsar_config_registration_check (PulsarConfigRegistration *self,
                                  GListModel               *settings,
                                  GError                  **error)
{
  g_autoptr(GPtrArray) names = list_names (settings);
  g_autoptr(GString) mistakes = g_string_new (self->mistakes->str);

  for (guint i = 0; i < self->free_names->len; i++)
    {
      const char *name = self->free_names->pdata[i];
      const char *meant = NULL;
      g_autofree char *line = NULL;

      if (!g_strv_contains ((const char * const *) names->pdata, name))
        meant = pulsar_suggest (name, (const char * const *) names->pdata);
      if (meant == NULL)
        continue;
      line = g_strdup_printf (_("A class has a value for “%s”, which is no setting; did you mean “%s”?"), name, meant);
      append (mistakes, line);
    }
  if (mistakes->len == 0)
    return TRUE;
  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, mistakes->str);
  return FALSE;
}
