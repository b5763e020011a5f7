/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

/**
 * PulsarExitReason:
 * @PULSAR_EXIT_REASON_EXITED: the process ended by itself, with an exit status
 * @PULSAR_EXIT_REASON_SIGNALLED: a signal nobody here sent ended the process
 * @PULSAR_EXIT_REASON_KILLED_TIMEOUT: the process was silent for longer than `timeout` and was killed
 * @PULSAR_EXIT_REASON_KILLED_START: the process was not ready within `start-timeout` and was killed
 * @PULSAR_EXIT_REASON_OOM: the kernel killed the process for want of memory
 * @PULSAR_EXIT_REASON_STOPPED: the process was asked to end
 * @PULSAR_EXIT_REASON_LOST: the process is gone and somebody else took its exit status
 *
 * Why a process ended.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_EXIT_REASON_EXITED,
  PULSAR_EXIT_REASON_SIGNALLED,
  PULSAR_EXIT_REASON_KILLED_TIMEOUT,
  PULSAR_EXIT_REASON_KILLED_START,
  PULSAR_EXIT_REASON_OOM,
  PULSAR_EXIT_REASON_STOPPED,
  PULSAR_EXIT_REASON_LOST,
} PulsarExitReason;

#define PULSAR_TYPE_EXIT_RECORD (pulsar_exit_record_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarExitRecord, pulsar_exit_record, PULSAR, EXIT_RECORD, GObject)

PULSAR_AVAILABLE_IN_ALL
int              pulsar_exit_record_get_pid           (PulsarExitRecord *self);
PULSAR_AVAILABLE_IN_ALL
gint64           pulsar_exit_record_get_started       (PulsarExitRecord *self);
PULSAR_AVAILABLE_IN_ALL
gint64           pulsar_exit_record_get_ended         (PulsarExitRecord *self);
PULSAR_AVAILABLE_IN_ALL
PulsarExitReason pulsar_exit_record_get_reason        (PulsarExitRecord *self);
PULSAR_AVAILABLE_IN_ALL
int              pulsar_exit_record_get_code          (PulsarExitRecord *self);
PULSAR_AVAILABLE_IN_ALL
int              pulsar_exit_record_get_signal_number (PulsarExitRecord *self);
PULSAR_AVAILABLE_IN_ALL
gboolean         pulsar_exit_record_get_core_dumped   (PulsarExitRecord *self);
PULSAR_AVAILABLE_IN_ALL
const char * const *pulsar_exit_record_get_last_lines (PulsarExitRecord *self);
PULSAR_AVAILABLE_IN_ALL
char            *pulsar_exit_record_to_string         (PulsarExitRecord *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
