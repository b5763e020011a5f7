/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test.h"

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/config/pulsar-setting-private.h"

#define PSPEC_FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

/* One setting of every type. */
typedef enum
{
  BOOLEAN,
  INT,
  UINT,
  INT64,
  UINT64,
  DOUBLE,
  STRING,
  STRV,
  ENUM,
  FLAGS,
  DURATION,
  SIZE,
  COMMAND,
} Type;

static PulsarSetting *
new_setting (Type type)
{
  switch (type)
    {
    case BOOLEAN:
      return pulsar_setting_new (g_param_spec_boolean ("boolean", NULL, NULL, TRUE, PSPEC_FLAGS), NULL, NULL, 0);
    case INT:
      return pulsar_setting_new (g_param_spec_int ("int", NULL, NULL, -5, 5, -1, PSPEC_FLAGS), NULL, NULL, 0);
    case UINT:
      return pulsar_setting_new (g_param_spec_uint ("uint", NULL, NULL, 0, G_MAXUINT, 1, PSPEC_FLAGS), NULL, NULL, 0);
    case INT64:
      return pulsar_setting_new (g_param_spec_int64 ("int64", NULL, NULL, G_MININT64, G_MAXINT64, 2, PSPEC_FLAGS),
                                 NULL, NULL, 0);
    case UINT64:
      return pulsar_setting_new (g_param_spec_uint64 ("uint64", NULL, NULL, 0, G_MAXUINT64, 3, PSPEC_FLAGS),
                                 NULL, NULL, 0);
    case DOUBLE:
      return pulsar_setting_new (g_param_spec_double ("double", NULL, NULL, 0.0, 1.0, 0.5, PSPEC_FLAGS), NULL, NULL, 0);
    case STRING:
      return pulsar_setting_new (g_param_spec_string ("string", NULL, NULL, NULL, PSPEC_FLAGS), NULL, NULL, 0);
    case STRV:
      return pulsar_setting_new (g_param_spec_boxed ("strv", NULL, NULL, G_TYPE_STRV, PSPEC_FLAGS), NULL, NULL, 0);
    case ENUM:
      return pulsar_setting_new (g_param_spec_enum ("enum", NULL, NULL, PULSAR_TYPE_ORIGIN, PULSAR_ORIGIN_KEY_FILE,
                                                    PSPEC_FLAGS), NULL, NULL, 0);
    case FLAGS:
      return pulsar_setting_new (g_param_spec_flags ("flags", NULL, NULL, PULSAR_TYPE_SETTING_FLAGS,
                                                     PULSAR_SETTING_GLOBAL | PULSAR_SETTING_SECRET, PSPEC_FLAGS),
                                 NULL, NULL, 0);
    case DURATION:
      return pulsar_setting_new_with_properties ("pspec", g_param_spec_int64 ("duration", NULL, NULL, 1000, 60000000,
                                                                              1500000, PSPEC_FLAGS),
                                                 "unit", PULSAR_SETTING_UNIT_DURATION, NULL);
    case SIZE:
      return pulsar_setting_new_with_properties ("pspec", g_param_spec_uint64 ("size", NULL, NULL, 0, 1 << 30, 1 << 20,
                                                                               PSPEC_FLAGS),
                                                 "unit", PULSAR_SETTING_UNIT_SIZE, NULL);
    case COMMAND:
      return pulsar_setting_new_with_properties ("pspec", g_param_spec_boxed ("command", NULL, NULL, G_TYPE_STRV,
                                                                              PSPEC_FLAGS),
                                                 "unit", PULSAR_SETTING_UNIT_COMMAND, NULL);
    default:
      g_assert_not_reached ();
    }
}

