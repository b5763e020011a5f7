/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/base/pulsar-error-private.h"

/**
 * pulsar_error_quark:
 *
 * The quark behind `PULSAR_ERROR`.
 *
 * Returns: the error domain
 *
 * Since: 0.1
 */
G_DEFINE_QUARK (pulsar-error-quark, pulsar_error)

PulsarExitStatus
pulsar_error_get_exit_status (const GError *error)
{
  if (error == NULL)
    return PULSAR_EXIT_OK;
  if (error->domain == G_SPAWN_ERROR)
    return PULSAR_EXIT_INTERNAL;
  if (error->domain != PULSAR_ERROR)
    return PULSAR_EXIT_UNAVAILABLE;

  switch ((PulsarError) error->code)
    {
    case PULSAR_ERROR_USAGE:
      return PULSAR_EXIT_USAGE;
    case PULSAR_ERROR_CONFIGURATION:
      return PULSAR_EXIT_CONFIGURATION;
    case PULSAR_ERROR_NOT_PREPARED:
    case PULSAR_ERROR_VERSION_MISMATCH:
    case PULSAR_ERROR_UNKNOWN_TYPE:
    case PULSAR_ERROR_UNKNOWN_APPLICATION:
    case PULSAR_ERROR_PROTOCOL_ERROR:
    case PULSAR_ERROR_BOOTSTRAP:
      return PULSAR_EXIT_INTERNAL;
    case PULSAR_ERROR_PERMISSION_DENIED:
      return PULSAR_EXIT_PERMISSION;
    case PULSAR_ERROR_PID_FILE:
      return PULSAR_EXIT_PID_FILE;
    case PULSAR_ERROR_FAILED:
    case PULSAR_ERROR_REMOTE:
    case PULSAR_ERROR_UNKNOWN_ACTOR:
    case PULSAR_ERROR_UNKNOWN_COMMAND:
    case PULSAR_ERROR_NOT_ALLOWED:
    case PULSAR_ERROR_INVALID_ARGUMENTS:
    case PULSAR_ERROR_ACTOR_DIED:
    case PULSAR_ERROR_TIMED_OUT:
    case PULSAR_ERROR_CANCELLED:
    case PULSAR_ERROR_WOULD_BLOCK:
    case PULSAR_ERROR_MESSAGE_TOO_LARGE:
    case PULSAR_ERROR_ALREADY_STARTED:
    case PULSAR_ERROR_NOT_RUNNING:
    case PULSAR_ERROR_HOOK:
    case PULSAR_ERROR_START:
    default:
      return PULSAR_EXIT_UNAVAILABLE;
    }
}
