/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "datagram-face.h"
#include "pulsar-test.h"
#include "server-run.h"

/* What waits in the kernel while nobody reads; more would not find room on a unix socket. And what is more than a worker reads
 * before its main loop goes round. */
#define N_WAITING 9
#define N_MANY 60

static int
open_client_to (GSocketAddress *address)
{
  const struct timeval patience = { .tv_sec = 30 };
  union
  {
    struct sockaddr any;
    struct sockaddr_storage storage;
  } native;
  sa_family_t unnamed = AF_UNIX;
  int fd = socket (g_socket_address_get_family (address), SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (fd, >=, 0);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (G_IS_UNIX_SOCKET_ADDRESS (address))  /* else nobody could answer: the kernel chooses a name */
    g_assert_no_errno (bind (fd, (gpointer) &unnamed, sizeof unnamed));
  g_assert_true (g_socket_address_to_native (address, &native, sizeof native, NULL));
  g_assert_no_errno (connect (fd, &native.any, (socklen_t) g_socket_address_get_native_size (address)));
  return fd;
}

static int
open_client (ServerRun *server,
             guint      index)
{
  return open_client_to (g_ptr_array_index (server->addresses, index));
}

static void
tell (int         client,
      const char *text)
{
  g_assert_cmpint (send (client, text, strlen (text), 0), ==, strlen (text));
}

static char *
hear (int client)
{
  char buffer[65536];
  gssize size = recv (client, buffer, sizeof buffer, 0);

  g_assert_cmpint (size, >=, 0);
  return g_strndup (buffer, (gsize) size);
}

static char *
ask (int         client,
     const char *text)
{
  tell (client, text);
  return hear (client);
}

static void
assert_answer (int         client,
               const char *text,
               const char *wanted)
{
  g_autofree char *answer = ask (client, text);

  g_assert_cmpstr (answer, ==, wanted);
}

static pid_t
ask_pid (int client)
{
  g_autofree char *answer = ask (client, "pid");

  return (pid_t) g_ascii_strtoll (answer, NULL, 10);
}

static void
start (ServerRun          *server,
       guint               n_addresses,
       const char * const *arguments)
{
  server_run_start_full (server, n_addresses, DATAGRAM_FACE, arguments);
}

#define START(server, n_addresses, ...) start (server, n_addresses, (const char * const[]) { __VA_ARGS__, NULL })

static void
stop (ServerRun *server)
{
  g_autofree char *rest = NULL;

  server_run_signal (server, SIGTERM);
  rest = server_run_wait_for_end (server, 0);
  g_assert_null (strstr (rest, "CRITICAL"));
}

static char *
make_fifo (void)
{
  g_autofree char *folder = g_dir_make_tmp ("pulsar-XXXXXX", NULL);
  char *path = g_build_filename (folder, "fifo", NULL);

  g_assert_no_errno (mkfifo (path, 0600));
  return path;
}

/* Returns when a worker is blocked; it is until the descriptor is closed. */
static int
block_worker (int         client,
              const char *fifo)
{
  g_autofree char *command = g_strconcat ("block ", fifo, NULL);
  int gate;

  tell (client, command);
  gate = open (fifo, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (gate, >=, 0);
  return gate;
}

static void
remove_fifo (char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_no_errno (unlink (path));
  g_assert_no_errno (rmdir (folder));
  g_free (path);
}

static void
test_datagram_server_echo (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *info = NULL;
  g_autofree char *large = g_strnfill (65000, 'y');
  int client;

  g_test_summary ("Datagrams of every size are answered by a worker, which counts them");
  START (&server, 1, "--bind=127.0.0.1:0");
  client = open_client (&server, 0);
  assert_answer (client, "hello", "hello");
  assert_answer (client, "", "empty");
  assert_answer (client, large, large);
  assert_answer (client, "actor", "datagrams.1");
  g_assert_cmpint (ask_pid (client), !=, server_run_get_pid (&server));
  info = ask (client, "info");
  g_assert_cmpstr (info, ==, "6 5 0 0");
  close (client);
  stop (&server);
}

static void
test_datagram_server_in_arbiter (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *fifo = make_fifo ();
  int client, gate;

  g_test_summary ("With workers=0 the arbiter serves, and reads what waits before it ends");
  START (&server, 1, "--bind=127.0.0.1:0", "--workers=0");
  client = open_client (&server, 0);
  g_assert_cmpint (ask_pid (client), ==, server_run_get_pid (&server));
  assert_answer (client, "actor", "datagrams");
  gate = block_worker (client, fifo);
  for (guint i = 0; i < N_MANY; i++)
    tell (client, "waiting");
  server_run_signal (&server, SIGTERM);  /* it waits as well */
  close (gate);
  for (guint i = 0; i < N_MANY; i++)
    {
      g_autofree char *answer = hear (client);

      g_assert_cmpstr (answer, ==, "waiting");
    }
  g_free (server_run_wait_for_end (&server, 0));
  close (client);
  remove_fifo (g_steal_pointer (&fifo));
}

static void
check_drain (const char *option)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *fifo = make_fifo ();
  int client, patient, gate;

  START (&server, 1, "--bind=127.0.0.1:0", option);
  client = open_client (&server, 0);
  patient = open_client (&server, 0);
  assert_answer (client, "hello", "hello");
  tell (patient, "at the end");
  gate = block_worker (client, fifo);
  for (guint i = 0; i < N_MANY; i++)
    tell (client, "waiting");
  server_run_signal (&server, SIGTERM);
  server_run_wait_for_text (&server, "stopping");
  close (gate);
  for (guint i = 0; i < N_MANY; i++)
    {
      g_autofree char *answer = hear (client);

      g_assert_cmpstr (answer, ==, "waiting");
    }
  {
    g_autofree char *answer = hear (patient);

    g_assert_cmpstr (answer, ==, "the end");
  }
  g_free (server_run_wait_for_end (&server, 0));
  close (client);
  close (patient);
  remove_fifo (g_steal_pointer (&fifo));
}

static void
test_datagram_server_drain (void)
{
  g_test_summary ("What waits when the server stops is served, and answers may come until the last hook");
  check_drain ("--no-reuse-port");
  for (guint i = 0; i < 5; i++)  /* it is at the shared socket or at that of the worker */
    check_drain ("--reuse-port");
}

static void
check_replacement (const char *bind)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *option = g_strconcat ("--bind=", bind, NULL);
  g_autofree char *fifo = make_fifo ();
  pid_t pid, replacement;
  int client, gate;

  START (&server, 1, option);
  server_run_wait_for_text (&server, "is ready");  /* one that dies before would end the program */
  client = open_client (&server, 0);
  pid = ask_pid (client);
  gate = block_worker (client, fifo);
  for (guint i = 0; i < N_WAITING; i++)
    tell (client, "waiting");
  g_assert_no_errno (kill (pid, SIGKILL));
  close (gate);
  for (guint i = 0; i < N_WAITING; i++)
    {
      g_autofree char *answer = hear (client);

      g_assert_cmpstr (answer, ==, "waiting");
    }
  replacement = ask_pid (client);
  g_assert_cmpint (replacement, !=, pid);
  close (client);
  stop (&server);
  remove_fifo (g_steal_pointer (&fifo));
}