static void
test_setting_types (void)
{
  static const struct
  {
    Type type;
    const char *default_value;
    const char *text;
    const char *allowed;
  } rows[] = {
    { BOOLEAN, "true", "true", "true or false" },
    { INT, "-1", "-1", "a whole number from -5 to 5" },
    { UINT, "uint32 1", "1", "a whole number of at least 0" },
    { INT64, "int64 2", "2", "a whole number" },
    { UINT64, "uint64 3", "3", "a whole number of at least 0" },
    { DOUBLE, "0.5", "0.5", "a number from 0 to 1" },
    { STRING, "''", "", "a text" },
    { STRV, "@as []", "", "a list, separated by commas" },
    { ENUM, "'key-file'", "key-file",
      "default, class, parameter, arbiter, key-file, environment, command-line or runtime" },
    { FLAGS, "['global', 'secret']", "global,secret",
      "a list, separated by commas, of global, secret, runtime or hidden" },
    { DURATION, "int64 1500000", "1.5 s", "a duration from 1 ms to 1 min" },
    { SIZE, "uint64 1048576", "1 M", "a size from 0 to 1 G" },
    { COMMAND, "@as []", "", "a command line" },
  };

  g_test_summary ("The default comes from the specification, and each type says what it allows");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarSetting) setting = new_setting (rows[i].type);
      g_autoptr(GVariant) expected = g_variant_ref_sink (g_variant_new_parsed (rows[i].default_value));
      g_autofree char *text = pulsar_setting_dup_text (setting);
      g_autofree char *allowed = pulsar_setting_dup_allowed (setting);

      g_test_message ("%s", pulsar_setting_get_name (setting));
      g_assert_cmpvariant (pulsar_setting_get_value (setting), expected);
      g_assert_cmpvariant (pulsar_setting_get_default_value (setting), expected);
      g_assert_cmpstr (text, ==, rows[i].text);
      g_assert_cmpstr (allowed, ==, rows[i].allowed);
      g_assert_cmpstr (pulsar_setting_get_flag (setting), ==, pulsar_setting_get_name (setting));
      g_assert_cmpint (pulsar_setting_get_origin (setting), ==, PULSAR_ORIGIN_DEFAULT);
      g_assert_null (pulsar_setting_get_origin_detail (setting));
      g_assert_false (pulsar_setting_get_is_modified (setting));
    }
}

static void
test_setting_values (void)
{
  static const struct
  {
    Type type;
    const char *given;
    const char *expected;
    const char *text;  /* what format () makes of it */
  } rows[] = {
    { BOOLEAN, "false", "false", "false" },
    { BOOLEAN, "'yes'", "true", "true" },
    { BOOLEAN, "' On '", "true", "true" },
    { BOOLEAN, "'0'", "false", "false" },
    { BOOLEAN, "'FALSE'", "false", "false" },
    { INT, "5", "5", "5" },
    { INT, "'-5'", "-5", "-5" },
    { INT, "byte 0x04", "4", "4" },
    { INT, "int16 -3", "-3", "-3" },
    { INT, "uint16 3", "3", "3" },
    { INT, "int64 -2", "-2", "-2" },
    { INT, "uint64 2", "2", "2" },
    { UINT, "7", "uint32 7", "7" },
    { UINT, "'4294967295'", "uint32 4294967295", "4294967295" },
    { INT64, "'-9223372036854775808'", "@x -9223372036854775808", "-9223372036854775808" },
    { UINT64, "uint64 9223372036854775807", "uint64 9223372036854775807", "9223372036854775807" },
    { DOUBLE, "1", "1.0", "1" },
    { DOUBLE, "'2.5e-1'", "0.25", "0.25" },
    { DOUBLE, "0.125", "0.125", "0.125" },
    { STRING, "' as it is '", "' as it is '", " as it is " },
    { STRV, "['a', 'b,c', '']", "['a', 'b,c', '']", "a,b\\,c," },
    { STRV, "'a'", "['a']", "a" },
    { STRV, "' a , b\\\\,c\\\\\\\\ '", "['a', 'b,c\\\\']", "a,b\\,c\\\\" },
    { STRV, "''", "@as []", "" },
    { STRV, "'  '", "@as []", "" },
    { STRV, "@as []", "@as []", "" },
    { ENUM, "'command_line'", "'command-line'", "command-line" },
    { FLAGS, "'hidden, global'", "['global', 'hidden']", "global,hidden" },
    { FLAGS, "@as []", "@as []", "" },
    { DURATION, "@x 2000", "@x 2000", "2 ms" },
    { DURATION, "'2'", "@x 2000000", "2 s" },
    { DURATION, "'1 min'", "@x 60000000", "1 min" },
    { DURATION, "0.25", "@x 250000", "250 ms" },
    { DURATION, "5", "@x 5000000", "5 s" },
    { DURATION, "uint32 5", "@x 5000000", "5 s" },
    { SIZE, "uint64 1024", "uint64 1024", "1 K" },
    { SIZE, "1024", "uint64 1024", "1 K" },
    { SIZE, "'1 G'", "uint64 1073741824", "1 G" },
    { COMMAND, "'python3 \"a b\" --x=1'", "['python3', 'a b', '--x=1']", "python3 'a b' --x=1" },
    { COMMAND, "['sh', '-c', '']", "['sh', '-c', '']", "sh -c ''" },
    { COMMAND, "''", "@as []", "" },
  };

  g_test_summary ("Values of the type, text, and types that convert without loss are taken");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarSetting) setting = new_setting (rows[i].type);
      g_autoptr(GVariant) given = g_variant_ref_sink (g_variant_new_parsed (rows[i].given));
      g_autoptr(GVariant) expected = g_variant_ref_sink (g_variant_new_parsed (rows[i].expected));
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) value = NULL;
      g_autoptr(GVariant) again = NULL;
      g_autofree char *text = NULL;
      const char *word = "";

      g_test_message ("%s: %s", pulsar_setting_get_name (setting), rows[i].given);
      value = pulsar_setting_check (setting, given, &word, &error);
      g_assert_no_error (error);
      g_assert_cmpvariant (value, expected);
      g_assert_null (word);

      text = pulsar_setting_format (setting, value);
      g_assert_cmpstr (text, ==, rows[i].text);
      /* An empty element can be given by code, but not as text. */
      if (!g_str_has_suffix (text, "c,"))
        {
          g_assert_true (pulsar_setting_parse (setting, text, &again, &error));
          g_assert_cmpvariant (again, value);
        }
    }
}

