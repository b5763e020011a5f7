/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/server/pulsar-accept-source-private.h"
#include "pulsar-glib/server/pulsar-listener-private.h"
#include "pulsar-test.h"

#define N_CONNECTIONS 200

static const char *program;

static GPtrArray *
open_listeners (void)
{
  static const char * const addresses[] = { "127.0.0.1:0", "127.0.0.1:0", NULL };
  g_autoptr(GError) error = NULL;
  const PulsarListenerOptions options = { .type = G_SOCKET_TYPE_STREAM, .backlog = 512 };
  GPtrArray *listeners = pulsar_listener_open (addresses, &options, &error);

  g_assert_no_error (error);
  return listeners;
}

static GSource *
attach_source (GPtrArray        *listeners,
               int               board_fd,
               PulsarAcceptFunc  func,
               gpointer          user_data)
{
  g_autoptr(GError) error = NULL;
  PulsarAcceptBoard *board = NULL;
  int fds[2];
  GSource *source;

  g_assert_cmpuint (listeners->len, ==, G_N_ELEMENTS (fds));
  for (guint i = 0; i < listeners->len; i++)
    fds[i] = ((PulsarListener *) g_ptr_array_index (listeners, i))->fd;
  if (board_fd >= 0)
    {
      board = pulsar_accept_board_open (board_fd, &error);
      g_assert_no_error (error);
    }
  source = pulsar_accept_source_new (fds, G_N_ELEMENTS (fds), G_N_ELEMENTS (fds), board, &error);
  g_assert_no_error (error);
  g_source_set_callback (source, G_SOURCE_FUNC (func), user_data, NULL);
  g_source_attach (source, NULL);
  return source;
}

/* A connected, blocking socket. */
static int
open_client (GPtrArray *listeners,
             guint      index)
{
  PulsarListener *listener = g_ptr_array_index (listeners, index);
  struct sockaddr_in native;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (g_socket_address_to_native (listener->address, &native, sizeof native, NULL));
  g_assert_cmpint (connect (fd, (struct sockaddr *) &native, sizeof native), ==, 0);
  return fd;
}

/* The helper process: accepts on the inherited descriptors and tells each client its number. */
static void
serve_number_cb (int      fd,
                 gpointer user_data)
{
  char number = *(const char *) user_data;

  g_assert_cmpint (write (fd, &number, 1), ==, 1);
  close (fd);
}

static int
run_acceptor (const char *number)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr(GPtrArray) listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) pulsar_listener_free);
  g_autoptr(GSource) source = NULL;

  for (int fd = 3; fd < 5; fd++)
    g_ptr_array_add (listeners, pulsar_listener_new_take_fd (fd, G_SOCKET_TYPE_STREAM, NULL));
  source = attach_source (listeners, 5, serve_number_cb, (gpointer) number);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  g_assert_cmpint (write (STDOUT_FILENO, "r", 1), ==, 1);
  g_main_loop_run (loop);
  return 0;
}

static GSubprocess *
spawn_acceptor (GPtrArray  *listeners,
                int         board_fd,
                const char *number)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr(GError) error = NULL;
  GSubprocess *acceptor;
  char ready;

  for (guint i = 0; i < listeners->len; i++)
    g_subprocess_launcher_take_fd (launcher, dup (((PulsarListener *) g_ptr_array_index (listeners, i))->fd),
                                   3 + (int) i);
  g_subprocess_launcher_take_fd (launcher, dup (board_fd), 5);
  acceptor = g_subprocess_launcher_spawn (launcher, &error, program, "--acceptor", number, NULL);
  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (acceptor), &ready, 1, NULL, &error), ==, 1);
  g_assert_no_error (error);
  return acceptor;
}

/* Until all @n acceptors sleep in their main loops: nobody shares with one that is still on its way there. */
static void
wait_for_sleep (int   board_fd,
                guint n)
{
  g_autoptr(PulsarAcceptBoard) board = pulsar_accept_board_open (board_fd, NULL);

  pulsar_accept_board_count (board);
  while (pulsar_accept_board_get_lead (board) < n)
    sched_yield ();
}

static guint
read_number (int fd)
{
  char number;

  g_assert_cmpint (read (fd, &number, 1), ==, 1);
  close (fd);
  return (guint) (number - '0');
}

static gboolean
each_has (const guint *counts,
          guint        n,
          guint        at_least)
{
  for (guint i = 0; i < n; i++)
    if (counts[i] < at_least)
      return FALSE;
  return TRUE;
}

