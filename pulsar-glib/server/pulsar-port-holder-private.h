/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Words that say who listens on a TCP address, such as “nginx”, process 123. NULL if it cannot be found. Searches /proc,
 * so it is for error messages only. */
char *pulsar_port_holder_describe (GInetSocketAddress *address);

G_END_DECLS
