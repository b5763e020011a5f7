/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "server-run.h"

#include <gio/gunixsocketaddress.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

void
server_run_stop (ServerRun *server)
{
  if (server->process != NULL)
    g_subprocess_force_exit (server->process);
  g_clear_object (&server->process);
  g_clear_object (&server->output);
  g_clear_pointer (&server->addresses, g_ptr_array_unref);
}

/* A test that fails leaves nothing behind. */
static void
end_with_test (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *
spawn (const char * const *wrapper,
       const char         *face,
       const char * const *arguments)
{
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr(GError) error = NULL;
  GSubprocess *process;

  for (gsize i = 0; wrapper != NULL && wrapper[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) wrapper[i]);
  g_ptr_array_add (argv, program);
  g_ptr_array_add (argv, (gpointer) face);
  for (gsize i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);
  g_subprocess_launcher_set_child_setup (launcher, end_with_test, NULL, NULL);
  process = g_subprocess_launcher_spawnv (launcher, (const char * const *) argv->pdata, &error);
  g_assert_no_error (error);
  return process;
}

static GSocketAddress *
parse_address (const char *text)
{
  g_autoptr(GSocketConnectable) connectable = NULL;
  g_autoptr(GError) error = NULL;

  if (g_str_has_prefix (text, "unix:@"))
    return g_unix_socket_address_new_with_type (text + strlen ("unix:@"), -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  if (g_str_has_prefix (text, "unix:"))
    return g_unix_socket_address_new (text + strlen ("unix:"));
  connectable = g_network_address_parse (text, 0, &error);
  g_assert_no_error (error);
  return g_inet_socket_address_new_from_string (g_network_address_get_hostname (G_NETWORK_ADDRESS (connectable)),
                                                g_network_address_get_port (G_NETWORK_ADDRESS (connectable)));
}

void
server_run_start_full (ServerRun          *server,
                       guint               n_addresses,
                       const char         *face,
                       const char * const *arguments)
{
  g_autoptr(GError) error = NULL;

  server->process = spawn (server->wrapper, face, arguments);
  server->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (server->process));
  server->addresses = g_ptr_array_new_with_free_func (g_object_unref);
  while (server->addresses->len < n_addresses)
    {
      g_autofree char *line = g_data_input_stream_read_line (server->output, NULL, NULL, &error);
      const char *found;

      g_assert_no_error (error);
      if (line == NULL)
        g_error ("The server ended before it listened");
      g_test_message ("server: %s", line);
      found = strstr (line, "notice: Listening on ");
      if (found != NULL)
        g_ptr_array_add (server->addresses, parse_address (found + strlen ("notice: Listening on ")));
    }
}

pid_t
server_run_get_pid (ServerRun *server)
{
  return (pid_t) g_ascii_strtoll (g_subprocess_get_identifier (server->process), NULL, 10);
}

void
server_run_signal (ServerRun *server,
                   int        signal_number)
{
  g_subprocess_send_signal (server->process, signal_number);
}

void
server_run_wait_for_text (ServerRun  *server,
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

char *
server_run_wait_for_end (ServerRun *server,
                         int        status)
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

int
server_run_try_connect (ServerRun *server,
                        guint      index)
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

int
server_run_open_client (ServerRun *server)
{
  int client = server_run_try_connect (server, 0);

  g_assert_cmpint (client, >=, 0);
  return client;
}

char *
line_client_ask (int         client,
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

void
line_client_assert_answer (int         client,
                           const char *question,
                           const char *wanted)
{
  g_autofree char *reply = line_client_ask (client, question);

  g_assert_cmpstr (reply, ==, wanted);
}

pid_t
line_client_ask_pid (int client)
{
  g_autofree char *reply = line_client_ask (client, "pid");

  return reply != NULL ? (pid_t) g_ascii_strtoll (reply, NULL, 10) : 0;
}

void
line_client_assert_ended (int client)
{
  char byte;

  g_assert_cmpint (recv (client, &byte, 1, 0), <=, 0);
  close (client);
}

void
server_run_open_pair (ServerRun *server,
                      int        clients[2],
                      pid_t      pids[2])
{
  clients[0] = server_run_open_client (server);
  pids[0] = line_client_ask_pid (clients[0]);
  for (;;)
    {
      clients[1] = server_run_open_client (server);
      pids[1] = line_client_ask_pid (clients[1]);
      if (pids[1] != pids[0])
        return;
      close (clients[1]);
    }
}

void
server_run_assert_fails (const char *address,
                         int         status,
                         const char *said,
                         const char *said_too)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *option = g_strconcat ("--bind=", address, NULL);
  g_autofree char *rest = NULL;

  server_run_start_full (&server, 0, LINE_SERVER_FACE, (const char * const[]) { option, NULL });
  rest = server_run_wait_for_end (&server, status);
  g_assert_nonnull (strstr (rest, said));
  g_assert_nonnull (strstr (rest, said_too));
}

