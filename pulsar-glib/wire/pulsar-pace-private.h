/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* PulsarPace: when a mailbox reads ahead.
 *
 * Where it brings nothing, because the other side is slow or runs on another CPU, it is tried ever more seldom, down to
 * one of a thousand turns. Where somebody else took the CPU that was offered, it is left alone for a while: he keeps it for
 * milliseconds, whereas who sleeps is woken at once.
 *
 * All of it is inline: it is asked once a turn. */

#define PULSAR_PACE_ALONE_US (20 * G_TIME_SPAN_MILLISECOND)
#define PULSAR_PACE_LOST_US 100
#define PULSAR_PACE_HITS 4096
#define PULSAR_PACE_PAUSE_MIN_US (4 * G_TIME_SPAN_MILLISECOND)
#define PULSAR_PACE_PAUSE_MAX_US (2 * G_TIME_SPAN_SECOND)
#define PULSAR_PACE_MISSES_MAX 1024

typedef struct
{
  guint skip;    /* turns in which it is not tried */
  guint misses;  /* as many more after the next time it brings nothing */
  guint hits;    /* how often it brought something since somebody else took the CPU */
  gint64 until;  /* when it may be tried again after that */
  gint64 pause;  /* for how long it was left alone the last time */
} PulsarPace;

static inline void
pulsar_pace_init (PulsarPace *pace)
{
  *pace = (PulsarPace) { .pause = PULSAR_PACE_PAUSE_MIN_US };
}

/* @switched: when another mailbox of the thread was busy last
 * @now: (out) set if it returns TRUE
 * Returns: whether to try it in this turn */
static inline gboolean
pulsar_pace_begin (PulsarPace *pace,
                   gint64      switched,
                   gint64     *now)
{
  if (pace->skip > 0)
    {
      pace->skip--;
      return FALSE;
    }
  *now = g_get_monotonic_time ();
  return *now >= pace->until && *now >= switched + PULSAR_PACE_ALONE_US;
}

/* @now: (inout) when the CPU was offered
 * Returns: whether to go on, after it brought so many frames */
static inline gboolean
pulsar_pace_step (PulsarPace *pace,
                  guint       n_frames,
                  gint64     *now)
{
  gint64 before = *now;

  *now = g_get_monotonic_time ();
  if (*now - before > PULSAR_PACE_LOST_US)
    {
      /* One such loss eats what a thousand turns have won. */
      if (pace->hits < PULSAR_PACE_HITS)
        pace->pause = MIN (pace->pause * 2, PULSAR_PACE_PAUSE_MAX_US);
      else
        pace->pause = MAX (pace->pause / 2, PULSAR_PACE_PAUSE_MIN_US);
      pace->hits = 0;
      pace->until = *now + pace->pause;
      return FALSE;
    }
  if (n_frames == 0)
    {
      pace->skip = pace->misses;
      pace->misses = CLAMP (pace->misses * 2, 1, PULSAR_PACE_MISSES_MAX);
      return FALSE;
    }
  pace->misses = 0;
  pace->hits++;
  return TRUE;
}

G_END_DECLS
