/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/server/pulsar-listener-private.h"
#include "pulsar-glib/server/pulsar-port-holder-private.h"
#include "pulsar-test.h"

#define OPEN(error, ...)                                                                                \
  pulsar_listener_open ((const char *[]) { __VA_ARGS__, NULL },                                         \
                        &(PulsarListenerOptions) { .type = G_SOCKET_TYPE_STREAM, .backlog = 16 }, error)

static guint16
get_port (GPtrArray *listeners,
          guint      index)
{
  PulsarListener *listener = g_ptr_array_index (listeners, index);

  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (listener->address));
}

static gboolean
can_connect (const char *host,
             guint16     port)
{
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string (host, port);
  g_autoptr(GSocket) client = NULL;

  g_assert_nonnull (address);
  client = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  return client != NULL && g_socket_connect (client, address, NULL, NULL);
}

/* Marks the test as skipped on a machine without IPv6. */
static gboolean
skip_without_ipv6 (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = OPEN (&error, "[::1]:0");

  if (listeners == NULL)
    g_test_skip (error->message);
  return listeners == NULL;
}

static void
test_listener_port_zero (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = OPEN (&error, "127.0.0.1:0");
  PulsarListener *listener;
  g_autofree char *name = NULL;

  g_test_summary ("Port 0 becomes a real port, and the socket is not inherited and does not block");
  g_assert_no_error (error);
  g_assert_cmpuint (listeners->len, ==, 1);
  listener = g_ptr_array_index (listeners, 0);
  g_assert_cmpuint (get_port (listeners, 0), !=, 0);
  name = g_strdup_printf ("127.0.0.1:%u", get_port (listeners, 0));
  g_assert_cmpstr (listener->name, ==, name);
  g_assert_true (fcntl (listener->fd, F_GETFD) & FD_CLOEXEC);
  g_assert_true (fcntl (listener->fd, F_GETFL) & O_NONBLOCK);
  g_assert_true (can_connect ("127.0.0.1", get_port (listeners, 0)));
}

static void
test_listener_several (void)
{
  g_autoptr(GError) error = NULL;
  guint n_fds = pulsar_test_count_fds ();
  g_autoptr(GPtrArray) listeners = OPEN (&error, "127.0.0.1:0", "127.0.0.2:0", "127.0.0.1:0");

  g_test_summary ("Each address of the list gets its socket, and freeing the list closes all");
  g_assert_no_error (error);
  g_assert_cmpuint (listeners->len, ==, 3);
  g_assert_true (can_connect ("127.0.0.1", get_port (listeners, 0)));
  g_assert_true (can_connect ("127.0.0.2", get_port (listeners, 1)));
  g_assert_true (can_connect ("127.0.0.1", get_port (listeners, 2)));
  g_clear_pointer (&listeners, g_ptr_array_unref);
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
}

static void
test_listener_everywhere (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = OPEN (&error, ":0");

  g_test_summary (":PORT takes clients of both families with one socket");
  g_assert_no_error (error);
  g_assert_cmpuint (listeners->len, ==, 1);
  g_assert_true (can_connect ("127.0.0.1", get_port (listeners, 0)));
  if (skip_without_ipv6 ())
    return;
  g_assert_true (can_connect ("::1", get_port (listeners, 0)));
}

static void
test_listener_ipv6_only (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) v6 = NULL;
  g_autoptr(GPtrArray) v4 = NULL;
  g_autofree char *same_port = NULL;

  g_test_summary ("An IPv6 address is that alone: IPv4 has the same port for itself");
  if (skip_without_ipv6 ())
    return;
  v6 = OPEN (&error, "[::]:0");
  g_assert_no_error (error);
  g_assert_true (can_connect ("::1", get_port (v6, 0)));
  g_assert_false (can_connect ("127.0.0.1", get_port (v6, 0)));
  same_port = g_strdup_printf ("0.0.0.0:%u", get_port (v6, 0));
  v4 = OPEN (&error, same_port);
  g_assert_no_error (error);
  g_assert_true (can_connect ("127.0.0.1", get_port (v6, 0)));
}

static void
test_listener_name (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = OPEN (&error, "localhost:0");

  g_test_summary ("All addresses of a name are listened on, with one port");
  g_assert_no_error (error);
  g_assert_cmpuint (listeners->len, >=, 1);
  for (guint i = 0; i < listeners->len; i++)
    g_assert_cmpuint (get_port (listeners, i), ==, get_port (listeners, 0));
  g_assert_true (can_connect ("127.0.0.1", get_port (listeners, 0)) || can_connect ("::1", get_port (listeners, 0)));
}

static void
test_listener_unknown_name (void)
{
  g_autoptr(GError) error = NULL;
  guint n_fds;

  g_test_summary ("A name nobody has is an error with the address, and nothing stays open");
  g_assert_null (OPEN (NULL, "nobody.invalid:80"));  /* the resolver opens descriptors of its own, once */
  n_fds = pulsar_test_count_fds ();
  g_assert_null (OPEN (&error, "127.0.0.1:0", "nobody.invalid:80"));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "nobody.invalid:80"));
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
}

