/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/application/pulsar-application.h>

G_BEGIN_DECLS

/* Whether these applications, the main one first, could start with their configurations, as far as that can be told without starting
 * anything: no address is bound, no hook runs and no file is made. PULSAR_ERROR_CONFIGURATION, with a line for each mistake. */
gboolean pulsar_start_check        (GPtrArray  *applications,
                                    GError    **error);

/* The part of it that compares applications of one program with each other. */
gboolean pulsar_start_check_beside (GPtrArray  *applications,
                                    GError    **error);

G_END_DECLS
