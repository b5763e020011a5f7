/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

/* Channels between worker processes, made by the arbiter. */

static void
test_channels_death (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--max-restarts=0", "--restart-delay=0", NULL);
  int n_fds;
  int pid;

  g_test_summary ("A channel ends with the process at its other end, and one to the replacement is another");
  test_program_expect (program, "ready app.*");
  test_program_expect (program, "ready app.*");
  test_program_send (program, "fds");
  n_fds = test_program_wait_pid (program, "fds *");
  for (guint round = 0; round < 5; round++)
    {
      g_autofree char *who = NULL;

      test_program_send (program, "ask open app.1 connect \"('app.2',)\"");
      test_program_expect (program, "answer open ok ('app.2',)");
      test_program_send (program, "ask again app.2 connect \"('app.1',)\"");
      test_program_expect (program, "answer again ok ('app.1',)");
      test_program_send (program, "ask who app.1 tell \"('who',)\"");
      who = test_program_wait (program, "answer who ok ('app.2', *)");
      pid = (int) g_ascii_strtoll (strrchr (who, ' ') + 1, NULL, 10);

      /* A pause of the other one leaves the ask pending: it is killed in the midst of it. */
      g_assert_no_errno (kill (pid, SIGSTOP));
      test_program_wait_stopped (pid);
      test_program_send (program, "ask pending app.1 tell \"('ping',)\"");
      test_program_send (program, "ask sent app.1 who");
      test_program_expect (program, "answer sent ok *");
      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, "answer pending error pulsar-error-quark 6 *");
      test_program_expect (program, "ready app.2 *");
      test_program_send (program, "ask late app.1 tell \"('ping',)\"");
      test_program_expect (program, "answer late error pulsar-error-quark 6 *");
    }

  test_program_send (program, "ask end app.1 forget");
  test_program_expect (program, "answer end ok *");
  test_program_send (program, "fds");
  g_assert_cmpint (test_program_wait_pid (program, "fds *"), ==, n_fds);
  test_program_stop (program);
}

static void
test_channels_asker_dies (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--max-restarts=0", "--restart-delay=0", NULL);
  int pid = test_program_wait_pid (program, "ready app.1 *");

  g_test_summary ("Whoever opened a channel may die, and open one anew as another");
  test_program_expect (program, "ready app.2 *");
  for (guint round = 0; round < 5; round++)
    {
      test_program_send (program, "ask open app.1 connect \"('app.2',)\"");
      test_program_expect (program, "answer open ok ('app.2',)");
      test_program_send (program, "ask who app.1 tell \"('who',)\"");
      test_program_expect (program, "answer who ok ('app.2', *)");
      g_assert_no_errno (kill (pid, SIGKILL));
      pid = test_program_wait_pid (program, "ready app.1 *");
    }
  test_program_stop (program);
}

static void
test_channels_errors (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", NULL);

  g_test_summary ("A channel leads to one actor, which may be chosen by the arbiter, and not to oneself");
  test_program_expect (program, "ready app.*");
  test_program_expect (program, "ready app.*");
  test_program_send (program, "ask nobody app.1 connect \"('nobody',)\"");
  test_program_expect (program, "answer nobody error pulsar-error-quark 2 *");
  test_program_send (program, "ask self app.1 connect \"('app.1',)\"");
  test_program_expect (program, "answer self error pulsar-error-quark 5 *");
  test_program_send (program, "ask all app.1 connect \"('app/*',)\"");
  test_program_expect (program, "answer all error pulsar-error-quark 5 *");
  test_program_send (program, "ask up app.1 connect \"('monitor',)\"");
  test_program_expect (program, "answer up ok ('app',)");
  test_program_send (program, "ask ping app.1 tell \"('ping',)\"");
  test_program_expect (program, "answer ping ok ('pong',)");

  /* Only what the arbiter says makes one. */
  test_program_send (program, "ask x app.1 ask \"('app.2', 'channel', <(('a', 'b', uint32 1, uint64 1, uint64 1, uint64 1),)>)\"");
  test_program_expect (program, "answer x error pulsar-error-quark 4 *");
  test_program_send (program, "ask x arbiter open-channel \"('app.1',)\"");
  test_program_expect (program, "answer x error pulsar-error-quark 4 *");
  test_program_stop (program);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/channels/death", test_channels_death);
  g_test_add_func ("/channels/asker-dies", test_channels_asker_dies);
  g_test_add_func ("/channels/errors", test_channels_errors);
  return g_test_run ();
}