static void
test_datagram_server_worker_killed (void)
{
  g_autofree char *name = g_strdup_printf ("unix:@pulsar-datagrams-%d", (int) getpid ());

  g_test_summary ("What waits while a worker dies is served by its replacement");
  check_replacement ("127.0.0.1:0");
  check_replacement (name);
}

static void
test_datagram_server_share (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *fifo = make_fifo ();
  int client, gate;
  pid_t pid;

  g_test_summary ("While one worker is busy another one serves");
  START (&server, 1, "--bind=127.0.0.1:0", "--workers=2");
  server_run_wait_for_text (&server, "is ready");
  server_run_wait_for_text (&server, "is ready");
  client = open_client (&server, 0);
  gate = block_worker (client, fifo);
  pid = ask_pid (client);
  for (guint i = 0; i < 20; i++)
    g_assert_cmpint (ask_pid (client), ==, pid);
  close (gate);
  close (client);
  stop (&server);
  remove_fifo (g_steal_pointer (&fifo));
}

static void
test_datagram_server_several_addresses (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *folder = g_dir_make_tmp ("pulsar-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *by_path = g_strconcat ("--bind=unix:", path, NULL);
  g_autofree char *by_name = g_strdup_printf ("--bind=unix:@pulsar-several-%d", (int) getpid ());
  struct stat status;

  g_test_summary ("Every address is served, an answer leaves where its question came in, and all are closed at the end");
  START (&server, 4, "--bind=127.0.0.1:0", "--bind=127.0.0.2:0", by_path, by_name, "--socket-mode=600");
  g_assert_no_errno (stat (path, &status));
  g_assert_cmphex (status.st_mode & 07777, ==, 0600);
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < 4; i++)
      {
        int client = open_client (&server, i);  /* connected: it hears nobody else */

        assert_answer (client, "hello", "hello");
        close (client);
      }
  stop (&server);
  g_assert_cmpint (stat (path, &status), ==, -1);
  g_assert_no_errno (rmdir (folder));
}

