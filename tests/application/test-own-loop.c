/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_own_loop_life (void)
{
  TestProgram *program = test_program_start ("loop", "--workers=2", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_test_summary ("In a program with a main loop of its own applications start, stop, and start again");
  test_program_expect (program, "loop");
  test_program_send (program, "fds");
  before = test_program_wait (program, "fds *");
  for (guint i = 0; i < 3; i++)
    {
      test_program_send (program, "start s app");
      test_program_expect (program, "ready app.? *");
      test_program_expect (program, "ready app.? *");
      test_program_expect (program, "started s ok");
      test_program_send (program, "stop-app app");
      test_program_expect (program, "hook monitor-stopping app *");
      test_program_expect (program, "stopped app ok");
      test_program_expect (program, "state arbiter closed");
    }
  test_program_send (program, "fds");
  after = test_program_wait (program, "fds *");
  g_assert_cmpstr (before, ==, after);
  test_program_send (program, "quit");
  test_program_finish (program, 0);
}

static void
test_own_loop_two (void)
{
  TestProgram *program = test_program_start ("loop", "--workers=1", NULL);

  g_test_summary ("Another application joins the running arbiter, whose workers make it by its type, and leaves it again");
  test_program_send (program, "start s app");
  test_program_expect (program, "started s ok");
  test_program_send (program, "start t other");
  test_program_expect (program, "hook worker-start other.1 *");
  test_program_expect (program, "started t ok");
  test_program_send (program, "ask x other.1 ping");
  test_program_expect (program, "answer x ok ('pong',)");
  test_program_send (program, "stop-app other");
  test_program_expect (program, "stopped other ok");
  test_program_send (program, "ask x app.1 ping");
  test_program_expect (program, "answer x ok ('pong',)");

  /* The first one may leave before the second. */
  test_program_send (program, "start t other");
  test_program_expect (program, "started t ok");
  test_program_send (program, "stop-app app");
  test_program_expect (program, "stopped app ok");
  g_assert_cmpuint (test_program_count (program, "state arbiter stopping"), ==, 0);
  test_program_send (program, "start s app");
  test_program_expect (program, "started s ok");
  test_program_send (program, "stop");
  test_program_expect (program, "state arbiter closed");
  test_program_send (program, "quit");
  test_program_finish (program, 0);
}

static void
test_own_loop_twice (void)
{
  TestProgram *program = test_program_start ("loop", "--workers=1", NULL);

  g_test_summary ("A second start of the same name, while it starts or runs, and a stop of what does not run, are errors");
  test_program_send (program, "start s app");
  test_program_send (program, "start t app");
  test_program_expect (program, "started t error pulsar-error-quark *");
  test_program_expect (program, "started s ok");
  test_program_send (program, "start t app");
  test_program_expect (program, "started t error pulsar-error-quark 15 *");
  test_program_send (program, "stop-app app");
  test_program_send (program, "stop-app app");
  test_program_expect (program, "stopped app Application*is not running");
  test_program_expect (program, "stopped app ok");
  test_program_send (program, "stop-app app");
  test_program_expect (program, "stopped app Application*is not running");
  test_program_send (program, "quit");
  test_program_finish (program, 0);
}

static void
test_own_loop_cancelled (void)
{
  static const char *const hooks[] = {
    "configured", "arbiter-starting", "announce", "monitor-starting", "monitor-start", "worker-start",
  };

  g_test_summary ("A start that is cancelled, at whatever stage, ends what has begun and then fails; the next one succeeds");
  for (guint i = 0; i < G_N_ELEMENTS (hooks); i++)
    {
      g_autofree char *rule = g_strdup_printf ("--do=%s:hold!", hooks[i]);
      g_autofree char *event = g_strdup_printf ("hook %s *", hooks[i]);
      TestProgram *program = test_program_start ("loop", "--workers=1", rule, NULL);

      test_program_send (program, "start s app");
      test_program_expect (program, event);
      test_program_send (program, "cancel s");
      test_program_expect (program, "started s error pulsar-error-quark 8 *");
      if (i > 0)
        test_program_expect (program, "state arbiter closed");
      test_program_send (program, "start t app");
      test_program_expect (program, "started t ok");

      /* Too late. */
      test_program_send (program, "cancel t");
      test_program_send (program, "ask x app.1 ping");
      test_program_expect (program, "answer x ok ('pong',)");
      test_program_send (program, "stop");
      test_program_expect (program, "state arbiter closed");
      test_program_send (program, "quit");
      test_program_finish (program, 0);
    }
}

static void
test_own_loop_second_fails (void)
{
  static const char *const rules[] = { "--do=monitor-start@other:fail", "--do=worker-start@other.1:fail-later" };

  g_test_summary ("A second application that does not start leaves the first one alone, also if that has just gone");
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      TestProgram *program = test_program_start ("loop", "--workers=1", rules[i], NULL);

      test_program_send (program, "start s app");
      test_program_expect (program, "started s ok");
      test_program_send (program, "start t other");
      test_program_expect (program, "started t error pulsar-error-quark 20 *the test wants it*");
      test_program_send (program, "ask x app.1 ping");
      test_program_expect (program, "answer x ok ('pong',)");
      test_program_send (program, "start t other");
      test_program_send (program, "stop-app app");
      test_program_expect (program, "started t error pulsar-error-quark *");
      test_program_expect (program, "stopped app ok");
      test_program_expect (program, "state arbiter closed");
      test_program_send (program, "quit");
      test_program_finish (program, 0);
    }
}

