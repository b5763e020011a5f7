/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-actor-private.h"

/* Who runs, and who the process is. Threads other than the main one have none. */
static _Thread_local PulsarActor *current_actor = NULL;
static _Thread_local PulsarActor *default_actor = NULL;

PulsarActor *
pulsar_actor_push_current (PulsarActor *self)
{
  PulsarActor *previous = current_actor;

  current_actor = self;
  return previous;
}

void
pulsar_actor_pop_current (PulsarActor *previous)
{
  current_actor = previous;
}

void
pulsar_actor_replace_default (PulsarActor *old,
                              PulsarActor *root)
{
  if (default_actor == old || default_actor == NULL)
    default_actor = root;
}

/**
 * pulsar_actor_get_current:
 *
 * Gets the actor whose code runs.
 *
 * In a command and in a signal of an actor that is this actor; elsewhere the
 * actor this process is, that is the worker or the arbiter.
 *
 * Returns: (transfer none) (nullable): the actor, or `NULL` where there is none:
 *   before the program runs, and in other threads
 *
 * Since: 0.1
 */
PulsarActor *
pulsar_actor_get_current (void)
{
  return current_actor != NULL ? current_actor : default_actor;
}
