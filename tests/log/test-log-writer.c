/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <glib/gstdio.h>
#include <string.h>

#include "pulsar-glib/log/pulsar-log-private.h"

#define N_THREADS 4
#define N_LINES 300

static void
begin (const char *handler)
{
  const char *const handlers[] = { handler, NULL };
  const PulsarLogOptions options = { .program = "program", .actor = "test", .handlers = handlers, .console_fd = -1 };
  g_autoptr(GError) error = NULL;

  g_assert_true (pulsar_log_begin (&options, &error));
  g_assert_no_error (error);
}

static void
test_writer_restored (void)
{
  g_test_summary ("After each end GLib writes the log in its own form again");
  if (g_test_subprocess ())
    {
      for (guint i = 0; i < 2; i++)
        {
          g_message ("outside %u", i);
          begin ("console");
          g_message ("inside %u", i);
          g_log_structured ("Shop", G_LOG_LEVEL_MESSAGE, "MESSAGE", "structured %u", i);
          pulsar_log_end ();
        }
      g_message ("outside 2");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *outside = g_strdup_printf ("*Pulsar-Test-Message: * outside %u\n*", i);
      g_autofree char *inside = g_strdup_printf ("* test?*? notice: Pulsar-Test: inside %u\n*", i);
      g_autofree char *structured = g_strdup_printf ("* test?*? notice: Shop: structured %u\n*", i);

      g_test_trap_assert_stderr (outside);
      g_test_trap_assert_stderr (inside);
      g_test_trap_assert_stderr (structured);
    }
  g_test_trap_assert_stderr ("*Pulsar-Test-Message: * outside 2\n*");
}

static GLogWriterOutput
own_writer (GLogLevelFlags   level,
            const GLogField *fields,
            gsize            n_fields,
            gpointer         user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (strcmp (fields[i].key, "MESSAGE") == 0)
        g_printerr ("own: %s\n", (const char *) fields[i].value);
    }
  return G_LOG_WRITER_HANDLED;
}

static void
test_writer_own (void)
{
  g_test_summary ("A program that writes its log itself keeps its writer, and does not end because of that");
  if (g_test_subprocess ())
    {
      g_log_set_writer_func (own_writer, NULL, NULL);
      for (guint i = 0; i < 2; i++)
        {
          begin ("console");
          g_message ("inside %u", i);
          pulsar_log (PULSAR_LOG_NOTICE, "of the library %u", i);
          pulsar_log_set_levels (NULL, TRUE);
          pulsar_log_reopen ();
          pulsar_log_end ();
        }
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*own: inside 0\nown: of the library 0\n*own: inside 1\nown: of the library 1\n*");
  g_test_trap_assert_stderr_unmatched ("*notice*");
}

static void
test_writer_fatal (void)
{
  g_test_summary ("What is fatal for structured messages stays so, after it was written");
  if (g_test_subprocess ())
    {
      g_log_set_always_fatal (G_LOG_LEVEL_WARNING | G_LOG_FATAL_MASK);
      begin ("console");
      g_log_structured ("Shop", G_LOG_LEVEL_WARNING, "MESSAGE", "on fire");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("* warning: Shop: on fire\n*");
}

static gpointer
log_thread (gpointer data)
{
  for (guint i = 0; i < N_LINES; i++)
    {
      g_log_structured ("Shop", G_LOG_LEVEL_MESSAGE, "MESSAGE", "line %u", i);
      g_log ("Shop-Till", G_LOG_LEVEL_DEBUG, "line %u", i);
    }
  return NULL;
}

static void
test_writer_threads (void)
{
  static const char *const levels[] = { "Shop:debug", NULL };
  g_autofree char *folder = g_dir_make_tmp ("log-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "log", NULL);
  g_autofree char *handler = g_strconcat ("json:", path, NULL);
  g_autofree char *text = NULL;
  GThread *threads[N_THREADS];

  g_test_summary ("Threads log while the levels change and the files are opened again");
  begin (handler);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("log", log_thread, NULL);
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr(GUnixFDList) files = NULL;

      pulsar_log_set_levels (levels, i % 2 == 0);
      pulsar_log_reopen ();
      files = pulsar_log_dup_files ();
      pulsar_log_take_files (files);
    }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  pulsar_log_end ();

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  for (guint i = 0; i < N_LINES; i++)
    {
      g_autofree char *message = g_strdup_printf ("\"domain\":\"Shop\",\"message\":\"line %u\"}\n", i);
      guint n = 0;

      for (const char *at = text; (at = strstr (at, message)) != NULL; at++)
        n++;
      g_assert_cmpuint (n, ==, N_THREADS);
    }
  g_assert_no_errno (g_unlink (path));
  g_assert_no_errno (g_rmdir (folder));
}

static void
test_writer_cannot_open (void)
{
  static const char *const handlers[] = { "console", "file:/nonexistent/log", NULL };
  const PulsarLogOptions options = { .program = "program", .actor = "test", .handlers = handlers, .console_fd = -1 };
  g_autoptr(GError) error = NULL;

  g_test_summary ("What cannot be opened is an error before anything is taken over, and none for who does not ask");
  g_assert_false (pulsar_log_begin (&options, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "“file:/nonexistent/log”"));
  g_assert_true (pulsar_log_begin (&options, NULL));
  pulsar_log_end ();
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/log-writer/restored", test_writer_restored);
  g_test_add_func ("/log-writer/own", test_writer_own);
  g_test_add_func ("/log-writer/fatal", test_writer_fatal);
  g_test_add_func ("/log-writer/threads", test_writer_threads);
  g_test_add_func ("/log-writer/cannot-open", test_writer_cannot_open);
  return g_test_run ();
}
