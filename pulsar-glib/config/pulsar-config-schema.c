/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/config/pulsar-config-schema-private.h"
#include "pulsar-glib/config/pulsar-option-listing-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

/* Writes JSON: each member on a line of its own. */
typedef struct
{
  GString *text;
  guint depth;
  gboolean has_members;  /* of the object that is open */
} Json;

static void
append_string (Json       *json,
               const char *text)
{
  g_string_append_c (json->text, '"');
  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at == '"' || *at == '\\')
        g_string_append_printf (json->text, "\\%c", *at);
      else if ((guchar) *at < 0x20 || *at == 0x7f)
        g_string_append_printf (json->text, "\\u%04x", (guint) (guchar) *at);
      else
        g_string_append_c (json->text, *at);
    }
  g_string_append_c (json->text, '"');
}

static void
append_name (Json       *json,
             const char *name)
{
  g_string_append_printf (json->text, "%s\n%*s", json->has_members ? "," : "", (int) (2 * json->depth), "");
  append_string (json, name);
  g_string_append (json->text, ": ");
  json->has_members = TRUE;
}

/* With NULL the object is the element of an array or the whole. */
static void
open_object (Json       *json,
             const char *name)
{
  if (name != NULL)
    append_name (json, name);
  g_string_append_c (json->text, '{');
  json->depth++;
  json->has_members = FALSE;
}

static void
close_object (Json *json)
{
  json->depth--;
  if (json->has_members)
    g_string_append_printf (json->text, "\n%*s", (int) (2 * json->depth), "");
  g_string_append_c (json->text, '}');
  json->has_members = TRUE;
}

static void
add_string (Json       *json,
            const char *name,
            const char *value)
{
  if (value == NULL)
    return;
  append_name (json, name);
  append_string (json, value);
}

/* @value is JSON. */
static void
add_raw (Json       *json,
         const char *name,
         const char *value)
{
  append_name (json, name);
  g_string_append (json->text, value);
}

static void
append_array (Json               *json,
              const char * const *elements)
{
  g_string_append_c (json->text, '[');
  for (gsize i = 0; elements[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append (json->text, ", ");
      append_string (json, elements[i]);
    }
  g_string_append_c (json->text, ']');
}

static void
add_array (Json               *json,
           const char         *name,
           const char * const *elements)
{
  append_name (json, name);
  append_array (json, elements);
}

static void
add_integer (Json       *json,
             const char *name,
             gint64      number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, number);

  add_raw (json, name, text);
}

static void
add_double (Json       *json,
            const char *name,
            double      number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  add_raw (json, name, g_ascii_dtostr (buffer, sizeof buffer, number));
}

/* A number with a unit is a text; a bare one is of @factor. */
static void
add_quantity (Json                      *json,
              const PulsarSettingLimits *limits,
              const char                *pattern,
              const char                *type,
              double                     factor)
{
  append_name (json, "anyOf");
  g_string_append_c (json->text, '[');
  open_object (json, NULL);
  add_string (json, "type", "string");
  add_string (json, "pattern", pattern);
  close_object (json);
  g_string_append (json->text, ", ");
  open_object (json, NULL);
  add_string (json, "type", type);
  if (limits->has_minimum)
    add_double (json, "minimum", (double) limits->minimum / factor);
  if (limits->has_maximum)
    add_double (json, "maximum", (double) limits->maximum / factor);
  close_object (json);
}

static void
add_integer_type (Json          *json,
                  PulsarSetting *setting)
{
  PulsarSettingLimits limits;

  pulsar_setting_get_limits (setting, &limits);
  switch (pulsar_setting_get_unit (setting))
    {
    case PULSAR_SETTING_UNIT_DURATION:
      add_quantity (json, &limits, "^-?[0-9]+(\\.[0-9]+)? *([mM][sS]|[sS]|[mM][iI][nN]|[hH])?$", "number", 1e6);
      return;
    case PULSAR_SETTING_UNIT_SIZE:
      add_quantity (json, &limits, "^[0-9]+(\\.[0-9]+)? *[kKmMgG]?$", "integer", 1.0);
      return;
    case PULSAR_SETTING_UNIT_PLAIN:
    case PULSAR_SETTING_UNIT_COMMAND:
    default:
      break;
    }

  append_name (json, "anyOf");
  g_string_append_c (json->text, '[');
  open_object (json, NULL);
  add_string (json, "type", "integer");
  add_integer (json, "minimum", limits.minimum);
  add_integer (json, "maximum", limits.maximum);
  close_object (json);
}

