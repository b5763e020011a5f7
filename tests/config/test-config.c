/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test.h"

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

#define PSPEC_FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

static void
add_int (PulsarConfig       *config,
         const char         *name,
         int                 default_value,
         PulsarSettingFlags  flags)
{
  g_autoptr(PulsarSetting) setting = NULL;

  setting = pulsar_setting_new (g_param_spec_int (name, NULL, NULL, 0, 100, default_value, PSPEC_FLAGS),
                                NULL, NULL, flags);
  pulsar_config_add_setting (config, setting);
}

static PulsarOrigin
origin_of (PulsarConfig *config,
           const char   *name)
{
  return pulsar_setting_get_origin (pulsar_config_get_setting (config, name));
}

static void
count_changed_cb (PulsarConfig  *config,
                  PulsarSetting *setting,
                  gpointer       user_data)
{
  GString *log = user_data;
  g_autofree char *text = pulsar_setting_dup_text (setting);

  g_string_append_printf (log, "%s=%s ", pulsar_setting_get_name (setting), text);
}

static void
count_items_cb (GListModel *model,
                guint       position,
                guint       removed,
                guint       added,
                gpointer    user_data)
{
  GString *log = user_data;

  g_string_append_printf (log, "%u-%u+%u ", position, removed, added);
}

static void
count_notify_cb (GObject    *object,
                 GParamSpec *pspec,
                 gpointer    user_data)
{
  guint *count = user_data;

  (*count)++;
}

