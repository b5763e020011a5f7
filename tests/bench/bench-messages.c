/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages between actors through the public API: a real program with workers, registered handlers with a signature, the
 * default timeout; beside the peers, in turns, on the same placement. */
#include "bench-messages.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench-peer.h"

#define MEBIBYTE ((gsize) 1024 * 1024)
#define N_WORKERS 3        /* of the application that the others are measured with */
#define SPIN_WORKER 3      /* of the application with mailbox-spin */
#define SPINS "0.1 ms"
#define N_IDLE 1000
#define SPAWNS_AT_ONCE 8

typedef enum
{
  ASK,     /* the arbiter asks a worker, with so many asks in flight */
  POST,    /* the arbiter tells a worker; an ask at the end waits until all has come */
  RELAYED, /* one worker asks another by way of the arbiter */
  DIRECT,  /* one worker asks another past the arbiter */
  FLOOD_RELAYED, /* the arbiter asks a worker while two others flood each other by way of the arbiter */
  FLOOD_DIRECT,  /* the same, while they do it past the arbiter */
} Kind;

/* What is measured, each on both placements. */
static const struct
{
  const char *metric;
  Kind kind;
  gsize size;
  guint in_flight;
  guint n_peers;    /* so many of peer_classes measure it too */
  guint worker;     /* who is asked, or told to ask */
  guint other;      /* and whom that one asks */
  gboolean of_ask;  /* is compared with the first measure: our own, and with peers its peers */
  gboolean with_peers;
} measures[] = {
  { "ask-64-bytes", ASK, 64, 1, G_MAXUINT, 0, 0, FALSE, FALSE },
  { "ask-64-bytes-spin", ASK, 64, 1, 0, SPIN_WORKER, 0, TRUE, TRUE },
  { "ask-64-bytes-100-in-flight", ASK, 64, 100, 1, 0, 0, FALSE, FALSE },
  { "post-64-bytes", POST, 64, 1, 1, 0, 0, FALSE, FALSE },
  { "relay-64-bytes", RELAYED, 64, 1, 0, 0, 1, TRUE, FALSE },
  { "direct-64-bytes", DIRECT, 64, 1, 0, 0, 2, TRUE, FALSE },
  { "ask-64-bytes-beside-flood", FLOOD_RELAYED, 64, 1, 0, 0, 1, TRUE, FALSE },
  { "ask-64-bytes-beside-direct-flood", FLOOD_DIRECT, 64, 1, 0, 0, 2, TRUE, FALSE },
  { "ask-1-mebibyte", ASK, MEBIBYTE, 1, G_MAXUINT, 0, 0, FALSE, FALSE },
  { "ask-64-mebibytes", ASK, 64 * MEBIBYTE, 1, 1, 0, 0, FALSE, FALSE },
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

/* What is going on: the measures; then one of them alone, before and after so many idle actors are there. */
typedef enum
{
  MEASURING,
  BEFORE_IDLE,
  SPAWNING,
  BESIDE_IDLE,
} Phase;

/* The series of the measure beside idle actors. */
enum
{
  IDLE_BEFORE,
  IDLE_FIRST,   /* the worker that was there first */
  IDLE_LAST,    /* the actor that came last */
  N_IDLE_SERIES,
};

/* One program, one bench. Steps run from idle sources of the main loop, so that an ask runs as it does in a program. */
typedef struct
{
  PulsarMultiApp *program;
  PulsarActorProxy *workers[N_WORKERS + 1];  /* (owned) the last one is of the other application */
  guint n_workers;
  BenchPeer *peers[N_PEERS];
  int cpus[2];
  double each;                   /* seconds of one step */
  guint n_rounds;
  BenchSeries series[N_MEASURES][2][N_PEERS + 1];
  double peak[2];                /* bytes: the largest resident size of asker and asked with 64 MiB */

  Phase phase;
  guint n_idle;                  /* that are wanted */
  guint n_spawning;
  GPtrArray *idle;               /* (element-type PulsarActorProxy) (owned) */
  BenchSeries idle_series[2][N_IDLE_SERIES];
  double own_memory;             /* of the arbiter before the idle actors, in bytes */
  PulsarActorProxy *target;      /* whom the arbiter asks in this step */

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
  guint n_flooding;
  double asked;                  /* when the last answer came */
  gboolean is_done;
} Bench;

static void schedule (Bench *bench);

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

/* What this process has allocated, in bytes. Its pages would tell less: those of messages that are gone are used again. */
static double
get_own_memory (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return (double) info.uordblks + (double) info.hblkhd;
}

static void
report_measure (Bench *bench,
                guint  i,
                guint  place)
{
  g_autofree char *metric = g_strdup_printf ("%s-%s", measures[i].metric, places[place]);
  const char *unit = measures[i].kind == POST ? "messages/s" : "round trips/s";
  double value = bench_series_median (&bench->series[i][place][OURS]);
  BenchSeries *with = bench->series[measures[i].with_peers ? 0 : i][place];

  if (measures[i].of_ask)
    bench_report (metric, value, unit, "ask", bench_series_median (&bench->series[0][place][OURS]));
  for (guint who = 0; who < MIN (N_PEERS, measures[i].with_peers ? G_MAXUINT : measures[i].n_peers); who++)
    bench_report (metric, value, unit, peer_classes[who]->name, bench_series_median (&with[who]));
}

static void
report (Bench *bench)
{
  for (guint i = 0; i < N_MEASURES; i++)
    for (guint place = 0; place < G_N_ELEMENTS (places); place++)
      report_measure (bench, i, place);
  bench_report ("ask-64-mebibytes-peak-of-asker", bench->peak[0] / (double) (64 * MEBIBYTE), "bodies", NULL, 0);
  bench_report ("ask-64-mebibytes-peak-of-asked", bench->peak[1] / (double) (64 * MEBIBYTE), "bodies", NULL, 0);
  for (guint place = 0; place < G_N_ELEMENTS (places); place++)
    {
      BenchSeries *series = bench->idle_series[place];
      g_autofree char *first = g_strdup_printf ("ask-64-bytes-beside-idle-%s", places[place]);
      g_autofree char *last = g_strdup_printf ("ask-64-bytes-last-of-idle-%s", places[place]);

      bench_report (first, bench_series_median (&series[IDLE_FIRST]), "round trips/s", "without",
                    bench_series_median (&series[IDLE_BEFORE]));
      bench_report (last, bench_series_median (&series[IDLE_LAST]), "round trips/s", "without",
                    bench_series_median (&series[IDLE_BEFORE]));
    }
  bench_report ("idle-actors", bench->idle->len, "actors", NULL, 0);
  bench_report ("arbiter-memory-of-idle-actor", (get_own_memory () - bench->own_memory) / 1024 / bench->idle->len, "kB", NULL, 0);

  for (guint place = 0; place < G_N_ELEMENTS (places); place++)
    {
      for (guint i = 0; i < N_MEASURES; i++)
        for (guint who = 0; who <= N_PEERS; who++)
          bench_series_clear (&bench->series[i][place][who]);
      for (guint i = 0; i < N_IDLE_SERIES; i++)
        bench_series_clear (&bench->idle_series[place][i]);
    }
}

/* The step after this one. */
static void
advance (Bench *bench)
{
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
      if (++bench->round == bench->n_rounds)
        {
          bench->round = 0;
          bench->phase = BEFORE_IDLE;
          return;
        }
    }
  while (bench->who < OURS && bench->who >= measures[bench->measure].n_peers);
}

