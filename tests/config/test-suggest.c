/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test.h"

#include "pulsar-glib/config/pulsar-suggest-private.h"

static void
test_suggest (void)
{
  static const char * const candidates[] = {
    "workers", "timeout", "start-timeout", "graceful-timeout", "help", "help-all", "bind", "backlog", NULL,
  };
  static const struct
  {
    const char *word;
    const char *expected;
  } rows[] = {
    { "workers", "workers" },
    { "worker", "workers" },
    { "work", "workers" },
    { "w", "workers" },
    { "wrokers", "workers" },
    { "wokers", "workers" },
    { "workerss", "workers" },
    { "workres", "workers" },
    { "time", "timeout" },
    { "tiemout", "timeout" },
    { "start_timeout", "start-timeout" },
    { "gracful-timout", "graceful-timeout" },
    { "h", "help" },
    { "hlp", "help" },
    { "bnid", "bind" },
    { "b", "bind" },
    { "xyz", NULL },
    { "processes", NULL },
    { "", NULL },
    { "workers-workers-workers-workers-workers-workers-workers-workers-workers", NULL },
  };
  const char * const none[] = { "a-name-that-is-so-long-that-nobody-would-ever-write-it-on-a-command-line", NULL };

  g_test_summary ("The nearest name is found, and none is invented");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].word);
      g_assert_cmpstr (pulsar_suggest (rows[i].word, candidates), ==, rows[i].expected);
    }
  g_assert_null (pulsar_suggest ("a-name", none));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/suggest", test_suggest);

  return g_test_run ();
}
