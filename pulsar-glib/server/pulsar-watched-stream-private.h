/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* When something went through last, in either direction. An atomic reference-counted box (g_atomic_rc_box_alloc0 ()): streams
 * may outlive their connection. */
typedef struct
{
  gint64 active_us;  /* atomic; 0: never */
} PulsarTrafficClock;

/* The stream @base, which may be waited for as that can, with the time of everything that goes through it in @clock. */
GInputStream  *pulsar_watched_input_new  (GInputStream       *base,
                                          PulsarTrafficClock *clock) G_GNUC_WARN_UNUSED_RESULT;
GOutputStream *pulsar_watched_output_new (GOutputStream      *base,
                                          PulsarTrafficClock *clock) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
