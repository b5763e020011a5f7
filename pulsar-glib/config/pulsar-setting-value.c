/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/base/pulsar-units-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

/* The values of settings: types, limits, and the way from text and back. A failure here is a reason, a translated text
 * without the name of the setting; check () makes an error of it that also says what is allowed. */

const GVariantType *
pulsar_setting_type_for_pspec (GParamSpec        *pspec,
                               PulsarSettingUnit  unit)
{
  GType type = G_PARAM_SPEC_VALUE_TYPE (pspec);

  switch (unit)
    {
    case PULSAR_SETTING_UNIT_DURATION:
      return type == G_TYPE_INT64 ? G_VARIANT_TYPE_INT64 : NULL;
    case PULSAR_SETTING_UNIT_SIZE:
      return type == G_TYPE_UINT64 ? G_VARIANT_TYPE_UINT64 : NULL;
    case PULSAR_SETTING_UNIT_COMMAND:
      return type == G_TYPE_STRV ? G_VARIANT_TYPE_STRING_ARRAY : NULL;
    case PULSAR_SETTING_UNIT_PLAIN:
    default:
      break;
    }

  switch (G_TYPE_FUNDAMENTAL (type))
    {
    case G_TYPE_BOOLEAN:
      return G_VARIANT_TYPE_BOOLEAN;
    case G_TYPE_INT:
      return G_VARIANT_TYPE_INT32;
    case G_TYPE_UINT:
      return G_VARIANT_TYPE_UINT32;
    case G_TYPE_INT64:
      return G_VARIANT_TYPE_INT64;
    case G_TYPE_UINT64:
      return G_VARIANT_TYPE_UINT64;
    case G_TYPE_DOUBLE:
      return G_VARIANT_TYPE_DOUBLE;
    case G_TYPE_STRING:
    case G_TYPE_ENUM:
      return G_VARIANT_TYPE_STRING;
    case G_TYPE_FLAGS:
      return G_VARIANT_TYPE_STRING_ARRAY;
    default:
      return type == G_TYPE_STRV ? G_VARIANT_TYPE_STRING_ARRAY : NULL;
    }
}

static GVariant *
new_integer (const GVariantType *type,
             gint64              number)
{
  GVariant *value = NULL;

  if (g_variant_type_equal (type, G_VARIANT_TYPE_INT32))
    value = g_variant_new_int32 ((gint32) number);
  else if (g_variant_type_equal (type, G_VARIANT_TYPE_UINT32))
    value = g_variant_new_uint32 ((guint32) number);
  else if (g_variant_type_equal (type, G_VARIANT_TYPE_INT64))
    value = g_variant_new_int64 (number);
  else
    value = g_variant_new_uint64 ((guint64) number);
  return g_variant_ref_sink (value);
}

static GVariant *
new_flags (GParamSpec *pspec,
           guint       flags)
{
  GFlagsClass *klass = G_PARAM_SPEC_FLAGS (pspec)->flags_class;
  g_autoptr(GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE_STRING_ARRAY);

  for (guint i = 0; i < klass->n_values; i++)
    if (klass->values[i].value != 0 && (flags & klass->values[i].value) == klass->values[i].value)
      g_variant_builder_add (builder, "s", klass->values[i].value_nick);
  return g_variant_ref_sink (g_variant_builder_end (builder));
}

static GVariant *
new_string (const char *text)
{
  return g_variant_ref_sink (g_variant_new_string (text != NULL ? text : ""));
}

GVariant *
pulsar_setting_default_of_pspec (GParamSpec *pspec)
{
  const GVariantType *type = pulsar_setting_type_for_pspec (pspec, PULSAR_SETTING_UNIT_PLAIN);
  const GValue *value = g_param_spec_get_default_value (pspec);

  switch (G_TYPE_FUNDAMENTAL (G_PARAM_SPEC_VALUE_TYPE (pspec)))
    {
    case G_TYPE_BOOLEAN:
      return g_variant_ref_sink (g_variant_new_boolean (g_value_get_boolean (value)));
    case G_TYPE_INT:
      return new_integer (type, g_value_get_int (value));
    case G_TYPE_UINT:
      return new_integer (type, g_value_get_uint (value));
    case G_TYPE_INT64:
      return new_integer (type, g_value_get_int64 (value));
    case G_TYPE_UINT64:
      return new_integer (type, (gint64) g_value_get_uint64 (value));
    case G_TYPE_DOUBLE:
      return g_variant_ref_sink (g_variant_new_double (g_value_get_double (value)));
    case G_TYPE_STRING:
      return new_string (g_value_get_string (value));
    case G_TYPE_ENUM:
      return new_string (g_enum_get_value (G_PARAM_SPEC_ENUM (pspec)->enum_class,
                                           g_value_get_enum (value))->value_nick);
    case G_TYPE_FLAGS:
      return new_flags (pspec, g_value_get_flags (value));
    default:
      return g_variant_ref_sink (g_variant_new_strv (NULL, 0));
    }
}

