/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-program-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/application/pulsar-application-private.h"
#include "pulsar-glib/application/pulsar-configurator-private.h"
#include "pulsar-glib/application/pulsar-startup-private.h"
#include "pulsar-glib/base/pulsar-error-private.h"
#include "pulsar-glib/base/pulsar-i18n-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-core-settings-private.h"
#include "pulsar-glib/control/pulsar-control-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/log/pulsar-log-text-private.h"
#include "pulsar-glib/process/pulsar-identity-private.h"
#include "pulsar-glib/process/pulsar-process-attributes-private.h"
#include "pulsar-glib/process/pulsar-process-title-private.h"
#include "pulsar-glib/process/pulsar-reaper-private.h"
#include "pulsar-glib/process/pulsar-recipe-private.h"
#include "pulsar-glib/supervision/pulsar-arbiter-private.h"
#include "pulsar-glib/supervision/pulsar-signals-private.h"
#include "pulsar-glib/supervision/pulsar-worker-process-private.h"

/* A signal to end that comes so soon after the first is the same one, sent to the process and to its group. */
#define SAME_SIGNAL_MS 100

#define MAX_SIGNALS 9

/* A program that is owned by run (). */
typedef struct
{
  PulsarConfigurator *configurator;
  PulsarArbiter *arbiter;      /* (owned) */
  PulsarControl *control;
  GMainLoop *loop;             /* (owned) */
  GCancellable *cancellable;   /* (owned) of the start */
  GError *error;               /* (owned) (nullable) why it did not start, or why it ended */
  gboolean asked;              /* somebody asked it to end */
  guint asked_at_ms;           /* when the first signal that did came, on its clock */
  gboolean start_ended;        /* well or not */
  gboolean is_logged;          /* the user knows the error already */
} Program;

static gboolean prepared;
static PulsarApplication *worker_application;  /* (nullable) while this process is a worker of it */

gboolean
pulsar_program_is_prepared (void)
{
  return prepared;
}

PulsarApplication *
pulsar_program_get_worker_application (void)
{
  return worker_application;
}

char *
pulsar_program_dup_script (void)
{
  g_autoptr(PulsarRecipe) recipe = pulsar_recipe_new (NULL, NULL);

  return recipe == NULL ? NULL : g_strdup (pulsar_recipe_get_script (recipe));
}

static void
end (Program *program)
{
  program->asked = TRUE;

  /* Before the arbiter has begun, only the start can be ended. */
  if (pulsar_actor_get_state (PULSAR_ACTOR (program->arbiter)) == PULSAR_STATE_INITIAL)
    g_cancellable_cancel (program->cancellable);
  else
    pulsar_arbiter_end (program->arbiter, NULL);
}

/* One worker of the main application more or less. */
static void
scale (Program *program,
       int      step)
{
  PulsarMonitor *monitor = pulsar_arbiter_get_main_monitor (program->arbiter);
  g_autoptr(GError) error = NULL;
  PulsarConfig *config;
  guint n_workers;

  if (monitor == NULL)
    return;

  config = pulsar_actor_get_config (PULSAR_ACTOR (monitor));
  n_workers = pulsar_config_get_uint (config, "workers");
  if (n_workers == 0 || (n_workers == 1 && step < 0))
    {
      pulsar_log (PULSAR_LOG_NOTICE, _("“workers” stays %u"), n_workers);
      return;
    }
  if (!pulsar_config_set_uint (config, "workers", (guint) ((int) n_workers + step), &error))
    pulsar_log (PULSAR_LOG_WARNING, "%s", error->message);
  else
    pulsar_log (PULSAR_LOG_NOTICE, _("“workers” is now %u"), pulsar_config_get_uint (config, "workers"));
}

static void
signal_cb (int      signum,
           guint    at_ms,
           gpointer user_data)
{
  Program *program = user_data;
  int passed_ms = (int) (at_ms - program->asked_at_ms);

  switch (signum)
    {
    case SIGTTIN:
      scale (program, 1);
      break;
    case SIGTTOU:
      scale (program, -1);
      break;
    case SIGUSR1:
      pulsar_arbiter_reopen_log (program->arbiter);
      break;
    case SIGUSR2:
      pulsar_log (PULSAR_LOG_NOTICE, _("Got signal “%s”: this version cannot replace a running program, which goes on as before"),
                  g_strsignal (signum));
      break;
    default:
      if (program->asked && ABS (passed_ms) < SAME_SIGNAL_MS)
        return;
      if (program->asked)
        pulsar_log (PULSAR_LOG_NOTICE, _("Got signal “%s” again: stopping at once"), g_strsignal (signum));
      else
        pulsar_log (PULSAR_LOG_NOTICE, _("Got signal “%s”: stopping; another one stops at once"), g_strsignal (signum));
      if (!program->asked)
        program->asked_at_ms = at_ms;
      end (program);
      break;
    }
}

