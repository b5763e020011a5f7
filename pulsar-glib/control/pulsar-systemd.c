/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/control/pulsar-systemd-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/base/pulsar-error-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/control/pulsar-notify-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"

/* Many workers that become ready at the same time are one news. */
#define STATUS_DELAY_US (100 * G_TIME_SPAN_MILLISECOND)

#define MAX_STATUS 2000

/* What a step takes beyond the time it is given: processes are made, killed and reaped. */
#define MARGIN_US (5 * G_USEC_PER_SEC)

struct _PulsarSystemd
{
  GObject parent_instance;

  PulsarArbiter *arbiter;  /* (owned) */
  PulsarNotify *notify;    /* (owned) (nullable) */
  GSource *watchdog;       /* (owned) (nullable) while it beats */
  GSource *news;           /* (owned) (nullable) runs while there is news that was not told */
  char *status;            /* (owned) (nullable) the last one told */
  gint64 interval_us;      /* of the watchdog; 0: there is none */
  gboolean is_started;
  gboolean is_stopping;
};

G_DEFINE_FINAL_TYPE (PulsarSystemd, pulsar_systemd, G_TYPE_OBJECT)

/* One line of valid UTF-8: the service manager drops what has more than 4096 bytes in all, or anything else. */
static char *
make_line (const char *text)
{
  char *line = g_strdelimit (g_utf8_make_valid (text, -1), "\r\n", ' ');

  if (strlen (line) > MAX_STATUS)
    *g_utf8_find_prev_char (line, line + MAX_STATUS) = '\0';
  return line;
}

static void
tell (PulsarSystemd *self,
      const char    *state,
      const char    *status)
{
  g_autofree char *line = status != NULL ? make_line (status) : NULL;
  g_autoptr(GString) text = g_string_new (state);

  if (self->notify == NULL)
    return;
  if (line != NULL)
    g_string_append_printf (text, "%sSTATUS=%s", text->len > 0 ? "\n" : "", line);
  g_free (self->status);
  self->status = g_steal_pointer (&line);
  pulsar_notify_send (self->notify, text->str, -1, state != NULL ? PULSAR_NOTIFY_NONE : PULSAR_NOTIFY_SKIP_IF_FULL);
}

static gboolean
is_ready (PulsarMonitor *monitor,
          guint         *n_ready,
          guint         *n_workers)
{
  GListModel *workers = pulsar_monitor_get_workers (monitor);

  *n_ready = 0;
  *n_workers = pulsar_config_get_uint (pulsar_actor_get_config (PULSAR_ACTOR (monitor)), "workers");
  for (guint i = 0; i < g_list_model_get_n_items (workers); i++)
    {
      g_autoptr(PulsarWorker) worker = g_list_model_get_item (workers, i);

      *n_ready += pulsar_worker_get_state (worker) == PULSAR_STATE_RUNNING ? 1 : 0;
    }
  return pulsar_actor_get_state (PULSAR_ACTOR (monitor)) == PULSAR_STATE_RUNNING && (*n_ready > 0 || *n_workers == 0);
}

static char *
describe (PulsarSystemd *self)
{
  GListModel *monitors = pulsar_arbiter_get_monitors (self->arbiter);
  g_autoptr(GString) counts = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (monitors); i++)
    {
      g_autoptr(PulsarMonitor) monitor = g_list_model_get_item (monitors, i);
      guint n_ready, n_workers;

      is_ready (monitor, &n_ready, &n_workers);
      if (n_workers > 0)
        g_string_append_printf (counts, "%s%s %u/%u", counts->len > 0 ? ", " : "",
                                pulsar_actor_get_name (PULSAR_ACTOR (monitor)), n_ready, n_workers);
    }
  return counts->len > 0 ? g_strdup_printf (_("Workers ready: %s"), counts->str) : g_strdup (_("Running"));
}

static gboolean
news_cb (gpointer user_data)
{
  PulsarSystemd *self = user_data;
  g_autofree char *status = describe (self);

  g_clear_pointer (&self->news, g_source_unref);  /* destroyed by the return */
  if (self->is_started && !self->is_stopping && g_strcmp0 (status, self->status) != 0)
    tell (self, NULL, status);
  return G_SOURCE_REMOVE;
}

static void
have_news (PulsarSystemd *self)
{
  if (!self->is_started || self->is_stopping || self->news != NULL)
    return;
  self->news = g_timeout_source_new (0);
  g_source_set_static_name (self->news, "[pulsar] status of the service");
  g_source_set_ready_time (self->news, g_get_monotonic_time () + STATUS_DELAY_US);
  g_source_set_callback (self->news, news_cb, self, NULL);
  g_source_attach (self->news, g_main_context_get_thread_default ());
}

/* A program is alive while its loop runs, which is shown by this callback, and while of each application somebody is there for its
 * clients. What ends or starts has bounds of its own. */