static gboolean
share (guint n)
{
  static const char * const numbers[] = { "0", "1", "2" };
  g_autoptr(GPtrArray) listeners = open_listeners ();
  GSubprocess *acceptors[G_N_ELEMENTS (numbers)] = { NULL };
  guint one_by_one[G_N_ELEMENTS (numbers)] = { 0 };
  guint at_once[G_N_ELEMENTS (numbers)] = { 0 };
  int board_fd = pulsar_accept_board_create (NULL);
  int clients[N_CONNECTIONS];

  for (guint i = 0; i < n; i++)
    acceptors[i] = spawn_acceptor (listeners, board_fd, numbers[i]);
  wait_for_sleep (board_fd, n);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    one_by_one[read_number (open_client (listeners, 0))]++;
  for (guint i = 0; i < N_CONNECTIONS; i++)
    clients[i] = open_client (listeners, 1);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    at_once[read_number (clients[i])]++;
  for (guint i = 0; i < n; i++)
    {
      g_test_message ("%u processes: number %u got %u one by one, %u at once", n, i, one_by_one[i], at_once[i]);
      g_subprocess_force_exit (acceptors[i]);
      g_assert_true (g_subprocess_wait (acceptors[i], NULL, NULL));
      g_clear_object (&acceptors[i]);
    }
  close (board_fd);
  return each_has (one_by_one, n, N_CONNECTIONS / 2 / n) && each_has (at_once, n, N_CONNECTIONS / 5 / n);
}

static void
test_accept_source_shared (void)
{
  g_test_summary ("Idle processes share connections, whether they come one by one or all at once");
  for (guint n = 2; n <= 3; n++)
    {
      guint n_rounds = 1;

      /* On a machine with much else to do one of them may get no processor for a whole round. */
      while (!share (n) && n_rounds < 5)
        n_rounds++;
      g_assert_cmpuint (n_rounds, <, 5);
    }
}

/* Stopped in its sleep, seen from the others like one that died or hangs: nothing tells them so. */
static void
stop_process (GSubprocess *process)
{
  pid_t pid = (pid_t) g_ascii_strtoll (g_subprocess_get_identifier (process), NULL, 10);
  siginfo_t info;

  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  g_assert_cmpint (waitid (P_PID, (id_t) pid, &info, WSTOPPED | WNOWAIT), ==, 0);
}

static void
test_accept_source_stopped_sibling (void)
{
  g_autoptr(GPtrArray) listeners = open_listeners ();
  int board_fd = pulsar_accept_board_create (NULL);
  g_autoptr(GSubprocess) stopped = spawn_acceptor (listeners, board_fd, "0");
  g_autoptr(GSubprocess) running = spawn_acceptor (listeners, board_fd, "1");
  int clients[N_CONNECTIONS];

  g_test_summary ("A process that does not move delays no connection twice, and gets none");
  for (guint i = 0; i < 10; i++)
    read_number (open_client (listeners, 0));
  stop_process (stopped);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    g_assert_cmpuint (read_number (open_client (listeners, 1)), ==, 1);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    clients[i] = open_client (listeners, i % 2);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    g_assert_cmpuint (read_number (clients[i]), ==, 1);

  g_subprocess_force_exit (stopped);
  g_subprocess_force_exit (running);
  g_assert_true (g_subprocess_wait (stopped, NULL, NULL));
  g_assert_true (g_subprocess_wait (running, NULL, NULL));
  close (board_fd);
}

static void
count_cb (int      fd,
          gpointer user_data)
{
  guint *n_accepted = user_data;

  (*n_accepted)++;
  close (fd);
}

