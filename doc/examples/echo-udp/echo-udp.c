/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A server that sends each datagram back to where it came from. */
#include <pulsar-glib/pulsar.h>

#define ECHO_TYPE_SERVER (echo_server_get_type ())
G_DECLARE_FINAL_TYPE (EchoServer, echo_server, ECHO, SERVER, PulsarDatagramServer)

struct _EchoServer
{
  PulsarDatagramServer parent_instance;
};

G_DEFINE_FINAL_TYPE (EchoServer, echo_server, PULSAR_TYPE_DATAGRAM_SERVER)

/* Called in a worker for each datagram. */
static void
echo_server_datagram (PulsarDatagramServer *server,
                      GBytes               *bytes,
                      GSocketAddress       *address)
{
  g_autoptr(GError) error = NULL;

  if (!pulsar_datagram_server_send_to (server, bytes, address, &error))
    g_info ("An answer is lost: %s", error->message);
}

static void
echo_server_class_init (EchoServerClass *klass)
{
  PULSAR_DATAGRAM_SERVER_CLASS (klass)->datagram = echo_server_datagram;
}

static void
echo_server_init (EchoServer *self)
{
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(EchoServer) server = g_object_new (ECHO_TYPE_SERVER, "name", "echo-udp", NULL);

  return pulsar_configurator_run (PULSAR_CONFIGURATOR (server), argc, argv);
}