static gboolean
beat_cb (gpointer user_data)
{
  PulsarSystemd *self = user_data;
  GListModel *monitors = pulsar_arbiter_get_monitors (self->arbiter);

  for (guint i = 0; !self->is_stopping && i < g_list_model_get_n_items (monitors); i++)
    {
      g_autoptr(PulsarMonitor) monitor = g_list_model_get_item (monitors, i);
      guint n_ready, n_workers;

      if (pulsar_actor_get_state (PULSAR_ACTOR (monitor)) == PULSAR_STATE_RUNNING && !is_ready (monitor, &n_ready, &n_workers))
        return G_SOURCE_CONTINUE;
    }
  pulsar_notify_send (self->notify, "WATCHDOG=1", -1, PULSAR_NOTIFY_SKIP_IF_FULL);
  return G_SOURCE_CONTINUE;
}

/* WATCHDOG_USEC is the time after which silence is a failure; WATCHDOG_PID the process it is meant for, if it is for one only. */
static gint64
read_interval (void)
{
  const char *text = secure_getenv ("WATCHDOG_USEC");
  const char *pid_text = secure_getenv ("WATCHDOG_PID");
  guint64 interval_us = 0, pid = 0;

  if (text == NULL || *text == '\0')
    return 0;
  if (pid_text != NULL && g_ascii_string_to_unsigned (pid_text, 10, 1, G_MAXINT, &pid, NULL) && pid != (guint64) getpid ())
    return 0;
  if (g_ascii_string_to_unsigned (text, 10, 2, G_MAXINT64, &interval_us, NULL) && (pid_text == NULL || pid != 0))
    return (gint64) interval_us;
  pulsar_log (PULSAR_LOG_WARNING, _("The variables WATCHDOG_USEC=“%s” and WATCHDOG_PID=“%s” make no sense; there will be no sign of life"),
              text, pid_text != NULL ? pid_text : "");
  return 0;
}

static void
begin_to_beat (PulsarSystemd *self)
{
  if (self->interval_us == 0 || self->notify == NULL || self->watchdog != NULL)
    return;
  self->watchdog = g_timeout_source_new ((guint) CLAMP (self->interval_us / 2 / 1000, 1, G_MAXINT));
  g_source_set_static_name (self->watchdog, "[pulsar] watchdog of the service");
  g_source_set_callback (self->watchdog, beat_cb, self, NULL);
  g_source_attach (self->watchdog, g_main_context_get_thread_default ());
  beat_cb (self);
}

/* A step of the start goes on, which may take its time: longer than the service manager gives a start, if the settings say so. */
static void
extend (PulsarSystemd *self,
        const char    *status,
        gint64         timeout_us)
{
  g_autofree char *text = g_strdup_printf ("EXTEND_TIMEOUT_USEC=%" G_GINT64_FORMAT, timeout_us + MARGIN_US);

  tell (self, text, status);
}

static void
monitor_state_cb (PulsarActor   *monitor,
                  GParamSpec    *pspec,
                  PulsarSystemd *self)
{
  g_autofree char *status = NULL;

  if (pulsar_actor_get_state (monitor) != PULSAR_STATE_STARTING || self->is_started || self->is_stopping)
    {
      have_news (self);
      return;
    }
  /* Its hooks, and then its workers, are given that time each. */
  status = g_strdup_printf (_("Starting “%s”"), pulsar_actor_get_name (monitor));
  extend (self, status, 2 * pulsar_config_get_duration (pulsar_actor_get_config (monitor), "start-timeout"));
}

