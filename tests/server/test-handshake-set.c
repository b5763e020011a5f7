/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/server/pulsar-handshake-set-private.h"
#include "pulsar-test.h"

#define HEADER "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"
#define LONG_US (60 * G_TIME_SPAN_SECOND)
#define SHORT_US (20 * G_TIME_SPAN_MILLISECOND)

/* More than may shake hands at once. */
#define N_STALLED 40

typedef struct
{
  GPtrArray *done;  /* (element-type PulsarConnection) */
  guint n_empty;
} Seen;

static void
clear_seen (Seen *seen)
{
  g_clear_pointer (&seen->done, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Seen, clear_seen)

static void
done_cb (PulsarConnection *connection,
         gpointer          user_data)
{
  Seen *seen = user_data;

  g_ptr_array_add (seen->done, g_object_ref (connection));
}

static void
empty_cb (gpointer user_data)
{
  Seen *seen = user_data;

  seen->n_empty++;
}

static PulsarProxyTrust *
trust (const char *text)
{
  const char *texts[] = { text, NULL };
  g_autoptr(GError) error = NULL;
  PulsarProxyTrust *self = pulsar_proxy_trust_new (texts, &error);

  g_assert_no_error (error);
  return self;
}

/* A connection over TCP, whose client is returned. */
static int
connect_client (PulsarConnection **connection)
{
  union
  {
    struct sockaddr any;
    struct sockaddr_in in;
  } address = { .in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) } };
  socklen_t size = sizeof address.in;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int client = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autoptr(GSocket) socket = NULL;
  int one = 1;
  int fd;

  g_assert_no_errno (bind (listener, &address.any, size));
  g_assert_no_errno (listen (listener, 1));
  g_assert_no_errno (getsockname (listener, &address.any, &size));
  g_assert_no_errno (connect (client, &address.any, size));
  g_assert_no_errno (setsockopt (client, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof one));
  fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  g_assert_cmpint (fd, >=, 0);
  close (listener);
  socket = g_socket_new_from_fd (fd, NULL);
  *connection = pulsar_connection_new (socket, NULL, NULL, NULL);
  return client;
}

static int
add_client (PulsarHandshakeSet *set)
{
  PulsarConnection *connection;
  int client = connect_client (&connection);

  pulsar_handshake_set_add (set, connection);
  return client;
}

static void
send_all (int           client,
          gconstpointer data,
          gsize         size)
{
  g_assert_cmpint (send (client, data, size, MSG_NOSIGNAL), ==, size);
}

/* Reads what came. */
static gboolean
has_ended (int client)
{
  guint8 buffer[8192];
  ssize_t n;

  do
    n = recv (client, buffer, sizeof buffer, MSG_DONTWAIT);
  while (n > 0);

  /* A reset is told once, and looks like an end from then on. */
  return n == 0 || (n < 0 && errno == ECONNRESET);
}

static gboolean
woken_cb (int          fd,
          GIOCondition condition,
          gpointer     user_data)
{
  return G_SOURCE_CONTINUE;
}

/* The end may come when nothing else happens that would wake the loop. */
static void
wait_for_end (int client)
{
  guint wake = g_unix_fd_add (client, G_IO_IN, woken_cb, NULL);

  pulsar_test_wait_for (has_ended (client));
  g_source_remove (wake);
}

static char *
describe (GSocketAddress *address)
{
  return address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : g_strdup ("-");
}

