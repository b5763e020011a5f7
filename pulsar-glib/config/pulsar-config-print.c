/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/config/pulsar-config-print-private.h"
#include "pulsar-glib/config/pulsar-option-listing-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

#define GROUP_MAIN "pulsar"
#define GROUP_PARAMETERS "params"

typedef struct
{
  GString *text;
  PulsarOptionTable *table;  /* (unowned) */
  gboolean show_secrets;
} Print;

/* A comment ends with its line, whatever is in @text. */
static void
append_comment (Print      *print,
                const char *text)
{
  g_string_append (print->text, "# ");
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (g_unichar_iscntrl (character) || character == 0x2028 || character == 0x2029)
        g_string_append_c (print->text, ' ');
      else
        g_string_append_unichar (print->text, character);
    }
  g_string_append_c (print->text, '\n');
}

static char *
describe_origin (PulsarOrigin  origin,
                 const char   *detail)
{
  const char *source;

  switch (origin)
    {
    case PULSAR_ORIGIN_CLASS:
      source = _("default of the application");
      break;
    case PULSAR_ORIGIN_PARAMETER:
      source = _("given by the program");
      break;
    case PULSAR_ORIGIN_ARBITER:
      source = _("given by the arbiter");
      break;
    case PULSAR_ORIGIN_KEY_FILE:
      source = _("key file");
      break;
    case PULSAR_ORIGIN_ENVIRONMENT:
      source = _("environment");
      break;
    case PULSAR_ORIGIN_COMMAND_LINE:
      source = _("command line");
      break;
    case PULSAR_ORIGIN_RUNTIME:
      source = _("changed at run time");
      break;
    case PULSAR_ORIGIN_DEFAULT:
    default:
      source = _("default");
      break;
    }
  if (detail == NULL || *detail == '\0')
    return g_strdup (source);
  return g_strdup_printf ("%s: %s", source, detail);
}

/* What GKeyFile reads as @value. Space is taken away at both ends, of a value and of an element of a list, and GKeyFile writes only
 * that at the beginning so that it stays. */
static char *
escape (GKeyFile *scratch)
{
  g_autofree char *value = g_key_file_get_value (scratch, "g", "k", NULL);
  g_autoptr(GString) escaped = g_string_new (value);
  gboolean is_end = TRUE;

  for (gsize i = escaped->len; i > 0; i--)
    if (is_end && escaped->str[i - 1] == ' ')
      {
        g_string_erase (escaped, (gssize) i - 1, 1);
        g_string_insert (escaped, (gssize) i - 1, "\\s");
      }
    else
      {
        is_end = escaped->str[i - 1] == ';';
      }
  return g_string_free (g_steal_pointer (&escaped), FALSE);
}

static char *
escape_string (const char *text)
{
  g_autoptr(GKeyFile) scratch = g_key_file_new ();

  g_key_file_set_string (scratch, "g", "k", text);
  return escape (scratch);
}

static char *
escape_list (GVariant *value)
{
  g_autoptr(GKeyFile) scratch = g_key_file_new ();
  gsize n = 0;
  g_autofree const char **elements = g_variant_get_strv (value, &n);

  g_key_file_set_string_list (scratch, "g", "k", elements, n);
  return escape (scratch);
}

static char *
format_value (PulsarSetting *setting)
{
  const char *word = pulsar_setting_get_word (setting);
  GVariant *value = pulsar_setting_get_value (setting);
  g_autofree char *text = NULL;

  if (word != NULL)
    return escape_string (word);
  if (pulsar_setting_is_list (setting))
    return escape_list (value);
  text = pulsar_setting_format (setting, value);
  return escape_string (text);
}

static void
append_setting (Print              *print,
                const PulsarOption *option)
{
  PulsarSetting *setting = option->setting;
  PulsarSettingFlags flags = pulsar_setting_get_flags (setting);
  gboolean is_masked = (flags & PULSAR_SETTING_SECRET) != 0 && !print->show_secrets;
  gboolean is_modified = pulsar_setting_get_is_modified (setting);
  const char *summary = pulsar_setting_get_summary (setting);
  g_autofree char *origin = describe_origin (pulsar_setting_get_origin (setting),
                                             pulsar_setting_get_origin_detail (setting));
  g_autofree char *value = is_masked ? g_strdup (PULSAR_SETTING_MASK) : format_value (setting);

  g_string_append_c (print->text, '\n');
  if (summary != NULL)
    append_comment (print, summary);
  append_comment (print, origin);
  if (is_masked && is_modified)
    append_comment (print, _("“--show-secrets” shows the value"));
  g_string_append_printf (print->text, "%s%s=%s\n", is_masked || !is_modified ? "#" : "",
                          pulsar_setting_get_name (setting), value);
}

