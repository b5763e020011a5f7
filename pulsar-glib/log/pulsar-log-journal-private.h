/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/log/pulsar-log-record-private.h"

G_BEGIN_DECLS

/* The journal of systemd, by its native protocol. */
typedef struct _PulsarLogJournal PulsarLogJournal;

PulsarLogJournal *pulsar_log_journal_new   (void) G_GNUC_WARN_UNUSED_RESULT;
void              pulsar_log_journal_free  (PulsarLogJournal      *self);

/* Returns an errno, 0 if the journal is there. */
int               pulsar_log_journal_open  (PulsarLogJournal      *self);

/* Returns an errno, EAGAIN if it does not read; 0 for success. */
int               pulsar_log_journal_write (PulsarLogJournal      *self,
                                            const PulsarLogRecord *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarLogJournal, pulsar_log_journal_free)

G_END_DECLS