static void
test_handshake_set_proxy (void)
{
  g_auto(Seen) seen = { .done = g_ptr_array_new_with_free_func (g_object_unref) };
  g_autoptr(PulsarHandshakeSet) set = pulsar_handshake_set_new (LONG_US, trust ("127.0.0.1"), NULL, done_cb, &seen);
  int client = add_client (set);
  g_autofree char *peer = NULL;
  g_autofree char *destination = NULL;
  char buffer[16] = { 0 };
  GInputStream *input;

  g_test_summary ("A header is taken, and not one byte of what follows it");
  g_assert_cmpuint (pulsar_handshake_set_get_n_pending (set), ==, 1);
  for (gsize i = 0; i < strlen (HEADER) - 1; i++)
    {
      send_all (client, &HEADER[i], 1);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_assert_cmpuint (seen.done->len, ==, 0);
  send_all (client, "\nhello", 6);
  pulsar_test_wait_for (seen.done->len == 1);
  g_assert_cmpuint (pulsar_handshake_set_get_n_pending (set), ==, 0);
  peer = describe (pulsar_connection_get_peer_address (seen.done->pdata[0]));
  destination = describe (pulsar_connection_get_destination_address (seen.done->pdata[0]));
  g_assert_cmpstr (peer, ==, "192.0.2.1:56324");
  g_assert_cmpstr (destination, ==, "198.51.100.1:443");
  input = g_io_stream_get_input_stream (seen.done->pdata[0]);
  g_assert_cmpint (g_input_stream_read (input, buffer, sizeof buffer, NULL, NULL), ==, 5);
  g_assert_cmpstr (buffer, ==, "hello");
  close (client);
}

static void
test_handshake_set_proxy_bad (void)
{
  g_auto(Seen) seen = { .done = g_ptr_array_new_with_free_func (g_object_unref) };
  g_autoptr(PulsarHandshakeSet) set = pulsar_handshake_set_new (SHORT_US, trust ("127.0.0.0/8"), NULL, done_cb, &seen);
  g_autoptr(PulsarHandshakeSet) others = pulsar_handshake_set_new (LONG_US, trust ("unix"), NULL, done_cb, &seen);
  int clients[] = { add_client (set), add_client (set), add_client (set), add_client (set), add_client (others) };

  g_test_summary ("No header, half of one, an end and a stranger are disconnected and counted");
  send_all (clients[0], "GET /", 5);
  send_all (clients[1], HEADER, 20);
  shutdown (clients[2], SHUT_WR);
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      wait_for_end (clients[i]);
      close (clients[i]);
    }
  g_assert_cmpuint (pulsar_handshake_set_get_n_failed (set), ==, 4);
  g_assert_cmpuint (pulsar_handshake_set_get_n_pending (set), ==, 0);
  g_assert_cmpuint (pulsar_handshake_set_get_n_failed (others), ==, 1);
  g_assert_cmpuint (seen.done->len, ==, 0);
}

static void
test_handshake_set_trust (void)
{
  static const char * const texts[][3] = { { "10.0.0.0/8", "2001:db8::/32", NULL }, { "unix", NULL }, { "all", NULL } };
  static const char * const hosts[] = { "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", "11.1.2.3", "::1" };
  static const gboolean wanted[G_N_ELEMENTS (texts)][G_N_ELEMENTS (hosts) + 1] = {
    { TRUE, TRUE, TRUE, FALSE, FALSE, FALSE },
    { FALSE, FALSE, FALSE, FALSE, FALSE, TRUE },
    { TRUE, TRUE, TRUE, TRUE, TRUE, TRUE },
  };

  g_test_summary ("Only the networks that are named are trusted, and unix sockets only where they are named too");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(PulsarProxyTrust) trust = pulsar_proxy_trust_new (texts[i], &error);

      g_assert_no_error (error);
      for (guint k = 0; k < G_N_ELEMENTS (wanted[i]); k++)
        {
          g_autoptr(GSocketAddress) address =
            k < G_N_ELEMENTS (hosts) ? g_inet_socket_address_new_from_string (hosts[k], 1)
                                     : g_unix_socket_address_new_with_type ("", 0, G_UNIX_SOCKET_ADDRESS_ANONYMOUS);

          g_assert_cmpint (pulsar_proxy_trust_contains (trust, address), ==, wanted[i][k]);
        }
    }
}