static void
test_listener_foreign_address (void)
{
  g_autoptr(GError) error = NULL;

  g_test_summary ("An address of another machine is an error with the address");
  g_assert_null (OPEN (&error, "198.51.100.7:8060"));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "198.51.100.7:8060"));
}

static void
test_listener_not_allowed (void)
{
  g_autoptr(GError) error = NULL;

  g_test_summary ("What the setting refuses is refused here too");
  g_assert_null (OPEN (&error, "unix:"));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
}

static void
test_listener_in_use_here (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) first = OPEN (&error, "127.0.0.1:0");
  PulsarListener *listener;

  g_test_summary ("An address listed twice is said to be held by the program itself");
  g_assert_no_error (error);
  listener = g_ptr_array_index (first, 0);
  g_assert_null (OPEN (&error, listener->name));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, listener->name));
  g_assert_nonnull (strstr (error->message, "this program itself"));
}

/* A helper that inherited the socket holds the port on after this process closed its own copy. */
static void
assert_names_holder (const char *address,
                     const char *host)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = OPEN (&error, address);
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE);
  g_autoptr(GSubprocess) helper = NULL;
  g_autofree char *process = NULL;
  g_autofree char *busy = NULL;

  g_assert_no_error (error);
  busy = g_strdup_printf ("%s:%u", host, get_port (listeners, 0));
  g_subprocess_launcher_take_fd (launcher, dup (((PulsarListener *) g_ptr_array_index (listeners, 0))->fd), 3);
  helper = g_subprocess_launcher_spawn (launcher, &error, "cat", NULL);
  g_assert_no_error (error);
  g_subprocess_launcher_close (launcher);
  g_clear_pointer (&listeners, g_ptr_array_unref);

  g_assert_null (OPEN (&error, busy));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, busy[0] == ':' ? busy + 1 : busy));
  process = g_strdup_printf ("“cat”, process %s", g_subprocess_get_identifier (helper));
  g_assert_nonnull (strstr (error->message, process));

  g_output_stream_close (g_subprocess_get_stdin_pipe (helper), NULL, NULL);
  g_assert_true (g_subprocess_wait (helper, NULL, NULL));
}

static void
test_listener_in_use (void)
{
  g_test_summary ("A port in use is an error that names the program and its process");
  assert_names_holder ("127.0.0.1:0", "127.0.0.1");
  assert_names_holder ("127.0.0.1:0", "");
  assert_names_holder (":0", "127.0.0.1");
}

static void
test_listener_in_use_ipv6 (void)
{
  g_test_summary ("The holder of an IPv6 address is found as well");
  if (skip_without_ipv6 ())
    return;
  assert_names_holder ("[::1]:0", "[::1]");
  assert_names_holder (":0", "[::1]");
}

static void
test_listener_take_fd (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = OPEN (&error, "127.0.0.1:0");
  PulsarListener *original = g_ptr_array_index (listeners, 0);
  g_autoptr(PulsarListener) copy = pulsar_listener_new_take_fd (dup (original->fd), G_SOCKET_TYPE_STREAM, &error);
  int pair[2];

  g_test_summary ("An inherited descriptor must be a listening socket");
  g_assert_no_error (error);
  g_assert_cmpstr (copy->name, ==, original->name);
  g_assert_true (fcntl (copy->fd, F_GETFD) & FD_CLOEXEC);

  g_assert_null (pulsar_listener_new_take_fd (-1, G_SOCKET_TYPE_STREAM, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_clear_error (&error);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_null (pulsar_listener_new_take_fd (pair[0], G_SOCKET_TYPE_STREAM, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_assert_cmpint (fcntl (pair[0], F_GETFD), ==, -1);
  close (pair[1]);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/listener/port-zero", test_listener_port_zero);
  g_test_add_func ("/listener/several", test_listener_several);
  g_test_add_func ("/listener/everywhere", test_listener_everywhere);
  g_test_add_func ("/listener/ipv6-only", test_listener_ipv6_only);
  g_test_add_func ("/listener/name", test_listener_name);
  g_test_add_func ("/listener/unknown-name", test_listener_unknown_name);
  g_test_add_func ("/listener/foreign-address", test_listener_foreign_address);
  g_test_add_func ("/listener/not-allowed", test_listener_not_allowed);
  g_test_add_func ("/listener/in-use/here", test_listener_in_use_here);
  g_test_add_func ("/listener/in-use/other-process", test_listener_in_use);
  g_test_add_func ("/listener/in-use/ipv6", test_listener_in_use_ipv6);
  g_test_add_func ("/listener/take-fd", test_listener_take_fd);
  return g_test_run ();
}
