/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What benchmarks share: time, placement, medians, the output that tests/bench/run reads. */

/* How long all measurements together may take: --seconds N on the command line, else $BENCH_SECONDS, else 10. */
double bench_get_seconds (int          argc,
                          char       **argv);

/* Two CPUs that this process may use; the same twice on a machine with one. */
void   bench_get_cpus    (int          cpus[2]);
/* Puts every thread of a process on @cpu. */
void   bench_pin         (GPid         pid,
                          int          cpu);

double bench_now         (void);

/* The figures of one thing measured, a round each. */
typedef struct
{
  GArray *values;
} BenchSeries;

void   bench_series_add    (BenchSeries *series,
                            double       value);
double bench_series_median (BenchSeries *series);
void   bench_series_clear  (BenchSeries *series);

/* Prints one figure; @peer (nullable) with @peer_value, of which more is better as with @value. */
void   bench_report        (const char  *metric,
                            double       value,
                            const char  *unit,
                            const char  *peer,
                            double       peer_value);

G_END_DECLS