static void
test_handshake_set_finish (void)
{
  g_auto(Seen) seen = { .done = g_ptr_array_new_with_free_func (g_object_unref) };
  g_autoptr(PulsarHandshakeSet) set = pulsar_handshake_set_new (LONG_US, trust ("all"), NULL, done_cb, &seen);
  int clients[] = { add_client (set), add_client (set) };

  g_test_summary ("Those under way may end when a worker stops; who stalls is disconnected long before its time");
  pulsar_handshake_set_finish (set, empty_cb, &seen);
  send_all (clients[0], HEADER, strlen (HEADER));
  pulsar_test_wait_for (seen.done->len == 1);
  g_assert_cmpuint (seen.n_empty, ==, 0);
  pulsar_test_wait_for (seen.n_empty == 1);
  g_assert_true (has_ended (clients[1]));
  pulsar_handshake_set_finish (set, empty_cb, &seen);
  g_assert_cmpuint (seen.n_empty, ==, 2);
  close (clients[0]);
  close (clients[1]);
}

/* Certificates that openssl makes, in a folder that is removed. */
typedef struct
{
  char *folder;
  PulsarConfig *config;
} Files;

static char *
get_path (Files      *files,
          const char *name)
{
  return g_build_filename (files->folder, name, NULL);
}

static void
make_certificate (Files      *files,
                  const char *name)
{
  g_autofree char *pem = g_strconcat (files->folder, "/", name, ".pem", NULL);
  g_autofree char *key = g_strconcat (files->folder, "/", name, ".key", NULL);
  const char *argv[] = { "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                         "2", "-subj", "/CN=localhost", "-out", pem, "-keyout", key, NULL };
  g_autoptr(GError) error = NULL;
  int status = -1;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

static void
set_path (Files      *files,
          const char *setting,
          const char *name)
{
  g_autofree char *path = get_path (files, name);
  g_autoptr(GError) error = NULL;

  pulsar_config_set_string (files->config, setting, path, &error);
  g_assert_no_error (error);
}

static void
remove_files (Files *files)
{
  static const char * const names[] = { "server.pem", "server.key", "client.pem", "client.key" };

  for (gsize i = 0; files->folder != NULL && i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = get_path (files, names[i]);

      g_unlink (path);
    }
  if (files->folder != NULL)
    g_assert_no_errno (g_rmdir (files->folder));
  g_clear_pointer (&files->folder, g_free);
  g_clear_object (&files->config);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Files, remove_files)

static gboolean
make_files (Files *files)
{
  g_autofree char *openssl = g_find_program_in_path ("openssl");
  g_autoptr(PulsarSocketServer) server = pulsar_socket_server_new ("test");

  if (openssl == NULL || !g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("openssl or glib-networking is not installed");
      return FALSE;
    }
  files->folder = g_dir_make_tmp ("XXXXXX", NULL);
  files->config = g_object_ref (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (server)));
  make_certificate (files, "server");
  make_certificate (files, "client");
  set_path (files, "tls-cert-file", "server.pem");
  set_path (files, "tls-key-file", "server.key");
  return TRUE;
}

/* As a worker gets them. */
static PulsarTlsKeys *
pass_keys (Files *files)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarTlsKeys) loaded = pulsar_tls_keys_load (files->config, &error);
  PulsarTlsKeys *keys;
  int fd;

  g_assert_no_error (error);
  fd = pulsar_tls_keys_create_fd (loaded, &error);
  g_assert_no_error (error);
  g_assert_cmpint (write (fd, "x", 1), <, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  keys = pulsar_tls_keys_open (fd, &error);
  g_assert_no_error (error);
  close (fd);
  return keys;
}

static gboolean
accept_certificate_cb (GTlsConnection       *connection,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  errors,
                       gpointer              user_data)
{
  return TRUE;
}

/* The client's side over @client, which it takes. */
static GTlsConnection *
secure (int client)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (client, NULL);
  g_autoptr(GIOStream) base = g_object_new (G_TYPE_SOCKET_CONNECTION, "socket", socket, NULL);
  g_autoptr(GError) error = NULL;
  GIOStream *tls = g_tls_client_connection_new (base, NULL, &error);

  g_assert_no_error (error);
  g_signal_connect (tls, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);
  return G_TLS_CONNECTION (tls);
}

