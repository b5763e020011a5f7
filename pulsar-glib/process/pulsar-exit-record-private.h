/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/process/pulsar-exit-record.h>

G_BEGIN_DECLS

/* @code is -1 and @signal_number is 0 where they do not apply. */
PulsarExitRecord *pulsar_exit_record_new (int              pid,
                                          gint64           started,
                                          gint64           ended,
                                          PulsarExitReason reason,
                                          int              code,
                                          int              signal_number,
                                          gboolean         core_dumped) G_GNUC_WARN_UNUSED_RESULT;

/* How a record travels: pid, started, ended, reason, code, signal, core dump, last lines. What the arbiter did not say is made to something possible. */
#define PULSAR_EXIT_RECORD_VARIANT_TYPE "(ixxiiibas)"

GVariant         *pulsar_exit_record_to_variant       (PulsarExitRecord *self);  /* floating */
PulsarExitRecord *pulsar_exit_record_new_from_variant (GVariant         *value) G_GNUC_WARN_UNUSED_RESULT;

/* Before anybody has seen the record; takes @lines, which may be NULL. */
void              pulsar_exit_record_take_last_lines (PulsarExitRecord *self,
                                                      char            **lines);

G_END_DECLS
