/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-option-table-private.h>

G_BEGIN_DECLS

/* The text of --help, --help-all or --help-<prefix>, for a terminal of @n_columns. @program, @description and @epilog may
 * be NULL. */
char *pulsar_help_format         (PulsarOptionTable  *table,
                                  const PulsarOption *shown,
                                  const char         *program,
                                  const char         *description,
                                  const char         *epilog,
                                  guint               n_columns) G_GNUC_WARN_UNUSED_RESULT;

/* The width of the terminal behind the standard output, or 80. */
guint pulsar_help_get_n_columns  (void);

G_END_DECLS
