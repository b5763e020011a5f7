/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/base/pulsar-error.h>

G_BEGIN_DECLS

/* Exit statuses of a program, after sysexits.h. */
typedef enum
{
  PULSAR_EXIT_OK = 0,
  PULSAR_EXIT_USAGE = 64,
  PULSAR_EXIT_UNAVAILABLE = 69,
  PULSAR_EXIT_INTERNAL = 70,
  PULSAR_EXIT_PID_FILE = 73,
  PULSAR_EXIT_PERMISSION = 77,
  PULSAR_EXIT_CONFIGURATION = 78,
} PulsarExitStatus;

/* The exit status with which a program ends because of @error. */
PulsarExitStatus pulsar_error_get_exit_status (const GError *error);

G_END_DECLS
