/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>
#include <sys/resource.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_replacement_reasons (void)
{
  static const struct
  {
    const char *action;
    const char *record;
  } rows[] = {
    { "exit0", "EXITED code=0 signal=0" },
    { "exit7", "EXITED code=7 signal=0" },
    { "abort", "SIGNALLED code=-1 signal=6" },
    { "segv", "SIGNALLED code=-1 signal=11" },
  };
  TestProgram *program = test_program_start (NULL, "--workers=2", "--max-restarts=0", "--restart-delay=0", NULL);
  int other;

  g_test_summary ("A worker that ends in whatever way is replaced in its slot, and its record says how it ended");
  test_program_expect (program, "items -0 +1 =2");
  other = test_program_wait_pid (program, "ready app.2 *");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      int pid = test_program_wait_pid (program, "ready app.1 *");
      g_autofree char *exited = g_strdup_printf ("exited app.1 %d %s", pid, rows[i].record);

      test_program_send (program, "ask x app.1 do \"('%s',)\"", rows[i].action);
      test_program_expect (program, "answer x error pulsar-error-quark *");
      test_program_expect (program, "items -1 +0 =1");
      test_program_expect (program, "items -0 +1 =2");
      test_program_expect (program, exited);
    }
  g_assert_cmpint (test_program_wait_pid (program, "ready app.1 *"), !=, other);
  test_program_stop (program);
}

static void
test_replacement_storm (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=4", "--max-restarts=0", "--restart-delay=0", NULL);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  g_test_summary ("All workers killed at the same moment, again and again, come back, and nothing is left behind");
  for (guint round = 0; round < 10; round++)
    {
      int pids[4];

      for (guint i = 0; i < 4; i++)
        {
          g_autofree char *ready = g_strdup_printf ("ready app.%u *", i + 1);

          pids[i] = test_program_wait_pid (program, ready);
        }
      if (round == 0)
        {
          test_program_send (program, "fds");
          before = test_program_wait (program, "fds *");
        }
      for (guint i = 0; i < 4; i++)
        g_assert_no_errno (kill (pids[i], SIGKILL));
      for (guint i = 0; i < 4; i++)
        {
          g_autofree char *exited = g_strdup_printf ("exited app.%u %d SIGNALLED code=-1 signal=9", i + 1, pids[i]);

          test_program_expect (program, exited);
        }
    }
  for (guint i = 0; i < 4; i++)
    test_program_expect (program, "ready *");
  test_program_send (program, "fds");
  after = test_program_wait (program, "fds *");
  g_assert_cmpstr (before, ==, after);
  test_program_stop (program);
}

static void
test_replacement_later (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--max-restarts=0", "--restart-delay=1ms",
                                             "--do=worker-start:exit7", NULL);

  g_test_summary ("A worker that cannot start later on is restarted with growing delays, and the program lives");
  test_program_finish (program, 70);

  program = test_program_start (NULL, "--workers=1", "--max-restarts=0", "--restart-delay=1ms",
                                "--do=worker-start@app.1:gate", NULL);
  test_program_open_gate (program, 1);
  for (guint i = 0; i < 5; i++)
    {
      int pid = i == 0 ? test_program_wait_pid (program, "ready app.1 *")
                       : test_program_wait_pid (program, "hook worker-start app.1 *");

      if (i == 0)
        test_program_expect (program, "hook worker-start app.1 *");
      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, "exited app.1 *");
    }
  test_program_expect_log (program, "*it is replaced at once");
  for (guint i = 0; i < 4; i++)
    test_program_expect_log (program, "*it is replaced in 0.0 s");
  test_program_stop (program);
}

static void
test_replacement_too_often (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--restart-delay=1ms", NULL);

  g_test_summary ("The sixth restart within the window fails the application; the last one takes the program with it, 69");
  for (guint i = 0; i < 6; i++)
    {
      int pid = test_program_wait_pid (program, "ready app.1 *");

      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, "exited app.1 *");
    }
  test_program_expect (program, "failed app worker 1 ended more than 5 times within 10.0 s *");
  test_program_expect (program, "hook monitor-stopping app *");
  test_program_expect (program, "state app terminated");
  test_program_expect (program, "state arbiter closed");
  test_program_finish (program, 69);
}

