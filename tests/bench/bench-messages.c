/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages between the arbiter and a worker through the public API: a real program with a spawned worker, a registered
 * handler with a signature, the default timeout; beside the peers, in turns, on the same placement. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "bench-peer.h"

#define SIZE 64

typedef enum
{
  SOCKETPAIR,
  GDBUS,
  ASK,
  N_SERIES,
} Series;

/* One program, one bench. Steps run from idle sources of the main loop, so that an ask runs as it does in a program. */
typedef struct
{
  PulsarApplication *application;
  PulsarMonitor *monitor;
  PulsarActorProxy *worker;   /* (owned) */
  GPid worker_pid;
  BenchPeer *peers[2];        /* by Series */
  int cpus[2];
  double each;                /* seconds of one step */
  guint n_rounds;
  guint step;                 /* of n_rounds * places * N_SERIES */
  BenchSeries series[2][N_SERIES];

  GVariant *arguments;
  double begin;
  double end;
  guint64 n;
} Bench;

static void schedule (Bench *bench);

static void
report (Bench *bench)
{
  static const char * const metrics[] = { "ask-64-bytes-same-core", "ask-64-bytes-across-cores" };

  for (guint place = 0; place < 2; place++)
    {
      BenchSeries *row = bench->series[place];

      for (guint i = 0; i < G_N_ELEMENTS (bench->peers); i++)
        bench_report (metrics[place], bench_series_median (&row[ASK]), "round trips/s", bench->peers[i]->klass->name,
                      bench_series_median (&row[i]));
      for (guint i = 0; i < N_SERIES; i++)
        bench_series_clear (&row[i]);
    }
}

static void ask (Bench *bench);

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Bench *bench = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer G_GNUC_UNUSED = NULL;

  answer = pulsar_actor_proxy_send_finish (PULSAR_ACTOR_PROXY (source), result, NULL, &error);
  g_assert_no_error (error);
  /* Looking at the clock is no part of an ask. */
  if (++bench->n % 16 != 0 || bench_now () < bench->end)
    ask (bench);
  else
    {
      guint place = bench->step / N_SERIES % 2;

      bench_series_add (&bench->series[place][ASK], (double) bench->n / (bench_now () - bench->begin));
      bench->step++;
      schedule (bench);
    }
}

static void
ask (Bench *bench)
{
  pulsar_actor_proxy_send_async (bench->worker, "bench-echo", bench->arguments, NULL,
                                 PULSAR_TIMEOUT_DEFAULT, NULL, answered_cb, bench);
}

static gboolean
step_cb (gpointer user_data)
{
  Bench *bench = user_data;
  guint place = bench->step / N_SERIES % 2;
  Series series = bench->step % N_SERIES;

  if (bench->step == bench->n_rounds * 2 * N_SERIES)
    {
      report (bench);
      pulsar_application_stop_async (bench->application, NULL, NULL, NULL);
      return G_SOURCE_REMOVE;
    }

  if (series == 0)
    {
      bench_pin (getpid (), bench->cpus[0]);
      bench_pin (bench->worker_pid, bench->cpus[place]);
      for (guint i = 0; i < G_N_ELEMENTS (bench->peers); i++)
        bench_pin (bench->peers[i]->pid, bench->cpus[place]);
    }

  if (series == ASK)
    {
      bench->n = 0;
      bench->begin = bench_now ();
      bench->end = bench->begin + bench->each;
      ask (bench);
      return G_SOURCE_REMOVE;
    }

  bench_series_add (&bench->series[place][series],
                    bench->peers[series]->klass->run (bench->peers[series], SIZE, bench->each));
  bench->step++;
  return G_SOURCE_CONTINUE;
}

static void
schedule (Bench *bench)
{
  g_autoptr(GSource) source = g_idle_source_new ();

  g_source_set_callback (source, step_cb, bench, NULL);
  g_source_attach (source, NULL);
}

static void
worker_ready_cb (PulsarMonitor *monitor,
                 PulsarWorker  *worker,
                 gpointer       user_data)
{
  Bench *bench = user_data;

  bench->monitor = monitor;
  bench->worker = g_object_ref (PULSAR_ACTOR_PROXY (worker));
  bench->worker_pid = (GPid) pulsar_worker_get_pid (worker);
  schedule (bench);
}

static void
monitor_start_cb (PulsarApplication *application,
                  PulsarMonitor     *monitor,
                  PulsarHook        *hook,
                  gpointer           user_data)
{
  g_signal_connect (monitor, "worker-ready", G_CALLBACK (worker_ready_cb), user_data);
}

static void
echo_cb (PulsarRequest *request,
         gpointer       user_data)
{
  pulsar_request_return_value (request, pulsar_request_get_arguments (request));
}

int
main (int   argc,
      char *argv[])
{
  static const char * const peer_names[] = { "socketpair", "gdbus" };
  static const guint8 bytes[SIZE] = { 0 };
  g_autoptr(PulsarApplication) application = NULL;
  Bench bench = { 0 };
  double seconds = bench_get_seconds (argc, argv);
  int status;

  /* Before anything starts a thread. */
  if (!pulsar_is_worker ())
    {
      bench.peers[SOCKETPAIR] = bench_peer_new (&bench_peer_socketpair);
      bench.peers[GDBUS] = bench_peer_new (&bench_peer_gdbus);
      for (guint i = 0; i < G_N_ELEMENTS (peer_names); i++)
        {
          g_assert_cmpstr (bench.peers[i]->klass->name, ==, peer_names[i]);
          if (bench.peers[i]->klass->begin != NULL)
            bench.peers[i]->klass->begin (bench.peers[i]);
        }
    }

  pulsar_command_register ("bench-echo", "(ay)", PULSAR_COMMAND_CALLERS_ANY, echo_cb, NULL, NULL);
  application = g_object_new (PULSAR_TYPE_APPLICATION,
                              "name", "bench-messages",
                              "parse-console", FALSE,
                              "parameters", g_variant_new_parsed ("{'workers': <uint32 1>}"),
                              NULL);
  bench.application = application;
  bench.n_rounds = seconds < 3 ? 3 : 15;
  bench.each = seconds / (bench.n_rounds * 2 * N_SERIES);
  bench.arguments = g_variant_ref_sink (g_variant_new ("(@ay)", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, SIZE, 1)));
  bench_get_cpus (bench.cpus);
  g_signal_connect (application, "monitor-start", G_CALLBACK (monitor_start_cb), &bench);
  status = pulsar_configurator_run (PULSAR_CONFIGURATOR (application), 1, argv);

  for (guint i = 0; i < G_N_ELEMENTS (bench.peers); i++)
    g_clear_pointer (&bench.peers[i], bench_peer_free);
  g_variant_unref (bench.arguments);
  g_clear_object (&bench.worker);
  return status;
}
