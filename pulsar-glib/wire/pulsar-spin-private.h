/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* PulsarSpin: how long a mailbox looks for the next message before it goes to sleep.
 *
 * To be woken on another CPU takes longer than to ask and to answer. Who waits for an answer, or has just given one to
 * somebody who may ask again, looks for it for a bounded time after the last message. Each look offers the CPU to others;
 * what else the main loop has to do waits meanwhile, so that there is a bound for the turn as well. */

#define PULSAR_SPIN_TURN_US 1000

typedef struct
{
  gint64 end;   /* when the time after the last message is over */
  gint64 stop;  /* when others have waited for long enough */
} PulsarSpin;

/* @now: monotonic µs */
static inline void
pulsar_spin_begin (PulsarSpin *spin,
                   guint       us,
                   gint64      now)
{
  spin->end = now + us;
  spin->stop = now + MAX (us, PULSAR_SPIN_TURN_US);
}

/* @n_frames: what the last look brought
 * Returns: whether to look once more */
static inline gboolean
pulsar_spin_step (PulsarSpin *spin,
                  guint       us,
                  guint       n_frames,
                  gint64      now)
{
  if (n_frames > 0)
    spin->end = now + us;
  return now < spin->end && now < spin->stop;
}

G_END_DECLS
