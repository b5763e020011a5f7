/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/pulsar.h>

#include "bench.h"

G_BEGIN_DECLS

/* What the workers of bench-messages do. All commands take what they measure with as arguments, and tell what they measured:
 *
 * - `bench-echo (ay)` answers with its arguments; `bench-take (ay)` does nothing;
 * - `bench-ask (s target, b direct, d seconds)` asks target one thing after the other, by way of the arbiter or past it;
 *   answers with the round trips a second;
 * - `bench-flood (s target, b direct, d seconds)` posts to target as fast as it is taken; answers with the messages a second. */
void      bench_messages_register (void);

/* 64 bytes and the like, as arguments. Returns: (transfer full) */
GVariant *bench_make_arguments    (gsize size);

/* An actor that does nothing of its own accord. */
#define BENCH_TYPE_IDLE (bench_idle_get_type ())
G_DECLARE_FINAL_TYPE (BenchIdle, bench_idle, BENCH, IDLE, PulsarActor)

G_END_DECLS
