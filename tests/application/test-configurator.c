/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib/gstdio.h>
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/application/pulsar-configurator-private.h"
#include "pulsar-test.h"

struct _TestThing
{
  PulsarApplication parent_instance;
};

#define TEST_TYPE_THING (test_thing_get_type ())
G_DECLARE_FINAL_TYPE (TestThing, test_thing, TEST, THING, PulsarApplication)
G_DEFINE_FINAL_TYPE (TestThing, test_thing, PULSAR_TYPE_APPLICATION)

static guint n_registered;

static void
test_thing_register_settings (PulsarConfigurator *configurator,
                              PulsarConfig       *config)
{
  g_autoptr(PulsarSetting) colour = pulsar_setting_new (g_param_spec_string ("colour", "Colour", NULL, "red", G_PARAM_READWRITE),
                                                        "Thing", NULL, PULSAR_SETTING_NONE);

  n_registered++;
  pulsar_config_add_setting (config, colour);
  pulsar_config_set_class_value (config, "timeout", g_variant_new_int64 (7 * G_TIME_SPAN_SECOND));
}

static void
test_thing_class_init (TestThingClass *klass)
{
  PULSAR_CONFIGURATOR_CLASS (klass)->register_settings = test_thing_register_settings;
}

static void
test_thing_init (TestThing *self)
{
}

static PulsarConfigurator *
make_thing (GVariant           *parameters,
            const char * const *argv)
{
  return g_object_new (TEST_TYPE_THING, "parameters", parameters, "argv", argv, NULL);
}

static void
register_wrongly_cb (PulsarConfigurator *configurator,
                     PulsarConfig       *config)
{
  g_autoptr(PulsarSetting) timeout = pulsar_setting_new (g_param_spec_int ("timeout", NULL, NULL, 0, 9, 5, G_PARAM_READWRITE),
                                                         "Thing", NULL, PULSAR_SETTING_NONE);

  pulsar_config_add_setting (config, timeout);
  pulsar_config_set_class_value (config, "worker", g_variant_new_int32 (0));
  pulsar_config_set_class_value (config, "weather", g_variant_new_string ("fine"));
  pulsar_config_set_class_value (config, "workers", g_variant_new_int32 (-1));
}

static void
test_configurator_wrong_settings (void)
{
  g_autoptr(PulsarApplication) thing = g_object_new (PULSAR_TYPE_APPLICATION, "name", "thing", NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("What the author of a program does wrong with settings makes its start fail");
  g_signal_connect (thing, "register-settings", G_CALLBACK (register_wrongly_cb), NULL);
  g_assert_false (pulsar_configurator_load_config (PULSAR_CONFIGURATOR (thing), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_cmpstr (error->message, ==,
                   "The program adds a setting “timeout”, which the library has already: it needs another name, or "
                   "set_class_value () for another default\n"
                   "A class has a wrong value: Setting “workers”: “-1” is out of range; allowed: a whole number from 0 to 4096, or auto\n"
                   "A class has a value for “worker”, which is no setting; did you mean “workers”?");
  g_assert_cmpint (pulsar_config_get_duration (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (thing)), "timeout"), ==,
                   30 * G_TIME_SPAN_SECOND);
}

static void
test_configurator_names (void)
{
  static const struct
  {
    const char *type_name;
    const char *name;
  } rows[] = {
    { "Echo", "echo" },
    { "PulsarApplication", "application" },
    { "PulsarSocketServer", "socketserver" },
    { "__main__+Echo", "echo" },
    { "my+module+MyServer", "myserver" },
    { "Gjs_Echo", "echo" },
    { "Gjs_PulsarEcho", "echo" },
    { "Gjs_main_Echo", "main_echo" },
    { "Pulsar", "pulsar" },
    { "Gjs_", "gjs_" },
    { "module+", "application" },
    { "module+_Private", "private" },
    { "module+9Lives", "lives" },
    { "module+___", "application" },
    { "Echo-Server", "echo-server" },
    { "Écho", "cho" },
    { "EchoÉ", "echo__" },
    { "A123456789012345678901234567890123456789012345678901234567890123456789",
      "a12345678901234567890123456789012345678901234567890123456789012" },
  };

  g_test_summary ("The name of a class makes the default name, which is always a valid one");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = pulsar_configurator_make_name (rows[i].type_name);
      g_autoptr(PulsarConfigurator) thing = g_object_new (TEST_TYPE_THING, "name", name, NULL);
      g_autoptr(GError) error = NULL;

      g_assert_cmpstr (name, ==, rows[i].name);
      g_assert_true (pulsar_configurator_check_name (thing, &error));
      g_assert_no_error (error);
    }
}

static void
test_configurator_wrong_names (void)
{
  static const char *const names[] = {
    "", "Echo", "9lives", "-echo", "_echo", "echo server", "echo.1", "echo/1", "écho", "echo\n",
    "a123456789012345678901234567890123456789012345678901234567890123",
  };

  g_test_summary ("A name that is given is checked when the configuration is loaded");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr(PulsarConfigurator) thing = g_object_new (TEST_TYPE_THING, "name", names[i], NULL);

      for (guint k = 0; k < 2; k++)
        {
          g_autoptr(GError) error = NULL;

          g_assert_false (pulsar_configurator_load_config (thing, &error));
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
          g_assert_nonnull (strstr (error->message, names[i]));
        }
      g_assert_cmpint (pulsar_configurator_run (thing, 0, NULL), ==, 78);
    }
}

