/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-test-program.h"

static void
ask (TestProgram *program,
     const char  *target,
     const char  *arguments,
     const char  *answer)
{
  g_autofree char *pattern = g_strdup_printf ("answer x %s", answer);

  g_test_message ("%s %s", target, arguments);
  test_program_send (program, "ask x %s config \"%s\"", target, arguments);
  test_program_expect (program, pattern);
}

static TestProgram *
start (const char *option)
{
  TestProgram *program = test_program_start ("multi", "--workers=2", "--rpc-workers=1", option, NULL);

  test_program_expect (program, "ready app.1 *");
  test_program_expect (program, "ready app.2 *");
  test_program_expect (program, "ready rpc_app.1 *");
  return program;
}

/* Arguments of the command, as text. */
#define GET(name) "('get', '" name "', @mv nothing)"
#define SET(name, value) "('set', '" name "', just <" value ">)"

static void
test_relay_application (void)
{
  TestProgram *program = start (NULL);

  g_test_summary ("What is set at a monitor is set in its workers, those that come later too, and nowhere else");
  ask (program, "app", SET ("mood", "'good'"), "ok ()");
  test_program_expect (program, "changed app.1 mood good");
  test_program_expect (program, "changed app.2 mood good");
  ask (program, "arbiter", GET ("mood"), "ok (<['good']>,)");
  ask (program, "rpc_app", GET ("mood"), "ok (<@as []>,)");
  ask (program, "rpc_app", SET ("mood", "'bad'"), "ok ()");
  test_program_expect (program, "changed rpc_app.1 mood bad");
  ask (program, "arbiter", GET ("mood"), "ok (<['good']>,)");
  ask (program, "app", SET ("workers", "uint32 3"), "ok ()");
  test_program_expect (program, "ready app.3 *");
  ask (program, "app.3", GET ("mood"), "ok (<['good']>,)");
  g_assert_cmpuint (test_program_count (program, "changed *"), ==, 0);
  test_program_stop (program);
}

static void
test_relay_arbiter (void)
{
  TestProgram *program = start (NULL);

  g_test_summary ("What is set at the arbiter is set in the main application, and what is global everywhere");
  ask (program, "arbiter", SET ("workers", "uint32 3"), "ok ()");
  test_program_expect (program, "ready app.3 *");
  ask (program, "app", GET ("workers"), "ok (<uint32 3>,)");
  ask (program, "rpc_app", GET ("workers"), "ok (<uint32 1>,)");
  ask (program, "arbiter", SET ("weather", "'sunny'"), "ok ()");
  test_program_expect (program, "changed app.1 weather sunny");
  test_program_expect (program, "changed app.2 weather sunny");
  test_program_expect (program, "changed app.3 weather sunny");
  test_program_expect (program, "changed rpc_app.1 weather sunny");
  ask (program, "rpc_app", SET ("weather", "'cloudy'"), "ok ()");
  test_program_expect (program, "changed rpc_app.1 weather cloudy");
  test_program_expect (program, "changed app.1 weather cloudy");
  ask (program, "arbiter", GET ("weather"), "ok (<['cloudy']>,)");
  ask (program, "app.2", SET ("mood", "'own'"), "ok ()");
  test_program_expect (program, "changed app.2 mood own");
  ask (program, "app", GET ("mood"), "ok (<@as []>,)");
  test_program_stop (program);
}

static void
test_relay_refused (void)
{
  static const struct
  {
    const char *target;
    const char *arguments;
    const char *answer;
  } rows[] = {
    { "app", SET ("workers", "uint32 0"), "error *Setting “workers” of “app” cannot change from or to 0 while the program runs" },
    { "arbiter", SET ("workers", "uint32 0"), "error *Setting “workers” of “app” cannot change from or to 0 *" },
    { "rpc_app", SET ("workers", "'auto'"), "error *Setting “workers” of “rpc_app” cannot change from or to 0 *" },
    { "app", SET ("workers", "uint32 4097"), "error *Setting “workers”: * out of range; allowed: a whole number from 0 to 4096*" },
    { "app", SET ("timeout", "'1 year'"), "error *Setting “timeout”: “1 year” is not a duration *" },
    { "app", SET ("timeout", "[1, 2]"), "error *Setting “timeout”: *" },
    { "app", SET ("password", "5"), "error *Setting “password”: “***” *" },
    { "arbiter", SET ("command", "'x'"), "error *Setting “command” cannot change while the program runs" },
    { "app.1", SET ("mailbox-limit", "5"), "error *Setting “mailbox-limit” cannot change while the program runs" },
    { "app.1", SET ("restart-delay", "'5 s'"), "error *Setting “restart-delay” is obeyed by the supervisor of “app.1”*; set it there" },
    { "app.1", SET ("workers", "uint32 1"), "error *Setting “workers” is obeyed by the supervisor of “app.1”*" },
    { "app.1", "('follow', 'wokers', just <5>)", "error *There is no setting “wokers”*" },
    { "app.1", SET ("wokers", "5"), "error *There is no setting “wokers”*" },
    { "app.1", GET ("wokers"), "error *There is no setting and no parameter “wokers”*" },
    { "app.1", GET ("password"), "error *Setting “password” is secret*" },
  };
  TestProgram *program = test_program_start ("multi", "--workers=1", "--rpc-workers=0", NULL);

  g_test_summary ("What cannot be set is refused by name, and the value stays");
  test_program_expect (program, "ready app.1 *");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    ask (program, rows[i].target, rows[i].arguments, rows[i].answer);
  ask (program, "app", GET ("workers"), "ok (<uint32 1>,)");
  ask (program, "arbiter", GET ("workers"), "ok (<uint32 1>,)");
  ask (program, "rpc_app", GET ("workers"), "ok (<uint32 0>,)");
  ask (program, "app", SET ("exit_timeout", "'5 s'"), "ok ()");
  ask (program, "app.1", GET ("graceful-timeout"), "ok (<int64 5000000>,)");
  ask (program, "arbiter", GET ("graceful-timeout"), "ok (<int64 5000000>,)");
  ask (program, "app", SET ("restart-delay", "'5 s'"), "ok ()");
  ask (program, "app.1", GET ("restart-delay"), "ok (<int64 5000000>,)");
  ask (program, "app.1", SET ("graceful-timeout", "'4 s'"), "ok ()");
  ask (program, "app", GET ("graceful-timeout"), "ok (<int64 5000000>,)");
  test_program_stop (program);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/config-relay/application", test_relay_application);
  g_test_add_func ("/config-relay/arbiter", test_relay_arbiter);
  g_test_add_func ("/config-relay/refused", test_relay_refused);
  return g_test_run ();
}
