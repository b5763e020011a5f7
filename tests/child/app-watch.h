/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/pulsar.h>

G_BEGIN_DECLS

/* The command “watch-one (s)”, which is answered when that actor is gone, and “watch-many (su)”. */
void     app_watch_register_commands (void);

/* “watch TAG TARGET”, “deaths N”. Returns whether it was one of these. */
gboolean app_watch_execute           (char **words);

G_END_DECLS
