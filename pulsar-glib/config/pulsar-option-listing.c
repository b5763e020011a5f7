/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/config/pulsar-option-listing-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

GPtrArray *
pulsar_option_listing_get_prefixes (PulsarOptionTable *table)
{
  GPtrArray *prefixes = g_ptr_array_new ();
  guint n = pulsar_option_table_get_n_options (table);

  g_ptr_array_add (prefixes, NULL);
  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *option = pulsar_option_table_get_option (table, i);

      if (option->kind == PULSAR_OPTION_HELP_APPLICATION)
        g_ptr_array_add (prefixes, option->prefix);
    }
  return prefixes;
}

static gboolean
is_listed (const PulsarOption *option,
           const char         *prefix)
{
  return option->kind == PULSAR_OPTION_SETTING
         && g_strcmp0 (option->prefix, prefix) == 0
         && ((pulsar_setting_get_flags (option->setting) & PULSAR_SETTING_HIDDEN) == 0
             || pulsar_setting_get_is_modified (option->setting));
}

GPtrArray *
pulsar_option_listing_get_settings (PulsarOptionTable *table,
                                    const char        *prefix)
{
  g_autoptr(GHashTable) done = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *options = g_ptr_array_new ();
  guint n = pulsar_option_table_get_n_options (table);

  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *first = pulsar_option_table_get_option (table, i);

      if (!is_listed (first, prefix) || !g_hash_table_add (done, (char *) pulsar_option_get_section (first)))
        continue;
      for (guint j = i; j < n; j++)
        {
          const PulsarOption *option = pulsar_option_table_get_option (table, j);

          if (is_listed (option, prefix)
              && strcmp (pulsar_option_get_section (option), pulsar_option_get_section (first)) == 0)
            g_ptr_array_add (options, (PulsarOption *) option);
        }
    }
  return options;
}

gboolean
pulsar_option_is_secret (const PulsarOption *option)
{
  return option->setting != NULL && (pulsar_setting_get_flags (option->setting) & PULSAR_SETTING_SECRET) != 0;
}

gboolean
pulsar_option_names_files (const PulsarOption *option)
{
  return strcmp (pulsar_setting_get_name (option->setting), "config") == 0;
}

const char *
pulsar_option_get_section (const PulsarOption *option)
{
  const char *section = pulsar_setting_get_section (option->setting);

  return section != NULL ? section : _("Other options");
}

const char *
pulsar_option_get_placeholder (const PulsarOption *option)
{
  const char *given = pulsar_setting_get_arg_description (option->setting);

  if (given != NULL)
    return given;

  switch (pulsar_setting_get_unit (option->setting))
    {
    case PULSAR_SETTING_UNIT_DURATION:
      return _("DURATION");
    case PULSAR_SETTING_UNIT_SIZE:
      return _("SIZE");
    case PULSAR_SETTING_UNIT_COMMAND:
      return _("COMMAND");
    case PULSAR_SETTING_UNIT_PLAIN:
    default:
      break;
    }

  switch (G_TYPE_FUNDAMENTAL (G_PARAM_SPEC_VALUE_TYPE (pulsar_setting_get_pspec (option->setting))))
    {
    case G_TYPE_INT:
    case G_TYPE_UINT:
    case G_TYPE_INT64:
    case G_TYPE_UINT64:
    case G_TYPE_DOUBLE:
      return _("NUMBER");
    case G_TYPE_STRING:
      return _("TEXT");
    case G_TYPE_ENUM:
      return _("NAME");
    default:
      return _("LIST");
    }
}

char *
pulsar_option_dup_common_summary (const PulsarOption *option)
{
  switch (option->kind)
    {
    case PULSAR_OPTION_HELP:
      return g_strdup (_("Show the options of the program"));
    case PULSAR_OPTION_HELP_ALL:
      return g_strdup (_("Show all options, explained"));
    case PULSAR_OPTION_HELP_APPLICATION:
      return g_strdup_printf (_("Show the options of %s"), option->title != NULL ? option->title : option->prefix);
    case PULSAR_OPTION_VERSION:
      return g_strdup (_("Show the version"));
    case PULSAR_OPTION_PRINT_CONFIG:
      return g_strdup (_("Print all values as a key file, with where they come from"));
    case PULSAR_OPTION_SHOW_SECRETS:
      return g_strdup (_("With --print-config, print secret values too"));
    case PULSAR_OPTION_CHECK_CONFIG:
      return g_strdup (_("Say what is wrong with the configuration, and start nothing"));
    case PULSAR_OPTION_PRINT_SCHEMA:
      return g_strdup (_("Print a JSON Schema of the configuration"));
    case PULSAR_OPTION_PRINT_COMPLETION:
      return g_strdup (_("Print a script with which a shell completes the options"));
    case PULSAR_OPTION_PRINT_MAN:
      return g_strdup (_("Print a manual page"));
    case PULSAR_OPTION_SETTING:
    default:
      return g_strdup (pulsar_setting_get_summary (option->setting));
    }
}

