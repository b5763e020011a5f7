/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The file that says which process a program is, held by a lock for as long as that one runs. */
typedef struct _PulsarPidFile PulsarPidFile;

/* Makes the file, with the pid of this process, or takes the place of one that nobody holds. A relative @path belongs to the
 * directory the program was started in. The error is PULSAR_ERROR_PID_FILE, and nothing has changed then. */
PulsarPidFile *pulsar_pid_file_open  (const char     *path,
                                      GError        **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether an open would find what it needs. That another process holds the file is no error: it is the program that runs. */
gboolean       pulsar_pid_file_check (const char     *path,
                                      GError        **error);

/* Removes the file if it is ours still, and lets go of it. */
void           pulsar_pid_file_free  (PulsarPidFile  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarPidFile, pulsar_pid_file_free)

G_END_DECLS
