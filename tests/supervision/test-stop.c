/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

/* After so long a signal is no longer the same as the first. Only time can tell. */
#define ANOTHER_SIGNAL_US (150 * 1000)

static void
test_stop_order (void)
{
  static const char *const order[] = {
    "state arbiter stopping", "state rpc_app stopping", "hook worker-stopping rpc_app.1 *", "hook actor-stopping rpc_app.1 *",
    "exited rpc_app.1 * STOPPED code=0 *", "hook monitor-stopping rpc_app *", "hook monitor-actor-stopping rpc_app *",
    "state rpc_app closed", "state app stopping", "hook worker-stopping app.1 *", "hook actor-stopping app.1 *",
    "exited app.1 * STOPPED code=0 *", "hook monitor-stopping app *", "hook monitor-actor-stopping app *", "state app closed",
    "hook arbiter-stopping *", "state arbiter closed",
  };
  TestProgram *program = test_program_start ("multi", NULL);

  g_test_summary ("A stop goes from the last application to the first, in each from the workers to the monitor, and the arbiter last");
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready rpc_app.1 *");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGINT));
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      test_program_expect (program, order[i]);
      for (guint k = i + 1; k < G_N_ELEMENTS (order) && i == 0; k++)
        g_test_message ("%s", order[k]);
    }
  test_program_finish (program, 0);
}

static void
test_stop_signals (void)
{
  static const int signums[] = { SIGTERM, SIGINT, SIGQUIT };

  g_test_summary ("TERM, INT and QUIT stop with 0");
  for (guint i = 0; i < G_N_ELEMENTS (signums); i++)
    {
      TestProgram *program = test_program_start (NULL, "--workers=2", NULL);

      test_program_expect (program, "ready app.1 *");
      test_program_expect (program, "ready app.2 *");
      g_assert_no_errno (kill (test_program_get_pid (program), signums[i]));
      test_program_finish (program, 0);
    }
}

static void
test_stop_held (void)
{
  static const char *const hooks[] = {
    "worker-stopping", "actor-stopping", "monitor-stopping", "monitor-actor-stopping", "arbiter-stopping",
  };

  g_test_summary ("A stopping hook that is held for ever is given up after graceful-timeout, the next ones still run, and the status is 0");
  for (guint i = 0; i < G_N_ELEMENTS (hooks); i++)
    {
      g_autofree char *rule = g_strdup_printf ("--do=%s:hold", hooks[i]);
      TestProgram *program = test_program_start (NULL, "--workers=1", "--graceful-timeout=200ms", rule, NULL);

      test_program_expect (program, "ready app.1 *");
      test_program_send (program, "stop");
      test_program_expect (program, "state app closed");
      test_program_expect (program, "hook arbiter-stopping *");
      test_program_expect_log (program, "*held for more than*");
      test_program_finish (program, 0);
    }
}

static void
test_stop_fails (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--do=worker-stopping:fail,monitor-stopping:fail-later,"
                                             "arbiter-stopping:fail", NULL);

  g_test_summary ("A stopping hook that fails is logged, and the stop goes on");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "stop");
  for (guint i = 0; i < 3; i++)
    test_program_expect_log (program, "*the test wants it*");
  test_program_expect (program, "state arbiter closed");
  test_program_finish (program, 0);
}

static void
test_stop_busy (void)
{
  TestProgram *program = test_program_start ("multi", "--graceful-timeout=500ms", "--rpc-graceful-timeout=500ms", NULL);
  gint64 began;

  g_test_summary ("Workers in a busy loop end by graceful-timeout + 2.5 s in all, also those of several applications");
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready rpc_app.1 *");
  test_program_send (program, "ask x app.1 do \"('deaf',)\"");
  test_program_expect (program, "answer x ok *");
  test_program_send (program, "ask x app.1 do \"('busy',)\"");
  test_program_send (program, "ask x rpc_app.1 do \"('busy',)\"");
  test_program_expect (program, "doing busy *");
  test_program_expect (program, "doing busy *");
  began = g_get_monotonic_time ();
  test_program_send (program, "stop");
  test_program_expect (program, "exited * STOPPED * signal=9");
  test_program_expect (program, "exited * STOPPED * signal=9");
  test_program_finish (program, 0);
  if (!pulsar_test_is_slowed_down ())
    g_assert_cmpint (g_get_monotonic_time () - began, <, 3900 * G_TIME_SPAN_MILLISECOND);
}

