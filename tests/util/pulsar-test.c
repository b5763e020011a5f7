/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test.h"

#define DEADLINE_S 60

typedef struct
{
  const char *expression;
  const char *file;
  int line;
} Deadline;

static gboolean
deadline_expired_cb (gpointer user_data)
{
  Deadline *deadline = user_data;

  g_error ("%s:%d: waited %d s for: %s", deadline->file, deadline->line, DEADLINE_S, deadline->expression);
  return G_SOURCE_REMOVE;
}

GSource *
pulsar_test_deadline (const char *expression,
                      const char *file,
                      int         line)
{
  GSource *source = g_timeout_source_new_seconds (DEADLINE_S);
  Deadline *deadline = g_new0 (Deadline, 1);

  deadline->expression = expression;
  deadline->file = file;
  deadline->line = line;
  g_source_set_callback (source, deadline_expired_cb, deadline, g_free);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

void
pulsar_test_store_result_cb (GObject      *source,
                             GAsyncResult *result,
                             gpointer      user_data)
{
  GAsyncResult **store = user_data;

  g_assert_null (*store);
  *store = g_object_ref (result);
}

gboolean
pulsar_test_is_slowed_down (void)
{
  return g_getenv ("PULSAR_TEST_SETUP") != NULL;
}

guint
pulsar_test_count_fds (void)
{
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n_fds = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n_fds++;
  return n_fds - 1;  /* the one of the listing itself */
}
