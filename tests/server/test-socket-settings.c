/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/config/pulsar-setting-private.h"
#include "pulsar-glib/server/pulsar-socket-settings-private.h"

static PulsarConfig *
new_config (void)
{
  PulsarConfig *config = pulsar_config_new ();

  pulsar_socket_settings_install (config);
  return config;
}

static void
test_socket_settings_defaults (void)
{
  static const char * const addresses[] = { "127.0.0.1:8060", NULL };
  g_autoptr(PulsarConfig) config = new_config ();
  g_auto(GStrv) bind_addresses = pulsar_config_dup_strv (config, "bind");
  GListModel *settings = pulsar_config_get_settings (config);

  g_test_summary ("A server listens on the loopback address, and keeps idle connections");
  g_assert_cmpstrv (bind_addresses, addresses);
  g_assert_cmpuint (pulsar_config_get_uint (config, "backlog"), ==, 2048);
  g_assert_cmpint (pulsar_config_get_duration (config, "keep-alive"), ==, 0);
  for (guint i = 0; i < g_list_model_get_n_items (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);

      g_assert_cmpstr (pulsar_setting_get_scope (setting), ==, "socket");
      g_assert_cmpstr (pulsar_setting_get_summary (setting), !=, "");
      g_assert_cmpstr (pulsar_setting_get_description (setting), !=, "");
    }
}

static void
test_socket_settings_bind (void)
{
  static const char * const several[] = { "[::1]:80", ":0", "localhost", NULL };
  static const char * const bad[] = { "[::1]:80", "::1", NULL };
  g_autoptr(PulsarConfig) config = new_config ();
  PulsarSetting *setting = pulsar_config_get_setting (config, "bind");
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) texts = NULL;

  g_test_summary ("bind is a list, and the error names the address that is none");
  g_assert_cmpstr (pulsar_setting_get_short_flag (setting), ==, "b");
  g_assert_true (pulsar_setting_parse (setting, "[::1]:80,:0,localhost", &value, &error));
  g_assert_no_error (error);
  g_assert_true (pulsar_config_set_value (config, "bind", value, &error));
  g_assert_no_error (error);
  texts = pulsar_config_dup_strv (config, "bind");
  g_assert_cmpstrv (texts, several);

  g_assert_false (pulsar_config_set_value (config, "bind", g_variant_new_strv (bad, -1), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "bind"));
  g_assert_nonnull (strstr (error->message, "“::1” is not an address"));
  g_clear_error (&error);
  g_assert_false (pulsar_config_set_value (config, "bind", g_variant_new_strv (NULL, 0), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_clear_error (&error);
  g_assert_false (pulsar_config_set_value (config, "backlog", g_variant_new_uint32 (0), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
}

static void
test_socket_settings_keep_alive (void)
{
  g_autoptr(PulsarConfig) config = new_config ();
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("keep-alive is a duration, of which the longest can be added to the time");
  g_assert_true (pulsar_setting_parse (pulsar_config_get_setting (config, "keep-alive"), "1.5", &value, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_variant_get_int64 (value), ==, 1500 * G_TIME_SPAN_MILLISECOND);

  g_clear_pointer (&value, g_variant_unref);

  /* 292,471 years: every connection would have been idle for too long at once. */
  g_assert_false (pulsar_setting_parse (pulsar_config_get_setting (config, "keep-alive"), "2562047788h", &value, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_true (pulsar_config_set_duration (config, "keep-alive", 365 * G_TIME_SPAN_DAY, NULL));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/socket-settings/defaults", test_socket_settings_defaults);
  g_test_add_func ("/socket-settings/bind", test_socket_settings_bind);
  g_test_add_func ("/socket-settings/keep-alive", test_socket_settings_keep_alive);
  return g_test_run ();
}
