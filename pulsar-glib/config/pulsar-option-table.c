/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-option-table-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"
#include "pulsar-glib/config/pulsar-suggest-private.h"

struct _PulsarOptionTable
{
  GPtrArray *options;     /* (owned) of PulsarOption, in the order help shows them */
  GPtrArray *configs;     /* (owned) of PulsarConfig, all applications */
  GHashTable *spellings;  /* (owned) “--name” or “-x” → PulsarOption */
  GHashTable *negations;  /* (owned) “--no-name” → PulsarOption */
  GHashTable *variables;  /* (owned) “PULSAR_NAME” → PulsarOption */
};

static void
option_free (PulsarOption *option)
{
  g_clear_object (&option->config);
  g_clear_object (&option->setting);
  g_clear_pointer (&option->prefix, g_free);
  g_clear_pointer (&option->title, g_free);
  g_clear_pointer (&option->flag, g_free);
  g_free (option);
}

static PulsarOption *
new_option (PulsarOptionTable *self,
            PulsarOptionKind   kind,
            const char        *flag)
{
  PulsarOption *option = g_new0 (PulsarOption, 1);

  option->kind = kind;
  option->flag = g_strdup (flag);
  g_ptr_array_add (self->options, option);
  return option;
}

/* Whose option it is, for an error. */
static char *
describe (const PulsarOption *option)
{
  if (option->setting == NULL)
    return g_strdup_printf (_("the common option “--%s”"), option->flag);
  if (option->title == NULL)
    return g_strdup_printf (_("the setting “%s” of the main application"), pulsar_setting_get_name (option->setting));
  if (option->prefix == NULL)
    return g_strdup_printf (_("the setting “%s” of the application “%s”"),
                            pulsar_setting_get_name (option->setting), option->title);
  return g_strdup_printf (_("the setting “%s” of the application “%s” with the prefix “%s”"),
                          pulsar_setting_get_name (option->setting), option->title, option->prefix);
}

/* Takes @key. */
static gboolean
register_key (GHashTable     *keys,
              GHashTable     *other_keys,
              char           *key,
              PulsarOption   *option,
              GError        **error)
{
  g_autofree char *owned = key;
  PulsarOption *other = g_hash_table_lookup (keys, key);
  g_autofree char *one = NULL;
  g_autofree char *two = NULL;

  if (other == NULL && other_keys != NULL)
    other = g_hash_table_lookup (other_keys, key);
  if (other == option)
    return TRUE;
  if (other == NULL)
    {
      g_hash_table_insert (keys, g_steal_pointer (&owned), option);
      return TRUE;
    }

  one = describe (other);
  two = describe (option);
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
               _("“%s” would mean both %s and %s; change one of the prefixes, or the name or flag of a setting"), key, one, two);
  return FALSE;
}

static gboolean
register_flag (PulsarOptionTable  *self,
               PulsarOption       *option,
               const char         *flag,
               GError            **error)
{
  if (!register_key (self->spellings, self->negations, g_strconcat ("--", flag, NULL), option, error))
    return FALSE;
  return !pulsar_option_is_boolean (option)
         || register_key (self->negations, self->spellings, g_strconcat ("--no-", flag, NULL), option, error);
}

static gboolean
register_variable (PulsarOptionTable  *self,
                   PulsarOption       *option,
                   const char         *name,
                   GError            **error)
{
  g_autofree char *variable = NULL;

  if (option->prefix != NULL)
    variable = g_strdup_printf ("PULSAR_%s_%s", option->prefix, name);
  else
    variable = g_strdup_printf ("PULSAR_%s", name);
  for (char *at = variable; *at != '\0'; at++)
    *at = *at == '-' ? '_' : g_ascii_toupper (*at);
  if (pulsar_variable_is_reserved (variable))
    return TRUE;
  return register_key (self->variables, NULL, g_steal_pointer (&variable), option, error);
}

