/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-glib/base/pulsar-process-facts-private.h"
#include "pulsar-test-program.h"
#include "pulsar-test.h"

/* How many children @pid has in all, or of those only the ones that nobody has reaped. */
static guint
count_children (int      pid,
                gboolean zombies_only)
{
  g_autoptr(GArray) children = pulsar_process_list_children (pid, NULL);
  guint n = 0;

  g_assert_nonnull (children);
  for (guint i = 0; i < children->len; i++)
    {
      PulsarProcessFacts facts;

      if (pulsar_process_facts_read (&facts, g_array_index (children, int, i), NULL))
        n += !zombies_only || facts.state == 'Z';
    }
  return n;
}

/* Nothing tells another process that a child was reaped. */
static void
wait_for_children (int      pid,
                   gboolean zombies_only,
                   guint    n_wanted)
{
  gint64 deadline_us = g_get_monotonic_time () + G_TIME_SPAN_MINUTE;

  while (count_children (pid, zombies_only) != n_wanted)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_thread_yield ();
    }
}

static void
test_left_behind_group (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--do=worker-start:litter", NULL);
  int arbiter = test_program_get_pid (program);
  int worker;

  g_test_summary ("Of what a worker leaves behind the dead are reaped at once, and the living go with the worker");
  for (guint i = 0; i < 3; i++)
    {
      worker = test_program_wait_pid (program, "ready app.1 *");
      wait_for_children (arbiter, FALSE, 2);  /* the worker, and the one that sleeps */
      wait_for_children (arbiter, TRUE, 0);
      g_assert_no_errno (kill (worker, i == 0 ? SIGKILL : SIGABRT));
      test_program_expect (program, "exited app.1 *");
    }
  test_program_expect (program, "ready app.1 *");
  wait_for_children (arbiter, FALSE, 2);
  test_program_stop (program);
}

static void
test_left_behind_process_1 (void)
{
  static const char *const command[] = { "unshare", "--pid", "--fork", "--mount-proc", "--kill-child", NULL };
  g_autoptr(GSubprocess) trial = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, "unshare", "--pid", "--fork",
                                                   "--mount-proc", "true", NULL);
  g_autoptr(GArray) children = NULL;
  TestProgram *program;
  int arbiter;

  g_test_summary ("As process 1 an arbiter reaps what arrives there, also what was no worker's, and ends in order");
  if (trial == NULL || !g_subprocess_wait_check (trial, NULL, NULL))
    {
      g_test_skip ("no processes can be numbered anew here");
      return;
    }
  test_program_set_next_wrapper (command);
  program = test_program_start (NULL, "--workers=1", "--do=worker-start:stray", NULL);
  test_program_expect (program, "ready app.1 *");
  children = pulsar_process_list_children (test_program_get_pid (program), NULL);
  g_assert_nonnull (children);
  g_assert_cmpuint (children->len, ==, 1);
  arbiter = g_array_index (children, int, 0);
  wait_for_children (arbiter, FALSE, 2);  /* the worker, and the one that sleeps; the one with a session of its own is gone */
  g_assert_no_errno (kill (arbiter, SIGTERM));
  test_program_finish (program, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/left-behind/group", test_left_behind_group);
  g_test_add_func ("/left-behind/process-1", test_left_behind_process_1);
  return g_test_run ();
}
