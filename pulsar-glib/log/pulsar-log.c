/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/log/pulsar-log-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/log/pulsar-log-handler-private.h"
#include "pulsar-glib/log/pulsar-log-levels-private.h"
#include "pulsar-glib/log/pulsar-log-record-private.h"

/* As many as a frame carries. */
#define MAX_FILES 16

/* The log of this process while run () owns it. GLib takes one writer in the life of a process and gives none back, so that ours stays,
 * and hands everything on to GLib's own while no run () is active. */
typedef struct
{
  PulsarLogIdentity identity;
  PulsarLogLevels *levels;    /* (owned) (nullable) set while the log is ours */
  GPtrArray *handlers;        /* (owned) of PulsarLogHandler */
  PulsarLogHandler *spare;    /* (owned) where complaints go that no other handler can tell */
  GLogLevelFlags fatal_mask;  /* what ends the process: G_DEBUG=fatal-warnings */
} Log;

/* Of all that follows; whoever holds it logs nothing, or GLib's fallback writes that. One the thread sanitizer knows, unlike GMutex. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static Log the_log;
static gint is_ours;  /* (atomic) there is something to lock for */

/* The mutex is held. */
static void
complain (PulsarLogHandler *about)
{
  g_autofree char *text = pulsar_log_handler_complain (about);
  GLogField fields[] = {
    { "MESSAGE", text, -1 },
    { "PRIORITY", "4", -1 },
    { "GLIB_DOMAIN", "Pulsar", -1 },
  };
  g_auto(PulsarLogRecord) record = { NULL };
  gboolean is_told = FALSE;

  if (text == NULL)
    return;

  pulsar_log_record_init (&record, &the_log.identity, G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS (fields));
  for (guint i = 0; i < the_log.handlers->len; i++)
    {
      PulsarLogHandler *handler = g_ptr_array_index (the_log.handlers, i);

      is_told = (handler != about && pulsar_log_handler_write (handler, &record) == 0) || is_told;
    }
  if (!is_told && !pulsar_log_handler_is_console (about))
    pulsar_log_handler_write (the_log.spare, &record);
}

/* The mutex is held. */
static gboolean
is_wanted (const PulsarLogRecord *record,
           GLogLevelFlags         level)
{
  if (pulsar_log_levels_pass (the_log.levels, record->priority, record->domain))
    return TRUE;
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL)) != 0)
    return TRUE;  /* the last words of a process */

  /* G_MESSAGES_DEBUG, which speaks of these two only. */
  return (level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG)) != 0 && !g_log_writer_default_would_drop (level, record->domain);
}

/* The mutex is held. */
static void
write_record (const PulsarLogIdentity *identity,
              GLogLevelFlags           level,
              const GLogField         *fields,
              gsize                    n_fields)
{
  g_auto(PulsarLogRecord) record = { NULL };

  pulsar_log_record_init (&record, identity, level, fields, n_fields);
  if (!is_wanted (&record, level))
    return;

  for (guint i = 0; i < the_log.handlers->len; i++)
    {
      PulsarLogHandler *handler = g_ptr_array_index (the_log.handlers, i);

      if (pulsar_log_handler_write (handler, &record) != 0)
        complain (handler);
    }
}

static gboolean
is_old_api (const GLogField *fields,
            gsize            n_fields)
{
  return n_fields > 0 && strcmp (fields[0].key, "GLIB_OLD_LOG_API") == 0;
}

static GLogWriterOutput
writer (GLogLevelFlags   level,
        const GLogField *fields,
        gsize            n_fields,
        gpointer         user_data)
{
  gboolean is_fatal;

  if (!g_atomic_int_get (&is_ours))
    return g_log_writer_default (level, fields, n_fields, user_data);

  pthread_mutex_lock (&mutex);
  if (the_log.levels == NULL)
    {
      pthread_mutex_unlock (&mutex);
      return g_log_writer_default (level, fields, n_fields, user_data);
    }
  write_record (&the_log.identity, level, fields, n_fields);
  is_fatal = (level & the_log.fatal_mask) != 0 && !is_old_api (fields, n_fields);
  pthread_mutex_unlock (&mutex);

  /* Whoever called g_log () is ended by it; for structured messages this is left to the writer. */
  if (is_fatal)
    G_BREAKPOINT ();
  return G_LOG_WRITER_HANDLED;
}

static void
refused_cb (const char     *log_domain,
            GLogLevelFlags  level,
            const char     *message,
            gpointer        user_data)
{
  if (g_thread_self () == g_atomic_pointer_get ((GThread **) user_data))
    g_thread_exit (NULL);
  g_log_default_handler (log_domain, level, message, NULL);
}

static gpointer
install_thread (gpointer data)
{
  g_atomic_pointer_set ((GThread **) data, g_thread_self ());
  g_log_set_writer_func (writer, NULL, NULL);
  return GINT_TO_POINTER (TRUE);
}

/* Whoever sets a second writer is ended by GLib, with g_error (), and nothing tells whether the program set one. So it is tried on a
 * thread of its own, which gives up when that error comes; the text of the error is lost with it. */
