/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Words that say who has a TCP address (@type stream) or a UDP address (datagram), such as “nginx”, process 123. NULL if it cannot be found. Searches /proc,
 * so it is for error messages only. */
char *pulsar_port_holder_describe (GInetSocketAddress *address,
                                   GSocketType         type);

/* The same for a unix socket; @name is its path, or its abstract name behind an “@”. */
char *pulsar_port_holder_describe_unix (const char *name);

G_END_DECLS