/* Opens “anyOf” with the values of the type; words follow. */
static void
add_type (Json               *json,
          const PulsarOption *option)
{
  GParamSpec *pspec = pulsar_setting_get_pspec (option->setting);

  switch (G_TYPE_FUNDAMENTAL (G_PARAM_SPEC_VALUE_TYPE (pspec)))
    {
    case G_TYPE_INT:
    case G_TYPE_UINT:
    case G_TYPE_INT64:
    case G_TYPE_UINT64:
      add_integer_type (json, option->setting);
      return;
    default:
      break;
    }

  append_name (json, "anyOf");
  g_string_append_c (json->text, '[');
  open_object (json, NULL);
  switch (G_TYPE_FUNDAMENTAL (G_PARAM_SPEC_VALUE_TYPE (pspec)))
    {
    case G_TYPE_BOOLEAN:
      add_string (json, "type", "boolean");
      break;
    case G_TYPE_DOUBLE:
      add_string (json, "type", "number");
      add_double (json, "minimum", G_PARAM_SPEC_DOUBLE (pspec)->minimum);
      add_double (json, "maximum", G_PARAM_SPEC_DOUBLE (pspec)->maximum);
      break;
    case G_TYPE_STRING:
      add_string (json, "type", "string");
      break;
    case G_TYPE_ENUM:
      {
        g_auto(GStrv) values = pulsar_option_list_values (option);

        add_array (json, "enum", (const char * const *) values);
        break;
      }
    default:
      if (pulsar_setting_get_unit (option->setting) == PULSAR_SETTING_UNIT_COMMAND)
        {
          add_string (json, "type", "string");
          break;
        }
      add_string (json, "type", "array");
      open_object (json, "items");
      if (G_IS_PARAM_SPEC_FLAGS (pspec))
        {
          g_auto(GStrv) values = pulsar_option_list_values (option);

          add_array (json, "enum", (const char * const *) values);
        }
      else
        add_string (json, "type", "string");
      close_object (json);
      break;
    }
  close_object (json);
}

static void
add_words (Json          *json,
           PulsarSetting *setting)
{
  GVariant *words = pulsar_setting_get_words (setting);
  GVariantIter iter;
  const char *word;

  if (words != NULL)
    {
      g_variant_iter_init (&iter, words);
      while (g_variant_iter_loop (&iter, "{&sv}", &word, NULL))
        {
          g_string_append (json->text, ", ");
          open_object (json, NULL);
          add_string (json, "const", word);
          close_object (json);
        }
    }
  g_string_append_c (json->text, ']');
}

