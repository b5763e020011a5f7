/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-test.h"
#include "server-run.h"

#define N_CONNECTIONS 200

static void
count_pid (const pid_t pids[2],
           pid_t       pid,
           guint       counts[2])
{
  g_assert_true (pid == pids[0] || pid == pids[1]);
  counts[pid == pids[0] ? 0 : 1]++;
}

static gboolean
share (ServerRun *server)
{
  guint one_by_one[2] = { 0 };
  guint at_once[2] = { 0 };
  int clients[N_CONNECTIONS];
  int pair[2];
  pid_t pids[2];

  server_run_open_pair (server, pair, pids);
  g_assert_cmpint (pids[0], !=, server_run_get_pid (server));
  g_assert_cmpint (pids[1], !=, server_run_get_pid (server));
  for (guint i = 0; i < N_CONNECTIONS; i++)
    {
      int client = server_run_open_client (server);

      count_pid (pids, line_client_ask_pid (client), one_by_one);
      close (client);
    }
  for (guint i = 0; i < N_CONNECTIONS; i++)
    clients[i] = server_run_open_client (server);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    {
      count_pid (pids, line_client_ask_pid (clients[i]), at_once);
      close (clients[i]);
    }
  close (pair[0]);
  close (pair[1]);
  g_test_message ("one by one %u and %u, at once %u and %u", one_by_one[0], one_by_one[1], at_once[0], at_once[1]);
  return MIN (one_by_one[0], one_by_one[1]) >= N_CONNECTIONS / 4 && MIN (at_once[0], at_once[1]) >= N_CONNECTIONS / 10;
}

static void
test_socket_server_share (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;
  guint n_rounds = 1;

  g_test_summary ("Workers share connections, and the arbiter accepts none");
  server_run_start (&server, "--workers=2");
  while (!share (&server) && n_rounds < 5)  /* one may get no processor for a round on a machine with much else to do */
    n_rounds++;
  g_assert_cmpuint (n_rounds, <, 5);
  server_run_signal (&server, SIGTERM);
  rest = server_run_wait_for_end (&server, 0);
}

static void
test_socket_server_in_arbiter (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;
  int client, other;

  g_test_summary ("With workers=0 the arbiter serves by itself");
  server_run_start (&server, "--workers=0");
  client = server_run_open_client (&server);
  g_assert_cmpint (line_client_ask_pid (client), ==, server_run_get_pid (&server));
  other = server_run_open_client (&server);
  line_client_assert_answer (other, "actor", "lines");
  line_client_assert_answer (client, "info", "2 2");
  close (client);
  close (other);
  server_run_signal (&server, SIGINT);
  rest = server_run_wait_for_end (&server, 0);
}

static char *
describe_end (int client,
              int (*get_name) (int, struct sockaddr *, socklen_t *))
{
  struct sockaddr_storage native;
  socklen_t size = sizeof native;
  g_autoptr(GSocketAddress) address = NULL;

  g_assert_cmpint (get_name (client, (struct sockaddr *) &native, &size), ==, 0);
  address = g_socket_address_new_from_native (&native, size);
  return g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
}

/* Both ends of a connection as its server sees them. */
static char *
describe_own_ends (int client)
{
  g_autofree char *peer = describe_end (client, getsockname);
  g_autofree char *destination = describe_end (client, getpeername);

  return g_strdup_printf ("%s %s", peer, destination);
}

static void
test_socket_server_info (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *name = NULL;
  g_autofree char *ends = NULL;
  int client, other;

  g_test_summary ("A worker knows its addresses and both ends of its connections, and counts them");
  server_run_start (&server, "--workers=1");
  client = server_run_open_client (&server);
  other = server_run_open_client (&server);
  line_client_assert_answer (other, "hello", "hello");
  line_client_assert_answer (client, "info", "2 2");
  name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (g_ptr_array_index (server.addresses, 0)));
  line_client_assert_answer (client, "addresses", name);
  ends = describe_own_ends (client);
  line_client_assert_answer (client, "ends", ends);
  shutdown (other, SHUT_WR);
  line_client_assert_ended (other);
  line_client_assert_answer (client, "info", "1 2");
  close (client);
}

