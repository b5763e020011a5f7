/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app-log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app-actions.h"

#define N_THREADS 4

static void
log_one (const char *text)
{
  static const struct
  {
    const char *word;
    GLogLevelFlags level;
  } levels[] = {
    { "message", G_LOG_LEVEL_MESSAGE },
    { "info", G_LOG_LEVEL_INFO },
    { "debug", G_LOG_LEVEL_DEBUG },
  };
  g_auto(GStrv) parts = g_strsplit (text, ":", 3);

  for (gsize i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      if (g_str_equal (parts[0], levels[i].word))
        g_log (parts[1], levels[i].level, "%s", parts[2]);
    }
  app_say ("logged %d", (int) getpid ());
}

static gpointer
flood_thread (gpointer data)
{
  int n = GPOINTER_TO_INT (data);

  for (int i = 0; i < n; i++)
    g_log ("Flood", G_LOG_LEVEL_MESSAGE, "line %d of %d from %p", i, (int) getpid (), (gpointer) g_thread_self ());
  return NULL;
}

static gpointer
flood_from_threads (gpointer data)
{
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("flood", flood_thread, data);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  app_say ("flooded %d", (int) getpid ());
  return NULL;
}

static void
log_large (gsize size)
{
  g_autofree char *text = g_malloc (size + 1);

  memset (text, 'x', size);
  text[size] = '\0';
  g_log ("Large", G_LOG_LEVEL_MESSAGE, "%s", text);
}

/* What no writer of a program would send, but what a peer may have sent to it. */
static void
log_hostile (void)
{
  static const char bytes[] = "zero\0 \xff\xfe \xed\xa0\x80 \xc0\xaf line\nnext\r\x1b[2J\x07\"\\\x7f\xc2\x85\xe2\x80\xa8\xe2\x80\xae end";
  static const char key[] = "APP_\"\\\n\xff";
  static const int pointer = 7;
  const GLogField fields[] = {
    { "MESSAGE", bytes, sizeof bytes - 1 },
    { "PRIORITY", "5", -1 },
    { "GLIB_DOMAIN", "Hostile\n\xff\x1b", -1 },
    { "CODE_LINE", "1e5", -1 },
    { "APP_BYTES", bytes, sizeof bytes - 1 },
    { "APP_BYTES", "twice", -1 },
    { key, "key", -1 },
    { "APP_POINTER", &pointer, 0 },
    { "APP_NULL", NULL, -1 },
    { "PULSAR_ACTOR", "somebody-else", -1 },
  };
  const GLogField nothing[] = { { "APP_ONLY", "no message", -1 } };

  g_log_structured_array (G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS (fields));
  g_log_structured_array (G_LOG_LEVEL_MESSAGE, nothing, G_N_ELEMENTS (nothing));
}

gboolean
app_log_action (const char *action)
{
  const char *rest = strchr (action, ':');

  rest = rest == NULL ? "" : rest + 1;
  if (g_str_has_prefix (action, "log:"))
    log_one (rest);
  else if (g_str_has_prefix (action, "flood:"))
    flood_thread (GINT_TO_POINTER (atoi (rest)));
  else if (g_str_has_prefix (action, "threads:"))
    g_thread_unref (g_thread_new ("floods", flood_from_threads, GINT_TO_POINTER (atoi (rest))));
  else if (g_str_has_prefix (action, "large:"))
    log_large ((gsize) atol (rest));
  else if (g_str_equal (action, "hostile"))
    log_hostile ();
  else if (g_str_has_prefix (action, "print:"))
    {
      fprintf (stderr, "stderr %s\n", rest);
      printf ("stdout %s\n", rest);
      fflush (stdout);
    }
  else
    return FALSE;
  return TRUE;
}