/* The same for the one measure with and without idle actors: who counts its series. */
static void
advance_idle (Bench *bench)
{
  if (bench->phase == BESIDE_IDLE && ++bench->who < 2)
    return;
  bench->who = 0;
  if (++bench->place < G_N_ELEMENTS (places))
    return;
  bench->place = 0;
  if (++bench->round < bench->n_rounds)
    return;
  bench->round = 0;
  bench->phase = bench->phase == BEFORE_IDLE ? SPAWNING : MEASURING;
  bench->is_done = bench->phase == MEASURING;
}

/* The end of one step: its figure, and the next step. */
static void
step_done (Bench *bench,
           double per_second)
{
  switch (bench->phase)
    {
    case MEASURING:
      bench_series_add (&bench->series[bench->measure][bench->place][bench->who], per_second);
      advance (bench);
      break;
    case BEFORE_IDLE:
    case BESIDE_IDLE:
      bench_series_add (&bench->idle_series[bench->place][bench->phase == BEFORE_IDLE ? IDLE_BEFORE : IDLE_FIRST + bench->who],
                        per_second);
      advance_idle (bench);
      break;
    case SPAWNING:
    default:
      g_assert_not_reached ();
    }
  schedule (bench);
}

/* Asks */

static void ask (Bench *bench);

