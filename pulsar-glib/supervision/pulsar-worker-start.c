/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-worker-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/config/pulsar-config-private.h"

/* What is asked of a worker when it is started, and what is said of one that did not start, or ended. */

void
pulsar_worker_times_init (PulsarWorkerTimes *times,
                          PulsarConfig      *config)
{
  times->start_timeout_ms = pulsar_config_get_duration_ms (config, "start-timeout");
  times->timeout_ms = pulsar_config_get_duration_ms (config, "timeout");
  times->graceful_timeout_ms = pulsar_config_get_duration_ms (config, "graceful-timeout");
}

/* One that was asked to end, or did so in peace, needs no explanation. */
static gboolean
is_explained (PulsarExitRecord *record)
{
  switch (pulsar_exit_record_get_reason (record))
    {
    case PULSAR_EXIT_REASON_STOPPED:
      return TRUE;
    case PULSAR_EXIT_REASON_EXITED:
      return pulsar_exit_record_get_code (record) == 0;
    case PULSAR_EXIT_REASON_SIGNALLED:
    case PULSAR_EXIT_REASON_KILLED_TIMEOUT:
    case PULSAR_EXIT_REASON_KILLED_START:
    case PULSAR_EXIT_REASON_OOM:
    case PULSAR_EXIT_REASON_LOST:
    default:
      return FALSE;
    }
}

char *
pulsar_worker_describe_end (PulsarWorker *self)
{
  PulsarExitRecord *record = pulsar_worker_get_exit_record (self);
  const char * const *lines = pulsar_exit_record_get_last_lines (record);
  g_autofree char *text = NULL;

  if (lines[0] == NULL || is_explained (record))
    return g_strdup ("");
  text = g_strjoinv ("\n", (char **) lines);
  return g_strconcat ("\n", _("Its last lines:"), "\n", text, NULL);
}

GError *
pulsar_worker_make_start_error (PulsarWorker *self)
{
  const char *name = pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (self));
  const GError *failure = pulsar_worker_get_failure (self);
  PulsarExitRecord *record = pulsar_worker_get_exit_record (self);
  g_autofree char *words = pulsar_worker_describe_end (self);
  g_autofree char *how = NULL;

  if (failure != NULL)
    return g_error_new (failure->domain, failure->code, _("Worker “%s” could not start: %s"), name, failure->message);

  how = pulsar_exit_record_to_string (record);
  if (pulsar_exit_record_get_reason (record) == PULSAR_EXIT_REASON_KILLED_START)
    return g_error_new (PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT, _("Worker “%s” could not start: it %s%s"), name, how,
                        words);
  return g_error_new (PULSAR_ERROR, PULSAR_ERROR_BOOTSTRAP, _("Worker “%s” ended before it was ready: %s%s"), name, how,
                      words);
}