static void
test_datagram_server_everywhere (void)
{
  static const char * const hosts[] = { "127.0.0.1", "127.0.0.2", "127.3.2.1", "::1" };
  g_auto(ServerRun) server = { 0 };
  guint16 port;

  g_test_summary ("A server on all addresses answers from the one that was asked, in both families");
  START (&server, 1, "--bind=:0");
  port = g_inet_socket_address_get_port (g_ptr_array_index (server.addresses, 0));
  for (guint i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string (hosts[i], port);
      GInetAddress *any = g_inet_socket_address_get_address (g_ptr_array_index (server.addresses, 0));
      int client;

      if (g_inet_address_get_family (any) == G_SOCKET_FAMILY_IPV4 && strchr (hosts[i], ':') != NULL)
        continue;  /* no IPv6 on this machine */
      client = open_client_to (address);
      assert_answer (client, "hello", "hello");
      close (client);
    }
  stop (&server);
}

static void
test_datagram_server_too_large (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *fits = g_strnfill (100, 'x');
  g_autofree char *large = g_strnfill (101, 'x');
  int client;

  g_test_summary ("A datagram that is too large is dropped as a whole, with a message");
  START (&server, 1, "--bind=127.0.0.1:0", "--datagram-size-max=100");
  client = open_client (&server, 0);
  assert_answer (client, fits, fits);
  tell (client, large);
  assert_answer (client, "hello", "hello");  /* nothing else came in between */
  server_run_wait_for_text (&server, "A datagram of 101 bytes from 127.0.0.1:");
  assert_answer (client, "info", "3 2 1 0");
  close (client);
  stop (&server);
}

static void
test_datagram_server_errors (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *gone = NULL;
  int client, deaf;

  g_test_summary ("Nobody hears the answer: the server goes on, and its program can know what the kernel knows");
  START (&server, 1, "--bind=127.0.0.1:0");
  client = open_client (&server, 0);
  for (guint i = 0; i < 20; i++)
    {
      deaf = open_client (&server, 0);
      tell (deaf, "hello");
      close (deaf);  /* the answer brings an ICMP error */
      assert_answer (client, "hello", "hello");
    }
  tell (client, "huge");
  gone = g_strdup_printf ("pulsar-error-quark %d", PULSAR_ERROR_MESSAGE_TOO_LARGE);
  assert_answer (client, "error", gone);
  tell (client, "to 1");
  assert_answer (client, "error", "none");
  close (client);
  stop (&server);
}

