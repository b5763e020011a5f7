/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

double
bench_get_seconds (int    argc,
                   char **argv)
{
  const char *text = g_getenv ("BENCH_SECONDS");

  for (int i = 1; i + 1 < argc; i++)
    {
      if (g_str_equal (argv[i], "--seconds"))
        text = argv[i + 1];
    }
  return text != NULL ? MAX (g_ascii_strtod (text, NULL), 0.1) : 10;
}

void
bench_get_cpus (int cpus[2])
{
  cpu_set_t allowed;
  guint n = 0;

  CPU_ZERO (&allowed);
  sched_getaffinity (0, sizeof allowed, &allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++)
    {
      if (CPU_ISSET (cpu, &allowed))
        cpus[n++] = cpu;
    }
  if (n < 2)
    cpus[1] = cpus[0];
}

void
bench_pin (GPid pid,
           int  cpu)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task", (int) pid);
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  cpu_set_t set;
  const char *name;

  CPU_ZERO (&set);
  CPU_SET (cpu, &set);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    sched_setaffinity (atoi (name), sizeof set, &set);
}

double
bench_now (void)
{
  return (double) g_get_monotonic_time () / G_USEC_PER_SEC;
}

void
bench_series_add (BenchSeries *series,
                  double       value)
{
  if (series->values == NULL)
    series->values = g_array_new (FALSE, FALSE, sizeof (double));
  g_array_append_val (series->values, value);
}

static int
compare_values (gconstpointer a,
                gconstpointer b)
{
  double one = *(const double *) a;
  double other = *(const double *) b;

  return (one > other) - (one < other);
}

double
bench_series_median (BenchSeries *series)
{
  if (series->values == NULL)
    return 0;
  g_array_sort (series->values, compare_values);
  return g_array_index (series->values, double, series->values->len / 2);
}

void
bench_series_clear (BenchSeries *series)
{
  g_clear_pointer (&series->values, g_array_unref);
}

void
bench_report (const char *metric,
              double      value,
              const char *unit,
              const char *peer,
              double      peer_value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  char ratio[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.6g", value);
  g_ascii_formatd (ratio, sizeof ratio, "%.4g", peer_value > 0 ? value / peer_value : 0);
  if (peer != NULL)
    g_print ("{\"metric\": \"%s\", \"value\": %s, \"unit\": \"%s\", \"peer\": \"%s\", \"ratio\": %s}\n",
             metric, number, unit, peer, ratio);
  else
    g_print ("{\"metric\": \"%s\", \"value\": %s, \"unit\": \"%s\"}\n", metric, number, unit);
}
