/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_liveness_hang (void)
{
  static const char *const actions[] = { "busy", "sigstop" };
  TestProgram *programs[G_N_ELEMENTS (actions)];

  g_test_summary ("A worker in a busy loop, or stopped, is killed after “timeout” and replaced; the other one is not touched");
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    programs[i] = test_program_start (NULL, "--workers=2", "--timeout=2", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      test_program_expect (programs[i], "ready app.1 *");
      test_program_expect (programs[i], "ready app.2 *");
      test_program_send (programs[i], "ask x app.1 do \"('%s',)\"", actions[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      test_program_expect (programs[i], "doing *");
      test_program_expect (programs[i], "answer x error pulsar-error-quark 6 *");
      test_program_expect (programs[i], i == 0 ? "exited app.1 * KILLED_TIMEOUT * signal=6"
                                               : "exited app.1 * KILLED_TIMEOUT * signal=9");
      test_program_expect (programs[i], "ready app.1 *");
      g_assert_cmpuint (test_program_count (programs[i], "exited app.2 *"), ==, 0);
      test_program_stop (programs[i]);
    }
}

static gboolean
continue_cb (gpointer user_data)
{
  kill (GPOINTER_TO_INT (user_data), SIGCONT);
  return G_SOURCE_REMOVE;
}

static void
test_liveness_stopped_arbiter (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--timeout=2", NULL);
  int first, second;

  g_test_summary ("An arbiter that was stopped for longer than “timeout” kills nobody when it goes on");
  first = test_program_wait_pid (program, "ready app.1 *");
  second = test_program_wait_pid (program, "ready app.2 *");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGSTOP));
  g_timeout_add (3500, continue_cb, GINT_TO_POINTER (test_program_get_pid (program)));
  test_program_send (program, "ask x app.1 ping");
  test_program_expect (program, "answer x ok ('pong',)");

  /* Whoever was judged to be silent is dead by the time a command took half a second. */
  test_program_send (program, "ask y app.1 nap \"(500,)\"");
  test_program_expect (program, "answer y ok *");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i * workers=2 answered=2 *");
  g_assert_cmpuint (test_program_count (program, "exited *"), ==, 0);
  g_assert_no_errno (kill (first, 0));
  g_assert_no_errno (kill (second, 0));
  test_program_stop (program);
}

static void
test_liveness_deaf (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--timeout=2", NULL);
  int pid;

  g_test_summary ("A hung worker that ignores SIGABRT is killed a second later");
  pid = test_program_wait_pid (program, "ready app.1 *");
  test_program_send (program, "ask x app.1 do \"('deaf',)\"");
  test_program_expect (program, "answer x ok *");
  test_program_send (program, "ask y app.1 do \"('busy',)\"");
  test_program_expect (program, "doing busy *");
  test_program_expect (program, "exited app.1 * KILLED_TIMEOUT code=-1 signal=9");
  g_assert_cmpint (test_program_wait_pid (program, "ready app.1 *"), !=, pid);
  test_program_stop (program);
}

static void
test_liveness_idle (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--timeout=2", NULL);

  g_test_summary ("A worker with nothing to do lives on: its heartbeat is renewed");
  test_program_expect (program, "ready app.1 *");
  for (guint i = 0; i < 6; i++)
    {
      /* Each takes half a second: nobody answers before. */
      test_program_send (program, "ask x app.1 nap \"(500,)\"");
      test_program_expect (program, "answer x *");
    }
  g_assert_cmpuint (test_program_count (program, "exited *"), ==, 0);
  test_program_stop (program);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/liveness/hang", test_liveness_hang);
  g_test_add_func ("/liveness/stopped-arbiter", test_liveness_stopped_arbiter);
  g_test_add_func ("/liveness/deaf", test_liveness_deaf);
  g_test_add_func ("/liveness/idle", test_liveness_idle);
  return g_test_run ();
}
