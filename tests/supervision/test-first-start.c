/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

typedef struct
{
  const char *main_mode;
  const char *rule;
  int status;
  const char *text;
} Failure;

static void
check_failures (const Failure *rows,
                guint          n_rows)
{
  for (guint i = 0; i < n_rows; i++)
    {
      TestProgram *program = test_program_start (rows[i].main_mode, "--workers=2", "--start-timeout=30", rows[i].rule, NULL);

      g_test_message ("%s", rows[i].rule);
      test_program_expect_log (program, rows[i].text);
      test_program_finish (program, rows[i].status);
    }
}

static void
test_first_start_hooks (void)
{
  static const Failure rows[] = {
    { NULL, "--do=configured:fail", 78, "*error: the test wants it" },
    { NULL, "--do=configured:fail-later", 78, "*error: the test wants it later" },
    { NULL, "--do=arbiter-starting:fail", 69, "*error: the test wants it" },
    { NULL, "--do=announce:fail", 69, "*error: the test wants it" },
    { NULL, "--do=monitor-starting:fail-later", 69, "*error: the test wants it later" },
    { NULL, "--do=monitor-start:fail", 69, "*error: the test wants it" },
    { NULL, "--do=worker-start:fail", 69, "*error: Worker “app.?” could not start: the test wants it" },
    { NULL, "--do=worker-start@app.2:fail-later", 69, "*error: Worker “app.2” could not start: the test wants it later" },
  };

  g_test_summary ("A hook of the first start that fails ends the program with its text: 78 if configured, else 69");
  check_failures (rows, G_N_ELEMENTS (rows));
}

static void
test_first_start_deaths (void)
{
  static const Failure rows[] = {
    { NULL, "--do=worker-start:exit0", 70, "*error: Worker “app.?” ended before it was ready: *status 0*" },
    { NULL, "--do=worker-start@app.1:exit7", 70, "*error: Worker “app.1” ended before it was ready: *status 7*" },
    { NULL, "--do=worker-start:abort", 70, "*ended before it was ready: *SIGABRT*" },
    { NULL, "--do=worker-start@app.2:segv", 70, "*ended before it was ready: *SIGSEGV*" },
    { "exit-before", "--do=none:none", 70, "*ended before it was ready: *status 7*" },
  };

  g_test_summary ("A worker that dies before it is ready ends the first start with 70 and says how");
  check_failures (rows, G_N_ELEMENTS (rows));
}

static void
test_first_start_unclaimed (void)
{
  static const Failure rows[] = {
    { "no-run", "--do=none:none", 70, "*ended without running an application*" },
    { "only-other", "--do=none:none", 70, "*ended without running an application*" },
  };

  g_test_summary ("A worker whose program runs no application, or only another one, says so and ends with 70");
  check_failures (rows, G_N_ELEMENTS (rows));
}

static void
test_first_start_other_first (void)
{
  TestProgram *program = test_program_start ("other-first", "--workers=1", "--do=worker-start:gate", NULL);

  g_test_summary ("run () of another application returns 0 at once in a worker, and what arrives meanwhile is not lost");
  test_program_expect (program, "hook actor-params app *");
  test_program_send (program, "ask x app.1 ping");
  test_program_expect (program, "other returned 0");
  test_program_expect (program, "hook worker-start app.1 *");
  test_program_open_gate (program, 1);
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "answer x ok ('pong',)");
  test_program_stop (program);
}

static void
test_first_start_never_ready (void)
{
  static const char *const actions[] = { "hold", "sleep", "busy", "deaf", "sigstop" };

  g_test_summary ("A worker that is not ready in time is killed, whatever it does, and the program ends");
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      g_autofree char *rule = g_strdup_printf ("--do=worker-start:%s,worker-start:%s", actions[i],
                                               g_str_equal (actions[i], "deaf") ? "busy" : "hold");
      TestProgram *program = test_program_start (NULL, "--start-timeout=200ms", rule, NULL);

      /* The clock of its own hook may be first. */
      if (i == 0)
        {
          test_program_expect_log (program, "*error: Worker “app.1” could not start: *");
        }
      else
        {
          test_program_expect_log (program, "*not ready within “start-timeout”, so it is killed");
          test_program_expect (program, "exited app.1 * KILLED_START *");
          test_program_expect_log (program, "*error: Worker “app.1” could not start: *killed because it was not ready in time*");
        }
      test_program_finish (program, 69);
    }
}