static void
add_default (Json               *json,
             const PulsarOption *option)
{
  const char *word = NULL;
  GVariant *value = pulsar_option_get_default (option, &word);
  g_autofree char *text = NULL;

  if (word != NULL)
    {
      add_string (json, "default", word);
    }
  else if (pulsar_setting_is_list (option->setting))
    {
      g_autofree const char **elements = g_variant_get_strv (value, NULL);

      add_array (json, "default", elements);
    }
  else
    {
      text = pulsar_setting_format (option->setting, value);
      if (pulsar_setting_get_unit (option->setting) != PULSAR_SETTING_UNIT_PLAIN
          || g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        add_string (json, "default", text);
      else
        add_raw (json, "default", text);
    }
}

static void
add_setting (Json               *json,
             const PulsarOption *option)
{
  const char *short_flag = option->prefix == NULL ? pulsar_setting_get_short_flag (option->setting) : NULL;
  PulsarSettingFlags flags = pulsar_setting_get_flags (option->setting);
  g_autofree char *variable = pulsar_option_dup_variable (option);
  g_autofree char *flag = g_strconcat ("--", option->flag, NULL);
  g_autofree char *letter = short_flag != NULL ? g_strconcat ("-", short_flag, NULL) : NULL;

  open_object (json, pulsar_setting_get_name (option->setting));
  add_string (json, "title", pulsar_setting_get_summary (option->setting));
  add_string (json, "description", pulsar_setting_get_description (option->setting));
  add_type (json, option);
  add_words (json, option->setting);
  if ((flags & PULSAR_SETTING_SECRET) != 0)
    add_raw (json, "writeOnly", "true");
  else
    add_default (json, option);
  add_string (json, "x-pulsar-section", pulsar_option_get_section (option));
  if (!pulsar_option_is_secret (option))
    {
      add_string (json, "x-pulsar-option", flag);
      add_string (json, "x-pulsar-short-option", letter);
    }
  add_string (json, "x-pulsar-variable", variable);
  add_raw (json, "x-pulsar-global", (flags & PULSAR_SETTING_GLOBAL) != 0 ? "true" : "false");
  add_raw (json, "x-pulsar-runtime", (flags & PULSAR_SETTING_RUNTIME) != 0 ? "true" : "false");
  close_object (json);
}

/* An alias that is no other setting's name is the same as its setting. */
static void
add_aliases (Json               *json,
             const PulsarOption *option,
             const char         *group)
{
  const char * const *aliases = pulsar_setting_get_aliases (option->setting);

  for (gsize i = 0; aliases[i] != NULL; i++)
    {
      g_autofree char *alias = pulsar_setting_canonical_name (aliases[i]);
      g_autofree char *reference = NULL;

      if (pulsar_config_get_setting (option->config, alias) != option->setting)
        continue;
      reference = g_strdup_printf ("#/properties/%s/properties/%s", group, pulsar_setting_get_name (option->setting));
      open_object (json, alias);
      add_string (json, "$ref", reference);
      close_object (json);
    }
}

static void
add_group (Json              *json,
           PulsarOptionTable *table,
           const char        *prefix)
{
  g_autoptr(GPtrArray) options = pulsar_option_listing_get_settings (table, prefix);
  const char *group = prefix != NULL ? prefix : "pulsar";

  open_object (json, group);
  add_string (json, "type", "object");
  open_object (json, "properties");
  for (guint i = 0; i < options->len; i++)
    {
      if (pulsar_option_names_files (options->pdata[i]))
        continue;
      add_setting (json, options->pdata[i]);
      add_aliases (json, options->pdata[i], group);
    }
  close_object (json);
  add_raw (json, "additionalProperties", "false");
  close_object (json);
}

char *
pulsar_config_schema (PulsarOptionTable *table,
                      const char        *program,
                      const char        *description)
{
  Json json = { .text = g_string_new (NULL) };
  g_autoptr(GPtrArray) prefixes = pulsar_option_listing_get_prefixes (table);
  g_autofree char *title = g_strdup_printf (_("Configuration of %s"), program);

  open_object (&json, NULL);
  add_string (&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
  add_string (&json, "title", title);
  add_string (&json, "description", description);
  add_string (&json, "type", "object");
  open_object (&json, "properties");
  for (guint i = 0; i < prefixes->len; i++)
    add_group (&json, table, prefixes->pdata[i]);
  open_object (&json, "params");
  add_string (&json, "description", _("Free parameters, in the text format of GVariant"));
  add_string (&json, "type", "object");
  open_object (&json, "additionalProperties");
  add_string (&json, "type", "string");
  close_object (&json);
  close_object (&json);
  close_object (&json);
  add_raw (&json, "additionalProperties", "false");
  close_object (&json);
  g_string_append_c (json.text, '\n');
  return g_string_free (json.text, FALSE);
}
