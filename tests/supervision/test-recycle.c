/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <glib/gstdio.h>
#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
ask_nothing (TestProgram *program,
             const char  *worker)
{
  test_program_send (program, "ask x %s do \"('nothing',)\"", worker);
  test_program_expect (program, "answer x ok *");
}

static void
expect_gone (TestProgram *program,
             int          pid)
{
  g_autofree char *stopping = g_strdup_printf ("hook worker-stopping app.1 %d", pid);
  g_autofree char *exited = g_strdup_printf ("exited app.1 %d STOPPED code=0 signal=0", pid);

  test_program_expect (program, stopping);
  test_program_expect (program, exited);
}

static void
test_recycle_requests (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--max-requests=3", "--max-requests-jitter=0", NULL);
  int old = test_program_wait_pid (program, "ready app.1 *");
  int pid;

  g_test_summary ("A worker that handled as many commands of the program as it may is replaced: the new one first, and what the library asks does not count");
  for (guint round = 0; round < 3; round++)
    {
      g_autofree char *answer G_GNUC_UNUSED = NULL;

      for (guint i = 0; i < 3; i++)
        {
          test_program_send (program, "ask x app.1 ping");
          test_program_expect (program, "answer x ok *");
          g_assert_cmpuint (test_program_count (program, "items *+1 =2"), ==, 0);
          ask_nothing (program, "app.1");
        }
      test_program_expect (program, "items -0 +1 =2");
      pid = test_program_wait_pid (program, "ready app.1 *");
      g_assert_cmpint (pid, !=, old);
      expect_gone (program, old);
      test_program_expect (program, "items -1 +0 =1");
      old = pid;
    }
  test_program_expect_log (program, "*is going to be replaced: it served its share (“max-requests”)");
  test_program_stop (program);
}

static void
test_recycle_at_once (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=8", "--max-requests=1", "--do=worker-start:gate", NULL);

  g_test_summary ("A quarter of the workers is replaced at once, and no more, until all are new");
  test_program_open_gate (program, 8);
  for (guint i = 1; i <= 8; i++)
    {
      g_autofree char *ready = g_strdup_printf ("ready app.%u *", i);

      test_program_expect (program, "at gate worker-start *");
      test_program_expect (program, ready);
    }
  for (guint i = 1; i <= 8; i++)
    {
      g_autofree char *worker = g_strdup_printf ("app.%u", i);

      ask_nothing (program, worker);
    }

  /* What a worker said comes before its answer. */
  test_program_send (program, "info i app");
  test_program_expect (program, "info i * workers=10 answered=8 *");
  for (guint i = 0; i < 8; i++)
    {
      test_program_expect (program, "at gate worker-start *");
      test_program_open_gate (program, 1);
      test_program_expect (program, "ready *");
      test_program_expect (program, "exited * STOPPED code=0 *");
      test_program_send (program, "info i app");
      test_program_expect (program, i < 7 ? "info i * workers=* answered=8 *" : "info i * workers=8 answered=8 *");
    }
  test_program_stop (program);
}

