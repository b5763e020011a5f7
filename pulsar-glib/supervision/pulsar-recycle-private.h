/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/supervision/pulsar-crew-private.h>
#include <pulsar-glib/supervision/pulsar-slot-private.h>

G_BEGIN_DECLS

/* Replaces the workers of a crew that are worn: that served as many requests, lived as long or grew as large as the settings allow. It belongs
 * to its crew. */
typedef struct _PulsarRecycle PulsarRecycle;

PulsarRecycle *pulsar_recycle_new   (PulsarCrew    *crew);
void           pulsar_recycle_free  (PulsarRecycle *self);

/* A worker gave a sign of life: it is looked at how large it is. */
void           pulsar_recycle_heard (PulsarRecycle *self,
                                     PulsarSlot    *slot,
                                     PulsarWorker  *worker);

/* A worker said that it served its share. */
void           pulsar_recycle_worn  (PulsarRecycle *self,
                                     PulsarSlot    *slot,
                                     PulsarWorker  *worker);

/* Replaces whoever may be replaced now. To be called whenever a worker became ready or is gone, and when a reload is over. */
void           pulsar_recycle_check (PulsarRecycle *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarRecycle, pulsar_recycle_free)

G_END_DECLS
