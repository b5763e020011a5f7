/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-option-table-private.h>

G_BEGIN_DECLS

/* The effective values as a key file, each with its origin in a comment. Read again it gives the same: what is not modified
 * stands in it as a comment, and so does a secret unless @show_secrets. */
char *pulsar_config_print (PulsarOptionTable *table,
                           const char        *program,
                           gboolean           show_secrets) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
