/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

PULSAR_AVAILABLE_IN_ALL
void pulsar_override_register (const char *language);

G_END_DECLS
