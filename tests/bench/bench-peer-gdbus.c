/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench-peer.h"

static const char introspection[] =
  "<node><interface name='org.example.Echo'>"
  "<method name='Echo'><arg type='ay' direction='in'/><arg type='ay' direction='out'/></method>"
  "</interface></node>";

static void
echo_cb (GDBusConnection       *connection,
         const char            *sender,
         const char            *path,
         const char            *interface,
         const char            *method,
         GVariant              *parameters,
         GDBusMethodInvocation *invocation,
         gpointer               user_data)
{
  g_dbus_method_invocation_return_value (invocation, parameters);
}

static GDBusConnection *
connect_bus (int                  fd,
             GDBusConnectionFlags flags)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr(GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  g_autofree char *guid = g_dbus_generate_guid ();
  g_autoptr(GError) error = NULL;
  GDBusConnection *connection;

  connection = g_dbus_connection_new_sync (G_IO_STREAM (stream),
                                           (flags & G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER) != 0 ? guid : NULL,
                                           flags, NULL, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

static void
gdbus_child (int fd)
{
  g_autoptr(GDBusConnection) connection = connect_bus (fd, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER);
  g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (introspection, NULL);
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  static const GDBusInterfaceVTable table = { echo_cb, NULL, NULL };

  g_assert_cmpuint (g_dbus_connection_register_object (connection, "/echo", node->interfaces[0], &table, NULL, NULL, NULL), >, 0);
  g_main_loop_run (loop);
}

static void
gdbus_begin (BenchPeer *peer)
{
  peer->data = connect_bus (peer->fd, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT);
}

typedef struct
{
  GDBusConnection *connection;
  GVariant *arguments;
  GMainLoop *loop;
  double end;
  guint64 n;
} BusRun;

static void bus_ask (BusRun *run);

static void
bus_answered_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  BusRun *run = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer G_GNUC_UNUSED = g_dbus_connection_call_finish (run->connection, result, &error);

  g_assert_no_error (error);
  if (++run->n % 16 == 0 && bench_now () >= run->end)
    g_main_loop_quit (run->loop);
  else
    bus_ask (run);
}

static void
bus_ask (BusRun *run)
{
  g_dbus_connection_call (run->connection, NULL, "/echo", "org.example.Echo", "Echo", run->arguments, G_VARIANT_TYPE ("(ay)"),
                          G_DBUS_CALL_FLAGS_NONE, 30000, NULL, bus_answered_cb, run);
}

static void
gdbus_end (BenchPeer *peer)
{
  g_object_unref (peer->data);
}

/* As an actor asks: asynchronously, from a main loop, with the default timeout. */
static double
gdbus_run (BenchPeer *peer,
           gsize      size,
           double     seconds)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autofree guint8 *data = g_malloc0 (size);
  g_autoptr(GVariant) arguments =
    g_variant_ref_sink (g_variant_new ("(@ay)", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1)));
  double begin = bench_now ();
  BusRun run = { .connection = peer->data, .arguments = arguments, .loop = loop, .end = begin + seconds };

  g_main_context_push_thread_default (context);
  bus_ask (&run);
  g_main_loop_run (loop);
  g_main_context_pop_thread_default (context);
  return (double) run.n / (bench_now () - begin);
}

const BenchPeerClass bench_peer_gdbus = { "gdbus", gdbus_child, gdbus_begin, gdbus_run, gdbus_end };