static void
count_cb (guint *n_notified)
{
  (*n_notified)++;
}

static void
test_configurator_properties (void)
{
  static const char *const texts[] = { "description", "epilog", "version" };
  g_autoptr(PulsarConfigurator) thing = make_thing (NULL, NULL);
  g_autofree char *dirname = NULL;
  guint n_notified = 0;

  g_test_summary ("Properties are what they were set to, and are told of once");
  g_assert_cmpstr (pulsar_configurator_get_name (thing), ==, "testthing");
  g_assert_cmpstr (pulsar_application_get_log_domain (PULSAR_APPLICATION (thing)), ==, "Pulsar-testthing");
  g_assert_null (pulsar_application_get_monitor (PULSAR_APPLICATION (thing)));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *signal = g_strconcat ("notify::", texts[i], NULL);
      g_autofree char *value = NULL;

      n_notified = 0;
      g_signal_connect_swapped (thing, signal, G_CALLBACK (count_cb), &n_notified);
      g_object_set (thing, texts[i], "text", NULL);
      g_object_set (thing, texts[i], "text", NULL);
      g_object_get (thing, texts[i], &value, NULL);
      g_assert_cmpstr (value, ==, "text");
      g_object_set (thing, texts[i], NULL, NULL);
      g_assert_cmpuint (n_notified, ==, 2);
    }

  g_assert_true (pulsar_configurator_get_parse_console (thing));
  n_notified = 0;
  g_signal_connect_swapped (thing, "notify::parse-console", G_CALLBACK (count_cb), &n_notified);
  pulsar_configurator_set_parse_console (thing, FALSE);
  pulsar_configurator_set_parse_console (thing, FALSE);
  g_assert_cmpuint (n_notified, ==, 1);

  g_assert_true (g_path_is_absolute (pulsar_configurator_get_script (thing)));
  dirname = g_path_get_dirname (pulsar_configurator_get_script (thing));
  g_assert_cmpstr (pulsar_configurator_get_root_dir (thing), ==, dirname);
  g_assert_null (pulsar_configurator_get_argv (thing));
}

static void
test_configurator_config (void)
{
  g_autoptr(PulsarConfigurator) thing = make_thing (NULL, NULL);
  PulsarConfig *config;

  g_test_summary ("The configuration is made once, with the settings of the library, and the class adds its own");
  n_registered = 0;
  config = pulsar_configurator_get_config (thing);
  g_assert_true (config == pulsar_configurator_get_config (thing));
  g_assert_cmpuint (n_registered, ==, 1);
  g_assert_nonnull (pulsar_config_get_setting (config, "workers"));
  g_assert_nonnull (pulsar_config_get_setting (config, "colour"));
  g_assert_cmpint (pulsar_config_get_duration (config, "timeout"), ==, 7 * G_TIME_SPAN_SECOND);
}