char *
pulsar_option_dup_variable (const PulsarOption *option)
{
  const char *name = pulsar_setting_get_name (option->setting);
  char *variable;

  if (option->prefix != NULL)
    variable = g_strdup_printf ("PULSAR_%s_%s", option->prefix, name);
  else
    variable = g_strdup_printf ("PULSAR_%s", name);
  for (char *at = variable; *at != '\0'; at++)
    *at = *at == '-' ? '_' : g_ascii_toupper (*at);
  return variable;
}

GVariant *
pulsar_option_get_default (const PulsarOption  *option,
                           const char         **word)
{
  const char *detail = NULL;
  GVariant *value = pulsar_setting_peek_layer (option->setting, PULSAR_ORIGIN_CLASS, word, &detail);

  return value != NULL ? value : pulsar_setting_peek_layer (option->setting, PULSAR_ORIGIN_DEFAULT, word, &detail);
}

/* Those that are no whole sentences have no full stop of their own. */
static gboolean
is_ended (const char *text)
{
  static const char * const ends[] = { ".", "!", "?", ":", "…", "。", "！", "？" };

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_suffix (text, ends[i]))
      return TRUE;
  return *text == '\0';
}

static void
append_sentence (GString    *text,
                 const char *sentence)
{
  if (sentence == NULL)
    return;
  if (!is_ended (text->str))
    g_string_append_c (text, '.');
  if (text->len > 0)
    g_string_append_c (text, ' ');
  g_string_append (text, sentence);
}

char *
pulsar_option_dup_explanation (const PulsarOption *option)
{
  g_autoptr(GString) text = g_string_new (pulsar_setting_get_summary (option->setting));

  append_sentence (text, pulsar_setting_get_description (option->setting));
  if (pulsar_option_is_secret (option))
    append_sentence (text, _("A secret: given in the environment or a key file, and not on the command line."));
  if ((pulsar_setting_get_flags (option->setting) & PULSAR_SETTING_RUNTIME) != 0)
    append_sentence (text, _("May change while the program runs."));
  append_sentence (text, "");
  return g_strdup (g_strchomp (text->str));
}

char *
pulsar_option_dup_default (const PulsarOption *option)
{
  const char *word = NULL;
  GVariant *value = pulsar_option_get_default (option, &word);

  return word != NULL ? g_strdup (word) : pulsar_setting_format (option->setting, value);
}

char **
pulsar_option_list_values (const PulsarOption *option)
{
  GParamSpec *pspec = pulsar_setting_get_pspec (option->setting);
  GVariant *words = pulsar_setting_get_words (option->setting);
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();

  if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;

      for (guint i = 0; i < klass->n_values; i++)
        g_strv_builder_add (builder, klass->values[i].value_nick);
    }
  else if (G_IS_PARAM_SPEC_FLAGS (pspec))
    {
      GFlagsClass *klass = G_PARAM_SPEC_FLAGS (pspec)->flags_class;

      for (guint i = 0; i < klass->n_values; i++)
        if (klass->values[i].value != 0)
          g_strv_builder_add (builder, klass->values[i].value_nick);
    }
  if (words != NULL)
    {
      GVariantIter iter;
      const char *word;

      g_variant_iter_init (&iter, words);
      while (g_variant_iter_loop (&iter, "{&sv}", &word, NULL))
        g_strv_builder_add (builder, word);
    }
  return g_strv_builder_end (builder);
}

PulsarOptionValue
pulsar_option_get_value_kind (const PulsarOption *option)
{
  static const struct
  {
    const char *text;
    PulsarOptionValue kind;
  } kinds[] = {
    { "FILE", PULSAR_OPTION_VALUE_FILE },
    { "PATH", PULSAR_OPTION_VALUE_FILE },
    { "FOLDER", PULSAR_OPTION_VALUE_FOLDER },
    { "USER", PULSAR_OPTION_VALUE_USER },
    { "GROUP", PULSAR_OPTION_VALUE_GROUP },
  };
  const char *given = pulsar_setting_peek_arg_description (option->setting);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (given, kinds[i].text) == 0)
      return kinds[i].kind;
  return PULSAR_OPTION_VALUE_OTHER;
}

char *
pulsar_option_dup_command_name (const char *argv0,
                                const char *program)
{
  if (argv0 == NULL || *argv0 == '\0' || g_str_has_suffix (argv0, "/"))
    return g_strdup (program);
  return g_path_get_basename (argv0);
}
