/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-option-table-private.h>

G_BEGIN_DECLS

/* A JSON Schema (draft 2020-12) of the configuration as an object of groups, which are objects of settings. */
char *pulsar_config_schema (PulsarOptionTable *table,
                            const char        *program,
                            const char        *description) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
