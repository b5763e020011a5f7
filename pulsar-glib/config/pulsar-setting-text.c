/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-units-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

/* Values as text, and the description of the values a setting takes. */

void
pulsar_setting_get_limits (PulsarSetting       *self,
                           PulsarSettingLimits *limits)
{
  GParamSpec *pspec = pulsar_setting_get_pspec (self);

  if (G_IS_PARAM_SPEC_INT (pspec))
    {
      limits->minimum = G_PARAM_SPEC_INT (pspec)->minimum;
      limits->maximum = G_PARAM_SPEC_INT (pspec)->maximum;
      limits->has_minimum = limits->minimum != G_MININT;
      limits->has_maximum = limits->maximum != G_MAXINT;
    }
  else if (G_IS_PARAM_SPEC_UINT (pspec))
    {
      limits->minimum = G_PARAM_SPEC_UINT (pspec)->minimum;
      limits->maximum = G_PARAM_SPEC_UINT (pspec)->maximum;
      limits->has_minimum = TRUE;
      limits->has_maximum = limits->maximum != G_MAXUINT;
    }
  else if (G_IS_PARAM_SPEC_INT64 (pspec))
    {
      limits->minimum = G_PARAM_SPEC_INT64 (pspec)->minimum;
      limits->maximum = G_PARAM_SPEC_INT64 (pspec)->maximum;
      limits->has_minimum = limits->minimum != G_MININT64;
      limits->has_maximum = limits->maximum != G_MAXINT64;
    }
  else
    {
      limits->minimum = (gint64) MIN (G_PARAM_SPEC_UINT64 (pspec)->minimum, G_MAXINT64);
      limits->maximum = (gint64) MIN (G_PARAM_SPEC_UINT64 (pspec)->maximum, G_MAXINT64);
      limits->has_minimum = TRUE;
      limits->has_maximum = limits->maximum != G_MAXINT64;
    }
}

static char *
format_integer (PulsarSetting *self,
                gint64         number)
{
  switch (pulsar_setting_get_unit (self))
    {
    case PULSAR_SETTING_UNIT_DURATION:
      return pulsar_duration_format (number);
    case PULSAR_SETTING_UNIT_SIZE:
      return pulsar_size_format ((guint64) number);
    case PULSAR_SETTING_UNIT_PLAIN:
    case PULSAR_SETTING_UNIT_COMMAND:
    default:
      return g_strdup_printf ("%" G_GINT64_FORMAT, number);
    }
}

