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
    { "config", "", PULSAR_SETTING_GLOBAL, "c" },
    { "pid-file", "", PULSAR_SETTING_GLOBAL, NULL },
    { "restart-delay", "100 ms", PULSAR_SETTING_RUNTIME, NULL },
    { "restart-delay-max", "30 s", PULSAR_SETTING_RUNTIME, NULL },
    { "max-restarts", "5", PULSAR_SETTING_RUNTIME, NULL },
    { "restart-window", "10 s", PULSAR_SETTING_RUNTIME, NULL },
    { "healthy-after", "10 s", PULSAR_SETTING_RUNTIME, NULL },
    { "max-requests", "off", PULSAR_SETTING_RUNTIME, NULL },
    { "max-requests-jitter", "10", PULSAR_SETTING_RUNTIME, NULL },
    { "max-lifetime", "off", PULSAR_SETTING_RUNTIME, NULL },
    { "max-rss", "off", PULSAR_SETTING_RUNTIME, NULL },
    { "restart-policy", "always", PULSAR_SETTING_RUNTIME, NULL },
    { "on-app-failed", "keep", PULSAR_SETTING_GLOBAL | PULSAR_SETTING_RUNTIME, NULL },
    { "after", "", PULSAR_SETTING_NONE, NULL },
    { "mailbox-limit", "1000", PULSAR_SETTING_NONE, NULL },
    { "mailbox-bytes", "64 M", PULSAR_SETTING_NONE, NULL },
    { "message-size-max", "64 M", PULSAR_SETTING_NONE, NULL },
    { "mailbox-spin", "off", PULSAR_SETTING_NONE, NULL },
    { "debug", "false", PULSAR_SETTING_GLOBAL, NULL },
    { "log-level", "", PULSAR_SETTING_GLOBAL | PULSAR_SETTING_RUNTIME, NULL },
    { "log-handlers", "", PULSAR_SETTING_GLOBAL, NULL },
    { "worker-output", "inherit", PULSAR_SETTING_GLOBAL, NULL },
    { "process-name", "", PULSAR_SETTING_GLOBAL, NULL },
    { "exc-id", "", PULSAR_SETTING_GLOBAL, NULL },
    { "user", "", PULSAR_SETTING_GLOBAL, NULL },
    { "group", "", PULSAR_SETTING_GLOBAL, NULL },
    { "new-privileges", "true", PULSAR_SETTING_NONE, NULL },
    { "umask", "", PULSAR_SETTING_GLOBAL, NULL },
    { "nice", "0", PULSAR_SETTING_NONE, NULL },
    { "rlimit-nofile", "inherit", PULSAR_SETTING_NONE, NULL },
    { "cpu-affinity", "none", PULSAR_SETTING_NONE, NULL },
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
  g_test_add_func ("/core-settings/workers/auto", test_core_settings_workers_auto);

  return g_test_run ();
}