gboolean
pulsar_setting_read_integer (GVariant *value,
                             gint64   *number)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      *number = g_variant_get_byte (value);
      return TRUE;
    case G_VARIANT_CLASS_INT16:
      *number = g_variant_get_int16 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT16:
      *number = g_variant_get_uint16 (value);
      return TRUE;
    case G_VARIANT_CLASS_INT32:
      *number = g_variant_get_int32 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT32:
      *number = g_variant_get_uint32 (value);
      return TRUE;
    case G_VARIANT_CLASS_INT64:
      *number = g_variant_get_int64 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT64:
      *number = (gint64) MIN (g_variant_get_uint64 (value), (guint64) G_MAXINT64);
      return TRUE;
    case G_VARIANT_CLASS_BOOLEAN:
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_DOUBLE:
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
    case G_VARIANT_CLASS_VARIANT:
    case G_VARIANT_CLASS_MAYBE:
    case G_VARIANT_CLASS_ARRAY:
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      return FALSE;
    }
}

/* The value as a reason shows it. */
static char *
show (PulsarSetting *self,
      GVariant      *value)
{
  if (pulsar_setting_get_flags (self) & PULSAR_SETTING_SECRET)
    return g_strdup (PULSAR_SETTING_MASK);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  return g_variant_print (value, FALSE);
}

static char *
refuse_type (PulsarSetting *self,
             GVariant      *value)
{
  g_autofree char *shown = show (self, value);

  return g_strdup_printf (_("“%s” has the type “%s”"), shown, g_variant_get_type_string (value));
}

static GVariant *
check_boolean (PulsarSetting  *self,
               GVariant       *value,
               char          **reason)
{
  static const char * const words[] = { "false", "no", "off", "0", "true", "yes", "on", "1" };
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_variant_ref (value);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      *reason = refuse_type (self, value);
      return NULL;
    }

  text = g_strstrip (g_variant_dup_string (value, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      return g_variant_ref_sink (g_variant_new_boolean (i >= G_N_ELEMENTS (words) / 2));

  shown = show (self, value);
  *reason = g_strdup_printf (_("“%s” is neither true nor false"), shown);
  return NULL;
}

static gboolean
parse_integer (PulsarSetting  *self,
               GVariant       *value,
               gint64         *number,
               char          **reason)
{
  g_autofree char *text = g_strstrip (g_variant_dup_string (value, NULL));
  g_autofree char *shown = show (self, value);
  g_autoptr(GError) error = NULL;
  guint64 size = 0;

  switch (pulsar_setting_get_unit (self))
    {
    case PULSAR_SETTING_UNIT_DURATION:
      if (pulsar_duration_parse (text, number))
        return TRUE;
      *reason = g_strdup_printf (_("“%s” is not a duration such as “500 ms”, “1.5 s”, “10 min” or “2 h”"), shown);
      return FALSE;
    case PULSAR_SETTING_UNIT_SIZE:
      if (pulsar_size_parse (text, &size))
        {
          *number = (gint64) MIN (size, (guint64) G_MAXINT64);
          return TRUE;
        }
      *reason = g_strdup_printf (_("“%s” is not a size such as “4096”, “64 K”, “1.5 M” or “2 G”"), shown);
      return FALSE;
    case PULSAR_SETTING_UNIT_PLAIN:
    case PULSAR_SETTING_UNIT_COMMAND:
    default:
      if (g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, number, &error))
        return TRUE;
      if (g_error_matches (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS))
        *reason = g_strdup_printf (_("“%s” is out of range"), shown);
      else
        *reason = g_strdup_printf (_("“%s” is not a whole number"), shown);
      return FALSE;
    }
}