static void
test_first_start_command (void)
{
  static const Failure rows[] = {
    { NULL, "--command=/nonexistent/program", 70, "*error: *“/nonexistent/program”*No such file*" },
    { NULL, "--command=/etc/passwd", 70, "*error: *“/etc/passwd”*Permission denied*" },
    { NULL, "--command=/", 70, "*error: *“/”*" },
    { NULL, "--command=/bin/true", 70, "*ended before it was ready*" },
  };

  g_test_summary ("A command that cannot be executed ends the program at once with 70, the path and the reason");
  check_failures (rows, G_N_ELEMENTS (rows));
}

static void
test_first_start_usage (void)
{
  TestProgram *program = test_program_start (NULL, "--wrokers=2", NULL);

  g_test_summary ("A wrong command line ends with 64 before anything starts, --help and --version with 0");
  test_program_expect_log (program, "*wrokers*workers*");
  test_program_finish (program, 64);
  program = test_program_start (NULL, "--workers=many", NULL);
  test_program_expect_log (program, "*workers*many*");
  test_program_finish (program, 64);
  program = test_program_start (NULL, "--help", NULL);
  test_program_expect (program, "*--workers*");
  test_program_finish (program, 0);
  program = test_program_start (NULL, "--version", NULL);
  test_program_expect (program, "*1.2*");
  test_program_finish (program, 0);
}

static void
test_first_start_ways (void)
{
  TestProgram *program = test_program_start ("chdir", "--workers=1", NULL);

  g_test_summary ("A program that changed its directory, or has small messages, starts its workers all the same");
  test_program_expect (program, "ready app.1 *");
  test_program_stop (program);

  program = test_program_start (NULL, "--message-size-max=1K", "--mailbox-bytes=1K", "--mailbox-limit=1", NULL);
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "ask x app.1 ping");
  test_program_expect (program, "answer x ok ('pong',)");
  test_program_stop (program);
}

static void
test_first_start_locally (void)
{
  static const Failure rows[] = {
    { NULL, "--do=worker-start:fail", 69, "*error: the test wants it" },
    { NULL, "--do=worker-start:fail-later", 69, "*error: the test wants it later" },
  };
  TestProgram *program;

  g_test_summary ("With workers=0 everything runs in the arbiter, and a hook that fails ends it");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      program = test_program_start (NULL, "--workers=0", rows[i].rule, NULL);
      test_program_expect_log (program, rows[i].text);
      test_program_finish (program, rows[i].status);
    }

  program = test_program_start (NULL, "--workers=0", "--command=/nonexistent", NULL);
  test_program_expect (program, "state app running");  /* nothing has to be executed */
  test_program_stop (program);

  program = test_program_start (NULL, "--workers=0", NULL);
  test_program_expect (program, "hook worker-start app *");
  test_program_send (program, "ask x app ping");
  test_program_expect (program, "answer x ok ('pong',)");
  kill (test_program_get_pid (program), SIGTERM);
  test_program_expect (program, "hook worker-stopping app *");
  test_program_expect (program, "hook monitor-stopping app *");
  test_program_finish (program, 0);
}

static void
test_first_start_crash_loop (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--max-restarts=2", "--restart-delay=0",
                                             "--do=worker-start@app.2:hold", NULL);

  g_test_summary ("A worker that dies too often while another one still starts ends the program with what it died of");
  for (guint i = 0; i < 3; i++)
    {
      int pid = test_program_wait_pid (program, "ready app.1 *");

      g_assert_no_errno (kill (pid, SIGKILL));
    }
  test_program_expect_log (program, "*error: worker 1 ended more than 2 times*");
  test_program_finish (program, 69);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/first-start/hooks", test_first_start_hooks);
  g_test_add_func ("/first-start/deaths", test_first_start_deaths);
  g_test_add_func ("/first-start/unclaimed", test_first_start_unclaimed);
  g_test_add_func ("/first-start/other-first", test_first_start_other_first);
  g_test_add_func ("/first-start/never-ready", test_first_start_never_ready);
  g_test_add_func ("/first-start/command", test_first_start_command);
  g_test_add_func ("/first-start/usage", test_first_start_usage);
  g_test_add_func ("/first-start/ways", test_first_start_ways);
  g_test_add_func ("/first-start/locally", test_first_start_locally);
  g_test_add_func ("/first-start/crash-loop", test_first_start_crash_loop);
  return g_test_run ();
}