static void
monitors_changed_cb (GListModel    *monitors,
                     guint          position,
                     guint          n_removed,
                     guint          n_added,
                     PulsarSystemd *self)
{
  for (guint i = position; i < position + n_added; i++)
    {
      g_autoptr(PulsarMonitor) monitor = g_list_model_get_item (monitors, i);

      g_signal_connect_object (monitor, "notify::state", G_CALLBACK (monitor_state_cb), self, 0);
      g_signal_connect_object (monitor, "worker-ready", G_CALLBACK (have_news), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (monitor, "worker-exited", G_CALLBACK (have_news), self, G_CONNECT_SWAPPED);
    }
  have_news (self);
}

static gint64
get_graceful_us (PulsarSystemd *self)
{
  GListModel *monitors = pulsar_arbiter_get_monitors (self->arbiter);
  gint64 graceful_us = pulsar_config_get_duration (pulsar_actor_get_config (PULSAR_ACTOR (self->arbiter)), "graceful-timeout");

  for (guint i = 0; i < g_list_model_get_n_items (monitors); i++)
    {
      g_autoptr(PulsarActor) monitor = g_list_model_get_item (monitors, i);

      graceful_us = MAX (graceful_us, pulsar_config_get_duration (pulsar_actor_get_config (monitor), "graceful-timeout"));
    }
  return graceful_us;
}

static void
arbiter_state_cb (PulsarActor   *arbiter,
                  GParamSpec    *pspec,
                  PulsarSystemd *self)
{
  g_autofree char *text = NULL;

  switch (pulsar_actor_get_state (arbiter))
    {
    case PULSAR_STATE_STARTING:
      extend (self, _("Starting"), pulsar_config_get_duration (pulsar_actor_get_config (arbiter), "start-timeout"));
      break;
    case PULSAR_STATE_STOPPING:
      self->is_stopping = TRUE;
      text = g_strdup_printf ("STOPPING=1\nEXTEND_TIMEOUT_USEC=%" G_GINT64_FORMAT, get_graceful_us (self) + MARGIN_US);
      tell (self, text, _("Stopping"));
      break;
    case PULSAR_STATE_INITIAL:
    case PULSAR_STATE_RUNNING:
    case PULSAR_STATE_CLOSED:
    case PULSAR_STATE_TERMINATED:
    default:
      break;
    }
}

static void
stop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
pulsar_systemd_dispose (GObject *object)
{
  PulsarSystemd *self = PULSAR_SYSTEMD (object);

  stop_source (&self->watchdog);
  stop_source (&self->news);
  g_clear_object (&self->arbiter);

  G_OBJECT_CLASS (pulsar_systemd_parent_class)->dispose (object);
}

static void
pulsar_systemd_finalize (GObject *object)
{
  PulsarSystemd *self = PULSAR_SYSTEMD (object);

  g_clear_pointer (&self->notify, pulsar_notify_free);
  g_free (self->status);

  G_OBJECT_CLASS (pulsar_systemd_parent_class)->finalize (object);
}

static void
pulsar_systemd_class_init (PulsarSystemdClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pulsar_systemd_dispose;
  object_class->finalize = pulsar_systemd_finalize;
}

static void
pulsar_systemd_init (PulsarSystemd *self)
{
}

PulsarSystemd *
pulsar_systemd_new (PulsarArbiter *arbiter)
{
  PulsarSystemd *self = g_object_new (PULSAR_TYPE_SYSTEMD, NULL);

  self->arbiter = g_object_ref (arbiter);
  self->notify = pulsar_notify_new ();
  if (self->notify == NULL)
    return self;
  self->interval_us = read_interval ();
  g_signal_connect_object (arbiter, "notify::state", G_CALLBACK (arbiter_state_cb), self, 0);
  g_signal_connect_object (pulsar_arbiter_get_monitors (arbiter), "items-changed", G_CALLBACK (monitors_changed_cb), self, 0);
  return self;
}

void
pulsar_systemd_started (PulsarSystemd *self)
{
  g_autofree char *status = describe (self);

  if (self->is_stopping)
    return;
  self->is_started = TRUE;
  tell (self, "READY=1", status);
  begin_to_beat (self);
}

void
pulsar_systemd_reloading (PulsarSystemd *self)
{
  g_autofree char *text = NULL;

  if (!self->is_started || self->is_stopping)
    return;
  text = g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());
  tell (self, text, _("Reloading"));
}

void
pulsar_systemd_reloaded (PulsarSystemd *self,
                         const GError  *error)
{
  g_autofree char *status = NULL;

  if (!self->is_started || self->is_stopping)
    return;
  status = error != NULL ? g_strdup_printf (_("Reload failed, all goes on as before: %s"), error->message) : describe (self);
  tell (self, "READY=1", status);
}

/* The service manager has a number for what went wrong, from the table of errno. */
static int
get_errno (const GError *error)
{
  switch (pulsar_error_get_exit_status (error))
    {
    case PULSAR_EXIT_USAGE:
    case PULSAR_EXIT_CONFIGURATION:
      return EINVAL;
    case PULSAR_EXIT_PID_FILE:
      return EEXIST;
    case PULSAR_EXIT_PERMISSION:
      return EACCES;
    case PULSAR_EXIT_INTERNAL:
      return ENOEXEC;
    case PULSAR_EXIT_OK:
    case PULSAR_EXIT_UNAVAILABLE:
    default:
      return EIO;
    }
}

static void
tell_error (PulsarSystemd *self,
            const GError  *error)
{
  g_autofree char *text = g_strdup_printf ("ERRNO=%d", get_errno (error));

  tell (self, text, error->message);
}

void
pulsar_systemd_ended (PulsarSystemd *self,
                      const GError  *error)
{
  self->is_stopping = TRUE;
  stop_source (&self->watchdog);
  stop_source (&self->news);
  if (error != NULL)
    tell_error (self, error);
}

void
pulsar_systemd_tell_failure (const GError *error)
{
  g_autoptr(PulsarSystemd) self = g_object_new (PULSAR_TYPE_SYSTEMD, NULL);

  self->notify = pulsar_notify_new ();
  tell_error (self, error);
}