/* Quotes only what a shell would not take as it stands. */
static char *
format_command (const char * const *arguments)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (gsize i = 0; arguments[i] != NULL; i++)
    {
      static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-+=./:,@%";
      gsize length = strlen (arguments[i]);
      g_autofree char *quoted = NULL;

      if (length == 0 || strspn (arguments[i], plain) != length)
        quoted = g_shell_quote (arguments[i]);
      if (i > 0)
        g_string_append_c (text, ' ');
      g_string_append (text, quoted != NULL ? quoted : arguments[i]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
format_list (const char * const *elements)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (gsize i = 0; elements[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      for (const char *at = elements[i]; *at != '\0'; at++)
        {
          if (*at == ',' || *at == '\\')
            g_string_append_c (text, '\\');
          g_string_append_c (text, *at);
        }
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The shortest text that reads back as the same number: 0.1, and not 0.10000000000000001. */
static char *
format_double (double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (buffer, sizeof buffer, "%.15g", number);
  if (g_ascii_strtod (buffer, NULL) != number)
    g_ascii_dtostr (buffer, sizeof buffer, number);
  return g_strdup (buffer);
}

char *
pulsar_setting_format (PulsarSetting *self,
                       GVariant      *value)
{
  gint64 number = 0;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **elements = g_variant_get_strv (value, NULL);

      return pulsar_setting_get_unit (self) == PULSAR_SETTING_UNIT_COMMAND ? format_command (elements)
                                                                           : format_list (elements);
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    {
      return format_double (g_variant_get_double (value));
    }
  if (pulsar_setting_read_integer (value, &number))
    return format_integer (self, number);
  return g_variant_print (value, FALSE);
}

/* “a, b or c” */
static char *
join_names (char **names)
{
  guint n = g_strv_length (names);
  g_autofree char *last = NULL;
  g_autofree char *head = NULL;

  if (n < 2)
    return g_strjoinv (", ", names);
  last = g_steal_pointer (&names[n - 1]);
  head = g_strjoinv (", ", names);
  /* Translators: the last two of a list of values, as in “always, on-failure or never” */
  return g_strdup_printf (_("%s or %s"), head, last);
}

static char *
describe_nicks (GParamSpec *pspec)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) names = NULL;

  if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;

      for (guint i = 0; i < klass->n_values; i++)
        g_strv_builder_add (builder, klass->values[i].value_nick);
    }
  else
    {
      GFlagsClass *klass = G_PARAM_SPEC_FLAGS (pspec)->flags_class;

      for (guint i = 0; i < klass->n_values; i++)
        if (klass->values[i].value != 0)
          g_strv_builder_add (builder, klass->values[i].value_nick);
    }
  names = g_strv_builder_end (builder);
  return join_names (names);
}

static char *
describe_integer (PulsarSetting *self)
{
  PulsarSettingLimits limits;
  g_autofree char *minimum = NULL;
  g_autofree char *maximum = NULL;
  g_autofree char *range = NULL;

  pulsar_setting_get_limits (self, &limits);
  minimum = format_integer (self, limits.minimum);
  maximum = format_integer (self, limits.maximum);
  if (limits.has_minimum && limits.has_maximum)
    range = g_strdup_printf (_(" from %s to %s"), minimum, maximum);
  else if (limits.has_minimum)
    range = g_strdup_printf (_(" of at least %s"), minimum);
  else if (limits.has_maximum)
    range = g_strdup_printf (_(" of at most %s"), maximum);

  switch (pulsar_setting_get_unit (self))
    {
    case PULSAR_SETTING_UNIT_DURATION:
      return g_strconcat (_("a duration"), range, NULL);
    case PULSAR_SETTING_UNIT_SIZE:
      return g_strconcat (_("a size"), range, NULL);
    case PULSAR_SETTING_UNIT_PLAIN:
    case PULSAR_SETTING_UNIT_COMMAND:
    default:
      return g_strconcat (_("a whole number"), range, NULL);
    }
}

static char *
describe_double (PulsarSetting *self)
{
  GParamSpecDouble *pspec = G_PARAM_SPEC_DOUBLE (pulsar_setting_get_pspec (self));

  if (pspec->minimum > -G_MAXDOUBLE && pspec->maximum < G_MAXDOUBLE)
    return g_strdup_printf (_("a number from %g to %g"), pspec->minimum, pspec->maximum);
  if (pspec->minimum > -G_MAXDOUBLE)
    return g_strdup_printf (_("a number of at least %g"), pspec->minimum);
  if (pspec->maximum < G_MAXDOUBLE)
    return g_strdup_printf (_("a number of at most %g"), pspec->maximum);
  return g_strdup (_("a number"));
}

/* @as_text: whether a list is written as one text. */
static char *
describe_type (PulsarSetting *self,
               gboolean       as_text)
{
  GParamSpec *pspec = pulsar_setting_get_pspec (self);
  g_autofree char *nicks = NULL;

  switch (G_TYPE_FUNDAMENTAL (G_PARAM_SPEC_VALUE_TYPE (pspec)))
    {
    case G_TYPE_BOOLEAN:
      return g_strdup (_("true or false"));
    case G_TYPE_INT:
    case G_TYPE_UINT:
    case G_TYPE_INT64:
    case G_TYPE_UINT64:
      return describe_integer (self);
    case G_TYPE_DOUBLE:
      return describe_double (self);
    case G_TYPE_STRING:
      return g_strdup (_("a text"));
    case G_TYPE_ENUM:
      return describe_nicks (pspec);
    case G_TYPE_FLAGS:
      nicks = describe_nicks (pspec);
      if (!as_text)
        return g_strdup_printf (_("a list of %s"), nicks);
      return g_strdup_printf (_("a list, separated by commas, of %s"), nicks);
    default:
      if (pulsar_setting_get_unit (self) == PULSAR_SETTING_UNIT_COMMAND)
        return g_strdup (_("a command line"));
      return g_strdup (as_text ? _("a list, separated by commas") : _("a list"));
    }
}

char *
pulsar_setting_describe_allowed (PulsarSetting *self,
                                 gboolean       as_text)
{
  GVariant *words;
  g_autofree char *type = NULL;
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) names = NULL;
  g_autofree char *joined = NULL;
  GVariantIter iter;
  const char *word;

  type = describe_type (self, as_text);
  words = pulsar_setting_get_words (self);
  if (words == NULL || g_variant_n_children (words) == 0)
    return g_steal_pointer (&type);

  g_variant_iter_init (&iter, words);
  while (g_variant_iter_loop (&iter, "{&sv}", &word, NULL))
    g_strv_builder_add (builder, word);
  names = g_strv_builder_end (builder);
  joined = join_names (names);
  /* Translators: the values a setting takes and its words, as in “a whole number from 0 to 4096, or auto” */
  return g_strdup_printf (_("%s, or %s"), type, joined);
}

/**
 * pulsar_setting_dup_allowed:
 * @self: a setting
 *
 * Describes the values the setting takes, for people.
 *
 * It is what error messages and help say, such as “a whole number from 0 to 4096, or auto”.
 *
 * Returns: (transfer full): the description, translated
 *
 * Since: 0.1
 */
char *
pulsar_setting_dup_allowed (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return pulsar_setting_describe_allowed (self, TRUE);
}