static void
shake_hands (GTlsConnection *tls,
             Seen           *seen)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  guint n_before = seen->done->len;

  g_tls_connection_handshake_async (tls, G_PRIORITY_DEFAULT, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  g_tls_connection_handshake_finish (tls, result, &error);
  g_assert_no_error (error);
  pulsar_test_wait_for (seen->done->len == n_before + 1);
}

/* One byte there and back. */
static void
assert_talks (GTlsConnection   *tls,
              PulsarConnection *connection)
{
  GIOStream *ends[] = { G_IO_STREAM (tls), G_IO_STREAM (connection) };

  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;
      char byte = 0;

      g_assert_cmpint (g_output_stream_write (g_io_stream_get_output_stream (ends[i]), "x", 1, NULL, &error), ==, 1);
      g_assert_no_error (error);
      g_input_stream_read_async (g_io_stream_get_input_stream (ends[1 - i]), &byte, 1, G_PRIORITY_DEFAULT, NULL,
                                 pulsar_test_store_result_cb, &result);
      pulsar_test_wait_for (result != NULL);
      g_assert_cmpint (g_input_stream_read_finish (g_io_stream_get_input_stream (ends[1 - i]), result, &error), ==, 1);
      g_assert_no_error (error);
      g_assert_cmpint (byte, ==, 'x');
    }
}

static void
test_handshake_set_tls (void)
{
  g_auto(Files) files = { 0 };
  g_auto(Seen) seen = { .done = g_ptr_array_new_with_free_func (g_object_unref) };
  g_autoptr(PulsarHandshakeSet) set = NULL;
  g_autoptr(GTlsConnection) tls = NULL;
  g_autoptr(GTlsCertificate) certificate = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *pem = NULL;
  g_autofree char *key = NULL;
  PulsarConnection *connection;
  GTlsCertificate *peer;
  char byte;

  g_test_summary ("TLS behind a header, with the certificate of the client, and its end is one");
  if (!make_files (&files))
    return;
  set_path (&files, "tls-client-ca-file", "client.pem");
  set = pulsar_handshake_set_new (LONG_US, trust ("all"), pass_keys (&files), done_cb, &seen);
  {
    int client = add_client (set);

    send_all (client, HEADER, strlen (HEADER));
    tls = secure (client);
  }
  pem = get_path (&files, "client.pem");
  key = get_path (&files, "client.key");
  certificate = g_tls_certificate_new_from_files (pem, key, &error);
  g_assert_no_error (error);
  g_tls_connection_set_certificate (tls, certificate);
  shake_hands (tls, &seen);

  connection = seen.done->pdata[0];
  assert_talks (tls, connection);
  peer = g_tls_connection_get_peer_certificate (pulsar_connection_get_tls_connection (connection));
  g_assert_true (g_tls_certificate_is_same (peer, certificate));
  g_assert_true (g_io_stream_close (G_IO_STREAM (connection), NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (tls)), &byte, 1, NULL, &error), ==, 0);
  g_assert_no_error (error);
  g_assert_cmpuint (pulsar_handshake_set_get_n_failed (set), ==, 0);
}

/* The first message of a client. */
static GBytes *
get_hello (void)
{
  g_autoptr(GTlsConnection) tls = NULL;
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autofree guint8 *data = g_malloc (4096);
  ssize_t size;
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  tls = secure (fds[0]);
  g_tls_connection_handshake_async (tls, G_PRIORITY_DEFAULT, cancellable, pulsar_test_store_result_cb, &result);
  size = recv (fds[1], data, 4096, 0);
  g_assert_cmpint (size, >, 0);
  g_cancellable_cancel (cancellable);
  pulsar_test_wait_for (result != NULL);
  close (fds[1]);
  return g_bytes_new (data, (gsize) size);
}

