/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages between actors through the public API: a real program with two workers, registered handlers with a
 * signature, the default timeout; beside the peers, in turns, on the same placement. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "bench-peer.h"

#define MEBIBYTE ((gsize) 1024 * 1024)

typedef enum
{
  ASK,    /* the arbiter asks a worker, with so many asks in flight */
  POST,   /* the arbiter tells a worker; an ask at the end waits until all has come */
  RELAY,  /* one worker asks the other by way of the arbiter */
} Kind;

/* What is measured, each on both placements. */
static const struct
{
  const char *metric;
  Kind kind;
  gsize size;
  guint in_flight;
  guint n_peers;  /* so many of peer_classes measure it too */
} measures[] = {
  { "ask-64-bytes", ASK, 64, 1, G_MAXUINT },
  { "ask-64-bytes-100-in-flight", ASK, 64, 100, 1 },
  { "post-64-bytes", POST, 64, 1, 1 },
  { "relay-64-bytes", RELAY, 64, 1, 1 },
  { "ask-1-mebibyte", ASK, MEBIBYTE, 1, G_MAXUINT },
  { "ask-64-mebibytes", ASK, 64 * MEBIBYTE, 1, 1 },
};

static const BenchPeerClass * const peer_classes[] = {
  &bench_peer_socketpair,
  &bench_peer_gdbus,
#ifdef PULSAR_BENCH_PEERS
  &bench_peer_zeromq,
  &bench_peer_nng,
  &bench_peer_erlang,
  &bench_peer_python,
#endif
};

#define N_MEASURES G_N_ELEMENTS (measures)
#define N_PEERS    G_N_ELEMENTS (peer_classes)
#define OURS       N_PEERS  /* our own place beside the peers */

static const char * const places[] = { "same-core", "across-cores" };

/* One program, one bench. Steps run from idle sources of the main loop, so that an ask runs as it does in a program. */
typedef struct
{
  PulsarApplication *application;
  PulsarActorProxy *workers[2];  /* (owned) */
  guint n_workers;
  BenchPeer *peers[N_PEERS];
  int cpus[2];
  double each;                   /* seconds of one step */
  guint n_rounds;
  BenchSeries series[N_MEASURES][2][N_PEERS + 1];
  double peak[2];                /* bytes: the largest resident size of asker and asked with 64 MiB */

  /* The step now, and after it the next: who, then place, then measure, then round. */
  guint round;
  guint measure;
  guint place;
  guint who;

  GVariant *arguments;           /* (owned) (nullable) of the measure now */
  double begin;
  double end;
  guint64 n;
  guint in_flight;
} Bench;

static void schedule (Bench *bench);

static GVariant *
make_arguments (gsize size)
{
  return g_variant_ref_sink (g_variant_new ("(@ay)", g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, g_malloc0 (size), size,
                                                                              TRUE, g_free, NULL)));
}

static GPid
get_worker_pid (Bench *bench,
                guint  index)
{
  return (GPid) pulsar_worker_get_pid (PULSAR_WORKER (bench->workers[index]));
}

/* Resets the largest resident size of a process so far, or reads it, in bytes. */
static double
peak_of (GPid     pid,
         gboolean reset)
{
  g_autofree char *path = g_strdup_printf (reset ? "/proc/%d/clear_refs" : "/proc/%d/status", (int) pid);
  g_autofree char *text = NULL;
  const char *line;

  if (reset)
    return g_file_set_contents_full (path, "5", 1, G_FILE_SET_CONTENTS_NONE, 0600, NULL) ? 0 : -1;
  if (!g_file_get_contents (path, &text, NULL, NULL) || (line = strstr (text, "VmHWM:")) == NULL)
    return 0;
  return g_ascii_strtod (line + strlen ("VmHWM:"), NULL) * 1024;
}

static void
report (Bench *bench)
{
  for (guint i = 0; i < N_MEASURES; i++)
    for (guint place = 0; place < G_N_ELEMENTS (places); place++)
      {
        g_autofree char *metric = g_strdup_printf ("%s-%s", measures[i].metric, places[place]);
        const char *unit = measures[i].kind == POST ? "messages/s" : "round trips/s";
        BenchSeries *row = bench->series[i][place];
        double value = bench_series_median (&row[OURS]);

        for (guint who = 0; who < MIN (N_PEERS, measures[i].n_peers); who++)
          bench_report (metric, value, unit, peer_classes[who]->name, bench_series_median (&row[who]));
        if (measures[i].kind == RELAY)
          bench_report (metric, value, unit, "ask", bench_series_median (&bench->series[0][place][OURS]));
      }
  for (guint i = 0; i < N_MEASURES; i++)
    for (guint place = 0; place < G_N_ELEMENTS (places); place++)
      for (guint who = 0; who <= N_PEERS; who++)
        bench_series_clear (&bench->series[i][place][who]);
  bench_report ("ask-64-mebibytes-peak-of-asker", bench->peak[0] / (double) (64 * MEBIBYTE), "bodies", NULL, 0);
  bench_report ("ask-64-mebibytes-peak-of-asked", bench->peak[1] / (double) (64 * MEBIBYTE), "bodies", NULL, 0);
}

