/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Iterates the thread-default main context until @expression holds. A test that waits longer than a minute is aborted
 * with the place it waits at; no test ever waits for a time to pass. */
#define pulsar_test_wait_for(expression)                                                       \
  G_STMT_START                                                                                 \
  {                                                                                            \
    g_autoptr(GSource) deadline_ = pulsar_test_deadline (#expression, __FILE__, __LINE__);     \
    while (!(expression))                                                                      \
      g_main_context_iteration (g_main_context_get_thread_default (), TRUE);                   \
    g_source_destroy (deadline_);                                                              \
  }                                                                                            \
  G_STMT_END

GSource *pulsar_test_deadline        (const char   *expression,
                                      const char   *file,
                                      int           line);

/* A GAsyncReadyCallback that stores a reference to the result in the GAsyncResult ** it gets as user data. */
void     pulsar_test_store_result_cb (GObject      *source,
                                      GAsyncResult *result,
                                      gpointer      user_data);

/* Whether valgrind or a sanitizer makes this program much slower than a user's: times mean nothing, sizes may be smaller. */
gboolean pulsar_test_is_slowed_down  (void);

/* The number of descriptors this process has open. */
guint    pulsar_test_count_fds       (void);

G_END_DECLS