static void
test_socket_server_several_addresses (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;

  g_test_summary ("Every address is served, whichever way the list is given");
  server_run_start_full (&server, 3, LINE_SERVER_FACE, (const char * const[]) { "--bind=127.0.0.1:0,127.0.0.2:0", "-b", ":0",
                                                                 "--workers=2", NULL });
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < 3; i++)
      {
        int client = server_run_try_connect (&server, i);

        g_assert_cmpint (client, >=, 0);
        line_client_assert_answer (client, "hello", "hello");
        close (client);
      }
  server_run_signal (&server, SIGTERM);
  rest = server_run_wait_for_end (&server, 0);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (server_run_try_connect (&server, i), ==, -1);
}

static void
test_socket_server_ipv6 (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autoptr(GSocket) probe = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr(GSocketAddress) loopback = g_inet_socket_address_new_from_string ("::1", 0);
  g_autoptr(GError) error = NULL;
  int client;

  g_test_summary ("A server listens on an IPv6 address");
  if (probe == NULL || !g_socket_bind (probe, loopback, FALSE, &error))
    {
      g_test_skip (error != NULL ? error->message : "no IPv6 here");
      return;
    }
  server_run_start_full (&server, 1, LINE_SERVER_FACE, (const char * const[]) { "--bind=[::1]:0", NULL });
  client = server_run_open_client (&server);
  line_client_assert_answer (client, "hello", "hello");
  close (client);
}

static void
test_socket_server_bad_address (void)
{
  g_test_summary ("An address that is none is an error of the command line, with the reason");
  server_run_assert_fails ("localhost:http", 64, "is not a port (0 to 65535)", "--bind");
  server_run_assert_fails ("unix:/nonexistent/x", 69, "the folder “/nonexistent” does not exist", "unix:/nonexistent/x");
  server_run_assert_fails ("198.51.100.7:8060", 69, "Cannot listen on 198.51.100.7:8060", "");
}

static void
test_socket_server_port_in_use (void)
{
  g_auto(ServerRun) first = { 0 };
  g_autofree char *process = NULL;
  g_autofree char *address = NULL;
  int client;

  g_test_summary ("A second server on the same port ends and names the first, which lives on");
  server_run_start (&first, "--workers=2");
  client = server_run_open_client (&first);
  line_client_assert_answer (client, "hello", "hello");
  address = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (g_ptr_array_index (first.addresses, 0)));
  process = g_strdup_printf ("process %d", (int) server_run_get_pid (&first));
  server_run_assert_fails (address, 69, address, process);
  line_client_assert_answer (client, "hello", "hello");
  close (client);
}

static void
test_socket_server_worker_killed (void)
{
  g_auto(ServerRun) server = { 0 };
  int clients[2], after;
  pid_t pids[2];
  guint n_served = 0;

  g_test_summary ("When a worker dies only its own connections break, and a new one takes its place");
  server_run_start (&server, "--workers=2", "--restart-delay=0");
  server_run_open_pair (&server, clients, pids);
  g_assert_cmpint (kill (pids[0], SIGKILL), ==, 0);
  line_client_assert_ended (clients[0]);
  line_client_assert_answer (clients[1], "hello", "hello");
  while (n_served < 20)
    {
      pid_t pid;

      after = server_run_open_client (&server);
      pid = line_client_ask_pid (after);
      close (after);
      g_assert_cmpint (pid, !=, pids[0]);
      g_assert_cmpint (pid, !=, 0);
      if (pid != pids[1])
        n_served++;
    }
  close (clients[1]);
}

static void
test_socket_server_callable (void)
{
  g_auto(ServerRun) server = { 0 };
  char greeting[8];
  int client;

  g_test_summary ("A server without a class of its own calls its callable, and closes what that does not keep");
  server_run_start_full (&server, 1, LINE_SERVER_FACE_CALLABLE, (const char * const[]) { "--bind=127.0.0.1:0", NULL });
  client = server_run_open_client (&server);
  g_assert_cmpint (recv (client, greeting, sizeof greeting, MSG_WAITALL), ==, sizeof greeting);
  g_assert_cmpmem (greeting, sizeof greeting, "welcome\n", 8);
  line_client_assert_ended (client);
}

static void
count_notify_cb (GObject    *object,
                 GParamSpec *pspec,
                 gpointer    user_data)
{
  (*(guint *) user_data)++;
}

static void
greet_cb (PulsarSocketServer *server,
          PulsarConnection   *connection,
          gpointer            user_data)
{
  const char *greeting = user_data;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), greeting, strlen (greeting),
                             NULL, NULL, NULL);
}

