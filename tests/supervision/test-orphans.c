/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_orphans_idle (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=4", "--orphan-timeout=60s", NULL);

  g_test_summary ("Idle workers of an arbiter that was killed end, long before orphan-timeout");
  for (guint i = 0; i < 4; i++)
    test_program_expect (program, "ready *");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGKILL));
  for (guint i = 0; i < 4; i++)
    test_program_expect (program, "hook worker-stopping *");
  test_program_finish (program, -SIGKILL);
}

static void
test_orphans_hung (void)
{
  static const char *const actions[] = { "busy", "sigstop" };

  g_test_summary ("Workers in a busy loop, or stopped, are gone by orphan-timeout, also those that are deaf to signals");
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      TestProgram *program = test_program_start (NULL, "--workers=2", "--orphan-timeout=300ms", NULL);

      test_program_expect (program, "ready app.1 *");
      test_program_expect (program, "ready app.2 *");
      test_program_send (program, "ask x app.2 do \"('deaf',)\"");
      test_program_expect (program, "answer x ok *");
      test_program_send (program, "ask x app.1 do \"('%s',)\"", actions[i]);
      test_program_send (program, "ask x app.2 do \"('%s',)\"", actions[i]);
      test_program_expect (program, "doing deaf *");
      for (guint k = 0; k < 2; k++)
        {
          int pid = test_program_wait_pid (program, "doing *");

          if (i == 1)
            test_program_wait_stopped (pid);
        }
      g_assert_no_errno (kill (test_program_get_pid (program), SIGKILL));
      test_program_finish (program, -SIGKILL);
    }
}

static void
test_orphans_starting (void)
{
  static const char *const actions[] = { "hold", "busy", "sigstop" };

  g_test_summary ("Workers that have not been ready end as well");
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      g_autofree char *rule = g_strdup_printf ("--do=worker-start:%s", actions[i]);
      TestProgram *program = test_program_start (NULL, "--workers=2", "--orphan-timeout=300ms", rule, NULL);

      for (guint k = 0; k < 2; k++)
        {
          int pid = test_program_wait_pid (program, "hook worker-start *");

          if (g_str_equal (actions[i], "sigstop"))
            test_program_wait_stopped (pid);
        }
      g_assert_no_errno (kill (test_program_get_pid (program), SIGKILL));
      test_program_finish (program, -SIGKILL);
    }
}

static void
test_orphans_held (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--orphan-timeout=300ms", "--graceful-timeout=60s",
                                             "--do=worker-stopping:hold", NULL);

  g_test_summary ("A held stopping hook keeps an orphan no longer than orphan-timeout");
  test_program_expect (program, "ready app.1 *");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGKILL));
  test_program_expect (program, "hook worker-stopping *");
  test_program_finish (program, -SIGKILL);
}

static void
test_orphans_signalled (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--orphan-timeout=60s", "--do=worker-stopping:gate", NULL);
  int pid;

  g_test_summary ("The death of the arbiter may come as several signals; an orphan still has its time to stop in order");
  pid = test_program_wait_pid (program, "ready app.1 *");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGKILL));
  test_program_expect (program, "at gate worker-stopping *");
  for (guint i = 0; i < 2; i++)
    g_assert_no_errno (kill (pid, SIGTERM));
  /* Long enough for a worker in a hurry to go on; however long it takes, one that is not waits for the gate. */
  for (gint64 until = g_get_monotonic_time () + 300 * G_TIME_SPAN_MILLISECOND; g_get_monotonic_time () < until;)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (test_program_count (program, "hook actor-stopping*"), ==, 0);
  test_program_open_gate (program, 1);
  test_program_expect (program, "hook actor-stopping app.1 *");
  test_program_finish (program, -SIGKILL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/orphans/idle", test_orphans_idle);
  g_test_add_func ("/orphans/hung", test_orphans_hung);
  g_test_add_func ("/orphans/starting", test_orphans_starting);
  g_test_add_func ("/orphans/held", test_orphans_held);
  g_test_add_func ("/orphans/signalled", test_orphans_signalled);
  return g_test_run ();
}
