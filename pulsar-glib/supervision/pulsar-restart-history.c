/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-restart-history-private.h"

/* A process that cannot be forked is tried again after this time at the earliest, also with restart-delay=0: trying
 * without a pause would keep busy the machine that has no process to give. */
#define DEFER_MIN_US (100 * G_TIME_SPAN_MILLISECOND)

struct _PulsarRestartHistory
{
  GArray *restarts;      /* of gint64: when the slot was restarted, oldest first, within the window */
  guint n_quick;         /* deaths since it was healthy: 0: the next one is replaced at once */
  guint n_restarts;      /* in the life of the slot */
};

PulsarRestartHistory *
pulsar_restart_history_new (void)
{
  PulsarRestartHistory *self = g_new0 (PulsarRestartHistory, 1);

  self->restarts = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

void
pulsar_restart_history_free (PulsarRestartHistory *self)
{
  g_array_unref (self->restarts);
  g_free (self);
}

/* Slots that died together must not come back together. */
static gint64
add_jitter (gint64 delay_us)
{
  return (gint64) ((double) delay_us * g_random_double_range (0.8, 1.2));
}

/* Made of the limits of now, which may have been changed since the last death. */
static gint64
take_delay (PulsarRestartHistory      *self,
            const PulsarRestartLimits *limits)
{
  gint64 delay_us = limits->delay_us;
  guint n_quick = self->n_quick++;

  if (n_quick == 0 || delay_us == 0)
    return 0;

  while (--n_quick > 0 && delay_us < limits->delay_max_us)
    delay_us *= 2;
  return add_jitter (MIN (delay_us, limits->delay_max_us));
}

gint64
pulsar_restart_history_died (PulsarRestartHistory      *self,
                             const PulsarRestartLimits *limits,
                             gint64                     now_us,
                             gint64                     ready_us)
{
  guint n_old = 0;

  if (ready_us >= 0 && now_us - ready_us >= limits->healthy_after_us)
    self->n_quick = 0;

  while (n_old < self->restarts->len
         && now_us - g_array_index (self->restarts, gint64, n_old) >= limits->window_us)
    n_old++;
  g_array_remove_range (self->restarts, 0, n_old);

  if (limits->max_restarts > 0 && self->restarts->len >= limits->max_restarts)
    return -1;

  if (limits->max_restarts > 0)
    g_array_append_val (self->restarts, now_us);
  self->n_restarts++;
  return take_delay (self, limits);
}

gint64
pulsar_restart_history_defer (PulsarRestartHistory      *self,
                              const PulsarRestartLimits *limits)
{
  gint64 delay_us = take_delay (self, limits);

  return delay_us >= DEFER_MIN_US ? delay_us : add_jitter (DEFER_MIN_US);
}

guint
pulsar_restart_history_get_restarts (PulsarRestartHistory *self)
{
  return self->n_restarts;
}