static void
test_configurator_parameters (void)
{
  const char *argv[] = { "thing", "--workers=5", NULL };
  g_autoptr(PulsarConfigurator) thing = make_thing (
    g_variant_new_parsed ("{'workers': <uint32 3>, 'timeout': <int64 9000000>, 'colour': <'blue'>, 'free': <'bird'>}"), argv);
  PulsarConfig *config = pulsar_configurator_get_config (thing);
  g_autoptr(GVariant) bird = NULL;
  g_autofree char *colour = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Parameters with the name of a setting are values of it, above its class and below the command line; others are free");
  g_assert_cmpuint (pulsar_config_get_uint (config, "workers"), ==, 3);
  g_assert_cmpint (pulsar_config_get_duration (config, "timeout"), ==, 9 * G_TIME_SPAN_SECOND);
  colour = pulsar_config_dup_string (config, "colour");
  g_assert_cmpstr (colour, ==, "blue");
  bird = pulsar_config_get_value (config, "free");
  g_assert_cmpstr (g_variant_get_string (bird, NULL), ==, "bird");
  g_assert_null (pulsar_config_get_setting (config, "free"));

  g_assert_false (pulsar_configurator_get_console_parsed (thing));
  g_assert_true (pulsar_configurator_load_config (thing, &error));
  g_assert_no_error (error);
  g_assert_true (pulsar_configurator_get_console_parsed (thing));
  g_assert_cmpuint (pulsar_config_get_uint (config, "workers"), ==, 5);

  /* A second load does nothing. */
  g_assert_true (pulsar_config_set_uint (config, "workers", 6, NULL));
  g_assert_true (pulsar_configurator_load_config (thing, NULL));
  g_assert_cmpuint (pulsar_config_get_uint (config, "workers"), ==, 6);
}

static void
test_configurator_wrong_parameters (void)
{
  static const char *const rows[] = {
    "{'workers': <'many'>}", "{'workers': <uint32 100000>}", "{'timeout': <int64 -1>}", "{'colour': <5>}",
  };

  g_test_summary ("A parameter that its setting refuses is an error of the configuration, each time");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarConfigurator) thing = make_thing (g_variant_new_parsed (rows[i]), NULL);

      for (guint k = 0; k < 2; k++)
        {
          g_autoptr(GError) error = NULL;

          g_assert_false (pulsar_configurator_load_config (thing, &error));
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
        }
    }
}

static void
test_configurator_wrong_arguments (void)
{
  static const char *const rows[][3] = {
    { "thing", "--wrokers=2" }, { "thing", "--workers=many" }, { "thing", "--workers" }, { "thing", "surplus" },
    { "thing", "--help" }, { "thing", "--version" },
  };

  g_test_summary ("A wrong command line is a usage error, each time; one that asks for a text cannot be loaded either");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarConfigurator) thing = make_thing (NULL, rows[i]);

      pulsar_configurator_set_version (thing, "1");
      for (guint k = 0; k < 2; k++)
        {
          g_autoptr(GError) error = NULL;

          g_assert_false (pulsar_configurator_load_config (thing, &error));
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
        }
      if (i < 4)
        g_assert_cmpint (pulsar_configurator_run (thing, 2, (char **) rows[i]), ==, 64);
    }
}

static void
test_configurator_no_console (void)
{
  static const char *const argv[] = { "thing", "--wrokers=2", NULL };
  g_autoptr(PulsarConfigurator) thing = make_thing (NULL, argv);
  g_autoptr(GError) error = NULL;

  g_test_summary ("Without parse-console the command line is not read, but the environment is");
  pulsar_configurator_set_parse_console (thing, FALSE);
  g_setenv ("PULSAR_WORKERS", "4", TRUE);
  g_assert_true (pulsar_configurator_load_config (thing, &error));
  g_assert_no_error (error);
  g_unsetenv ("PULSAR_WORKERS");
  g_assert_false (pulsar_configurator_get_console_parsed (thing));
  g_assert_cmpuint (pulsar_config_get_uint (pulsar_configurator_get_config (thing), "workers"), ==, 4);
}