static void
test_replacement_one_fails (void)
{
  TestProgram *program = test_program_start ("multi", "--max-restarts=1", "--restart-delay=0", NULL);
  int main_pid;

  g_test_summary ("When one application fails, its workers stop and the other one goes on");
  main_pid = test_program_wait_pid (program, "ready app.1 *");
  for (guint i = 0; i < 6; i++)
    {
      int pid = test_program_wait_pid (program, "ready rpc_app.1 *");

      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, "exited rpc_app.1 *");
    }
  test_program_expect (program, "failed rpc_app *");
  test_program_expect (program, "state rpc_app terminated");
  test_program_send (program, "ask x app.1 ping");
  test_program_expect (program, "answer x ok ('pong',)");
  test_program_send (program, "ask y rpc_app ping");
  test_program_expect (program, "answer y error pulsar-error-quark 2 *");
  g_assert_cmpuint (test_program_count (program, "state arbiter stopping"), ==, 0);
  g_assert_no_errno (kill (main_pid, 0));
  test_program_stop (program);
}

static void
test_replacement_all_fail (void)
{
  TestProgram *program = test_program_start ("multi", "--max-restarts=1", "--rpc-max-restarts=1", "--restart-delay=0",
                                             "--rpc-restart-delay=0", NULL);
  static const char *const names[] = { "rpc_app.1", "app.1" };

  g_test_summary ("When all applications have failed the program ends with 69");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      for (guint k = 0; k < 2; k++)
        {
          g_autofree char *ready = g_strdup_printf ("ready %s *", names[i]);
          g_autofree char *exited = g_strdup_printf ("exited %s *", names[i]);
          int pid = test_program_wait_pid (program, ready);

          g_assert_no_errno (kill (pid, SIGKILL));
          test_program_expect (program, exited);
        }
    }
  test_program_finish (program, 69);
}

static void
test_replacement_by_itself (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);
  int pid = test_program_wait_pid (program, "ready app.1 *");

  g_test_summary ("A worker that a signal from outside ends drains first and is replaced; one that hangs in that is killed");
  g_assert_no_errno (kill (pid, SIGTERM));
  test_program_expect (program, "hook worker-stopping app.1 *");
  test_program_expect (program, "exited app.1 * EXITED code=0 *");
  test_program_expect (program, "ready app.1 *");
  test_program_stop (program);

  program = test_program_start (NULL, "--workers=1", "--graceful-timeout=300ms", "--do=worker-stopping:busy!", NULL);
  pid = test_program_wait_pid (program, "ready app.1 *");
  g_assert_no_errno (kill (pid, SIGTERM));
  test_program_expect (program, "hook worker-stopping app.1 *");
  test_program_expect (program, "exited app.1 * signal=9");
  test_program_expect (program, "ready app.1 *");
  test_program_stop (program);

  /* That it closes its mailbox meanwhile does not shorten its time. */
  program = test_program_start ("linger", "--workers=1", "--graceful-timeout=1200ms", NULL);
  pid = test_program_wait_pid (program, "ready app.1 *");
  g_assert_no_errno (kill (pid, SIGTERM));
  test_program_expect (program, "lingers *");
  test_program_expect (program, "exited app.1 * SIGNALLED code=-1 signal=15");
  test_program_expect (program, "ready app.1 *");
  g_assert_no_errno (kill (test_program_get_pid (program), SIGINT));
  g_usleep (150 * 1000);  /* sooner it would be the same signal */
  g_assert_no_errno (kill (test_program_get_pid (program), SIGTERM));
  test_program_finish (program, 0);
}

static void
test_replacement_mailbox (void)
{
  static const char *const actions[] = { "garbage", "close" };
  TestProgram *program = test_program_start (NULL, "--workers=2", "--max-restarts=0", "--restart-delay=0", NULL);

  g_test_summary ("A worker that writes garbage into its mailbox, or closes it, is replaced, and nobody else is");
  test_program_expect (program, "ready app.2 *");
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      test_program_expect (program, "ready app.1 *");
      test_program_send (program, "ask x app.1 do \"('%s',)\"", actions[i]);
      test_program_expect (program, "answer x error pulsar-error-quark *");
      test_program_expect (program, "exited app.1 *");
      test_program_send (program, "ask y app.2 ping");
      test_program_expect (program, "answer y ok ('pong',)");
    }
  test_program_expect (program, "ready app.1 *");
  g_assert_cmpuint (test_program_count (program, "exited app.2 *"), ==, 0);
  test_program_stop (program);
}

