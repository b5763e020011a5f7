/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-test.h"

/* Standard error as a pipe. */
typedef struct
{
  int reader;
  int writer;
  int saved;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  const PulsarLogOptions options = { .program = "program", .actor = "test", .console_fd = -1 };
  int ends[2];

  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  fixture->reader = ends[0];
  fixture->writer = ends[1];
  fixture->saved = fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  g_assert_no_errno (dup2 (ends[1], STDERR_FILENO));
  g_assert_no_errno (fcntl (ends[0], F_SETFL, O_NONBLOCK));
  pulsar_log_begin (&options, NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  pulsar_log_end ();
  g_assert_no_errno (dup2 (fixture->saved, STDERR_FILENO));
  close (fixture->saved);
  close (fixture->reader);
  close (fixture->writer);
}

static void
fill (Fixture *fixture)
{
  static const char bytes[4096] = { 0 };

  g_assert_no_errno (fcntl (fixture->writer, F_SETFL, O_NONBLOCK));
  while (write (fixture->writer, bytes, sizeof bytes) > 0)
    { /* until it is full */ }
  g_assert_no_errno (fcntl (fixture->writer, F_SETFL, 0));
}

/* What is there, without what fill () put there. */
static char *
read_lines (Fixture *fixture)
{
  GString *text = g_string_new (NULL);
  char bytes[4096];
  gssize n;

  while ((n = read (fixture->reader, bytes, sizeof bytes)) > 0)
    {
      for (gssize i = 0; i < n; i++)
        {
          if (bytes[i] != '\0')
            g_string_append_c (text, bytes[i]);
        }
    }
  return g_string_free (text, FALSE);
}

static void
assert_lines (Fixture    *fixture,
              const char *first,
              const char *second)
{
  g_autofree char *text = read_lines (fixture);
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, second == NULL ? 2 : 3);
  g_assert_true (g_str_has_suffix (lines[0], first));
  if (second != NULL)
    g_assert_true (g_str_has_suffix (lines[1], second));
}

static void
test_log_lines (Fixture       *fixture,
                gconstpointer  data)
{
  g_test_summary ("A line tells the program, its process and the priority");
  pulsar_log (PULSAR_LOG_NOTICE, "ready “%d”", 1);
  assert_lines (fixture, "notice: ready “1”", NULL);
  pulsar_log (PULSAR_LOG_ERROR, "failed");
  assert_lines (fixture, "error: failed", NULL);
}

static void
test_log_not_read (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *nothing = NULL;

  g_test_summary ("What nobody reads does not keep the program waiting, and is counted");
  fill (fixture);
  for (guint i = 0; i < 1000; i++)
    pulsar_log (PULSAR_LOG_NOTICE, "one of many");
  nothing = read_lines (fixture);
  g_assert_cmpstr (nothing, ==, "");

  pulsar_log (PULSAR_LOG_NOTICE, "there again");
  assert_lines (fixture, "warning: 1000 lines of the log were lost here: nobody reads them", "notice: there again");
  fill (fixture);
  pulsar_log (PULSAR_LOG_NOTICE, "lost");
  g_free (read_lines (fixture));
  pulsar_log (PULSAR_LOG_NOTICE, "there again");
  assert_lines (fixture, "warning: 1 line of the log was lost here: nobody reads them", "notice: there again");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add ("/log/lines", Fixture, NULL, set_up, test_log_lines, tear_down);
  g_test_add ("/log/not-read", Fixture, NULL, set_up, test_log_not_read, tear_down);
  return g_test_run ();
}
