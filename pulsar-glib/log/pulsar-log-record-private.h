/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who this process is; the same for all its records. */
typedef struct
{
  char *program;      /* (owned) */
  char *application;  /* (owned) (nullable) */
  char *actor;        /* (owned) */
  char *id;           /* (owned) (nullable) */
  char *exc_id;       /* (owned) (nullable) */
  int pid;
} PulsarLogIdentity;

void pulsar_log_identity_clear (PulsarLogIdentity *self);

/* One message, for as long as it is written. */
typedef struct
{
  const PulsarLogIdentity *identity;
  const GLogField *fields;   /* all of them, as they came */
  gsize n_fields;
  gint64 time_us;            /* since 1970 */
  int priority;              /* 0 to 7 */
  const char *level;         /* the word for it */
  const char *domain;        /* (nullable) */
  char *message;             /* (owned) valid UTF-8 */
} PulsarLogRecord;

void        pulsar_log_record_init       (PulsarLogRecord         *self,
                                          const PulsarLogIdentity *identity,
                                          GLogLevelFlags           level,
                                          const GLogField         *fields,
                                          gsize                    n_fields);
void        pulsar_log_record_clear      (PulsarLogRecord         *self);

/* The text of a field, or NULL if there is none of that name or it is no text. */
const char *pulsar_log_record_find       (const PulsarLogRecord   *self,
                                          const char              *key);

/* What is part of the record already, or means nothing outside GLib: not to be written with the other fields. */
gboolean    pulsar_log_record_is_known   (const char              *key);

/* The value of a field as text; FALSE if it is a pointer that only the program understands. */
gboolean    pulsar_log_field_get_text    (const GLogField         *field,
                                          const char             **text,
                                          gsize                   *length);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PulsarLogRecord, pulsar_log_record_clear)

G_END_DECLS