static void
log_level_changed_cb (PulsarConfig  *config,
                      PulsarSetting *setting,
                      gpointer       user_data)
{
  g_auto(GStrv) levels = pulsar_config_dup_strv (config, "log-level");

  pulsar_log_set_levels ((const char * const *) levels, pulsar_config_get_boolean (config, "debug"));
}

static void
arbiter_state_cb (Program *program)
{
  const GError *cause = pulsar_arbiter_get_cause (program->arbiter);

  if (pulsar_actor_get_state (PULSAR_ACTOR (program->arbiter)) == PULSAR_STATE_RUNNING)
    g_signal_connect_object (pulsar_actor_get_config (PULSAR_ACTOR (program->arbiter)), "changed::log-level",
                             G_CALLBACK (log_level_changed_cb), program->arbiter, 0);
  if (pulsar_actor_get_state (PULSAR_ACTOR (program->arbiter)) != PULSAR_STATE_CLOSED)
    return;
  if (cause != NULL && program->error == NULL)
    {
      program->error = g_error_copy (cause);
      program->is_logged = program->start_ended;  /* by the monitor that failed */
    }
  if (program->start_ended)
    g_main_loop_quit (program->loop);
}

static void
started_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Program *program = user_data;
  g_autoptr(GError) error = NULL;

  program->start_ended = TRUE;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      pulsar_control_started (program->control);
      arbiter_state_cb (program);
      return;
    }

  /* A start that was ended by a signal or by the program itself, with pulsar_actor_stop (), has not failed. */
  if (program->asked
      || (pulsar_actor_get_state (PULSAR_ACTOR (program->arbiter)) == PULSAR_STATE_CLOSED
          && pulsar_arbiter_get_cause (program->arbiter) == NULL))
    g_clear_error (&error);
  g_clear_error (&program->error);
  program->error = g_steal_pointer (&error);
  g_main_loop_quit (program->loop);
}

/* What a process inherits of signals: whoever started it may have blocked those that are to end it, and ignored those that tell
 * how a child ended (the kernel throws that away then). */
typedef struct
{
  sigset_t mask;
  struct sigaction sigchld;
} InheritedSignals;

static void
set_inherited_signals_aside (InheritedSignals *inherited,
                             const int        *signums)
{
  struct sigaction action = { .sa_handler = SIG_DFL };
  sigset_t wanted;

  sigemptyset (&wanted);
  for (guint i = 0; signums[i] != 0; i++)
    sigaddset (&wanted, signums[i]);
  pthread_sigmask (SIG_UNBLOCK, &wanted, &inherited->mask);

  sigemptyset (&action.sa_mask);
  sigaction (SIGCHLD, NULL, &inherited->sigchld);
  if (inherited->sigchld.sa_handler == SIG_IGN)
    sigaction (SIGCHLD, &action, NULL);
}

static void
restore_inherited_signals (InheritedSignals *inherited)
{
  if (inherited->sigchld.sa_handler == SIG_IGN)
    sigaction (SIGCHLD, &inherited->sigchld, NULL);
  pthread_sigmask (SIG_SETMASK, &inherited->mask, NULL);
}

static gboolean
has_disposition (int    signum,
                 void (*disposition) (int))
{
  struct sigaction action;

  return sigaction (signum, NULL, &action) == 0 && action.sa_handler == disposition;
}

/* Appends those signals that are ours to the list @signums, which ends with 0. */
static void
choose_signals (int *signums)
{
  static const int always[] = { SIGTERM, SIGINT, SIGQUIT, SIGTTIN, SIGTTOU, SIGUSR1 };

  memcpy (signums, always, sizeof always);
  signums += G_N_ELEMENTS (always);
  if (!has_disposition (SIGHUP, SIG_IGN))
    *signums++ = SIGHUP;  /* nohup means it */
  if (has_disposition (SIGUSR2, SIG_DFL))
    *signums++ = SIGUSR2;  /* which would end us; a program may have a use of its own for it */
  *signums = 0;
}

