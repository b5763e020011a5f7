/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_watch_death (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);
  int pid;

  g_test_summary ("The arbiter and a worker learn of a death, before and after it, by name and by id");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "spawn s helper none");
  pid = test_program_wait_pid (program, "spawned s ok helper PulsarWorker *");
  test_program_send (program, "watch early helper");
  test_program_send (program, "ask far app.1 watch-one \"('helper',)\"");
  test_program_send (program, "ask many app.1 watch-many \"('helper', uint32 1500)\"");
  test_program_send (program, "ask x app.1 ask \"('arbiter', 'ping', <()>)\"");  /* comes after the watches */
  test_program_expect (program, "answer x ok *");
  g_assert_no_errno (kill (pid, SIGKILL));
  g_assert_cmpint (test_program_wait_pid (program, "death early was ended by signal SIGKILL*"), ==, pid);
  test_program_expect (program, "answer far ok (*, 9)");
  test_program_expect (program, "answer many ok (1500, 1500)");
  test_program_send (program, "watch late helper");
  g_assert_cmpint (test_program_wait_pid (program, "death late was ended by signal SIGKILL*"), ==, pid);
  test_program_send (program, "ask late app.1 watch-one \"('helper',)\"");
  test_program_expect (program, "answer late ok (*, 9)");
  test_program_stop (program);
}

static void
test_watch_errors (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);

  g_test_summary ("What cannot be watched is an error, for the arbiter and for a worker");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "watch nobody nobody");
  test_program_expect (program, "death nobody error 2 There is no actor “nobody”");
  test_program_send (program, "watch app app");
  test_program_expect (program, "death app error 5 *no process of its own*");
  test_program_send (program, "ask x app.1 watch-one \"('nobody',)\"");
  test_program_expect (program, "answer x error pulsar-error-quark 2 *");
  test_program_send (program, "ask x app.1 watch-one \"('monitor',)\"");
  test_program_expect (program, "answer x error pulsar-error-quark 5 *");

  /* These are not for whoever is trusted anyway, nor for monitors; and no worker tells of a death. */
  test_program_send (program, "ask x arbiter watch \"('nobody', uint64 1)\"");
  test_program_expect (program, "answer x error pulsar-error-quark 4 *");
  test_program_send (program, "ask x app.1 ask \"('app', 'watch', <('nobody', uint64 1)>)\"");
  test_program_expect (program, "answer x error pulsar-error-quark 4 *");
  test_program_send (program, "ask x app.1 ask \"('arbiter', 'exited', <(@at [1], 1, int64 1, int64 1, 0, 0, 0, false)>)\"");
  test_program_expect (program, "answer x error pulsar-error-quark *");
  test_program_stop (program);
}

static void
test_watch_end (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--max-restarts=0", NULL);
  int pid = test_program_wait_pid (program, "ready app.1 *");

  g_test_summary ("A watch that is cancelled, one whose watcher dies, and those of a program that ends do no harm");
  test_program_send (program, "spawn s helper none");
  test_program_expect (program, "spawned s ok helper *");
  test_program_send (program, "watch end helper");
  test_program_send (program, "ask cancelled app.1 watch-one \"('helper',)\"");
  test_program_send (program, "ask died app.1 watch-one \"('helper',)\"");
  test_program_send (program, "ask x app.1 ask \"('arbiter', 'ping', <()>)\"");
  test_program_expect (program, "answer x ok *");
  test_program_send (program, "cancel cancelled");
  test_program_expect (program, "answer cancelled error pulsar-error-quark 8 *");
  g_assert_no_errno (kill (pid, SIGKILL));
  test_program_expect (program, "answer died error pulsar-error-quark 6 *");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "ask x app.1 watch-one \"('helper',)\"");
  test_program_send (program, "stop");
  test_program_expect (program, "death end *it was asked to*");
  test_program_finish (program, 0);
}

static void
test_watch_many_deaths (void)
{
  guint n = g_test_slow () || g_getenv ("PULSAR_TEST_SETUP") == NULL ? 1000 : 50;
  TestProgram *program = test_program_start (NULL, "--workers=1", "--log-level=error", NULL);
  g_autofree char *expected = g_strdup_printf ("deaths %u notices %u", n, 4 * n);

  g_test_summary ("There is one notice of each of 1000 deaths for each watch: of the arbiter and of a worker, before and after");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "deaths %u", n);
  test_program_expect (program, expected);
  test_program_stop (program);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/watch/death", test_watch_death);
  g_test_add_func ("/watch/errors", test_watch_errors);
  g_test_add_func ("/watch/end", test_watch_end);
  g_test_add_func ("/watch/many-deaths", test_watch_many_deaths);
  return g_test_run ();
}
