/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-test.h"

/* The program has several faces: with one of these it is a server, and else the test that starts it as such. */
#define SERVE "--serve"
#define SERVE_CALLABLE "--serve-callable"

#define N_CONNECTIONS 200

static const char *program;

/* The server: answers lines of text. */
#define TEST_TYPE_SERVER (test_server_get_type ())
G_DECLARE_FINAL_TYPE (TestServer, test_server, TEST, SERVER, PulsarSocketServer)

struct _TestServer
{
  PulsarSocketServer parent_instance;
  GPtrArray *waiting;  /* (owned) (element-type PulsarConnection) those that asked to be closed on draining */
};

G_DEFINE_FINAL_TYPE (TestServer, test_server, PULSAR_TYPE_SOCKET_SERVER)

typedef struct
{
  TestServer *server;             /* borrowed: it outlives the main loop */
  PulsarConnection *connection;  /* (owned) */
  GDataInputStream *input;        /* (owned) */
  PulsarActor *actor;             /* (owned) the one that was current in the handler */
} Client;

static void
client_free (Client *client)
{
  g_clear_object (&client->input);
  g_clear_object (&client->connection);
  g_clear_object (&client->actor);
  g_free (client);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)

static char *
describe_connections (PulsarActor *actor)
{
  g_autoptr(GVariant) info = pulsar_actor_dup_info (actor);
  g_autoptr(GVariant) connections = g_variant_lookup_value (info, "connections", G_VARIANT_TYPE_VARDICT);
  guint64 accepted = 0;
  guint open = 0;

  g_assert_nonnull (connections);
  g_assert_true (g_variant_lookup (connections, "open", "u", &open));
  g_assert_true (g_variant_lookup (connections, "accepted", "t", &accepted));
  return g_strdup_printf ("%u %" G_GUINT64_FORMAT, open, accepted);
}

static char *
describe_ends (PulsarConnection *connection)
{
  g_autofree char *peer =
    g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (pulsar_connection_get_peer_address (connection)));
  g_autofree char *destination =
    g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (pulsar_connection_get_destination_address (connection)));
  g_autoptr(GSocketAddress) peer_property = NULL;
  g_autoptr(GSocketAddress) destination_property = NULL;
  g_autoptr(GTlsConnection) tls = NULL;

  g_object_get (connection, "peer-address", &peer_property, "destination-address", &destination_property,
                "tls-connection", &tls, NULL);
  g_assert_true (peer_property == pulsar_connection_get_peer_address (connection));
  g_assert_true (destination_property == pulsar_connection_get_destination_address (connection));
  g_assert_null (tls);
  g_assert_null (pulsar_connection_get_tls_connection (connection));
  return g_strdup_printf ("%s %s", peer, destination);
}

static char *
answer (Client     *client,
        const char *line)
{
  if (g_str_equal (line, "pid"))
    return g_strdup_printf ("%d", (int) getpid ());
  if (g_str_equal (line, "addresses"))
    return g_strjoinv (" ", (char **) pulsar_socket_server_get_addresses (PULSAR_SOCKET_SERVER (client->server)));
  if (g_str_equal (line, "info"))
    return describe_connections (client->actor);
  if (g_str_equal (line, "ends"))
    return describe_ends (client->connection);
  if (g_str_equal (line, "actor"))
    return g_strdup (pulsar_actor_get_name (client->actor));
  if (g_str_equal (line, "much"))
    return g_strnfill (64 * 1024 * 1024, 'x');
  if (g_str_equal (line, "close on draining"))
    g_ptr_array_add (client->server->waiting, g_object_ref (client->connection));
  if (g_str_equal (line, "hang"))
    {
      g_socket_send (g_socket_connection_get_socket (G_SOCKET_CONNECTION (client->connection)), "hang\n", 5, NULL, NULL);
      for (;;)
        ;
    }
  return g_strdup (line);
}

static void line_cb (GObject      *source,
                     GAsyncResult *result,
                     gpointer      user_data);