static void
test_setting_refused (void)
{
  static const struct
  {
    Type type;
    const char *given;
    const char *reason;
  } rows[] = {
    { BOOLEAN, "'maybe'", "“maybe” is neither true nor false" },
    { BOOLEAN, "1", "“1” has the type “i”" },
    { INT, "6", "“6” is out of range" },
    { INT, "'-6'", "“-6” is out of range" },
    { INT, "''", "“” is not a whole number" },
    { INT, "'1.5'", "“1.5” is not a whole number" },
    { INT, "'0x1'", "“0x1” is not a whole number" },
    { INT, "'five'", "“five” is not a whole number" },
    { INT, "1.5", "“1.5” has the type “d”" },
    { INT, "true", "“true” has the type “b”" },
    { UINT, "-1", "“-1” is out of range" },
    { UINT, "'4294967296'", "“4294967296” is out of range" },
    { INT64, "'99999999999999999999'", "“99999999999999999999” is out of range" },
    { DOUBLE, "'half'", "“half” is not a number" },
    { DOUBLE, "'0.5x'", "“0.5x” is not a number" },
    { DOUBLE, "''", "“” is not a number" },
    { DOUBLE, "'nan'", "“nan” is not a number" },
    { DOUBLE, "'inf'", "“inf” is not a number" },
    { DOUBLE, "1.5", "“1.5” is out of range" },
    { DOUBLE, "false", "“false” has the type “b”" },
    { STRING, "1", "“1” has the type “i”" },
    { STRING, "['a']", "“['a']” has the type “as”" },
    { STRV, "'a,,b'", "“a,,b” has an empty element" },
    { STRV, "'a,'", "“a,” has an empty element" },
    { STRV, "[1]", "“[1]” has the type “ai”" },
    { ENUM, "'nowhere'", "“nowhere” is none of the values" },
    { ENUM, "1", "“1” has the type “i”" },
    { FLAGS, "'global,loud'", "“loud” is none of the values" },
    { DURATION, "'5 parsec'", "“5 parsec” is not a duration such as “500 ms”, “1.5 s”, “10 min” or “2 h”" },
    { DURATION, "'2 min'", "“2 min” is out of range" },
    { DURATION, "-1.0", "“-1.0” is out of range" },
    { DURATION, "@d inf", "“inf” is out of range" },
    { DURATION, "@d -inf", "“-inf” is out of range" },
    { DURATION, "@d nan", "“nan” is out of range" },
    { DURATION, "100", "“100” is out of range" },
    { DURATION, "uint64 18446744073709551615", "“18446744073709551615” is out of range" },
    { DURATION, "true", "“true” has the type “b”" },
    { SIZE, "'2 G'", "“2 G” is out of range" },
    { SIZE, "'18446744073709551615'", "“18446744073709551615” is out of range" },
    { SIZE, "uint64 18446744073709551615", "“18446744073709551615” is out of range" },
    { SIZE, "'much'", "“much” is not a size such as “4096”, “64 K”, “1.5 M” or “2 G”" },
    { COMMAND, "'sh \"x'", "“sh \"x” has a quote that is not closed" },
  };

  g_test_summary ("What is refused is refused with the reason and with what is allowed");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarSetting) setting = new_setting (rows[i].type);
      g_autoptr(GVariant) given = g_variant_ref_sink (g_variant_new_parsed (rows[i].given));
      g_autofree char *allowed = pulsar_setting_dup_allowed (setting);
      g_autofree char *message = g_strdup_printf ("%s; allowed: %s", rows[i].reason, allowed);
      g_autoptr(GError) error = NULL;

      g_test_message ("%s: %s", pulsar_setting_get_name (setting), rows[i].given);
      g_assert_null (pulsar_setting_check (setting, given, NULL, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      g_assert_cmpstr (error->message, ==, message);
    }
}

