/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/application/pulsar-application.h>

G_BEGIN_DECLS

/* The applications in the order of their start: each after those its setting `after` names, and otherwise in the order they have. Names
 * are those of the applications, or their prefixes; one that runs in the arbiter already needs no waiting for.
 * PULSAR_ERROR_CONFIGURATION for a name that nobody bears, and for applications that wait for each other. */
GPtrArray *pulsar_start_order_sort   (GPtrArray          *applications,
                                      GError            **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether @application, one of @applications, is to start after @other, directly. */
gboolean   pulsar_start_order_has    (GPtrArray          *applications,
                                      PulsarApplication  *application,
                                      PulsarApplication  *other);

G_END_DECLS