static void
read_line (Client *client)
{
  g_data_input_stream_read_line_async (client->input, G_PRIORITY_DEFAULT, NULL, line_cb, client);
}

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr(Client) client = user_data;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    read_line (g_steal_pointer (&client));
}

static void
line_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(Client) client = user_data;
  g_autofree char *line = g_data_input_stream_read_line_finish (client->input, result, NULL, NULL);
  g_autofree char *text = NULL;
  g_autofree char *reply = NULL;

  if (line == NULL)
    return;
  text = answer (client, line);
  reply = g_strconcat (text, "\n", NULL);
  g_object_set_data_full (source, "reply", g_strdup (reply), g_free);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (client->connection)),
                                   g_object_get_data (source, "reply"), strlen (reply), G_PRIORITY_DEFAULT, NULL,
                                   answered_cb, client);
  client = NULL;
}

static void
test_server_connection (PulsarSocketServer *server,
                        PulsarConnection   *connection)
{
  Client *client = g_new0 (Client, 1);

  client->server = TEST_SERVER (server);
  client->connection = g_object_ref (connection);
  client->actor = g_object_ref (pulsar_actor_get_current ());
  client->input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  read_line (client);
}

static void
test_server_draining (PulsarSocketServer *server)
{
  TestServer *self = TEST_SERVER (server);

  for (guint i = 0; i < self->waiting->len; i++)
    g_socket_shutdown (g_socket_connection_get_socket (g_ptr_array_index (self->waiting, i)), TRUE, TRUE, NULL);
  g_ptr_array_set_size (self->waiting, 0);
}

static void
test_server_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_SERVER (object)->waiting);

  G_OBJECT_CLASS (test_server_parent_class)->finalize (object);
}

static void
test_server_class_init (TestServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_server_finalize;
  PULSAR_SOCKET_SERVER_CLASS (klass)->connection = test_server_connection;
  PULSAR_SOCKET_SERVER_CLASS (klass)->draining = test_server_draining;
}

static void
test_server_init (TestServer *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

static int
serve (int    argc,
       char **argv)
{
  g_autoptr(TestServer) server = g_object_new (TEST_TYPE_SERVER, "name", "lines", NULL);
  int status;

  /* The command line of the server is what follows --serve. */
  argv[1] = argv[0];
  status = pulsar_configurator_run (PULSAR_CONFIGURATOR (server), argc - 1, argv + 1);
  return status;
}

static void
greet_cb (PulsarSocketServer *server,
          PulsarConnection   *connection,
          gpointer            user_data)
{
  const char *greeting = user_data;

  g_assert_true (PULSAR_IS_SOCKET_SERVER (server));
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), greeting, strlen (greeting),
                             NULL, NULL, NULL);
}

/* A server without a class of its own. */
static int
serve_callable (int    argc,
                char **argv)
{
  g_autoptr(PulsarSocketServer) server = pulsar_socket_server_new ("greeter");

  pulsar_application_set_callable (PULSAR_APPLICATION (server),
                                   g_cclosure_new (G_CALLBACK (greet_cb), (gpointer) "welcome\n", NULL));
  argv[1] = argv[0];
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (server), argc - 1, argv + 1);
}

/* The test: a server, and what it said so far. */
typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  GPtrArray *addresses;  /* (element-type GSocketAddress) */
} Server;