static void
test_datagram_server_unix_errors (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *bind_name = g_strdup_printf ("--bind=unix:@pulsar-errors-%d", (int) getpid ());
  g_autofree char *would_block = g_strdup_printf ("pulsar-error-quark %d", PULSAR_ERROR_WOULD_BLOCK);
  g_autofree char *not_connected = g_strdup_printf ("g-io-error-quark %d", G_IO_ERROR_NOT_CONNECTED);
  g_autofree char *refused = g_strdup_printf ("g-io-error-quark %d", G_IO_ERROR_CONNECTION_REFUSED);
  g_autofree char *not_supported = g_strdup_printf ("g-io-error-quark %d", G_IO_ERROR_NOT_SUPPORTED);
  g_autofree char *fifo = make_fifo ();
  struct sockaddr_un native = { .sun_family = AF_UNIX };
  socklen_t length = sizeof native;
  int client, deaf, nameless, gate;

  g_test_summary ("Over a unix socket: a queue that is full, a sender without a name, one that is gone");
  START (&server, 1, bind_name);
  client = open_client (&server, 0);
  deaf = open_client (&server, 0);
  tell (deaf, "flood");
  gate = block_worker (client, fifo);  /* the worker got so far */
  close (deaf);                        /* what it did not read took the memory of the server's socket */
  close (gate);
  assert_answer (client, "error", would_block);

  nameless = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (getpeername (client, (gpointer) &native, &length));
  g_assert_no_errno (connect (nameless, (gpointer) &native, length));
  tell (nameless, "hello");
  assert_answer (client, "error", not_connected);
  close (nameless);

  tell (client, "to 9");
  assert_answer (client, "error", not_supported);

  gate = block_worker (client, fifo);
  deaf = open_client (&server, 0);
  tell (deaf, "hello");
  close (deaf);
  close (gate);
  assert_answer (client, "error", refused);
  assert_answer (client, "hello", "hello");
  close (client);
  stop (&server);
  remove_fifo (g_steal_pointer (&fifo));
}

static void
send_with_fd (int client)
{
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof (int))];
  } control = { .header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN (sizeof (int)) } };
  struct iovec vector = { .iov_base = (gpointer) "gift", .iov_len = 4 };
  struct msghdr message = {
    .msg_iov = &vector,
    .msg_iovlen = 1,
    .msg_control = &control,
    .msg_controllen = sizeof control,
  };
  int fds[2];
  char byte;

  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  memcpy (CMSG_DATA (&control.header), &fds[1], sizeof fds[1]);
  g_assert_cmpint (sendmsg (client, &message, 0), ==, 4);
  close (fds[1]);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 0);  /* nobody has it any more */
  close (fds[0]);
}

static void
test_datagram_server_gifts (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *bind_name = g_strdup_printf ("--bind=unix:@pulsar-gifts-%d", (int) getpid ());
  g_autofree char *answer = NULL;
  int client;

  g_test_summary ("Descriptors that a sender adds do not stay open in the server");
  START (&server, 1, bind_name);
  client = open_client (&server, 0);
  send_with_fd (client);
  answer = hear (client);
  g_assert_cmpstr (answer, ==, "gift");
  close (client);
  stop (&server);
}

static void
test_datagram_server_reuse_port (void)
{
  g_auto(ServerRun) server = { 0 };
  guint n_steady = 0;

  g_test_summary ("With reuse-port every datagram is answered, and most clients meet the same worker each time");
  START (&server, 1, "--bind=127.0.0.1:0", "--workers=3", "--reuse-port");
  for (guint i = 0; i < 3; i++)
    server_run_wait_for_text (&server, "is ready");
  for (guint i = 0; i < 40; i++)
    {
      int client = open_client (&server, 0);
      pid_t pid = ask_pid (client);
      gboolean steady = TRUE;

      for (guint again = 0; again < 5; again++)
        steady = ask_pid (client) == pid && steady;
      if (steady)
        n_steady++;
      close (client);
    }
  g_test_message ("%u of 40 clients met one worker only", n_steady);
  g_assert_cmpuint (n_steady, >=, 15);
  stop (&server);
}

