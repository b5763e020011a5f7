/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-test.h"
#include "server-run.h"

static void
test_server_load_bad_clients (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *garbage = g_malloc (1024 * 1024);
  g_autofree char *rest = NULL;
  int never_reads, never_writes, resets, writes_garbage, client;
  const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

  g_test_summary ("Clients that hang, never read, send garbage or go away harm nobody else");
  server_run_start (&server, "--workers=1", "--graceful-timeout=0.2");
  never_writes = server_run_open_client (&server);
  never_reads = server_run_open_client (&server);
  g_assert_cmpint (send (never_reads, "much\n", 5, MSG_NOSIGNAL), ==, 5);
  resets = server_run_open_client (&server);
  g_assert_cmpint (send (resets, "much\n", 5, MSG_NOSIGNAL), ==, 5);
  g_assert_cmpint (setsockopt (resets, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), ==, 0);
  close (resets);

  for (gsize i = 0; i < 1024 * 1024; i++)
    garbage[i] = (char) g_test_rand_int_range (11, 256);  /* one line without end */
  writes_garbage = server_run_open_client (&server);
  g_assert_cmpint (fcntl (writes_garbage, F_SETFL, O_NONBLOCK), ==, 0);
  g_assert_cmpint (send (writes_garbage, garbage, 1024 * 1024, MSG_NOSIGNAL), >, 0);

  for (guint i = 0; i < 100; i++)
    {
      client = server_run_open_client (&server);
      line_client_assert_answer (client, "hello", "hello");
      close (client);
    }
  close (writes_garbage);
  server_run_signal (&server, SIGTERM);
  rest = server_run_wait_for_end (&server, 0);
  close (never_reads);
  close (never_writes);
}

static void
test_server_load_busy_worker (void)
{
  g_auto(ServerRun) server = { 0 };
  int clients[2];
  pid_t pids[2];

  g_test_summary ("While one worker is in a loop without end the other one serves all new clients");
  server_run_start (&server, "--workers=2");
  server_run_open_pair (&server, clients, pids);
  line_client_assert_answer (clients[0], "hang", "hang");
  for (guint i = 0; i < 50; i++)
    {
      int client = server_run_open_client (&server);

      g_assert_cmpint (line_client_ask_pid (client), ==, pids[1]);
      close (client);
    }
  g_assert_cmpint (kill (pids[0], SIGKILL), ==, 0);
  close (clients[0]);
  close (clients[1]);
}

static void
test_server_load_no_descriptors (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;
  struct rlimit limit;
  int clients[30];
  pid_t pid;

  g_test_summary ("A worker without free descriptors goes on, says so once, and serves everybody in the end");
  server_run_start (&server, "--workers=1");
  clients[0] = server_run_open_client (&server);
  pid = line_client_ask_pid (clients[0]);
  g_assert_cmpint (prlimit (pid, RLIMIT_NOFILE, NULL, &limit), ==, 0);
  limit.rlim_cur = 20;
  g_assert_cmpint (prlimit (pid, RLIMIT_NOFILE, &limit, NULL), ==, 0);
  for (guint i = 1; i < G_N_ELEMENTS (clients); i++)
    clients[i] = server_run_open_client (&server);
  server_run_wait_for_text (&server, "Cannot accept connections for now");
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      line_client_assert_answer (clients[i], "hello", "hello");
      close (clients[i]);
    }
  server_run_signal (&server, SIGTERM);
  rest = server_run_wait_for_end (&server, 0);
  g_assert_null (strstr (rest, "Cannot accept connections for now"));
}

static guint64
ask_number (int         client,
            const char *question)
{
  g_autofree char *reply = line_client_ask (client, question);

  g_assert_nonnull (reply);
  return g_ascii_strtoull (reply, NULL, 10);
}