static int
run_arbiter (PulsarConfigurator *configurator,
             PulsarControl      *control)
{
  int signums[MAX_SIGNALS];
  InheritedSignals inherited;
  g_autoptr(PulsarSignals) taken = NULL;
  g_autoptr(GTask) task = NULL;
  g_autoptr(GError) error = NULL;
  Program program = { .configurator = configurator, .control = control };
  PulsarExitStatus status;
  gulong state_id;

  choose_signals (signums);
  taken = pulsar_signals_new (signums, signal_cb, &program, &error);
  if (taken == NULL)
    {
      pulsar_log (PULSAR_LOG_ERROR, "%s", error->message);
      pulsar_control_ended (control, error);
      return PULSAR_EXIT_INTERNAL;
    }
  set_inherited_signals_aside (&inherited, signums);  /* after the handlers: one that waits must not end us */
  if (!pulsar_reaper_begin ())
    pulsar_log (PULSAR_LOG_WARNING, _("What workers leave behind cannot be reaped: %s"), g_strerror (errno));

  program.arbiter = g_object_ref (pulsar_arbiter_get_default ());
  program.loop = g_main_loop_new (NULL, FALSE);
  program.cancellable = g_cancellable_new ();
  state_id = g_signal_connect_swapped (program.arbiter, "notify::state", G_CALLBACK (arbiter_state_cb), &program);

  task = g_task_new (configurator, program.cancellable, started_cb, &program);
  g_task_set_source_tag (task, run_arbiter);
  pulsar_startup_run (configurator, pulsar_configurator_get_name (configurator), g_steal_pointer (&task));
  g_main_loop_run (program.loop);
  pulsar_worker_process_run_down ();
  pulsar_reaper_end ();

  status = pulsar_error_get_exit_status (program.error);
  if (program.error != NULL && !program.is_logged)
    pulsar_log (PULSAR_LOG_ERROR, "%s", program.error->message);
  pulsar_log (PULSAR_LOG_NOTICE, _("Ended with status %d"), (int) status);
  pulsar_control_ended (control, program.error);

  restore_inherited_signals (&inherited);
  g_signal_handler_disconnect (program.arbiter, state_id);
  g_clear_object (&program.arbiter);
  g_clear_pointer (&program.loop, g_main_loop_unref);
  g_clear_object (&program.cancellable);
  g_clear_error (&program.error);
  return (int) status;
}

static int
run_controlled (PulsarConfigurator *configurator,
                PulsarConfig       *config)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarControl) control = pulsar_control_new (config, pulsar_arbiter_get_default (), &error);

  if (control != NULL)
    return run_arbiter (configurator, control);
  pulsar_log (PULSAR_LOG_ERROR, "%s", error->message);
  return (int) pulsar_error_get_exit_status (error);
}

/* A peer that goes away is an error of the write, and not the end of the process. GLib does this itself from 2.82. */
static void
ignore_sigpipe (struct sigaction *previous)
{
  struct sigaction action = { .sa_handler = SIG_IGN };

  sigemptyset (&action.sa_mask);
  sigaction (SIGPIPE, &action, previous);
}

static void
set_title (PulsarConfigurator *configurator,
           PulsarConfig       *config)
{
  g_autofree char *name = pulsar_config_dup_string (config, "process-name");

  if (*name == '\0')
    {
      g_free (name);
      name = g_strdup (pulsar_configurator_get_name (configurator));
    }
  pulsar_process_title_set (name, "arbiter", name);
}

static gboolean
begin_log (PulsarConfigurator  *configurator,
           PulsarConfig        *config,
           GError             **error)
{
  g_auto(GStrv) levels = pulsar_config_dup_strv (config, "log-level");
  g_auto(GStrv) texts = pulsar_config_dup_strv (config, "log-handlers");
  g_auto(GStrv) handlers = pulsar_log_resolve_handlers ((const char * const *) texts);
  g_autofree char *source = pulsar_config_describe_source (config, "log-handlers");
  g_autofree char *exc_id = pulsar_config_dup_string (config, "exc-id");
  PulsarActor *arbiter = PULSAR_ACTOR (pulsar_arbiter_get_default ());
  const PulsarLogOptions options = {
    .program = pulsar_configurator_get_name (configurator),
    .application = pulsar_configurator_get_name (configurator),
    .actor = pulsar_actor_get_name (arbiter),
    .id = pulsar_actor_get_id (arbiter),
    .exc_id = exc_id,
    .levels = (const char * const *) levels,
    .handlers = (const char * const *) handlers,
    .handlers_source = source,
    .debug = pulsar_config_get_boolean (config, "debug"),
    .console_fd = -1,
  };

  return pulsar_log_begin (&options, error);
}

