/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/supervision/pulsar-restart-policy-private.h>
#include <pulsar-glib/supervision/pulsar-worker-private.h>

G_BEGIN_DECLS

/* The place of one worker in a pool: the worker changes, the slot stays, with what is known of former deaths. */
typedef struct
{
  gpointer pool;                /* whoever the slot belongs to */
  guint index;
  PulsarWorker *worker;         /* (owned) (nullable) while there is a process */
  PulsarRestartPolicy *policy;  /* (owned) */
  GSource *retry;               /* (owned) (nullable) while a start is due later */
  gboolean surplus;             /* goes when its worker has gone */
} PulsarSlot;

PulsarSlot *pulsar_slot_new         (gpointer     pool,
                                     guint        index);
void        pulsar_slot_free        (PulsarSlot  *self);

/* Calls @start in the thread-default context after @delay_us. */
void        pulsar_slot_start_later (PulsarSlot  *self,
                                     gint64       delay_us,
                                     GSourceFunc  start);
void        pulsar_slot_cancel      (PulsarSlot  *self);

G_END_DECLS
