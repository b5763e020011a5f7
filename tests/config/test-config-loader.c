/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <pulsar-glib/pulsar.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pulsar-glib/config/pulsar-config-loader-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-help-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

#define PSPEC_FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

typedef struct
{
  PulsarConfig *main;
  PulsarConfig *rpc;
  PulsarConfigLoader *loader;
  char *output;
  PulsarConfigLoaderOutcome outcome;
} Fixture;

static void
add_settings (PulsarConfig *config)
{
  static const char * const aliases[] = { "quit_timeout", NULL };
  PulsarSetting *settings[] = {
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_uint ("workers", "Worker processes", "There may be none.", 0, 100, 1, PSPEC_FLAGS),
      "section", "Workers", "short-flag", "w", "words", g_variant_new_parsed ("{'auto': <uint32 2>}"), NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_int64 ("exit-timeout", "Time to end", NULL, 0, 60000000, 1000000, PSPEC_FLAGS),
      "section", "Workers", "unit", PULSAR_SETTING_UNIT_DURATION, "aliases", aliases, NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_boolean ("debug", "Log more", NULL, FALSE, PSPEC_FLAGS),
      "section", "Program", "short-flag", "d", "flags", PULSAR_SETTING_GLOBAL, NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_boxed ("bind", "Addresses", NULL, G_TYPE_STRV, PSPEC_FLAGS),
      "section", "Sockets", "short-flag", "b", "arg-description", "ADDRESS",
      "words", g_variant_new_parsed ("{'none': <@as []>}"),
      "default-value", g_variant_new_parsed ("['127.0.0.1:8060']"), NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_string ("greeting", NULL, NULL, NULL, PSPEC_FLAGS), NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_string ("password", "Password", NULL, "secret", PSPEC_FLAGS),
      "section", "Sockets", "flags", PULSAR_SETTING_SECRET, NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_enum ("policy", "Policy", NULL, PULSAR_TYPE_SETTING_UNIT, 0, PSPEC_FLAGS),
      "section", "Workers", NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_boxed ("command", "Command", NULL, G_TYPE_STRV, PSPEC_FLAGS),
      "section", "Program", "unit", PULSAR_SETTING_UNIT_COMMAND, "flags", PULSAR_SETTING_GLOBAL, NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_int ("hidden", NULL, NULL, 0, 10, 0, PSPEC_FLAGS), "flags", PULSAR_SETTING_HIDDEN, NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_uint64 ("buffer", "Buffer", NULL, 0, G_MAXUINT64, 0, PSPEC_FLAGS),
      "section", "Sockets", "unit", PULSAR_SETTING_UNIT_SIZE, NULL),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = settings[i];

      pulsar_config_add_setting (config, setting);
    }
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  static const char * const environment[] = { NULL };

  fixture->main = pulsar_config_new ();
  fixture->rpc = pulsar_config_new ();
  add_settings (fixture->main);
  add_settings (fixture->rpc);
  fixture->loader = pulsar_config_loader_new ("test", "A program.", "Have fun!", "1.2");
  pulsar_config_loader_add (fixture->loader, fixture->main, NULL, NULL);
  pulsar_config_loader_add (fixture->loader, fixture->rpc, "rpc", "rpc");
  pulsar_config_loader_set_environment (fixture->loader, environment);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_pointer (&fixture->loader, pulsar_config_loader_free);
  g_assert_finalize_object (fixture->main);
  g_assert_finalize_object (fixture->rpc);
  g_clear_pointer (&fixture->output, g_free);
}

/* Loads with @arguments, which are separated by spaces. */
static gboolean
load (Fixture     *fixture,
      const char  *arguments,
      GError     **error)
{
  g_autofree char *line = g_strconcat ("test", *arguments != '\0' ? " " : "", arguments, NULL);
  g_auto(GStrv) argv = g_strsplit (line, " ", -1);

  g_clear_pointer (&fixture->output, g_free);
  return pulsar_config_loader_load (fixture->loader, (const char * const *) argv, &fixture->outcome, &fixture->output,
                                    error);
}

static void
assert_text (PulsarConfig *config,
             const char   *name,
             PulsarOrigin  origin,
             const char   *detail,
             const char   *text)
{
  PulsarSetting *setting = pulsar_config_get_setting (config, name);
  g_autofree char *actual = pulsar_setting_dup_text (setting);

  g_assert_cmpstr (actual, ==, text);
  g_assert_cmpint (pulsar_setting_get_origin (setting), ==, origin);
  g_assert_cmpstr (pulsar_setting_get_origin_detail (setting), ==, detail);
}