static void
test_socket_server_again (void)
{
  g_autoptr(PulsarSocketServer) server = pulsar_socket_server_new ("again");
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (server));
  static const char * const bind_addresses[] = { "127.0.0.1:0", NULL };
  g_autoptr(GAsyncResult) refused = NULL;
  g_autoptr(GError) error = NULL;
  guint n_notified = 0;
  guint n_fds = 0;

  g_test_summary ("In a main loop of the program a server starts, stops and starts again, and leaves nothing open");
  g_assert_cmpuint (g_strv_length ((char **) pulsar_socket_server_get_addresses (server)), ==, 0);
  g_signal_connect (server, "notify::addresses", G_CALLBACK (count_notify_cb), &n_notified);
  pulsar_configurator_set_parse_console (PULSAR_CONFIGURATOR (server), FALSE);
  pulsar_config_set_uint (config, "workers", 0, &error);
  g_assert_no_error (error);
  pulsar_config_set_value (config, "bind", g_variant_new_strv (bind_addresses, -1), &error);
  g_assert_no_error (error);

  /* Nobody serves its connections: rather no server than one that closes them all. */
  pulsar_configurator_start_async (PULSAR_CONFIGURATOR (server), NULL, pulsar_test_store_result_cb, &refused);
  pulsar_test_wait_for (refused != NULL);
  g_assert_false (pulsar_configurator_start_finish (PULSAR_CONFIGURATOR (server), refused, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_clear_error (&error);
  n_notified = 0;
  g_signal_connect (server, "connection", G_CALLBACK (greet_cb), (gpointer) "again\n");

  for (guint round = 0; round < 3; round++)
    {
      g_autoptr(GAsyncResult) started = NULL;
      g_autoptr(GAsyncResult) stopped = NULL;
      g_auto(ServerRun) view = { 0 };
      const char * const *addresses;
      int client;

      pulsar_configurator_start_async (PULSAR_CONFIGURATOR (server), NULL, pulsar_test_store_result_cb, &started);
      pulsar_test_wait_for (started != NULL);
      pulsar_configurator_start_finish (PULSAR_CONFIGURATOR (server), started, &error);
      g_assert_no_error (error);
      addresses = pulsar_socket_server_get_addresses (server);
      g_assert_cmpuint (g_strv_length ((char **) addresses), ==, 1);
      g_assert_cmpuint (n_notified, ==, 2 * round + 1);

      view.addresses = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (view.addresses, g_inet_socket_address_new_from_string (
                                         "127.0.0.1", (guint) g_ascii_strtoull (strchr (addresses[0], ':') + 1, NULL, 10)));
      client = server_run_open_client (&view);
      close (client);

      pulsar_application_stop_async (PULSAR_APPLICATION (server), NULL, pulsar_test_store_result_cb, &stopped);
      pulsar_test_wait_for (stopped != NULL);
      pulsar_application_stop_finish (PULSAR_APPLICATION (server), stopped, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (g_strv_length ((char **) pulsar_socket_server_get_addresses (server)), ==, 0);
      g_assert_cmpuint (n_notified, ==, 2 * round + 2);
      g_assert_cmpint (server_run_try_connect (&view, 0), ==, -1);
      if (round > 0)
        g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
      n_fds = pulsar_test_count_fds ();
    }
}

int
main (int   argc,
      char *argv[])
{
  int status;

  if (line_server_main (argc, argv, &status))
    return status;
  g_assert_false (pulsar_worker_main (NULL));

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/socket-server/share", test_socket_server_share);
  g_test_add_func ("/socket-server/in-arbiter", test_socket_server_in_arbiter);
  g_test_add_func ("/socket-server/info", test_socket_server_info);
  g_test_add_func ("/socket-server/several-addresses", test_socket_server_several_addresses);
  g_test_add_func ("/socket-server/ipv6", test_socket_server_ipv6);
  g_test_add_func ("/socket-server/bad-address", test_socket_server_bad_address);
  g_test_add_func ("/socket-server/port-in-use", test_socket_server_port_in_use);
  g_test_add_func ("/socket-server/worker-killed", test_socket_server_worker_killed);
  g_test_add_func ("/socket-server/callable", test_socket_server_callable);
  g_test_add_func ("/socket-server/again", test_socket_server_again);
  return g_test_run ();
}
