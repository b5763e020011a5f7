/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Sets of processors are arrays of guint in rising order, each number once. */

/* A list as the kernel writes it, “0-3,8”. Fails with PULSAR_ERROR_CONFIGURATION. */
GArray  *pulsar_processors_parse        (const char    *text,
                                         GError       **error) G_GNUC_WARN_UNUSED_RESULT;
char    *pulsar_processors_to_string    (GArray        *processors);

/* Those this process may run on, which are not those of the machine, as g_get_num_processors () counts them. */
GArray  *pulsar_processors_list_allowed (void) G_GNUC_WARN_UNUSED_RESULT;

/* From now on the thread runs on these only. Returns an errno, 0 for success. */
int      pulsar_processors_bind         (int            thread,
                                         const guint   *processors,
                                         gsize          n_processors);

G_END_DECLS
