/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Before the start, by a process whose standard output and standard error are pipes to its supervisor: they do not break when that is
 * gone, and what is written into them then is read and thrown away. */
void     pulsar_lifeline_hold_output (void);

/* Watches @mailbox_fd for hang-up from a thread of its own and kills the process @orphan_timeout_ms after it, whatever
 * the main thread does meanwhile. The descriptor stays the caller's and must be open until pulsar_lifeline_stop ().
 * There is one lifeline in a process; starting a second one is a programmer error. If no thread can be made, the
 * process has none: a message says so, and end of file and the death signal remain. */
void     pulsar_lifeline_start       (int   mailbox_fd,
                                      guint orphan_timeout_ms);

/* Counts from the hang-up, also if that has been already. */
void     pulsar_lifeline_set_timeout (guint orphan_timeout_ms);

/* Sets the thread's own death signal again; see pulsar_identity_renew (). */
void     pulsar_lifeline_renew       (void);

/* Ends the thread; when this returns it does not hold the descriptor any more. Without a lifeline, does nothing. */
void     pulsar_lifeline_stop        (void);

/* Whether the lifeline saw the arbiter go. */
gboolean pulsar_lifeline_is_orphaned (void);

G_END_DECLS
