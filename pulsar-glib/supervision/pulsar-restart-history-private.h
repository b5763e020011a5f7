/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is known of the deaths in one slot, and so when its worker is replaced. Pure: it is told the time and never reads a clock. */
typedef struct _PulsarRestartHistory PulsarRestartHistory;

typedef struct
{
  gint64 delay_us;          /* `restart-delay` */
  gint64 delay_max_us;      /* `restart-delay-max` */
  guint max_restarts;       /* `max-restarts`; 0: no limit */
  gint64 window_us;         /* `restart-window` */
  gint64 healthy_after_us;  /* `healthy-after` */
} PulsarRestartLimits;

PulsarRestartHistory *pulsar_restart_history_new          (void);
void                  pulsar_restart_history_free         (PulsarRestartHistory      *self);

/* A worker of the slot died at @now_us, after it had been ready since @ready_us, or before it was ready if that is negative.
 * Returns: microseconds to wait until the next start, or -1 when the slot has used up its restarts. */
gint64                pulsar_restart_history_died         (PulsarRestartHistory      *self,
                                                           const PulsarRestartLimits *limits,
                                                           gint64                     now_us,
                                                           gint64                     ready_us);

/* A start could not even be attempted (no process to be had): backs off without using up a restart. */
gint64                pulsar_restart_history_defer        (PulsarRestartHistory      *self,
                                                           const PulsarRestartLimits *limits);

guint                 pulsar_restart_history_get_restarts (PulsarRestartHistory      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarRestartHistory, pulsar_restart_history_free)

G_END_DECLS