static void
test_stop_twice (void)
{
  static const char *const rules[] = { "worker-stopping:hold", "worker-stopping:busy", "monitor-stopping:hold,arbiter-stopping:hold" };

  g_test_summary ("A second signal ends it within two seconds, whatever is held or busy");
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autofree char *rule = g_strconcat ("--do=", rules[i], NULL);
      g_autofree char *rpc_rule = g_strconcat ("--rpc-do=", rules[i], NULL);
      TestProgram *program = test_program_start ("multi", rule, rpc_rule, "--rpc-workers=2", NULL);
      gint64 began;

      test_program_expect (program, "ready app.1 *");
      test_program_expect (program, "ready rpc_app.1 *");
      test_program_expect (program, "ready rpc_app.2 *");
      g_assert_no_errno (kill (test_program_get_pid (program), SIGTERM));
      test_program_expect (program, i < 2 ? "hook worker-stopping rpc_app.1 *" : "hook monitor-stopping rpc_app *");
      g_usleep (ANOTHER_SIGNAL_US);
      began = g_get_monotonic_time ();
      g_assert_no_errno (kill (test_program_get_pid (program), SIGINT));
      g_assert_no_errno (kill (test_program_get_pid (program), SIGTERM));
      test_program_expect (program, "hook arbiter-stopping *");
      test_program_finish (program, 0);
      if (!pulsar_test_is_slowed_down ())
        g_assert_cmpint (g_get_monotonic_time () - began, <, 2500 * G_TIME_SPAN_MILLISECOND);
    }
}

static void
test_stop_together (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--do=worker-stopping:hold", NULL);
  int pid = test_program_get_pid (program);
  gint64 began;

  g_test_summary ("What comes together with the first signal, as from timeout (1), is the same one; another one later ends it");
  test_program_expect (program, "ready app.1 *");
  g_assert_no_errno (kill (pid, SIGTERM));
  g_assert_no_errno (kill (pid, SIGTERM));
  g_assert_no_errno (kill (pid, SIGINT));
  test_program_expect (program, "hook worker-stopping app.1 *");
  for (guint i = 0; i < 2; i++)
    {
      /* The answer to the second proves that nothing of before is still to be told. */
      g_assert_no_errno (kill (pid, SIGUSR2));
      test_program_expect_log (program, "*goes on as before*");
    }
  g_usleep (ANOTHER_SIGNAL_US);
  g_assert_cmpuint (test_program_count (program, "hook arbiter-stopping *"), ==, 0);  /* the worker is still held */
  began = g_get_monotonic_time ();
  g_assert_no_errno (kill (pid, SIGTERM));
  test_program_expect_log (program, "*again: stopping at once*");
  test_program_finish (program, 0);
  if (!pulsar_test_is_slowed_down ())
    g_assert_cmpint (g_get_monotonic_time () - began, <, 2500 * G_TIME_SPAN_MILLISECOND);
}

static void
test_stop_upgrade (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);
  int pid = test_program_wait_pid (program, "ready app.1 *");

  g_test_summary ("USR2, by which other servers are upgraded, does no harm to the arbiter or to a worker");
  g_assert_no_errno (kill (pid, SIGUSR2));
  g_assert_no_errno (kill (test_program_get_pid (program), SIGUSR2));
  test_program_expect_log (program, "*goes on as before*");
  test_program_send (program, "ask x app.1 ping ()");
  test_program_expect (program, "answer x ok *");
  g_assert_cmpuint (test_program_count (program, "exited *"), ==, 0);
  test_program_stop (program);
}

static void
test_stop_while_starting (void)
{
  static const char *const hooks[] = {
    "configured", "arbiter-starting", "announce", "monitor-starting", "monitor-start", "worker-start",
  };

  g_test_summary ("TERM at whatever step of the start ends it with 0 and leaves nothing");
  for (guint i = 0; i < G_N_ELEMENTS (hooks); i++)
    {
      g_autofree char *rule = g_strdup_printf ("--do=%s:hold", hooks[i]);
      g_autofree char *event = g_strdup_printf ("hook %s *", hooks[i]);
      TestProgram *program = test_program_start (NULL, "--workers=2", rule, NULL);

      test_program_expect (program, event);
      g_assert_no_errno (kill (test_program_get_pid (program), SIGTERM));
      test_program_finish (program, 0);

      program = test_program_start (NULL, "--workers=2", NULL);
      test_program_expect (program, event);
      g_assert_no_errno (kill (test_program_get_pid (program), SIGTERM));
      test_program_finish (program, 0);
    }
}