/* The process is ours from here to the end of the run. */
static int
own_process (PulsarConfigurator  *configurator,
             GError             **error)
{
  g_autoptr(GPtrArray) applications = pulsar_configurator_list_applications (configurator, error);
  PulsarConfig *config;
  struct sigaction sigpipe;
  mode_t previous_mask = 0;
  int mask;
  int status = -1;

  if (applications == NULL)
    return -1;

  config = pulsar_configurator_get_config (g_ptr_array_index (applications, 0));
  pulsar_startup_renew_exc_id (applications);
  ignore_sigpipe (&sigpipe);
  set_title (configurator, config);
  mask = pulsar_process_attributes_get_umask (config);
  if (mask >= 0)
    previous_mask = umask ((mode_t) mask);
  if (begin_log (configurator, config, error))
    {
      status = run_controlled (configurator, config);
      pulsar_log_end ();
    }
  if (mask >= 0)
    umask (previous_mask);
  pulsar_process_title_restore ();
  sigaction (SIGPIPE, &sigpipe, NULL);
  return status;
}

/* What would have been logged. */
static void
print_notices (PulsarConfigurator *configurator)
{
  g_autoptr(GPtrArray) applications = pulsar_configurator_list_applications (configurator, NULL);
  g_autoptr(GPtrArray) notices = NULL;

  if (applications == NULL || applications->len == 0)
    return;
  notices = pulsar_config_steal_notices (pulsar_configurator_get_config (applications->pdata[0]));
  for (guint i = 0; i < notices->len; i++)
    fprintf (stderr, "%s: %s\n", pulsar_configurator_get_name (configurator), (const char *) notices->pdata[i]);
}

static void
print_error (PulsarConfigurator *configurator,
             const GError       *error)
{
  g_autoptr(GString) line = g_string_new (pulsar_configurator_get_name (configurator));

  g_string_append (line, ": ");
  pulsar_log_text_append_lines (line, error->message);
  g_string_append_c (line, '\n');
  /* Not g_printerr (): in the C locale that makes a question mark of each quote. */
  fputs (line->str, stderr);
}

/* Makes what was named by its type, where no instance can be found: a spawned actor, or an application that was added to a running
 * arbiter. */
static GObject *
make_by_type (const char  *type_name,
              GType        parent,
              const char  *name,
              const char  *id,
              GError     **error)
{
  GType type = g_type_from_name (type_name);

  if (type == G_TYPE_INVALID || !g_type_is_a (type, parent) || G_TYPE_IS_ABSTRACT (type))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_TYPE,
                   _("The worker knows no type “%s” that it could be: define the class, or call g_type_ensure (), before run ()"),
                   type_name);
      return NULL;
    }
  if (id != NULL)
    return g_object_new (type, "name", name, "id", id, NULL);
  return g_object_new (type, "name", name, NULL);
}

static int
run_actor (PulsarWorkerProcess *process,
           GError             **error)
{
  const PulsarHello *hello = pulsar_worker_process_get_hello (process);
  g_autoptr(GObject) actor = NULL;
  g_autoptr(PulsarConfig) config = pulsar_config_new ();

  pulsar_core_settings_install (config);
  if (!pulsar_config_apply_snapshot (config, hello->snapshot, error))
    return -1;
  actor = make_by_type (hello->type_name, PULSAR_TYPE_ACTOR, hello->name, hello->id, error);
  if (actor == NULL)
    return -1;
  return pulsar_worker_process_run (process, PULSAR_ACTOR (actor), config, NULL, NULL);
}

static int
run_application (PulsarWorkerProcess *process,
                 PulsarApplication   *application,
                 GError             **error)
{
  const PulsarHello *hello = pulsar_worker_process_get_hello (process);
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application));
  g_autoptr(PulsarActor) actor = NULL;
  int status;

  if (!pulsar_configurator_check (PULSAR_CONFIGURATOR (application), error)
      || !pulsar_config_apply_snapshot (config, hello->snapshot, error))
    return -1;
  pulsar_configurator_set_loaded (PULSAR_CONFIGURATOR (application));
  actor = g_object_new (PULSAR_TYPE_ACTOR, "name", hello->name, "id", hello->id, NULL);
  worker_application = application;
  status = pulsar_worker_process_run (process, actor, config, G_OBJECT (application),
                                      pulsar_application_get_owner_funcs ());
  worker_application = NULL;
  return status;
}

static PulsarApplication *
find_application (PulsarConfigurator  *configurator,
                  const char          *name,
                  GError             **error)
{
  g_autoptr(GPtrArray) applications = pulsar_configurator_list_applications (configurator, error);

  for (guint i = 0; applications != NULL && i < applications->len; i++)
    {
      PulsarConfigurator *application = g_ptr_array_index (applications, i);

      if (g_str_equal (pulsar_configurator_get_name (application), name))
        return g_object_ref (PULSAR_APPLICATION (application));
    }
  return NULL;
}

