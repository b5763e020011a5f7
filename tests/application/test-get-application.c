/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_get_application_here (void)
{
  TestProgram *program = test_program_start ("multi", "--rpc-do=monitor-start:gate", NULL);

  g_test_summary ("The arbiter gets the living object, once its start has ended");
  test_program_expect (program, "hook monitor-start rpc_app *");
  test_program_send (program, "application a rpc_app");
  test_program_send (program, "application n nothing");
  test_program_expect (program, "application n error 13 *nothing*");
  test_program_expect (program, "ready app.1 *");
  g_assert_cmpuint (test_program_count (program, "application a *"), ==, 0);
  test_program_open_gate (program, 1);
  test_program_expect (program, "application a ok rpc_app monitor=1");
  test_program_send (program, "application b app");
  test_program_expect (program, "application b ok app monitor=1");
  test_program_stop (program);
}

static void
test_get_application_fails (void)
{
  TestProgram *program = test_program_start (NULL, "--do=monitor-start:gate,monitor-start:fail", NULL);

  g_test_summary ("Whoever waits for an application that does not start is told why");
  test_program_expect (program, "hook monitor-start app *");
  test_program_send (program, "application a app");
  test_program_send (program, "application n nothing");
  test_program_expect (program, "application n error *");
  test_program_open_gate (program, 1);
  test_program_expect (program, "application a error 20 the test wants it");
  test_program_finish (program, 69);
}

static void
test_get_application_from_worker (void)
{
  TestProgram *program;

  g_test_summary ("A worker gets itself, or an instance with the configuration of the other one, without its secrets");
  test_program_set_next ("PULSAR_SECRET", "c,d,e");
  test_program_set_next ("PULSAR_RPC_SECRET", "a,b");
  program = test_program_start ("multi", "--rpc-workers=3", NULL);
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready rpc_app.3 *");
  test_program_send (program, "ask x app.1 application \"('app',)\"");
  test_program_expect (program, "answer x ok ('app', 1, 3)");
  test_program_send (program, "ask x app.1 application \"('rpc_app',)\"");
  test_program_expect (program, "answer x ok ('rpc_app', 3, 0)");
  test_program_send (program, "ask x app.1 application \"('nothing',)\"");
  test_program_expect (program, "answer x error pulsar-error-quark 13 *nothing*");
  test_program_send (program, "ask x app.1 start");
  test_program_expect (program, "answer x error pulsar-error-quark 4 *worker*");
  test_program_stop (program);
}

static void
test_get_application_after (void)
{
  TestProgram *program = test_program_start ("loop", "--workers=1", NULL);

  g_test_summary ("An application that has stopped is not found any more");
  test_program_send (program, "application a app");
  test_program_expect (program, "application a error 17 *");
  test_program_send (program, "start s app");
  test_program_expect (program, "started s ok");
  test_program_send (program, "start t other");
  test_program_expect (program, "started t ok");
  test_program_send (program, "stop-app app");
  test_program_expect (program, "stopped app ok");
  test_program_send (program, "application a app");
  test_program_expect (program, "application a error 13 *");
  test_program_send (program, "ask x other.1 application \"('app',)\"");
  test_program_expect (program, "answer x error pulsar-error-quark 13 *");
  test_program_send (program, "stop");
  test_program_expect (program, "state arbiter closed");
  test_program_send (program, "application a app");
  test_program_expect (program, "application a error 17 *");
  test_program_send (program, "quit");
  test_program_finish (program, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/get-application/here", test_get_application_here);
  g_test_add_func ("/get-application/fails", test_get_application_fails);
  g_test_add_func ("/get-application/from-worker", test_get_application_from_worker);
  g_test_add_func ("/get-application/after", test_get_application_after);
  return g_test_run ();
}
