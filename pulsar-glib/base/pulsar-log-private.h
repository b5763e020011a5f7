/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How bad an event at run time is: the syslog priorities. All of them are logged at message level and carry their
 * priority as a field, because g_warning() and g_critical() stand for errors of programmers. */
typedef enum
{
  PULSAR_LOG_ERROR = 3,
  PULSAR_LOG_WARNING = 4,
  PULSAR_LOG_NOTICE = 5,
  PULSAR_LOG_INFO = 6,
} PulsarLogPriority;

void pulsar_log          (PulsarLogPriority  priority,
                          const char        *format,
                          ...) G_GNUC_PRINTF (2, 3);

/* While a program is owned by pulsar_configurator_run(), its log is written for people: time, name, process, text. */
void pulsar_log_begin    (const char        *name);
void pulsar_log_end      (void);

G_END_DECLS