static void
test_setting_ranges (void)
{
  static const struct
  {
    int minimum;
    int maximum;
    const char *allowed;
  } rows[] = {
    { G_MININT, G_MAXINT, "a whole number" },
    { G_MININT, 3, "a whole number of at most 3" },
    { 3, G_MAXINT, "a whole number of at least 3" },
    { 3, 4, "a whole number from 3 to 4" },
  };

  g_test_summary ("Only limits somebody set are mentioned");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarSetting) whole = NULL;
      g_autoptr(PulsarSetting) real = NULL;
      g_autofree char *allowed = NULL;
      g_autofree char *real_allowed = NULL;
      g_auto(GStrv) words = g_strsplit (rows[i].allowed, "whole ", 2);
      g_autofree char *expected = g_strjoinv ("", words);
      double minimum = rows[i].minimum == G_MININT ? -G_MAXDOUBLE : rows[i].minimum;
      double maximum = rows[i].maximum == G_MAXINT ? G_MAXDOUBLE : rows[i].maximum;

      whole = pulsar_setting_new (g_param_spec_int ("x", NULL, NULL, rows[i].minimum, rows[i].maximum, 3, PSPEC_FLAGS),
                                  NULL, NULL, 0);
      real = pulsar_setting_new (g_param_spec_double ("x", NULL, NULL, minimum, maximum, 3.0, PSPEC_FLAGS), NULL, NULL, 0);
      allowed = pulsar_setting_dup_allowed (whole);
      real_allowed = pulsar_setting_dup_allowed (real);
      g_assert_cmpstr (allowed, ==, rows[i].allowed);
      g_assert_cmpstr (real_allowed, ==, expected);
    }
}