static void
test_handshake_set_tls_bad (void)
{
  g_auto(Files) files = { 0 };
  g_auto(Seen) seen = { .done = g_ptr_array_new_with_free_func (g_object_unref) };
  g_autoptr(PulsarHandshakeSet) set = NULL;
  g_autoptr(GBytes) hello = NULL;
  int clients[6];

  g_test_summary ("What is no TLS, stalls or ends in any step is disconnected and counted");
  if (!make_files (&files))
    return;
  hello = get_hello ();
  set = pulsar_handshake_set_new (50 * SHORT_US, NULL, pass_keys (&files), done_cb, &seen);
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = add_client (set);
  send_all (clients[0], "GET / HTTP/1.0\r\n", 16);
  send_all (clients[1], "\x16\x03\x01\xff\xff", 5);
  send_all (clients[2], g_bytes_get_data (hello, NULL), 20);
  send_all (clients[3], g_bytes_get_data (hello, NULL), 20);
  shutdown (clients[3], SHUT_WR);
  send_all (clients[4], g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      wait_for_end (clients[i]);
      close (clients[i]);
    }
  pulsar_test_wait_for (pulsar_handshake_set_get_n_failed (set) == G_N_ELEMENTS (clients));
  g_assert_cmpuint (seen.done->len, ==, 0);
}

