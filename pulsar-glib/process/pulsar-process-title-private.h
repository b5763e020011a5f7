/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What ps and top call this process: “NAME: ROLE” as its command line, and @comm, of which the kernel keeps 15 bytes, as its
 * name. Where that cannot be done it keeps what it had. Call it on the main thread. */
void pulsar_process_title_set     (const char *name,
                                   const char *role,
                                   const char *comm);

/* As it was before the first call. */
void pulsar_process_title_restore (void);

G_END_DECLS
