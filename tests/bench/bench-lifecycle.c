/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How long the life of workers takes, and what it costs: real programs, real signals. The program runs itself again as the application
 * under test (BENCH_ROLE), which prints its events with the time of the clock that all processes share. */

#include <pulsar-glib/pulsar.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORKERS 16
#define N_IDLE 10
#define N_CLIENTS 200
#define REQUEST_SIZE 64

/* The application under test. */

static void
worker_ready_cb (PulsarMonitor *monitor,
                 PulsarWorker  *worker,
                 gpointer       user_data)
{
  printf ("ready %u %d %" G_GINT64_FORMAT "\n", pulsar_worker_get_slot (worker), (int) pulsar_worker_get_pid (worker),
          pulsar_worker_get_ready_time (worker));
  fflush (stdout);
}

static void
actor_params_cb (PulsarApplication *application,
                 PulsarMonitor     *monitor,
                 PulsarSpawn       *spawn,
                 gpointer           user_data)
{
  printf ("spawn 0 0 %" G_GINT64_FORMAT "\n", g_get_monotonic_time ());
  fflush (stdout);
}

static void
monitor_start_cb (PulsarApplication *application,
                  PulsarMonitor     *monitor,
                  PulsarHook        *hook,
                  gpointer           user_data)
{
  g_signal_connect (monitor, "worker-ready", G_CALLBACK (worker_ready_cb), NULL);
}

static gboolean
busy_cb (gpointer user_data)
{
  volatile guint64 turns = 0;

  printf ("busy 0 %d %" G_GINT64_FORMAT "\n", (int) getpid (), g_get_monotonic_time ());
  fflush (stdout);
  while (TRUE)
    turns++;
  return G_SOURCE_REMOVE;
}

static void
worker_start_cb (PulsarApplication *application,
                 PulsarActor       *worker,
                 PulsarHook        *hook,
                 gpointer           user_data)
{
  /* Idle: after it has reported ready. */
  if (g_str_equal (g_getenv ("BENCH_ROLE"), "busy"))
    g_idle_add_full (G_PRIORITY_LOW, busy_cb, NULL, NULL);
}

static void
echoed_cb (GObject      *output,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(PulsarConnection) connection G_GNUC_UNUSED = PULSAR_CONNECTION (user_data);

  g_output_stream_splice_finish (G_OUTPUT_STREAM (output), result, NULL);
}

static void
connection_cb (PulsarSocketServer *server,
               PulsarConnection   *connection,
               gpointer            user_data)
{
  GIOStream *stream = G_IO_STREAM (connection);

  g_output_stream_splice_async (g_io_stream_get_output_stream (stream), g_io_stream_get_input_stream (stream),
                                G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, NULL, echoed_cb,
                                g_object_ref (connection));
}

/* When the listening sockets are there. */
static void
listening_cb (PulsarSocketServer *server)
{
  const char *const *addresses = pulsar_socket_server_get_addresses (server);

  if (addresses != NULL && addresses[0] != NULL && !pulsar_is_worker ())
    printf ("listening 0 0 %s\n", strrchr (addresses[0], ':') + 1);
}

static int
run_application (int    argc,
                 char **argv)
{
  gboolean serves = g_str_equal (g_getenv ("BENCH_ROLE"), "echo");
  g_autoptr(PulsarApplication) application = g_object_new (serves ? PULSAR_TYPE_SOCKET_SERVER : PULSAR_TYPE_APPLICATION,
                                                           "name", "bench", NULL);

  if (serves)
    {
      g_signal_connect (application, "connection", G_CALLBACK (connection_cb), NULL);
      g_signal_connect (application, "notify::addresses", G_CALLBACK (listening_cb), NULL);
    }
  g_signal_connect (application, "monitor-start", G_CALLBACK (monitor_start_cb), NULL);
  g_signal_connect (application, "actor-params", G_CALLBACK (actor_params_cb), NULL);
  g_signal_connect (application, "worker-start", G_CALLBACK (worker_start_cb), NULL);
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (application), argc, argv);
}

/* The bench. */

typedef struct
{
  GPid arbiter;
  FILE *events;
  int pids[MAX_WORKERS];        /* by slot; 0 before it was ready */
  gint64 spawned_us;            /* when the last spawn began */
  gint64 ready_us;              /* when the last worker was ready */
  guint port;                   /* where it listens; 0: nowhere */
} Tree;

static double seconds = 10;

static void G_GNUC_NORETURN
give_up (const char *what)
{
  fprintf (stderr, "lifecycle: %s\n", what);
  exit (1);
}

