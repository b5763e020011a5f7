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

G_END_DECLS
