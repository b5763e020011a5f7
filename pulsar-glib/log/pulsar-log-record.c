/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/log/pulsar-log-record-private.h"

#include <string.h>

#define PRIORITY_NOTICE 5

void
pulsar_log_identity_clear (PulsarLogIdentity *self)
{
  g_clear_pointer (&self->program, g_free);
  g_clear_pointer (&self->application, g_free);
  g_clear_pointer (&self->actor, g_free);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->exc_id, g_free);
}

static const GLogField *
find_field (const GLogField *fields,
            gsize            n_fields,
            const char      *key)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (strcmp (fields[i].key, key) == 0)
        return &fields[i];
    }
  return NULL;
}

/* GLib puts one in front that follows from the level; if the program gave another, that counts. */
static const char *
find_priority (const PulsarLogRecord *self)
{
  for (gsize i = self->n_fields; i > 0; i--)
    {
      const GLogField *field = &self->fields[i - 1];

      if (strcmp (field->key, "PRIORITY") == 0 && field->length < 0)
        return field->value;
    }
  return NULL;
}

static int
get_priority (const PulsarLogRecord *self,
              GLogLevelFlags         level)
{
  const char *text = find_priority (self);

  if (text != NULL && text[0] >= '0' && text[0] <= '7' && text[1] == '\0')
    return text[0] - '0';
  if ((level & G_LOG_LEVEL_ERROR) != 0)
    return 3;
  if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0)
    return 4;
  if ((level & G_LOG_LEVEL_INFO) != 0)
    return 6;
  if ((level & G_LOG_LEVEL_DEBUG) != 0)
    return 7;
  return PRIORITY_NOTICE;
}

/* GLib gives its criticals the priority of a warning; whoever reads the log knows them by their name. */
static const char *
get_level (GLogLevelFlags level,
           int            priority)
{
  static const char *const words[] = { "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug" };

  return (level & G_LOG_LEVEL_CRITICAL) != 0 ? words[2] : words[priority];
}

gboolean
pulsar_log_field_get_text (const GLogField  *field,
                           const char      **text,
                           gsize            *length)
{
  /* A length of 0 is a value for the writer of the program, if it has one. */
  if (field->value == NULL || field->length == 0)
    return FALSE;

  *text = field->value;
  *length = field->length < 0 ? strlen (field->value) : (gsize) field->length;
  return TRUE;
}

void
pulsar_log_record_init (PulsarLogRecord         *self,
                        const PulsarLogIdentity *identity,
                        GLogLevelFlags           level,
                        const GLogField         *fields,
                        gsize                    n_fields)
{
  const GLogField *message = find_field (fields, n_fields, "MESSAGE");
  const char *text = "(no message)";
  gsize length = strlen (text);

  self->identity = identity;
  self->fields = fields;
  self->n_fields = n_fields;
  self->time_us = g_get_real_time ();
  self->priority = get_priority (self, level);
  self->level = get_level (level, self->priority);
  self->domain = pulsar_log_record_find (self, "GLIB_DOMAIN");
  if (message != NULL)
    pulsar_log_field_get_text (message, &text, &length);
  self->message = g_utf8_make_valid (text, (gssize) length);
}

void
pulsar_log_record_clear (PulsarLogRecord *self)
{
  g_clear_pointer (&self->message, g_free);
}

const char *
pulsar_log_record_find (const PulsarLogRecord *self,
                        const char            *key)
{
  const GLogField *field = find_field (self->fields, self->n_fields, key);

  return field != NULL && field->length < 0 ? field->value : NULL;
}

gboolean
pulsar_log_record_is_known (const char *key)
{
  static const char *const known[] = {
    "GLIB_DOMAIN", "GLIB_OLD_LOG_API", "MESSAGE", "PRIORITY", "PULSAR_ACTOR", "PULSAR_APPLICATION", "PULSAR_EXC_ID", "PULSAR_ID", NULL,
  };

  return g_strv_contains (known, key);
}