static gboolean
try_install (void)
{
  GThread *trying = NULL;
  guint handler_id = g_log_set_handler ("GLib", (GLogLevelFlags) (G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL), refused_cb, &trying);
  GThread *thread = g_thread_new ("pulsar-log", install_thread, &trying);
  gboolean installed = GPOINTER_TO_INT (g_thread_join (thread));

  g_log_remove_handler ("GLib", handler_id);
  return installed;
}

/* A program that has a writer of its own keeps it. */
static gboolean
ensure_writer (void)
{
  static gboolean tried;
  static gboolean installed;

  if (!tried)
    installed = try_install ();
  tried = TRUE;
  return installed;
}

static gboolean
contains (GPtrArray  *handlers,
          const char *text)
{
  for (guint i = 0; i < handlers->len; i++)
    {
      if (g_str_equal (pulsar_log_handler_get_text (g_ptr_array_index (handlers, i)), text))
        return TRUE;
    }
  return FALSE;
}

/* What cannot be opened is an error only if somebody asks. */
static GPtrArray *
make_handlers (const char * const  *texts,
               int                  console_fd,
               const char          *source,
               int                (*open_func) (PulsarLogHandler *handler),
               GError             **error)
{
  static const char *const none[] = { "auto", NULL };
  g_autoptr(GPtrArray) handlers = g_ptr_array_new_with_free_func ((GDestroyNotify) pulsar_log_handler_free);

  if (texts == NULL || texts[0] == NULL)
    texts = none;
  for (gsize i = 0; texts[i] != NULL; i++)
    {
      g_autoptr(PulsarLogHandler) handler = NULL;
      int result;

      if (contains (handlers, texts[i]))
        continue;
      handler = pulsar_log_handler_new (texts[i], console_fd);
      if (handler == NULL)
        continue;
      result = open_func (handler);
      if (result != 0 && error != NULL)
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, _("%s: “%s” cannot be opened: %s"),
                       source != NULL ? source : "log-handlers", texts[i], pulsar_log_handler_explain (handler, result));
          return NULL;
        }
      g_ptr_array_add (handlers, g_steal_pointer (&handler));
    }
  return g_steal_pointer (&handlers);
}

static void
log_clear (Log *self)
{
  pulsar_log_identity_clear (&self->identity);
  g_clear_pointer (&self->levels, pulsar_log_levels_free);
  g_clear_pointer (&self->handlers, g_ptr_array_unref);
  g_clear_pointer (&self->spare, pulsar_log_handler_free);
}

/* GLib tells what is fatal only to who sets it. */
static GLogLevelFlags
get_fatal_mask (void)
{
  GLogLevelFlags mask = g_log_set_always_fatal (G_LOG_FATAL_MASK);

  g_log_set_always_fatal (mask);
  return mask & ~G_LOG_LEVEL_ERROR;
}

static void
replace_log (Log *next)
{
  Log before;

  pthread_mutex_lock (&mutex);
  before = the_log;
  the_log = *next;
  g_atomic_int_set (&is_ours, the_log.levels != NULL);
  pthread_mutex_unlock (&mutex);
  log_clear (&before);
}

void
pulsar_log_at (PulsarLogPriority  priority,
               const char        *file,
               const char        *line,
               const char        *func,
               const char        *format,
               ...)
{
  g_autofree char *message = NULL;
  char digit[2] = { (char) ('0' + (int) priority), '\0' };
  GLogField fields[] = {
    { "MESSAGE", NULL, -1 },
    { "PRIORITY", digit, -1 },
    { "GLIB_DOMAIN", "Pulsar", -1 },
    { "CODE_FILE", file, -1 },
    { "CODE_LINE", line, -1 },
    { "CODE_FUNC", func, -1 },
  };
  GLogLevelFlags level = G_LOG_LEVEL_MESSAGE;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  fields[0].value = message;
  if (priority == PULSAR_LOG_INFO)
    level = G_LOG_LEVEL_INFO;
  else if (priority == PULSAR_LOG_DEBUG)
    level = G_LOG_LEVEL_DEBUG;
  g_log_structured_array (level, fields, G_N_ELEMENTS (fields));
}

void
pulsar_log_output (const PulsarLogPeer *peer,
                   const char          *stream,
                   const char          *text,
                   gsize                length)
{
  GLogField fields[] = {
    { "MESSAGE", text, (gssize) length },
    { "PRIORITY", "5", -1 },
    { "GLIB_DOMAIN", stream, -1 },
  };
  g_autofree char *safe = NULL;
  g_autofree char *message = NULL;

  if (length == 0)
    fields[0] = (GLogField) { "MESSAGE", "", -1 };

  pthread_mutex_lock (&mutex);
  if (the_log.levels != NULL)
    {
      PulsarLogIdentity identity = the_log.identity;

      identity.application = (char *) peer->application;
      identity.actor = (char *) peer->actor;
      identity.id = (char *) peer->id;
      identity.pid = peer->pid;
      write_record (&identity, G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS (fields));
      pthread_mutex_unlock (&mutex);
      return;
    }
  pthread_mutex_unlock (&mutex);

  /* The log is that of the program, which knows nothing of who else there is. */
  safe = pulsar_log_make_safe (text, length);
  message = g_strdup_printf ("%s [%d]: %s", peer->actor, peer->pid, safe);
  fields[0] = (GLogField) { "MESSAGE", message, -1 };
  g_log_structured_array (G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS (fields));
}