static void
report (const char *metric,
        double      value,
        const char *unit)
{
  printf ("{\"metric\": \"%s\", \"value\": %.3f, \"unit\": \"%s\"}\n", metric, value, unit);
  fflush (stdout);
}

static void
report_ratio (const char *metric,
              double      after,
              double      before,
              const char *unit)
{
  printf ("{\"metric\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", \"ratio\": %.3f}\n", metric, after, unit,
          after / before);
  fflush (stdout);
}

static double
to_ms (gint64 us)
{
  return (double) us / 1000.0;
}

static void
start (Tree              *tree,
       const char        *role,
       const char *const *program,
       const char *const *options)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) argv = NULL;
  g_auto(GStrv) envp = g_environ_setenv (g_get_environ (), "BENCH_ROLE", role, TRUE);
  g_autoptr(GError) error = NULL;
  int out = -1;

  memset (tree, 0, sizeof *tree);
  g_strv_builder_addv (builder, (const char **) program);
  g_strv_builder_addv (builder, (const char **) options);
  argv = g_strv_builder_end (builder);
  if (!g_spawn_async_with_pipes (NULL, argv, envp, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                                 &tree->arbiter, NULL, &out, NULL, &error))
    give_up (error->message);
  tree->events = fdopen (out, "r");
}

/* Reads events up to the one called @name. */
static void
wait_for (Tree       *tree,
          const char *name)
{
  char line[128];

  while (fgets (line, sizeof line, tree->events) != NULL)
    {
      char word[16];
      unsigned slot;
      int pid;
      gint64 when_us;

      if (sscanf (line, "%15s %u %d %" G_GINT64_FORMAT, word, &slot, &pid, &when_us) != 4)
        continue;
      if (pid > 0)
        tree->pids[slot] = pid;
      if (g_str_equal (word, "ready"))
        tree->ready_us = when_us;
      else if (g_str_equal (word, "spawn"))
        tree->spawned_us = when_us;
      else if (g_str_equal (word, "listening"))
        tree->port = (guint) when_us;
      if (g_str_equal (word, name))
        return;
    }
  give_up ("the application ended early");
}

static void
wait_ready (Tree *tree,
            guint n_workers)
{
  for (guint i = 0; i < n_workers; i++)
    wait_for (tree, "ready");
}

static double
wait_end (Tree *tree)
{
  gint64 begin_us = g_get_monotonic_time ();

  if (waitpid (tree->arbiter, NULL, 0) != tree->arbiter)
    give_up ("waitpid failed");
  fclose (tree->events);
  return to_ms (g_get_monotonic_time () - begin_us);
}

static double
stop (Tree *tree)
{
  kill (tree->arbiter, SIGTERM);
  return wait_end (tree);
}

static int
compare (const void *a,
         const void *b)
{
  const double *x = a;
  const double *y = b;

  return (*x > *y) - (*x < *y);
}

static double
percentile (GArray *values,
            double  fraction)
{
  g_array_sort (values, compare);
  return g_array_index (values, double, MIN ((guint) ((double) values->len * fraction), values->len - 1));
}

static double
kill_and_wait (Tree *tree,
               guint slot)
{
  gint64 begin_us = g_get_monotonic_time ();

  kill (tree->pids[slot], SIGKILL);
  wait_for (tree, "ready");
  return to_ms (tree->ready_us - begin_us);
}

/* Kilobytes of a line of /proc/PID/smaps_rollup. */
static double
read_memory (int         pid,
             const char *key)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", pid);
  g_autofree char *contents = NULL;
  const char *line;

  if (!g_file_get_contents (path, &contents, NULL, NULL) || (line = strstr (contents, key)) == NULL)
    give_up ("no smaps_rollup");
  return g_ascii_strtod (line + strlen (key), NULL);
}

static guint
count_fds (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", pid);
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  guint n_fds = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n_fds++;
  return n_fds;
}

static double
read_worker_pss (Tree *tree)
{
  double sum = 0;

  for (guint i = 0; i < N_IDLE; i++)
    sum += read_memory (tree->pids[i], "\nPss:");
  return sum / N_IDLE;
}

/* Keeps N_CLIENTS connections busy for ever, as a process of its own: each sends, waits for the echo, and sends again; one that
 * breaks is made anew. */
