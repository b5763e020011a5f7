/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/actor/pulsar-actor-proxy.h>
#include <pulsar-glib/base/pulsar-state.h>
#include <pulsar-glib/process/pulsar-exit-record.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_WORKER (pulsar_worker_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarWorker, pulsar_worker, PULSAR, WORKER, PulsarActorProxy)

PULSAR_AVAILABLE_IN_ALL
GPid              pulsar_worker_get_pid         (PulsarWorker *self);
PULSAR_AVAILABLE_IN_ALL
PulsarState       pulsar_worker_get_state       (PulsarWorker *self);
PULSAR_AVAILABLE_IN_ALL
guint             pulsar_worker_get_generation  (PulsarWorker *self);
PULSAR_AVAILABLE_IN_ALL
guint             pulsar_worker_get_slot        (PulsarWorker *self);
PULSAR_AVAILABLE_IN_ALL
PulsarExitRecord *pulsar_worker_get_exit_record (PulsarWorker *self);
PULSAR_AVAILABLE_IN_ALL
gint64            pulsar_worker_get_ready_time  (PulsarWorker *self);

G_END_DECLS
