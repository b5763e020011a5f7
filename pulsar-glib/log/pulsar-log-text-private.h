/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/log/pulsar-log-record-private.h"

G_BEGIN_DECLS

typedef enum
{
  PULSAR_LOG_TEXT_PLAIN = 0,
  PULSAR_LOG_TEXT_COLOR = 1 << 0,      /* for a terminal */
  PULSAR_LOG_TEXT_FULL_TIME = 1 << 1,  /* for a file, which is read some other day */
} PulsarLogTextFlags;

/* Appends the record as one line for people, with its end. A message of several lines goes on in lines that begin with
 * space, which no record does; characters that control a terminal are shown instead of obeyed. */
void pulsar_log_text_append (GString               *line,
                             const PulsarLogRecord *record,
                             PulsarLogTextFlags     flags);

/* Appends what may come from anywhere, such as an error that quotes a key file: lines stay lines, but nothing controls the terminal. */
void pulsar_log_text_append_lines (GString    *line,
                                   const char *text);

G_END_DECLS
