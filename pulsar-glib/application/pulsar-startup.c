/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-startup-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/application/pulsar-application-private.h"
#include "pulsar-glib/application/pulsar-configurator-private.h"
#include "pulsar-glib/application/pulsar-override-private.h"
#include "pulsar-glib/application/pulsar-program-private.h"
#include "pulsar-glib/application/pulsar-start-check-private.h"
#include "pulsar-glib/application/pulsar-start-order-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/process/pulsar-identity-private.h"
#include "pulsar-glib/process/pulsar-process-attributes-private.h"
#include "pulsar-glib/supervision/pulsar-arbiter-private.h"
#include "pulsar-glib/supervision/pulsar-sequence-private.h"

/* The steps follow each other: configuration, the configured hooks one application after the other, the arbiter unless one runs already,
 * then all monitors at once, but for those that are to start after others. Whatever fails first ends all that has begun; the task gets that error when nothing is left. */
struct _PulsarStartup
{
  GTask *task;              /* (owned) (nullable) until it has returned */
  GPtrArray *applications;  /* (owned) */
  PulsarArbiter *arbiter;   /* (owned) */
  PulsarSequence *sequence; /* while the configured hooks of an application run */
  GError *error;            /* (owned) (nullable) the first one */
  char *log_name;           /* (owned) */
  gulong cancelled_id;
  guint next;               /* the application whose configured hooks run */
  GPtrArray *waiting;       /* (owned) (nullable) of PulsarApplication: those that have not begun to start, because of … */
  GPtrArray *started;       /* (owned) (nullable) … others, which are not among these yet */
  guint n_starting;         /* monitors whose start has not ended */
  guint n_ending;           /* monitors that are being ended because of the error */
  gboolean stopped;         /* by somebody who asked for it, so that nothing has failed */
  gboolean own_arbiter;     /* the arbiter was begun here, and ends with this start if that fails */
};

static void
startup_free (PulsarStartup *self)
{
  g_clear_pointer (&self->applications, g_ptr_array_unref);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  g_clear_pointer (&self->started, g_ptr_array_unref);
  g_clear_object (&self->arbiter);
  g_clear_error (&self->error);
  g_free (self->log_name);
  g_free (self);
}