static void
test_handshake_set_many (void)
{
  g_auto(Files) files = { 0 };
  g_auto(Seen) seen = { .done = g_ptr_array_new_with_free_func (g_object_unref) };
  g_autoptr(PulsarHandshakeSet) set = NULL;
  g_autoptr(GTlsConnection) tls = NULL;
  g_autoptr(GBytes) hello = NULL;
  int stalled[N_STALLED];

  g_test_summary ("A client gets its turn although more stall than may shake hands at once");
  if (pulsar_test_is_slowed_down ())
    {
      g_test_skip ("who is slow has no meaning in a program that is slowed down");
      return;
    }
  if (!make_files (&files))
    return;
  hello = get_hello ();
  set = pulsar_handshake_set_new (LONG_US, NULL, pass_keys (&files), done_cb, &seen);
  for (gsize i = 0; i < N_STALLED; i++)
    {
      stalled[i] = add_client (set);
      send_all (stalled[i], g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
    }
  while (g_main_context_iteration (NULL, FALSE))
    ;
  tls = secure (add_client (set));
  shake_hands (tls, &seen);
  assert_talks (tls, seen.done->pdata[0]);
  g_assert_cmpuint (pulsar_handshake_set_get_n_failed (set), >, 0);
  for (gsize i = 0; i < N_STALLED; i++)
    close (stalled[i]);
}

/* Tasks of the program that take all threads, and the pool's new ones, until they are released. */
typedef struct
{
  GMutex mutex;
  GCond released;
  gboolean is_released;
  int n_started;
  int n_ended;
} Blockers;

#define N_BLOCKERS 60

/* The pool has 10 threads, and one more each 0.1 s and longer while tasks wait: with so many more than a second has passed. */
#define N_LATE 22

static void
block (GTask        *task,
       gpointer      source,
       gpointer      data,
       GCancellable *cancellable)
{
  Blockers *blockers = data;

  g_atomic_int_inc (&blockers->n_started);
  g_main_context_wakeup (NULL);
  g_mutex_lock (&blockers->mutex);
  while (!blockers->is_released)
    g_cond_wait (&blockers->released, &blockers->mutex);
  g_mutex_unlock (&blockers->mutex);
  g_atomic_int_inc (&blockers->n_ended);
  g_main_context_wakeup (NULL);
}

static void
test_handshake_set_no_thread (void)
{
  g_auto(Files) files = { 0 };
  g_auto(Seen) seen = { .done = g_ptr_array_new_with_free_func (g_object_unref) };
  g_autoptr(PulsarHandshakeSet) set = NULL;
  Blockers blockers = { 0 };
  g_autoptr(GBytes) hello = NULL;
  int clients[N_STALLED];

  g_test_summary ("A handshake that has no thread yet is not taken for a slow client");
  if (pulsar_test_is_slowed_down ())
    {
      g_test_skip ("who is slow has no meaning in a program that is slowed down");
      return;
    }
  if (!make_files (&files))
    return;
  hello = get_hello ();
  set = pulsar_handshake_set_new (LONG_US, NULL, pass_keys (&files), done_cb, &seen);
  g_mutex_init (&blockers.mutex);
  g_cond_init (&blockers.released);
  for (gsize i = 0; i < N_BLOCKERS; i++)
    {
      g_autoptr(GTask) task = g_task_new (NULL, NULL, NULL, NULL);

      g_task_set_task_data (task, &blockers, NULL);
      g_task_run_in_thread (task, block);
    }
  for (gsize i = 0; i < N_STALLED; i++)
    {
      clients[i] = add_client (set);
      send_all (clients[i], g_bytes_get_data (hello, NULL), g_bytes_get_size (hello));
    }
  pulsar_test_wait_for (g_atomic_int_get (&blockers.n_started) >= N_LATE);
  g_assert_cmpuint (pulsar_handshake_set_get_n_failed (set), ==, 0);
  g_mutex_lock (&blockers.mutex);
  blockers.is_released = TRUE;
  g_cond_broadcast (&blockers.released);
  g_mutex_unlock (&blockers.mutex);
  pulsar_test_wait_for (g_atomic_int_get (&blockers.n_ended) == N_BLOCKERS);
  for (gsize i = 0; i < N_STALLED; i++)
    close (clients[i]);
  pulsar_test_wait_for (pulsar_handshake_set_get_n_failed (set) == N_STALLED);
  g_mutex_clear (&blockers.mutex);
  g_cond_clear (&blockers.released);
}

/* In a context of its own, which is run until the threads have come back. */
static void
test_handshake_set_close (void)
{
  g_auto(Files) files = { 0 };
  g_auto(Seen) seen = { .done = g_ptr_array_new_with_free_func (g_object_unref) };
  PulsarHandshakeSet *set;
  g_autoptr(GBytes) hello = NULL;
  PulsarConnection *connections[3];
  int clients[3];

  g_test_summary ("A set that is closed lets go of all connections, in whatever step they are");
  if (!make_files (&files))
    return;
  hello = get_hello ();
  set = pulsar_handshake_set_new (LONG_US, NULL, pass_keys (&files), done_cb, &seen);
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      clients[i] = connect_client (&connections[i]);
      g_object_add_weak_pointer (G_OBJECT (connections[i]), (gpointer *) &connections[i]);
      send_all (clients[i], g_bytes_get_data (hello, NULL), i == 0 ? 1 : i == 1 ? 100 : g_bytes_get_size (hello));
      pulsar_handshake_set_add (set, connections[i]);
    }
  g_assert_cmpuint (pulsar_handshake_set_get_n_pending (set), ==, 3);
  pulsar_handshake_set_finish (set, empty_cb, &seen);
  pulsar_handshake_set_close (set);
  g_assert_cmpuint (seen.n_empty, ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      pulsar_test_wait_for (connections[i] == NULL);
      close (clients[i]);
    }
  g_assert_cmpuint (seen.done->len, ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/handshake-set/proxy", test_handshake_set_proxy);
  g_test_add_func ("/handshake-set/proxy-bad", test_handshake_set_proxy_bad);
  g_test_add_func ("/handshake-set/trust", test_handshake_set_trust);
  g_test_add_func ("/handshake-set/finish", test_handshake_set_finish);
  g_test_add_func ("/handshake-set/tls", test_handshake_set_tls);
  g_test_add_func ("/handshake-set/tls-bad", test_handshake_set_tls_bad);
  g_test_add_func ("/handshake-set/many", test_handshake_set_many);
  g_test_add_func ("/handshake-set/no-thread", test_handshake_set_no_thread);
  g_test_add_func ("/handshake-set/close", test_handshake_set_close);

  status = g_test_run ();

  /* The leak check at exit crashes where threads of GTask have used modules that were loaded late, as those of TLS are;
   * valgrind looks for the leaks. */
  if (g_strcmp0 (g_getenv ("PULSAR_TEST_SETUP"), "asan") == 0)
    {
      fflush (NULL);
      _exit (status);
    }
  return status;
}