static GVariant *
check_integer (PulsarSetting  *self,
               GVariant       *value,
               char          **reason)
{
  GParamSpec *pspec = pulsar_setting_get_pspec (self);
  PulsarSettingUnit unit = pulsar_setting_get_unit (self);
  PulsarSettingLimits limits;
  gint64 number = 0;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      if (!parse_integer (self, value, &number, reason))
        return NULL;
    }
  else if (unit == PULSAR_SETTING_UNIT_DURATION && g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    {
      /* A double is seconds. Not every number of microseconds is one, so it is rounded. */
      double duration_us = g_variant_get_double (value) * (double) PULSAR_SECOND;

      number = isnan (duration_us) ? G_MININT64
               : duration_us >= (double) G_MAXINT64 ? G_MAXINT64
               : duration_us <= (double) G_MININT64 ? G_MININT64
               : (gint64) (duration_us + (duration_us < 0.0 ? -0.5 : 0.5));
    }
  else if (!pulsar_setting_read_integer (value, &number))
    {
      *reason = refuse_type (self, value);
      return NULL;
    }
  else if (unit == PULSAR_SETTING_UNIT_DURATION && !g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    {
      /* Only the type of the setting itself is microseconds: any other number is what it would be as text. */
      number = MIN (number, G_MAXINT64 / PULSAR_SECOND) * PULSAR_SECOND;
    }

  pulsar_setting_get_limits (self, &limits);
  if (number < limits.minimum || number > limits.maximum)
    {
      g_autofree char *shown = show (self, value);

      *reason = g_strdup_printf (_("“%s” is out of range"), shown);
      return NULL;
    }
  return new_integer (pulsar_setting_type_for_pspec (pspec, unit), number);
}

static GVariant *
check_double (PulsarSetting  *self,
              GVariant       *value,
              char          **reason)
{
  GParamSpecDouble *pspec = G_PARAM_SPEC_DOUBLE (pulsar_setting_get_pspec (self));
  g_autofree char *shown = show (self, value);
  gint64 integer = 0;
  double number = 0.0;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      g_autofree char *text = g_strstrip (g_variant_dup_string (value, NULL));
      char *end = NULL;

      number = g_ascii_strtod (text, &end);
      if (end == text || *end != '\0')
        number = NAN;
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    {
      number = g_variant_get_double (value);
    }
  else if (pulsar_setting_read_integer (value, &integer))
    {
      number = (double) integer;
    }
  else
    {
      *reason = refuse_type (self, value);
      return NULL;
    }

  if (!isfinite (number))
    *reason = g_strdup_printf (_("“%s” is not a number"), shown);
  else if (number < pspec->minimum || number > pspec->maximum)
    *reason = g_strdup_printf (_("“%s” is out of range"), shown);
  else
    return g_variant_ref_sink (g_variant_new_double (number));
  return NULL;
}

static GVariant *
check_enum (PulsarSetting  *self,
            GVariant       *value,
            char          **reason)
{
  GParamSpec *pspec = pulsar_setting_get_pspec (self);
  g_autofree char *nick = NULL;
  g_autofree char *shown = NULL;
  GEnumValue *found;

  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      *reason = refuse_type (self, value);
      return NULL;
    }
  nick = g_strstrip (pulsar_setting_canonical_name (g_variant_get_string (value, NULL)));
  found = g_enum_get_value_by_nick (G_PARAM_SPEC_ENUM (pspec)->enum_class, nick);
  if (found != NULL)
    return new_string (found->value_nick);

  shown = show (self, value);
  *reason = g_strdup_printf (_("“%s” is none of the values"), shown);
  return NULL;
}

/* Splits at commas. A backslash takes the meaning from the character behind it; space around an element is no part of
 * it. Nothing at all is an empty list, but nothing between two commas is a mistake. */
static char **
split_list (const char *text)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr(GString) element = g_string_new (NULL);
  gboolean has_empty = FALSE;
  g_auto(GStrv) elements = NULL;

  if (text[strspn (text, " \t")] == '\0')
    return g_new0 (char *, 1);

  for (const char *at = text;; at++)
    {
      if (*at == '\\' && at[1] != '\0')
        {
          g_string_append_c (element, *++at);
        }
      else if (*at == ',' || *at == '\0')
        {
          g_strstrip (element->str);
          has_empty = has_empty || element->str[0] == '\0';
          g_strv_builder_add (builder, element->str);
          g_string_truncate (element, 0);
          if (*at == '\0')
            break;
        }
      else
        {
          g_string_append_c (element, *at);
        }
    }
  elements = g_strv_builder_end (builder);
  return has_empty ? NULL : g_steal_pointer (&elements);
}

static GVariant *
check_flags (PulsarSetting       *self,
             const char * const  *nicks,
             char               **reason)
{
  GParamSpec *pspec = pulsar_setting_get_pspec (self);
  guint flags = 0;

  for (gsize i = 0; nicks[i] != NULL; i++)
    {
      g_autofree char *nick = pulsar_setting_canonical_name (nicks[i]);
      GFlagsValue *found = g_flags_get_value_by_nick (G_PARAM_SPEC_FLAGS (pspec)->flags_class, nick);

      if (found == NULL)
        {
          gboolean secret = (pulsar_setting_get_flags (self) & PULSAR_SETTING_SECRET) != 0;

          *reason = g_strdup_printf (_("“%s” is none of the values"), secret ? PULSAR_SETTING_MASK : nicks[i]);
          return NULL;
        }
      flags |= found->value;
    }
  return new_flags (pspec, flags);
}