static void
test_setting_words (void)
{
  g_autoptr(PulsarSetting) setting = NULL;
  g_autoptr(PulsarSetting) list = NULL;
  g_autoptr(PulsarSetting) without = NULL;
  g_autoptr(GVariant) text = g_variant_ref_sink (g_variant_new_string (" off "));
  g_autoptr(GVariant) none = g_variant_ref_sink (g_variant_new_string ("none"));
  g_autoptr(GVariant) zero = g_variant_ref_sink (g_variant_new_uint32 (0));
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) empty = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *allowed = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *by_default = NULL;
  const char *word = NULL;

  g_test_summary ("A word has a value of the type, which may lie outside the range");
  setting = pulsar_setting_new_with_properties (
    "pspec", g_param_spec_uint ("x", NULL, NULL, 1, 10, 5, PSPEC_FLAGS),
    "words", g_variant_new_parsed ("{'off': <uint32 0>, 'most': <uint32 10>}"), NULL);
  allowed = pulsar_setting_dup_allowed (setting);
  g_assert_cmpstr (allowed, ==, "a whole number from 1 to 10, or off or most");

  value = pulsar_setting_check (setting, text, &word, &error);
  g_assert_no_error (error);
  g_assert_cmpvariant (value, zero);
  g_assert_cmpstr (word, ==, "off");
  g_assert_null (pulsar_setting_check (setting, zero, &word, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_null (word);

  g_assert_true (pulsar_setting_set_layer (setting, PULSAR_ORIGIN_PARAMETER, value, "off", NULL));
  shown = pulsar_setting_dup_text (setting);
  g_assert_cmpstr (shown, ==, "off");

  list = pulsar_setting_new_with_properties (
    "pspec", g_param_spec_boxed ("x", NULL, NULL, G_TYPE_STRV, PSPEC_FLAGS),
    "default-value", g_variant_new_parsed ("['a']"),
    "words", g_variant_new_parsed ("{'none': <@as []>}"), NULL);
  empty = pulsar_setting_check (list, none, &word, NULL);
  g_assert_cmpuint (g_variant_n_children (empty), ==, 0);
  g_assert_cmpstr (word, ==, "none");
  g_assert_cmpuint (g_variant_n_children (pulsar_setting_get_value (list)), ==, 1);

  without = pulsar_setting_new_with_properties (
    "pspec", g_param_spec_boxed ("x", NULL, NULL, G_TYPE_STRV, PSPEC_FLAGS),
    "default-value", g_variant_new_string ("none"),
    "words", g_variant_new_parsed ("{'none': <@as []>}"), NULL);
  by_default = pulsar_setting_dup_text (without);
  g_assert_cmpstr (by_default, ==, "none");
  g_assert_cmpuint (g_variant_n_children (pulsar_setting_get_value (without)), ==, 0);
  g_assert_false (pulsar_setting_get_is_modified (without));
}

static gboolean
validate_even (PulsarSetting  *setting,
               GVariant       *value,
               gpointer        user_data,
               GError        **error)
{
  gboolean *silent = user_data;

  if (g_variant_get_int32 (value) % 2 == 0)
    return TRUE;
  if (!*silent)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%d is odd", g_variant_get_int32 (value));
  return FALSE;
}

static void
count_cb (gpointer user_data)
{
  guint *count = user_data;

  (*count)++;
}

static void
test_setting_validator (void)
{
  g_autoptr(PulsarSetting) setting = new_setting (INT);
  g_autoptr(PulsarSetting) setting_copy = NULL;
  g_autoptr(GVariant) odd = g_variant_ref_sink (g_variant_new_int32 (3));
  g_autoptr(GVariant) even = g_variant_ref_sink (g_variant_new_int32 (4));
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GError) error = NULL;
  gboolean silent = FALSE;
  guint n_destroyed = 0;

  g_test_summary ("A validator refuses after type and range; copies share it");
  pulsar_setting_set_validator (setting, validate_even, &silent, NULL);
  g_assert_null (pulsar_setting_check (setting, odd, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_cmpstr (error->message, ==, "3 is odd");
  g_clear_error (&error);

  silent = TRUE;
  setting_copy = pulsar_setting_copy (setting, NULL);
  g_assert_null (pulsar_setting_check (setting_copy, odd, NULL, &error));
  g_assert_cmpstr (error->message, ==, "the value is refused");
  value = pulsar_setting_check (setting_copy, even, NULL, NULL);
  g_assert_cmpvariant (value, even);
  g_clear_error (&error);

  pulsar_setting_set_validator (setting, NULL, NULL, NULL);
  g_clear_pointer (&value, g_variant_unref);
  value = pulsar_setting_check (setting, odd, NULL, NULL);
  g_assert_cmpvariant (value, odd);
  g_assert_null (pulsar_setting_check (setting_copy, odd, NULL, NULL));

  pulsar_setting_set_validator (setting, NULL, &n_destroyed, count_cb);
  g_assert_cmpuint (n_destroyed, ==, 1);
  pulsar_setting_set_validator (setting, validate_even, &n_destroyed, count_cb);
  g_clear_object (&setting_copy);
  setting_copy = pulsar_setting_copy (setting, NULL);
  g_assert_finalize_object (g_steal_pointer (&setting));
  g_assert_cmpuint (n_destroyed, ==, 1);
  g_assert_finalize_object (g_steal_pointer (&setting_copy));
  g_assert_cmpuint (n_destroyed, ==, 2);
}

static void
collect_notify_cb (GObject    *object,
                   GParamSpec *pspec,
                   gpointer    user_data)
{
  g_ptr_array_add (user_data, (gpointer) pspec->name);
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* GObject says in no order what was notified while it was frozen. */
static void
assert_notified (GPtrArray  *log,
                 const char *expected)
{
  g_autofree char *names = NULL;

  g_ptr_array_sort (log, compare_strings);
  g_ptr_array_add (log, NULL);
  names = g_strjoinv (" ", (char **) log->pdata);
  g_assert_cmpstr (names, ==, expected);
  g_ptr_array_set_size (log, 0);
}

static void
test_setting_layers (void)
{
  static const PulsarOrigin lowest_first[] = {
    PULSAR_ORIGIN_CLASS,
    PULSAR_ORIGIN_ARBITER,
    PULSAR_ORIGIN_PARAMETER,
    PULSAR_ORIGIN_KEY_FILE,
    PULSAR_ORIGIN_ENVIRONMENT,
    PULSAR_ORIGIN_COMMAND_LINE,
    PULSAR_ORIGIN_RUNTIME,
  };
  g_autoptr(PulsarSetting) setting = new_setting (INT);

  g_test_summary ("A value covers those of the layers below, whichever was set first, and uncovers them when it goes");
  for (gsize i = 0; i < G_N_ELEMENTS (lowest_first); i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (lowest_first); j++)
        {
          g_autoptr(GVariant) one = g_variant_ref_sink (g_variant_new_int32 (1));
          g_autoptr(GVariant) two = g_variant_ref_sink (g_variant_new_int32 (2));
          PulsarOrigin higher = lowest_first[MAX (i, j)];

          if (i == j)
            continue;
          g_assert_true (pulsar_setting_set_layer (setting, lowest_first[i], one, NULL, "i"));
          g_assert_cmpint (pulsar_setting_set_layer (setting, lowest_first[j], two, NULL, "j"), ==, j > i);
          g_assert_cmpint (pulsar_setting_get_origin (setting), ==, higher);
          g_assert_cmpvariant (pulsar_setting_get_value (setting), j > i ? two : one);
          g_assert_cmpstr (pulsar_setting_get_origin_detail (setting), ==, j > i ? "j" : "i");
          g_assert_cmpint (pulsar_setting_get_is_modified (setting), ==, higher != PULSAR_ORIGIN_CLASS);

          g_assert_true (pulsar_setting_set_layer (setting, higher, NULL, NULL, NULL));
          g_assert_cmpint (pulsar_setting_get_origin (setting), ==, lowest_first[MIN (i, j)]);
          g_assert_true (pulsar_setting_restore (setting, PULSAR_ORIGIN_DEFAULT, NULL, NULL, NULL));
          g_assert_cmpint (pulsar_setting_get_origin (setting), ==, PULSAR_ORIGIN_DEFAULT);
        }
    }
}

static void
test_setting_notify (void)
{
  g_autoptr(PulsarSetting) setting = new_setting (INT);
  g_autoptr(GVariant) one = g_variant_ref_sink (g_variant_new_int32 (1));
  g_autoptr(GPtrArray) log = g_ptr_array_new ();

  g_test_summary ("Exactly what changed is notified");
  g_signal_connect (setting, "notify", G_CALLBACK (collect_notify_cb), log);
  g_assert_true (pulsar_setting_set_layer (setting, PULSAR_ORIGIN_CLASS, one, NULL, NULL));
  assert_notified (log, "origin value");
  g_assert_false (pulsar_setting_set_layer (setting, PULSAR_ORIGIN_ENVIRONMENT, one, NULL, "PULSAR_INT"));
  assert_notified (log, "is-modified origin origin-detail");
  g_assert_false (pulsar_setting_set_layer (setting, PULSAR_ORIGIN_ENVIRONMENT, one, NULL, "PULSAR_INT"));
  g_assert_false (pulsar_setting_set_layer (setting, PULSAR_ORIGIN_PARAMETER, one, NULL, NULL));
  assert_notified (log, "");
  g_assert_true (pulsar_setting_restore (setting, PULSAR_ORIGIN_DEFAULT, NULL, NULL, NULL));
  assert_notified (log, "is-modified origin origin-detail value");
}

static void
test_setting_properties (void)
{
  const char *given_aliases[] = { "other_name", NULL };
  g_autoptr(PulsarSetting) setting = NULL;
  g_autoptr(PulsarSetting) prefixed = NULL;
  g_autoptr(PulsarSetting) global = NULL;
  g_autoptr(PulsarSetting) global_copy = NULL;
  g_autoptr(GParamSpec) pspec = NULL;
  g_autoptr(GVariant) words = NULL;
  g_autoptr(GVariant) default_value = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autofree char *name = NULL, *section = NULL, *scope = NULL, *flag = NULL, *short_flag = NULL, *arg = NULL;
  g_autofree char *domain = NULL, *detail = NULL;
  g_auto(GStrv) aliases = NULL;
  PulsarSettingFlags flags;
  PulsarSettingUnit unit;
  PulsarOrigin origin;
  gboolean is_modified;

  g_test_summary ("Properties and getters agree, and a copy with a prefix differs in its names alone");
  setting = pulsar_setting_new_with_properties (
    "pspec", g_param_spec_int64 ("some_name", "Short", "Long", 0, 100, 7, G_PARAM_READWRITE),
    "section", "Section", "scope", "socket", "flags", PULSAR_SETTING_RUNTIME | PULSAR_SETTING_HIDDEN,
    "unit", PULSAR_SETTING_UNIT_DURATION, "flag", "some-flag", "short-flag", "s", "aliases", given_aliases,
    "arg-description", "ARG", "translation-domain", "nowhere", "words", g_variant_new_parsed ("{'off': <int64 0>}"),
    "default-value", g_variant_new_int64 (8), NULL);
  g_object_get (setting, "pspec", &pspec, "name", &name, "section", &section, "scope", &scope, "flags", &flags,
                "unit", &unit, "flag", &flag, "short-flag", &short_flag, "aliases", &aliases, "arg-description", &arg,
                "translation-domain", &domain, "words", &words, "default-value", &default_value, "value", &value,
                "origin", &origin, "origin-detail", &detail, "is-modified", &is_modified, NULL);
  g_assert_true (pspec == pulsar_setting_get_pspec (setting));
  g_assert_cmpstr (name, ==, "some-name");
  g_assert_cmpstr (pulsar_setting_get_name (setting), ==, name);
  g_assert_cmpstr (section, ==, "Section");
  g_assert_cmpstr (pulsar_setting_get_section (setting), ==, section);
  g_assert_cmpstr (scope, ==, "socket");
  g_assert_cmpstr (pulsar_setting_get_scope (setting), ==, scope);
  g_assert_cmpuint (flags, ==, PULSAR_SETTING_RUNTIME | PULSAR_SETTING_HIDDEN);
  g_assert_cmpuint (pulsar_setting_get_flags (setting), ==, flags);
  g_assert_cmpint (unit, ==, PULSAR_SETTING_UNIT_DURATION);
  g_assert_cmpint (pulsar_setting_get_unit (setting), ==, unit);
  g_assert_cmpstr (flag, ==, "some-flag");
  g_assert_cmpstr (short_flag, ==, "s");
  g_assert_cmpstr (pulsar_setting_get_short_flag (setting), ==, short_flag);
  g_assert_cmpstrv (aliases, given_aliases);
  g_assert_cmpstr (arg, ==, "ARG");
  g_assert_cmpstr (pulsar_setting_get_arg_description (setting), ==, arg);
  g_assert_cmpstr (domain, ==, "nowhere");
  g_assert_true (words == pulsar_setting_get_words (setting));
  g_assert_cmpint (g_variant_get_int64 (default_value), ==, 8);
  g_assert_cmpint (g_variant_get_int64 (value), ==, 8);
  g_assert_cmpint (origin, ==, PULSAR_ORIGIN_DEFAULT);
  g_assert_null (detail);
  g_assert_false (is_modified);
  g_assert_cmpstr (pulsar_setting_get_summary (setting), ==, "Short");
  g_assert_cmpstr (pulsar_setting_get_description (setting), ==, "Long");

  pulsar_setting_set_layer (setting, PULSAR_ORIGIN_KEY_FILE, words, "off", "a.conf:1");
  prefixed = pulsar_setting_copy (setting, "rpc");
  g_assert_cmpstr (pulsar_setting_get_name (prefixed), ==, "rpc-some-name");
  g_assert_cmpstr (pulsar_setting_get_flag (prefixed), ==, "rpc-some-flag");
  g_assert_null (pulsar_setting_get_short_flag (prefixed));
  g_assert_cmpstr (pulsar_setting_get_aliases (prefixed)[0], ==, "rpc-other_name");
  g_assert_cmpstr (pulsar_setting_get_origin_detail (prefixed), ==, "a.conf:1");
  g_assert_cmpstr (pulsar_setting_get_word (prefixed), ==, "off");

  global = pulsar_setting_new (g_param_spec_boolean ("x", NULL, NULL, FALSE, PSPEC_FLAGS), NULL, NULL,
                               PULSAR_SETTING_GLOBAL);
  global_copy = pulsar_setting_copy (global, "rpc");
  g_assert_cmpstr (pulsar_setting_get_name (global_copy), ==, "x");
}

static void
test_setting_secret (void)
{
  static const char * const given[] = { "'hunter2'", "['hunter2', 'x']" };
  static const Type types[] = { INT, INT64, DOUBLE, BOOLEAN, ENUM, DURATION, SIZE, STRING, FLAGS };

  g_test_summary ("No message and no text for people has the value of a secret");
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr(PulsarSetting) model = new_setting (types[i]);
      g_autoptr(PulsarSetting) setting = NULL;
      g_autofree char *text = NULL;

      setting = g_object_new (PULSAR_TYPE_SETTING, "pspec", pulsar_setting_get_pspec (model),
                              "unit", pulsar_setting_get_unit (model), "flags", PULSAR_SETTING_SECRET, NULL);
      text = pulsar_setting_dup_text (setting);
      g_assert_cmpstr (text, ==, "***");
      for (gsize j = 0; j < G_N_ELEMENTS (given); j++)
        {
          g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (given[j]));
          g_autoptr(GVariant) checked = NULL;
          g_autoptr(GError) error = NULL;

          checked = pulsar_setting_check (setting, value, NULL, &error);
          g_assert_true (checked != NULL || strstr (error->message, "hunter2") == NULL);
          g_assert_true (checked != NULL || strstr (error->message, "***") != NULL);
        }
    }
}