/* With a flood beside it, the step ends when that does. */
static void
asks_done (Bench *bench)
{
  if (bench->in_flight == 0 && bench->n_flooding == 0)
    step_done (bench, (double) bench->n / (bench->asked - bench->begin));
}

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
      bench->asked = bench_now ();
      if (measures[bench->measure].size == 64 * MEBIBYTE)
        {
          bench->peak[0] = MAX (bench->peak[0], peak_of (getpid (), FALSE));
          bench->peak[1] = MAX (bench->peak[1], peak_of (get_worker_pid (bench, 0), FALSE));
        }
      asks_done (bench);
    }
}

static void
ask (Bench *bench)
{
  pulsar_actor_proxy_send_async (bench->target, "bench-echo", bench->arguments, NULL,
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
    pulsar_actor_proxy_send_async (bench->target, "bench-echo", bench->arguments, NULL,
                                   PULSAR_TIMEOUT_DEFAULT, NULL, all_came_cb, bench);
}

/* As many as there is credit for; the next one waits for more. */
static void
post (Bench *bench)
{
  while (pulsar_actor_proxy_post (bench->target, "bench-take", bench->arguments, NULL))
    bench->n++;
  pulsar_actor_proxy_post_async (bench->target, "bench-take", bench->arguments, NULL, NULL, posted_cb, bench);
}

/* What workers do among themselves */

static void
tell (Bench               *bench,
      guint                worker,
      const char          *command,
      guint                other,
      gboolean             direct,
      GAsyncReadyCallback  callback)
{
  pulsar_actor_proxy_send_async (bench->workers[worker], command,
                                 g_variant_new ("(sbd)", pulsar_actor_proxy_get_id (bench->workers[other]), direct, bench->each),
                                 NULL, 0, NULL, callback, bench);
}

static void
worker_asked_cb (GObject      *source,
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
flooded_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Bench *bench = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer G_GNUC_UNUSED = NULL;

  answer = pulsar_actor_proxy_send_finish (PULSAR_ACTOR_PROXY (source), result, NULL, &error);
  g_assert_no_error (error);
  bench->n_flooding--;
  asks_done (bench);
}

/* Two flood each other, and the third of the workers is asked. They have the second CPU for themselves, but for the third one where it
 * is placed there. */
static void
measure_beside_flood (Bench    *bench,
                      guint     one,
                      guint     other,
                      gboolean  direct)
{
  bench_pin (get_worker_pid (bench, one), bench->cpus[1]);
  bench_pin (get_worker_pid (bench, other), bench->cpus[1]);
  bench->target = bench->workers[3 - one - other];
  bench->n_flooding = 2;
  tell (bench, one, "bench-flood", other, direct, flooded_cb);
  tell (bench, other, "bench-flood", one, direct, flooded_cb);
  bench->in_flight = 1;
  ask (bench);
}

static void
measure_ours (Bench *bench)
{
  guint in_flight = measures[bench->measure].in_flight;
  guint worker = measures[bench->measure].worker;
  guint other = measures[bench->measure].other;

  bench->n = 0;
  bench->target = bench->workers[worker];
  bench->begin = bench_now ();
  bench->end = bench->begin + bench->each;
  switch (measures[bench->measure].kind)
    {
    case ASK:
      if (bench->phase == BESIDE_IDLE && bench->who == 1)
        bench->target = g_ptr_array_index (bench->idle, bench->idle->len - 1);
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
    case RELAYED:
    case DIRECT:
      if (measures[bench->measure].kind == DIRECT)
        bench_pin (get_worker_pid (bench, worker), bench->cpus[0]);
      tell (bench, worker, "bench-ask", other, measures[bench->measure].kind == DIRECT, worker_asked_cb);
      break;
    case FLOOD_RELAYED:
    case FLOOD_DIRECT:
      measure_beside_flood (bench, worker, other, measures[bench->measure].kind == FLOOD_DIRECT);
      break;
    }
}

/* Idle actors */

static void spawn (Bench *bench);

static void
spawned_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Bench *bench = user_data;
  g_autoptr(GError) error = NULL;
  PulsarActorProxy *actor = pulsar_actor_spawn_finish (PULSAR_ACTOR (source), result, &error);

  g_assert_no_error (error);
  g_ptr_array_add (bench->idle, actor);
  bench->n_spawning--;
  if (bench->idle->len < bench->n_idle)
    {
      spawn (bench);
      return;
    }
  bench->phase = BESIDE_IDLE;
  schedule (bench);
}