/* The end of one step: its figure, and the next step. */
static void
step_done (Bench *bench,
           double per_second)
{
  bench_series_add (&bench->series[bench->measure][bench->place][bench->who], per_second);
  do
    {
      if (++bench->who <= OURS)
        continue;
      bench->who = 0;
      if (++bench->place < G_N_ELEMENTS (places))
        continue;
      bench->place = 0;
      g_clear_pointer (&bench->arguments, g_variant_unref);
      if (++bench->measure < N_MEASURES)
        continue;
      bench->measure = 0;
      bench->round++;
    }
  while (bench->who < OURS && bench->who >= measures[bench->measure].n_peers);
  schedule (bench);
}

/* Asks */

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
  /* Looking at the clock is no part of an ask of a few bytes. */
  if ((++bench->n % 16 != 0 && measures[bench->measure].size < MEBIBYTE) || bench_now () < bench->end)
    ask (bench);
  else if (--bench->in_flight == 0)
    {
      if (measures[bench->measure].size == 64 * MEBIBYTE)
        {
          bench->peak[0] = MAX (bench->peak[0], peak_of (getpid (), FALSE));
          bench->peak[1] = MAX (bench->peak[1], peak_of (get_worker_pid (bench, 0), FALSE));
        }
      step_done (bench, (double) bench->n / (bench_now () - bench->begin));
    }
}

static void
ask (Bench *bench)
{
  pulsar_actor_proxy_send_async (bench->workers[0], "bench-echo", bench->arguments, NULL,
                                 PULSAR_TIMEOUT_DEFAULT, NULL, answered_cb, bench);
}

/* One way */

static void post (Bench *bench);

static void
all_came_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Bench *bench = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer G_GNUC_UNUSED = NULL;

  answer = pulsar_actor_proxy_send_finish (PULSAR_ACTOR_PROXY (source), result, NULL, &error);
  g_assert_no_error (error);
  step_done (bench, (double) bench->n / (bench_now () - bench->begin));
}

static void
posted_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Bench *bench = user_data;
  g_autoptr(GError) error = NULL;

  pulsar_actor_proxy_post_finish (PULSAR_ACTOR_PROXY (source), result, &error);
  g_assert_no_error (error);
  bench->n++;
  if (bench_now () < bench->end)
    post (bench);
  else
    pulsar_actor_proxy_send_async (bench->workers[0], "bench-echo", bench->arguments, NULL,
                                   PULSAR_TIMEOUT_DEFAULT, NULL, all_came_cb, bench);
}

/* As many as there is credit for; the next one waits for more. */
static void
post (Bench *bench)
{
  while (pulsar_actor_proxy_post (bench->workers[0], "bench-take", bench->arguments, NULL))
    bench->n++;
  pulsar_actor_proxy_post_async (bench->workers[0], "bench-take", bench->arguments, NULL, NULL, posted_cb, bench);
}

static void
relayed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Bench *bench = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;
  double per_second;

  answer = pulsar_actor_proxy_send_finish (PULSAR_ACTOR_PROXY (source), result, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (answer, "(d)", &per_second);
  step_done (bench, per_second);
}

static void
measure_ours (Bench *bench)
{
  guint in_flight = measures[bench->measure].in_flight;

  bench->n = 0;
  bench->begin = bench_now ();
  bench->end = bench->begin + bench->each;
  switch (measures[bench->measure].kind)
    {
    case ASK:
      if (measures[bench->measure].size == 64 * MEBIBYTE)
        {
          peak_of (getpid (), TRUE);
          peak_of (get_worker_pid (bench, 0), TRUE);
        }
      bench->in_flight = in_flight;
      for (guint i = 0; i < in_flight; i++)
        ask (bench);
      break;
    case POST:
      post (bench);
      break;
    case RELAY:
      pulsar_actor_proxy_send_async (bench->workers[0], "bench-relay",
                                     g_variant_new ("(sd)", pulsar_actor_proxy_get_id (bench->workers[1]), bench->each),
                                     NULL, 0, NULL, relayed_cb, bench);
      break;
    }
}

