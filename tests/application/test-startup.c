/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-test.h"

/* What this program does as a worker, after it was one, is written to this file. */
#define REPORT_VARIABLE "TEST_START_REPORT"

static void
start (PulsarApplication *application,
       GError           **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  pulsar_configurator_start_async (PULSAR_CONFIGURATOR (application), NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  pulsar_configurator_start_finish (PULSAR_CONFIGURATOR (application), result, error);
}

static void
stop (PulsarApplication *application)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  pulsar_application_stop_async (application, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  pulsar_application_stop_finish (application, result, &error);
  g_assert_no_error (error);
}

/* A program that goes on after pulsar_worker_main () has returned TRUE. */
static int
go_on_after_worker (void)
{
  g_autoptr(PulsarApplication) application = g_object_new (PULSAR_TYPE_APPLICATION, "name", "starter", NULL);
  g_autoptr(GError) error = NULL;

  start (application, &error);
  g_file_set_contents (g_getenv (REPORT_VARIABLE), error == NULL ? "started" : error->message, -1, NULL);
  return g_error_matches (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED) ? 0 : 1;
}

static void
test_start_in_worker (void)
{
  g_autoptr(PulsarApplication) application = g_object_new (PULSAR_TYPE_APPLICATION, "name", "starter", NULL);
  g_autofree char *path = g_build_filename (g_get_user_cache_dir (), "report", NULL);
  g_autofree char *report = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A worker whose program goes on after its end cannot start applications of its own");
  g_mkdir_with_parents (g_get_user_cache_dir (), 0700);
  g_setenv (REPORT_VARIABLE, path, TRUE);
  start (application, &error);
  g_assert_no_error (error);
  stop (application);

  g_file_get_contents (path, &report, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (report, "only the process of the arbiter"));
}

static gpointer
run_thread (gpointer data)
{
  char *argv[] = { (char *) "starter", NULL };

  return GINT_TO_POINTER (pulsar_configurator_run (data, 1, argv));
}

static void
test_start_in_thread (void)
{
  g_autoptr(PulsarApplication) application = NULL;
  GThread *thread;

  g_test_summary ("A program does not run on another thread than the main one, and says so before it does anything");
  if (g_test_subprocess ())
    {
      application = g_object_new (PULSAR_TYPE_APPLICATION, "name", "starter", NULL);
      thread = g_thread_new ("run", run_thread, application);
      exit (GPOINTER_TO_INT (g_thread_join (thread)));
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("starter: Applications run only on the main thread*");
}

int
main (int   argc,
      char *argv[])
{
  if (pulsar_worker_main (NULL))
    return go_on_after_worker ();

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/startup/in-worker", test_start_in_worker);
  g_test_add_func ("/startup/in-thread", test_start_in_thread);
  return g_test_run ();
}
