/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-glib/application/pulsar-application-private.h"
#include "pulsar-glib/application/pulsar-start-order-private.h"

#include "pulsar-test-program.h"
#include "pulsar-test.h"

/* The main application bears the name “main”, the others have their names as prefixes. */
static PulsarApplication *
make_application (const char *name,
                  const char *after)
{
  PulsarApplication *application = g_object_new (PULSAR_TYPE_APPLICATION, "name", name, NULL);
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application));
  g_auto(GStrv) names = g_strsplit (after, ",", -1);
  g_autoptr(GError) error = NULL;

  if (!g_str_equal (name, "main"))
    pulsar_application_set_prefix (application, name);
  pulsar_config_set_value (config, "after", g_variant_new_strv ((const char * const *) names, -1), &error);
  g_assert_no_error (error);
  return application;
}

/* “a<b,c d” are the applications a, to start after b and c, and d. */
static GPtrArray *
make_applications (const char *text)
{
  GPtrArray *applications = g_ptr_array_new_with_free_func (g_object_unref);
  g_auto(GStrv) words = g_strsplit (text, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_auto(GStrv) parts = g_strsplit (words[i], "<", 2);

      g_ptr_array_add (applications, make_application (parts[0], parts[1] != NULL ? parts[1] : ""));
    }
  return applications;
}

static char *
join_names (GPtrArray *applications)
{
  g_autoptr(GString) names = g_string_new (NULL);

  for (guint i = 0; i < applications->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "",
                            pulsar_configurator_get_name (PULSAR_CONFIGURATOR (g_ptr_array_index (applications, i))));
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
test_start_order_sort (void)
{
  static const struct
  {
    const char *applications;
    const char *order;
  } rows[] = {
    { "main", "main" },
    { "main rpc job", "main rpc job" },
    { "main<rpc rpc job", "rpc main job" },
    { "main<rpc rpc<job job", "job rpc main" },
    { "main<job rpc<main job", "job main rpc" },
    { "main rpc<main job<main", "main rpc job" },
    { "main<a,b a<c b<c c", "c a b main" },
    { "main<job,job,rpc rpc job", "rpc job main" },
  };

  g_test_summary ("Each application comes after those it is to start after, and else keeps its place");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GPtrArray) applications = make_applications (rows[i].applications);
      g_autoptr(GError) error = NULL;
      g_autoptr(GPtrArray) order = pulsar_start_order_sort (applications, &error);
      g_autofree char *names = NULL;

      g_assert_no_error (error);
      names = join_names (order);
      g_assert_cmpstr (names, ==, rows[i].order);
    }
}

static void
test_start_order_mistakes (void)
{
  static const struct
  {
    const char *applications;
    const char *message;
  } rows[] = {
    { "main<db", "*“main” is to start after “db”, and no application is called so; allowed: none" },
    { "main rpc<db job", "*“rpc” is to start after “db”, and no application is called so; allowed: “main”, “job”" },
    { "main<main", "*each is to start after the next: “main” → “main”" },
    { "main<rpc rpc<main", "*each is to start after the next: “main” → “rpc” → “main”" },
    { "main<rpc rpc<job job<log log<rpc", "*each is to start after the next: “rpc” → “job” → “log” → “rpc”" },
  };

  g_test_summary ("Unknown names and circles are mistakes of the configuration, which name who it is about");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GPtrArray) applications = make_applications (rows[i].applications);
      g_autoptr(GError) error = NULL;

      g_assert_null (pulsar_start_order_sort (applications, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      if (!g_pattern_match_simple (rows[i].message, error->message))
        g_error ("%s", error->message);
    }
}

/* That a line that matches @first was written before one that matches @second; both are still there. */
static void
assert_before (TestProgram *program,
               const char  *first,
               const char  *second)
{
  guint index = test_program_find (program, first);
  guint other = test_program_find (program, second);

  if (index == G_MAXUINT || other == G_MAXUINT || index >= other)
    g_error ("“%s” (%u) is not before “%s” (%u)", first, index, second, other);
}

static void
test_start_order_waits (void)
{
  TestProgram *program = test_program_start ("multi-three", "--after=rpc", "--rpc-after=job", "--job-do=worker-start:gate", NULL);

  g_test_summary ("An application starts when those before it are ready, and they stop in the opposite order");
  test_program_expect (program, "at gate worker-start *");
  g_assert_cmpuint (test_program_count (program, "hook announce *app *"), ==, 1);
  test_program_send (program, "application a app");
  test_program_open_gate (program, 1);
  test_program_expect (program, "application a ok app monitor=1");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGTERM));
  test_program_expect (program, "state arbiter closed");
  assert_before (program, "ready job_app.1 *", "hook announce rpc_app *");
  assert_before (program, "ready rpc_app.1 *", "hook announce app *");
  assert_before (program, "hook announce app *", "ready app.1 *");
  assert_before (program, "exited app.1 *", "hook worker-stopping rpc_app.1 *");
  assert_before (program, "state app closed", "hook worker-stopping rpc_app.1 *");
  assert_before (program, "state rpc_app closed", "hook worker-stopping job_app.1 *");
  test_program_finish (program, 0);
}