static void
test_datagram_server_settings (void)
{
  g_auto(ServerRun) server = { 0 };
  g_auto(ServerRun) small = { 0 };
  g_autofree char *rest = NULL;
  int client;

  g_test_summary ("It has no settings of connections, and those for its memory act");
  server_run_start_full (&server, 0, DATAGRAM_FACE, (const char * const[]) { "--backlog=5", NULL });
  rest = server_run_wait_for_end (&server, 64);
  g_assert_nonnull (strstr (rest, "--backlog"));

  START (&small, 1, "--bind=127.0.0.1:0", "--receive-buffer=4K");
  client = open_client (&small, 0);
  assert_answer (client, "hello", "hello");
  for (;;)  /* the kernel drops what does not fit: some day it says so */
    {
      g_autofree char *flood = g_strnfill (3000, 'f');
      g_autofree char *answer = NULL;

      for (guint i = 0; i < 50; i++)
        send (client, flood, 3000, MSG_DONTWAIT);
      tell (client, "info");
      do
        {
          g_free (answer);
          answer = hear (client);
        }
      while (answer[0] == 'f');
      if (g_str_has_suffix (answer, " 1"))
        break;
    }
  close (client);
  stop (&small);
}

static void
test_datagram_server_callable (void)
{
  g_auto(ServerRun) server = { 0 };
  int client;

  g_test_summary ("A server without a class of its own calls its callable");
  server_run_start_full (&server, 1, DATAGRAM_FACE_CALLABLE, (const char * const[]) { "--bind=127.0.0.1:0", NULL });
  client = open_client (&server, 0);
  assert_answer (client, "hello", "welcome");
  close (client);
  stop (&server);
}

static void
test_datagram_server_passed (void)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *activate = g_find_program_in_path ("systemd-socket-activate");
  g_autofree char *folder = g_dir_make_tmp ("pulsar-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "log", NULL);
  const char * const wrapper[] = { activate, "--datagram", "--listen", path, "--fdname=log", NULL };
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (path);
  int client;

  g_test_summary ("A service manager opens the socket, and starts the server when a datagram comes, which is served");
  if (activate == NULL)
    {
      g_test_skip ("systemd-socket-activate is not installed");
      g_assert_no_errno (rmdir (folder));
      return;
    }
  server.wrapper = wrapper;
  START (&server, 0, "--bind=fd:log");
  server_run_wait_for_text (&server, "Listening on");
  client = open_client_to (address);
  assert_answer (client, "hello", "hello");
  assert_answer (client, "actor", "datagrams.1");
  close (client);
  stop (&server);
  g_assert_no_errno (unlink (path));
  g_assert_no_errno (rmdir (folder));
}

static void
start_here (PulsarDatagramServer *server,
            GError              **error)
{
  g_autoptr(GAsyncResult) started = NULL;

  pulsar_configurator_start_async (PULSAR_CONFIGURATOR (server), NULL, pulsar_test_store_result_cb, &started);
  pulsar_test_wait_for (started != NULL);
  pulsar_configurator_start_finish (PULSAR_CONFIGURATOR (server), started, error);
}

static void
count_notify_cb (GObject    *object,
                 GParamSpec *pspec,
                 gpointer    user_data)
{
  (*(guint *) user_data)++;
}

static void
answer_cb (PulsarDatagramServer *server,
           GBytes               *bytes,
           GSocketAddress       *address,
           gpointer              user_data)
{
  g_assert_true (pulsar_datagram_server_send_to (server, bytes, address, NULL));
  (*(guint *) user_data)++;
}

