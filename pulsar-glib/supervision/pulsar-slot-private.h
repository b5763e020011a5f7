/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/supervision/pulsar-restart-policy-private.h>
#include <pulsar-glib/supervision/pulsar-worker-private.h>

G_BEGIN_DECLS

/* The place of one worker in a crew: the worker changes, the slot stays, with what is known of former deaths. Whoever calls code of the program
 * holds a reference meanwhile, since that code may end the crew or make it smaller. */
typedef struct
{
  grefcount ref_count;
  gpointer crew;                /* (nullable) whoever the slot belongs to; NULL once it left */
  guint index;
  PulsarWorker *worker;         /* (owned) (nullable) while there is a process */
  PulsarRestartPolicy *policy;  /* (owned) */
  GSource *retry;               /* (owned) (nullable) while a start is due later */
  gboolean launching;           /* code of the program is asked what the worker shall get */
  gboolean surplus;             /* goes when its worker has gone */
} PulsarSlot;

PulsarSlot *pulsar_slot_new         (gpointer     crew,
                                     guint        index);
PulsarSlot *pulsar_slot_ref         (PulsarSlot  *self);
void        pulsar_slot_unref       (PulsarSlot  *self);

/* Nothing will be heard of it any more. */
void        pulsar_slot_leave       (PulsarSlot  *self);

/* Calls @start in the thread-default context after @delay_us. */
void        pulsar_slot_start_later (PulsarSlot  *self,
                                     gint64       delay_us,
                                     GSourceFunc  start);
void        pulsar_slot_cancel      (PulsarSlot  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarSlot, pulsar_slot_unref)

G_END_DECLS
