/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program that the rows do harm to: a server that answers lines, and does to itself what a line or a file says.
 *
 *   pid, slot      who answers
 *   clock          the time of the day here, in seconds
 *   do ACTION      “doing ACTION”, and then see act ()
 *   ask …          the answer of another actor: see victim_ask ()
 *   anything else  comes back
 *
 * Connections get BYE when their worker drains. $VICTIM_DIR/start-APPLICATION, where it exists, or else $VICTIM_START has an action for
 * each worker that starts. With VICTIM_TELL each worker that drained says “PID ends”, the last that it does. With VICTIM_MULTI there is
 * a second application of the same kind, with the prefix “other”. */
#include "victim-messages.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define VICTIM_TYPE_SERVER (victim_server_get_type ())
G_DECLARE_FINAL_TYPE (VictimServer, victim_server, VICTIM, SERVER, PulsarSocketServer)

struct _VictimServer
{
  PulsarSocketServer parent_instance;
  GPtrArray *clients;  /* (owned) (element-type PulsarConnection) the open ones */
};

G_DEFINE_FINAL_TYPE (VictimServer, victim_server, PULSAR_TYPE_SOCKET_SERVER)

static void
say (const char *text)
{
  if (write (STDOUT_FILENO, text, strlen (text)) < 0)
    _exit (99);
}

static void
leak (gsize mebibytes)
{
  static GPtrArray *leaked;  /* or the compiler sees that nobody needs it */
  gsize size = mebibytes * 1024 * 1024;

  if (leaked == NULL)
    leaked = g_ptr_array_new ();
  g_ptr_array_add (leaked, memset (g_malloc (size), 1, size));
}

/* As fast as somebody reads it. */
static void
print (gsize mebibytes)
{
  static const char line[] = "a line of 64 bytes, of which there are to come very very many..\n";
  g_autoptr(GString) block = g_string_new (NULL);

  while (block->len < 64 * 1024)
    g_string_append (block, line);
  for (gsize i = 0; i < mebibytes * 16; i++)
    say (block->str);
}

static void
log_lines (int n_lines)
{
  for (int i = 1; i <= n_lines; i++)
    g_message ("line %d of %d", i, n_lines);
}

/* A child that was not executed, does not hear SIGTERM and waits for ever. */
static void
fork_child (gboolean own_session)
{
  pid_t pid = fork ();

  if (pid != 0)
    return;
  if (own_session)
    setsid ();
  signal (SIGTERM, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  prctl (PR_SET_PDEATHSIG, 0);
  for (;;)
    pause ();
}

static gboolean
act_cb (gpointer user_data);

static void
act (const char *action)
{
  g_auto(GStrv) words = g_strsplit (action, " ", 2);
  int number = words[0] != NULL && words[1] != NULL ? atoi (words[1]) : 0;

  if (words[0] == NULL)
    return;
  if (g_str_equal (words[0], "exit"))
    exit (number);
  if (g_str_equal (words[0], "signal"))
    {
      signal (number, SIG_DFL);
      raise (number);
    }
  if (g_str_equal (words[0], "busy"))
    for (;;)
      G_STMT_START { __asm__ volatile (""); } G_STMT_END;
  if (g_str_equal (words[0], "sleep"))
    g_usleep ((gulong) number * 1000);
  if (g_str_equal (words[0], "deaf"))
    signal (SIGTERM, SIG_IGN);
  if (g_str_equal (words[0], "die-after"))
    g_timeout_add ((guint) number, act_cb, NULL);
  if (g_str_equal (words[0], "leak"))
    leak ((gsize) number);
  if (g_str_equal (words[0], "print"))
    print ((gsize) number);
  if (g_str_equal (words[0], "log"))
    log_lines (number);
  if (g_str_equal (words[0], "raw") && words[1] != NULL)
    victim_write_raw (words[1]);
  if (g_str_equal (words[0], "fork") || g_str_equal (words[0], "fork-session"))
    fork_child (g_str_equal (words[0], "fork-session"));
  if (g_str_equal (words[0], "last-words"))
    {
      for (int i = 1; i <= number; i++)
        g_printerr ("last words %d\n", i);
      exit (7);
    }
}

static gboolean
act_cb (gpointer user_data)
{
  act ("exit 9");
  return G_SOURCE_REMOVE;
}

/* A client. */

typedef struct
{
  VictimServer *server;         /* borrowed: it outlives the main loop */
  PulsarConnection *connection; /* (owned) */
  GDataInputStream *input;      /* (owned) */
} Client;

static void
client_free (Client *client)
{
  g_ptr_array_remove (client->server->clients, client->connection);
  g_clear_object (&client->input);
  g_clear_object (&client->connection);
  g_free (client);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)

static gboolean
answer (Client     *client,
        const char *line)
{
  GSocket *socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (client->connection));
  g_autofree char *reply = NULL;

  if (g_str_has_prefix (line, "ask "))
    {
      victim_ask (client->connection, line + strlen ("ask "));
      return TRUE;
    }
  if (g_str_equal (line, "pid"))
    reply = g_strdup_printf ("%d\n", (int) getpid ());
  else if (g_str_equal (line, "clock"))
    reply = g_strdup_printf ("%" G_GINT64_FORMAT "\n", g_get_real_time () / G_USEC_PER_SEC);
  else if (g_str_equal (line, "slot"))
    reply = g_strconcat (pulsar_actor_get_name (pulsar_actor_get_current ()), "\n", NULL);
  else if (g_str_has_prefix (line, "do "))
    reply = g_strdup_printf ("doing %s\n", line + strlen ("do "));
  else
    reply = g_strconcat (line, "\n", NULL);
  if (g_socket_send (socket, reply, strlen (reply), NULL, NULL) < 0)
    return FALSE;
  if (g_str_has_prefix (line, "do "))
    act (line + strlen ("do "));
  return TRUE;
}

