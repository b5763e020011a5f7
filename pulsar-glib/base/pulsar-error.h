/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

/**
 * PULSAR_ERROR:
 *
 * The error domain of the library. Its codes are [error@Pulsar.Error].
 *
 * Since: 0.1
 */
#define PULSAR_ERROR (pulsar_error_quark ())

/**
 * PulsarError:
 * @PULSAR_ERROR_FAILED: a failure that no other code names
 * @PULSAR_ERROR_REMOTE: another process failed with an error domain unknown here
 * @PULSAR_ERROR_UNKNOWN_ACTOR: no actor bears that name or id
 * @PULSAR_ERROR_UNKNOWN_COMMAND: the actor has no such command
 * @PULSAR_ERROR_NOT_ALLOWED: the caller may not do that
 * @PULSAR_ERROR_INVALID_ARGUMENTS: the arguments do not have the type the command takes
 * @PULSAR_ERROR_ACTOR_DIED: the actor ended before it answered
 * @PULSAR_ERROR_TIMED_OUT: no answer or no result within the time allowed
 * @PULSAR_ERROR_CANCELLED: the caller withdrew the request
 * @PULSAR_ERROR_WOULD_BLOCK: the mailbox of the receiver is full
 * @PULSAR_ERROR_MESSAGE_TOO_LARGE: the message is larger than `message-size-max`
 * @PULSAR_ERROR_PROTOCOL_ERROR: the other side broke the rules of the wire
 * @PULSAR_ERROR_VERSION_MISMATCH: the other side speaks another major version of the wire
 * @PULSAR_ERROR_UNKNOWN_APPLICATION: no application bears that name
 * @PULSAR_ERROR_UNKNOWN_TYPE: the process does not know that type, or it is no actor or application
 * @PULSAR_ERROR_ALREADY_STARTED: it was started before and has not ended
 * @PULSAR_ERROR_NOT_PREPARED: the program cannot become a worker: call [func@Pulsar.Worker.main] first in main, or set the setting `command`
 * @PULSAR_ERROR_NOT_RUNNING: it does not run
 * @PULSAR_ERROR_USAGE: the command line is wrong
 * @PULSAR_ERROR_CONFIGURATION: a setting is wrong
 * @PULSAR_ERROR_HOOK: a hook failed
 * @PULSAR_ERROR_START: something could not be started, such as a listening socket or a worker
 * @PULSAR_ERROR_BOOTSTRAP: a worker could not be executed or did not become one
 * @PULSAR_ERROR_PERMISSION_DENIED: the user who runs the program may not do that, such as listen on port 80
 * @PULSAR_ERROR_PID_FILE: the pid file cannot be had, for instance since another process holds it
 *
 * What can go wrong. Codes are only ever added.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_ERROR_FAILED,
  PULSAR_ERROR_REMOTE,
  PULSAR_ERROR_UNKNOWN_ACTOR,
  PULSAR_ERROR_UNKNOWN_COMMAND,
  PULSAR_ERROR_NOT_ALLOWED,
  PULSAR_ERROR_INVALID_ARGUMENTS,
  PULSAR_ERROR_ACTOR_DIED,
  PULSAR_ERROR_TIMED_OUT,
  PULSAR_ERROR_CANCELLED,
  PULSAR_ERROR_WOULD_BLOCK,
  PULSAR_ERROR_MESSAGE_TOO_LARGE,
  PULSAR_ERROR_PROTOCOL_ERROR,
  PULSAR_ERROR_VERSION_MISMATCH,
  PULSAR_ERROR_UNKNOWN_APPLICATION,
  PULSAR_ERROR_UNKNOWN_TYPE,
  PULSAR_ERROR_ALREADY_STARTED,
  PULSAR_ERROR_NOT_PREPARED,
  PULSAR_ERROR_NOT_RUNNING,
  PULSAR_ERROR_USAGE,
  PULSAR_ERROR_CONFIGURATION,
  PULSAR_ERROR_HOOK,
  PULSAR_ERROR_START,
  PULSAR_ERROR_BOOTSTRAP,
  PULSAR_ERROR_PERMISSION_DENIED,
  PULSAR_ERROR_PID_FILE,
} PulsarError;

PULSAR_AVAILABLE_IN_ALL
GQuark pulsar_error_quark (void);

G_END_DECLS