gboolean
pulsar_log_try (const char * const  *handlers,
                const char          *handlers_source,
                GError             **error)
{
  g_autoptr(GPtrArray) opened = make_handlers (handlers, STDERR_FILENO, handlers_source, pulsar_log_handler_check, error);

  return opened != NULL;
}

gboolean
pulsar_log_begin (const PulsarLogOptions  *options,
                  GError                 **error)
{
  int console_fd = options->console_fd >= 0 ? options->console_fd : STDERR_FILENO;
  g_autoptr(GPtrArray) handlers = make_handlers (options->handlers, console_fd, options->handlers_source,
                                                       pulsar_log_handler_open, error);
  Log next = { { NULL } };

  if (handlers == NULL)
    return FALSE;
  if (!ensure_writer ())
    {
      pulsar_log (PULSAR_LOG_INFO, _("The program writes its log itself, so “log-level” and “log-handlers” say nothing"));
      return TRUE;
    }

  next.identity.program = g_strdup (options->program);
  next.identity.application = g_strdup (options->application);
  next.identity.actor = g_strdup (options->actor);
  next.identity.id = g_strdup (options->id);
  next.identity.exc_id = g_strdup (options->exc_id);
  next.identity.pid = (int) getpid ();
  next.levels = pulsar_log_levels_new (options->levels, options->debug);
  next.handlers = g_steal_pointer (&handlers);
  next.spare = pulsar_log_handler_new ("console", console_fd);
  next.fatal_mask = get_fatal_mask ();
  replace_log (&next);
  return TRUE;
}

void
pulsar_log_end (void)
{
  Log none = { { NULL } };

  replace_log (&none);
}

void
pulsar_log_set_levels (const char * const *levels,
                       gboolean            debug)
{
  PulsarLogLevels *next = pulsar_log_levels_new (levels, debug);
  PulsarLogLevels *before = next;

  pthread_mutex_lock (&mutex);
  if (the_log.levels != NULL)
    {
      before = the_log.levels;
      the_log.levels = next;
    }
  pthread_mutex_unlock (&mutex);
  pulsar_log_levels_free (before);
}

/* The mutex is held. */
static void
reopen (PulsarLogHandler *handler)
{
  int result = pulsar_log_handler_open (handler);
  g_autofree char *text = NULL;
  GLogField fields[] = {
    { "MESSAGE", NULL, -1 },
    { "PRIORITY", "4", -1 },
    { "GLIB_DOMAIN", "Pulsar", -1 },
  };

  if (result == 0)
    return;
  text = g_strdup_printf (_("“%s” cannot be opened again, so the log goes on where it went: %s"),
                          pulsar_log_handler_get_text (handler), g_strerror (result));
  fields[0].value = text;
  write_record (&the_log.identity, G_LOG_LEVEL_MESSAGE, fields, G_N_ELEMENTS (fields));
}

void
pulsar_log_reopen (void)
{
  pthread_mutex_lock (&mutex);
  for (guint i = 0; the_log.handlers != NULL && i < the_log.handlers->len; i++)
    reopen (g_ptr_array_index (the_log.handlers, i));
  pthread_mutex_unlock (&mutex);
}

GUnixFDList *
pulsar_log_dup_files (void)
{
  GUnixFDList *files = g_unix_fd_list_new ();

  pthread_mutex_lock (&mutex);
  for (guint i = 0; the_log.handlers != NULL && i < the_log.handlers->len; i++)
    {
      PulsarLogHandler *handler = g_ptr_array_index (the_log.handlers, i);

      /* Those who get the list count the files, so that none may be left out in the middle. */
      if (pulsar_log_handler_is_file (handler)
          && (g_unix_fd_list_get_length (files) >= MAX_FILES
              || g_unix_fd_list_append (files, pulsar_log_handler_get_fd (handler), NULL) < 0))
        break;
    }
  pthread_mutex_unlock (&mutex);
  return files;
}

void
pulsar_log_take_files (GUnixFDList *files)
{
  int n_files = files == NULL ? 0 : g_unix_fd_list_get_length (files);
  int next = 0;

  pthread_mutex_lock (&mutex);
  for (guint i = 0; the_log.handlers != NULL && i < the_log.handlers->len; i++)
    {
      PulsarLogHandler *handler = g_ptr_array_index (the_log.handlers, i);
      int fd = -1;

      if (pulsar_log_handler_is_file (handler) && next < n_files)
        fd = g_unix_fd_list_get (files, next++, NULL);
      if (fd >= 0)
        pulsar_log_handler_take_fd (handler, fd);
      else
        reopen (handler);
    }
  pthread_mutex_unlock (&mutex);
}
