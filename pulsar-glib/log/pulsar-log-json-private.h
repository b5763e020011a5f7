/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/log/pulsar-log-record-private.h"

G_BEGIN_DECLS

/* Appends the record as one JSON object on one line, with its end. */
void pulsar_log_json_append (GString               *line,
                             const PulsarLogRecord *record);

G_END_DECLS