static void
connect_client (int epoll_fd,
                guint port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port) };
  struct epoll_event event = { .events = EPOLLIN };
  static const char request[REQUEST_SIZE];
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) < 0 || send (fd, request, sizeof request, MSG_NOSIGNAL) < 0)
    {
      close (fd);
      return;
    }
  event.data.fd = fd;
  epoll_ctl (epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void G_GNUC_NORETURN
run_load (guint port)
{
  int epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  char buffer[REQUEST_SIZE];

  for (guint i = 0; i < N_CLIENTS; i++)
    connect_client (epoll_fd, port);

  while (TRUE)
    {
      struct epoll_event events[64];
      int n = epoll_wait (epoll_fd, events, G_N_ELEMENTS (events), -1);

      for (int i = 0; i < n; i++)
        {
          int fd = events[i].data.fd;
          ssize_t size = recv (fd, buffer, sizeof buffer, 0);

          if (size > 0 && send (fd, buffer, (gsize) size, MSG_NOSIGNAL) == size)
            continue;
          close (fd);
          connect_client (epoll_fd, port);
        }
    }
}

static GPid
start_load (guint port)
{
  GPid pid = fork ();

  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      run_load (port);
    }
  return pid;
}

static void
measure_replacements (const char *const *program,
                      const char        *role,
                      const char        *prefix)
{
  const char *const options[] = { "--workers=2", "--max-restarts=0", "--restart-delay=0", NULL };
  const char *const echo_options[] = { "--workers=2", "--max-restarts=0", "--restart-delay=0", "--bind=127.0.0.1:0",
                                       "--graceful-timeout=0", NULL };
  g_autoptr(GArray) replacements = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr(GArray) spawns = g_array_new (FALSE, FALSE, sizeof (double));
  gboolean loaded = g_str_equal (role, "echo");
  guint n_kills = seconds < 10 ? 10 : 100;
  g_autofree char *median = g_strconcat (prefix, "-median", NULL);
  g_autofree char *p99 = g_strconcat (prefix, "-p99", NULL);
  GPid load = 0;
  Tree tree;

  start (&tree, role, program, loaded ? echo_options : options);
  wait_ready (&tree, 2);
  if (loaded)
    load = start_load (tree.port);
  for (guint i = 0; i < n_kills; i++)
    {
      double took, spawn;

      if (loaded)
        g_usleep (50000);  /* the clients come back and are served */
      took = kill_and_wait (&tree, i % 2);
      spawn = to_ms (tree.ready_us - tree.spawned_us);
      g_array_append_val (replacements, took);
      g_array_append_val (spawns, spawn);
    }
  report (median, percentile (replacements, 0.5), "ms");
  report (p99, percentile (replacements, 0.99), "ms");
  if (!loaded)
    report ("spawn-to-ready-median", percentile (spawns, 0.5), "ms");
  if (load > 0)
    {
      kill (load, SIGKILL);
      waitpid (load, NULL, 0);
    }
  stop (&tree);
}

static void
bench_replacement (const char *const *program)
{
  measure_replacements (program, "echo", "replacement-max-restarts-0");
  measure_replacements (program, "idle", "replacement-without-load");
}

static void
bench_defaults (const char *const *program)
{
  const char *const defaults[] = { "--workers=2", NULL };
  const char *const hasty[] = { "--workers=2", "--healthy-after=200ms", NULL };
  gboolean whole = seconds >= 10;
  double worst = 0;
  double took;
  Tree tree;

  start (&tree, "idle", program, whole ? defaults : hasty);
  wait_ready (&tree, 2);
  for (guint slot = 0; slot < 2; slot++)
    {
      g_usleep (whole ? 10 * G_USEC_PER_SEC + 100000 : 250000);
      took = kill_and_wait (&tree, slot);
      worst = MAX (worst, took);
    }
  report ("replacement-defaults", worst, "ms");
  stop (&tree);
}

static void
bench_memory (const char *const *program)
{
  const char *const options[] = { "--workers=10", "--max-restarts=0", "--restart-delay=0", NULL };
  guint n_kills = seconds < 10 ? 20 : 1000;
  double pss, rss;
  guint n_fds;
  Tree tree;

  start (&tree, "idle", program, options);
  wait_ready (&tree, N_IDLE);

  /* Once round, so that both measurements see an arbiter that has replaced. */
  for (guint i = 0; i < N_IDLE; i++)
    kill_and_wait (&tree, i);
  pss = read_worker_pss (&tree);
  rss = read_memory (tree.arbiter, "\nRss:");
  n_fds = count_fds (tree.arbiter);
  report ("worker-pss", pss / 1000, "MB");
  report ("arbiter-rss", rss / 1000, "MB");

  for (guint i = 0; i < n_kills; i++)
    kill_and_wait (&tree, i % N_IDLE);
  report_ratio ("worker-pss-after-1000-replacements", read_worker_pss (&tree) / 1000, pss / 1000, "MB");
  report_ratio ("arbiter-rss-after-1000-replacements", read_memory (tree.arbiter, "\nRss:") / 1000, rss / 1000, "MB");
  report ("arbiter-fds-gained-after-1000-replacements", (double) count_fds (tree.arbiter) - n_fds, "descriptors");
  report ("stop-10-idle-workers", stop (&tree), "ms");
}