static void
finish (PulsarStartup *self)
{
  g_autoptr(GTask) task = g_steal_pointer (&self->task);
  GError *error = g_steal_pointer (&self->error);

  if (self->cancelled_id != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (task), self->cancelled_id);
  g_signal_handlers_disconnect_by_data (self->arbiter, self);
  for (guint i = 0; i < self->applications->len; i++)
    pulsar_application_start_ended (g_ptr_array_index (self->applications, i), error);
  startup_free (self);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
arbiter_state_cb (PulsarStartup *self)
{
  if (pulsar_actor_get_state (PULSAR_ACTOR (self->arbiter)) != PULSAR_STATE_CLOSED)
    return;
  if (self->n_ending > 0)
    return;  /* the end of the monitors, which took the arbiter with them, is what fail () waits for */

  /* Stopped from outside before it ran, or because an application failed that ran already. */
  if (self->error == NULL && pulsar_arbiter_get_cause (self->arbiter) != NULL)
    self->error = g_error_copy (pulsar_arbiter_get_cause (self->arbiter));
  if (self->error == NULL)
    g_set_error_literal (&self->error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED, _("The start was stopped"));
  finish (self);
}

static void
monitor_ended_cb (PulsarMonitor *monitor,
                  const GError  *error,
                  gpointer       user_data)
{
  PulsarStartup *self = user_data;

  self->n_ending--;
  if (self->n_ending == 0)
    finish (self);
}

/* Ends what has begun, and frees @self within the call if that is nothing. @error is taken; only the first one counts. */
static void
fail (PulsarStartup *self,
      GError        *error)
{
  if (self->error != NULL)
    {
      g_error_free (error);
      return;
    }
  self->error = error;

  if (self->sequence != NULL)
    {
      pulsar_sequence_hurry (self->sequence);  /* its end comes back to us */
      return;
    }

  if (self->own_arbiter)
    {
      if (pulsar_actor_get_state (PULSAR_ACTOR (self->arbiter)) < PULSAR_STATE_STOPPING)
        pulsar_arbiter_end (self->arbiter, self->stopped ? NULL : self->error);
      return;  /* arbiter_state_cb () goes on */
    }

  self->n_ending = 1;
  for (guint i = 0; i < self->applications->len; i++)
    {
      PulsarMonitor *monitor = pulsar_application_get_monitor (g_ptr_array_index (self->applications, i));

      if (monitor == NULL || pulsar_actor_get_state (PULSAR_ACTOR (monitor)) >= PULSAR_STATE_STOPPING)
        continue;
      self->n_ending++;
      pulsar_arbiter_end_monitor (self->arbiter, monitor, monitor_ended_cb, self);
    }
  monitor_ended_cb (NULL, NULL, self);
}

static void start_due_monitors (PulsarStartup *self);

static void
monitor_started_cb (PulsarMonitor *monitor,
                    const GError  *error,
                    gpointer       user_data)
{
  PulsarStartup *self = user_data;

  self->n_starting--;
  if (self->error == NULL && pulsar_actor_get_state (PULSAR_ACTOR (monitor)) >= PULSAR_STATE_STOPPING)
    self->stopped = pulsar_monitor_get_failure (monitor) == NULL;
  if (error != NULL)
    {
      fail (self, g_error_copy (error));
      return;
    }
  if (self->error != NULL)
    return;

  g_ptr_array_add (self->started, g_object_ref (pulsar_monitor_get_application (monitor)));
  if (self->n_starting == 0)
    finish (self);
  else
    start_due_monitors (self);
}

/* Whether all have started that @application is to start after. */
static gboolean
is_due (GPtrArray         *applications,
        GPtrArray         *started,
        PulsarApplication *application)
{
  for (guint i = 0; i < applications->len; i++)
    {
      PulsarApplication *other = g_ptr_array_index (applications, i);

      if (pulsar_start_order_has (applications, application, other) && !g_ptr_array_find (started, other, NULL))
        return FALSE;
    }
  return TRUE;
}

/* A start may end within the call, well or not, and with it all others, and @self. */
static void
start_due_monitors (PulsarStartup *self)
{
  g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(PulsarArbiter) arbiter = g_object_ref (self->arbiter);

  for (guint i = 0; i < self->waiting->len;)
    {
      if (is_due (self->applications, self->started, g_ptr_array_index (self->waiting, i)))
        g_ptr_array_add (due, g_object_ref (pulsar_application_get_monitor (g_ptr_array_steal_index (self->waiting, i))));
      else
        i++;
    }
  for (guint i = 0; i < due->len; i++)
    {
      PulsarMonitor *monitor = g_ptr_array_index (due, i);

      if (pulsar_actor_get_state (PULSAR_ACTOR (monitor)) != PULSAR_STATE_INITIAL
          || pulsar_actor_get_state (PULSAR_ACTOR (arbiter)) != PULSAR_STATE_RUNNING)
        break;
      pulsar_monitor_start (monitor);
    }
}

static void
start_monitors (PulsarStartup *self)
{
  g_autoptr(GPtrArray) order = pulsar_start_order_sort (self->applications, NULL);

  g_assert (order != NULL);  /* it was looked at before the arbiter began */
  self->waiting = g_ptr_array_new ();
  self->started = g_ptr_array_new_with_free_func (g_object_unref);
  self->n_starting = order->len;
  for (guint i = 0; i < order->len; i++)
    {
      PulsarApplication *application = g_ptr_array_index (order, i);
      PulsarMonitor *monitor = pulsar_application_make_monitor (application, self->arbiter, !self->own_arbiter);

      pulsar_monitor_await_start (monitor, monitor_started_cb, self);
      pulsar_arbiter_add_monitor (self->arbiter, monitor);
      g_ptr_array_add (self->waiting, application);
      g_object_unref (monitor);  /* the arbiter holds it */
    }
  start_due_monitors (self);
}

static void
arbiter_begun_cb (PulsarArbiter *arbiter,
                  const GError  *error,
                  gpointer       user_data)
{
  PulsarStartup *self = user_data;

  if (error != NULL)
    fail (self, g_error_copy (error));
  else if (self->error == NULL)
    start_monitors (self);
}

/* Whether the workers can be what they are to be, before anything is opened or begun. */
static gboolean
check_attributes (PulsarStartup  *self,
                  GError        **error)
{
  for (guint i = 0; i < self->applications->len; i++)
    {
      if (!pulsar_process_attributes_check (pulsar_configurator_get_config (g_ptr_array_index (self->applications, i)), error))
        return FALSE;
    }
  return pulsar_start_check_beside (self->applications, error);
}

static void
begin_arbiter (PulsarStartup *self)
{
  PulsarConfigurator *main_application = g_ptr_array_index (self->applications, 0);
  PulsarConfig *config = pulsar_configurator_get_config (main_application);
  g_autoptr(PulsarConfig) arbiter_config = NULL;
  GError *error = NULL;

  if (!check_attributes (self, &error))
    {
      fail (self, error);
      return;
    }

  /* Until here, in a configured hook, a program may set whatever it likes. */
  for (guint i = 0; i < self->applications->len; i++)
    pulsar_config_set_phase (pulsar_configurator_get_config (g_ptr_array_index (self->applications, i)),
                             PULSAR_CONFIG_PHASE_RUNNING);

  g_signal_connect_swapped (self->arbiter, "notify::state", G_CALLBACK (arbiter_state_cb), self);
  if (pulsar_arbiter_get_active () != NULL)
    {
      pulsar_config_adopt_globals (pulsar_actor_get_config (PULSAR_ACTOR (self->arbiter)), config);
      start_monitors (self);
      return;
    }

  self->own_arbiter = TRUE;
  arbiter_config = pulsar_config_copy (config);
  pulsar_config_set_phase (arbiter_config, PULSAR_CONFIG_PHASE_RUNNING);
  pulsar_arbiter_begin (self->arbiter, arbiter_config, self->log_name, arbiter_begun_cb, self);
}

static void configure_next (PulsarStartup *self);

static void
configured_done_cb (gpointer      owner,
                    const GError *error)
{
  PulsarStartup *self = pulsar_application_get_startup (PULSAR_APPLICATION (owner));

  self->sequence = NULL;
  if (self->error != NULL)
    {
      finish (self);
      return;
    }
  if (error != NULL)
    {
      /* Whatever a configured hook says, it says about the configuration. */
      fail (self, g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, error->message));
      return;
    }
  configure_next (self);
}

