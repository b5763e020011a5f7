/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/base/pulsar-log-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* How long a line waits for somebody who reads slowly. */
#define READER_TIMEOUT_MS 100

static char *log_name;  /* (owned) (nullable) set while the log is ours */
static gint n_lost;     /* (atomic) lines since the last one that was written */

static const char *
find_field (const GLogField *fields,
            gsize            n_fields,
            const char      *key)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, key) && fields[i].length < 0)
        return fields[i].value;
    }
  return NULL;
}

static const char *
priority_to_word (const char *priority)
{
  static const char *const words[] = { "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug" };

  if (priority == NULL || priority[0] < '0' || priority[0] > '7' || priority[1] != '\0')
    return words[PULSAR_LOG_NOTICE];
  return words[priority[0] - '0'];
}

/* Whether a line can be written without waiting for ever: a pipe that nobody reads any more, or a terminal that was stopped, must
 * not bring the supervision of the workers to a stand. Each line waits a little, but not once one has waited in vain. */
static gboolean
is_read (void)
{
  struct pollfd poll_fd = { .fd = STDERR_FILENO, .events = POLLOUT };
  int timeout = g_atomic_int_get (&n_lost) == 0 ? READER_TIMEOUT_MS : 0;
  int n;

  do
    n = poll (&poll_fd, 1, timeout);
  while (n < 0 && errno == EINTR);
  return n != 0;  /* of an error the write itself makes nothing worse */
}

static char *
dup_lost_line (const char *time,
               guint       n)
{
  g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                                        "%u line was lost here, since nobody read it",
                                                        "%u lines were lost here, since nobody read them", n),
                                           n);

  return g_strdup_printf ("%s %s[%d] warning: %s\n", time, log_name, (int) getpid (), text);
}

/* One write a line, so that the lines of several processes do not mix. */
static GLogWriterOutput
console_writer (GLogLevelFlags   level,
                const GLogField *fields,
                gsize            n_fields,
                gpointer         user_data)
{
  const char *message = find_field (fields, n_fields, "MESSAGE");
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  g_autoptr(GDateTime) now = NULL;
  g_autofree char *time = NULL;
  g_autofree char *line = NULL;
  g_autofree char *lost = NULL;
  guint n;

  if (log_name == NULL || message == NULL)
    return g_log_writer_default (level, fields, n_fields, user_data);
  if (g_log_writer_default_would_drop (level, domain))
    return G_LOG_WRITER_HANDLED;
  if (!is_read ())
    {
      g_atomic_int_inc (&n_lost);
      return G_LOG_WRITER_HANDLED;
    }

  now = g_date_time_new_now_local ();
  time = g_date_time_format (now, "%H:%M:%S");
  line = g_strdup_printf ("%s %s[%d] %s: %s\n", time, log_name, (int) getpid (),
                          priority_to_word (find_field (fields, n_fields, "PRIORITY")), message);
  n = (guint) g_atomic_int_exchange (&n_lost, 0);
  if (n > 0)
    lost = dup_lost_line (time, n);
  fflush (stdout);
  if (lost != NULL)
    fputs (lost, stderr);
  fputs (line, stderr);
  return G_LOG_WRITER_HANDLED;
}

void
pulsar_log (PulsarLogPriority  priority,
            const char        *format,
            ...)
{
  g_autofree char *message = NULL;
  char digit[2] = { (char) ('0' + (int) priority), '\0' };
  GLogField fields[] = {
    { "MESSAGE", NULL, -1 },
    { "PRIORITY", digit, -1 },
    { "GLIB_DOMAIN", "Pulsar", -1 },
  };
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  fields[0].value = message;
  g_log_structured_array (priority >= PULSAR_LOG_INFO ? G_LOG_LEVEL_INFO : G_LOG_LEVEL_MESSAGE,
                          fields, G_N_ELEMENTS (fields));
}

void
pulsar_log_begin (const char *name)
{
  static gsize installed = 0;

  g_free (log_name);
  log_name = g_strdup (name);

  /* GLib takes a writer once and gives none back, so ours stays and passes everything on while no run () is active. */
  if (g_once_init_enter (&installed))
    {
      g_log_set_writer_func (console_writer, NULL, NULL);
      g_once_init_leave (&installed, 1);
    }
}

void
pulsar_log_end (void)
{
  g_clear_pointer (&log_name, g_free);
}
