/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two servers that answer lines, and an application that counts them for both, in one program. */
#include <pulsar-glib/pulsar.h>

typedef char *(*Convert) (const char *line);

/* A client that is served. */
typedef struct
{
  PulsarApplication *server;
  PulsarConnection *connection;  /* (owned) closed with its last reference */
  GDataInputStream *lines;       /* (owned) */
  char *line;                    /* (owned) (nullable) the one that is answered */
  Convert convert;
} Client;

static void line_read_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
client_free (Client       *client,
             const GError *error)
{
  if (error != NULL)
    g_info ("A client went away: %s", error->message);
  g_object_unref (client->connection);
  g_object_unref (client->lines);
  g_free (client->line);
  g_free (client);
}

static void
answered_cb (GObject      *output,
             GAsyncResult *result,
             gpointer      user_data)
{
  Client *client = user_data;
  g_autoptr(GError) error = NULL;

  if (g_output_stream_splice_finish (G_OUTPUT_STREAM (output), result, &error) < 0)
    client_free (client, error);
  else
    g_data_input_stream_read_line_async (client->lines, G_PRIORITY_DEFAULT, NULL, line_read_cb, client);
}

/* Each line is answered with what the server makes of it and how many lines it has had, in all its workers. */
static void
counted_cb (GObject      *actor,
            GAsyncResult *result,
            gpointer      user_data)
{
  Client *client = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) count = pulsar_actor_send_finish (PULSAR_ACTOR (actor), result, NULL, &error);
  g_autofree char *converted = client->convert (client->line);

  if (count != NULL)
    {
      char *text = g_strdup_printf ("%s %u\n", converted, g_variant_get_uint32 (count));
      g_autoptr(GInputStream) answer = g_memory_input_stream_new_from_data (text, -1, g_free);

      g_output_stream_splice_async (g_io_stream_get_output_stream (G_IO_STREAM (client->connection)), answer,
                                    G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, NULL, answered_cb, client);
    }
  else
    client_free (client, error);
}

static void
line_read_cb (GObject      *lines,
              GAsyncResult *result,
              gpointer      user_data)
{
  Client *client = user_data;
  const char *name = pulsar_configurator_get_name (PULSAR_CONFIGURATOR (client->server));
  g_autoptr(GError) error = NULL;

  g_free (client->line);
  client->line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (lines), result, NULL, &error);
  if (client->line != NULL)
    pulsar_actor_send_async (pulsar_application_get_actor (client->server), "tally_multi", "count",
                             g_variant_new ("(s)", name), NULL, PULSAR_TIMEOUT_DEFAULT, NULL, counted_cb, client);
  else
    client_free (client, error);
}

/* Called in a worker for each client. */
static void
connection_cb (PulsarApplication *server,
               PulsarConnection  *connection,
               gpointer           convert)
{
  Client *client = g_new0 (Client, 1);

  client->server = server;
  client->connection = g_object_ref (connection);
  client->lines = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  client->convert = (Convert) convert;
  g_data_input_stream_read_line_async (client->lines, G_PRIORITY_DEFAULT, NULL, line_read_cb, client);
}

static char *
keep (const char *line)
{
  return g_strdup (line);
}

static char *
shout (const char *line)
{
  return g_utf8_strup (line, -1);
}

/* The tally is no server: it lives with the arbiter, and servers send it messages. */
static guint n_lines[2];

static void
count_cb (PulsarRequest *request,
          gpointer       user_data)
{
  const char *server;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &server);
  pulsar_request_return_value (request, g_variant_new_uint32 (++n_lines[g_str_has_prefix (server, "shout")]));
}

static void
stopping_cb (PulsarApplication *tally)
{
  g_print ("Lines: %u %u\n", n_lines[0], n_lines[1]);
}

/* In each process; a worker then becomes one of them. */
static void
build_cb (PulsarMultiApp *multi)
{
  GVariant *address = g_variant_new_parsed ("{'bind': <['127.0.0.1:8061']>}");
  GVariant *nobody = g_variant_new_parsed ("{'workers': <0>}");

  g_signal_connect (pulsar_multi_app_new_app (multi, PULSAR_TYPE_SOCKET_SERVER, NULL, NULL), "connection",
                    G_CALLBACK (connection_cb), keep);
  g_signal_connect (pulsar_multi_app_new_app (multi, PULSAR_TYPE_SOCKET_SERVER, "shout", address), "connection",
                    G_CALLBACK (connection_cb), shout);
  g_signal_connect (pulsar_multi_app_new_app (multi, PULSAR_TYPE_APPLICATION, "tally", nobody), "monitor-stopping",
                    G_CALLBACK (stopping_cb), NULL);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(PulsarMultiApp) multi = pulsar_multi_app_new ("multi");

  pulsar_command_register ("count", "(s)", PULSAR_COMMAND_CALLERS_SIBLING, count_cb, NULL, NULL);
  g_signal_connect (multi, "build", G_CALLBACK (build_cb), NULL);
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (multi), argc, argv);
}