static void
prepare_step (gpointer    owner,
              PulsarHook *hook)
{
  PulsarStartup *self = pulsar_application_get_startup (PULSAR_APPLICATION (owner));

  pulsar_application_prepare (PULSAR_APPLICATION (owner), self->arbiter, hook);
}

static void
configured_step (gpointer    owner,
                 PulsarHook *hook)
{
  PulsarStartup *self = pulsar_application_get_startup (PULSAR_APPLICATION (owner));

  g_signal_emit_by_name (owner, "configured", self->arbiter, hook);
}

static void
configure_next (PulsarStartup *self)
{
  PulsarApplication *application;
  guint timeout_ms;

  if (self->next == self->applications->len)
    {
      begin_arbiter (self);
      return;
    }

  application = g_ptr_array_index (self->applications, self->next++);
  timeout_ms = pulsar_config_get_duration_ms (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), "start-timeout");
  self->sequence = pulsar_sequence_new (PULSAR_SEQUENCE_START, G_OBJECT (application), configured_done_cb);
  pulsar_sequence_add (self->sequence, "prepare", prepare_step);
  pulsar_sequence_add (self->sequence, "configured", configured_step);
  pulsar_sequence_run (self->sequence, timeout_ms, 0);
}

static void
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  PulsarStartup *self = user_data;

  self->stopped = self->error == NULL;
  fail (user_data, g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_CANCELLED, _("The start was cancelled")));
}

static gboolean
check_names (PulsarStartup  *self,
             GError        **error)
{
  for (guint i = 0; i < self->applications->len; i++)
    {
      PulsarApplication *application = g_ptr_array_index (self->applications, i);
      const char *name = pulsar_configurator_get_name (PULSAR_CONFIGURATOR (application));

      if (pulsar_arbiter_get_monitor (self->arbiter, name) != NULL || pulsar_application_get_startup (application) != NULL)
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_ALREADY_STARTED, _("An application “%s” runs already"), name);
          return FALSE;
        }
      if (g_str_equal (name, "arbiter") || g_str_equal (name, "monitor"))
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                       _("An application cannot be called “%s”: that is the name of another actor"), name);
          return FALSE;
        }
    }
  return TRUE;
}

/* Whether workers of this program will become workers. */
static gboolean
check_prepared (PulsarStartup  *self,
                GError        **error)
{
  PulsarConfig *config = pulsar_configurator_get_config (g_ptr_array_index (self->applications, 0));
  g_auto(GStrv) command = pulsar_config_dup_strv (config, "command");

  if (pulsar_identity_is_lost ((const char * const *) command))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_BOOTSTRAP,
                   _("This process was to be a worker and does not know of which arbiter: what “command” executes has to pass on "
                     "the variable “%s” and all descriptors"), PULSAR_IDENTITY_VARIABLE);
      return FALSE;
    }
  if (pulsar_program_is_prepared () || command[0] != NULL)
    return TRUE;

  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_NOT_PREPARED,
                       _("Workers of this program would not know what to do: call pulsar_worker_main () first in main, or "
                         "set “command” to a program that calls run ()"));
  return FALSE;
}

