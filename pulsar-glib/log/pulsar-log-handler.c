/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/log/pulsar-log-handler-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/log/pulsar-log-file-private.h"
#include "pulsar-glib/log/pulsar-log-journal-private.h"
#include "pulsar-glib/log/pulsar-log-json-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/log/pulsar-log-stream-private.h"
#include "pulsar-glib/log/pulsar-log-text-private.h"

#define COMPLAINT_PERIOD_US (60 * G_USEC_PER_SEC)

/* Exactly one of the three is set. */
struct _PulsarLogHandler
{
  char *text;                 /* (owned) */
  PulsarLogStream *stream;    /* (owned) (nullable) */
  PulsarLogFile *file;        /* (owned) (nullable) */
  PulsarLogJournal *journal;  /* (owned) (nullable) */
  gboolean is_json;
  guint n_lost;               /* records since the last one that was written */
  int lost_errno;             /* why */
  gint64 complain_us;         /* when to complain again */
};

typedef enum
{
  KIND_AUTO,
  KIND_CONSOLE,
  KIND_JOURNAL,
  KIND_JSON,
  KIND_FILE,
  KIND_JSON_FILE,
  KIND_NONE,
} Kind;

/* Reads a handler; @path is what follows the colon, if one does. */
static gboolean
parse (const char  *text,
       Kind        *kind,
       const char **path)
{
  static const struct
  {
    const char *word;
    Kind kind;
  } words[] = {
    { "auto", KIND_AUTO },       { "console", KIND_CONSOLE }, { "journal", KIND_JOURNAL }, { "json", KIND_JSON },
    { "file:", KIND_FILE },      { "json:", KIND_JSON_FILE }, { "none", KIND_NONE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gboolean has_path = g_str_has_suffix (words[i].word, ":");

      if (has_path && g_str_has_prefix (text, words[i].word))
        {
          *path = text + strlen (words[i].word);
          *kind = words[i].kind;
          return **path != '\0';
        }
      if (!has_path && g_str_equal (text, words[i].word))
        {
          *path = NULL;
          *kind = words[i].kind;
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
pulsar_log_check_handlers (const char * const  *texts,
                           GError             **error)
{
  for (gsize i = 0; texts[i] != NULL; i++)
    {
      Kind kind;
      const char *path;

      if (!parse (texts[i], &kind, &path))
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                       _("“%s” is no place for a log; there are auto, console, journal, json, json:PATH, file:PATH and none"), texts[i]);
          return FALSE;
        }
      if (kind == KIND_NONE && texts[1] != NULL)
        {
          g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, _("“none” stands alone or not at all"));
          return FALSE;
        }
    }
  return TRUE;
}

char **
pulsar_log_resolve_handlers (const char * const *texts)
{
  g_autoptr(GPtrArray) resolved = g_ptr_array_new ();

  for (gsize i = 0; texts[i] != NULL; i++)
    {
      const char *path = NULL;
      Kind kind;

      if (parse (texts[i], &kind, &path) && path != NULL)
        {
          g_autofree char *absolute = g_canonicalize_filename (path, NULL);

          g_ptr_array_add (resolved, g_strconcat (kind == KIND_FILE ? "file:" : "json:", absolute, NULL));
        }
      else
        {
          g_ptr_array_add (resolved, g_strdup (texts[i]));
        }
    }
  g_ptr_array_add (resolved, NULL);
  return (char **) g_ptr_array_steal (resolved, NULL);
}

PulsarLogHandler *
pulsar_log_handler_new (const char *text,
                        int         console_fd)
{
  PulsarLogHandler *self;
  const char *path = NULL;
  Kind kind;

  if (!parse (text, &kind, &path) || kind == KIND_NONE)
    return NULL;
  if (kind == KIND_AUTO)
    kind = pulsar_log_stream_is_journal (console_fd) ? KIND_JOURNAL : KIND_CONSOLE;

  self = g_new0 (PulsarLogHandler, 1);
  self->text = g_strdup (text);
  self->is_json = kind == KIND_JSON || kind == KIND_JSON_FILE;
  if (kind == KIND_JOURNAL)
    self->journal = pulsar_log_journal_new ();
  else if (path != NULL)
    self->file = pulsar_log_file_new (path);
  else
    self->stream = pulsar_log_stream_new (console_fd);
  return self;
}

void
pulsar_log_handler_free (PulsarLogHandler *self)
{
  g_clear_pointer (&self->stream, pulsar_log_stream_free);
  g_clear_pointer (&self->file, pulsar_log_file_free);
  g_clear_pointer (&self->journal, pulsar_log_journal_free);
  g_free (self->text);
  g_free (self);
}

int
pulsar_log_handler_open (PulsarLogHandler *self)
{
  if (self->file != NULL)
    return pulsar_log_file_open (self->file);
  return self->journal != NULL ? pulsar_log_journal_open (self->journal) : 0;
}

int
pulsar_log_handler_check (PulsarLogHandler *self)
{
  return self->file != NULL ? pulsar_log_file_check (self->file) : pulsar_log_handler_open (self);
}

const char *
pulsar_log_handler_explain (PulsarLogHandler *self,
                            int               error_number)
{
  if (self->journal != NULL && (error_number == ENOENT || error_number == ECONNREFUSED))
    return _("the journal of systemd does not run here; “console” and “file:PATH” need nothing else");
  return g_strerror (error_number);
}

int
pulsar_log_handler_get_fd (PulsarLogHandler *self)
{
  return self->file != NULL ? pulsar_log_file_get_fd (self->file) : -1;
}

gboolean
pulsar_log_handler_is_file (PulsarLogHandler *self)
{
  return self->file != NULL;
}

void
pulsar_log_handler_take_fd (PulsarLogHandler *self,
                            int               fd)
{
  pulsar_log_file_take (self->file, fd);
}

static PulsarLogTextFlags
get_text_flags (PulsarLogHandler *self)
{
  if (self->file != NULL)
    return PULSAR_LOG_TEXT_FULL_TIME;
  return pulsar_log_stream_has_color (self->stream) ? PULSAR_LOG_TEXT_COLOR : PULSAR_LOG_TEXT_PLAIN;
}

static int
write_record (PulsarLogHandler      *self,
              const PulsarLogRecord *record)
{
  GString *line;
  int result;

  if (self->journal != NULL)
    return pulsar_log_journal_write (self->journal, record);

  line = g_string_sized_new (256);
  if (self->is_json)
    pulsar_log_json_append (line, record);
  else
    pulsar_log_text_append (line, record, get_text_flags (self));
  result = self->file != NULL ? pulsar_log_file_write (self->file, line->str, line->len)
                              : pulsar_log_stream_write (self->stream, line->str, line->len);
  g_string_free (line, TRUE);
  return result;
}

static const char *
describe (int error_number)
{
  return error_number == EAGAIN ? _("nobody reads them") : g_strerror (error_number);
}

static int
write_note (PulsarLogHandler        *self,
            const PulsarLogIdentity *identity)
{
  g_autofree char *text = NULL;
  const GLogField fields[] = {
    { "MESSAGE", NULL, -1 },
    { "PRIORITY", "4", -1 },
    { "GLIB_DOMAIN", "Pulsar", -1 },
  };
  GLogField filled[G_N_ELEMENTS (fields)];
  g_auto(PulsarLogRecord) note = { NULL };

  text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u line of the log was lost here: %s",
                                       "%u lines of the log were lost here: %s", self->n_lost),
                          self->n_lost, describe (self->lost_errno));
  memcpy (filled, fields, sizeof fields);
  filled[0].value = text;
  pulsar_log_record_init (&note, identity, G_LOG_LEVEL_MESSAGE, filled, G_N_ELEMENTS (filled));
  return write_record (self, &note);
}

int
pulsar_log_handler_write (PulsarLogHandler      *self,
                          const PulsarLogRecord *record)
{
  int result = self->n_lost > 0 ? write_note (self, record->identity) : 0;

  if (result == 0)
    {
      self->n_lost = 0;
      result = write_record (self, record);
    }
  if (result != 0)
    {
      self->n_lost += self->n_lost < G_MAXUINT;
      self->lost_errno = result;
    }
  return result;
}

char *
pulsar_log_handler_complain (PulsarLogHandler *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->n_lost == 0 || now_us < self->complain_us)
    return NULL;

  self->complain_us = now_us + COMPLAINT_PERIOD_US;
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u line of the log was lost in “%s”: %s",
                                       "%u lines of the log were lost in “%s”: %s", self->n_lost),
                          self->n_lost, self->text, describe (self->lost_errno));
}

const char *
pulsar_log_handler_get_text (PulsarLogHandler *self)
{
  return self->text;
}

gboolean
pulsar_log_handler_is_console (PulsarLogHandler *self)
{
  return self->stream != NULL;
}
