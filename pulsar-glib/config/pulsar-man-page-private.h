/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-option-table-private.h>

G_BEGIN_DECLS

/* A manual page for section 1: what the program does, its options, environment, exit statuses. The texts may be NULL. */
char *pulsar_man_page_format (PulsarOptionTable *table,
                              const char        *command,
                              const char        *description,
                              const char        *epilog,
                              const char        *version) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
