/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/server/pulsar-connection-set-private.h"
#include "pulsar-glib/server/pulsar-listener-private.h"
#include "pulsar-test.h"

#define KEEP_ALIVE_US (100 * G_TIME_SPAN_MILLISECOND)

/* A client, blocking, and the connection of its other end. */
static int
open_connection (PulsarConnectionSet  *set,
                 PulsarConnection   **connection)
{
  static const char * const addresses[] = { "127.0.0.1:0", NULL };
  const PulsarListenerOptions options = { .type = G_SOCKET_TYPE_STREAM, .backlog = 16 };
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = pulsar_listener_open (addresses, &options, &error);
  PulsarListener *listener;
  struct sockaddr_in native;
  int client, accepted;

  g_assert_no_error (error);
  listener = g_ptr_array_index (listeners, 0);
  client = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_true (g_socket_address_to_native (listener->address, &native, sizeof native, NULL));
  g_assert_cmpint (connect (client, (struct sockaddr *) &native, sizeof native), ==, 0);
  accepted = accept4 (listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  *connection = pulsar_connection_set_add (set, accepted, &error);
  g_assert_no_error (error);
  return client;
}

static void
assert_end_of_stream (int client)
{
  char byte;

  g_assert_cmpint (read (client, &byte, 1), ==, 0);
  close (client);
}

static void
set_flag_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
test_connection_set_options (void)
{
  g_autoptr(PulsarConnectionSet) set = pulsar_connection_set_new (0);
  g_autoptr(PulsarConnection) connection = NULL;
  int client = open_connection (set, &connection);
  GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection));
  int no_delay;

  g_test_summary ("A connection sends without delay and is kept alive");
  g_assert_true (g_socket_is_connected (socket));
  g_assert_true (g_socket_get_option (socket, IPPROTO_TCP, TCP_NODELAY, &no_delay, NULL));
  g_assert_cmpint (no_delay, !=, 0);
  g_assert_true (g_socket_get_keepalive (socket));
  close (client);
}