static GVariant *
check_list (PulsarSetting  *self,
            GVariant       *value,
            char          **reason)
{
  g_auto(GStrv) elements = NULL;

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      elements = g_variant_dup_strv (value, NULL);
    }
  else if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      *reason = refuse_type (self, value);
      return NULL;
    }
  else if (pulsar_setting_get_unit (self) == PULSAR_SETTING_UNIT_COMMAND)
    {
      g_autoptr(GError) error = NULL;

      if (!g_shell_parse_argv (g_variant_get_string (value, NULL), NULL, &elements, &error)
          && g_error_matches (error, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
        elements = g_new0 (char *, 1);
      if (elements == NULL)
        {
          g_autofree char *shown = show (self, value);

          *reason = g_strdup_printf (_("“%s” has a quote that is not closed"), shown);
          return NULL;
        }
    }
  else
    {
      elements = split_list (g_variant_get_string (value, NULL));
      if (elements == NULL)
        {
          g_autofree char *shown = show (self, value);

          *reason = g_strdup_printf (_("“%s” has an empty element"), shown);
          return NULL;
        }
    }

  if (G_IS_PARAM_SPEC_FLAGS (pulsar_setting_get_pspec (self)))
    return check_flags (self, (const char * const *) elements, reason);
  return g_variant_ref_sink (g_variant_new_strv ((const char * const *) elements, -1));
}

static GVariant *
convert (PulsarSetting  *self,
         GVariant       *value,
         char          **reason)
{
  GParamSpec *pspec = pulsar_setting_get_pspec (self);

  switch (G_TYPE_FUNDAMENTAL (G_PARAM_SPEC_VALUE_TYPE (pspec)))
    {
    case G_TYPE_BOOLEAN:
      return check_boolean (self, value, reason);
    case G_TYPE_INT:
    case G_TYPE_UINT:
    case G_TYPE_INT64:
    case G_TYPE_UINT64:
      return check_integer (self, value, reason);
    case G_TYPE_DOUBLE:
      return check_double (self, value, reason);
    case G_TYPE_ENUM:
      return check_enum (self, value, reason);
    case G_TYPE_STRING:
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
        return g_variant_ref (value);
      *reason = refuse_type (self, value);
      return NULL;
    default:
      return check_list (self, value, reason);
    }
}

/* A word stands for its value, so neither the range nor the validator is asked. */
static GVariant *
find_word (PulsarSetting  *self,
           GVariant       *value,
           const char    **word)
{
  GVariant *words = pulsar_setting_get_words (self);
  g_autofree char *text = NULL;
  GVariantIter iter;
  const char *candidate;
  GVariant *meaning;

  if (words == NULL || !g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return NULL;
  text = g_strstrip (g_variant_dup_string (value, NULL));
  g_variant_iter_init (&iter, words);
  while (g_variant_iter_loop (&iter, "{&sv}", &candidate, &meaning))
    if (strcmp (candidate, text) == 0)
      {
        if (word != NULL)
          *word = candidate;
        return meaning;
      }
  return NULL;
}

gboolean
pulsar_setting_is_word (PulsarSetting *self,
                        const char    *text)
{
  g_autoptr(GVariant) given = g_variant_ref_sink (g_variant_new_string (text));
  g_autoptr(GVariant) meaning = find_word (self, given, NULL);

  return meaning != NULL;
}

GVariant *
pulsar_setting_check (PulsarSetting  *self,
                      GVariant       *value,
                      const char    **word,
                      GError        **error)
{
  g_autoptr(GVariant) result = NULL;
  g_autofree char *reason = NULL;
  g_autofree char *allowed = NULL;

  if (word != NULL)
    *word = NULL;
  result = find_word (self, value, word);
  if (result != NULL)
    return g_steal_pointer (&result);

  result = convert (self, value, &reason);
  if (result != NULL)
    return pulsar_setting_validate (self, result, error) ? g_steal_pointer (&result) : NULL;

  allowed = pulsar_setting_describe_allowed (self, !g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY));
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, _("%s; allowed: %s"), reason, allowed);
  return NULL;
}

gboolean
pulsar_setting_parse (PulsarSetting  *self,
                      const char     *text,
                      GVariant      **value,
                      GError        **error)
{
  g_autoptr(GVariant) variant = new_string (text);

  *value = pulsar_setting_check (self, variant, NULL, error);
  return *value != NULL;
}

gboolean
pulsar_setting_is_list (PulsarSetting *self)
{
  return pulsar_setting_get_unit (self) != PULSAR_SETTING_UNIT_COMMAND
         && g_variant_is_of_type (pulsar_setting_get_value (self), G_VARIANT_TYPE_STRING_ARRAY);
}