static void
test_setting_misuse (void)
{
  g_autoptr(PulsarSetting) wrong_type = NULL;
  g_autoptr(PulsarSetting) wrong_unit = NULL;
  g_autoptr(PulsarSetting) wrong_words = NULL;
  g_autoptr(PulsarSetting) wrong_default = NULL;
  g_autoptr(PulsarSetting) nothing = NULL;

  g_test_summary ("A setting that cannot be is a mistake of the programmer, and the program goes on");
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*type and unit*“x”*");
  wrong_type = pulsar_setting_new (g_param_spec_object ("x", NULL, NULL, G_TYPE_OBJECT, PSPEC_FLAGS), NULL, NULL, 0);
  g_test_assert_expected_messages ();
  g_assert_cmpstr (pulsar_setting_get_name (wrong_type), ==, "invalid");

  g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*type and unit*“x”*");
  wrong_unit = pulsar_setting_new_with_properties ("pspec", g_param_spec_int ("x", NULL, NULL, 0, 1, 0, PSPEC_FLAGS),
                                                   "unit", PULSAR_SETTING_UNIT_DURATION, NULL);
  g_test_assert_expected_messages ();

  g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*words*“x”*");
  wrong_words = pulsar_setting_new_with_properties ("pspec", g_param_spec_int ("x", NULL, NULL, 0, 1, 0, PSPEC_FLAGS),
                                                    "words", g_variant_new_parsed ("{'off': <'a'>}"), NULL);
  g_test_assert_expected_messages ();
  g_assert_null (pulsar_setting_get_words (wrong_words));

  g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*default*“x”*out of range*");
  wrong_default = pulsar_setting_new_with_properties ("pspec", g_param_spec_int ("x", NULL, NULL, 0, 1, 1, PSPEC_FLAGS),
                                                      "default-value", g_variant_new_int32 (2), NULL);
  g_test_assert_expected_messages ();
  g_assert_cmpint (g_variant_get_int32 (pulsar_setting_get_value (wrong_default)), ==, 1);

  g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*(no pspec)*");
  nothing = g_object_new (PULSAR_TYPE_SETTING, NULL);
  g_test_assert_expected_messages ();
}