/* @configurator is NULL in a program that does not run () it. */
static int
run_worker (PulsarWorkerProcess *process,
            PulsarConfigurator  *configurator)
{
  const PulsarHello *hello = pulsar_worker_process_get_hello (process);
  g_autoptr(PulsarApplication) application = NULL;
  g_autoptr(GError) error = NULL;
  struct sigaction sigpipe;
  int status = -1;

  if (pulsar_worker_process_is_taken (process))
    return PULSAR_EXIT_OK;

  ignore_sigpipe (&sigpipe);
  if (hello->application == NULL)
    {
      status = run_actor (process, &error);
    }
  else
    {
      if (hello->by_type || configurator == NULL)
        application = (PulsarApplication *) make_by_type (hello->type_name, PULSAR_TYPE_APPLICATION, hello->application, NULL,
                                                          &error);
      else
        application = find_application (configurator, hello->application, &error);

      if (application != NULL)
        status = run_application (process, application, &error);
      else if (error == NULL)
        status = PULSAR_EXIT_OK;  /* another run () will be the one */
    }
  sigaction (SIGPIPE, &sigpipe, NULL);

  if (error != NULL)
    return pulsar_worker_process_fail (process, error);
  return status;
}

int
pulsar_program_run (PulsarConfigurator *configurator)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *output = NULL;
  PulsarWorkerProcess *process = pulsar_worker_process_get (&error);
  int status;

  if (process != NULL)
    return run_worker (process, configurator);
  if (error != NULL)
    {
      print_error (configurator, error);
      return PULSAR_EXIT_INTERNAL;
    }

  if (gettid () != getpid ())
    g_set_error_literal (&error, PULSAR_ERROR, PULSAR_ERROR_BOOTSTRAP,
                         _("Applications run only on the main thread: a worker ends with the thread that made it"));
  else if (pulsar_arbiter_get_active () != NULL)
    g_set_error_literal (&error, PULSAR_ERROR, PULSAR_ERROR_ALREADY_STARTED, _("Applications run in this process already"));
  else
    pulsar_configurator_load_with_output (configurator, &output, &error);
  if (error != NULL)
    {
      print_error (configurator, error);
      pulsar_control_tell_failure (error);
      return (int) pulsar_error_get_exit_status (error);
    }
  if (output != NULL)
    {
      print_notices (configurator);
      fputs (output, stdout);
      return fflush (stdout) == 0 ? PULSAR_EXIT_OK : PULSAR_EXIT_UNAVAILABLE;
    }

  prepared = TRUE;
  status = own_process (configurator, &error);
  if (error == NULL)
    return status;
  print_error (configurator, error);
  pulsar_control_tell_failure (error);
  return (int) pulsar_error_get_exit_status (error);
}

/**
 * pulsar_is_worker:
 *
 * Whether this process is a worker: a program that [class@Pulsar.Arbiter] executed again.
 *
 * It can be asked at any time, also before [method@Pulsar.Configurator.run].
 *
 * Returns: whether it is a worker
 *
 * Since: 0.1
 */
gboolean
pulsar_is_worker (void)
{
  return pulsar_identity_is_worker ();
}

/**
 * pulsar_worker_main:
 * @status: (out) (optional): return location for the exit status
 *
 * Becomes the worker this process was made to be, in a program that does not begin with [method@Pulsar.Configurator.run].
 *
 * A program that calls [method@Pulsar.Configurator.start_async] from a main loop of its own is executed again for each
 * worker. Without this call it would begin anew to do whatever it does; a `GApplication` would only activate its first
 * instance. Call it first in main, after [func@GObject.type_ensure] for the classes of applications and actors, and return
 * @status if it returns `TRUE`: a process that went on would start the program once more.
 *
 * The application is made from its class here, before the code that follows the call. So its hooks have to be overridden in
 * a subclass; handlers connected to an instance later are not there in a worker.
 *
 * Returns: `TRUE` in a worker, after that ended; `FALSE` in any other process
 *
 * Since: 0.1
 */
gboolean
pulsar_worker_main (int *status)
{
  g_autoptr(GError) error = NULL;
  PulsarWorkerProcess *process;
  int result = PULSAR_EXIT_INTERNAL;
  char *language;

  prepared = TRUE;
  if (!pulsar_identity_is_worker ())
    return FALSE;

  language = pulsar_i18n_begin ();
  process = pulsar_worker_process_get (&error);
  if (process != NULL)
    result = run_worker (process, NULL);
  else
    fprintf (stderr, "%s: %s\n", g_get_prgname (), error->message);
  pulsar_i18n_end (language);
  if (status != NULL)
    *status = result;
  return TRUE;
}