static void
bench_busy_stop (const char *const *program)
{
  const char *const options[] = { "--workers=1", "--graceful-timeout=1s", NULL };
  Tree tree;

  start (&tree, "busy", program, options);
  wait_for (&tree, "busy");
  report ("stop-busy-worker-over-graceful-timeout", stop (&tree) - 1000, "ms");
}

static void
bench_hang (const char *const *program)
{
  const char *const options[] = { "--workers=1", "--timeout=2s", NULL };
  gint64 begin_us;
  Tree tree;

  start (&tree, "idle", program, options);
  wait_ready (&tree, 1);
  begin_us = g_get_monotonic_time ();
  kill (tree.pids[0], SIGSTOP);
  wait_for (&tree, "ready");
  report ("hang-replaced-sigstop", to_ms (tree.ready_us - begin_us), "ms");
  stop (&tree);

  start (&tree, "busy", program, options);
  wait_for (&tree, "busy");
  begin_us = g_get_monotonic_time ();
  if (tree.ready_us == 0)
    wait_for (&tree, "ready");  /* the arbiter may tell of the first worker after that worker has told of itself */
  wait_for (&tree, "ready");
  report ("hang-replaced-busy-loop", to_ms (tree.ready_us - begin_us), "ms");
  kill (tree.arbiter, SIGTERM);
  kill (tree.arbiter, SIGTERM);
  wait_end (&tree);
}

/* Milliseconds until all of @pids are gone. */
static double
wait_gone (const int *pids,
           guint      n_pids,
           gint64     begin_us)
{
  int fds[MAX_WORKERS];
  gint64 last_us = begin_us;

  for (guint i = 0; i < n_pids; i++)
    fds[i] = (int) syscall (SYS_pidfd_open, pids[i], 0);
  for (guint i = 0; i < n_pids; i++)
    {
      struct pollfd poll_fd = { fds[i], POLLIN, 0 };

      if (fds[i] < 0)
        continue;  /* gone before we looked */
      if (poll (&poll_fd, 1, 20000) != 1)
        give_up ("an orphan lives on");
      last_us = MAX (last_us, g_get_monotonic_time ());
      close (fds[i]);
    }
  while (waitpid (-1, NULL, WNOHANG) > 0)
    ;
  return to_ms (last_us - begin_us);
}

static double
kill_arbiter (Tree *tree,
              guint n_workers)
{
  gint64 begin_us = g_get_monotonic_time ();

  kill (tree->arbiter, SIGKILL);
  fclose (tree->events);
  return wait_gone (tree->pids, n_workers, begin_us);
}

static void
bench_orphans (const char *const *program,
               const char *const *python)
{
  const char *const ten[] = { "--workers=10", NULL };
  const char *const one[] = { "--workers=1", NULL };
  Tree tree;

  start (&tree, "idle", program, ten);
  wait_ready (&tree, N_IDLE);
  report ("orphan-idle-gone", kill_arbiter (&tree, N_IDLE), "ms");

  /* orphan-timeout is 1 s. */
  start (&tree, "busy", python, one);
  wait_for (&tree, "busy");
  report ("orphan-busy-python-over-orphan-timeout", kill_arbiter (&tree, 1) - 1000, "ms");

  start (&tree, "idle", program, one);
  wait_ready (&tree, 1);
  kill (tree.pids[0], SIGSTOP);
  report ("orphan-stopped-over-orphan-timeout", kill_arbiter (&tree, 1) - 1000, "ms");
}

int
main (int    argc,
      char **argv)
{
  const char *const program[] = { argv[0], NULL };
  const char *const python[] = { "/usr/bin/python3", PULSAR_BENCH_PYTHON, NULL };

  if (g_getenv ("BENCH_ROLE") != NULL)
    return run_application (argc, argv);

  if (g_getenv ("BENCH_SECONDS") != NULL)
    seconds = g_ascii_strtod (g_getenv ("BENCH_SECONDS"), NULL);
  g_setenv ("LD_LIBRARY_PATH", PULSAR_BENCH_LIBDIR, TRUE);
  g_setenv ("GI_TYPELIB_PATH", PULSAR_BENCH_LIBDIR, TRUE);
  prctl (PR_SET_CHILD_SUBREAPER, 1);  /* orphans come to us, and not to whoever started the bench */

  bench_replacement (program);
  bench_defaults (program);
  bench_memory (program);
  bench_busy_stop (program);
  bench_hang (program);
  bench_orphans (program, python);
  return 0;
}
