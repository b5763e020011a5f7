/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PULSAR_MILLISECOND (G_TIME_SPAN_MILLISECOND)
#define PULSAR_SECOND (G_TIME_SPAN_SECOND)
#define PULSAR_MINUTE (G_TIME_SPAN_MINUTE)
#define PULSAR_HOUR (G_TIME_SPAN_HOUR)

#define PULSAR_KIBIBYTE (G_GUINT64_CONSTANT (1) << 10)
#define PULSAR_MEBIBYTE (G_GUINT64_CONSTANT (1) << 20)
#define PULSAR_GIBIBYTE (G_GUINT64_CONSTANT (1) << 30)

/* Durations are microseconds. As text they are a number with an optional fraction and one of the units ms, s, min and h;
 * a number without a unit is seconds. What format () writes, parse () reads back exactly. */
gboolean pulsar_duration_parse  (const char *text,
                                 gint64     *duration_us);
char    *pulsar_duration_format (gint64      duration_us) G_GNUC_WARN_UNUSED_RESULT;

/* Sizes are bytes. As text they are a number with one of the units K, M and G, powers of 1024; without a unit, bytes. */
gboolean pulsar_size_parse      (const char *text,
                                 guint64    *size);
char    *pulsar_size_format     (guint64     size) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