static void
test_own_loop_first_goes (void)
{
  TestProgram *program = test_program_start ("loop", "--workers=1", "--do=monitor-start@other:gate,monitor-start@other:fail", NULL);

  g_test_summary ("When the only other application goes while one starts, and that one fails, all ends in order");
  test_program_send (program, "start s app");
  test_program_expect (program, "started s ok");
  test_program_send (program, "start t other");
  test_program_expect (program, "hook monitor-start other *");
  test_program_send (program, "stop-app app");
  test_program_expect (program, "stopped app ok");
  test_program_open_gate (program, 1);
  test_program_expect (program, "started t error pulsar-error-quark 20 *");
  test_program_expect (program, "state arbiter closed");
  test_program_send (program, "quit");
  test_program_finish (program, 0);
}

static void
test_own_loop_failed_application (void)
{
  TestProgram *program = test_program_start ("loop", "--workers=1", "--max-restarts=1", "--restart-delay=0", NULL);

  g_test_summary ("An application that failed is gone, and can be started again");
  test_program_send (program, "start s app");
  test_program_expect (program, "started s ok");
  for (guint i = 0; i < 2; i++)
    {
      int pid = test_program_wait_pid (program, "ready app.1 *");

      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, "exited app.1 *");
    }
  test_program_expect (program, "failed app *");
  test_program_expect (program, "state arbiter closed");
  test_program_send (program, "start s app");
  test_program_expect (program, "started s ok");
  test_program_send (program, "stop");
  test_program_expect (program, "state arbiter closed");
  test_program_send (program, "quit");
  test_program_finish (program, 0);
}

static void
test_own_loop_unprepared (void)
{
  TestProgram *program = test_program_start ("unprepared", NULL);
  g_autofree char *helper = g_test_build_filename (G_TEST_BUILT, "supervision", "app", NULL);

  g_test_summary ("Without pulsar_worker_main () a start fails, unless a command is set, by whatever source");
  test_program_send (program, "start s app");
  test_program_expect (program, "started s error pulsar-error-quark 16 *");
  test_program_send (program, "quit");
  test_program_finish (program, 0);

  /* That command does not become a worker either, and starts no tree of its own. */
  test_program_set_next ("PULSAR_COMMAND", helper);
  program = test_program_start ("unprepared", "--start-timeout=1s", "--graceful-timeout=1s", NULL);
  test_program_send (program, "start s app");
  test_program_expect (program, "started s error *");
  g_assert_cmpuint (test_program_count (program, "hook configured *"), ==, 1);
  test_program_send (program, "quit");
  test_program_finish (program, 0);
}

static void
test_own_loop_killed (void)
{
  TestProgram *program = test_program_start ("loop", "--workers=2", NULL);

  g_test_summary ("A program with a loop of its own that ends without a stop, or is killed, leaves no worker");
  test_program_send (program, "start s app");
  test_program_expect (program, "started s ok");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGKILL));
  test_program_finish (program, -SIGKILL);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/own-loop/life", test_own_loop_life);
  g_test_add_func ("/own-loop/two", test_own_loop_two);
  g_test_add_func ("/own-loop/twice", test_own_loop_twice);
  g_test_add_func ("/own-loop/cancelled", test_own_loop_cancelled);
  g_test_add_func ("/own-loop/second-fails", test_own_loop_second_fails);
  g_test_add_func ("/own-loop/first-goes", test_own_loop_first_goes);
  g_test_add_func ("/own-loop/failed-application", test_own_loop_failed_application);
  g_test_add_func ("/own-loop/unprepared", test_own_loop_unprepared);
  g_test_add_func ("/own-loop/killed", test_own_loop_killed);
  return g_test_run ();
}