static void
line_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(Client) client = user_data;
  g_autofree char *line = g_data_input_stream_read_line_finish (client->input, result, NULL, NULL);

  if (line == NULL || !answer (client, line))
    return;
  g_data_input_stream_read_line_async (client->input, G_PRIORITY_DEFAULT, NULL, line_cb, client);
  client = NULL;
}

static void
victim_server_connection (PulsarSocketServer *server,
                          PulsarConnection   *connection)
{
  Client *client = g_new0 (Client, 1);

  client->server = VICTIM_SERVER (server);
  client->connection = g_object_ref (connection);
  client->input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_ptr_array_add (client->server->clients, connection);
  g_data_input_stream_read_line_async (client->input, G_PRIORITY_DEFAULT, NULL, line_cb, client);
}

static void
victim_server_draining (PulsarSocketServer *server)
{
  VictimServer *self = VICTIM_SERVER (server);

  for (guint i = 0; i < self->clients->len; i++)
    {
      GSocket *socket = g_socket_connection_get_socket (g_ptr_array_index (self->clients, i));

      g_socket_send (socket, "BYE\n", 4, NULL, NULL);
      g_socket_shutdown (socket, TRUE, TRUE, NULL);
    }
}

static void
victim_server_worker_start (PulsarApplication *application,
                            PulsarActor       *worker,
                            PulsarHook        *hook)
{
  const char *folder = g_getenv ("VICTIM_DIR");
  g_autofree char *name = g_strconcat ("start-", pulsar_configurator_get_name (PULSAR_CONFIGURATOR (application)), NULL);
  g_autofree char *path = g_build_filename (folder != NULL ? folder : "/nonexistent", name, NULL);
  g_autofree char *action = NULL;

  if (!g_file_get_contents (path, &action, NULL, NULL))
    action = g_strdup (g_getenv ("VICTIM_START"));
  if (action == NULL)
    return;
  g_strstrip (action);
  if (g_str_has_prefix (action, "fail "))
    pulsar_hook_fail_literal (hook, action + strlen ("fail "));
  else
    act (action);
}

static void
victim_server_finalize (GObject *object)
{
  g_ptr_array_unref (VICTIM_SERVER (object)->clients);

  G_OBJECT_CLASS (victim_server_parent_class)->finalize (object);
}

static void
victim_server_class_init (VictimServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = victim_server_finalize;
  PULSAR_SOCKET_SERVER_CLASS (klass)->connection = victim_server_connection;
  PULSAR_SOCKET_SERVER_CLASS (klass)->draining = victim_server_draining;
  PULSAR_APPLICATION_CLASS (klass)->worker_start = victim_server_worker_start;
}

static void
victim_server_init (VictimServer *self)
{
  self->clients = g_ptr_array_new ();
}

static void
build_cb (PulsarMultiApp *multi)
{
  pulsar_multi_app_new_app (multi, VICTIM_TYPE_SERVER, NULL, NULL);
  pulsar_multi_app_new_app (multi, VICTIM_TYPE_SERVER, "other", NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(PulsarConfigurator) program = NULL;
  int status;

  victim_register_commands ();
  if (g_getenv ("VICTIM_MULTI") != NULL)
    {
      program = g_object_new (PULSAR_TYPE_MULTI_APP, "name", "victim", NULL);
      g_signal_connect (program, "build", G_CALLBACK (build_cb), NULL);
    }
  else
    {
      program = g_object_new (VICTIM_TYPE_SERVER, "name", "victim", NULL);
    }
  status = pulsar_configurator_run (program, argc, argv);
  if (pulsar_is_worker () && g_getenv ("VICTIM_TELL") != NULL)
    {
      g_autofree char *line = g_strdup_printf ("%d ends\n", (int) getpid ());

      say (line);
    }
  return status;
}