static void
test_configurator_not_started (void)
{
  g_autoptr(PulsarConfigurator) thing = make_thing (NULL, NULL);
  g_autoptr(GAsyncResult) started = NULL;
  g_autoptr(GAsyncResult) stopped = NULL;
  g_autoptr(GAsyncResult) got = NULL;
  g_autoptr(GError) start_error = NULL;
  g_autoptr(GError) stop_error = NULL;
  g_autoptr(GError) get_error = NULL;

  g_test_summary ("A program that cannot become a worker cannot start; what does not run cannot stop and is not found");
  pulsar_configurator_start_async (thing, NULL, pulsar_test_store_result_cb, &started);
  pulsar_test_wait_for (started != NULL);
  g_assert_false (pulsar_configurator_start_finish (thing, started, &start_error));
  g_assert_error (start_error, PULSAR_ERROR, PULSAR_ERROR_NOT_PREPARED);

  pulsar_application_stop_async (PULSAR_APPLICATION (thing), NULL, pulsar_test_store_result_cb, &stopped);
  pulsar_test_wait_for (stopped != NULL);
  g_assert_false (pulsar_application_stop_finish (PULSAR_APPLICATION (thing), stopped, &stop_error));
  g_assert_error (stop_error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);

  pulsar_get_application_async ("testthing", NULL, pulsar_test_store_result_cb, &got);
  pulsar_test_wait_for (got != NULL);
  g_assert_null (pulsar_get_application_finish (got, &get_error));
  g_assert_error (get_error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  g_assert_null (pulsar_application_get_monitor (PULSAR_APPLICATION (thing)));

  g_clear_object (&started);
  g_clear_object (&stopped);
  g_assert_finalize_object (g_steal_pointer (&thing));
}

static void
test_configurator_parse_console (void)
{
  static const char *const argv[] = { "test", "--no-such-option", NULL };
  g_autoptr(PulsarConfigurator) quiet = make_thing (NULL, argv);
  g_autoptr(PulsarConfigurator) other = make_thing (NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("With parse-console off neither the command line nor a file is read, but the environment is");
  g_setenv ("PULSAR_CONFIG", "/no/such/file.conf", TRUE);
  g_setenv ("PULSAR_GRACEFUL_TIMEOUT", "9s", TRUE);
  pulsar_configurator_set_parse_console (quiet, FALSE);
  g_assert_true (pulsar_configurator_load_config (quiet, &error));
  g_assert_no_error (error);
  g_assert_false (pulsar_configurator_get_console_parsed (quiet));
  g_assert_cmpint (pulsar_config_get_duration (pulsar_configurator_get_config (quiet), "graceful-timeout"), ==,
                   9 * G_TIME_SPAN_SECOND);

  g_assert_false (pulsar_configurator_load_config (other, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_cmpstr (error->message, ==, "/no/such/file.conf: there is no such file (PULSAR_CONFIG names it)");
  g_unsetenv ("PULSAR_CONFIG");
  g_unsetenv ("PULSAR_GRACEFUL_TIMEOUT");
}

static void
test_configurator_strict (void)
{
  g_autofree char *folder = g_dir_make_tmp ("strict-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "x.conf", NULL);
  g_autofree char *option = g_strconcat ("--config=", path, NULL);
  const char *argv[] = { "test", option, NULL };
  g_autoptr(PulsarConfigurator) thing = make_thing (NULL, argv);
  guint n_notified = 0;
  g_autoptr(GPtrArray) notices = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A key that nobody knows is a mistake, unless the program says otherwise; the same can be asked again");
  g_unsetenv ("PULSAR_TEST_SETUP");  /* a variable nobody knows is told, too */
  g_assert_true (g_file_set_contents (path, "[pulsar]\ncolours=blue\ncolour=green\n", -1, NULL));
  g_assert_true (pulsar_configurator_get_strict (thing));
  g_assert_false (pulsar_configurator_load_config (thing, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "did you mean “colour”?"));
  g_clear_error (&error);

  g_signal_connect_swapped (thing, "notify::strict", G_CALLBACK (count_cb), &n_notified);
  g_object_set (thing, "strict", FALSE, NULL);
  pulsar_configurator_set_strict (thing, FALSE);
  g_assert_cmpuint (n_notified, ==, 1);
  g_assert_true (pulsar_configurator_load_config (thing, &error));
  g_assert_no_error (error);
  notices = pulsar_config_steal_notices (pulsar_configurator_get_config (thing));  /* for the log of a start */
  g_assert_cmpuint (notices->len, ==, 1);
  g_assert_nonnull (strstr (notices->pdata[0], "x.conf:2: [pulsar] colours: "));
  g_assert_cmpint (pulsar_setting_get_origin (pulsar_config_get_setting (pulsar_configurator_get_config (thing), "colour")), ==,
                   PULSAR_ORIGIN_KEY_FILE);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/configurator/names", test_configurator_names);
  g_test_add_func ("/configurator/wrong-settings", test_configurator_wrong_settings);
  g_test_add_func ("/configurator/wrong-names", test_configurator_wrong_names);
  g_test_add_func ("/configurator/properties", test_configurator_properties);
  g_test_add_func ("/configurator/config", test_configurator_config);
  g_test_add_func ("/configurator/parameters", test_configurator_parameters);
  g_test_add_func ("/configurator/wrong-parameters", test_configurator_wrong_parameters);
  g_test_add_func ("/configurator/wrong-arguments", test_configurator_wrong_arguments);
  g_test_add_func ("/configurator/no-console", test_configurator_no_console);
  g_test_add_func ("/configurator/not-started", test_configurator_not_started);
  g_test_add_func ("/configurator/parse-console", test_configurator_parse_console);
  g_test_add_func ("/configurator/strict", test_configurator_strict);
  return g_test_run ();
}
