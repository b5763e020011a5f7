/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/supervision/pulsar-restart-history-private.h>
#include <pulsar-glib/supervision/pulsar-worker-private.h>

G_BEGIN_DECLS

typedef struct _PulsarSlot PulsarSlot;

/* Why a worker that lives should be replaced by a fresh one. */
typedef enum
{
  PULSAR_WEAR_NONE,
  PULSAR_WEAR_REQUESTS,
  PULSAR_WEAR_LIFETIME,
  PULSAR_WEAR_RSS,
} PulsarWear;

/* The replacement that was asked for is over: with @error the worker stays the one it was. Without one there is a new worker, or nobody wants
 * any in the slot any more. */
typedef void (*PulsarSlotReplaced) (PulsarSlot   *slot,
                                    const GError *error,
                                    gpointer      user_data);

/* The place of one worker in a crew: the worker changes, the slot stays, with what is known of former deaths. Whoever calls code of the program
 * holds a reference meanwhile, since that code may end the crew or make it smaller. */
struct _PulsarSlot
{
  grefcount ref_count;
  gpointer crew;                /* (nullable) whoever the slot belongs to; NULL once it left */
  guint index;
  PulsarWorker *worker;         /* (owned) (nullable) while there is a process */
  PulsarWorker *successor;      /* (owned) (nullable) while one starts that takes the place of the worker when it is ready */
  GPtrArray *leaving;           /* (owned) of PulsarWorker: those that lost the place, and drain */
  PulsarSlotReplaced replaced;  /* (nullable) while a replacement is under way */
  gpointer replaced_data;
  PulsarRestartHistory *history;  /* (owned) */
  PulsarWear wear;              /* why its worker is to be replaced */
  GSource *retry;               /* (owned) (nullable) while a start is due later */
  gboolean launching;           /* code of the program is asked what the worker shall get */
  gboolean surplus;             /* goes when its workers have gone */
  gboolean finished;            /* its worker ended and is not replaced */
};

PulsarSlot *pulsar_slot_new         (gpointer     crew,
                                     guint        index);
PulsarSlot *pulsar_slot_ref         (PulsarSlot  *self);
void        pulsar_slot_unref       (PulsarSlot  *self);

/* Whether no process of it is left. */
gboolean    pulsar_slot_is_empty    (PulsarSlot  *self);

/* Asks all its processes to end; those that only start are no longer waited for. */
void        pulsar_slot_end         (PulsarSlot  *self,
                                     gint64       deadline_us);
void        pulsar_slot_hurry       (PulsarSlot  *self);

/* Nothing will be heard of it any more. */
void        pulsar_slot_leave       (PulsarSlot  *self);

/* Calls @start in the thread-default context after @delay_us. */
void        pulsar_slot_start_later (PulsarSlot  *self,
                                     gint64       delay_us,
                                     GSourceFunc  start);
void        pulsar_slot_cancel      (PulsarSlot  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarSlot, pulsar_slot_unref)

G_END_DECLS