static gboolean
register_option (PulsarOptionTable  *self,
                 PulsarOption       *option,
                 GError            **error)
{
  const char * const *aliases = pulsar_setting_get_aliases (option->setting);
  const char *short_flag = pulsar_setting_get_short_flag (option->setting);

  if (!register_flag (self, option, option->flag, error)
      || !register_variable (self, option, pulsar_setting_get_name (option->setting), error))
    return FALSE;
  if (short_flag != NULL && option->prefix == NULL
      && !register_key (self->spellings, NULL, g_strconcat ("-", short_flag, NULL), option, error))
    return FALSE;

  for (gsize i = 0; aliases[i] != NULL; i++)
    {
      g_autofree char *alias = pulsar_setting_canonical_name (aliases[i]);
      g_autofree char *flag = NULL;

      if (option->prefix != NULL)
        flag = g_strdup_printf ("%s-%s", option->prefix, alias);
      if (!register_flag (self, option, flag != NULL ? flag : alias, error)
          || !register_variable (self, option, alias, error))
        return FALSE;
    }
  return TRUE;
}

PulsarOptionTable *
pulsar_option_table_new (void)
{
  static const struct
  {
    PulsarOptionKind kind;
    const char *flag;
  } common[] = {
    { PULSAR_OPTION_HELP, "help" },
    { PULSAR_OPTION_HELP_ALL, "help-all" },
    { PULSAR_OPTION_VERSION, "version" },
    { PULSAR_OPTION_PRINT_CONFIG, "print-config" },
    { PULSAR_OPTION_SHOW_SECRETS, "show-secrets" },
    { PULSAR_OPTION_CHECK_CONFIG, "check-config" },
    { PULSAR_OPTION_PRINT_SCHEMA, "print-schema" },
    { PULSAR_OPTION_PRINT_COMPLETION, "print-completion" },
    { PULSAR_OPTION_PRINT_MAN, "print-man" },
  };
  PulsarOptionTable *self = g_new0 (PulsarOptionTable, 1);

  self->options = g_ptr_array_new_with_free_func ((GDestroyNotify) option_free);
  self->configs = g_ptr_array_new_with_free_func (g_object_unref);
  self->spellings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->negations = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->variables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (common); i++)
    {
      PulsarOption *option = new_option (self, common[i].kind, common[i].flag);

      g_hash_table_insert (self->spellings, g_strconcat ("--", common[i].flag, NULL), option);
    }
  return self;
}

void
pulsar_option_table_free (PulsarOptionTable *self)
{
  g_clear_pointer (&self->spellings, g_hash_table_unref);
  g_clear_pointer (&self->negations, g_hash_table_unref);
  g_clear_pointer (&self->variables, g_hash_table_unref);
  g_clear_pointer (&self->options, g_ptr_array_unref);
  g_clear_pointer (&self->configs, g_ptr_array_unref);
  g_free (self);
}

/* The global setting of @config called @name, NULL if there is none. */
static PulsarSetting *
find_global (PulsarConfig *config,
             const char   *name)
{
  PulsarSetting *setting = pulsar_config_get_setting (config, name);

  if (setting == NULL || (pulsar_setting_get_flags (setting) & PULSAR_SETTING_GLOBAL) == 0)
    return NULL;
  return setting;
}

static gboolean
is_global_elsewhere (PulsarOptionTable *self,
                     const char        *name)
{
  for (guint i = 0; i < self->configs->len; i++)
    if (find_global (self->configs->pdata[i], name) != NULL)
      return TRUE;
  return FALSE;
}

gboolean
pulsar_option_table_add (PulsarOptionTable  *self,
                         PulsarConfig       *config,
                         const char         *prefix,
                         const char         *title,
                         GError            **error)
{
  GListModel *settings = pulsar_config_get_settings (config);
  guint n = g_list_model_get_n_items (settings);

  if (prefix != NULL)
    {
      g_autofree char *flag = g_strconcat ("help-", prefix, NULL);
      PulsarOption *option = new_option (self, PULSAR_OPTION_HELP_APPLICATION, flag);

      option->prefix = g_strdup (prefix);
      option->title = g_strdup (title);
      if (!register_flag (self, option, flag, error))
        return FALSE;
    }

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);
      const char *flag = pulsar_setting_get_flag (setting);
      gboolean is_global = (pulsar_setting_get_flags (setting) & PULSAR_SETTING_GLOBAL) != 0;
      gboolean prefixed = prefix != NULL && !is_global;
      g_autofree char *prefixed_flag = prefixed ? g_strdup_printf ("%s-%s", prefix, flag) : NULL;
      PulsarOption *option = NULL;

      if (is_global && is_global_elsewhere (self, pulsar_setting_get_name (setting)))
        continue;
      option = new_option (self, PULSAR_OPTION_SETTING, prefixed ? prefixed_flag : flag);
      option->config = g_object_ref (config);
      option->setting = g_object_ref (setting);
      option->prefix = prefixed ? g_strdup (prefix) : NULL;
      option->title = g_strdup (title);
      if (!register_option (self, option, error))
        return FALSE;
    }
  g_ptr_array_add (self->configs, g_object_ref (config));
  return TRUE;
}