/* How many descriptors the process may have; 0 gives back what it had. */
static void
limit_descriptors (int    pid,
                   rlim_t n)
{
  struct rlimit limit;

  g_assert_no_errno (prlimit (pid, RLIMIT_NOFILE, NULL, &limit));
  limit.rlim_cur = n > 0 ? n : limit.rlim_max;
  g_assert_no_errno (prlimit (pid, RLIMIT_NOFILE, &limit, NULL));
}

static void
test_replacement_no_descriptor (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", NULL);
  int pid = test_program_wait_pid (program, "ready app.1 *");

  g_test_summary ("An arbiter without a descriptor to spare goes on, backs off, and recovers by itself");
  test_program_expect (program, "ready app.2 *");
  limit_descriptors (test_program_get_pid (program), 8);  /* not below what it polls, and below what is open */
  g_assert_no_errno (kill (pid, SIGKILL));
  test_program_expect (program, "exited app.1 *");
  for (guint i = 0; i < 3; i++)
    test_program_expect_log (program, "*Worker 1 of “app” could not be started: *Too many open files; trying again in *");
  test_program_send (program, "ask x app.2 ping");
  test_program_expect (program, "answer x ok ('pong',)");
  limit_descriptors (test_program_get_pid (program), 0);
  test_program_expect (program, "ready app.1 *");
  test_program_stop (program);

  program = test_program_start (NULL, "--workers=2", "--start-timeout=500ms", "--do=monitor-start:gate", NULL);
  test_program_expect (program, "at gate monitor-start *");
  limit_descriptors (test_program_get_pid (program), 6);
  test_program_open_gate (program, 1);
  test_program_expect_log (program, "*trying again in *");
  test_program_expect_log (program, "*error: *Too many open files");
  test_program_finish (program, 70);
}

/* Until the application has @n workers that answer. */
static void
wait_for_workers (TestProgram *program,
                  guint        n)
{
  g_autofree char *expected = g_strdup_printf ("info i * workers=%u answered=%u *", n, n);
  gboolean settled = FALSE;

  while (!settled)
    {
      g_autofree char *info = NULL;

      test_program_send (program, "info i app");
      info = test_program_wait (program, "info i *");
      settled = g_pattern_match_simple (expected, info);
    }
}

static void
test_replacement_from_inside (void)
{
  static const char *const hooks[] = { "actor-params", "items-added", "items-removed", "worker-exited", "worker-state" };
  static const char *const actions[] = { "stop!", "stop-app!", "workers=1!", "workers=3!" };

  g_test_summary ("Whatever hook of a replacement ends or scales the application, it does so");
  for (guint i = 0; i < G_N_ELEMENTS (hooks); i++)
    {
      for (guint k = 0; k < G_N_ELEMENTS (actions); k++)
        {
          g_autofree char *rule = g_strdup_printf ("--do=%s:%s", hooks[i], actions[k]);
          TestProgram *program = test_program_start (NULL, "--workers=2", "--max-restarts=0", "--restart-delay=0", rule, NULL);

          g_test_message ("%s", rule);
          if (g_str_equal (hooks[i], "items-removed") || g_str_equal (hooks[i], "worker-exited"))
            {
              int pid = test_program_wait_pid (program, "ready app.1 *");

              test_program_expect (program, "ready app.2 *");
              g_assert_no_errno (kill (pid, SIGKILL));
            }
          if (k < 2)
            {
              test_program_finish (program, 0);
              continue;
            }
          test_program_expect (program, "state app running");
          wait_for_workers (program, k == 2 ? 1 : 3);
          test_program_stop (program);
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/replacement/reasons", test_replacement_reasons);
  g_test_add_func ("/replacement/storm", test_replacement_storm);
  g_test_add_func ("/replacement/later", test_replacement_later);
  g_test_add_func ("/replacement/too-often", test_replacement_too_often);
  g_test_add_func ("/replacement/one-fails", test_replacement_one_fails);
  g_test_add_func ("/replacement/all-fail", test_replacement_all_fail);
  g_test_add_func ("/replacement/by-itself", test_replacement_by_itself);
  g_test_add_func ("/replacement/mailbox", test_replacement_mailbox);
  g_test_add_func ("/replacement/no-descriptor", test_replacement_no_descriptor);
  g_test_add_func ("/replacement/from-inside", test_replacement_from_inside);
  return g_test_run ();
}
