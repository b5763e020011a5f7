/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "line-server.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/base/pulsar-process-facts-private.h"

#define LINE_TYPE_SERVER (line_server_get_type ())
G_DECLARE_FINAL_TYPE (LineServer, line_server, LINE, SERVER, PulsarSocketServer)

struct _LineServer
{
  PulsarSocketServer parent_instance;
  GPtrArray *waiting;   /* (owned) (element-type PulsarConnection) those that asked to be closed on draining */
  GPtrArray *greeting;  /* (owned) (element-type PulsarConnection) those that asked for a word before */
  guint64 flooded;      /* bytes */
};

G_DEFINE_FINAL_TYPE (LineServer, line_server, PULSAR_TYPE_SOCKET_SERVER)

typedef struct
{
  LineServer *server;             /* borrowed: it outlives the main loop */
  PulsarConnection *connection;   /* (owned) */
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
describe_end (GSocketAddress *address)
{
  return address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : g_strdup ("-");
}

static char *
describe_ends (PulsarConnection *connection)
{
  g_autofree char *peer = describe_end (pulsar_connection_get_peer_address (connection));
  g_autofree char *destination = describe_end (pulsar_connection_get_destination_address (connection));
  g_autoptr(GSocketAddress) peer_property = NULL;
  g_autoptr(GSocketAddress) destination_property = NULL;

  g_object_get (connection, "peer-address", &peer_property, "destination-address", &destination_property, NULL);
  g_assert_true (peer_property == pulsar_connection_get_peer_address (connection));
  g_assert_true (destination_property == pulsar_connection_get_destination_address (connection));
  return g_strdup_printf ("%s %s", peer, destination);
}

static char *
describe_tls (PulsarConnection *connection)
{
  GTlsConnection *tls = pulsar_connection_get_tls_connection (connection);
  g_autoptr(GTlsConnection) tls_property = NULL;
  g_autofree char *name = NULL;

  g_object_get (connection, "tls-connection", &tls_property, NULL);
  g_assert_true (tls_property == tls);
  if (tls == NULL)
    return g_strdup ("-");
  if (g_tls_connection_get_peer_certificate (tls) != NULL)
    name = g_tls_certificate_get_subject_name (g_tls_connection_get_peer_certificate (tls));
  return g_strdup_printf ("%s %s", g_tls_connection_get_protocol_version (tls) == G_TLS_PROTOCOL_VERSION_TLS_1_3
                                     ? "TLSv1.3" : "TLSv1.2",
                          name != NULL ? name : "-");
}

static char *
describe_usage (const char *what)
{
  PulsarProcessFacts facts;

  g_assert_true (pulsar_process_facts_read (&facts, 0, NULL));
  return g_strdup_printf ("%.0f", g_str_equal (what, "rss") ? (double) facts.rss : facts.cpu_seconds * 1000);
}

/* What a service manager told its program, and is nobody else's business. */
static char *
describe_environment (void)
{
  g_autoptr(GString) found = g_string_new (NULL);

  for (gsize i = 0; environ[i] != NULL; i++)
    {
      if (g_str_has_prefix (environ[i], "LISTEN_"))
        g_string_append_printf (found, "%s%s", found->len > 0 ? " " : "", environ[i]);
    }
  return g_strdup (found->len > 0 ? found->str : "none");
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
  if (g_str_equal (line, "tls"))
    return describe_tls (client->connection);
  if (g_str_equal (line, "actor"))
    return g_strdup (pulsar_actor_get_name (client->actor));
  if (g_str_equal (line, "environment"))
    return describe_environment ();
  if (g_str_equal (line, "rss") || g_str_equal (line, "cpu"))
    return describe_usage (line);
  if (g_str_equal (line, "flooded"))
    return g_strdup_printf ("%" G_GUINT64_FORMAT, client->server->flooded);
  if (g_str_equal (line, "bye on draining"))
    g_ptr_array_add (client->server->greeting, g_object_ref (client->connection));
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

static void flood (Client *client);

static void
flooded_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr(Client) client = user_data;
  gsize size = 0;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, &size, NULL))
    return;
  client->server->flooded += size;
  flood (g_steal_pointer (&client));
}

static void
flood (Client *client)
{
  static char lines[64 * 1024];

  memset (lines, '\n', sizeof lines);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (client->connection)), lines, sizeof lines,
                                   G_PRIORITY_DEFAULT, NULL, flooded_cb, client);
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
  if (g_str_equal (line, "flood"))
    {
      flood (g_steal_pointer (&client));
      return;
    }
  if (g_str_equal (line, "stop reading"))
    {
      g_ptr_array_add (client->server->waiting, g_object_ref (client->connection));
      return;
    }
  text = answer (client, line);
  reply = g_strconcat (text, "\n", NULL);
  g_object_set_data_full (source, "reply", g_strdup (reply), g_free);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (client->connection)),
                                   g_object_get_data (source, "reply"), strlen (reply), G_PRIORITY_DEFAULT, NULL,
                                   answered_cb, client);
  client = NULL;
}

static void
line_server_connection (PulsarSocketServer *server,
                        PulsarConnection   *connection)
{
  Client *client = g_new0 (Client, 1);

  client->server = LINE_SERVER (server);
  client->connection = g_object_ref (connection);
  client->actor = g_object_ref (pulsar_actor_get_current ());
  client->input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  read_line (client);
}

static void
line_server_draining (PulsarSocketServer *server)
{
  LineServer *self = LINE_SERVER (server);

  for (guint i = 0; i < self->waiting->len; i++)
    g_socket_shutdown (g_socket_connection_get_socket (g_ptr_array_index (self->waiting, i)), TRUE, TRUE, NULL);
  g_ptr_array_set_size (self->waiting, 0);
  for (guint i = 0; i < self->greeting->len; i++)
    {
      GSocket *socket = g_socket_connection_get_socket (g_ptr_array_index (self->greeting, i));

      /* Not by the stream, which may not have been told yet that the answer before went out. */
      g_socket_send (socket, "bye\n", 4, NULL, NULL);
      g_socket_shutdown (socket, TRUE, TRUE, NULL);
    }
  g_ptr_array_set_size (self->greeting, 0);
}

static void
line_server_finalize (GObject *object)
{
  g_ptr_array_unref (LINE_SERVER (object)->waiting);
  g_ptr_array_unref (LINE_SERVER (object)->greeting);

  G_OBJECT_CLASS (line_server_parent_class)->finalize (object);
}

static void
line_server_class_init (LineServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = line_server_finalize;
  PULSAR_SOCKET_SERVER_CLASS (klass)->connection = line_server_connection;
  PULSAR_SOCKET_SERVER_CLASS (klass)->draining = line_server_draining;
}

static void
line_server_init (LineServer *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  self->greeting = g_ptr_array_new_with_free_func (g_object_unref);
}

static int
serve (int    argc,
       char **argv)
{
  g_autoptr(LineServer) server = g_object_new (LINE_TYPE_SERVER, "name", "lines", NULL);

  return pulsar_configurator_run (PULSAR_CONFIGURATOR (server), argc, argv);
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
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (server), argc, argv);
}

gboolean
line_server_main (int    argc,
                  char **argv,
                  int   *status)
{
  gboolean callable = argc >= 2 && g_str_equal (argv[1], LINE_SERVER_FACE_CALLABLE);

  if (!callable && (argc < 2 || !g_str_equal (argv[1], LINE_SERVER_FACE)))
    return FALSE;
  argv[1] = argv[0];  /* the command line of the server is what follows */
  *status = callable ? serve_callable (argc - 1, argv + 1) : serve (argc - 1, argv + 1);
  return TRUE;
}