/* Whether an answer is there. */
static gboolean
is_answered (int client)
{
  char byte;

  return recv (client, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

static void
count_answers (const int *clients,
               guint      n_clients,
               guint     *n_answered)
{
  *n_answered = 0;
  for (guint i = 0; i < n_clients; i++)
    {
      if (clients[i] >= 0 && is_answered (clients[i]))
        (*n_answered)++;
    }
}

static void
test_server_load_max_connections (void)
{
  g_auto(ServerRun) server = { 0 };
  int clients[50];
  guint n_served = 0;
  guint n_most = 0;

  g_test_summary ("With max-connections=10 and 50 clients at once, 10 are served at a time, and all in turn");
  server_run_start (&server, "--workers=1", "--max-connections=10");
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      clients[i] = server_run_open_client (&server);  /* nobody is refused */
      g_assert_cmpint (send (clients[i], "info\n", 5, MSG_NOSIGNAL), ==, 5);
    }
  while (n_served < G_N_ELEMENTS (clients))
    {
      guint n_answered;

      count_answers (clients, G_N_ELEMENTS (clients), &n_answered);
      g_assert_cmpuint (n_answered, <=, 10);
      n_most = MAX (n_most, n_answered);
      if (n_served == 0 && n_answered < 10)
        {
          g_thread_yield ();
          continue;  /* all places are taken before the first is given up */
        }
      for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
        {
          g_autofree char *reply = NULL;

          if (clients[i] < 0 || !is_answered (clients[i]))
            continue;
          reply = line_client_ask (clients[i], "x");  /* reads the answer that is there */
          g_assert_nonnull (reply);
          g_assert_cmpuint (g_ascii_strtoull (reply, NULL, 10), <=, 10);
          close (clients[i]);
          clients[i] = -1;
          n_served++;
          break;
        }
    }
  g_assert_cmpuint (n_most, ==, 10);
  g_test_message ("50 clients served, at most %u at a time", n_most);
}

static void
test_server_load_max_connections_two (void)
{
  g_auto(ServerRun) server = { 0 };
  int clients[40];
  GHashTable *pids = g_hash_table_new (NULL, NULL);
  guint n_first = 0;
  pid_t first;

  g_test_summary ("A worker that has as many as it may leaves further ones to the others, and none waits");
  server_run_start (&server, "--workers=2", "--max-connections=20");
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      clients[i] = server_run_open_client (&server);
      g_hash_table_add (pids, GINT_TO_POINTER (line_client_ask_pid (clients[i])));
    }
  g_assert_cmpuint (g_hash_table_size (pids), ==, 2);
  first = line_client_ask_pid (clients[0]);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    n_first += line_client_ask_pid (clients[i]) == first ? 1 : 0;
  g_assert_cmpuint (n_first, ==, 20);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    close (clients[i]);
  g_hash_table_unref (pids);
}

static void
test_server_load_few_descriptors (void)
{
  static const char * const wrapper[] = { "prlimit", "--nofile=64", NULL };
  g_auto(ServerRun) server = { .wrapper = wrapper };
  g_autofree char *rest = NULL;
  gint64 slowest_us = 0, begin_us;
  guint64 cpu;
  guint n_slow = 0;
  int clients[200];

  g_test_summary ("Under ulimit -n 64 the server goes on with 200 clients, says so once, and serves all in the end");
  server_run_start (&server, "--workers=1");
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = server_run_open_client (&server);
  server_run_wait_for_text (&server, "Cannot accept connections for now");

  /* Those that are open do not notice, and the server can open files (/proc/self/stat) all the time. */
  for (guint i = 0; i < 2000; i++)
    {
      gint64 begin = g_get_monotonic_time ();

      line_client_assert_answer (clients[0], "hello", "hello");
      begin = g_get_monotonic_time () - begin;
      slowest_us = MAX (slowest_us, begin);
      n_slow += begin > 400 * G_TIME_SPAN_MILLISECOND ? 1 : 0;
    }
  begin_us = g_get_monotonic_time ();
  cpu = ask_number (clients[0], "cpu");
  for (guint i = 1; i < G_N_ELEMENTS (clients); i++)
    {
      line_client_assert_answer (clients[i], "hello", "hello");
      close (clients[i]);
    }
  begin_us = g_get_monotonic_time () - begin_us;
  cpu = ask_number (clients[0], "cpu") - cpu;
  close (clients[0]);
  g_test_message ("fault 41: slowest of 2000 answers to an open connection while accepting paused %.1f ms; 199 clients through "
                  "few descriptors took %.2f s and %" G_GUINT64_FORMAT " ms of processor time",
                  (double) slowest_us / 1000, (double) begin_us / G_USEC_PER_SEC, cpu);
  g_assert_cmpuint (n_slow, <, 100);  /* were it the pause that slows them down, all of them would be */
  server_run_signal (&server, SIGTERM);
  rest = server_run_wait_for_end (&server, 0);
  g_assert_null (strstr (rest, "Cannot accept"));  /* none but the one before */
}

