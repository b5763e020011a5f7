/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-glib/process/pulsar-exit-record-private.h"
#include "pulsar-glib/supervision/pulsar-restart-policy-private.h"

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static const char *const policies[] = { "always", "on-failure", "never" };

static void
test_policy_table (void)
{
  static const struct
  {
    PulsarExitReason reason;
    int code;
    int signal_number;
    gboolean replaced[3];  /* under the policies, in their order */
    gboolean failure;
  } rows[] = {
    { PULSAR_EXIT_REASON_EXITED, 0, 0, { TRUE, FALSE, FALSE }, FALSE },
    { PULSAR_EXIT_REASON_EXITED, 1, 0, { TRUE, TRUE, FALSE }, TRUE },
    { PULSAR_EXIT_REASON_EXITED, 255, 0, { TRUE, TRUE, FALSE }, TRUE },
    { PULSAR_EXIT_REASON_SIGNALLED, -1, SIGTERM, { TRUE, TRUE, FALSE }, TRUE },
    { PULSAR_EXIT_REASON_SIGNALLED, -1, SIGKILL, { TRUE, TRUE, FALSE }, TRUE },
    { PULSAR_EXIT_REASON_KILLED_TIMEOUT, -1, SIGABRT, { TRUE, TRUE, FALSE }, TRUE },
    { PULSAR_EXIT_REASON_KILLED_TIMEOUT, 0, 0, { TRUE, TRUE, FALSE }, TRUE },
    { PULSAR_EXIT_REASON_KILLED_START, 0, 0, { TRUE, TRUE, FALSE }, TRUE },
    { PULSAR_EXIT_REASON_OOM, -1, SIGKILL, { TRUE, TRUE, FALSE }, TRUE },
    { PULSAR_EXIT_REASON_STOPPED, 0, 0, { TRUE, FALSE, FALSE }, FALSE },
    { PULSAR_EXIT_REASON_STOPPED, -1, SIGKILL, { TRUE, FALSE, FALSE }, FALSE },
    { PULSAR_EXIT_REASON_LOST, -1, 0, { TRUE, TRUE, FALSE }, TRUE },
  };

  g_test_summary ("Each reason of an end under each policy");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarExitRecord) record = pulsar_exit_record_new (1, 0, 1, rows[i].reason, rows[i].code,
                                                                   rows[i].signal_number, FALSE);

      g_test_message ("row %u", i);
      g_assert_cmpint (pulsar_restart_policy_is_failure (record), ==, rows[i].failure);
      for (guint policy = PULSAR_RESTART_POLICY_ALWAYS; policy <= PULSAR_RESTART_POLICY_NEVER; policy++)
        g_assert_cmpint (pulsar_restart_policy_replaces ((PulsarRestartPolicy) policy, record), ==, rows[i].replaced[policy]);
    }
}

static TestProgram *
start (const char *main_mode,
       const char *policy,
       const char *argument)
{
  g_autofree char *option = g_strconcat ("--restart-policy=", policy, NULL);
  g_autofree char *rpc_option = g_strconcat ("--rpc-restart-policy=", policy, NULL);

  return test_program_start (main_mode, "--workers=2", "--max-restarts=0", "--restart-delay=0", "--timeout=2s", option, argument,
                             main_mode != NULL ? rpc_option : NULL, NULL);
}

static void
end_worker (TestProgram *program,
            const char  *name,
            const char  *action)
{
  test_program_send (program, "ask x %s do \"('%s',)\"", name, action);
  test_program_expect (program, "answer x error *");
}