static void
test_start_order_in_vain (void)
{
  TestProgram *program = test_program_start ("multi-three", "--after=rpc", "--rpc-after=job", "--job-do=worker-start:fail", NULL);

  g_test_summary ("What waits for an application that does not start never begins");
  test_program_expect (program, "state arbiter closed");
  g_assert_cmpuint (test_program_count (program, "hook announce job_app *"), ==, 1);
  g_assert_cmpuint (test_program_count (program, "hook announce *"), ==, 1);
  g_assert_cmpuint (test_program_count (program, "hook monitor-stopping app *"), ==, 0);
  test_program_finish (program, 69);

  program = test_program_start ("multi-three", "--after=rpc", "--rpc-after=job", "--job-do=worker-start:gate", NULL);
  test_program_expect (program, "at gate worker-start *");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGTERM));
  test_program_expect (program, "state arbiter closed");
  g_assert_cmpuint (test_program_count (program, "hook announce *"), ==, 1);
  test_program_finish (program, 0);

  program = test_program_start ("multi-three", "--after=rpc", "--rpc-after=job", "--job-do=state-running:stop", NULL);
  test_program_expect (program, "state arbiter closed");
  g_assert_cmpuint (test_program_count (program, "hook announce *"), ==, 1);
  test_program_finish (program, 0);
}

static void
test_start_order_finished (void)
{
  TestProgram *program = test_program_start ("multi", "--after=rpc", "--do=monitor-start:gate", "--rpc-restart-policy=never", NULL);

  g_test_summary ("One that was ready and has finished since holds nobody up");
  test_program_expect (program, "at gate monitor-start *");
  test_program_send (program, "ask x rpc_app.1 do \"('exit0',)\"");
  test_program_expect (program, "state rpc_app closed");
  test_program_open_gate (program, 1);
  test_program_expect (program, "ready app.1 *");
  test_program_stop (program);
}

static void
test_start_order_main (void)
{
  TestProgram *program = test_program_start ("multi", "--after=rpc", NULL);

  g_test_summary ("The main application is scaled by signals and asked by the arbiter wherever it stands in the order");
  test_program_expect (program, "ready app.1 *");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGTTIN));
  test_program_expect (program, "ready app.2 *");
  test_program_send (program, "ask x arbiter config \"('get', 'workers', @mv nothing)\"");
  test_program_expect (program, "answer x ok (<uint32 2>,)");
  test_program_stop (program);
}

static void
test_start_order_programs (void)
{
  TestProgram *program = test_program_start ("multi", "--rpc-after=db", NULL);

  g_test_summary ("A program with a mistake in it ends with 78 before anything starts, and --check-config finds it, too");
  test_program_expect_log (program, "*--rpc-after: “rpc_app” is to start after “db”, and no application is called so; allowed: “app”");
  g_assert_cmpuint (test_program_count (program, "hook arbiter-starting *"), ==, 0);
  test_program_finish (program, 78);

  program = test_program_start ("multi", "--rpc-after=app", "--after=rpc", NULL);
  test_program_expect_log (program, "*--after: *: “app” → “rpc_app” → “app”");
  test_program_finish (program, 78);

  program = test_program_start ("multi", "--rpc-after=app", "--after=rpc", "--check-config", NULL);
  test_program_expect_log (program, "*--after: *: “app” → “rpc_app” → “app”");
  test_program_finish (program, 78);
}

static void
test_start_order_own_loop (void)
{
  TestProgram *program;

  g_test_summary ("In a main loop of its own an application cannot be after one that nobody started");
  test_program_set_next ("PULSAR_AFTER", "other");
  program = test_program_start ("loop", "--do=none:none", NULL);
  test_program_expect (program, "loop");
  test_program_send (program, "start a app");
  test_program_expect (program, "started a error pulsar-error-quark * is to start after “other”, and no application is called so*");
  test_program_send (program, "quit");
  test_program_finish (program, 0);
}

static void
test_on_app_failed (void)
{
  TestProgram *program = test_program_start ("multi-three", "--on-app-failed=exit", "--rpc-max-restarts=1", "--rpc-restart-delay=0",
                                             NULL);

  g_test_summary ("With on-app-failed=exit the first application that fails takes the program with it, in order, with 69");
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready job_app.1 *");
  for (guint i = 0; i < 2; i++)
    {
      int pid = test_program_wait_pid (program, "ready rpc_app.1 *");

      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, "exited rpc_app.1 *");
    }
  test_program_expect (program, "failed rpc_app *");
  test_program_expect_log (program, "*The program ends since application “rpc_app” has failed (“on-app-failed”)");
  test_program_expect (program, "state arbiter closed");
  assert_before (program, "exited job_app.1 *", "hook worker-stopping app.1 *");
  assert_before (program, "state job_app closed", "state rpc_app terminated");
  assert_before (program, "state rpc_app terminated", "state app closed");
  test_program_finish (program, 69);

  /* While others still start it is the same. */
  program = test_program_start ("multi", "--on-app-failed=exit", "--rpc-max-restarts=1", "--rpc-restart-delay=0",
                                "--do=worker-start:gate", NULL);
  test_program_expect (program, "at gate *");
  for (guint i = 0; i < 2; i++)
    {
      int pid = test_program_wait_pid (program, "ready rpc_app.1 *");

      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, "exited rpc_app.1 *");
    }
  test_program_finish (program, 69);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/start-order/sort", test_start_order_sort);
  g_test_add_func ("/start-order/mistakes", test_start_order_mistakes);
  g_test_add_func ("/start-order/waits", test_start_order_waits);
  g_test_add_func ("/start-order/in-vain", test_start_order_in_vain);
  g_test_add_func ("/start-order/finished", test_start_order_finished);
  g_test_add_func ("/start-order/main", test_start_order_main);
  g_test_add_func ("/start-order/programs", test_start_order_programs);
  g_test_add_func ("/start-order/own-loop", test_start_order_own_loop);
  g_test_add_func ("/start-order/on-app-failed", test_on_app_failed);
  return g_test_run ();
}
