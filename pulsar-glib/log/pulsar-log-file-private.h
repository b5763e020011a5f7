/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A log file that all processes of the program append to. */
typedef struct _PulsarLogFile PulsarLogFile;

PulsarLogFile *pulsar_log_file_new    (const char    *path) G_GNUC_WARN_UNUSED_RESULT;
void           pulsar_log_file_free   (PulsarLogFile *self);

/* Opens the file by its name, also if it is open already; when that fails the one that is open stays. Returns an errno. */
int            pulsar_log_file_open   (PulsarLogFile *self);

/* Whether it could be opened now, without making a file that is not there. Returns an errno. */
int            pulsar_log_file_check  (PulsarLogFile *self);

/* The open file, or -1; lent. */
int            pulsar_log_file_get_fd (PulsarLogFile *self);

/* Writes to @fd from now on, which is owned. */
void           pulsar_log_file_take   (PulsarLogFile *self,
                                       int            fd);

/* Writes a whole line. Returns an errno; 0 for success. A file that was deleted, or could not be opened, is opened again. */
int            pulsar_log_file_write  (PulsarLogFile *self,
                                       const char    *line,
                                       gsize          length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarLogFile, pulsar_log_file_free)

G_END_DECLS
