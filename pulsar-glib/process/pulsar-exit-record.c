/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-exit-record.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pulsar-exit-record-private.h"
#include "pulsar-glib/pulsar-enum-types.h"

/**
 * PulsarExitRecord:
 *
 * What is known about a process that ended: which, when, and why.
 *
 * A record is made when the end of the process is noticed and never changes.
 *
 * Since: 0.1
 */
struct _PulsarExitRecord
{
  GObject parent_instance;
  char **last_lines;  /* (owned) (nullable) */
  gint64 started;
  gint64 ended;
  PulsarExitReason reason;
  int pid;
  int code;
  int signal_number;
  gboolean core_dumped;
};

typedef enum
{
  PROP_PID = 1,
  PROP_STARTED,
  PROP_ENDED,
  PROP_REASON,
  PROP_CODE,
  PROP_SIGNAL_NUMBER,
  PROP_CORE_DUMPED,
  PROP_LAST_LINES,
} PulsarExitRecordProperty;
static GParamSpec *properties[PROP_LAST_LINES + 1];

G_DEFINE_FINAL_TYPE (PulsarExitRecord, pulsar_exit_record, G_TYPE_OBJECT)

static void
pulsar_exit_record_get_property (GObject    *object,
                                 guint       property_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  PulsarExitRecord *self = PULSAR_EXIT_RECORD (object);

  switch ((PulsarExitRecordProperty) property_id)
    {
    case PROP_PID:
      g_value_set_int (value, self->pid);
      break;
    case PROP_STARTED:
      g_value_set_int64 (value, self->started);
      break;
    case PROP_ENDED:
      g_value_set_int64 (value, self->ended);
      break;
    case PROP_REASON:
      g_value_set_enum (value, (int) self->reason);
      break;
    case PROP_CODE:
      g_value_set_int (value, self->code);
      break;
    case PROP_SIGNAL_NUMBER:
      g_value_set_int (value, self->signal_number);
      break;
    case PROP_CORE_DUMPED:
      g_value_set_boolean (value, self->core_dumped);
      break;
    case PROP_LAST_LINES:
      g_value_set_boxed (value, pulsar_exit_record_get_last_lines (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

static void
pulsar_exit_record_finalize (GObject *object)
{
  PulsarExitRecord *self = PULSAR_EXIT_RECORD (object);

  g_clear_pointer (&self->last_lines, g_strfreev);

  G_OBJECT_CLASS (pulsar_exit_record_parent_class)->finalize (object);
}

static void
pulsar_exit_record_class_init (PulsarExitRecordClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_exit_record_get_property;
  object_class->finalize = pulsar_exit_record_finalize;

  /**
   * PulsarExitRecord:pid:
   *
   * The id the process had.
   *
   * Another process may bear it by now.
   *
   * Since: 0.1
   */
  properties[PROP_PID] =
    g_param_spec_int ("pid", NULL, NULL, 0, G_MAXINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * PulsarExitRecord:started:
   *
   * When the process was started, in microseconds of [func@GLib.get_monotonic_time].
   *
   * Since: 0.1
   */
  properties[PROP_STARTED] =
    g_param_spec_int64 ("started", NULL, NULL, 0, G_MAXINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * PulsarExitRecord:ended:
   *
   * When the end of the process was noticed, in microseconds of [func@GLib.get_monotonic_time].
   *
   * Since: 0.1
   */
  properties[PROP_ENDED] =
    g_param_spec_int64 ("ended", NULL, NULL, 0, G_MAXINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * PulsarExitRecord:reason:
   *
   * Why the process ended.
   *
   * An end that was asked for bears the reason it was asked for, whatever status or signal it came with.
   *
   * Since: 0.1
   */
  properties[PROP_REASON] =
    g_param_spec_enum ("reason", NULL, NULL, PULSAR_TYPE_EXIT_REASON, PULSAR_EXIT_REASON_EXITED,
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * PulsarExitRecord:code:
   *
   * The exit status, 0 to 255, or -1 if a signal ended the process or its status is lost.
   *
   * Since: 0.1
   */
  properties[PROP_CODE] =
    g_param_spec_int ("code", NULL, NULL, -1, 255, -1, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * PulsarExitRecord:signal-number:
   *
   * The signal that ended the process, or 0.
   *
   * Since: 0.1
   */
  properties[PROP_SIGNAL_NUMBER] =
    g_param_spec_int ("signal-number", NULL, NULL, 0, G_MAXINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * PulsarExitRecord:core-dumped:
   *
   * Whether the kernel wrote, or piped to a handler, an image of the process.
   *
   * Since: 0.1
   */
  properties[PROP_CORE_DUMPED] =
    g_param_spec_boolean ("core-dumped", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * PulsarExitRecord:last-lines:
   *
   * The last lines the process wrote to its standard error, oldest first: at most 20, none longer than 1024 bytes.
   *
   * They are valid UTF-8; what controls a terminal is written as an escape. There are none if `worker-output` is not `log`, and none
   * of what the process *logged*, unless the log was not yet or no longer that of [method@Pulsar.Configurator.run].
   *
   * Since: 0.1
   */
  properties[PROP_LAST_LINES] =
    g_param_spec_boxed ("last-lines", NULL, NULL, G_TYPE_STRV, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
pulsar_exit_record_init (PulsarExitRecord *self)
{
  self->code = -1;
}

PulsarExitRecord *
pulsar_exit_record_new (int              pid,
                        gint64           started,
                        gint64           ended,
                        PulsarExitReason reason,
                        int              code,
                        int              signal_number,
                        gboolean         core_dumped)
{
  PulsarExitRecord *self = g_object_new (PULSAR_TYPE_EXIT_RECORD, NULL);

  self->pid = pid;
  self->started = started;
  self->ended = ended;
  self->reason = reason;
  self->code = code;
  self->signal_number = signal_number;
  self->core_dumped = core_dumped;
  return self;
}

GVariant *
pulsar_exit_record_to_variant (PulsarExitRecord *self)
{
  return g_variant_new ("(ixxiiib^as)", self->pid, self->started, self->ended, (int) self->reason, self->code,
                        self->signal_number, self->core_dumped, pulsar_exit_record_get_last_lines (self));
}

PulsarExitRecord *
pulsar_exit_record_new_from_variant (GVariant *value)
{
  int pid, reason, code, signal_number;
  gint64 started, ended;
  gboolean core_dumped;
  g_auto(GStrv) lines = NULL;
  PulsarExitRecord *self;

  g_assert (g_variant_is_of_type (value, G_VARIANT_TYPE (PULSAR_EXIT_RECORD_VARIANT_TYPE)));

  g_variant_get (value, "(ixxiiib^as)", &pid, &started, &ended, &reason, &code, &signal_number, &core_dumped, &lines);
  if (reason < PULSAR_EXIT_REASON_EXITED || reason > PULSAR_EXIT_REASON_LOST)
    reason = PULSAR_EXIT_REASON_LOST;
  self = pulsar_exit_record_new (MAX (pid, 0), MAX (started, 0), MAX (ended, 0), (PulsarExitReason) reason,
                                 CLAMP (code, -1, 255), MAX (signal_number, 0), core_dumped);
  pulsar_exit_record_take_last_lines (self, g_steal_pointer (&lines));
  return self;
}

void
pulsar_exit_record_take_last_lines (PulsarExitRecord *self,
                                    char            **lines)
{
  g_strfreev (self->last_lines);
  self->last_lines = lines;
}

/**
 * pulsar_exit_record_get_pid:
 * @self: an exit record
 *
 * Gets the id the process had.
 *
 * Returns: the process id
 *
 * Since: 0.1
 */
int
pulsar_exit_record_get_pid (PulsarExitRecord *self)
{
  g_return_val_if_fail (PULSAR_IS_EXIT_RECORD (self), 0);

  return self->pid;
}

/**
 * pulsar_exit_record_get_started:
 * @self: an exit record
 *
 * Gets when the process was started.
 *
 * Returns: microseconds of [func@GLib.get_monotonic_time]
 *
 * Since: 0.1
 */
gint64
pulsar_exit_record_get_started (PulsarExitRecord *self)
{
  g_return_val_if_fail (PULSAR_IS_EXIT_RECORD (self), 0);

  return self->started;
}

/**
 * pulsar_exit_record_get_ended:
 * @self: an exit record
 *
 * Gets when the end of the process was noticed.
 *
 * Returns: microseconds of [func@GLib.get_monotonic_time]
 *
 * Since: 0.1
 */
gint64
pulsar_exit_record_get_ended (PulsarExitRecord *self)
{
  g_return_val_if_fail (PULSAR_IS_EXIT_RECORD (self), 0);

  return self->ended;
}

/**
 * pulsar_exit_record_get_reason:
 * @self: an exit record
 *
 * Gets why the process ended.
 *
 * Returns: the reason
 *
 * Since: 0.1
 */
PulsarExitReason
pulsar_exit_record_get_reason (PulsarExitRecord *self)
{
  g_return_val_if_fail (PULSAR_IS_EXIT_RECORD (self), PULSAR_EXIT_REASON_LOST);

  return self->reason;
}

/**
 * pulsar_exit_record_get_code:
 * @self: an exit record
 *
 * Gets the exit status.
 *
 * Returns: 0 to 255, or -1 if a signal ended the process or its status is lost
 *
 * Since: 0.1
 */
int
pulsar_exit_record_get_code (PulsarExitRecord *self)
{
  g_return_val_if_fail (PULSAR_IS_EXIT_RECORD (self), -1);

  return self->code;
}

/**
 * pulsar_exit_record_get_signal_number:
 * @self: an exit record
 *
 * Gets the signal that ended the process.
 *
 * Returns: a signal number, or 0
 *
 * Since: 0.1
 */
int
pulsar_exit_record_get_signal_number (PulsarExitRecord *self)
{
  g_return_val_if_fail (PULSAR_IS_EXIT_RECORD (self), 0);

  return self->signal_number;
}

/**
 * pulsar_exit_record_get_core_dumped:
 * @self: an exit record
 *
 * Gets whether the kernel wrote an image of the process.
 *
 * Returns: true if there is a core dump
 *
 * Since: 0.1
 */
gboolean
pulsar_exit_record_get_core_dumped (PulsarExitRecord *self)
{
  g_return_val_if_fail (PULSAR_IS_EXIT_RECORD (self), FALSE);

  return self->core_dumped;
}

/**
 * pulsar_exit_record_get_last_lines:
 * @self: an exit record
 *
 * Gets the last lines the process wrote to its standard error, oldest first.
 *
 * Returns: (transfer none) (array zero-terminated=1): the lines, which may be none
 *
 * Since: 0.1
 */
const char * const *
pulsar_exit_record_get_last_lines (PulsarExitRecord *self)
{
  static const char * const none[] = { NULL };

  g_return_val_if_fail (PULSAR_IS_EXIT_RECORD (self), NULL);

  return self->last_lines != NULL ? (const char * const *) self->last_lines : none;
}

/**
 * pulsar_exit_record_to_string:
 * @self: an exit record
 *
 * Says in words how the process ended.
 *
 * The text is one line for people, in their language, without [property@Pulsar.ExitRecord:last-lines], and may change from release
 * to release. It goes on after the name of what
 * ended, as in “worker web.2 ” + “ended with status 7 after 3.204 s”.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
pulsar_exit_record_to_string (PulsarExitRecord *self)
{
  g_autofree char *how = NULL;
  const char *why = NULL;
  double seconds;

  g_return_val_if_fail (PULSAR_IS_EXIT_RECORD (self), NULL);

  seconds = (double) (self->ended - self->started) / G_USEC_PER_SEC;
  if (self->signal_number != 0)
    {
      const char *abbreviation = sigabbrev_np (self->signal_number);
      g_autofree char *name = abbreviation != NULL ? g_strconcat ("SIG", abbreviation, NULL)
                                                   : g_strdup_printf ("%d", self->signal_number);

      if (self->core_dumped)
        how = g_strdup_printf (_("was ended by signal %s after %.3f s and left a core dump"), name, seconds);
      else
        how = g_strdup_printf (_("was ended by signal %s after %.3f s"), name, seconds);
    }
  else if (self->code >= 0)
    how = g_strdup_printf (_("ended with status %d after %.3f s"), self->code, seconds);
  else
    how = g_strdup_printf (_("ended after %.3f s, how is not known"), seconds);

  switch (self->reason)
    {
    case PULSAR_EXIT_REASON_KILLED_TIMEOUT:
      why = _("killed because it was silent");
      break;
    case PULSAR_EXIT_REASON_KILLED_START:
      why = _("killed because it was not ready in time");
      break;
    case PULSAR_EXIT_REASON_OOM:
      why = _("out of memory");
      break;
    case PULSAR_EXIT_REASON_STOPPED:
      why = _("it was asked to");
      break;
    case PULSAR_EXIT_REASON_EXITED:
    case PULSAR_EXIT_REASON_SIGNALLED:
    case PULSAR_EXIT_REASON_LOST:
    default:
      return g_steal_pointer (&how);
    }
  return g_strdup_printf ("%s (%s)", how, why);
}