/* Whether strace can be used; marks the test as skipped otherwise. */
static gboolean
skip_without_strace (void)
{
  static const char * const check[] = { "strace", "-o", "/dev/null", "-e", "trace=none", "true", NULL };
  g_autoptr(GSubprocess) process = NULL;

  if (pulsar_test_is_slowed_down ())
    {
      g_test_skip ("the sanitizers and strace want the same");
      return TRUE;
    }
  process = g_subprocess_newv (check, G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
  if (process != NULL && g_subprocess_wait_check (process, NULL, NULL))
    return FALSE;
  g_test_skip ("strace cannot be used here");
  return TRUE;
}

/* The first @n_times that the worker accepts fail with @error; then a client is served all the same. Returns how long the
 * client waited, in microseconds, and in @rest what the server said. */
static gint64
accept_with_error (const char  *error,
                   guint        n_times,
                   char       **rest)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *command =
    g_strdup_printf ("--command=strace -o /dev/null -e trace=accept4 -e inject=accept4:error=%s:when=1..%u '%s' " LINE_SERVER_FACE,
                     error, n_times, program);
  gint64 begin;
  int client;

  server_run_start (&server, "--workers=1", command);
  server_run_wait_for_text (&server, "is ready");
  begin = g_get_monotonic_time ();
  client = server_run_open_client (&server);
  line_client_assert_answer (client, "hello", "hello");
  begin = g_get_monotonic_time () - begin;
  close (client);
  server_run_signal (&server, SIGTERM);
  *rest = server_run_wait_for_end (&server, 0);
  return begin;
}

static guint
count_in (const char *text,
          const char *part)
{
  guint n_found = 0;

  for (const char *at = text; (at = strstr (at, part)) != NULL; at++)
    n_found++;
  return n_found;
}

