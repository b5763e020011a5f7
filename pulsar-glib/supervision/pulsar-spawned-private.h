/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-request.h>
#include <pulsar-glib/supervision/pulsar-arbiter.h>
#include <pulsar-glib/supervision/pulsar-worker-private.h>

G_BEGIN_DECLS

/* An actor that somebody had spawned: one worker that is no application's, and the request that waits for it. It is not restarted. */
typedef struct _PulsarSpawned PulsarSpawned;

typedef void (*PulsarSpawnedEnded) (PulsarSpawned *spawned,
                                    gpointer       user_data);

/* Launches the actor; @request is answered with its id when it is ready. @ended is called once its process is gone. */
PulsarSpawned *pulsar_spawned_new        (PulsarArbiter       *arbiter,
                                          PulsarRequest       *request,
                                          const char          *type_name,
                                          const char          *name,
                                          GVariant            *parameters,
                                          PulsarSpawnedEnded   ended,
                                          gpointer             user_data,
                                          GError             **error);
PulsarSpawned *pulsar_spawned_ref        (PulsarSpawned       *self);
void           pulsar_spawned_unref      (PulsarSpawned       *self);
PulsarWorker  *pulsar_spawned_get_worker (PulsarSpawned       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarSpawned, pulsar_spawned_unref)

G_END_DECLS