static void
test_stop_unresponsive_start (void)
{
  static const char *const actions[] = { "busy", "sigstop" };

  g_test_summary ("TERM while a worker hangs in its start is bounded by graceful-timeout");
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      g_autofree char *rule = g_strdup_printf ("--do=worker-start@app.1:%s", actions[i]);
      TestProgram *program = test_program_start (NULL, "--workers=2", "--graceful-timeout=100ms", rule, NULL);

      test_program_expect (program, "hook worker-start app.1 *");
      g_assert_no_errno (kill (test_program_get_pid (program), SIGTERM));
      test_program_finish (program, 0);
    }
}

static void
test_stop_from_inside (void)
{
  static const char *const hooks[] = {
    "arbiter-starting", "announce", "monitor-starting", "monitor-start", "worker-start", "actor-params", "query-spawn",
    "state-starting", "state-running", "worker-ready", "items-added", "worker-state", "configured",
    "state-stopping", "state-closed", "worker-stopping", "monitor-stopping", "worker-exited", "arbiter-stopping",
  };
  static const char *const actions[] = { "stop", "stop-app" };
  static const char *const workers[] = { "--workers=0", "--workers=2" };

  g_test_summary ("Any hook in the arbiter may stop the program, or its only application, with status 0");
  for (guint i = 0; i < G_N_ELEMENTS (hooks); i++)
    {
      for (guint k = 0; k < 4; k++)
        {
          g_autofree char *rule = g_strdup_printf ("--do=%s:%s", hooks[i], actions[k & 1]);
          gboolean is_worker = g_str_equal (hooks[i], "worker-start") || g_str_equal (hooks[i], "worker-stopping");
          TestProgram *program;

          if (k >= 2 && is_worker)
            continue;
          g_test_message ("%s %s", rule, workers[k / 2]);
          program = test_program_start (NULL, workers[k / 2], rule, NULL);
          test_program_expect (program, "hook configured *");
          /* What does not happen by itself, or does nothing because there is nothing to stop yet. */
          test_program_send (program, "stop");
          test_program_finish (program, 0);
        }
    }
}

static void
test_stop_again (void)
{
  TestProgram *program = test_program_start ("again", "--workers=2", NULL);

  g_test_summary ("The same instance can be run again after it stopped");
  for (guint i = 0; i < 2; i++)
    {
      test_program_expect (program, "ready app.1 *");
      test_program_expect (program, "ready app.2 *");
      test_program_send (program, "stop");
      test_program_expect (program, "state arbiter closed");
      if (i == 0)
        test_program_expect (program, "returned 0");
    }
  test_program_finish (program, 0);
}

static void
test_stop_lingering (void)
{
  TestProgram *program = test_program_start ("linger", "--graceful-timeout=300ms", NULL);

  g_test_summary ("A worker whose program does not end after run () is ended by a signal");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "stop");
  test_program_expect (program, "lingers *");
  test_program_expect (program, "exited app.1 * STOPPED * signal=15");
  test_program_finish (program, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/stop/order", test_stop_order);
  g_test_add_func ("/stop/signals", test_stop_signals);
  g_test_add_func ("/stop/held", test_stop_held);
  g_test_add_func ("/stop/fails", test_stop_fails);
  g_test_add_func ("/stop/busy", test_stop_busy);
  g_test_add_func ("/stop/twice", test_stop_twice);
  g_test_add_func ("/stop/together", test_stop_together);
  g_test_add_func ("/stop/upgrade", test_stop_upgrade);
  g_test_add_func ("/stop/while-starting", test_stop_while_starting);
  g_test_add_func ("/stop/unresponsive-start", test_stop_unresponsive_start);
  g_test_add_func ("/stop/from-inside", test_stop_from_inside);
  g_test_add_func ("/stop/again", test_stop_again);
  g_test_add_func ("/stop/lingering", test_stop_lingering);
  return g_test_run ();
}
