/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server that sends back what it receives. */
#include <pulsar-glib/pulsar.h>

static void
echoed_cb (GObject      *output,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(PulsarConnection) connection G_GNUC_UNUSED = PULSAR_CONNECTION (user_data);  /* closed with its last reference */
  g_autoptr(GError) error = NULL;

  if (g_output_stream_splice_finish (G_OUTPUT_STREAM (output), result, &error) < 0)
    g_info ("A client went away: %s", error->message);
}

/* Called in a worker for each client. */
static void
connection_cb (PulsarSocketServer *server,
               PulsarConnection   *connection)
{
  GIOStream *stream = G_IO_STREAM (connection);

  g_output_stream_splice_async (g_io_stream_get_output_stream (stream), g_io_stream_get_input_stream (stream),
                                G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, NULL, echoed_cb, g_object_ref (connection));
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(PulsarSocketServer) server = pulsar_socket_server_new ("echo");

  g_signal_connect (server, "connection", G_CALLBACK (connection_cb), NULL);
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (server), argc, argv);
}