static void
test_connection_set_counts (void)
{
  g_autoptr(PulsarConnectionSet) set = pulsar_connection_set_new (0);
  g_autoptr(GAsyncResult) result = NULL;
  PulsarConnection *connections[3];
  int clients[G_N_ELEMENTS (connections)];

  g_test_summary ("However a connection is closed, it is counted as open until then and once");
  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    clients[i] = open_connection (set, &connections[i]);
  g_assert_cmpuint (pulsar_connection_set_get_n_open (set), ==, 3);

  g_assert_true (g_io_stream_close (G_IO_STREAM (connections[0]), NULL, NULL));
  g_assert_cmpuint (pulsar_connection_set_get_n_open (set), ==, 2);
  g_assert_true (g_io_stream_close (G_IO_STREAM (connections[0]), NULL, NULL));
  g_io_stream_close_async (G_IO_STREAM (connections[1]), G_PRIORITY_DEFAULT, NULL,
                           pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  g_assert_true (g_io_stream_close_finish (G_IO_STREAM (connections[1]), result, NULL));
  g_clear_object (&result);
  g_assert_cmpuint (pulsar_connection_set_get_n_open (set), ==, 1);
  g_assert_finalize_object (connections[2]);
  g_assert_cmpuint (pulsar_connection_set_get_n_open (set), ==, 0);
  g_assert_cmpuint (pulsar_connection_set_get_n_accepted (set), ==, 3);

  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    assert_end_of_stream (clients[i]);
  g_assert_finalize_object (connections[0]);
  g_assert_finalize_object (connections[1]);
}

static void
count_cb (gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_connection_set_limit (void)
{
  g_autoptr(PulsarConnectionSet) set = pulsar_connection_set_new (0);
  PulsarConnection *connections[3];
  int clients[G_N_ELEMENTS (connections)];
  guint n_room = 0;

  g_test_summary ("A set with a limit says when there is room again, once each time");
  pulsar_connection_set_limit (set, 2, count_cb, &n_room);
  g_assert_false (pulsar_connection_set_is_full (set));
  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    clients[i] = open_connection (set, &connections[i]);
  g_assert_true (pulsar_connection_set_is_full (set));
  g_object_unref (connections[0]);  /* there were more than allowed */
  g_assert_true (pulsar_connection_set_is_full (set));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (n_room, ==, 0);
  g_object_unref (connections[1]);
  g_assert_false (pulsar_connection_set_is_full (set));
  pulsar_test_wait_for (n_room > 0);
  g_object_unref (connections[2]);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (n_room, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    assert_end_of_stream (clients[i]);
}

static gpointer
close_in_thread (gpointer data)
{
  g_assert_true (g_io_stream_close (G_IO_STREAM (data), NULL, NULL));
  return NULL;
}

static void
test_connection_set_wait_empty (void)
{
  g_autoptr(PulsarConnectionSet) set = pulsar_connection_set_new (0);
  g_autoptr(PulsarConnection) first = NULL;
  g_autoptr(PulsarConnection) second = NULL;
  int client = open_connection (set, &first);
  int other = open_connection (set, &second);
  gboolean empty = FALSE;

  g_test_summary ("Who waits hears of the last close, also from another thread, and only once");
  pulsar_connection_set_wait_empty (set, set_flag_cb, &empty, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_io_stream_close (G_IO_STREAM (first), NULL, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (empty);
  g_thread_join (g_thread_new ("close", close_in_thread, second));
  g_assert_false (empty);
  pulsar_test_wait_for (empty);
  close (client);
  close (other);

  empty = FALSE;
  pulsar_connection_set_wait_empty (set, set_flag_cb, &empty, NULL);
  g_assert_false (empty);
  pulsar_test_wait_for (empty);
}

static void
test_connection_set_close_first (void)
{
  PulsarConnectionSet *set = pulsar_connection_set_new (KEEP_ALIVE_US);
  g_autoptr(PulsarConnection) connection = NULL;
  int client = open_connection (set, &connection);
  gboolean empty = FALSE;

  g_test_summary ("A set may go before its connections, and then nobody is called");
  pulsar_connection_set_wait_empty (set, set_flag_cb, &empty, NULL);
  pulsar_connection_set_close (set);
  g_clear_object (&connection);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (empty);
  assert_end_of_stream (client);
}

static void
test_connection_set_shut_down (void)
{
  g_autoptr(PulsarConnectionSet) set = pulsar_connection_set_new (0);
  g_autoptr(PulsarConnection) connection = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) bytes = NULL;
  int client = open_connection (set, &connection);
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));

  g_test_summary ("After a shut-down users see the end of the stream, and close");
  g_input_stream_read_bytes_async (input, 10, G_PRIORITY_DEFAULT, NULL, pulsar_test_store_result_cb, &result);
  g_assert_cmpuint (pulsar_connection_set_shut_down (set), ==, 1);
  pulsar_test_wait_for (result != NULL);
  bytes = g_input_stream_read_bytes_finish (input, result, NULL);
  g_assert_nonnull (bytes);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, 0);
  g_assert_cmpuint (pulsar_connection_set_get_n_open (set), ==, 1);
  assert_end_of_stream (client);
}

static gboolean
readable_cb (GSocket      *socket,
             GIOCondition  condition,
             gpointer      user_data)
{
  int *client = user_data;
  char byte;

  /* Whatever comes from one end goes back from the other, for as long as it goes. */
  if (g_socket_receive (socket, &byte, 1, NULL, NULL) != 1 || write (*client, &byte, 1) != 1)
    g_assert_not_reached ();
  return G_SOURCE_CONTINUE;
}

static void
test_connection_set_keep_alive (void)
{
  g_autoptr(PulsarConnectionSet) set = pulsar_connection_set_new (KEEP_ALIVE_US);
  g_autoptr(PulsarConnection) busy = NULL;
  g_autoptr(PulsarConnection) idle = NULL;
  g_autoptr(GSource) source = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  int busy_client = open_connection (set, &busy);
  int idle_client;
  char byte = 'x';

  g_test_summary ("Connections without traffic are shut down, each in its time; others live");
  source = g_socket_create_source (g_socket_connection_get_socket (G_SOCKET_CONNECTION (busy)), G_IO_IN, NULL);
  g_source_set_callback (source, G_SOURCE_FUNC (readable_cb), &busy_client, NULL);
  g_source_attach (source, NULL);
  g_assert_cmpint (write (busy_client, &byte, 1), ==, 1);

  for (guint i = 0; i < 3; i++)
    {
      gint64 start = g_get_monotonic_time ();

      idle_client = open_connection (set, &idle);
      g_assert_cmpint (write (idle_client, &byte, 1), ==, 1);
      g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (idle)), &byte, 1, NULL, NULL),
                       ==, 1);
      g_input_stream_read_bytes_async (g_io_stream_get_input_stream (G_IO_STREAM (idle)), 10, G_PRIORITY_DEFAULT, NULL,
                                       pulsar_test_store_result_cb, &result);
      pulsar_test_wait_for (result != NULL);
      g_assert_cmpint (g_get_monotonic_time () - start, >=, KEEP_ALIVE_US / 2);  /* the kernel counts in jiffies */
      g_clear_object (&result);
      g_clear_object (&idle);
      assert_end_of_stream (idle_client);
    }
  g_assert_cmpuint (pulsar_connection_set_get_n_open (set), ==, 1);
  g_source_destroy (source);
  close (busy_client);
}

static void
test_connection_set_never_reads (void)
{
  g_autoptr(PulsarConnectionSet) set = pulsar_connection_set_new (KEEP_ALIVE_US);
  g_autoptr(PulsarConnection) connection = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *much = g_malloc0 (16 * 1024 * 1024);
  int client = open_connection (set, &connection);
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (connection));

  g_test_summary ("Who does not read is idle too: the write fails and nobody waits for ever");
  g_output_stream_write_all_async (output, much, 16 * 1024 * 1024, G_PRIORITY_DEFAULT, NULL,
                                   pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  g_assert_false (g_output_stream_write_all_finish (output, result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  close (client);
}

static void
test_connection_set_bad_fd (void)
{
  g_autoptr(PulsarConnectionSet) set = pulsar_connection_set_new (0);
  g_autoptr(GError) error = NULL;
  guint n_fds = pulsar_test_count_fds ();

  g_test_summary ("What is no socket is an error, and closed");
  g_assert_null (pulsar_connection_set_add (set, dup (STDERR_FILENO), &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
  g_assert_cmpuint (pulsar_connection_set_get_n_open (set), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/connection-set/options", test_connection_set_options);
  g_test_add_func ("/connection-set/counts", test_connection_set_counts);
  g_test_add_func ("/connection-set/limit", test_connection_set_limit);
  g_test_add_func ("/connection-set/wait-empty", test_connection_set_wait_empty);
  g_test_add_func ("/connection-set/close-first", test_connection_set_close_first);
  g_test_add_func ("/connection-set/shut-down", test_connection_set_shut_down);
  g_test_add_func ("/connection-set/keep-alive", test_connection_set_keep_alive);
  g_test_add_func ("/connection-set/never-reads", test_connection_set_never_reads);
  g_test_add_func ("/connection-set/bad-fd", test_connection_set_bad_fd);
  return g_test_run ();
}
