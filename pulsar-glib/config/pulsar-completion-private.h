/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-option-table-private.h>

G_BEGIN_DECLS

/* The shells there is a script for, NULL at the end. */
const char * const *pulsar_completion_get_shells (void);

/* A script that completes the options of @command; @shell is one of those. */
char               *pulsar_completion_format     (PulsarOptionTable  *table,
                                                  const char         *shell,
                                                  const char         *command) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
