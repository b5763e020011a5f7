/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/log/pulsar-log-json-private.h"

#include <string.h>

/* Any bytes become a JSON string: what is no UTF-8 is replaced, and all that could end the line, or that a reader takes for
 * the end of one, is escaped. */
static void
append_string (GString    *line,
               const char *bytes,
               gsize       length)
{
  gsize done = 0;

  g_string_append_c (line, '"');
  while (done < length)
    {
      /* make_valid () stops at a NUL only if it is not told the length; then it replaces it, which is not the same. */
      gsize piece = strnlen (bytes + done, length - done);
      g_autofree char *text = g_utf8_make_valid (bytes + done, (gssize) piece);

      for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
        {
          gunichar c = g_utf8_get_char (at);

          if (c == '"' || c == '\\')
            g_string_append_printf (line, "\\%c", (int) c);
          else if (c == '\n')
            g_string_append (line, "\\n");
          else if (c == '\t')
            g_string_append (line, "\\t");
          else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
            g_string_append_printf (line, "\\u%04x", c);
          else
            g_string_append_len (line, at, g_utf8_next_char (at) - at);
        }
      done += piece;
      if (done < length)
        {
          g_string_append (line, "\\u0000");
          done++;
        }
    }
  g_string_append_c (line, '"');
}

static void
append_member (GString    *line,
               const char *key,
               const char *value)
{
  if (value == NULL)
    return;
  g_string_append_printf (line, ",\"%s\":", key);
  append_string (line, value, strlen (value));
}

/* The wall clock in UTC: lines of several machines and seasons sort by it. */
static void
append_time (GString *line,
             gint64   time_us)
{
  g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");

  g_string_append_printf (line, "\"time\":\"%s.%06dZ\"", text, (int) (time_us % G_USEC_PER_SEC));
}

static gboolean
is_number (const char *text)
{
  return text != NULL && text[0] != '\0' && strlen (text) <= 9 && text[strspn (text, "0123456789")] == '\0'
         && (text[0] != '0' || text[1] == '\0');
}

static void
append_code (GString               *line,
             const PulsarLogRecord *record)
{
  const char *number = pulsar_log_record_find (record, "CODE_LINE");

  append_member (line, "code_file", pulsar_log_record_find (record, "CODE_FILE"));
  if (is_number (number))
    g_string_append_printf (line, ",\"code_line\":%s", number);
  else
    append_member (line, "code_line", number);
  append_member (line, "code_func", pulsar_log_record_find (record, "CODE_FUNC"));
}

static gboolean
is_code (const char *key)
{
  static const char *const keys[] = { "CODE_FILE", "CODE_FUNC", "CODE_LINE", NULL };

  return g_strv_contains (keys, key);
}

/* A key twice in an object is no error of JSON, but which of them a reader sees nobody knows. */
static gboolean
came_before (const PulsarLogRecord *record,
             gsize                  index)
{
  for (gsize i = 0; i < index; i++)
    {
      if (g_ascii_strcasecmp (record->fields[i].key, record->fields[index].key) == 0)
        return TRUE;
    }
  return FALSE;
}

/* The fields of a program have names in capitals, by the rules of the journal, and so are not mistaken for ours. */
static void
append_others (GString               *line,
               const PulsarLogRecord *record)
{
  for (gsize i = 0; i < record->n_fields; i++)
    {
      const GLogField *field = &record->fields[i];
      const char *text;
      gsize length;
      g_autofree char *key = NULL;

      if (pulsar_log_record_is_known (field->key) || is_code (field->key) || came_before (record, i)
          || !pulsar_log_field_get_text (field, &text, &length))
        continue;
      key = g_ascii_strup (field->key, -1);
      g_string_append_c (line, ',');
      append_string (line, key, strlen (key));
      g_string_append_c (line, ':');
      append_string (line, text, length);
    }
}

void
pulsar_log_json_append (GString               *line,
                        const PulsarLogRecord *record)
{
  const PulsarLogIdentity *identity = record->identity;

  g_string_append_c (line, '{');
  append_time (line, record->time_us);
  append_member (line, "level", record->level);
  g_string_append_printf (line, ",\"priority\":%d", record->priority);
  append_member (line, "program", identity->program);
  append_member (line, "application", identity->application);
  append_member (line, "actor", identity->actor);
  append_member (line, "id", identity->id);
  append_member (line, "exc_id", identity->exc_id);
  g_string_append_printf (line, ",\"pid\":%d", identity->pid);
  append_member (line, "domain", record->domain);
  append_member (line, "message", record->message);
  append_code (line, record);
  append_others (line, record);
  g_string_append (line, "}\n");
}