static void
test_config_set (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) none = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) log = g_string_new (NULL);

  g_test_summary ("A setting takes a value, refuses a wrong one, and tells of a change");
  add_int (config, "some-number", 7, 0);
  add_int (config, "other", 7, 0);
  g_signal_connect (config, "changed::some-number", G_CALLBACK (count_changed_cb), log);

  g_assert_true (pulsar_config_set_value (config, "some_number", g_variant_new_int32 (9), &error));
  g_assert_no_error (error);
  g_assert_true (pulsar_config_set_value (config, "some-number", g_variant_new_string ("9"), &error));
  g_assert_true (pulsar_config_set_value (config, "other", g_variant_new_int32 (3), &error));
  g_assert_cmpstr (log->str, ==, "some-number=9 ");
  value = pulsar_config_get_value (config, "some-number");
  g_assert_cmpint (g_variant_get_int32 (value), ==, 9);
  g_assert_cmpint (origin_of (config, "some-number"), ==, PULSAR_ORIGIN_PARAMETER);

  g_assert_false (pulsar_config_set_value (config, "some_number", g_variant_new_int32 (101), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_cmpstr (error->message, ==,
                   "Setting “some-number”: “101” is out of range; allowed: a whole number from 0 to 100");
  g_clear_error (&error);
  g_assert_cmpint (pulsar_config_get_int (config, "some-number"), ==, 9);

  g_assert_true (pulsar_config_set_value (config, "some-number", NULL, &error));
  g_assert_cmpint (pulsar_config_get_int (config, "some-number"), ==, 7);
  g_assert_cmpstr (log->str, ==, "some-number=9 some-number=7 ");

  g_assert_null (pulsar_config_get_setting (config, "nobody"));
  none = pulsar_config_get_value (config, "nobody");
  g_assert_null (none);
}

static void
test_config_set_from (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("The error names the source and has the code of it; only code may set what does not exist");
  add_int (config, "x", 7, 0);
  g_assert_true (pulsar_config_set_from (config, "x", g_variant_new_string ("8"), PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_X",
                                         &error));
  g_assert_cmpint (pulsar_config_get_int (config, "x"), ==, 8);
  g_assert_cmpstr (pulsar_setting_get_origin_detail (pulsar_config_get_setting (config, "x")), ==, "PULSAR_X");

  g_assert_false (pulsar_config_set_from (config, "x", g_variant_new_string ("a"), PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_X",
                                          &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_true (g_str_has_prefix (error->message, "PULSAR_X: “a” is not"));
  g_clear_error (&error);
  g_assert_false (pulsar_config_set_from (config, "x", g_variant_new_string ("a"), PULSAR_ORIGIN_COMMAND_LINE, "-x",
                                          &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
  g_clear_error (&error);

  g_assert_false (pulsar_config_set_from (config, "y", g_variant_new_int32 (1), PULSAR_ORIGIN_COMMAND_LINE, "--y", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
  g_assert_cmpstr (error->message, ==, "--y: there is no setting “y”");
  g_clear_error (&error);
  g_assert_false (pulsar_config_set_from (config, "y", g_variant_new_int32 (1), PULSAR_ORIGIN_KEY_FILE, "a.conf:1",
                                          &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
}

static void
test_config_phases (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("What code sets is a parameter, later a change at run time, and then only where that is allowed");
  add_int (config, "fixed", 7, 0);
  add_int (config, "movable", 7, PULSAR_SETTING_RUNTIME);

  pulsar_config_set_phase (config, PULSAR_CONFIG_PHASE_LOADED);
  g_assert_cmpint (pulsar_config_get_phase (config), ==, PULSAR_CONFIG_PHASE_LOADED);
  g_assert_true (pulsar_config_set_int (config, "fixed", 8, &error));
  g_assert_cmpint (origin_of (config, "fixed"), ==, PULSAR_ORIGIN_RUNTIME);

  pulsar_config_set_phase (config, PULSAR_CONFIG_PHASE_RUNNING);
  g_assert_false (pulsar_config_set_int (config, "fixed", 9, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED);
  g_assert_cmpstr (error->message, ==, "Setting “fixed” cannot change while the program runs");
  g_clear_error (&error);
  g_assert_true (pulsar_config_set_int (config, "movable", 9, &error));
  g_assert_true (pulsar_config_set_value (config, "free", g_variant_new_int32 (9), &error));
  g_assert_cmpint (pulsar_config_get_int (config, "fixed"), ==, 8);
  g_assert_cmpint (pulsar_config_get_int (config, "movable"), ==, 9);
}

static void
test_config_class_value (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("A class gives defaults, whatever was set before");
  add_int (config, "x", 7, 0);
  g_assert_true (pulsar_config_set_int (config, "x", 8, &error));
  g_assert_true (pulsar_config_set_int (config, "free", 8, &error));
  pulsar_config_set_class_value (config, "x", g_variant_new_int32 (9));
  pulsar_config_set_class_value (config, "free", g_variant_new_int32 (9));
  pulsar_config_set_class_value (config, "other-free", g_variant_new_int32 (9));
  g_assert_cmpint (pulsar_config_get_int (config, "x"), ==, 8);
  g_assert_cmpint (pulsar_config_get_int (config, "free"), ==, 8);
  g_assert_cmpint (pulsar_config_get_int (config, "other-free"), ==, 9);
  g_assert_true (pulsar_config_set_value (config, "x", NULL, &error));
  g_assert_cmpint (pulsar_config_get_int (config, "x"), ==, 9);
  g_assert_cmpint (origin_of (config, "x"), ==, PULSAR_ORIGIN_CLASS);

  g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*class*“x”*out of range*");
  pulsar_config_set_class_value (config, "x", g_variant_new_int32 (101));
  g_test_assert_expected_messages ();
}

static void
test_config_parameters (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GVariant) empty = pulsar_config_get_parameters (config);
  g_autoptr(GVariant) parameters = NULL;
  g_autoptr(GVariant) property = NULL;
  g_autoptr(GString) errors = g_string_new (NULL);
  g_autoptr(GError) error = NULL;
  guint n_notified = 0;

  g_test_summary ("A name that is no setting is a parameter, until a setting of that name comes");
  g_signal_connect (config, "notify::parameters", G_CALLBACK (count_notify_cb), &n_notified);
  g_assert_cmpuint (g_variant_n_children (empty), ==, 0);
  g_assert_true (pulsar_config_set_value (config, "my_list", g_variant_new_strv (NULL, 0), &error));
  g_assert_true (pulsar_config_set_value (config, "good", g_variant_new_string ("42"), &error));
  g_assert_true (pulsar_config_set_value (config, "bad", g_variant_new_int32 (-1), &error));
  g_assert_true (pulsar_config_set_value (config, "bad", g_variant_new_int32 (-1), &error));
  g_assert_true (pulsar_config_set_value (config, "gone", g_variant_new_int32 (1), &error));
  g_assert_true (pulsar_config_set_value (config, "gone", NULL, &error));
  g_assert_true (pulsar_config_set_value (config, "gone", NULL, &error));
  g_assert_cmpuint (n_notified, ==, 5);
  parameters = pulsar_config_get_parameters (config);
  g_assert_cmpuint (g_variant_n_children (parameters), ==, 3);
  g_assert_true (g_variant_lookup (parameters, "my-list", "as", NULL));
  g_object_get (config, "parameters", &property, NULL);
  g_assert_cmpuint (g_variant_n_children (property), ==, 3);

  add_int (config, "good", 7, 0);
  g_assert_cmpint (pulsar_config_get_int (config, "good"), ==, 42);
  g_assert_cmpint (origin_of (config, "good"), ==, PULSAR_ORIGIN_PARAMETER);
  g_assert_cmpuint (n_notified, ==, 6);
  pulsar_config_check_parameters (config, errors);
  g_assert_cmpstr (errors->str, ==, "");

  add_int (config, "bad", 7, 0);
  g_assert_cmpint (pulsar_config_get_int (config, "bad"), ==, 7);
  pulsar_config_check_parameters (config, errors);
  g_assert_cmpstr (errors->str, ==, "Setting “bad”: “-1” is out of range; allowed: a whole number from 0 to 100");
}

static void
test_config_replace (void)
{
  const char *aliases[] = { "old_name", "third", NULL };
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(PulsarSetting) replacement = NULL;
  g_autoptr(PulsarSetting) second = NULL;
  g_autoptr(GListModel) settings = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) log = g_string_new (NULL);

  g_test_summary ("A second setting of a name takes the place and the chosen value of the first; names win over aliases");
  g_object_get (config, "settings", &settings, NULL);
  g_assert_true (settings == pulsar_config_get_settings (config));
  g_signal_connect (settings, "items-changed", G_CALLBACK (count_items_cb), log);
  add_int (config, "first", 7, 0);
  add_int (config, "second", 7, 0);
  add_int (config, "third", 7, 0);
  g_assert_true (pulsar_config_set_int (config, "second", 50, &error));
  g_assert_true (pulsar_config_set_from (config, "second", g_variant_new_int32 (5), PULSAR_ORIGIN_ENVIRONMENT,
                                         "PULSAR_SECOND", &error));
  pulsar_config_set_class_value (config, "second", g_variant_new_int32 (3));

  replacement = pulsar_setting_new_with_properties ("pspec", g_param_spec_int ("second", NULL, NULL, 0, 10, 1, PSPEC_FLAGS),
                                                    "aliases", aliases, NULL);
  pulsar_config_add_setting (config, replacement);
  pulsar_config_add_setting (config, replacement);
  g_assert_cmpstr (log->str, ==, "0-0+1 1-0+1 2-0+1 1-1+1 ");
  second = g_list_model_get_item (settings, 1);
  g_assert_true (second == replacement);
  g_assert_true (pulsar_config_get_setting (config, "second") == replacement);
  g_assert_true (pulsar_config_get_setting (config, "old-name") == replacement);
  g_assert_cmpstr (pulsar_setting_get_name (pulsar_config_get_setting (config, "third")), ==, "third");
  g_assert_cmpint (pulsar_config_get_int (config, "old_name"), ==, 5);
  g_assert_cmpstr (pulsar_setting_get_origin_detail (replacement), ==, "PULSAR_SECOND");

  /* Fifty is too much for the new one, and what the class said was about the old one. */
  pulsar_setting_set_layer (replacement, PULSAR_ORIGIN_ENVIRONMENT, NULL, NULL, NULL);
  g_assert_cmpint (pulsar_setting_get_origin (replacement), ==, PULSAR_ORIGIN_DEFAULT);

  add_int (config, "old-name", 9, 0);
  g_assert_cmpint (pulsar_config_get_int (config, "old-name"), ==, 9);
  g_assert_cmpint (pulsar_config_get_int (config, "second"), ==, 1);
}

static void
test_config_two_configs (void)
{
  g_autoptr(PulsarConfig) one = pulsar_config_new ();
  g_autoptr(PulsarConfig) two = pulsar_config_new ();
  g_autoptr(PulsarSetting) setting = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A setting given to two configurations has a value in each");
  setting = pulsar_setting_new (g_param_spec_int ("x", NULL, NULL, 0, 10, 1, PSPEC_FLAGS), NULL, NULL, 0);
  pulsar_config_add_setting (one, setting);
  g_assert_true (pulsar_config_set_int (one, "x", 2, &error));
  pulsar_config_add_setting (two, setting);
  g_assert_true (pulsar_config_get_setting (one, "x") == setting);
  g_assert_true (pulsar_config_get_setting (two, "x") != setting);
  g_assert_cmpint (pulsar_config_get_int (two, "x"), ==, 1);
  g_assert_true (pulsar_config_set_int (two, "x", 3, &error));
  g_assert_cmpint (pulsar_config_get_int (one, "x"), ==, 2);
}

static void
add_typed (PulsarConfig *config)
{
  GParamSpec *specs[] = {
    g_param_spec_boolean ("boolean", NULL, NULL, TRUE, PSPEC_FLAGS),
    g_param_spec_int ("int", NULL, NULL, -10, 10, -1, PSPEC_FLAGS),
    g_param_spec_uint ("uint", NULL, NULL, 0, 10, 2, PSPEC_FLAGS),
    g_param_spec_int64 ("int64", NULL, NULL, 0, G_MAXINT64, 3, PSPEC_FLAGS),
    g_param_spec_double ("double", NULL, NULL, 0.0, 1.0, 0.5, PSPEC_FLAGS),
    g_param_spec_string ("string", NULL, NULL, "text", PSPEC_FLAGS),
    g_param_spec_enum ("enum", NULL, NULL, PULSAR_TYPE_ORIGIN, PULSAR_ORIGIN_KEY_FILE, PSPEC_FLAGS),
    g_param_spec_boxed ("strv", NULL, NULL, G_TYPE_STRV, PSPEC_FLAGS),
  };
  g_autoptr(PulsarSetting) duration = NULL;
  g_autoptr(PulsarSetting) size = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autoptr(PulsarSetting) setting = pulsar_setting_new (specs[i], NULL, NULL, 0);

      pulsar_config_add_setting (config, setting);
    }
  duration = pulsar_setting_new_with_properties ("pspec", g_param_spec_int64 ("duration", NULL, NULL, 0, G_MAXINT64,
                                                                              1000, PSPEC_FLAGS),
                                                 "unit", PULSAR_SETTING_UNIT_DURATION, NULL);
  pulsar_config_add_setting (config, duration);
  size = pulsar_setting_new_with_properties ("pspec", g_param_spec_uint64 ("size", NULL, NULL, 0, G_MAXUINT64, 1024,
                                                                           PSPEC_FLAGS),
                                             "unit", PULSAR_SETTING_UNIT_SIZE, NULL);
  pulsar_config_add_setting (config, size);
}

static void
test_config_accessors (void)
{
  static const char * const list[] = { "a", "b", NULL };
  static const char * const empty[] = { NULL };
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GError) error = NULL;
  g_autofree char *default_string = NULL, *nick = NULL, *string = NULL, *new_nick = NULL;
  g_auto(GStrv) strv = NULL;
  g_auto(GStrv) none = NULL;

  g_test_summary ("Typed getters and setters");
  add_typed (config);
  g_assert_true (pulsar_config_get_boolean (config, "boolean"));
  g_assert_cmpint (pulsar_config_get_int (config, "int"), ==, -1);
  g_assert_cmpuint (pulsar_config_get_uint (config, "uint"), ==, 2);
  g_assert_cmpint (pulsar_config_get_int64 (config, "int64"), ==, 3);
  g_assert_cmpfloat (pulsar_config_get_double (config, "double"), ==, 0.5);
  default_string = pulsar_config_dup_string (config, "string");
  g_assert_cmpstr (default_string, ==, "text");
  nick = pulsar_config_dup_string (config, "enum");
  g_assert_cmpstr (nick, ==, "key-file");
  g_assert_cmpint (pulsar_config_get_duration (config, "duration"), ==, 1000);
  g_assert_cmpuint (pulsar_config_get_size (config, "size"), ==, 1024);

  g_assert_true (pulsar_config_set_boolean (config, "boolean", FALSE, &error));
  g_assert_true (pulsar_config_set_int (config, "int", 5, &error));
  g_assert_true (pulsar_config_set_uint (config, "uint", 6, &error));
  g_assert_true (pulsar_config_set_int64 (config, "int64", 7, &error));
  g_assert_true (pulsar_config_set_double (config, "double", 0.25, &error));
  g_assert_true (pulsar_config_set_string (config, "string", "other", &error));
  g_assert_true (pulsar_config_set_string (config, "enum", "class", &error));
  g_assert_true (pulsar_config_set_strv (config, "strv", list, &error));
  g_assert_true (pulsar_config_set_duration (config, "duration", 2000, &error));
  g_assert_true (pulsar_config_set_size (config, "size", 2048, &error));
  g_assert_no_error (error);
  g_assert_false (pulsar_config_get_boolean (config, "boolean"));
  g_assert_cmpint (pulsar_config_get_int (config, "int"), ==, 5);
  g_assert_cmpuint (pulsar_config_get_uint (config, "uint"), ==, 6);
  g_assert_cmpint (pulsar_config_get_int64 (config, "int64"), ==, 7);
  g_assert_cmpfloat (pulsar_config_get_double (config, "double"), ==, 0.25);
  string = pulsar_config_dup_string (config, "string");
  g_assert_cmpstr (string, ==, "other");
  new_nick = pulsar_config_dup_string (config, "enum");
  g_assert_cmpstr (new_nick, ==, "class");
  strv = pulsar_config_dup_strv (config, "strv");
  g_assert_cmpstrv (strv, list);
  g_assert_cmpint (pulsar_config_get_duration (config, "duration"), ==, 2000);
  g_assert_cmpuint (pulsar_config_get_size (config, "size"), ==, 2048);
  g_assert_true (pulsar_config_set_strv (config, "strv", NULL, &error));
  none = pulsar_config_dup_strv (config, "strv");
  g_assert_cmpstrv (none, empty);

  g_assert_false (pulsar_config_set_uint (config, "uint", 11, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
}

static void
test_config_accessors_misuse (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();

  g_test_summary ("Asking for another type, or for what does not exist, is a mistake of the programmer");
  add_typed (config);
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*neither a setting nor a parameter “nobody”*");
  g_assert_cmpint (pulsar_config_get_int (config, "nobody"), ==, 0);
  g_test_assert_expected_messages ();
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*“int” has the type “i”, not “s”*");
  g_assert_null (pulsar_config_dup_string (config, "int"));
  g_test_assert_expected_messages ();
}

static void
test_config_copy (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(PulsarConfig) config_copy = NULL;
  g_autoptr(PulsarConfig) prefixed = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A copy has values, origins and parameters, and a life of its own");
  add_int (config, "x", 7, 0);
  add_int (config, "shared", 7, PULSAR_SETTING_GLOBAL);
  g_assert_true (pulsar_config_set_from (config, "x", g_variant_new_int32 (8), PULSAR_ORIGIN_KEY_FILE, "a.conf:1", &error));
  g_assert_true (pulsar_config_set_int (config, "free", 1, &error));
  pulsar_config_set_phase (config, PULSAR_CONFIG_PHASE_LOADED);

  config_copy = pulsar_config_copy (config);
  g_assert_cmpint (pulsar_config_get_int (config_copy, "x"), ==, 8);
  g_assert_cmpint (origin_of (config_copy, "x"), ==, PULSAR_ORIGIN_KEY_FILE);
  g_assert_cmpint (pulsar_config_get_int (config_copy, "free"), ==, 1);
  g_assert_cmpint (pulsar_config_get_phase (config_copy), ==, PULSAR_CONFIG_PHASE_LOADED);
  g_assert_true (pulsar_config_set_int (config_copy, "x", 9, &error));
  g_assert_true (pulsar_config_set_int (config_copy, "free", 2, &error));
  g_assert_cmpint (pulsar_config_get_int (config, "x"), ==, 8);
  g_assert_cmpint (pulsar_config_get_int (config, "free"), ==, 1);

  prefixed = pulsar_config_copy_with_prefix (config, "rpc");
  g_assert_null (pulsar_config_get_setting (prefixed, "x"));
  g_assert_cmpint (pulsar_config_get_int (prefixed, "rpc_x"), ==, 8);
  g_assert_cmpint (pulsar_config_get_int (prefixed, "shared"), ==, 7);
}

static void
test_config_adopt_globals (void)
{
  g_autoptr(PulsarConfig) arbiter = pulsar_config_new ();
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("Globals of an arbiter reach settings nobody touched, whatever comes later");
  for (guint i = 0; i < 2; i++)
    {
      PulsarConfig *each = i == 0 ? arbiter : config;

      add_int (each, "free", 7, PULSAR_SETTING_GLOBAL);
      add_int (each, "chosen", 7, PULSAR_SETTING_GLOBAL);
      add_int (each, "untouched", 7, PULSAR_SETTING_GLOBAL);
      add_int (each, "own", 7, 0);
    }
  add_int (arbiter, "elsewhere", 7, PULSAR_SETTING_GLOBAL);
  g_assert_true (pulsar_config_set_from (arbiter, "free", g_variant_new_int32 (8), PULSAR_ORIGIN_COMMAND_LINE, "--free",
                                         &error));
  g_assert_true (pulsar_config_set_int (arbiter, "chosen", 8, &error));
  g_assert_true (pulsar_config_set_int (arbiter, "own", 8, &error));
  g_assert_true (pulsar_config_set_int (arbiter, "elsewhere", 8, &error));
  g_assert_true (pulsar_config_set_int (config, "chosen", 9, &error));
  pulsar_config_set_class_value (config, "free", g_variant_new_int32 (3));

  pulsar_config_adopt_globals (config, arbiter);
  g_assert_cmpint (pulsar_config_get_int (config, "free"), ==, 8);
  g_assert_cmpint (origin_of (config, "free"), ==, PULSAR_ORIGIN_ARBITER);
  g_assert_cmpstr (pulsar_setting_get_origin_detail (pulsar_config_get_setting (config, "free")), ==, "--free");
  g_assert_cmpint (pulsar_config_get_int (config, "chosen"), ==, 9);
  g_assert_cmpint (pulsar_config_get_int (config, "own"), ==, 7);
  g_assert_cmpint (origin_of (config, "untouched"), ==, PULSAR_ORIGIN_DEFAULT);
  g_assert_null (pulsar_config_get_setting (config, "elsewhere"));
}

static PulsarConfig *
new_snapshot_config (void)
{
  PulsarConfig *config = pulsar_config_new ();
  g_autoptr(PulsarSetting) worded = NULL;

  add_int (config, "x", 7, 0);
  add_int (config, "y", 7, 0);
  add_typed (config);
  worded = pulsar_setting_new_with_properties ("pspec", g_param_spec_uint ("worded", NULL, NULL, 1, 10, 5, PSPEC_FLAGS),
                                               "words", g_variant_new_parsed ("{'off': <uint32 0>}"), NULL);
  pulsar_config_add_setting (config, worded);
  return config;
}

static void
test_config_snapshot (void)
{
  g_autoptr(PulsarConfig) config = new_snapshot_config ();
  g_autoptr(PulsarConfig) other = new_snapshot_config ();
  g_autoptr(GVariant) snapshot = NULL;
  g_autoptr(GVariant) bytes = NULL;
  g_autoptr(GVariant) unknown = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) log = g_string_new (NULL);

  g_test_summary ("A snapshot makes another configuration the same: values, origins, words, parameters");
  add_int (config, "unknown-there", 7, 0);
  g_assert_true (pulsar_config_set_from (config, "x", g_variant_new_int32 (8), PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_X",
                                         &error));
  g_assert_true (pulsar_config_set_string (config, "worded", "off", &error));
  g_assert_true (pulsar_config_set_string (config, "string", "", &error));
  g_assert_true (pulsar_config_set_int (config, "unknown-there", 9, &error));
  g_assert_true (pulsar_config_set_value (config, "free", g_variant_new_double (1.5), &error));
  snapshot = pulsar_config_to_snapshot (config);
  /* As it arrives in a worker. */
  bytes = g_variant_new_from_data (g_variant_get_type (snapshot), g_variant_get_data (snapshot),
                                   g_variant_get_size (snapshot), FALSE, NULL, NULL);

  g_assert_true (pulsar_config_set_int (other, "y", 1, &error));
  g_assert_true (pulsar_config_set_int (other, "forgotten", 1, &error));
  g_signal_connect (other, "changed", G_CALLBACK (count_changed_cb), log);
  g_assert_true (pulsar_config_apply_snapshot (other, g_variant_ref_sink (bytes), &error));
  g_assert_no_error (error);
  g_assert_cmpstr (log->str, ==, "x=8 y=7 string= worded=off ");
  g_assert_cmpint (pulsar_config_get_int (other, "x"), ==, 8);
  g_assert_cmpint (origin_of (other, "x"), ==, PULSAR_ORIGIN_ENVIRONMENT);
  g_assert_cmpstr (pulsar_setting_get_origin_detail (pulsar_config_get_setting (other, "x")), ==, "PULSAR_X");
  g_assert_cmpint (origin_of (other, "y"), ==, PULSAR_ORIGIN_DEFAULT);
  g_assert_cmpuint (pulsar_config_get_uint (other, "worded"), ==, 0);
  g_assert_cmpstr (pulsar_setting_get_word (pulsar_config_get_setting (other, "worded")), ==, "off");
  g_assert_null (pulsar_setting_get_origin_detail (pulsar_config_get_setting (other, "worded")));
  g_assert_cmpfloat (pulsar_config_get_double (other, "free"), ==, 1.5);
  g_assert_cmpint (pulsar_config_get_int (other, "unknown-there"), ==, 9);
  unknown = pulsar_config_get_value (other, "forgotten");
  g_assert_null (unknown);
  g_assert_cmpint (pulsar_config_get_phase (other), ==, PULSAR_CONFIG_PHASE_LOADED);

  g_string_truncate (log, 0);
  g_assert_true (pulsar_config_apply_snapshot (other, bytes, &error));
  g_assert_cmpstr (log->str, ==, "");
}

static void
test_config_snapshot_bad (void)
{
  static const struct
  {
    const char *snapshot;
    const char *message;
  } rows[] = {
    { "'text'", "The snapshot of the configuration lacks “settings” or “parameters”" },
    { "@a{sv} {}", "The snapshot of the configuration lacks “settings” or “parameters”" },
    { "{'settings': <1>, 'parameters': <@a{sv} {}>}",
      "The snapshot of the configuration lacks “settings” or “parameters”" },
    { "{'settings': <[('x', byte 0x02, <101>, '', '')]>, 'parameters': <@a{sv} {}>}",
      "Setting “x” of a snapshot: “101” is out of range; allowed: a whole number from 0 to 100" },
    { "{'settings': <[('x', byte 0x02, <8>, '', ''), ('x', byte 0x00, <8>, '', '')]>, 'parameters': <@a{sv} {}>}",
      "Setting “x” of a snapshot: there is no origin 0" },
    { "{'settings': <[('x', byte 0x08, <8>, '', '')]>, 'parameters': <@a{sv} {}>}",
      "Setting “x” of a snapshot: there is no origin 8" },
    { "{'settings': <[('x', byte 0x02, <['a']>, 'off', '')]>, 'parameters': <@a{sv} {}>}",
      "Setting “x” of a snapshot: “['a']” has the type “as”; allowed: a whole number from 0 to 100" },
  };
  g_autoptr(PulsarConfig) config = new_snapshot_config ();

  g_test_summary ("A broken snapshot is refused and changes nothing");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", rows[i].snapshot);
      g_assert_false (pulsar_config_apply_snapshot (config, g_variant_new_parsed (rows[i].snapshot), &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      g_assert_cmpstr (error->message, ==, rows[i].message);
      g_assert_cmpint (pulsar_config_get_int (config, "x"), ==, 7);
      g_assert_cmpint (pulsar_config_get_phase (config), ==, PULSAR_CONFIG_PHASE_OPEN);
    }
}

static void
replace_cb (PulsarConfig  *config,
            PulsarSetting *setting,
            gpointer       user_data)
{
  guint *count = user_data;

  add_int (config, "x", 3, 0);
  (*count)++;
}

static void
test_config_changed_reentrant (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GError) error = NULL;
  guint n_changed = 0;

  g_test_summary ("A handler may replace the very setting that changed");
  add_int (config, "x", 7, 0);
  g_signal_connect (config, "changed::x", G_CALLBACK (replace_cb), &n_changed);
  g_assert_true (pulsar_config_set_int (config, "x", 9, &error));
  g_assert_cmpuint (n_changed, ==, 1);
  g_assert_cmpint (pulsar_config_get_int (config, "x"), ==, 9);
  g_assert_finalize_object (g_steal_pointer (&config));
}

static void
add_chat_scope (PulsarConfig *config,
                gpointer      user_data)
{
  g_autoptr(PulsarSetting) room = pulsar_setting_new (g_param_spec_string ("room", NULL, NULL, user_data, G_PARAM_READWRITE),
                                                      "Chat", "chat", PULSAR_SETTING_NONE);

  pulsar_config_add_setting (config, room);
}

static void
test_config_scope (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autofree char *room = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("An application asks for the settings of a scope, of the library or of somebody else");
  g_assert_false (pulsar_config_add_scope (config, "chat", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_cmpstr (error->message, ==, "There is no scope “chat” of settings");
  g_clear_error (&error);

  pulsar_scope_register ("chat", add_chat_scope, g_strdup ("old"), g_free);
  pulsar_scope_register ("chat", add_chat_scope, g_strdup ("lobby"), g_free);
  g_assert_true (pulsar_config_add_scope (config, "chat", &error));
  room = pulsar_config_dup_string (config, "room");
  g_assert_cmpstr (room, ==, "lobby");
  g_assert_cmpstr (pulsar_setting_get_scope (pulsar_config_get_setting (config, "room")), ==, "chat");

  g_type_class_unref (g_type_class_ref (PULSAR_TYPE_SOCKET_SERVER));
  g_assert_true (pulsar_config_add_scope (config, "socket", &error));
  g_assert_no_error (error);
  g_assert_cmpstr (pulsar_setting_get_scope (pulsar_config_get_setting (config, "bind")), ==, "socket");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/config/set", test_config_set);
  g_test_add_func ("/config/set-from", test_config_set_from);
  g_test_add_func ("/config/phases", test_config_phases);
  g_test_add_func ("/config/class-value", test_config_class_value);
  g_test_add_func ("/config/parameters", test_config_parameters);
  g_test_add_func ("/config/replace", test_config_replace);
  g_test_add_func ("/config/two-configs", test_config_two_configs);
  g_test_add_func ("/config/accessors", test_config_accessors);
  g_test_add_func ("/config/accessors/misuse", test_config_accessors_misuse);
  g_test_add_func ("/config/copy", test_config_copy);
  g_test_add_func ("/config/adopt-globals", test_config_adopt_globals);
  g_test_add_func ("/config/snapshot", test_config_snapshot);
  g_test_add_func ("/config/snapshot/bad", test_config_snapshot_bad);
  g_test_add_func ("/config/changed/reentrant", test_config_changed_reentrant);
  g_test_add_func ("/config/scope", test_config_scope);

  return g_test_run ();
}