static void
test_policy_processes (void)
{
  static const struct
  {
    const char *action;  /* (nullable) NULL: the signal */
    int signal_number;
    const char *record;
    gboolean failure;
  } rows[] = {
    { "exit0", 0, "EXITED code=0 signal=0", FALSE },
    { NULL, SIGTERM, "EXITED code=0 signal=0", FALSE },
    { "exit7", 0, "EXITED code=7 signal=0", TRUE },
    { "abort", 0, "SIGNALLED code=-1 signal=6", TRUE },
    { "segv", 0, "SIGNALLED code=-1 signal=11", TRUE },
    { NULL, SIGKILL, "SIGNALLED code=-1 signal=9", TRUE },
    { "busy", 0, "KILLED_TIMEOUT *", TRUE },
    { "garbage", 0, "LOST *", TRUE },
  };

  g_test_summary ("Each end of a worker under each policy: who is replaced, and that his neighbour is left alone");
  for (guint k = 0; k < G_N_ELEMENTS (policies); k++)
    {
      TestProgram *program = start (NULL, policies[k], "--do=none:none");
      int other = test_program_wait_pid (program, "ready app.2 *");

      for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        {
          int pid = test_program_wait_pid (program, "ready app.1 *");
          g_autofree char *exited = g_strdup_printf ("exited app.1 %d %s", pid, rows[i].record);

          g_test_message ("%s: %s", policies[k], rows[i].record);
          if (rows[i].action != NULL)
            end_worker (program, "app.1", rows[i].action);
          else
            g_assert_no_errno (kill (pid, rows[i].signal_number));
          test_program_expect (program, exited);
          if (k == PULSAR_RESTART_POLICY_ALWAYS || (k == PULSAR_RESTART_POLICY_ON_FAILURE && rows[i].failure))
            continue;

          /* The one that is not there is the first to leave, and the next one takes its place. */
          test_program_expect_log (program, "*it is not replaced*");
          test_program_send (program, "info i app");
          test_program_expect (program, "info i * workers=1 answered=1 *");
          test_program_send (program, "workers app 1");
          test_program_send (program, "workers app 2");
        }
      test_program_expect (program, "ready app.1 *");
      g_assert_no_errno (kill (other, 0));
      g_assert_cmpuint (test_program_count (program, "exited app.2 *"), ==, 0);
      g_assert_cmpuint (test_program_count (program, "ready *"), ==, 0);
      test_program_stop (program);
    }
}

static void
test_policy_start (void)
{
  g_test_summary ("A worker that is not ready in time has failed");
  for (guint k = 0; k < G_N_ELEMENTS (policies); k++)
    {
      TestProgram *program = start (NULL, policies[k], "--do=worker-start@app.3:sleep");

      test_program_expect (program, "state app running");
      test_program_expect (program, "ready *");
      test_program_expect (program, "ready *");
      test_program_send (program, "ask t app config \"('set', 'start-timeout', just <'100ms'>)\"");
      test_program_expect (program, "answer t ok *");
      test_program_send (program, "workers app 3");
      test_program_expect (program, "exited app.3 * KILLED_START *");
      if (k == PULSAR_RESTART_POLICY_NEVER)
        {
          test_program_expect_log (program, "*it is not replaced*");
          test_program_send (program, "info i app");
          test_program_expect (program, "info i * workers=2 answered=2 *");
        }
      else
        {
          test_program_expect (program, "exited app.3 * KILLED_START *");
        }
      test_program_stop (program);
    }
}

static void
test_policy_finished (void)
{
  g_test_summary ("An application whose workers have all ended well has finished, and the program with it, with 0");
  for (guint k = PULSAR_RESTART_POLICY_ON_FAILURE; k <= PULSAR_RESTART_POLICY_NEVER; k++)
    {
      TestProgram *program = start (NULL, policies[k], "--do=none:none");

      test_program_expect (program, "state app running");
      test_program_expect (program, "ready app.1 *");
      test_program_expect (program, "ready app.2 *");
      end_worker (program, "app.1", "exit0");
      test_program_expect (program, "exited app.1 * EXITED code=0 *");

      /* What is asked of any or of all reaches the one that is left. */
      test_program_send (program, "ask y app/any who");
      test_program_expect (program, "answer y ok ('app.2', *");
      end_worker (program, "app.2", "exit0");
      test_program_expect (program, "exited app.2 * EXITED code=0 *");
      test_program_expect_log (program, "*Application “app” has finished: all its workers have ended");
      test_program_expect (program, "hook monitor-stopping app *");
      test_program_expect (program, "state app closed");
      test_program_expect (program, "hook arbiter-stopping *");
      g_assert_cmpuint (test_program_count (program, "failed *"), ==, 0);
      test_program_finish (program, 0);
    }
}

