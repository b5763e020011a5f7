/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/log/pulsar-log-text-private.h"

#include <string.h>

#include "pulsar-glib/log/pulsar-log-private.h"

#define COLOR_NONE "\033[0m"
#define COLOR_DIM "\033[2m"
#define COLOR_BOLD_RED "\033[1;31m"
#define COLOR_YELLOW "\033[33m"
#define COLOR_GREEN "\033[32m"

#define INDENT "    "

static const char *
get_color (int priority)
{
  if (priority <= 3)
    return COLOR_BOLD_RED;
  if (priority == 4)
    return COLOR_YELLOW;
  return priority == 5 ? COLOR_GREEN : COLOR_DIM;
}

static void
append_colored (GString            *line,
                const char         *color,
                const char         *text,
                PulsarLogTextFlags  flags)
{
  if ((flags & PULSAR_LOG_TEXT_COLOR) != 0)
    g_string_append_printf (line, "%s%s" COLOR_NONE, color, text);
  else
    g_string_append (line, text);
}

static void
append_time (GString            *line,
             gint64              time_us,
             PulsarLogTextFlags  flags)
{
  g_autoptr(GDateTime) seconds = g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC);
  int milliseconds = (int) (time_us % G_USEC_PER_SEC / 1000);
  g_autofree char *before = NULL;
  g_autofree char *zone = NULL;
  g_autofree char *text = NULL;

  before = g_date_time_format (seconds, (flags & PULSAR_LOG_TEXT_FULL_TIME) != 0 ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S");
  zone = g_date_time_format (seconds, (flags & PULSAR_LOG_TEXT_FULL_TIME) != 0 ? "%:z" : "");
  text = g_strdup_printf ("%s.%03d%s", before, milliseconds, zone);
  append_colored (line, COLOR_DIM, text, flags);
}

/* What moves the cursor, hides text or turns its direction could make a message look like another one. */
static gboolean
is_dangerous (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  if (type == G_UNICODE_CONTROL)
    return c != '\t';
  if (type == G_UNICODE_FORMAT)
    return c != 0x00AD && c != 0x200C && c != 0x200D;  /* those that words are written with */
  return type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* @line_end stands for each in the middle of @text; NULL shows them. */
static void
append_safe (GString    *line,
             const char *text,
             const char *line_end)
{
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (c == '\n' && line_end != NULL)
        {
          if (at[1] != '\0')
            g_string_append (line, line_end);  /* a message may end with a line end, and needs no second one */
        }
      else if (!is_dangerous (c))
        g_string_append_len (line, at, g_utf8_next_char (at) - at);
      else if (c < 0x100)
        g_string_append_printf (line, "\\x%02x", c);
      else
        g_string_append_printf (line, "\\u%04x", c);
    }
}

char *
pulsar_log_make_safe (const char *text,
                      gsize       length)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) length);
  GString *safe = g_string_sized_new (length + 1);

  append_safe (safe, valid, FALSE);
  return g_string_free (safe, FALSE);
}

/* Our own domain and that of the application tell nothing. */
static gboolean
is_domain_worth_showing (const PulsarLogRecord *record)
{
  const char *domain = record->domain;

  if (domain == NULL || *domain == '\0' || strcmp (domain, "Pulsar") == 0)
    return FALSE;
  if (g_str_has_prefix (domain, "Pulsar-") && record->identity->application != NULL)
    return strcmp (domain + strlen ("Pulsar-"), record->identity->application) != 0;
  return TRUE;
}

void
pulsar_log_text_append_lines (GString    *line,
                              const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  append_safe (line, valid, "\n");
}

void
pulsar_log_text_append (GString               *line,
                        const PulsarLogRecord *record,
                        PulsarLogTextFlags     flags)
{
  append_time (line, record->time_us, flags);
  g_string_append_c (line, ' ');
  append_safe (line, record->identity->actor, NULL);
  g_string_append_printf (line, "[%d] ", record->identity->pid);
  append_colored (line, get_color (record->priority), record->level, flags);
  g_string_append (line, ": ");
  if (is_domain_worth_showing (record))
    {
      g_autofree char *domain = g_utf8_make_valid (record->domain, -1);

      append_safe (line, domain, NULL);
      g_string_append (line, ": ");
    }
  append_safe (line, record->message, "\n" INDENT);
  g_string_append_c (line, '\n');
}
