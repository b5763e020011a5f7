/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

/* What build () makes: prefixes and parameters, one application a row. */
typedef struct
{
  const char *prefix;
  const char *parameters;
} Part;

typedef struct
{
  const Part *parts;
  guint n_parts;
  guint n_built;
} Plan;

static void
build_cb (PulsarMultiApp *multi,
          Plan           *plan)
{
  plan->n_built++;
  for (guint i = 0; i < plan->n_parts; i++)
    {
      GVariant *parameters = plan->parts[i].parameters == NULL ? NULL : g_variant_new_parsed (plan->parts[i].parameters);
      PulsarApplication *application;

      application = pulsar_multi_app_new_app (multi, PULSAR_TYPE_APPLICATION, plan->parts[i].prefix, parameters);
      g_assert_true (PULSAR_IS_APPLICATION (application));
    }
}

static PulsarConfigurator *
make_multi (Plan               *plan,
            const char         *parameters,
            const char * const *argv)
{
  PulsarConfigurator *multi = g_object_new (PULSAR_TYPE_MULTI_APP, "name", "prog", "argv", argv, "version", "3", "parameters",
                                            parameters == NULL ? NULL : g_variant_new_parsed (parameters), NULL);

  g_signal_connect (multi, "build", G_CALLBACK (build_cb), plan);
  return multi;
}

static PulsarConfigurator *
get_app (PulsarConfigurator *multi,
         guint               index)
{
  g_autoptr(PulsarConfigurator) app = g_list_model_get_item (pulsar_multi_app_get_applications (PULSAR_MULTI_APP (multi)), index);

  return app;  /* the list holds it */
}

static void
test_multi_app_names (void)
{
  static const Part parts[] = { { "rpc", NULL }, { NULL, NULL }, { "a-b", NULL } };
  Plan plan = { parts, G_N_ELEMENTS (parts), 0 };
  const char *argv[] = { "prog", NULL };
  g_autoptr(PulsarConfigurator) multi = make_multi (&plan, NULL, argv);
  g_autoptr(GError) error = NULL;
  GListModel *applications = pulsar_multi_app_get_applications (PULSAR_MULTI_APP (multi));

  g_test_summary ("The main application comes first and has the name and the version of the program, the others their prefix before the name");
  g_assert_cmpuint (g_list_model_get_n_items (applications), ==, 0);
  g_assert_true (pulsar_configurator_load_config (multi, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (applications), ==, 3);
  g_assert_cmpstr (pulsar_configurator_get_name (get_app (multi, 0)), ==, "prog");
  g_assert_cmpstr (pulsar_configurator_get_name (get_app (multi, 1)), ==, "rpc_prog");
  g_assert_cmpstr (pulsar_configurator_get_name (get_app (multi, 2)), ==, "a-b_prog");
  g_assert_cmpstr (pulsar_configurator_get_version (get_app (multi, 0)), ==, "3");
  g_assert_null (pulsar_configurator_get_version (get_app (multi, 1)));
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (pulsar_configurator_get_console_parsed (get_app (multi, i)));
      g_assert_cmpstr (pulsar_configurator_get_argv (get_app (multi, i))[0], ==, "prog");
    }

  g_assert_true (pulsar_configurator_load_config (multi, NULL));
  g_assert_cmpuint (plan.n_built, ==, 1);
}

static void
test_multi_app_refused (void)
{
  static const struct
  {
    Part parts[3];
    guint n_parts;
    const char *text;
  } rows[] = {
    { { { "rpc", NULL } }, 1, "no main application" },
    { { { NULL, NULL } }, 0, "no main application" },
    { { { NULL, NULL }, { NULL, NULL } }, 2, "no prefix" },
    { { { NULL, NULL }, { "rpc", NULL }, { "rpc", NULL } }, 3, "prefix “rpc”" },
    { { { NULL, NULL }, { "", NULL } }, 2, "“”" },
    { { { NULL, NULL }, { "Rpc", NULL } }, 2, "“Rpc”" },
    { { { NULL, NULL }, { "9", NULL } }, 2, "“9”" },
    { { { NULL, NULL }, { "r_p", NULL } }, 2, "“r_p”" },
    { { { NULL, NULL }, { "-r", NULL } }, 2, "“-r”" },
    { { { NULL, NULL }, { "help", NULL } }, 2, "“help”" },
    { { { NULL, NULL }, { "version", NULL } }, 2, "“version”" },
    { { { NULL, NULL }, { "no", NULL } }, 2, "“no”" },
    { { { NULL, NULL }, { "print", NULL } }, 2, "“print”" },
    { { { NULL, NULL }, { "check", NULL } }, 2, "“check”" },
    { { { NULL, NULL }, { "config", NULL } }, 2, "“config”" },
    { { { NULL, NULL }, { "params", NULL } }, 2, "“params”" },
    { { { NULL, NULL }, { "pulsar", NULL } }, 2, "“pulsar”" },
    { { { NULL, NULL }, { "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl", NULL } }, 2, "characters" },
    { { { NULL, NULL }, { "graceful", NULL } }, 2, "graceful-timeout" },
    { { { NULL, NULL }, { "exit", NULL } }, 2, "exit" },  /* the alias --exit-timeout */
    { { { NULL, NULL }, { "a", NULL }, { "a-start", NULL } }, 3, "a-start-timeout" },
    { { { NULL, "{'workers': <'x'>}" } }, 1, "workers" },
  };

  g_test_summary ("Prefixes that are wrong, there twice or in the way of others are errors, which come again when asked again");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Plan plan = { rows[i].parts, rows[i].n_parts, 0 };
      const char *argv[] = { "prog", NULL };
      g_autoptr(PulsarConfigurator) multi = make_multi (&plan, NULL, argv);

      for (guint k = 0; k < 2; k++)
        {
          g_autoptr(GError) error = NULL;

          if (pulsar_configurator_load_config (multi, &error))
            g_error ("row %u was taken", i);
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
          if (strstr (error->message, rows[i].text) == NULL)
            g_error ("row %u: %s", i, error->message);
        }
      g_assert_cmpint (pulsar_configurator_run (multi, 0, NULL), ==, 78);
    }
}

