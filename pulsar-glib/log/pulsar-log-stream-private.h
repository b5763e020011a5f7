/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A descriptor that other processes write to as well, such as the standard error: lines are written to it without ever
 * waiting for a reader longer than a moment. */
typedef struct _PulsarLogStream PulsarLogStream;

/* @fd is lent. What it leads to may change while we write. */
PulsarLogStream *pulsar_log_stream_new         (int              fd) G_GNUC_WARN_UNUSED_RESULT;
void             pulsar_log_stream_free        (PulsarLogStream *self);

/* Writes a whole line. Returns an errno, EAGAIN if nobody reads; 0 for success. */
int              pulsar_log_stream_write       (PulsarLogStream *self,
                                                const char      *line,
                                                gsize            length);

/* Whether a person looks at it who sees colours. */
gboolean         pulsar_log_stream_has_color   (PulsarLogStream *self);

/* Whether systemd connected @fd with the journal. */
gboolean         pulsar_log_stream_is_journal  (int              fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarLogStream, pulsar_log_stream_free)

G_END_DECLS
