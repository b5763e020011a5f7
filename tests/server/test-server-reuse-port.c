/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-test.h"
#include "server-run.h"

#define N_CONNECTIONS 400
#define N_ENDS (pulsar_test_is_slowed_down () ? 5u : 20u)

static void
stop (ServerRun *server)
{
  g_autofree char *rest = NULL;

  server_run_signal (server, SIGTERM);
  rest = server_run_wait_for_end (server, 0);
}

static void
test_reuse_port_share (void)
{
  g_auto(ServerRun) server = { 0 };
  int clients[N_CONNECTIONS];
  guint n_first = 0;
  pid_t first = 0;

  g_test_summary ("With a socket of its own each worker gets connections, one by one and many at once");
  server_run_start (&server, "--workers=2", "--reuse-port");
  for (guint i = 0; i < N_CONNECTIONS; i++)
    clients[i] = server_run_open_client (&server);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    {
      pid_t pid = line_client_ask_pid (clients[i]);

      if (first == 0)
        first = pid;
      n_first += pid == first ? 1 : 0;
      close (clients[i]);
    }
  g_test_message ("reuse-port: %u and %u of %u connections", n_first, N_CONNECTIONS - n_first, N_CONNECTIONS);
  g_assert_cmpuint (MIN (n_first, N_CONNECTIONS - n_first), >=, N_CONNECTIONS / 10);
  stop (&server);
}

/* Ends the worker again and again, and has a client in each moment of that. */
static void
end_workers (int    signal_number,
             guint *n_reset,
             guint *n_served)
{
  g_auto(ServerRun) server = { 0 };
  pid_t pid = 0;
  guint n_ends = 0;

  *n_reset = *n_served = 0;
  server_run_start (&server, "--workers=1", "--reuse-port", "--restart-delay=0", "--max-restarts=0");
  while (n_ends < N_ENDS)
    {
      int client = server_run_open_client (&server);  /* never refused */
      pid_t answered = line_client_ask_pid (client);

      close (client);
      if (answered == 0)
        {
          (*n_reset)++;
          continue;
        }
      (*n_served)++;
      if (answered == pid)
        continue;  /* the one that was told to end */
      pid = answered;
      g_assert_cmpint (kill (pid, signal_number), ==, 0);
      n_ends++;
    }
  stop (&server);
}

static void
test_reuse_port_killed (void)
{
  guint n_reset, n_served;

  g_test_summary ("No connection is refused while the only worker is killed and replaced");
  end_workers (SIGKILL, &n_reset, &n_served);
  g_test_message ("reuse-port: %u kills of the only worker, %u connections served, %u reset, none refused",
                  N_ENDS, n_served, n_reset);
  g_assert_cmpuint (n_reset, <=, 3 * N_ENDS);
}

static void
test_reuse_port_drained (void)
{
  guint n_reset, n_served;

  g_test_summary ("No connection is lost while the only worker ends in order and is replaced");
  end_workers (SIGTERM, &n_reset, &n_served);
  g_test_message ("reuse-port: %u orderly ends of the only worker, %u connections served, %u reset, none refused",
                  N_ENDS, n_served, n_reset);
  g_assert_cmpuint (n_reset, <=, 1);  /* between the last look at a queue and its end are some microseconds */
}

static void
test_reuse_port_queue (void)
{
  g_auto(ServerRun) server = { 0 };
  int clients[60];
  int client;
  pid_t pid;
  guint n_old = 0;

  g_test_summary ("What waits at the socket of a worker that ends in order is served by it");
  server_run_start (&server, "--workers=2", "--reuse-port", "--restart-delay=0");
  server_run_wait_for_text (&server, "is ready");
  server_run_wait_for_text (&server, "is ready");
  client = server_run_open_client (&server);
  pid = line_client_ask_pid (client);
  close (client);
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = server_run_open_client (&server);
  g_assert_cmpint (kill (pid, SIGTERM), ==, 0);
  g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      pid_t answered = line_client_ask_pid (clients[i]);

      g_assert_cmpint (answered, !=, 0);
      n_old += answered == pid ? 1 : 0;
      close (clients[i]);
    }
  g_test_message ("reuse-port: of %u that waited when the worker ended %u were served by it and the rest by the other one",
                  (guint) G_N_ELEMENTS (clients), n_old);
  g_assert_cmpuint (n_old, >, 0);
  stop (&server);
}

static void
test_reuse_port_taken (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *address = NULL;

  g_test_summary ("A program without reuse-port cannot have the port of one with it");
  server_run_start (&server, "--workers=1", "--reuse-port");
  address = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (g_ptr_array_index (server.addresses, 0)));
  server_run_assert_fails (address, 69, "the address is in use by", address);
  stop (&server);
}

int
main (int   argc,
      char *argv[])
{
  int status;

  if (line_server_main (argc, argv, &status))
    return status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/reuse-port/share", test_reuse_port_share);
  g_test_add_func ("/reuse-port/killed", test_reuse_port_killed);
  g_test_add_func ("/reuse-port/drained", test_reuse_port_drained);
  g_test_add_func ("/reuse-port/queue", test_reuse_port_queue);
  g_test_add_func ("/reuse-port/taken", test_reuse_port_taken);
  return g_test_run ();
}
