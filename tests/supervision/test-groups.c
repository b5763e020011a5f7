/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>
#include <stdio.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

/* Asks @target who it is; returns its name. */
static char *
ask_who (TestProgram *program,
         const char  *target,
         int         *pid)
{
  static guint n = 0;
  g_autofree char *pattern = g_strdup_printf ("answer who%u *", ++n);
  g_autofree char *line = NULL;
  char name[32];

  test_program_send (program, "ask who%u %s who", n, target);
  line = test_program_wait (program, pattern);
  g_test_message ("%s: %s", target, line);
  g_assert_cmpint (sscanf (line, "answer who%*u ok ('%31[^']', %d)", name, pid), ==, 2);
  return g_strdup (name);
}

static void
test_groups_key_through_replacement (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=3", "--max-restarts=0", "--restart-delay=0", NULL);

  g_test_summary ("A key keeps its place when the worker that has it is killed; what is sent meanwhile waits for the new one");
  for (guint i = 0; i < 3; i++)
    test_program_expect (program, "ready app.*");
  for (guint round = 0; round < 5; round++)
    {
      g_autofree char *name = NULL;
      g_autofree char *again = NULL;
      g_autofree char *exited = NULL;
      int pid;
      int new_pid;

      name = ask_who (program, "app/key:customer", &pid);
      exited = g_strdup_printf ("exited %s *", name);
      g_assert_no_errno (kill (pid, SIGKILL));
      test_program_expect (program, exited);
      again = ask_who (program, "app/key:customer", &new_pid);
      g_assert_cmpstr (again, ==, name);
      g_assert_cmpint (new_pid, !=, pid);
    }
  test_program_stop (program);
}

static void
test_groups_all (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=3", NULL);
  int pid;

  g_test_summary ("All workers are asked; after a change of their number it is those there are then");
  for (guint i = 0; i < 3; i++)
    test_program_expect (program, "ready app.*");
  test_program_send (program, "ask all app/* who");
  test_program_expect (program, "answer all ok ({'app.1.*': <('app.1', *)>, 'app.2.*': <('app.2', *)>, 'app.3.*': <('app.3', *)>}, *");
  test_program_send (program, "workers app 1");
  test_program_expect (program, "exited app.1 *");
  test_program_expect (program, "exited app.2 *");
  test_program_send (program, "ask one app/* who");
  test_program_expect (program, "answer one ok ({'app.3.*': <('app.3', *)>}, *");
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *any = ask_who (program, "app/any", &pid);
      g_autofree char *key = NULL;

      g_assert_cmpstr (any, ==, "app.3");
      key = ask_who (program, i == 0 ? "app/key:a" : "app/key:b", &pid);
      g_assert_cmpstr (key, ==, "app.3");
    }
  test_program_stop (program);
}

static void
test_groups_without_workers (void)
{
  TestProgram *program = test_program_start (NULL, "--workers=0", NULL);
  g_autofree char *name = NULL;
  int pid;

  g_test_summary ("With workers=0 the process of the arbiter does the work");
  test_program_expect (program, "hook worker-start *");
  name = ask_who (program, "app/any", &pid);
  g_assert_cmpstr (name, ==, "app");
  g_assert_cmpint (pid, ==, test_program_get_pid (program));
  test_program_stop (program);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/groups/key-through-replacement", test_groups_key_through_replacement);
  g_test_add_func ("/groups/all", test_groups_all);
  g_test_add_func ("/groups/without-workers", test_groups_without_workers);
  return g_test_run ();
}
