/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test.h"

#include <pulsar-glib/pulsar.h>
#include <sched.h>

#include "pulsar-glib/base/pulsar-units-private.h"
#include "pulsar-glib/config/pulsar-config-loader-private.h"
#include "pulsar-glib/config/pulsar-core-settings-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

static void
test_core_settings_table (void)
{
  static const struct
  {
    const char *name;
    const char *default_text;
    PulsarSettingFlags flags;
    const char *short_flag;
  } rows[] = {
    { "workers", "1", PULSAR_SETTING_RUNTIME, "w" },
    { "timeout", "30 s", PULSAR_SETTING_RUNTIME, "t" },
    { "start-timeout", "1 min", PULSAR_SETTING_RUNTIME, NULL },
    { "graceful-timeout", "30 s", PULSAR_SETTING_RUNTIME, NULL },
    { "orphan-timeout", "1 s", PULSAR_SETTING_GLOBAL, NULL },
    { "task-period", "5 s", PULSAR_SETTING_GLOBAL, NULL },
    { "command", "", PULSAR_SETTING_GLOBAL, NULL },
    { "restart-delay", "100 ms", PULSAR_SETTING_RUNTIME, NULL },
    { "restart-delay-max", "30 s", PULSAR_SETTING_RUNTIME, NULL },
    { "max-restarts", "5", PULSAR_SETTING_RUNTIME, NULL },
    { "restart-window", "10 s", PULSAR_SETTING_RUNTIME, NULL },
    { "healthy-after", "10 s", PULSAR_SETTING_RUNTIME, NULL },
    { "mailbox-limit", "1000", PULSAR_SETTING_NONE, NULL },
    { "mailbox-bytes", "64 M", PULSAR_SETTING_NONE, NULL },
    { "message-size-max", "64 M", PULSAR_SETTING_NONE, NULL },
  };
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  GListModel *settings = pulsar_config_get_settings (config);

  g_test_summary ("Every setting of the core, with its default, its flags and its help");
  pulsar_core_settings_install (config);
  g_assert_cmpuint (g_list_model_get_n_items (settings), ==, G_N_ELEMENTS (rows));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);
      g_autofree char *text = pulsar_setting_dup_text (setting);

      g_test_message ("%s", rows[i].name);
      g_assert_cmpstr (pulsar_setting_get_name (setting), ==, rows[i].name);
      g_assert_cmpstr (text, ==, rows[i].default_text);
      g_assert_cmpuint (pulsar_setting_get_flags (setting), ==, rows[i].flags);
      g_assert_cmpstr (pulsar_setting_get_short_flag (setting), ==, rows[i].short_flag);
      g_assert_null (pulsar_setting_get_scope (setting));
      g_assert_nonnull (pulsar_setting_get_section (setting));
      g_assert_nonnull (pulsar_setting_get_summary (setting));
    }
  g_assert_true (pulsar_config_get_setting (config, "exit-timeout")
                 == pulsar_config_get_setting (config, "graceful-timeout"));
}

static char *
variable_of (PulsarSetting *setting)
{
  g_autofree char *name = g_ascii_strup (pulsar_setting_get_name (setting), -1);

  return g_strconcat ("PULSAR_", g_strdelimit (name, "-", '_'), NULL);
}

/* Another value than the default, and one that is refused; made from the table, so that no setting is missed. */
static void
make_texts (PulsarSetting  *setting,
            char          **good,
            char          **bad)
{
  GVariant *value = pulsar_setting_get_value (setting);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      *good = g_strdup ("a");
      *bad = g_strdup ("'a");
    }
  else
    {
      PulsarSettingLimits limits;
      gint64 number = 0;
      g_autoptr(GVariant) higher = NULL;

      pulsar_setting_get_limits (setting, &limits);
      g_assert_true (pulsar_setting_read_integer (value, &number));
      higher = g_variant_ref_sink (g_variant_new_int64 (number + 1));
      *good = pulsar_setting_format (setting, higher);
      *bad = g_strdup ("-1");
    }
}