static void
test_multi_app_parameters (void)
{
  static const Part parts[] = {
    { NULL, "{'workers': <uint32 3>}" }, { "rpc", "{'workers': <uint32 4>, 'own': <1>}" }, { "other", NULL }, { "fourth", NULL },
  };
  Plan plan = { parts, G_N_ELEMENTS (parts), 0 };
  const char *argv[] = { "prog", "--other-workers=6", NULL };
  g_autoptr(PulsarConfigurator) multi = make_multi (&plan, "{'workers': <uint32 2>, 'shared': <'yes'>}", argv);
  static const guint n_workers[] = { 3, 4, 6, 2 };
  g_autoptr(GError) error = NULL;

  g_test_summary ("Parameters of the program go to all, give way to those of an application, and these to the command line");
  g_assert_true (pulsar_configurator_load_config (multi, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      PulsarConfig *config = pulsar_configurator_get_config (get_app (multi, i));
      g_autoptr(GVariant) shared = pulsar_config_get_value (config, "shared");
      g_autoptr(GVariant) own = pulsar_config_get_value (config, "own");

      g_assert_cmpuint (pulsar_config_get_uint (config, "workers"), ==, n_workers[i]);
      g_assert_cmpstr (g_variant_get_string (shared, NULL), ==, "yes");
      g_assert_true ((own != NULL) == (i == 1));
    }
}

static void
test_multi_app_options (void)
{
  static const Part parts[] = { { NULL, NULL }, { "rpc", NULL } };
  static const struct
  {
    const char *argument;
    guint workers;
    guint rpc_workers;
    gboolean is_wrong;
  } rows[] = {
    { "--workers=5", 5, 1, FALSE },
    { "--rpc-workers=5", 1, 5, FALSE },
    { "--rpc-w=5", 0, 0, TRUE },
    { "--rpc-orphan-timeout=5", 0, 0, TRUE },  /* a global one has no prefix */
    { "--rcp-workers=5", 0, 0, TRUE },
  };

  g_test_summary ("The options of the main application are those of the program; others have their prefix and no short form");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Plan plan = { parts, G_N_ELEMENTS (parts), 0 };
      const char *argv[] = { "prog", rows[i].argument, NULL };
      g_autoptr(PulsarConfigurator) multi = make_multi (&plan, NULL, argv);
      g_autoptr(GError) error = NULL;

      if (rows[i].is_wrong)
        {
          g_assert_false (pulsar_configurator_load_config (multi, &error));
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
          continue;
        }
      g_assert_true (pulsar_configurator_load_config (multi, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (pulsar_config_get_uint (pulsar_configurator_get_config (get_app (multi, 0)), "workers"), ==,
                        rows[i].workers);
      g_assert_cmpuint (pulsar_config_get_uint (pulsar_configurator_get_config (get_app (multi, 1)), "workers"), ==,
                        rows[i].rpc_workers);
    }
}

static void
test_multi_app_globals (void)
{
  static const Part parts[] = { { NULL, NULL }, { "rpc", NULL } };
  Plan plan = { parts, G_N_ELEMENTS (parts), 0 };
  const char *argv[] = { "prog", "--orphan-timeout=5", "--timeout=9", NULL };
  g_autoptr(PulsarConfigurator) multi = make_multi (&plan, NULL, argv);
  g_autoptr(GError) error = NULL;
  PulsarConfig *config;

  g_test_summary ("Global settings are common to all applications, the others are not");
  g_assert_true (pulsar_configurator_load_config (multi, &error));
  g_assert_no_error (error);
  config = pulsar_configurator_get_config (get_app (multi, 1));
  g_assert_cmpint (pulsar_config_get_duration (config, "orphan-timeout"), ==, 5 * G_TIME_SPAN_SECOND);
  g_assert_cmpint (pulsar_config_get_duration (config, "timeout"), ==, 30 * G_TIME_SPAN_SECOND);
  g_assert_finalize_object (g_steal_pointer (&multi));
}

static void
test_multi_app_mends (void)
{
  static const Part wrong[] = { { "rpc", NULL } };
  static const Part right[] = { { "rpc", NULL }, { NULL, NULL } };
  Plan plan = { wrong, 1, 0 };
  g_autoptr(PulsarConfigurator) multi = make_multi (&plan, NULL, NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("A build that went wrong can be mended: nothing of it is kept");
  g_assert_false (pulsar_configurator_load_config (multi, NULL));
  plan = (Plan) { right, 2, 0 };
  g_assert_true (pulsar_configurator_load_config (multi, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (pulsar_multi_app_get_applications (PULSAR_MULTI_APP (multi))), ==, 2);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/multi-app/names", test_multi_app_names);
  g_test_add_func ("/multi-app/refused", test_multi_app_refused);
  g_test_add_func ("/multi-app/parameters", test_multi_app_parameters);
  g_test_add_func ("/multi-app/options", test_multi_app_options);
  g_test_add_func ("/multi-app/globals", test_multi_app_globals);
  g_test_add_func ("/multi-app/mends", test_multi_app_mends);
  return g_test_run ();
}