static void
test_loader_command_line (void)
{
  static const struct
  {
    const char *arguments;
    const char *name;
    const char *detail;
    const char *text;
    gboolean in_rpc;
  } rows[] = {
    { "--workers 3", "workers", "--workers", "3", FALSE },
    { "--workers=3", "workers", "--workers", "3", FALSE },
    { "-w 3", "workers", "-w", "3", FALSE },
    { "-w auto", "workers", "-w", "auto", FALSE },
    { "--exit_timeout=1min", "exit-timeout", "--exit_timeout", "1 min", FALSE },
    { "--quit-timeout 500ms", "exit-timeout", "--quit-timeout", "500 ms", FALSE },
    { "--debug", "debug", "--debug", "true", FALSE },
    { "-d", "debug", "-d", "true", FALSE },
    { "--no-debug", "debug", "--no-debug", "false", FALSE },
    { "--bind :80", "bind", "--bind", ":80", FALSE },
    { "-b :80,:81 --workers 1 --bind=:82", "bind", "-b", ":80,:81,:82", FALSE },
    { "--bind none", "bind", "--bind", "none", FALSE },
    { "--bind=--odd", "bind", "--bind", "--odd", FALSE },
    { "--greeting -x", "greeting", "--greeting", "-x", FALSE },
    { "--greeting -", "greeting", "--greeting", "-", FALSE },
    { "--greeting=a=b", "greeting", "--greeting", "a=b", FALSE },
    { "--greeting Grüße", "greeting", "--greeting", "Grüße", FALSE },
    { "--policy duration", "policy", "--policy", "duration", FALSE },
    { "--command=a,b", "command", "--command", "a,b", FALSE },
    { "--hidden 3", "hidden", "--hidden", "3", FALSE },
    { "--workers 3 --", "workers", "--workers", "3", FALSE },
    { "--workers 1 --rpc-workers 3", "workers", "--rpc-workers", "3", TRUE },
    { "--rpc-quit-timeout=3", "exit-timeout", "--rpc-quit-timeout", "3 s", TRUE },
    { "--debug", "debug", "--debug", "true", TRUE },
    { "--command x", "command", "--command", "x", TRUE },
  };

  g_test_summary ("Every form of an option is read, and every value knows its option");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture fixture = { NULL };
      g_autoptr(GError) error = NULL;

      g_test_message ("%s", rows[i].arguments);
      set_up (&fixture, NULL);
      g_assert_true (load (&fixture, rows[i].arguments, &error));
      g_assert_no_error (error);
      g_assert_cmpint (fixture.outcome, ==, PULSAR_CONFIG_LOADER_CONTINUE);
      g_assert_null (fixture.output);
      assert_text (rows[i].in_rpc ? fixture.rpc : fixture.main, rows[i].name, PULSAR_ORIGIN_COMMAND_LINE,
                   rows[i].detail, rows[i].text);
      g_assert_cmpint (pulsar_config_get_phase (fixture.main), ==, PULSAR_CONFIG_PHASE_LOADED);
      g_assert_cmpint (pulsar_config_get_phase (fixture.rpc), ==, PULSAR_CONFIG_PHASE_LOADED);
      tear_down (&fixture, NULL);
    }
}

