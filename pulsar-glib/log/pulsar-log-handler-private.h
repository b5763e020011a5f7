/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pulsar-glib/log/pulsar-log-record-private.h"

G_BEGIN_DECLS

/* One place the log goes to, in one form: an element of the setting “log-handlers”. */
typedef struct _PulsarLogHandler PulsarLogHandler;

/* @text is one that was checked. @console_fd is lent. NULL for “none”. */
PulsarLogHandler *pulsar_log_handler_new      (const char             *text,
                                               int                     console_fd) G_GNUC_WARN_UNUSED_RESULT;
void              pulsar_log_handler_free     (PulsarLogHandler       *self);

/* Opens what has a name, also if it is open. Returns an errno, 0 for success. */
int               pulsar_log_handler_open     (PulsarLogHandler       *self);

/* The same question without an answer that lasts: nothing is made, and nothing stays open. */
int               pulsar_log_handler_check    (PulsarLogHandler       *self);

/* Why that fails, for people. */
const char       *pulsar_log_handler_explain  (PulsarLogHandler       *self,
                                               int                     error_number);

/* The open file of one that writes to a file: lent, -1 if there is none. */
int               pulsar_log_handler_get_fd   (PulsarLogHandler       *self);

/* Whether it writes to a file, and so may be given another one to write to. */
gboolean          pulsar_log_handler_is_file  (PulsarLogHandler       *self);
void              pulsar_log_handler_take_fd  (PulsarLogHandler       *self,
                                               int                     fd);

/* Writes the record, or counts it as lost; what was lost is told as soon as writing works again. Returns an errno. */
int               pulsar_log_handler_write    (PulsarLogHandler       *self,
                                               const PulsarLogRecord  *record);

/* Whether it is time to tell somebody else that lines are lost here: at most once a minute. Returns the text for it. */
char             *pulsar_log_handler_complain (PulsarLogHandler       *self);

/* As it is written in the setting. */
const char       *pulsar_log_handler_get_text (PulsarLogHandler       *self);

/* Whether it writes to the console. */
gboolean          pulsar_log_handler_is_console (PulsarLogHandler     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarLogHandler, pulsar_log_handler_free)

G_END_DECLS