static void
test_datagram_server_again (void)
{
  g_autoptr(PulsarDatagramServer) server = pulsar_datagram_server_new ("again");
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (server));
  static const char * const bind_addresses[] = { "127.0.0.1:0", NULL };
  g_autoptr(GBytes) bytes = g_bytes_new_static ("x", 1);
  g_autoptr(GSocketAddress) nobody = g_inet_socket_address_new_from_string ("127.0.0.1", 9);
  g_autoptr(GError) error = NULL;
  guint n_notified = 0, n_served = 0, n_fds = 0;

  g_test_summary ("In a main loop of the program a server starts, stops and starts again, and leaves nothing open");
  g_assert_cmpuint (g_strv_length ((char **) pulsar_datagram_server_get_addresses (server)), ==, 0);
  pulsar_configurator_set_parse_console (PULSAR_CONFIGURATOR (server), FALSE);
  pulsar_config_set_uint (config, "workers", 0, &error);
  g_assert_no_error (error);
  pulsar_config_set_value (config, "bind", g_variant_new_strv (bind_addresses, -1), &error);
  g_assert_no_error (error);

  start_here (server, &error);  /* nobody serves its datagrams */
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_clear_error (&error);
  g_assert_false (pulsar_datagram_server_send_to (server, bytes, nobody, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  g_clear_error (&error);

  g_signal_connect (server, "notify::addresses", G_CALLBACK (count_notify_cb), &n_notified);
  g_signal_connect (server, "datagram", G_CALLBACK (answer_cb), &n_served);
  for (guint round = 1; round <= 3; round++)
    {
      g_autoptr(GAsyncResult) stopped = NULL;
      g_autoptr(GSocketAddress) address = NULL;
      g_autofree char *answer = NULL;
      const char * const *addresses;
      int client;

      start_here (server, &error);
      g_assert_no_error (error);
      addresses = pulsar_datagram_server_get_addresses (server);
      g_assert_cmpuint (g_strv_length ((char **) addresses), ==, 1);
      g_assert_cmpuint (n_notified, ==, 2 * round - 1);
      address = g_inet_socket_address_new_from_string ("127.0.0.1",
                                                       (guint) g_ascii_strtoull (strchr (addresses[0], ':') + 1, NULL, 10));
      client = open_client_to (address);
      tell (client, "hello");
      pulsar_test_wait_for (n_served == round);
      answer = hear (client);
      g_assert_cmpstr (answer, ==, "hello");

      pulsar_application_stop_async (PULSAR_APPLICATION (server), NULL, pulsar_test_store_result_cb, &stopped);
      pulsar_test_wait_for (stopped != NULL);
      pulsar_application_stop_finish (PULSAR_APPLICATION (server), stopped, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (n_notified, ==, 2 * round);
      g_assert_cmpint (send (client, "gone", 4, 0), ==, 4);
      g_assert_cmpint (recv (client, &(char) { 0 }, 1, 0), ==, -1);
      g_assert_cmpint (errno, ==, ECONNREFUSED);
      close (client);
      if (round > 1)
        g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
      n_fds = pulsar_test_count_fds ();
    }
}

int
main (int   argc,
      char *argv[])
{
  int status;

  if (datagram_face_main (argc, argv, &status))
    return status;
  g_assert_false (pulsar_worker_main (NULL));

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/datagram-server/echo", test_datagram_server_echo);
  g_test_add_func ("/datagram-server/in-arbiter", test_datagram_server_in_arbiter);
  g_test_add_func ("/datagram-server/drain", test_datagram_server_drain);
  g_test_add_func ("/datagram-server/worker-killed", test_datagram_server_worker_killed);
  g_test_add_func ("/datagram-server/share", test_datagram_server_share);
  g_test_add_func ("/datagram-server/several-addresses", test_datagram_server_several_addresses);
  g_test_add_func ("/datagram-server/everywhere", test_datagram_server_everywhere);
  g_test_add_func ("/datagram-server/too-large", test_datagram_server_too_large);
  g_test_add_func ("/datagram-server/errors", test_datagram_server_errors);
  g_test_add_func ("/datagram-server/unix-errors", test_datagram_server_unix_errors);
  g_test_add_func ("/datagram-server/gifts", test_datagram_server_gifts);
  g_test_add_func ("/datagram-server/reuse-port", test_datagram_server_reuse_port);
  g_test_add_func ("/datagram-server/settings", test_datagram_server_settings);
  g_test_add_func ("/datagram-server/callable", test_datagram_server_callable);
  g_test_add_func ("/datagram-server/passed", test_datagram_server_passed);
  g_test_add_func ("/datagram-server/again", test_datagram_server_again);
  return g_test_run ();
}