static void
test_policy_finished_early (void)
{
  TestProgram *program = start (NULL, "never", "--do=worker-start@app.2:gate");

  g_test_summary ("A worker may have done its work before another one is ready");
  test_program_expect (program, "ready app.1 *");
  end_worker (program, "app.1", "exit0");
  test_program_expect (program, "exited app.1 * EXITED code=0 *");
  test_program_send (program, "application a app");
  test_program_open_gate (program, 1);
  test_program_expect (program, "ready app.2 *");
  test_program_expect (program, "application a ok app monitor=1");
  end_worker (program, "app.2", "exit0");
  test_program_finish (program, 0);

  program = start (NULL, "never", "--do=worker-start@app.2:gate");
  test_program_expect (program, "ready app.1 *");
  end_worker (program, "app.1", "exit0");
  test_program_send (program, "workers app 1");
  test_program_expect (program, "at gate *");
  test_program_open_gate (program, 1);
  test_program_expect (program, "ready app.2 *");
  end_worker (program, "app.2", "exit0");
  test_program_finish (program, 0);
}

static void
test_policy_failed (void)
{
  TestProgram *program = start (NULL, "never", "--do=none:none");

  g_test_summary ("If one of them ended in another way the application has failed, and the program ends with 69");
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready app.2 *");
  end_worker (program, "app.1", "exit7");
  test_program_expect (program, "exited app.1 *");
  g_assert_cmpuint (test_program_count (program, "failed *"), ==, 0);
  end_worker (program, "app.2", "exit0");
  test_program_expect (program, "failed app all its workers have ended, and worker “app.1” ended with status 7 after *");
  test_program_expect (program, "state app terminated");
  test_program_finish (program, 69);
}

static void
test_policy_several (void)
{
  TestProgram *program = start ("multi", "never", "--do=none:none");

  g_test_summary ("A program lives as long as one of its applications; it ends with 69 if any of them failed, else with 0");
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready app.2 *");
  test_program_expect (program, "ready rpc_app.1 *");
  end_worker (program, "app.1", "exit0");
  end_worker (program, "app.2", "exit0");
  test_program_expect (program, "state app closed");
  test_program_send (program, "ask y rpc_app.1 ping");
  test_program_expect (program, "answer y ok ('pong',)");
  end_worker (program, "rpc_app.1", "exit0");
  test_program_expect (program, "state rpc_app closed");
  test_program_finish (program, 0);

  program = start ("multi", "never", "--do=none:none");
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready app.2 *");
  test_program_expect (program, "ready rpc_app.1 *");
  end_worker (program, "rpc_app.1", "exit7");
  test_program_expect (program, "failed rpc_app *");
  test_program_expect (program, "state rpc_app terminated");
  end_worker (program, "app.1", "exit0");
  end_worker (program, "app.2", "exit0");
  test_program_expect (program, "state app closed");
  test_program_finish (program, 69);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/restart-policy/table", test_policy_table);
  g_test_add_func ("/restart-policy/processes", test_policy_processes);
  g_test_add_func ("/restart-policy/start", test_policy_start);
  g_test_add_func ("/restart-policy/finished", test_policy_finished);
  g_test_add_func ("/restart-policy/finished-early", test_policy_finished_early);
  g_test_add_func ("/restart-policy/failed", test_policy_failed);
  g_test_add_func ("/restart-policy/several", test_policy_several);
  return g_test_run ();
}