static void
test_server_load_accept_errors (void)
{
  static const char * const lasting[] = { "EMFILE", "ENFILE", "ENOMEM" };
  static const char * const passing[] = { "ECONNABORTED", "EPROTO", "EINTR" };

  g_test_summary ("When the system lacks something a worker waits half a second and says so once; a lost client is no reason");
  if (skip_without_strace ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (lasting); i++)
    {
      g_autofree char *rest = NULL;
      gint64 waited_us = accept_with_error (lasting[i], 2, &rest);

      g_test_message ("fault 41: twice %s, served after %.2f s", lasting[i], (double) waited_us / G_USEC_PER_SEC);
      g_assert_cmpint (waited_us, >=, G_USEC_PER_SEC);
      g_assert_cmpuint (count_in (rest, "Cannot accept connections for now"), ==, 1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (passing); i++)
    {
      gint64 waited_us = G_MAXINT64;

      /* It may also be the machine that is busy. */
      for (guint n_tries = 0; n_tries < 20 && waited_us >= G_USEC_PER_SEC / 2; n_tries++)
        {
          g_autofree char *rest = NULL;

          waited_us = accept_with_error (passing[i], 3, &rest);
          g_assert_cmpuint (count_in (rest, "Cannot accept"), ==, 0);
        }
      g_assert_cmpint (waited_us, <, G_USEC_PER_SEC / 2);
    }
}

/* Asks until the number does not change any more; the other connection gets its turn between two questions. */
static guint64
wait_until_steady (int         client,
                   const char *question)
{
  guint64 number = ask_number (client, question);

  for (guint n_same = 0; n_same < 1000; n_same++)
    {
      guint64 next = ask_number (client, question);

      if (next != number)
        n_same = 0;
      number = next;
    }
  return number;
}

/* The sanitizers keep what was freed. */
static void
assert_flat (guint64 before,
             guint64 after)
{
  if (!pulsar_test_is_slowed_down ())
    g_assert_cmpuint (after, <, before + 1024 * 1024);
}

static void
test_server_load_stopped_reader (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *chunk = g_malloc0 (64 * 1024);
  int reader, sender, other;
  guint64 before, after, flooded, sent = 0;
  gssize size;

  g_test_summary ("Neither a client that stops reading nor a server that does makes the memory of the server grow");
  server_run_start (&server, "--workers=1");
  other = server_run_open_client (&server);
  reader = server_run_open_client (&server);
  g_assert_cmpint (send (reader, "flood\n", 6, MSG_NOSIGNAL), ==, 6);
  flooded = wait_until_steady (other, "flooded");
  before = ask_number (other, "rss");

  /* A thousand answers later not a byte more went out. */
  g_assert_cmpuint (wait_until_steady (other, "flooded"), ==, flooded);
  after = ask_number (other, "rss");
  g_test_message ("server sent %" G_GUINT64_FORMAT " kB until the client's silence stopped it; rss %" G_GUINT64_FORMAT
                  " kB, then %" G_GUINT64_FORMAT " kB", flooded / 1024, before / 1024, after / 1024);
  assert_flat (before, after);
  g_assert_cmpuint (flooded, <, 64 * 1024 * 1024);
  close (reader);

  sender = server_run_open_client (&server);
  g_assert_cmpint (send (sender, "stop reading\n", 13, MSG_NOSIGNAL), ==, 13);
  line_client_assert_answer (other, "hello", "hello");
  before = ask_number (other, "rss");
  g_assert_cmpint (fcntl (sender, F_SETFL, O_NONBLOCK), ==, 0);
  for (guint n_full = 0; n_full < 100;)
    {
      size = send (sender, chunk, 64 * 1024, MSG_NOSIGNAL);
      if (size > 0)
        {
          sent += (guint64) size;
          n_full = 0;
          continue;
        }
      n_full++;
      line_client_assert_answer (other, "hello", "hello");
    }
  after = ask_number (other, "rss");
  g_test_message ("client sent %" G_GUINT64_FORMAT " kB until the server's silence stopped it; rss %" G_GUINT64_FORMAT
                  " kB, then %" G_GUINT64_FORMAT " kB", sent / 1024, before / 1024, after / 1024);
  assert_flat (before, after);
  close (sender);
  close (other);
}

int
main (int   argc,
      char *argv[])
{
  int status;

  if (line_server_main (argc, argv, &status))
    return status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/server-load/bad-clients", test_server_load_bad_clients);
  g_test_add_func ("/server-load/busy-worker", test_server_load_busy_worker);
  g_test_add_func ("/server-load/no-descriptors", test_server_load_no_descriptors);
  g_test_add_func ("/server-load/max-connections", test_server_load_max_connections);
  g_test_add_func ("/server-load/max-connections-two", test_server_load_max_connections_two);
  g_test_add_func ("/server-load/few-descriptors", test_server_load_few_descriptors);
  g_test_add_func ("/server-load/accept-errors", test_server_load_accept_errors);
  g_test_add_func ("/server-load/stopped-reader", test_server_load_stopped_reader);
  return g_test_run ();
}
