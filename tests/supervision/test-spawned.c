/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_spawned_life (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);
  int pid;

  g_test_summary ("An actor is spawned, answers, is in the list, and its death is noticed and not repaired");
  test_program_expect (program, "ready app.1 *");
  pid = 0;
  test_program_send (program, "spawn s helper none");
  test_program_expect (program, "hook query-spawn arbiter *");
  test_program_expect (program, "hook starting helper *");
  pid = test_program_wait_pid (program, "spawned s ok helper PulsarWorker *");
  test_program_send (program, "ask x helper ping");
  test_program_expect (program, "answer x ok ('pong',)");
  test_program_send (program, "ask x arbiter info");
  test_program_expect (program, "answer x ok *");

  /* A worker finds it by its name too. */
  test_program_send (program, "ask x app.1 ask \"('helper', 'ping', <()>)\"");
  test_program_expect (program, "answer x ok (<('pong',)>,)");
  g_assert_no_errno (kill (pid, SIGKILL));
  test_program_expect_log (program, "*Actor “helper” *SIGKILL*");
  test_program_send (program, "ask x helper ping");
  test_program_expect (program, "answer x error pulsar-error-quark 2 *");

  test_program_send (program, "spawn s helper none");
  test_program_expect (program, "spawned s ok *");
  test_program_send (program, "stop-worker helper");
  test_program_expect (program, "hook stopping helper *");
  test_program_expect_log (program, "*Actor “helper” *");

  /* It ends with the arbiter. */
  test_program_send (program, "spawn s helper none");
  test_program_expect (program, "spawned s ok *");
  test_program_send (program, "stop");
  test_program_expect (program, "hook stopping helper *");
  test_program_finish (program, 0);
}

static void
test_spawned_fails (void)
{
  static const struct
  {
    const char *action;
    const char *answer;
  } rows[] = {
    { "fail", "spawned s error pulsar-error-quark * the test wants it" },
    { "fail-later", "spawned s error pulsar-error-quark * the test wants it later" },
    { "exit7", "spawned s error pulsar-error-quark * status 7*" },
    { "segv", "spawned s error pulsar-error-quark * SIGSEGV*" },
    { "hold", "spawned s error pulsar-error-quark 7 *" },  /* whichever of the two clocks is first */
    { "busy", "spawned s error pulsar-error-quark 7 * not ready in time*" },
  };
  TestProgram *program = test_program_start (NULL, "--workers=1", "--start-timeout=1s", NULL);

  g_test_summary ("Whoever spawns an actor that does not start is told why, and the program lives");
  test_program_expect (program, "ready app.1 *");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      test_program_send (program, "spawn s helper %s", rows[i].action);
      test_program_expect (program, rows[i].answer);
    }
  test_program_send (program, "ask x app.1 ping");
  test_program_expect (program, "answer x ok *");
  test_program_stop (program);
}

static void
test_spawned_unknown (void)
{
  TestProgram *program;

  g_test_summary ("A type the worker does not know is unknown-type for whoever spawned");
  test_program_set_next ("APP_ACTOR", "unknown");
  program = test_program_start (NULL, "--workers=1", NULL);
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "spawn s helper none");
  test_program_expect (program, "spawned s error pulsar-error-quark 14 *TestActor*");
  test_program_send (program, "ask x arbiter spawn \"('NoSuchType', 'x', @a{sv} {})\"");
  test_program_expect (program, "answer x error pulsar-error-quark 14 *NoSuchType*");
  test_program_send (program, "ask x arbiter spawn \"('GObject', 'x', @a{sv} {})\"");
  test_program_expect (program, "answer x error pulsar-error-quark 14 *");
  test_program_send (program, "ask x app spawn \"('PulsarActor', 'x', @a{sv} {})\"");
  test_program_expect (program, "answer x error pulsar-error-quark 4 *");
  test_program_stop (program);
}

static void
test_spawned_by_worker (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);

  g_test_summary ("A worker may have spawned only what was allowed");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "ask x app.1 spawn-one \"('helper',)\"");
  test_program_expect (program, "answer x error pulsar-error-quark 4 *allow_spawn*");
  test_program_send (program, "allow");
  test_program_send (program, "ask x app.1 spawn-one \"('helper',)\"");
  test_program_expect (program, "hook starting helper *");
  test_program_expect (program, "answer x ok ('helper',)");
  test_program_send (program, "ask x app.1 ask \"('helper', 'ping', <()>)\"");
  test_program_expect (program, "answer x ok (<('pong',)>,)");
  test_program_stop (program);
}

static void
test_spawned_cancelled (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);
  static const char *const actions[] = { "hold", "busy", "gate" };

  g_test_summary ("Cancelling a spawn ends what was started, at once");
  test_program_expect (program, "ready app.1 *");
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      int pid;

      test_program_send (program, "spawn s helper %s", actions[i]);
      pid = test_program_wait_pid (program, "hook starting helper *");
      test_program_send (program, "cancel s");
      test_program_expect (program, "spawned s error pulsar-error-quark 8 *");
      test_program_wait_gone (pid);
    }
  test_program_stop (program);
}

static void
test_spawned_worker_dies (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--max-restarts=0",
                                             "--do=starting@helper:hold", NULL);  /* so that it cannot answer first */
  int pid = test_program_wait_pid (program, "ready app.1 *");

  g_test_summary ("A spawn whose asker dies meanwhile, and one whose arbiter stops, do no harm");
  test_program_send (program, "allow");
  test_program_send (program, "ask x app.1 spawn-one \"('helper',)\"");
  test_program_expect (program, "hook query-spawn arbiter *");
  g_assert_no_errno (kill (pid, SIGKILL));
  test_program_expect (program, "answer x error *");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "spawn s other hold");
  test_program_expect (program, "hook starting other *");
  test_program_send (program, "stop");
  test_program_expect (program, "spawned s error *");
  test_program_finish (program, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/spawned/life", test_spawned_life);
  g_test_add_func ("/spawned/fails", test_spawned_fails);
  g_test_add_func ("/spawned/unknown", test_spawned_unknown);
  g_test_add_func ("/spawned/by-worker", test_spawned_by_worker);
  g_test_add_func ("/spawned/cancelled", test_spawned_cancelled);
  g_test_add_func ("/spawned/worker-dies", test_spawned_worker_dies);
  return g_test_run ();
}