static void
test_core_settings_layers (void)
{
  static const PulsarOrigin origins[] = {
    PULSAR_ORIGIN_CLASS, PULSAR_ORIGIN_PARAMETER, PULSAR_ORIGIN_ENVIRONMENT, PULSAR_ORIGIN_COMMAND_LINE,
  };
  g_autoptr(PulsarConfig) model = pulsar_config_new ();
  guint n;

  g_test_summary ("Each setting in each layer: the value arrives with its origin, and a wrong one is refused");
  pulsar_core_settings_install (model);
  n = g_list_model_get_n_items (pulsar_config_get_settings (model));
  for (guint i = 0; i < n * G_N_ELEMENTS (origins) * 2; i++)
    {
      g_autoptr(PulsarConfig) config = pulsar_config_new ();
      g_autoptr(PulsarConfigLoader) loader = pulsar_config_loader_new ("test", NULL, NULL, NULL);
      g_autoptr(PulsarSetting) setting = NULL;
      PulsarOrigin origin = origins[i / 2 % G_N_ELEMENTS (origins)];
      gboolean is_bad = i % 2 == 1;
      g_autofree char *good = NULL, *bad = NULL, *variable = NULL, *flag = NULL, *assignment = NULL, *output = NULL;
      g_autofree char *text = NULL;
      g_autoptr(GError) error = NULL;
      const char *detail = NULL;
      const char *environment[] = { NULL, NULL };
      const char *argv[] = { "test", NULL, NULL };
      PulsarConfigLoaderOutcome outcome;
      gboolean loaded;

      pulsar_core_settings_install (config);
      setting = g_list_model_get_item (pulsar_config_get_settings (config), i / 2 / G_N_ELEMENTS (origins));
      make_texts (setting, &good, &bad);
      variable = variable_of (setting);
      flag = g_strconcat ("--", pulsar_setting_get_flag (setting), NULL);
      g_test_message ("%s %d %s", flag, origin, is_bad ? bad : good);

      if (origin == PULSAR_ORIGIN_CLASS && is_bad)
        continue;  /* a mistake of the programmer, tested with the configuration */
      if (origin == PULSAR_ORIGIN_CLASS)
        pulsar_config_set_class_value (config, pulsar_setting_get_name (setting), g_variant_new_string (good));
      else if (origin == PULSAR_ORIGIN_PARAMETER)
        pulsar_config_set_string (config, pulsar_setting_get_name (setting), is_bad ? bad : good, &error);
      else if (origin == PULSAR_ORIGIN_ENVIRONMENT)
        environment[0] = assignment = g_strconcat (variable, "=", is_bad ? bad : good, NULL);
      else
        argv[1] = assignment = g_strconcat (flag, "=", is_bad ? bad : good, NULL);

      pulsar_config_loader_add (loader, config, NULL, NULL);
      pulsar_config_loader_set_environment (loader, environment);
      loaded = pulsar_config_loader_load (loader, argv, &outcome, &output, error == NULL ? &error : NULL);
      if (is_bad)
        {
          g_autofree char *allowed = pulsar_setting_dup_allowed (setting);

          if (origin == PULSAR_ORIGIN_COMMAND_LINE)
            g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
          else
            g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
          g_assert_nonnull (strstr (error->message, bad));
          g_assert_nonnull (strstr (error->message, allowed));
          g_assert_nonnull (strstr (error->message, origin == PULSAR_ORIGIN_COMMAND_LINE ? flag
                                                    : origin == PULSAR_ORIGIN_ENVIRONMENT ? variable
                                                    : pulsar_setting_get_name (setting)));
          continue;
        }
      g_assert_no_error (error);
      g_assert_true (loaded);
      text = pulsar_setting_dup_text (setting);
      g_assert_cmpstr (text, ==, good);
      g_assert_cmpint (pulsar_setting_get_origin (setting), ==, origin);
      if (origin == PULSAR_ORIGIN_ENVIRONMENT)
        detail = variable;
      else if (origin == PULSAR_ORIGIN_COMMAND_LINE)
        detail = flag;
      g_assert_cmpstr (pulsar_setting_get_origin_detail (setting), ==, detail);
    }
}

static void
test_core_settings_workers_auto (void)
{
  cpu_set_t before;
  cpu_set_t one;
  g_autoptr(PulsarConfig) all = pulsar_config_new ();
  g_autoptr(PulsarConfig) few = pulsar_config_new ();
  g_autoptr(GError) error = NULL;
  int first = 0;

  g_test_summary ("“auto” is the number of processors this process may run on");
  if (sched_getaffinity (0, sizeof before, &before) != 0)
    {
      g_test_skip ("more processors than this test can count");
      return;
    }
  pulsar_core_settings_install (all);
  g_assert_true (pulsar_config_set_string (all, "workers", "auto", &error));
  g_assert_cmpuint (pulsar_config_get_uint (all, "workers"), ==, CPU_COUNT (&before));

  while (!CPU_ISSET (first, &before))
    first++;
  CPU_ZERO (&one);
  CPU_SET (first, &one);
  g_assert_no_errno (sched_setaffinity (0, sizeof one, &one));
  pulsar_core_settings_install (few);
  g_assert_true (pulsar_config_set_string (few, "workers", "auto", &error));
  g_assert_cmpuint (pulsar_config_get_uint (few, "workers"), ==, 1);
  g_assert_no_errno (sched_setaffinity (0, sizeof before, &before));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/core-settings/table", test_core_settings_table);
  g_test_add_func ("/core-settings/layers", test_core_settings_layers);
  g_test_add_func ("/core-settings/workers/auto", test_core_settings_workers_auto);

  return g_test_run ();
}