static gboolean
step_cb (gpointer user_data)
{
  Bench *bench = user_data;

  if (bench->round == bench->n_rounds)
    {
      report (bench);
      pulsar_application_stop_async (bench->application, NULL, NULL, NULL);
      return G_SOURCE_REMOVE;
    }

  if (bench->arguments == NULL)
    bench->arguments = make_arguments (measures[bench->measure].size);
  if (bench->who == 0)
    {
      bench_pin (getpid (), bench->cpus[0]);
      for (guint i = 0; i < G_N_ELEMENTS (bench->workers); i++)
        bench_pin (get_worker_pid (bench, i), bench->cpus[bench->place]);
      for (guint i = 0; i < N_PEERS; i++)
        bench_peer_pin (bench->peers[i], bench->cpus[0], bench->cpus[bench->place]);
    }
  if (bench->who == OURS)
    measure_ours (bench);
  else
    step_done (bench, bench->peers[bench->who]->klass->run (bench->peers[bench->who], measures[bench->measure].size,
                                                            bench->each));
  return G_SOURCE_REMOVE;
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

  bench->workers[bench->n_workers++] = g_object_ref (PULSAR_ACTOR_PROXY (worker));
  if (bench->n_workers == G_N_ELEMENTS (bench->workers))
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

/* In the worker */

static void
echo_cb (PulsarRequest *request,
         gpointer       user_data)
{
  pulsar_request_return_value (request, pulsar_request_get_arguments (request));
}

static void
take_cb (PulsarRequest *request,
         gpointer       user_data)
{
}

typedef struct
{
  PulsarRequest *request;  /* (owned) */
  GVariant *arguments;     /* (owned) */
  char *target;
  double begin;
  double end;
  guint64 n;
} Relay;

static void relay_ask (Relay *relay);

static void
relay_answered_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  Relay *relay = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);

  if (answer != NULL && (++relay->n % 16 != 0 || bench_now () < relay->end))
    {
      relay_ask (relay);
      return;
    }
  if (answer != NULL)
    pulsar_request_return_value (relay->request, g_variant_new ("(d)", (double) relay->n / (bench_now () - relay->begin)));
  else
    pulsar_request_return_error (relay->request, error);
  g_object_unref (relay->request);
  g_variant_unref (relay->arguments);
  g_free (relay->target);
  g_free (relay);
}

static void
relay_ask (Relay *relay)
{
  pulsar_actor_send_async (pulsar_actor_get_current (), relay->target, "bench-echo", relay->arguments, NULL,
                           PULSAR_TIMEOUT_DEFAULT, NULL, relay_answered_cb, relay);
}

static void
relay_cb (PulsarRequest *request,
          gpointer       user_data)
{
  Relay *relay = g_new0 (Relay, 1);
  double seconds;

  g_variant_get (pulsar_request_get_arguments (request), "(sd)", &relay->target, &seconds);
  relay->request = g_object_ref (request);
  relay->arguments = make_arguments (64);
  relay->begin = bench_now ();
  relay->end = relay->begin + seconds;
  relay_ask (relay);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(PulsarApplication) application = NULL;
  Bench bench = { 0 };
  double seconds = bench_get_seconds (argc, argv);
  guint n_steps = 0;
  int status;

  if (!pulsar_is_worker ())
    {
      /* Forks first: before anything starts a thread. */
      for (guint i = 0; i < N_PEERS; i++)
        bench.peers[i] = bench_peer_new (peer_classes[i]);
      for (guint i = 0; i < N_PEERS; i++)
        {
          if (peer_classes[i]->begin != NULL)
            peer_classes[i]->begin (bench.peers[i]);
        }
    }

  pulsar_command_register ("bench-echo", "(ay)", PULSAR_COMMAND_CALLERS_ANY, echo_cb, NULL, NULL);
  pulsar_command_register ("bench-take", "(ay)", PULSAR_COMMAND_CALLERS_ANY, take_cb, NULL, NULL);
  pulsar_command_register ("bench-relay", "(sd)", PULSAR_COMMAND_CALLERS_ANY, relay_cb, NULL, NULL);
  application = g_object_new (PULSAR_TYPE_APPLICATION,
                              "name", "bench-messages",
                              "parse-console", FALSE,
                              "parameters", g_variant_new_parsed ("{'workers': <uint32 2>}"),
                              NULL);
  for (guint i = 0; i < N_MEASURES; i++)
    n_steps += (MIN (N_PEERS, measures[i].n_peers) + 1) * G_N_ELEMENTS (places);
  bench.application = application;
  bench.n_rounds = seconds < 3 ? 1 : 9;
  bench.each = seconds / (bench.n_rounds * n_steps);
  bench_get_cpus (bench.cpus);
  g_signal_connect (application, "monitor-start", G_CALLBACK (monitor_start_cb), &bench);
  status = pulsar_configurator_run (PULSAR_CONFIGURATOR (application), 1, argv);

  for (guint i = 0; i < N_PEERS; i++)
    g_clear_pointer (&bench.peers[i], bench_peer_free);
  g_clear_pointer (&bench.arguments, g_variant_unref);
  for (guint i = 0; i < G_N_ELEMENTS (bench.workers); i++)
    g_clear_object (&bench.workers[i]);
  return status;
}