static void
stop_server (Server *server)
{
  if (server->process != NULL)
    g_subprocess_force_exit (server->process);
  g_clear_object (&server->process);
  g_clear_object (&server->output);
  g_clear_pointer (&server->addresses, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Server, stop_server)

static GSubprocess *
spawn_server (const char         *face,
              const char * const *arguments)
{
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autoptr(GError) error = NULL;
  GSubprocess *process;

  g_ptr_array_add (argv, (gpointer) program);
  g_ptr_array_add (argv, (gpointer) face);
  for (gsize i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_launcher_spawnv (launcher, (const char * const *) argv->pdata, &error);
  g_assert_no_error (error);
  return process;
}

/* Returns when the server listens on @n_addresses. */
static void
start_server_full (Server             *server,
                   guint               n_addresses,
                   const char         *face,
                   const char * const *arguments)
{
  g_autoptr(GError) error = NULL;

  server->process = spawn_server (face, arguments);
  server->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (server->process));
  server->addresses = g_ptr_array_new_with_free_func (g_object_unref);
  while (server->addresses->len < n_addresses)
    {
      g_autofree char *line = g_data_input_stream_read_line (server->output, NULL, NULL, &error);
      g_autoptr(GSocketConnectable) connectable = NULL;
      const char *found;

      g_assert_no_error (error);
      if (line == NULL)
        g_error ("The server ended before it listened");
      g_test_message ("server: %s", line);
      found = strstr (line, "Listening on ");
      if (found == NULL)
        continue;
      connectable = g_network_address_parse (found + strlen ("Listening on "), 0, &error);
      g_assert_no_error (error);
      g_ptr_array_add (server->addresses,
                       g_inet_socket_address_new_from_string (
                         g_network_address_get_hostname (G_NETWORK_ADDRESS (connectable)),
                         g_network_address_get_port (G_NETWORK_ADDRESS (connectable))));
    }
}

#define start_server(server, ...)                                                              \
  start_server_full (server, 1, SERVE, (const char * const[]) { "--bind=127.0.0.1:0", __VA_ARGS__, NULL })

static pid_t
get_pid (Server *server)
{
  return (pid_t) g_ascii_strtoll (g_subprocess_get_identifier (server->process), NULL, 10);
}

static void
signal_server (Server *server,
               int     signal_number)
{
  g_subprocess_send_signal (server->process, signal_number);
}

static void
wait_for_text (Server     *server,
               const char *text)
{
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line (server->output, NULL, NULL, NULL);

      g_assert_nonnull (line);
      g_test_message ("server: %s", line);
      if (strstr (line, text) != NULL)
        return;
    }
}