static void
test_setting_duration (void)
{
  g_autoptr(PulsarSetting) setting =
    pulsar_setting_new_duration ("pause", "Pauses", "How long", 0, G_TIME_SPAN_HOUR, 2 * G_TIME_SPAN_SECOND);
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("A setting for a time is made in one call, and has type, range and default");
  g_assert_cmpint (pulsar_setting_get_unit (setting), ==, PULSAR_SETTING_UNIT_DURATION);
  g_assert_cmpstr (pulsar_setting_get_section (setting), ==, "Pauses");
  pulsar_config_add_setting (config, setting);
  g_assert_cmpint (pulsar_config_get_duration (config, "pause"), ==, 2 * G_TIME_SPAN_SECOND);
  g_assert_true (pulsar_config_set_value (config, "pause", g_variant_new_string ("20ms"), &error));
  g_assert_no_error (error);
  g_assert_cmpint (pulsar_config_get_duration (config, "pause"), ==, 20 * G_TIME_SPAN_MILLISECOND);
  g_assert_false (pulsar_config_set_value (config, "pause", g_variant_new_string ("2h"), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/setting/types", test_setting_types);
  g_test_add_func ("/setting/values", test_setting_values);
  g_test_add_func ("/setting/refused", test_setting_refused);
  g_test_add_func ("/setting/ranges", test_setting_ranges);
  g_test_add_func ("/setting/words", test_setting_words);
  g_test_add_func ("/setting/validator", test_setting_validator);
  g_test_add_func ("/setting/layers", test_setting_layers);
  g_test_add_func ("/setting/notify", test_setting_notify);
  g_test_add_func ("/setting/properties", test_setting_properties);
  g_test_add_func ("/setting/secret", test_setting_secret);
  g_test_add_func ("/setting/duration", test_setting_duration);
  g_test_add_func ("/setting/misuse", test_setting_misuse);

  return g_test_run ();
}
