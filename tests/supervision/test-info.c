/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_info_gathered (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", NULL);

  g_test_summary ("The information of the arbiter and of a monitor has that of all workers, with what hooks add");
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready app.2 *");
  test_program_send (program, "info i arbiter");
  test_program_expect (program, "info i monitors=1 workers=2 answered=2 hooked=2 *");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i monitors=-1 workers=2 answered=2 hooked=2 mark=1");

  /* Asked by a worker, through the arbiter. */
  test_program_send (program, "ask x app.1 ask \"('monitor', 'info', <()>)\"");
  test_program_expect (program, "answer x ok *workers*");
  test_program_stop (program);

  program = test_program_start (NULL, "--workers=0", NULL);
  test_program_expect (program, "hook worker-start app *");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i monitors=-1 workers=0 answered=0 hooked=0 mark=1");
  test_program_stop (program);
}

static void
test_info_hung (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--graceful-timeout=100ms", NULL);

  g_test_summary ("A worker that does not answer is described by what its supervisor knows");
  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready app.2 *");
  test_program_send (program, "ask x app.1 do \"('sigstop',)\"");
  test_program_expect (program, "doing *");
  test_program_send (program, "info i arbiter");
  test_program_expect (program, "info i monitors=1 workers=2 answered=1 hooked=1 *");
  test_program_stop (program);
}

static void
test_info_while (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=2", "--do=worker-start@app.1:gate", NULL);
  int pid;

  g_test_summary ("It is answered while workers start, end and die");
  pid = test_program_wait_pid (program, "ready app.2 *");
  test_program_send (program, "info i app");
  test_program_expect (program, "info i * workers=2 answered=1 *");
  test_program_open_gate (program, 1);
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "ask x app.2 do \"('sigstop',)\"");
  test_program_expect (program, "doing *");
  test_program_send (program, "info i app");
  test_program_send (program, "ask y app.1 ping");
  test_program_expect (program, "answer y ok *");
  g_assert_no_errno (kill (pid, SIGKILL));
  test_program_expect (program, "info i * workers=* answered=1 *");
  test_program_stop (program);
}

static void
test_info_before_ready (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", "--do=worker-start:gate", NULL);

  g_test_summary ("What is asked before a worker is ready is answered after that, in order");
  test_program_expect (program, "hook worker-start app.1 *");
  for (guint i = 0; i < 20; i++)
    test_program_send (program, "ask x app.1 echo \"(%u,)\"", i);
  test_program_send (program, "ask p app ping");
  test_program_expect (program, "answer p ok ('pong',)");
  g_assert_cmpuint (test_program_count (program, "answer x *"), ==, 0);
  test_program_open_gate (program, 1);
  test_program_expect (program, "ready app.1 *");
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *answer = test_program_wait (program, "answer x *");
      g_autofree char *expected = g_strdup_printf ("answer x ok (%u,)", i);

      g_assert_cmpstr (answer, ==, expected);
    }
  test_program_stop (program);
}

static void
test_info_dead_letters (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=1", NULL);

  g_test_summary ("A message that finds nobody is signalled on the arbiter and counted");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "ask x app.1 ask \"('nobody', 'ping', <()>)\"");
  test_program_expect (program, "dead letter nobody ping There is no actor “nobody”");
  test_program_expect (program, "answer x error pulsar-error-quark 2 *");
  test_program_send (program, "ask x arbiter info");
  test_program_expect (program, "answer x ok *'dead-letters': <uint64 1>*");
  test_program_stop (program);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/info/gathered", test_info_gathered);
  g_test_add_func ("/info/hung", test_info_hung);
  g_test_add_func ("/info/while", test_info_while);
  g_test_add_func ("/info/before-ready", test_info_before_ready);
  g_test_add_func ("/info/dead-letters", test_info_dead_letters);
  return g_test_run ();
}
