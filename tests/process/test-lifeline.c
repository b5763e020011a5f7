/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-process-facts-private.h"
#include "pulsar-glib/process/pulsar-child-private.h"
#include "pulsar-glib/process/pulsar-lifeline-private.h"
#include "pulsar-test.h"

/* Starts an arbiter with one worker in @mode, returns when the worker said that it is ready. */
static GSubprocess *
start_arbiter (const char *mode,
               const char *argument,
               int        *worker,
               char      **said)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "process", "process-child", NULL);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GDataInputStream) output = NULL;
  g_autofree char *line = NULL;
  g_autoptr(GError) error = NULL;
  char *rest;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, path, "arbiter", mode, argument, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  *worker = (int) strtol (line, &rest, 10);
  g_assert_cmpint (*worker, >, 0);
  if (said != NULL)
    *said = g_strdup (rest + 1);
  return g_steal_pointer (&process);
}

static gint64
kill_arbiter (GSubprocess *arbiter)
{
  gint64 begin = g_get_monotonic_time ();

  g_subprocess_force_exit (arbiter);
  g_assert_true (g_subprocess_wait (arbiter, NULL, NULL));
  return begin;
}

/* This process is a subreaper: the orphan is its child. */
static void
assert_ended (int         worker,
              int         expected_signal,
              gint64      begin,
              const char *what)
{
  double seconds;
  int status;

  g_assert_cmpint (waitpid (worker, &status, 0), ==, worker);
  seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  if (expected_signal != 0)
    g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == expected_signal);
  g_test_minimized_result (seconds, "%s: gone after %.3f s", what, seconds);
}

static void
wait_until_stopped (int pid)
{
  /* Not our child: there is no event to wait for. */
  for (;;)
    {
      PulsarProcessFacts facts;

      g_assert_true (pulsar_process_facts_read (&facts, pid, NULL));
      if (facts.state == 'T')
        break;
      g_thread_yield ();
    }
}

static void
test_lifeline_idle (void)
{
  g_autoptr(GSubprocess) arbiter = NULL;
  int worker;

  g_test_summary ("A worker without a lifeline yet ends by end of file or by its death signal, whichever comes first");
  arbiter = start_arbiter ("wait", NULL, &worker, NULL);
  assert_ended (worker, 0, kill_arbiter (arbiter), "idle");
}

static void
test_lifeline_busy (void)
{
  g_autoptr(GSubprocess) arbiter = NULL;
  int worker;

  g_test_summary ("A worker in a busy loop, deaf to SIGTERM, is killed after the time allowed");
  arbiter = start_arbiter ("busy", "200", &worker, NULL);
  assert_ended (worker, SIGKILL, kill_arbiter (arbiter), "busy, 0.2 s allowed");
}

static void
test_lifeline_stopped (void)
{
  g_autoptr(GSubprocess) arbiter = NULL;
  int worker;

  g_test_summary ("A stopped worker wakes and is killed after the time allowed");
  arbiter = start_arbiter ("busy", "200", &worker, NULL);
  kill (worker, SIGSTOP);
  wait_until_stopped (worker);
  assert_ended (worker, SIGKILL, kill_arbiter (arbiter), "stopped, 0.2 s allowed");
}

static void
test_lifeline_late (void)
{
  g_autoptr(GSubprocess) arbiter = NULL;
  int worker;

  g_test_summary ("The time allowed can be set when it runs already");
  arbiter = start_arbiter ("late", "600000", &worker, NULL);
  assert_ended (worker, SIGKILL, kill_arbiter (arbiter), "set late");
}

static void
test_lifeline_group (void)
{
  g_autoptr(GSubprocess) arbiter = NULL;
  g_autofree char *said = NULL;
  gint64 begin;
  int worker, grandchild;

  g_test_summary ("An orphaned worker that ends in order takes along what it started");
  arbiter = start_arbiter ("orphan-group", NULL, &worker, &said);
  grandchild = atoi (said);
  g_assert_cmpint (grandchild, >, 0);
  begin = kill_arbiter (arbiter);
  assert_ended (worker, SIGKILL, begin, "in order");
  assert_ended (grandchild, SIGKILL, begin, "its child");
}

static void
test_lifeline_released (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "process", "process-child", NULL);
  const char *command[] = { path, "released", "1000", NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarRecipe) recipe = pulsar_recipe_new (command, &error);
  g_autoptr(PulsarChild) child = NULL;
  int mailbox;
  char byte;

  g_test_summary ("A lifeline that was stopped holds nothing: the end of the mailbox is seen while the worker lives");
  g_assert_no_error (error);
  child = pulsar_child_spawn (recipe, NULL, 0, NULL, NULL, &mailbox, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read (mailbox, &byte, 1), ==, 0);
  g_assert_null (pulsar_child_get_exit_record (child));
  close (mailbox);
  pulsar_child_signal (child, SIGKILL);
  pulsar_test_wait_for (pulsar_child_get_exit_record (child) != NULL);
}

static void
test_lifeline_cheap (void)
{
  PulsarProcessFacts before, after;
  guint n_fds = pulsar_test_count_fds ();
  int ends[2];

  g_test_summary ("A lifeline is one thread and one descriptor, sleeps while the mailbox is busy, and leaves nothing");
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_assert_true (pulsar_process_facts_read (&before, 0, NULL));
  for (guint i = 0; i < 3; i++)
    {
      pulsar_lifeline_start (ends[0], 60000);
      g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds + 3);
      g_assert_true (pulsar_process_facts_read (&after, 0, NULL));
      g_assert_cmpuint (after.n_threads, ==, before.n_threads + 1);
      g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
      pulsar_lifeline_set_timeout (50000);
      g_assert_false (pulsar_lifeline_is_orphaned ());
      pulsar_lifeline_stop ();
    }
  close (ends[0]);
  close (ends[1]);
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  g_test_add_func ("/lifeline/idle", test_lifeline_idle);
  g_test_add_func ("/lifeline/busy", test_lifeline_busy);
  g_test_add_func ("/lifeline/stopped", test_lifeline_stopped);
  g_test_add_func ("/lifeline/late", test_lifeline_late);
  g_test_add_func ("/lifeline/group", test_lifeline_group);
  g_test_add_func ("/lifeline/released", test_lifeline_released);
  g_test_add_func ("/lifeline/cheap", test_lifeline_cheap);
  return g_test_run ();
}
