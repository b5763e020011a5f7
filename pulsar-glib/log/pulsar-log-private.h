/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/* How bad an event at run time is: the syslog priorities. Those above “info” are logged at message level and carry their
 * priority as a field, because g_warning() and g_critical() stand for errors of programmers. */
typedef enum
{
  PULSAR_LOG_ERROR = 3,
  PULSAR_LOG_WARNING = 4,
  PULSAR_LOG_NOTICE = 5,
  PULSAR_LOG_INFO = 6,
  PULSAR_LOG_DEBUG = 7,
} PulsarLogPriority;

#define pulsar_log(priority, ...) \
  pulsar_log_at ((priority), __FILE__, G_STRINGIFY (__LINE__), G_STRFUNC, __VA_ARGS__)

void  pulsar_log_at            (PulsarLogPriority    priority,
                                const char          *file,
                                const char          *line,
                                const char          *func,
                                const char          *format,
                                ...) G_GNUC_PRINTF (5, 6);

/* Another process, whose output comes into the log of this one. */
typedef struct
{
  const char *application;  /* (nullable) */
  const char *actor;
  const char *id;           /* (nullable) */
  int pid;
} PulsarLogPeer;

/* Logs a line that @peer wrote to its @stream, “stdout” or “stderr”, as a notice of @peer in a domain of that name. It may have
 * any bytes. */
void  pulsar_log_output        (const PulsarLogPeer *peer,
                                const char          *stream,
                                const char          *text,
                                gsize                length);

/* The same text in valid UTF-8, and what controls a terminal shown instead of obeyed. */
char *pulsar_log_make_safe     (const char          *text,
                                gsize                length) G_GNUC_WARN_UNUSED_RESULT;

/* What the log of a process is. Texts and lists are copied. */
typedef struct
{
  const char *program;             /* how the journal calls the program */
  const char *application;         /* (nullable) */
  const char *actor;               /* the actor this process is */
  const char *id;                  /* (nullable) the id of that actor */
  const char *exc_id;              /* (nullable) */
  const char * const *levels;      /* (nullable) as in the setting “log-level” */
  const char * const *handlers;    /* (nullable) as in the setting “log-handlers” */
  const char *handlers_source;     /* (nullable) where they come from, for errors */
  gboolean debug;                  /* as the setting */
  int console_fd;                  /* lent: what console and json write to; -1 for the standard error */
} PulsarLogOptions;

/* From here to pulsar_log_end () what the process logs goes to the handlers. A handler that cannot be opened is an error
 * and nothing is begun, or, with @error NULL, loses lines until it can be. */
gboolean pulsar_log_begin      (const PulsarLogOptions  *options,
                                GError                 **error);
void     pulsar_log_end        (void);

/* While the log is ours: other levels, and files opened again by their names. */
void     pulsar_log_set_levels (const char * const      *levels,
                                gboolean                 debug);
void     pulsar_log_reopen     (void);

/* The files the log goes to now, for other processes of the program, which may have no right to open them by themselves; and these
 * processes use those instead of their own. What is missing in @files they open by name. */
GUnixFDList *pulsar_log_dup_files  (void) G_GNUC_WARN_UNUSED_RESULT;
void         pulsar_log_take_files (GUnixFDList *files);

/* For the settings: whether an element of “log-level” and the whole of “log-handlers” make sense. The errors have no code that means
 * anything, and say what is allowed. */
gboolean pulsar_log_check_level    (const char             *text,
                                    GError                **error);
gboolean pulsar_log_check_handlers (const char * const     *texts,
                                    GError                **error);

/* Whether pulsar_log_begin () could open all of @handlers. Makes no file. */
gboolean pulsar_log_try            (const char * const     *handlers,
                                    const char             *handlers_source,
                                    GError                **error);

/* The same handlers with file names that mean the same in any directory. */
char   **pulsar_log_resolve_handlers (const char * const   *texts) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
