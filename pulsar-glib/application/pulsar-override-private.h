/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/application/pulsar-override.h>

G_BEGIN_DECLS

/* Says once if this program is run by an interpreter whose override of this library is not there. */
void pulsar_override_check (void);

G_END_DECLS
