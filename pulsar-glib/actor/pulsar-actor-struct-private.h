/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-actor-private.h>

/* For the files of PulsarActor alone. */

G_BEGIN_DECLS

typedef struct
{
  char *name;                 /* (owned) (not nullable) construct-only */
  char *id;                   /* (owned) (not nullable) construct-only */
  PulsarConfig *config;       /* (owned) (nullable) */
  GVariant *parameters;       /* (owned) (not nullable) a{sv} */
  GHashTable *fds;            /* (element-type utf8 int) (owned) (nullable) descriptors not yet stolen */
  GMainContext *context;      /* (owned) (not nullable) of the construction */
  PulsarDirectory *directory; /* (nullable) it owns the actor, not the other way round */
  PulsarHook *hook;           /* (nullable) the one that runs; it keeps itself alive */
  GSource *task_source;       /* (owned) (nullable) while somebody listens to periodic-task */
  GHashTable *topics;         /* (element-type utf8 GPtrArray) (owned) (nullable) its subscriptions, by topic */
  GQueue held;                /* (element-type PulsarRequest) (owned) wait for hold_requests (FALSE) */
  PulsarActorStopFunc stop_func;
  gpointer stop_data;
  PulsarActorHandledFunc handled_func;
  gpointer handled_data;
  gint64 running_since;       /* monotonic µs, 0: it never ran */
  guint64 n_requests;
  PulsarState state;
  gboolean holding;
} PulsarActorPrivate;

PulsarActorPrivate *pulsar_actor_get_private (PulsarActor *self);

G_END_DECLS
