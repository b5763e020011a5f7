/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "server-run.h"

static void
test_server_drain_open (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;
  int clients[2];
  pid_t pids[2];

  g_test_summary ("A stop closes the listening sockets at once, and open connections live until they are closed");
  server_run_start (&server, "--workers=2");
  server_run_open_pair (&server, clients, pids);
  line_client_assert_answer (clients[1], "close on draining", "close on draining");
  server_run_signal (&server, SIGTERM);
  line_client_assert_ended (clients[1]);  /* the worker drains */
  for (;;)
    {
      int late = server_run_try_connect (&server, 0);

      if (late < 0)
        break;
      close (late);
    }
  line_client_assert_answer (clients[0], "still there", "still there");
  close (clients[0]);
  rest = server_run_wait_for_end (&server, 0);
}

static void
drain_with_bye (const char *workers)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;
  char bye[8];
  int clients[20];
  gint64 before;

  server_run_start (&server, workers, "--graceful-timeout=60");
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      clients[i] = server_run_open_client (&server);
      line_client_assert_answer (clients[i], "bye on draining", "bye on draining");
    }
  before = g_get_monotonic_time ();
  server_run_signal (&server, SIGTERM);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      g_assert_cmpint (recv (clients[i], bye, sizeof bye, MSG_WAITALL), ==, 4);
      g_assert_cmpmem (bye, 4, "bye\n", 4);
      close (clients[i]);
    }
  rest = server_run_wait_for_end (&server, 0);
  g_assert_null (strstr (rest, "still open"));
  g_assert_cmpint (g_get_monotonic_time () - before, <, 30 * G_USEC_PER_SEC);
  g_test_message ("20 clients got a word and the server ended %.0f ms after the signal",
                  (double) (g_get_monotonic_time () - before) / 1000);
}

static void
test_server_drain_bye (void)
{
  g_test_summary ("A server that takes leave on draining ends as soon as every client has its word");
  drain_with_bye ("--workers=2");
}

static void
test_server_drain_bye_in_arbiter (void)
{
  g_test_summary ("With workers=0 the arbiter takes leave of its clients in the same way");
  drain_with_bye ("--workers=0");
}

static void
test_server_drain_no_workers (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;
  char bye[8];
  int open, greeted;

  g_test_summary ("With workers=0 the arbiter drains as a worker does");
  server_run_start (&server, "--workers=0", "--graceful-timeout=60");
  open = server_run_open_client (&server);
  greeted = server_run_open_client (&server);
  line_client_assert_answer (open, "hello", "hello");
  line_client_assert_answer (greeted, "bye on draining", "bye on draining");
  server_run_signal (&server, SIGTERM);
  g_assert_cmpint (recv (greeted, bye, sizeof bye, MSG_WAITALL), ==, 4);
  g_assert_cmpmem (bye, 4, "bye\n", 4);
  close (greeted);
  g_assert_cmpint (server_run_try_connect (&server, 0), <, 0);
  line_client_assert_answer (open, "still there", "still there");
  close (open);
  rest = server_run_wait_for_end (&server, 0);
  g_assert_null (strstr (rest, "still open"));
}

static int
open_proxied (ServerRun  *server,
              const char *header)
{
  int client = server_run_open_client (server);

  g_assert_cmpint (send (client, header, strlen (header), MSG_NOSIGNAL), ==, strlen (header));
  return client;
}

static void
test_server_drain_handshake (gconstpointer workers)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;
  g_autofree char *info = NULL;
  int served, unknown;

  g_test_summary ("A handshake that does not end holds nothing up for longer than graceful-timeout");
  server_run_start (&server, workers, "--graceful-timeout=0.2", "--proxy-protocol=require");
  served = open_proxied (&server, "PROXY UNKNOWN\r\n");
  line_client_assert_answer (served, "hello", "hello");
  unknown = open_proxied (&server, "PROXY ");
  while (g_strcmp0 (info, "2 2") != 0)  /* until it is accepted */
    {
      g_free (info);
      info = line_client_ask (served, "info");
      g_assert_nonnull (info);
    }
  server_run_signal (&server, SIGTERM);
  line_client_assert_ended (unknown);
  line_client_assert_ended (served);
  rest = server_run_wait_for_end (&server, 0);
  g_assert_nonnull (strstr (rest, "2 connections were still open"));
}

static void
test_server_drain_timeout (gconstpointer workers)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;
  int client;

  g_test_summary ("A connection nobody closes is shut down when graceful-timeout is over");
  server_run_start (&server, workers, "--graceful-timeout=0.3");
  client = server_run_open_client (&server);
  line_client_assert_answer (client, "hello", "hello");
  server_run_signal (&server, SIGTERM);
  line_client_assert_ended (client);
  rest = server_run_wait_for_end (&server, 0);
  g_assert_nonnull (strstr (rest, "1 connection was still open"));
}

static void
test_server_drain_keep_alive (void)
{
  g_auto(ServerRun) server = { 0 };
  int idle;

  g_test_summary ("An idle connection is closed after keep-alive");
  server_run_start (&server, "--workers=1", "--keep-alive=0.1");
  idle = server_run_open_client (&server);
  line_client_assert_answer (idle, "hello", "hello");
  line_client_assert_ended (idle);
}

int
main (int   argc,
      char *argv[])
{
  int status;

  if (line_server_main (argc, argv, &status))
    return status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/server-drain/open", test_server_drain_open);
  g_test_add_func ("/server-drain/bye", test_server_drain_bye);
  g_test_add_func ("/server-drain/bye-in-arbiter", test_server_drain_bye_in_arbiter);
  g_test_add_func ("/server-drain/no-workers", test_server_drain_no_workers);
  g_test_add_data_func ("/server-drain/handshake", "--workers=1", test_server_drain_handshake);
  g_test_add_data_func ("/server-drain/handshake-no-workers", "--workers=0", test_server_drain_handshake);
  g_test_add_data_func ("/server-drain/timeout", "--workers=1", test_server_drain_timeout);
  g_test_add_data_func ("/server-drain/timeout-no-workers", "--workers=0", test_server_drain_timeout);
  g_test_add_func ("/server-drain/keep-alive", test_server_drain_keep_alive);
  return g_test_run ();
}
