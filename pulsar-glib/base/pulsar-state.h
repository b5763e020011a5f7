/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <glib-object.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

/**
 * PulsarState:
 * @PULSAR_STATE_INITIAL: nothing has happened yet
 * @PULSAR_STATE_STARTING: the start hooks run
 * @PULSAR_STATE_RUNNING: the start hooks ended and the actor serves
 * @PULSAR_STATE_STOPPING: the actor drains and its stop hooks run
 * @PULSAR_STATE_CLOSED: the actor ended in order
 * @PULSAR_STATE_TERMINATED: the actor ended out of order: it died, or was killed
 *
 * Where an actor is in its life.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_STATE_INITIAL,
  PULSAR_STATE_STARTING,
  PULSAR_STATE_RUNNING,
  PULSAR_STATE_STOPPING,
  PULSAR_STATE_CLOSED,
  PULSAR_STATE_TERMINATED,
} PulsarState;

G_END_DECLS