/* Applications that are added to a running arbiter have its global settings, unless they have their own. */
static gboolean
adopt_globals (PulsarConfigurator  *configurator,
               PulsarArbiter       *arbiter,
               GError             **error)
{
  g_autoptr(GPtrArray) applications = pulsar_configurator_list_applications (configurator, error);

  for (guint i = 0; applications != NULL && i < applications->len; i++)
    pulsar_config_adopt_globals (pulsar_configurator_get_config (applications->pdata[i]),
                                 pulsar_actor_get_config (PULSAR_ACTOR (arbiter)));
  return applications != NULL;
}

static void
set_exc_id (GPtrArray  *applications,
            const char *exc_id)
{
  for (guint i = 0; i < applications->len; i++)
    {
      PulsarConfig *config = pulsar_configurator_get_config (g_ptr_array_index (applications, i));

      pulsar_config_set_from (config, "exc-id", g_variant_new_string (exc_id), PULSAR_ORIGIN_ARBITER, NULL, NULL);
    }
}

/* Whoever starts applications in a loop of his own has one that lasts as long as the arbiter. */
static void
ensure_exc_id (GPtrArray *applications)
{
  PulsarConfig *config = pulsar_configurator_get_config (g_ptr_array_index (applications, 0));
  g_autofree char *exc_id = pulsar_config_dup_string (config, "exc-id");

  if (*exc_id == '\0')
    pulsar_startup_renew_exc_id (applications);
}

static gboolean
load (PulsarStartup       *self,
      PulsarConfigurator  *configurator,
      GError             **error)
{
  PulsarArbiter *active = pulsar_arbiter_get_active ();

  /* Never a second arbiter: a worker that became one would make workers that do so, too. */
  if (pulsar_is_worker ())
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
                           _("This process is a worker; only the process of the arbiter starts applications"));
      return FALSE;
    }
  if (active != NULL && pulsar_actor_get_state (PULSAR_ACTOR (active)) != PULSAR_STATE_RUNNING)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING,
                           _("The arbiter is starting or stopping; an application can be added only while it runs"));
      return FALSE;
    }
  if (active != NULL && !adopt_globals (configurator, active, error))
    return FALSE;

  if (!pulsar_configurator_load_config (configurator, error))
    return FALSE;
  self->applications = pulsar_configurator_list_applications (configurator, error);
  if (self->applications == NULL || !check_names (self, error) || !check_prepared (self, error))
    return FALSE;
  ensure_exc_id (self->applications);
  return TRUE;
}

/* What was found while there was no log yet. */
static void
log_notices (PulsarStartup *self)
{
  g_autoptr(GPtrArray) notices =
    pulsar_config_steal_notices (pulsar_configurator_get_config (g_ptr_array_index (self->applications, 0)));

  for (guint i = 0; i < notices->len; i++)
    g_message ("%s", (const char *) notices->pdata[i]);
}

void
pulsar_startup_renew_exc_id (GPtrArray *applications)
{
  PulsarConfig *config = pulsar_configurator_get_config (g_ptr_array_index (applications, 0));
  PulsarSetting *setting = pulsar_config_get_setting (config, "exc-id");
  g_autofree char *chosen = pulsar_config_dup_string (config, "exc-id");
  g_autofree char *uuid = NULL;
  g_auto(GStrv) parts = NULL;
  g_autofree char *exc_id = NULL;

  if (*chosen != '\0' && pulsar_setting_get_origin (setting) != PULSAR_ORIGIN_ARBITER)
    return;

  uuid = g_uuid_string_random ();
  parts = g_strsplit (uuid, "-", -1);
  exc_id = g_strjoinv (NULL, parts);
  set_exc_id (applications, exc_id);
}

void
pulsar_startup_run (PulsarConfigurator *configurator,
                    const char         *log_name,
                    GTask              *task)
{
  PulsarStartup *self = g_new0 (PulsarStartup, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;

  self->arbiter = g_object_ref (pulsar_arbiter_get_default ());
  self->log_name = g_strdup (log_name);
  if (!load (self, configurator, &error))
    {
      startup_free (self);
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  log_notices (self);
  pulsar_override_check ();
  self->task = task;
  for (guint i = 0; i < self->applications->len; i++)
    {
      PulsarConfigurator *application = g_ptr_array_index (self->applications, i);

      pulsar_application_set_startup (PULSAR_APPLICATION (application), self);
      pulsar_config_set_phase (pulsar_configurator_get_config (application), PULSAR_CONFIG_PHASE_LOADED);
    }

  /* The callback, not g_cancellable_connect (): that would deadlock when it disconnects itself. */
  g_task_set_check_cancellable (task, FALSE);
  if (cancellable != NULL)
    self->cancelled_id = g_signal_connect (cancellable, "cancelled", G_CALLBACK (cancelled_cb), self);
  if (cancellable != NULL && g_cancellable_is_cancelled (cancellable))
    {
      cancelled_cb (cancellable, self);
      return;
    }
  configure_next (self);
}