/* The file itself has no place in it. */
static void
append_group (Print      *print,
              const char *prefix)
{
  g_autoptr(GPtrArray) options = pulsar_option_listing_get_settings (print->table, prefix);

  g_string_append_printf (print->text, "\n[%s]\n", prefix != NULL ? prefix : GROUP_MAIN);
  for (guint i = 0; i < options->len; i++)
    {
      const PulsarOption *option = options->pdata[i];

      if (!pulsar_option_names_files (option))
        append_setting (print, option);
    }
}

static gboolean
is_key (const char *name)
{
  return *name != '\0' && name[strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.")] == '\0';
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static GPtrArray *
list_names (GVariant *parameters)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, parameters);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
all_have (GPtrArray  *configs,
          const char *name,
          GVariant   *value)
{
  for (guint i = 0; i < configs->len; i++)
    {
      g_autoptr(GVariant) other = pulsar_config_get_value (configs->pdata[i], name);

      if (other == NULL || !g_variant_equal (other, value))
        return FALSE;
    }
  return TRUE;
}

/* A file gives its free parameters to all applications. Those that one of them has from its code, and names that cannot be
 * the key of a file, are comments. */
static void
append_parameters (Print     *print,
                   GPtrArray *configs,
                   GPtrArray *prefixes)
{
  gboolean has_group = FALSE;

  for (guint i = 0; i < configs->len; i++)
    {
      g_autoptr(GVariant) parameters = pulsar_config_get_parameters (configs->pdata[i]);
      g_autoptr(GPtrArray) names = list_names (parameters);

      for (guint j = 0; j < names->len; j++)
        {
          const char *name = names->pdata[j];
          g_autoptr(GVariant) value = g_variant_lookup_value (parameters, name, NULL);
          g_autofree char *text = g_variant_print (value, TRUE);
          g_autofree char *escaped = escape_string (text);
          gboolean is_common = all_have (configs, name, value);

          if (is_common && i > 0)
            continue;
          if (!has_group)
            g_string_append_printf (print->text, "\n[%s]\n", GROUP_PARAMETERS);
          has_group = TRUE;
          g_string_append_c (print->text, '\n');
          if (is_common && is_key (name))
            {
              g_string_append_printf (print->text, "%s=%s\n", name, escaped);
            }
          else
            {
              const char *group = prefixes->pdata[i] != NULL ? prefixes->pdata[i] : GROUP_MAIN;
              g_autofree char *heading = g_strdup_printf (_("given by the program to [%s]"), group);
              g_autofree char *line = g_strdup_printf ("%s=%s", name, escaped);

              append_comment (print, heading);
              append_comment (print, line);
            }
        }
    }
}

char *
pulsar_config_print (PulsarOptionTable *table,
                     const char        *program,
                     gboolean           show_secrets)
{
  Print print = { .text = g_string_new (NULL), .table = table, .show_secrets = show_secrets };
  guint n = pulsar_option_table_get_n_options (table);
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr(GPtrArray) prefixes = pulsar_option_listing_get_prefixes (table);
  g_autoptr(GPtrArray) configs = g_ptr_array_new ();
  g_autoptr(GPtrArray) config_prefixes = g_ptr_array_new ();
  g_autofree char *title = g_strdup_printf (_("Configuration of %s"), program);
  char *prefix = NULL;

  append_comment (&print, title);
  append_comment (&print, _("A key file: read with “--config” it gives the same. A setting behind “#” has its default."));

  for (guint i = 0; i < prefixes->len; i++)
    append_group (&print, prefixes->pdata[i]);
  /* The options of an application stand together, behind the one that shows them. */
  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *option = pulsar_option_table_get_option (table, i);

      if (option->kind == PULSAR_OPTION_HELP_APPLICATION)
        prefix = option->prefix;
      if (option->config == NULL || !g_hash_table_add (seen, option->config))
        continue;
      g_ptr_array_add (configs, option->config);
      g_ptr_array_add (config_prefixes, prefix);
    }
  append_parameters (&print, configs, config_prefixes);
  return g_string_free (print.text, FALSE);
}