static void
spawn (Bench *bench)
{
  while (bench->n_spawning < SPAWNS_AT_ONCE && bench->idle->len + bench->n_spawning < bench->n_idle)
    {
      bench->n_spawning++;
      pulsar_actor_spawn_async (PULSAR_ACTOR (pulsar_arbiter_get_default ()), BENCH_TYPE_IDLE, "idle", NULL, NULL, spawned_cb, bench);
    }
}

static void
place_all (Bench *bench)
{
  int cpu = bench->cpus[bench->place];

  bench_pin (getpid (), bench->cpus[0]);
  for (guint i = 0; i < G_N_ELEMENTS (bench->workers); i++)
    bench_pin (get_worker_pid (bench, i), cpu);
  for (guint i = 0; i < N_PEERS; i++)
    bench_peer_pin (bench->peers[i], bench->cpus[0], cpu);
  if (bench->idle->len > 0)
    bench_pin ((GPid) pulsar_worker_get_pid (g_ptr_array_index (bench->idle, bench->idle->len - 1)), cpu);
}

static gboolean
step_cb (gpointer user_data)
{
  Bench *bench = user_data;

  if (bench->is_done)
    {
      report (bench);
      pulsar_actor_stop (PULSAR_ACTOR (pulsar_arbiter_get_default ()));
      return G_SOURCE_REMOVE;
    }
  if (bench->phase == SPAWNING)
    {
      bench->own_memory = get_own_memory ();
      spawn (bench);
      return G_SOURCE_REMOVE;
    }

  if (bench->arguments == NULL)
    bench->arguments = bench_make_arguments (measures[bench->measure].size);
  if (bench->who == 0 || (bench->phase == MEASURING && bench->who == OURS && measures[bench->measure].n_peers == 0))
    place_all (bench);
  if (bench->phase != MEASURING || bench->who == OURS)
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
  guint place = SPIN_WORKER;

  if (g_str_equal (pulsar_actor_get_name (PULSAR_ACTOR (monitor)), "bench-messages"))
    place = pulsar_worker_get_slot (worker);
  bench->workers[place] = g_object_ref (PULSAR_ACTOR_PROXY (worker));
  if (++bench->n_workers == G_N_ELEMENTS (bench->workers))
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

/* In each process; a worker then becomes one of them. */
static void
build_cb (PulsarMultiApp *program,
          gpointer        user_data)
{
  GVariant *several = g_variant_new_parsed ("{'workers': <%u>}", N_WORKERS);
  GVariant *spins = g_variant_new_parsed ("{'workers': <uint32 1>, 'mailbox-spin': <'" SPINS "'>}");

  g_signal_connect (pulsar_multi_app_new_app (program, PULSAR_TYPE_APPLICATION, NULL, several), "monitor-start",
                    G_CALLBACK (monitor_start_cb), user_data);
  g_signal_connect (pulsar_multi_app_new_app (program, PULSAR_TYPE_APPLICATION, "spin", spins), "monitor-start",
                    G_CALLBACK (monitor_start_cb), user_data);
}

/* An arbiter has two descriptors for each worker. */
static void
raise_descriptors (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

/* A program in Python, which measures and reports by itself. */
static gboolean
measure_python (double seconds)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *time = g_strdup_printf ("%.1f", seconds);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_setenv (launcher, "LD_LIBRARY_PATH", PULSAR_BENCH_LIBDIR, TRUE);
  g_subprocess_launcher_setenv (launcher, "GI_TYPELIB_PATH", PULSAR_BENCH_LIBDIR, TRUE);
  g_subprocess_launcher_setenv (launcher, "PYTHONPATH", PULSAR_BENCH_OVERRIDES, TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, "/usr/bin/python3", PULSAR_BENCH_MESSAGES_PYTHON, time, NULL);
  if (process == NULL || !g_subprocess_wait_check (process, NULL, &error))
    g_printerr ("The handler in Python was not measured: %s\n", error->message);
  return error == NULL;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(PulsarMultiApp) program = NULL;
  Bench bench = { 0 };
  double seconds = bench_get_seconds (argc, argv);
  gboolean is_arbiter = !pulsar_is_worker ();
  guint n_steps = 0;
  int status;

  if (is_arbiter)
    {
      raise_descriptors ();
      /* Forks first: before anything starts a thread. */
      for (guint i = 0; i < N_PEERS; i++)
        bench.peers[i] = bench_peer_new (peer_classes[i]);
      for (guint i = 0; i < N_PEERS; i++)
        {
          if (peer_classes[i]->begin != NULL)
            peer_classes[i]->begin (bench.peers[i]);
        }
    }

  bench_messages_register ();
  for (guint i = 0; i < N_MEASURES; i++)
    n_steps += (MIN (N_PEERS, measures[i].n_peers) + 1) * G_N_ELEMENTS (places);
  n_steps += 3 * G_N_ELEMENTS (places);
  bench.n_rounds = seconds < 3 ? 1 : 9;
  bench.n_idle = seconds < 3 ? N_IDLE / 20 : N_IDLE;
  bench.each = seconds / (bench.n_rounds * n_steps);
  bench.idle = g_ptr_array_new_with_free_func (g_object_unref);
  bench_get_cpus (bench.cpus);
  bench.program = program = pulsar_multi_app_new ("bench-messages");
  g_object_set (program, "parse-console", FALSE, NULL);
  g_signal_connect (program, "build", G_CALLBACK (build_cb), &bench);
  status = pulsar_configurator_run (PULSAR_CONFIGURATOR (program), 1, argv);

  for (guint i = 0; i < N_PEERS; i++)
    g_clear_pointer (&bench.peers[i], bench_peer_free);
  g_clear_pointer (&bench.arguments, g_variant_unref);
  g_ptr_array_unref (bench.idle);
  for (guint i = 0; i < G_N_ELEMENTS (bench.workers); i++)
    g_clear_object (&bench.workers[i]);
  if (is_arbiter && status == 0 && !measure_python (seconds / 10))
    status = 1;
  return status;
}