static void
test_accept_source_one_per_wakeup (void)
{
  g_autoptr(GPtrArray) listeners = open_listeners ();
  guint n_accepted = 0;
  g_autoptr(GSource) source = attach_source (listeners, -1, count_cb, &n_accepted);
  int clients[4];

  g_test_summary ("Connections are taken one by one, from all sockets, and none is forgotten");
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = open_client (listeners, i % 2);
  for (guint i = 1; i <= G_N_ELEMENTS (clients); i++)
    {
      g_assert_true (g_main_context_iteration (NULL, FALSE));
      g_assert_cmpuint (n_accepted, ==, i);
    }
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  g_assert_cmpuint (pulsar_accept_source_get_n_accepted (source), ==, 4);
  g_assert_cmpuint (pulsar_accept_source_get_n_missed (source), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    close (clients[i]);
  g_source_destroy (source);
}

static void
test_accept_source_aborted (void)
{
  g_autoptr(GPtrArray) listeners = open_listeners ();
  guint n_accepted = 0;
  g_autoptr(GSource) source = attach_source (listeners, -1, count_cb, &n_accepted);
  const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
  int client = open_client (listeners, 0);

  g_test_summary ("A client that resets its connection before it is accepted does no harm");
  g_assert_cmpint (setsockopt (client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), ==, 0);
  close (client);
  client = open_client (listeners, 0);
  pulsar_test_wait_for (n_accepted >= 1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (pulsar_accept_source_is_paused (source));
  close (client);
  g_source_destroy (source);
}

static void
test_accept_source_missed (void)
{
  g_autoptr(GPtrArray) listeners = open_listeners ();
  guint n_accepted = 0;
  g_autoptr(GSource) source = attach_source (listeners, -1, count_cb, &n_accepted);
  PulsarListener *listener = g_ptr_array_index (listeners, 0);
  GMainContext *context = g_main_context_default ();
  int max_priority, timeout_ms;
  GPollFD polled[8];
  int n_polled, client, other;

  g_test_summary ("A connection another process took after the wake-up is no error");
  client = open_client (listeners, 0);
  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &max_priority);
  n_polled = g_main_context_query (context, max_priority, &timeout_ms, polled, G_N_ELEMENTS (polled));
  g_assert_cmpint (g_poll (polled, (guint) n_polled, -1), >=, 1);
  other = accept (listener->fd, NULL, NULL);
  g_assert_cmpint (other, >=, 0);
  g_assert_true (g_main_context_check (context, max_priority, polled, n_polled));
  g_main_context_dispatch (context);
  g_main_context_release (context);
  g_assert_cmpuint (n_accepted, ==, 0);
  g_assert_cmpuint (pulsar_accept_source_get_n_missed (source), ==, 1);

  close (other);
  close (client);
  client = open_client (listeners, 0);
  pulsar_test_wait_for (n_accepted == 1);
  close (client);
  g_source_destroy (source);
}

/* In a process of its own: the limit is one of the process. */
static void
test_accept_source_no_descriptors (void)
{
  g_autoptr(GPtrArray) listeners = NULL;
  g_autoptr(GSource) source = NULL;
  guint n_accepted = 0;
  struct rlimit limit, tight;
  gint64 paused_at;
  int client;

  g_test_summary ("Without free descriptors accepting pauses for half a second, and one message says so");
  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      g_test_trap_assert_stderr ("*Cannot accept connections for now: Too many open files*");
      g_test_trap_assert_stderr_unmatched ("*Cannot accept*Cannot accept*");
      return;
    }

  listeners = open_listeners ();
  source = attach_source (listeners, -1, count_cb, &n_accepted);
  client = open_client (listeners, 0);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  tight = limit;
  tight.rlim_cur = 3;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &tight), ==, 0);

  pulsar_test_wait_for (pulsar_accept_source_is_paused (source));
  paused_at = g_get_monotonic_time ();
  g_assert_false (g_main_context_iteration (NULL, FALSE));  /* does not spin */
  pulsar_test_wait_for (!pulsar_accept_source_is_paused (source));
  g_assert_cmpint (g_get_monotonic_time () - paused_at, >=, 450 * G_TIME_SPAN_MILLISECOND);
  pulsar_test_wait_for (pulsar_accept_source_is_paused (source));  /* still none: silent this time */
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  pulsar_test_wait_for (n_accepted == 1);
  g_assert_false (pulsar_accept_source_is_paused (source));
  close (client);
  g_source_destroy (source);
}

static void
test_accept_source_no_leak (void)
{
  guint n_fds = pulsar_test_count_fds ();

  g_test_summary ("Sources close their epoll, also without a callback");
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr(GPtrArray) listeners = open_listeners ();
      g_autoptr(GSource) source = attach_source (listeners, -1, NULL, NULL);
      int client = open_client (listeners, 1);

      while (pulsar_accept_source_get_n_accepted (source) == 0)
        g_main_context_iteration (NULL, TRUE);
      close (client);
      g_source_destroy (source);
    }
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
}

static void
test_accept_source_bad_descriptor (void)
{
  g_autoptr(GError) error = NULL;
  const int bad[] = { -1 };

  g_test_summary ("A descriptor that cannot be waited for is an error");
  g_assert_null (pulsar_accept_source_new (bad, 1, 1, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
}

int
main (int   argc,
      char *argv[])
{
  program = argv[0];
  if (argc == 3 && g_str_equal (argv[1], "--acceptor"))
    return run_acceptor (argv[2]);

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/accept-source/shared", test_accept_source_shared);
  g_test_add_func ("/accept-source/stopped-sibling", test_accept_source_stopped_sibling);
  g_test_add_func ("/accept-source/one-per-wakeup", test_accept_source_one_per_wakeup);
  g_test_add_func ("/accept-source/aborted", test_accept_source_aborted);
  g_test_add_func ("/accept-source/missed", test_accept_source_missed);
  g_test_add_func ("/accept-source/no-descriptors", test_accept_source_no_descriptors);
  g_test_add_func ("/accept-source/no-leak", test_accept_source_no_leak);
  g_test_add_func ("/accept-source/bad-descriptor", test_accept_source_bad_descriptor);
  return g_test_run ();
}