static void
test_recycle_failed (void)
{
  g_autofree char *folder = g_dir_make_tmp ("recycle-XXXXXX", NULL);
  g_autofree char *broken = g_build_filename (folder, "broken", NULL);
  g_autofree char *answer = NULL;
  TestProgram *program;
  int old, pid;

  g_test_summary ("A replacement that cannot start leaves the old worker in its place, which serves until one can");
  test_program_set_next ("APP_BROKEN", broken);
  program = test_program_start (NULL, "--workers=1", "--max-requests=1", "--do=worker-start:fail-if-broken", NULL);
  old = test_program_wait_pid (program, "ready app.1 *");
  g_assert_true (g_file_set_contents (broken, "", 0, NULL));
  ask_nothing (program, "app.1");
  test_program_expect_log (program, "*Worker 1 of “app” goes on, since it could not be replaced: *it is broken*trying again in *");
  test_program_send (program, "ask w app.1 who");
  answer = test_program_wait (program, "answer w ok *");
  g_assert_nonnull (strstr (answer, "app.1"));
  g_assert_no_errno (kill (old, 0));
  g_assert_cmpint (g_remove (broken), ==, 0);
  pid = test_program_wait_pid (program, "ready app.1 *");
  g_assert_cmpint (pid, !=, old);
  expect_gone (program, old);
  test_program_stop (program);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_recycle_dies (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--max-requests=1", "--do=worker-start:gate", NULL);
  int old, pid;

  g_test_summary ("When the old worker dies before its replacement is ready, nobody else is started, and that one has the place");
  test_program_expect (program, "at gate *");
  test_program_open_gate (program, 1);
  old = test_program_wait_pid (program, "ready app.1 *");
  ask_nothing (program, "app.1");
  pid = test_program_wait_pid (program, "at gate worker-start *");
  g_assert_no_errno (kill (old, SIGKILL));
  test_program_expect (program, "exited app.1 * signal=9");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i * workers=1 answered=0 *");
  test_program_open_gate (program, 1);
  g_assert_cmpint (test_program_wait_pid (program, "ready app.1 *"), ==, pid);

  /* Killed while it has the place and is not ready: replaced like any other. */
  ask_nothing (program, "app.1");
  old = pid;
  pid = test_program_wait_pid (program, "at gate worker-start *");
  g_assert_no_errno (kill (old, SIGKILL));
  test_program_expect (program, "exited app.1 * signal=9");
  g_assert_no_errno (kill (pid, SIGKILL));
  test_program_expect (program, "exited app.1 * signal=9");
  test_program_expect (program, "at gate worker-start *");
  test_program_open_gate (program, 1);
  test_program_expect (program, "ready app.1 *");
  test_program_stop (program);
}

static void
test_recycle_scaled_away (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--max-requests=1", "--do=worker-start:gate", NULL);

  g_test_summary ("A worker that is scaled away takes its replacement with it, and so does the end of the program");
  test_program_open_gate (program, 2);
  test_program_expect (program, "ready *");
  test_program_expect (program, "ready *");
  ask_nothing (program, "app.1");
  test_program_expect (program, "items -0 +1 =3");
  test_program_send (program, "workers app 1");
  test_program_expect (program, "exited app.* STOPPED *");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i * workers=* *");
  ask_nothing (program, "app/any");
  test_program_stop (program);
}

static void
test_recycle_lifetime (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);
  int old = test_program_wait_pid (program, "ready app.1 *");

  g_test_summary ("A worker that lived long enough is replaced, also when the limit was set while it lived");
  test_program_send (program, "ask l app config \"('set', 'max-lifetime', just <int64 1000>)\"");
  test_program_expect (program, "answer l ok *");
  g_assert_cmpint (test_program_wait_pid (program, "ready app.1 *"), !=, old);
  expect_gone (program, old);
  test_program_expect_log (program, "*is going to be replaced: it is old enough (“max-lifetime”)");
  test_program_send (program, "ask l app config \"('set', 'max-lifetime', just <int64 0>)\"");
  test_program_expect (program, "answer l ok *");
  test_program_stop (program);
}

static void
test_recycle_rss (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--timeout=15s", NULL);
  int old = test_program_wait_pid (program, "ready app.1 *");
  int pid;

  g_test_summary ("A worker that takes more memory than it may is replaced at its next sign of life");
  if (pulsar_test_is_slowed_down ())
    {
      g_test_skip ("how large a process is means nothing here");
      test_program_stop (program);
      return;
    }
  test_program_send (program, "ask g app.1 grow \"(uint32 100,)\"");
  test_program_expect (program, "answer g ok *");
  test_program_send (program, "ask l app config \"('set', 'max-rss', just <'100M'>)\"");
  test_program_expect (program, "answer l ok *");
  pid = test_program_wait_pid (program, "ready app.1 *");
  g_assert_cmpint (pid, !=, old);
  expect_gone (program, old);
  test_program_expect_log (program, "*is going to be replaced: it is too large (“max-rss”)");
  test_program_stop (program);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/recycle/requests", test_recycle_requests);
  g_test_add_func ("/recycle/at-once", test_recycle_at_once);
  g_test_add_func ("/recycle/failed", test_recycle_failed);
  g_test_add_func ("/recycle/dies", test_recycle_dies);
  g_test_add_func ("/recycle/scaled-away", test_recycle_scaled_away);
  g_test_add_func ("/recycle/lifetime", test_recycle_lifetime);
  g_test_add_func ("/recycle/rss", test_recycle_rss);
  return g_test_run ();
}