guint
pulsar_option_table_get_n_options (PulsarOptionTable *self)
{
  return self->options->len;
}

const PulsarOption *
pulsar_option_table_get_option (PulsarOptionTable *self,
                                guint              position)
{
  return self->options->pdata[position];
}

const PulsarOption *
pulsar_option_table_find (PulsarOptionTable *self,
                          const char        *spelling,
                          gboolean          *negated)
{
  g_autofree char *canonical = pulsar_setting_canonical_name (spelling);
  const PulsarOption *option = g_hash_table_lookup (self->negations, canonical);

  *negated = option != NULL;
  return option != NULL ? option : g_hash_table_lookup (self->spellings, canonical);
}

const PulsarOption *
pulsar_option_table_find_variable (PulsarOptionTable *self,
                                   const char        *variable)
{
  return g_hash_table_lookup (self->variables, variable);
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

const char *
pulsar_option_table_suggest (PulsarOptionTable *self,
                             const char        *spelling)
{
  g_autofree char *canonical = pulsar_setting_canonical_name (spelling);
  g_autoptr(GPtrArray) candidates = g_ptr_array_new ();
  GHashTable *tables[] = { self->spellings, self->negations };
  const char *found;

  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      GHashTableIter iter;
      gpointer key;

      g_hash_table_iter_init (&iter, tables[i]);
      while (g_hash_table_iter_next (&iter, &key, NULL))
        if (g_str_has_prefix (key, "--"))
          g_ptr_array_add (candidates, (char *) key + strlen ("--"));
    }
  /* A hash table has no order, but the same mistake always gets the same answer. */
  g_ptr_array_sort (candidates, compare_strings);
  g_ptr_array_add (candidates, NULL);

  found = pulsar_suggest (canonical + strspn (canonical, "-"), (const char * const *) candidates->pdata);
  return found != NULL ? found - strlen ("--") : NULL;
}

const char *
pulsar_option_table_suggest_variable (PulsarOptionTable *self,
                                      const char        *variable)
{
  g_autoptr(GPtrArray) candidates = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;
  const char *found;

  g_hash_table_iter_init (&iter, self->variables);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (candidates, (char *) key + strlen ("PULSAR_"));
  g_ptr_array_sort (candidates, compare_strings);
  g_ptr_array_add (candidates, NULL);

  /* What all of them begin with says nothing about which is meant. */
  found = pulsar_suggest (variable + strlen ("PULSAR_"), (const char * const *) candidates->pdata);
  return found != NULL ? found - strlen ("PULSAR_") : NULL;
}

gboolean
pulsar_option_table_set (PulsarOptionTable   *self,
                         const PulsarOption  *option,
                         GVariant            *value,
                         PulsarOrigin         origin,
                         const char          *detail,
                         GError             **error)
{
  const char *name = pulsar_setting_get_name (option->setting);
  g_autoptr(GVariant) hold G_GNUC_UNUSED = g_variant_ref_sink (value);

  if ((pulsar_setting_get_flags (option->setting) & PULSAR_SETTING_GLOBAL) == 0)
    return pulsar_config_set_from (option->config, name, value, origin, detail, error);

  for (guint i = 0; i < self->configs->len; i++)
    {
      PulsarConfig *config = self->configs->pdata[i];

      if (find_global (config, name) != NULL
          && !pulsar_config_set_from (config, name, value, origin, detail, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
pulsar_option_is_boolean (const PulsarOption *option)
{
  return option->setting != NULL
         && g_variant_is_of_type (pulsar_setting_get_value (option->setting), G_VARIANT_TYPE_BOOLEAN);
}

gboolean
pulsar_variable_is_reserved (const char *variable)
{
  static const char * const reserved[] = { "PULSAR_ACTOR", "PULSAR_DAEMON", "PULSAR_UPGRADE", NULL };

  return g_strv_contains (reserved, variable);
}