static void
test_loader_usage (void)
{
  static const struct
  {
    const char *arguments;
    const char *message;
  } rows[] = {
    { "--wrokers 3", "Unknown option “--wrokers”; did you mean “--workers”?" },
    { "--work 3", "Unknown option “--work”; did you mean “--workers”?" },
    { "--work=3", "Unknown option “--work”; did you mean “--workers”?" },
    { "-workers 3", "Unknown option “-workers”; did you mean “--workers”?" },
    { "--rpc-wokers 3", "Unknown option “--rpc-wokers”; did you mean “--rpc-workers”?" },
    { "--nodebug", "Unknown option “--nodebug”; did you mean “--no-debug”?" },
    { "--no-workers", "Unknown option “--no-workers”; “--help” lists the options" },
    { "--rpc-debug", "Unknown option “--rpc-debug”; “--help” lists the options" },
    { "--something-else", "Unknown option “--something-else”; “--help” lists the options" },
    { "-z", "Unknown option “-z”; “--help” lists the options" },
    { "--=3", "Unknown option “--”; “--help” lists the options" },
    { "---", "Unknown option “---”; “--help” lists the options" },
    { "-w3", "Unknown option “-w3”; the value stands apart, as in “-w 3”" },
    { "-w=3", "Unknown option “-w=3”; the value stands apart, as in “-w 3”" },
    { "-dw 3", "Unknown option “-dw”; “--help” lists the options" },
    { "--workers", "--workers: the value is missing; allowed: a whole number from 0 to 100, or auto" },
    { "-w", "-w: the value is missing; allowed: a whole number from 0 to 100, or auto" },
    { "--workers=", "--workers: the value is missing; allowed: a whole number from 0 to 100, or auto" },
    { "--workers ", "--workers: the value is missing; allowed: a whole number from 0 to 100, or auto" },
    { "--greeting=", "--greeting: the value is missing; allowed: a text" },
    { "--workers --debug", "--workers: the value is missing; allowed: a whole number from 0 to 100, or auto" },
    { "--workers -d", "--workers: the value is missing; allowed: a whole number from 0 to 100, or auto" },
    { "--workers --", "--workers: the value is missing; allowed: a whole number from 0 to 100, or auto" },
    { "--workers many", "--workers: “many” is not a whole number; allowed: a whole number from 0 to 100, or auto" },
    { "-w 101", "-w: “101” is out of range; allowed: a whole number from 0 to 100, or auto" },
    { "-w -1", "-w: “-1” is out of range; allowed: a whole number from 0 to 100, or auto" },
    { "--rpc-workers 101", "--rpc-workers: “101” is out of range; allowed: a whole number from 0 to 100, or auto" },
    { "--exit-timeout 5m", "--exit-timeout: “5m” is not a duration such as “500 ms”, “1.5 s”, “10 min” or “2 h”; "
                           "allowed: a duration from 0 s to 1 min" },
    { "--policy best", "--policy: “best” is none of the values; allowed: plain, duration, size or command" },
    { "--bind a,,b", "--bind: “a,,b” has an empty element; allowed: a list, separated by commas, or none" },
    { "-b a --bind a,,b", "--bind: “a,,b” has an empty element; allowed: a list, separated by commas, or none" },
    { "--debug=true", "--debug: takes no value; allowed: “--debug” or “--no-debug” alone" },
    { "--no-debug=", "--no-debug: takes no value; allowed: “--debug” or “--no-debug” alone" },
    { "--version=2", "--version: takes no value" },
    { "--workers 1 --workers 1", "--workers: given twice; once is allowed" },
    { "--workers 1 -w 1", "-w: the same as “--workers”, given before; once is allowed" },
    { "--debug --no-debug", "--no-debug: the same as “--debug”, given before; once is allowed" },
    { "--command a --command b", "--command: given twice; once is allowed" },
    { "--password=x", "--password: every user of this machine can read a secret on the command line; write “password=…” in the group "
                      "[pulsar] of a configuration file, or set PULSAR_PASSWORD" },
    { "--rpc-password x", "--rpc-password: every user of this machine can read a secret on the command line; write “password=…” in the "
                          "group [rpc] of a configuration file, or set PULSAR_RPC_PASSWORD" },
    { "file", "Unexpected argument “file”; this program takes options only" },
    { "--debug true", "Unexpected argument “true”; this program takes options only" },
    { "-- --workers", "Unexpected argument “--workers”; this program takes options only" },
    { "-- --", "Unexpected argument “--”; this program takes options only" },
    { "-", "Unexpected argument “-”; this program takes options only" },
    { "--greeting a\377", "Argument 2, “a�”, is not valid UTF-8" },
    { "--\377", "Argument 1, “--�”, is not valid UTF-8" },
  };

  g_test_summary ("Each mistake is one line with the option and what would be right, and nothing is set");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture fixture = { NULL };
      g_autoptr(GError) error = NULL;
      g_autoptr(GError) again = NULL;

      g_test_message ("%zu: %s", i, rows[i].message);
      set_up (&fixture, NULL);
      g_assert_false (load (&fixture, rows[i].arguments, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
      g_assert_cmpstr (error->message, ==, rows[i].message);
      g_assert_null (strchr (error->message, '\n'));
      g_assert_cmpint (pulsar_config_get_phase (fixture.main), ==, PULSAR_CONFIG_PHASE_OPEN);

      g_assert_false (load (&fixture, rows[i].arguments, &again));
      g_assert_cmpstr (again->message, ==, rows[i].message);
      tear_down (&fixture, NULL);
    }
}

static void
test_loader_environment (Fixture       *fixture,
                         gconstpointer  data)
{
  static const char * const environment[] = {
    "PULSAR_WORKERS=3",
    "PULSAR_RPC_WORKERS=4",
    "PULSAR_DEBUG=yes",
    "PULSAR_QUIT_TIMEOUT=5 s",
    "PULSAR_BIND=:80, :81",
    "PULSAR_RPC_BIND=",
    "PULSAR_GREETING=Grüße=x",
    "PULSAR_ACTOR=3:4:5",
    "PULSAR_SOMETHING=else",
    "PULSAR_SOMEBODY=else",
    "PULSAR_WOKERS=3",
    "PULSAR_WITHOUT_VALUE",
    "PULSARX=1",
    "pulsar_workers=8",
    "HOME=/",
    NULL,
  };
  g_autoptr(GError) error = NULL;

  g_test_summary ("Variables fill the settings of each application; those of others are mentioned in one line");
  pulsar_config_loader_set_environment (fixture->loader, environment);
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_INFO,
                         "No setting has these environment variables: PULSAR_SOMEBODY, PULSAR_SOMETHING");
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_MESSAGE, "PULSAR_WOKERS*did you mean “PULSAR_WORKERS”?");
  g_assert_true (load (fixture, "--workers 9", &error));
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
  assert_text (fixture->main, "workers", PULSAR_ORIGIN_COMMAND_LINE, "--workers", "9");
  assert_text (fixture->rpc, "workers", PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_RPC_WORKERS", "4");
  assert_text (fixture->main, "debug", PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_DEBUG", "true");
  assert_text (fixture->rpc, "debug", PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_DEBUG", "true");
  assert_text (fixture->main, "exit-timeout", PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_QUIT_TIMEOUT", "5 s");
  assert_text (fixture->main, "bind", PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_BIND", ":80,:81");
  assert_text (fixture->rpc, "bind", PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_RPC_BIND", "");
  assert_text (fixture->main, "greeting", PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_GREETING", "Grüße=x");
}

static void
test_loader_environment_bad (Fixture       *fixture,
                             gconstpointer  data)
{
  static const char * const environment[] = {
    "PULSAR_WORKERS=many",
    "PULSAR_RPC_WORKERS=101",
    "PULSAR_DEBUG=",
    "PULSAR_QUIT_TIMEOUT=5 s",
    "PULSAR_EXIT_TIMEOUT=5 s",
    "PULSAR_GREETING=a\377",
    "PULSAR_PASSWORD=fine",
    NULL,
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) no_command_line = NULL;

  g_test_summary ("All wrong variables are named at once");
  pulsar_config_loader_set_environment (fixture->loader, environment);
  g_assert_false (load (fixture, "--workers 9", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_cmpstr (error->message, ==,
                   "PULSAR_DEBUG: “” is neither true nor false; allowed: true or false\n"
                   "PULSAR_GREETING: the value is not valid UTF-8\n"
                   "PULSAR_QUIT_TIMEOUT: the same setting as “PULSAR_EXIT_TIMEOUT”; only one of them can be set\n"
                   "PULSAR_RPC_WORKERS: “101” is out of range; allowed: a whole number from 0 to 100, or auto\n"
                   "PULSAR_WORKERS: “many” is not a whole number; allowed: a whole number from 0 to 100, or auto");

  g_assert_false (pulsar_config_loader_load (fixture->loader, NULL, &fixture->outcome, &fixture->output,
                                             &no_command_line));
  g_assert_cmpstr (no_command_line->message, ==, error->message);

  /* Who asks for help gets it. */
  g_clear_error (&error);
  g_assert_true (load (fixture, "--help", &error));
  g_assert_cmpint (fixture->outcome, ==, PULSAR_CONFIG_LOADER_PRINT);
}

static void
test_loader_process_environment (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(PulsarConfigLoader) loader = pulsar_config_loader_new ("test", NULL, NULL, NULL);
  g_autofree char *output = NULL;
  g_autoptr(GError) error = NULL;
  PulsarConfigLoaderOutcome outcome;

  g_test_summary ("Without another one the environment of the process counts");
  add_settings (config);
  pulsar_config_loader_add (loader, config, NULL, NULL);
  g_setenv ("PULSAR_WORKERS", "17", TRUE);
  g_assert_true (pulsar_config_loader_load (loader, NULL, &outcome, &output, &error));
  g_unsetenv ("PULSAR_WORKERS");
  g_assert_no_error (error);
  assert_text (config, "workers", PULSAR_ORIGIN_ENVIRONMENT, "PULSAR_WORKERS", "17");
}

static void
test_loader_secure (void)
{
  g_autofree char *folder = NULL;
  g_autofree char *program = NULL;
  g_autofree char *contents = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) environment = NULL;
  g_autofree char *output = NULL;
  const char *argv[] = { NULL, "--secure-child", NULL };
  gsize length = 0;
  int status = 0;

  g_test_summary ("A program executed with more rights than its caller does not listen to the environment");
  if (g_getenv ("PULSAR_TEST_SETUP") != NULL)
    {
      g_test_skip ("the copy of the program runs without the tool");
      return;
    }
  folder = g_dir_make_tmp ("pulsar-XXXXXX", &error);
  g_assert_no_error (error);
  program = g_build_filename (folder, "program", NULL);
  g_assert_true (g_file_get_contents ("/proc/self/exe", &contents, &length, &error));
  g_assert_true (g_file_set_contents (program, contents, length, &error));
  if (chown (program, 1, 1) != 0 || chmod (program, 06755) != 0 || chmod (folder, 0755) != 0)
    {
      g_test_skip ("only root can make such a program");
    }
  else
    {
      argv[0] = program;
      environment = g_environ_setenv (g_get_environ (), "PULSAR_WORKERS", "17", TRUE);
      g_assert_true (g_spawn_sync (NULL, (char **) argv, environment, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status,
                                   &error));
      g_assert_no_error (error);
      if (g_str_equal (output, "not secure\n"))
        g_test_skip ("the file system does not allow such a program");
      else
        g_assert_cmpstr (output, ==, "1\n");
    }
  g_assert_no_errno (g_remove (program));
  g_assert_no_errno (g_rmdir (folder));
}

static int
secure_child (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(PulsarConfigLoader) loader = pulsar_config_loader_new ("test", NULL, NULL, NULL);
  g_autofree char *output = NULL;
  PulsarConfigLoaderOutcome outcome;

  if (getauxval (AT_SECURE) == 0)
    {
      g_print ("not secure\n");
      return 0;
    }
  add_settings (config);
  pulsar_config_loader_add (loader, config, NULL, NULL);
  if (!pulsar_config_loader_load (loader, NULL, &outcome, &output, NULL))
    return 1;
  g_print ("%u\n", pulsar_config_get_uint (config, "workers"));
  return 0;
}

static void
test_loader_c_locale (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autofree char *before = g_strdup (setlocale (LC_ALL, NULL));
  g_autoptr(GError) error = NULL;

  g_test_summary ("UTF-8 arguments work in the C locale");
  g_assert_nonnull (setlocale (LC_ALL, "C"));
  g_assert_true (load (fixture, "--greeting=Grüße,_日本", &error));
  g_assert_no_error (error);
  assert_text (fixture->main, "greeting", PULSAR_ORIGIN_COMMAND_LINE, "--greeting", "Grüße,_日本");
  setlocale (LC_ALL, before);
}

static void
test_loader_parameters (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autoptr(PulsarConfig) late = pulsar_config_new ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("A parameter that its setting refuses fails the loading, again and again");
  g_assert_true (pulsar_config_set_value (late, "workers", g_variant_new_int32 (101), &error));
  add_settings (late);
  pulsar_config_loader_add (fixture->loader, late, "late", NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_false (load (fixture, "", &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      g_assert_cmpstr (error->message, ==,
                       "Setting “workers”: “101” is out of range; allowed: a whole number from 0 to 100, or auto");
      g_clear_error (&error);
    }
}

static void
test_loader_prefixes (void)
{
  static const char * const bad[] = {
    "", "Rpc", "1rpc", "-rpc", "rpc_x", "räc", "help", "version", "no", "print", "check", "config", "params", "pulsar",
  };
  static const char * const good[] = { "r", "rpc", "rpc-2", "helper", "nothing" };

  g_test_summary ("Prefixes are small letters, digits and hyphens, and leave common words alone");
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      Fixture fixture = { NULL };
      g_autoptr(PulsarConfig) config = pulsar_config_new ();
      g_autoptr(GError) error = NULL;
      g_autofree char *quoted = g_strdup_printf ("“%s” is no prefix for an application", bad[i]);

      set_up (&fixture, NULL);
      pulsar_config_loader_add (fixture.loader, config, bad[i], NULL);
      g_assert_false (load (&fixture, "", &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      g_assert_true (g_str_has_prefix (error->message, quoted));
      tear_down (&fixture, NULL);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (pulsar_config_check_prefix (good[i], NULL));
}

static void
test_loader_clashes (void)
{
  static const struct
  {
    const char *prefix;  /* NULL: none */
    const char *title;
    const char *setting;
    const char *flag;
    const char *short_flag;
    gboolean is_global;
    const char *message;
  } rows[] = {
    { "rpc", "second", "y", NULL, NULL, FALSE, "Two applications have the prefix “rpc”: “rpc” and “second”" },
    { NULL, "second", "y", NULL, NULL, FALSE,
      "Two applications have no prefix: “the main application” and “second”" },
    { "x", "x", "debug", "no-y", NULL, FALSE, NULL },
    { "rpc-exit", "x", "timeout", NULL, NULL, FALSE,
      "“--rpc-exit-timeout” would mean both the setting “exit-timeout” of the application “rpc” with the prefix “rpc” and the setting "
      "“timeout” of the application “x” with the prefix “rpc-exit”; change one of the prefixes, or the name or flag of a setting" },
    { "x", "x", "all", "workers", NULL, TRUE,
      "“--workers” would mean both the setting “workers” of the main application and the setting “all” of the "
      "application “x”; change one of the prefixes, or the name or flag of a setting" },
    { "x", "x", "no-debug", NULL, NULL, TRUE,
      "“--no-debug” would mean both the setting “debug” of the main application and the setting “no-debug” of the "
      "application “x”; change one of the prefixes, or the name or flag of a setting" },
    { "x", "x", "y", NULL, "w", TRUE,
      "“-w” would mean both the setting “workers” of the main application and the setting “y” of the application “x”; "
      "change one of the prefixes, or the name or flag of a setting" },
    { "x", "x", "version", NULL, NULL, TRUE,
      "“--version” would mean both the common option “--version” and the setting “version” of the application “x”; "
      "change one of the prefixes, or the name or flag of a setting" },
    { "x", "x", "help-rpc", NULL, NULL, TRUE,
      "“--help-rpc” would mean both the common option “--help-rpc” and the setting “help-rpc” of the application “x”; "
      "change one of the prefixes, or the name or flag of a setting" },
    { "all", "all", "y", NULL, NULL, FALSE,
      "“--help-all” would mean both the common option “--help-all” and the common option “--help-all”; change one of the prefixes, or the name or flag of a setting" },
    { "x", "x", "workers", "other", NULL, TRUE,
      "“PULSAR_WORKERS” would mean both the setting “workers” of the main application and the setting “workers” of the "
      "application “x”; change one of the prefixes, or the name or flag of a setting" },
  };

  g_test_summary ("Options and variables that would mean two things are an error that names both");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture fixture = { NULL };
      g_autoptr(PulsarConfig) config = pulsar_config_new ();
      g_autoptr(PulsarSetting) setting = NULL;
      g_autoptr(GError) error = NULL;

      g_test_message ("%zu", i);
      set_up (&fixture, NULL);
      setting = pulsar_setting_new_with_properties (
        "pspec", g_param_spec_int (rows[i].setting, NULL, NULL, 0, 1, 0, PSPEC_FLAGS), "flag", rows[i].flag,
        "short-flag", rows[i].short_flag, "flags", rows[i].is_global ? PULSAR_SETTING_GLOBAL : 0, NULL);
      pulsar_config_add_setting (config, setting);
      pulsar_config_loader_add (fixture.loader, config, rows[i].prefix, rows[i].title);
      if (rows[i].message == NULL)
        {
          g_assert_true (load (&fixture, "--x-no-y 1", &error));
          g_assert_no_error (error);
        }
      else
        {
          g_assert_false (load (&fixture, "--help", &error));
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
          g_assert_cmpstr (error->message, ==, rows[i].message);
        }
      tear_down (&fixture, NULL);
    }
}

static void
test_loader_global_elsewhere (Fixture       *fixture,
                              gconstpointer  data)
{
  g_autoptr(PulsarSetting) setting = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A global setting that only an application with a prefix has is not prefixed either");
  setting = pulsar_setting_new_with_properties ("pspec", g_param_spec_string ("data-store", NULL, NULL, NULL, PSPEC_FLAGS),
                                                "short-flag", "s", "flags", PULSAR_SETTING_GLOBAL, NULL);
  pulsar_config_add_setting (fixture->rpc, setting);
  g_assert_true (load (fixture, "-s redis:", &error));
  assert_text (fixture->rpc, "data-store", PULSAR_ORIGIN_COMMAND_LINE, "-s", "redis:");
  g_assert_null (pulsar_config_get_setting (fixture->main, "data-store"));
  g_assert_false (load (fixture, "--rpc-data-store redis:", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
}

static void
test_loader_version (Fixture       *fixture,
                     gconstpointer  data)
{
  g_autoptr(PulsarConfigLoader) plain = pulsar_config_loader_new ("plain", NULL, NULL, NULL);
  const char *argv[] = { "plain", "--version", NULL };
  g_autofree char *output = NULL;
  g_autoptr(GError) error = NULL;
  PulsarConfigLoaderOutcome outcome;

  g_test_summary ("--version says program and version, and ends the reading");
  g_assert_true (load (fixture, "--workers 5 --version --nonsense", &error));
  g_assert_no_error (error);
  g_assert_cmpint (fixture->outcome, ==, PULSAR_CONFIG_LOADER_PRINT);
  g_assert_cmpstr (fixture->output, ==, "test 1.2\n");
  g_assert_cmpuint (pulsar_config_get_uint (fixture->main, "workers"), ==, 1);
  g_assert_cmpint (pulsar_config_get_phase (fixture->main), ==, PULSAR_CONFIG_PHASE_OPEN);

  g_assert_true (pulsar_config_loader_load (plain, argv, &outcome, &output, &error));
  g_assert_cmpstr (output, ==, "plain\n");
}

static void
test_loader_help (Fixture       *fixture,
                  gconstpointer  data)
{
  static const char expected[] =
    "Usage: test [OPTION…]\n"
    "\n"
    "A program.\n"
    "\n"
    "Workers:\n"
    "  -w, --workers=NUMBER         Worker processes\n"
    "                               a whole number from 0 to 100, or auto\n"
    "                               [default: 1]\n"
    "      --exit-timeout=DURATION  Time to end\n"
    "                               a duration from 0 s to 1 min [default: 1 s]\n"
    "      --policy=NAME            Policy\n"
    "                               plain, duration, size or command [default: plain]\n"
    "\n"
    "Program:\n"
    "  -d, --[no-]debug             Log more [default: off]\n"
    "      --command=COMMAND        Command\n"
    "\n"
    "Sockets:\n"
    "  -b, --bind=ADDRESS           Addresses\n"
    "                               a list, separated by commas, or none\n"
    "                               [default: :80]\n"
    "      PULSAR_PASSWORD=TEXT     Password\n"
    "      --buffer=SIZE            Buffer\n"
    "                               a size of at least 0 [default: 0]\n"
    "\n"
    "Other options:\n"
    "      --greeting=TEXT\n"
    "\n"
    "Help:\n"
    "      --help                   Show the options of the program\n"
    "      --help-all               Show all options, explained\n"
    "      --version                Show the version\n"
    "      --print-config           Print all values as a key file, with where they\n"
    "                               come from\n"
    "      --show-secrets           With --print-config, print secret values too\n"
    "      --check-config           Say what is wrong with the configuration, and\n"
    "                               start nothing\n"
    "      --help-rpc               Show the options of rpc\n"
    "\n"
    "Have fun!\n";
  g_autoptr(GError) error = NULL;
  g_autofree char *main_help = NULL;

  g_test_summary ("--help shows sections, values allowed and values now, but nothing hidden or secret");
  g_assert_true (pulsar_config_set_string (fixture->main, "bind", ":80", &error));
  g_assert_true (load (fixture, "--help --nonsense", &error));
  g_assert_no_error (error);
  g_assert_cmpint (fixture->outcome, ==, PULSAR_CONFIG_LOADER_PRINT);
  g_assert_cmpstr (fixture->output, ==, expected);
  main_help = g_steal_pointer (&fixture->output);

  g_assert_true (load (fixture, "--help-rpc", &error));
  g_assert_nonnull (strstr (fixture->output, "\nWorkers of rpc:\n"));
  g_assert_nonnull (strstr (fixture->output, "  Worker processes. There may be none.\n"));
  g_assert_nonnull (strstr (fixture->output, "--rpc-bind"));
  g_assert_null (strstr (fixture->output, "--debug"));
  g_assert_null (strstr (fixture->output, " --workers="));
  g_assert_null (strstr (fixture->output, "-w,"));

  g_assert_true (load (fixture, "--help-all", &error));
  g_assert_nonnull (strstr (fixture->output, "--rpc-workers"));
  g_assert_nonnull (strstr (fixture->output, " --workers"));
  g_assert_nonnull (strstr (fixture->output, "There may be none."));
  g_assert_null (strstr (fixture->output, "--hidden"));
  g_assert_null (strstr (fixture->output, "[secret]"));
}

static void
test_loader_help_width (void)
{
  static const char description[] =
    "First paragraph with words enough for several lines of a narrow terminal.\n\n"
    "第二段 第二段 第二段 第二段 第二段 第二段 第二段 第二段 第二段 a-word-that-is-longer-than-any-line-of-a-narrow-terminal";
  g_autoptr(PulsarOptionTable) table = pulsar_option_table_new ();
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GError) error = NULL;
  const PulsarOption *shown = NULL;
  gboolean negated = FALSE;

  g_test_summary ("Help is as wide as the terminal, within reason, counted in columns and not in bytes");
  add_settings (config);
  g_assert_true (pulsar_option_table_add (table, config, NULL, NULL, &error));
  shown = pulsar_option_table_find (table, "--help-all", &negated);
  for (guint n_columns = 0; n_columns < 200; n_columns += 10)
    {
      g_autofree char *text = pulsar_help_format (table, shown, "x", description, NULL, n_columns);
      g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
      guint limit = CLAMP (n_columns, 40, 120);

      for (gsize i = 0; lines[i] != NULL; i++)
        {
          guint width = 0;

          for (const char *at = lines[i]; *at != '\0'; at = g_utf8_next_char (at))
            width += g_unichar_iswide (g_utf8_get_char (at)) ? 2 : 1;
          if (strchr (g_strstrip (lines[i]), ' ') != NULL)
            g_assert_cmpuint (width, <=, limit);
        }
    }
  g_assert_cmpuint (pulsar_help_get_n_columns (), >, 0);
}

int
main (int    argc,
      char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], "--secure-child"))
    return secure_child ();

  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/config-loader/command-line", test_loader_command_line);
  g_test_add_func ("/config-loader/usage", test_loader_usage);
  g_test_add ("/config-loader/environment", Fixture, NULL, set_up, test_loader_environment, tear_down);
  g_test_add ("/config-loader/environment/bad", Fixture, NULL, set_up, test_loader_environment_bad, tear_down);
  g_test_add_func ("/config-loader/environment/process", test_loader_process_environment);
  g_test_add_func ("/config-loader/environment/secure", test_loader_secure);
  g_test_add ("/config-loader/c-locale", Fixture, NULL, set_up, test_loader_c_locale, tear_down);
  g_test_add ("/config-loader/parameters", Fixture, NULL, set_up, test_loader_parameters, tear_down);
  g_test_add_func ("/config-loader/prefixes", test_loader_prefixes);
  g_test_add_func ("/config-loader/clashes", test_loader_clashes);
  g_test_add ("/config-loader/global-elsewhere", Fixture, NULL, set_up, test_loader_global_elsewhere, tear_down);
  g_test_add ("/config-loader/version", Fixture, NULL, set_up, test_loader_version, tear_down);
  g_test_add ("/config-loader/help", Fixture, NULL, set_up, test_loader_help, tear_down);
  g_test_add_func ("/config-loader/help/width", test_loader_help_width);

  return g_test_run ();
}
