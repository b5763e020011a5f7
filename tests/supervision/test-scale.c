/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_scale_by_setting (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);
  int oldest;

  g_test_summary ("The setting scales up and down at once; the oldest leave, gracefully and together");
  oldest = test_program_wait_pid (program, "ready app.1 *");
  test_program_send (program, "workers app 4");
  for (guint i = 2; i <= 4; i++)
    {
      g_autofree char *ready = g_strdup_printf ("ready app.%u *", i);

      test_program_expect (program, ready);
    }
  test_program_send (program, "workers app 2");
  test_program_expect (program, "hook worker-stopping app.1 *");
  test_program_expect (program, "hook worker-stopping app.2 *");
  test_program_expect (program, "exited app.1 * STOPPED code=0 *");
  test_program_expect (program, "exited app.2 * STOPPED code=0 *");
  g_assert_cmpint (kill (oldest, 0), ==, -1);

  /* Free places are taken first. */
  test_program_send (program, "workers app 3");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i * workers=3 answered=3 *");

  test_program_send (program, "ask x app config \"('set', 'workers', just <0>)\"");
  test_program_expect (program, "answer x error *cannot change from or to 0*");
  test_program_send (program, "ask x app config \"('get', 'workers', @mv nothing)\"");
  test_program_expect (program, "answer x ok (<uint32 3>,)");
  test_program_send (program, "ask x app config \"('set', 'workers', just <5000>)\"");
  test_program_expect (program, "answer x error *");
  test_program_stop (program);
}

static void
test_scale_by_signal (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);
  int pid = test_program_get_pid (program);

  g_test_summary ("TTIN and TTOU are one worker more or less of the main application, which keeps one");
  test_program_expect (program, "ready app.1 *");
  for (guint i = 2; i <= 4; i++)
    {
      g_autofree char *ready = g_strdup_printf ("ready app.%u *", i);

      g_assert_no_errno (kill (pid, SIGTTIN));
      test_program_expect (program, ready);
    }
  for (guint i = 3; i >= 1; i--)
    {
      g_autofree char *list = g_strdup_printf ("items -1 +0 =%u", i);

      g_assert_no_errno (kill (pid, SIGTTOU));
      test_program_expect (program, list);
    }
  g_assert_no_errno (kill (pid, SIGTTOU));
  test_program_expect_log (program, "*“workers” stays 1");
  test_program_stop (program);
}

static void
test_scale_while_starting (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--do=worker-start:gate,monitor-start:gate", NULL);

  g_test_summary ("The number may change while monitor hooks or workers start");
  test_program_expect (program, "hook monitor-start *");
  test_program_send (program, "workers app 3");
  test_program_open_gate (program, 1);
  for (guint i = 0; i < 3; i++)
    test_program_expect (program, "hook worker-start *");
  test_program_send (program, "workers app 1");
  test_program_expect (program, "exited * STOPPED *");
  test_program_expect (program, "exited * STOPPED *");
  test_program_send (program, "workers app 2");
  test_program_expect (program, "hook worker-start *");
  test_program_open_gate (program, 2);
  test_program_expect (program, "ready *");
  test_program_expect (program, "ready *");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i * workers=2 answered=2 *");
  test_program_stop (program);
}

static void
test_scale_away_what_starts (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--do=worker-start@app.1:hold", NULL);

  g_test_summary ("When the one that keeps the start waiting is scaled away, the start has ended");
  test_program_send (program, "application a app");
  test_program_expect (program, "ready app.2 *");
  test_program_send (program, "workers app 1");
  test_program_expect (program, "exited app.1 *");
  test_program_stop (program);
}

static void
test_scale_while_waiting (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--restart-delay=1h", "--restart-delay-max=1h", NULL);

  g_test_summary ("A worker that waits for its delayed restart is the first to leave, and a new one does not wait for it");
  for (guint i = 0; i < 2; i++)
    {
      int pid = test_program_wait_pid (program, "ready app.1 *");

      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, "exited app.1 *");
    }
  test_program_expect (program, "ready app.2 *");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i * workers=1 *");
  test_program_send (program, "workers app 1");
  test_program_expect (program, "answer workers ok *");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i * workers=1 *");
  test_program_send (program, "workers app 2");
  test_program_expect (program, "ready app.1 *");
  g_assert_cmpuint (test_program_count (program, "exited app.2 *"), ==, 0);
  test_program_stop (program);

  program = test_program_start (NULL, "--workers=1", "--restart-delay=1h", "--restart-delay-max=1h", NULL);
  for (guint i = 0; i < 2; i++)
    {
      int pid = test_program_wait_pid (program, "ready app.1 *");

      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, "exited app.1 *");
    }
  test_program_stop (program);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/scale/by-setting", test_scale_by_setting);
  g_test_add_func ("/scale/by-signal", test_scale_by_signal);
  g_test_add_func ("/scale/while-starting", test_scale_while_starting);
  g_test_add_func ("/scale/away-what-starts", test_scale_away_what_starts);
  g_test_add_func ("/scale/while-waiting", test_scale_while_waiting);
  return g_test_run ();
}