/* Waits for the end of the server and of all its workers, which hold the pipe. Returns what they said last. */
static char *
wait_for_end (Server *server,
              int     status)
{
  g_autoptr(GString) rest = g_string_new (NULL);
  char buffer[4096];
  gssize size;

  while ((size = g_input_stream_read (G_INPUT_STREAM (server->output), buffer, sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (rest, buffer, size);
  g_assert_cmpint (size, ==, 0);
  g_assert_true (g_subprocess_wait (server->process, NULL, NULL));
  g_test_message ("server: %s", rest->str);
  g_assert_true (g_subprocess_get_if_exited (server->process));
  g_assert_cmpint (g_subprocess_get_exit_status (server->process), ==, status);
  return g_string_free (g_steal_pointer (&rest), FALSE);
}

static int
try_connect (Server *server,
             guint   index)
{
  const struct timeval patience = { .tv_sec = 30 };
  union
  {
    struct sockaddr any;
    struct sockaddr_storage storage;
  } native;
  GSocketAddress *address = g_ptr_array_index (server->addresses, index);
  int fd = socket (g_socket_address_get_family (address), SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_true (g_socket_address_to_native (address, &native, sizeof native, NULL));
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect (fd, &native.any, (socklen_t) g_socket_address_get_native_size (address)) == 0)
    return fd;
  close (fd);
  return -1;
}

static int
open_client (Server *server)
{
  int client = try_connect (server, 0);

  g_assert_cmpint (client, >=, 0);
  return client;
}

/* One question, one answer; NULL when the connection ends. */
static char *
ask (int         client,
     const char *question)
{
  g_autofree char *line = g_strconcat (question, "\n", NULL);
  g_autoptr(GString) reply = g_string_new (NULL);
  char byte;

  if (send (client, line, strlen (line), MSG_NOSIGNAL) != (gssize) strlen (line))
    return NULL;
  while (recv (client, &byte, 1, 0) == 1)
    {
      if (byte == '\n')
        return g_string_free (g_steal_pointer (&reply), FALSE);
      g_string_append_c (reply, byte);
    }
  return NULL;
}

static void
assert_answer (int         client,
               const char *question,
               const char *wanted)
{
  g_autofree char *reply = ask (client, question);

  g_assert_cmpstr (reply, ==, wanted);
}

static pid_t
ask_pid (int client)
{
  g_autofree char *reply = ask (client, "pid");

  return reply != NULL ? (pid_t) g_ascii_strtoll (reply, NULL, 10) : 0;
}

static void
assert_ended (int client)
{
  char byte;

  g_assert_cmpint (recv (client, &byte, 1, 0), <=, 0);
  close (client);
}

/* Two clients of two different workers. */
static void
open_pair (Server *server,
           int     clients[2],
           pid_t   pids[2])
{
  clients[0] = open_client (server);
  pids[0] = ask_pid (clients[0]);
  for (;;)
    {
      clients[1] = open_client (server);
      pids[1] = ask_pid (clients[1]);
      if (pids[1] != pids[0])
        return;
      close (clients[1]);
    }
}

static void
count_pid (const pid_t pids[2],
           pid_t       pid,
           guint       counts[2])
{
  g_assert_true (pid == pids[0] || pid == pids[1]);
  counts[pid == pids[0] ? 0 : 1]++;
}

static gboolean
share (Server *server)
{
  guint one_by_one[2] = { 0 };
  guint at_once[2] = { 0 };
  int clients[N_CONNECTIONS];
  int pair[2];
  pid_t pids[2];

  open_pair (server, pair, pids);
  g_assert_cmpint (pids[0], !=, get_pid (server));
  g_assert_cmpint (pids[1], !=, get_pid (server));
  for (guint i = 0; i < N_CONNECTIONS; i++)
    {
      int client = open_client (server);

      count_pid (pids, ask_pid (client), one_by_one);
      close (client);
    }
  for (guint i = 0; i < N_CONNECTIONS; i++)
    clients[i] = open_client (server);
  for (guint i = 0; i < N_CONNECTIONS; i++)
    {
      count_pid (pids, ask_pid (clients[i]), at_once);
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
  g_auto(Server) server = { 0 };
  g_autofree char *rest = NULL;
  guint n_rounds = 1;

  g_test_summary ("Workers share connections, and the arbiter accepts none");
  start_server (&server, "--workers=2");
  while (!share (&server) && n_rounds < 5)  /* one may get no processor for a round on a machine with much else to do */
    n_rounds++;
  g_assert_cmpuint (n_rounds, <, 5);
  signal_server (&server, SIGTERM);
  rest = wait_for_end (&server, 0);
}

static void
test_socket_server_in_arbiter (void)
{
  g_auto(Server) server = { 0 };
  g_autofree char *rest = NULL;
  int client, other;

  g_test_summary ("With workers=0 the arbiter serves by itself");
  start_server (&server, "--workers=0");
  client = open_client (&server);
  g_assert_cmpint (ask_pid (client), ==, get_pid (&server));
  other = open_client (&server);
  assert_answer (other, "actor", "lines");
  assert_answer (client, "info", "2 2");
  close (client);
  close (other);
  signal_server (&server, SIGINT);
  rest = wait_for_end (&server, 0);
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
  g_auto(Server) server = { 0 };
  g_autofree char *name = NULL;
  g_autofree char *ends = NULL;
  int client, other;

  g_test_summary ("A worker knows its addresses and both ends of its connections, and counts them");
  start_server (&server, "--workers=1");
  client = open_client (&server);
  other = open_client (&server);
  assert_answer (other, "hello", "hello");
  assert_answer (client, "info", "2 2");
  name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (g_ptr_array_index (server.addresses, 0)));
  assert_answer (client, "addresses", name);
  ends = describe_own_ends (client);
  assert_answer (client, "ends", ends);
  shutdown (other, SHUT_WR);
  assert_ended (other);
  assert_answer (client, "info", "1 2");
  close (client);
}

static void
test_socket_server_several_addresses (void)
{
  g_auto(Server) server = { 0 };
  g_autofree char *rest = NULL;

  g_test_summary ("Every address is served, whichever way the list is given");
  start_server_full (&server, 3, SERVE, (const char * const[]) { "--bind=127.0.0.1:0,127.0.0.2:0", "-b", ":0",
                                                                 "--workers=2", NULL });
  for (guint round = 0; round < 3; round++)
    for (guint i = 0; i < 3; i++)
      {
        int client = try_connect (&server, i);

        g_assert_cmpint (client, >=, 0);
        assert_answer (client, "hello", "hello");
        close (client);
      }
  signal_server (&server, SIGTERM);
  rest = wait_for_end (&server, 0);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (try_connect (&server, i), ==, -1);
}

static void
test_socket_server_ipv6 (void)
{
  g_auto(Server) server = { 0 };
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
  start_server_full (&server, 1, SERVE, (const char * const[]) { "--bind=[::1]:0", NULL });
  client = open_client (&server);
  assert_answer (client, "hello", "hello");
  close (client);
}

static void
assert_fails (const char *address,
              int         status,
              const char *said,
              const char *said_too)
{
  g_auto(Server) server = { 0 };
  g_autofree char *option = g_strconcat ("--bind=", address, NULL);
  g_autofree char *rest = NULL;

  start_server_full (&server, 0, SERVE, (const char * const[]) { option, NULL });
  rest = wait_for_end (&server, status);
  g_assert_nonnull (strstr (rest, said));
  g_assert_nonnull (strstr (rest, said_too));
}

static void
test_socket_server_bad_address (void)
{
  g_test_summary ("An address that is none is an error of the command line, with the reason");
  assert_fails ("localhost:http", 64, "is not a port (0 to 65535)", "--bind");
  assert_fails ("unix:/nonexistent/x", 69, "the folder “/nonexistent” does not exist", "unix:/nonexistent/x");
  assert_fails ("198.51.100.7:8060", 69, "Cannot listen on 198.51.100.7:8060", "");
}

static void
test_socket_server_port_in_use (void)
{
  g_auto(Server) first = { 0 };
  g_autofree char *process = NULL;
  g_autofree char *address = NULL;
  int client;

  g_test_summary ("A second server on the same port ends and names the first, which lives on");
  start_server (&first, "--workers=2");
  client = open_client (&first);
  assert_answer (client, "hello", "hello");
  address = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (g_ptr_array_index (first.addresses, 0)));
  process = g_strdup_printf ("process %d", (int) get_pid (&first));
  assert_fails (address, 69, address, process);
  assert_answer (client, "hello", "hello");
  close (client);
}

static void
test_socket_server_drain (void)
{
  g_auto(Server) server = { 0 };
  g_autofree char *rest = NULL;
  int clients[2];
  pid_t pids[2];

  g_test_summary ("A stop closes the listening sockets at once, and open connections live until they are closed");
  start_server (&server, "--workers=2");
  open_pair (&server, clients, pids);
  assert_answer (clients[1], "close on draining", "close on draining");
  signal_server (&server, SIGTERM);
  assert_ended (clients[1]);  /* the worker drains */
  for (;;)
    {
      int late = try_connect (&server, 0);

      if (late < 0)
        break;
      close (late);
    }
  assert_answer (clients[0], "still there", "still there");
  close (clients[0]);
  rest = wait_for_end (&server, 0);
}

static void
test_socket_server_drain_timeout (void)
{
  g_auto(Server) server = { 0 };
  g_autofree char *rest = NULL;
  int client;

  g_test_summary ("A connection nobody closes is shut down when graceful-timeout is over");
  start_server (&server, "--workers=1", "--graceful-timeout=0.3");
  client = open_client (&server);
  assert_answer (client, "hello", "hello");
  signal_server (&server, SIGTERM);
  assert_ended (client);
  rest = wait_for_end (&server, 0);
  g_assert_nonnull (strstr (rest, "1 connection was still open"));
}

static void
test_socket_server_worker_killed (void)
{
  g_auto(Server) server = { 0 };
  int clients[2], after;
  pid_t pids[2];
  guint n_served = 0;

  g_test_summary ("When a worker dies only its own connections break, and a new one takes its place");
  start_server (&server, "--workers=2", "--restart-delay=0");
  open_pair (&server, clients, pids);
  g_assert_cmpint (kill (pids[0], SIGKILL), ==, 0);
  assert_ended (clients[0]);
  assert_answer (clients[1], "hello", "hello");
  while (n_served < 20)
    {
      pid_t pid;

      after = open_client (&server);
      pid = ask_pid (after);
      close (after);
      g_assert_cmpint (pid, !=, pids[0]);
      g_assert_cmpint (pid, !=, 0);
      if (pid != pids[1])
        n_served++;
    }
  close (clients[1]);
}

static void
test_socket_server_keep_alive (void)
{
  g_auto(Server) server = { 0 };
  int idle;

  g_test_summary ("An idle connection is closed after keep-alive");
  start_server (&server, "--workers=1", "--keep-alive=0.1");
  idle = open_client (&server);
  assert_answer (idle, "hello", "hello");
  assert_ended (idle);
}

static void
test_socket_server_bad_clients (void)
{
  g_auto(Server) server = { 0 };
  g_autofree char *garbage = g_malloc (1024 * 1024);
  g_autofree char *rest = NULL;
  int never_reads, never_writes, resets, writes_garbage, client;
  const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

  g_test_summary ("Clients that hang, never read, send garbage or go away harm nobody else");
  start_server (&server, "--workers=1", "--graceful-timeout=0.2");
  never_writes = open_client (&server);
  never_reads = open_client (&server);
  g_assert_cmpint (send (never_reads, "much\n", 5, MSG_NOSIGNAL), ==, 5);
  resets = open_client (&server);
  g_assert_cmpint (send (resets, "much\n", 5, MSG_NOSIGNAL), ==, 5);
  g_assert_cmpint (setsockopt (resets, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), ==, 0);
  close (resets);

  for (gsize i = 0; i < 1024 * 1024; i++)
    garbage[i] = (char) g_test_rand_int_range (11, 256);  /* one line without end */
  writes_garbage = open_client (&server);
  g_assert_cmpint (fcntl (writes_garbage, F_SETFL, O_NONBLOCK), ==, 0);
  g_assert_cmpint (send (writes_garbage, garbage, 1024 * 1024, MSG_NOSIGNAL), >, 0);

  for (guint i = 0; i < 100; i++)
    {
      client = open_client (&server);
      assert_answer (client, "hello", "hello");
      close (client);
    }
  close (writes_garbage);
  signal_server (&server, SIGTERM);
  rest = wait_for_end (&server, 0);
  close (never_reads);
  close (never_writes);
}

static void
test_socket_server_busy_worker (void)
{
  g_auto(Server) server = { 0 };
  int clients[2];
  pid_t pids[2];

  g_test_summary ("While one worker is in a loop without end the other one serves all new clients");
  start_server (&server, "--workers=2");
  open_pair (&server, clients, pids);
  assert_answer (clients[0], "hang", "hang");
  for (guint i = 0; i < 50; i++)
    {
      int client = open_client (&server);

      g_assert_cmpint (ask_pid (client), ==, pids[1]);
      close (client);
    }
  g_assert_cmpint (kill (pids[0], SIGKILL), ==, 0);
  close (clients[0]);
  close (clients[1]);
}

static void
test_socket_server_callable (void)
{
  g_auto(Server) server = { 0 };
  char greeting[8];
  int client;

  g_test_summary ("A server without a class of its own calls its callable, and closes what that does not keep");
  start_server_full (&server, 1, SERVE_CALLABLE, (const char * const[]) { "--bind=127.0.0.1:0", NULL });
  client = open_client (&server);
  g_assert_cmpint (recv (client, greeting, sizeof greeting, MSG_WAITALL), ==, sizeof greeting);
  g_assert_cmpmem (greeting, sizeof greeting, "welcome\n", 8);
  assert_ended (client);
}

static void
test_socket_server_no_descriptors (void)
{
  g_auto(Server) server = { 0 };
  g_autofree char *rest = NULL;
  struct rlimit limit;
  int clients[30];
  pid_t pid;

  g_test_summary ("A worker without free descriptors goes on, says so once, and serves everybody in the end");
  start_server (&server, "--workers=1");
  clients[0] = open_client (&server);
  pid = ask_pid (clients[0]);
  g_assert_cmpint (prlimit (pid, RLIMIT_NOFILE, NULL, &limit), ==, 0);
  limit.rlim_cur = 20;
  g_assert_cmpint (prlimit (pid, RLIMIT_NOFILE, &limit, NULL), ==, 0);
  for (guint i = 1; i < G_N_ELEMENTS (clients); i++)
    clients[i] = open_client (&server);
  wait_for_text (&server, "Cannot accept connections for now");
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      assert_answer (clients[i], "hello", "hello");
      close (clients[i]);
    }
  signal_server (&server, SIGTERM);
  rest = wait_for_end (&server, 0);
  g_assert_null (strstr (rest, "Cannot accept connections for now"));
}

static void
count_notify_cb (GObject    *object,
                 GParamSpec *pspec,
                 gpointer    user_data)
{
  (*(guint *) user_data)++;
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
      g_auto(Server) view = { 0 };
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
      client = open_client (&view);
      close (client);

      pulsar_application_stop_async (PULSAR_APPLICATION (server), NULL, pulsar_test_store_result_cb, &stopped);
      pulsar_test_wait_for (stopped != NULL);
      pulsar_application_stop_finish (PULSAR_APPLICATION (server), stopped, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (g_strv_length ((char **) pulsar_socket_server_get_addresses (server)), ==, 0);
      g_assert_cmpuint (n_notified, ==, 2 * round + 2);
      g_assert_cmpint (try_connect (&view, 0), ==, -1);
      if (round > 0)
        g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
      n_fds = pulsar_test_count_fds ();
    }
}

int
main (int   argc,
      char *argv[])
{
  program = argv[0];
  if (argc >= 2 && g_str_equal (argv[1], SERVE))
    return serve (argc, argv);
  if (argc >= 2 && g_str_equal (argv[1], SERVE_CALLABLE))
    return serve_callable (argc, argv);
  g_assert_false (pulsar_worker_main (NULL));

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/socket-server/share", test_socket_server_share);
  g_test_add_func ("/socket-server/in-arbiter", test_socket_server_in_arbiter);
  g_test_add_func ("/socket-server/info", test_socket_server_info);
  g_test_add_func ("/socket-server/several-addresses", test_socket_server_several_addresses);
  g_test_add_func ("/socket-server/ipv6", test_socket_server_ipv6);
  g_test_add_func ("/socket-server/bad-address", test_socket_server_bad_address);
  g_test_add_func ("/socket-server/port-in-use", test_socket_server_port_in_use);
  g_test_add_func ("/socket-server/drain", test_socket_server_drain);
  g_test_add_func ("/socket-server/drain-timeout", test_socket_server_drain_timeout);
  g_test_add_func ("/socket-server/worker-killed", test_socket_server_worker_killed);
  g_test_add_func ("/socket-server/keep-alive", test_socket_server_keep_alive);
  g_test_add_func ("/socket-server/bad-clients", test_socket_server_bad_clients);
  g_test_add_func ("/socket-server/busy-worker", test_socket_server_busy_worker);
  g_test_add_func ("/socket-server/callable", test_socket_server_callable);
  g_test_add_func ("/socket-server/no-descriptors", test_socket_server_no_descriptors);
  g_test_add_func ("/socket-server/again", test_socket_server_again);
  return g_test_run ();
}
