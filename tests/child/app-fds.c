/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app-fds.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <gio/gunixfdlist.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app-actions.h"

/* Echoes lines of clients, each with the process that does it in front, and hands clients and the listener on. */
static GSocket *listener;       /* (owned) (nullable) */
static GSource *accepting;      /* (owned) (nullable) */
static GHashTable *clients;     /* GSocket (owned) → GSource (owned) */

static void
drop_source (gpointer data)
{
  g_source_destroy (data);
  g_source_unref (data);
}

static gboolean
client_cb (GSocket      *socket,
           GIOCondition  condition,
           gpointer      user_data)
{
  char buffer[256];
  gssize length = g_socket_receive (socket, buffer, sizeof buffer - 1, NULL, NULL);
  g_autofree char *answer = NULL;

  if (length <= 0)
    {
      g_hash_table_remove (clients, socket);  /* and its source */
      return G_SOURCE_REMOVE;
    }
  buffer[length] = '\0';
  answer = g_strdup_printf ("%d %s", (int) getpid (), buffer);
  g_assert_cmpint (g_socket_send (socket, answer, strlen (answer), NULL, NULL), ==, (gssize) strlen (answer));
  return G_SOURCE_CONTINUE;
}

static void
serve (GSocket *socket)  /* taken */
{
  GSource *source = g_socket_create_source (socket, G_IO_IN, NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (client_cb), NULL, NULL);
  g_source_attach (source, NULL);
  if (clients == NULL)
    clients = g_hash_table_new_full (NULL, NULL, g_object_unref, drop_source);
  g_hash_table_insert (clients, socket, source);
}

static gboolean
accept_cb (GSocket      *socket,
           GIOCondition  condition,
           gpointer      user_data)
{
  GSocket *client = g_socket_accept (socket, NULL, NULL);

  if (client != NULL)
    serve (client);
  return G_SOURCE_CONTINUE;
}

static void
serve_listener (GSocket *socket)  /* taken */
{
  g_assert_null (listener);
  listener = socket;
  accepting = g_socket_create_source (socket, G_IO_IN, NULL);
  g_source_set_callback (accepting, G_SOURCE_FUNC (accept_cb), NULL, NULL);
  g_source_attach (accepting, NULL);
}

static void
drop_all (void)
{
  if (clients != NULL)
    g_hash_table_remove_all (clients);
  g_clear_pointer (&accepting, drop_source);
  g_clear_object (&listener);
}

static void
listen_command (PulsarRequest *request,
                gpointer       user_data)
{
  g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr(GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr(GSocketAddress) bound = NULL;
  g_autoptr(GError) error = NULL;
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, address, TRUE, &error);
  g_assert_no_error (error);
  g_socket_listen (socket, &error);
  g_assert_no_error (error);
  bound = g_socket_get_local_address (socket, &error);
  g_assert_no_error (error);
  serve_listener (socket);
  pulsar_request_return_value (request, g_variant_new ("(i)", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound))));
}

static void
moved_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);

  if (value == NULL)
    pulsar_request_return_error (request, error);
  else
    pulsar_request_return_value (request, value);
}

/* Gives the listener and all clients to another worker: no longer than the message is on its way they are here as well. */
static void
move_command (PulsarRequest *request,
              gpointer       user_data)
{
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  GVariantBuilder handles = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ah"));
  GHashTableIter iter;
  const char *target;
  gpointer socket;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &target);
  g_unix_fd_list_append (fds, g_socket_get_fd (listener), NULL);
  if (clients != NULL)
    {
      g_hash_table_iter_init (&iter, clients);
      while (g_hash_table_iter_next (&iter, &socket, NULL))
        g_variant_builder_add (&handles, "h", g_unix_fd_list_append (fds, g_socket_get_fd (socket), NULL));
    }
  drop_all ();
  pulsar_actor_send_async (pulsar_request_get_actor (request), target, "adopt", g_variant_new ("(hah)", 0, &handles), fds,
                           PULSAR_TIMEOUT_DEFAULT, NULL, moved_cb, g_object_ref (request));
}

static GSocket *
take_socket (GUnixFDList *fds,
             int          handle)
{
  g_autoptr(GError) error = NULL;
  int fd = g_unix_fd_list_get (fds, handle, &error);
  GSocket *socket;

  g_assert_no_error (error);
  socket = g_socket_new_from_fd (fd, &error);
  g_assert_no_error (error);
  return socket;
}

static void
adopt_command (PulsarRequest *request,
               gpointer       user_data)
{
  GUnixFDList *fds = pulsar_request_get_fd_list (request);
  g_autoptr(GVariantIter) handles = NULL;
  int of_listener;
  int handle;
  guint n = 0;

  g_variant_get (pulsar_request_get_arguments (request), "(hah)", &of_listener, &handles);
  serve_listener (take_socket (fds, of_listener));
  while (g_variant_iter_next (handles, "h", &handle))
    {
      serve (take_socket (fds, handle));
      n++;
    }
  pulsar_request_return_value (request, g_variant_new ("(u)", n));
}

/* Answers with the second of two descriptors of memory. */
static void
lend_memory_command (PulsarRequest *request,
                     gpointer       user_data)
{
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();

  for (guint i = 0; i < 2; i++)
    {
      int fd = memfd_create ("pulsar-test", MFD_CLOEXEC);
      g_autofree char *text = g_strdup_printf ("memory %u of %d", i, (int) getpid ());

      g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
      g_assert_cmpint (g_unix_fd_list_append (fds, fd, NULL), ==, (int) i);
      close (fd);
    }
  pulsar_request_return_value_with_fds (request, g_variant_new ("(h)", 1), fds);
}

static void
lent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GUnixFDList) fds = NULL;
  g_autoptr(GVariant) value = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, &fds, &error);
  char text[64] = "";
  gint32 handle;
  int fd;

  if (value == NULL)
    {
      pulsar_request_return_error (request, error);
      return;
    }
  g_variant_get (value, "(h)", &handle);
  fd = g_unix_fd_list_get (fds, handle, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pread (fd, text, sizeof text - 1, 0), >, 0);
  g_assert_cmpint (fcntl (g_unix_fd_list_peek_fds (fds, NULL)[0], F_GETFD) & FD_CLOEXEC, !=, 0);
  close (fd);
  pulsar_request_return_value (request, g_variant_new ("(s)", text));
}

/* Reads what another worker lends. */
static void
read_memory_command (PulsarRequest *request,
                     gpointer       user_data)
{
  const char *target;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &target);
  pulsar_actor_send_async (pulsar_request_get_actor (request), target, "lend-memory", NULL, NULL, PULSAR_TIMEOUT_DEFAULT, NULL,
                           lent_cb, g_object_ref (request));
}

static void
count_fds_command (PulsarRequest *request,
                   gpointer       user_data)
{
  pulsar_request_return_value (request, g_variant_new ("(u)", app_count_fds ()));
}

static void
hang_up_command (PulsarRequest *request,
                 gpointer       user_data)
{
  drop_all ();
  pulsar_request_return_value (request, NULL);
}

void
app_fds_register_commands (void)
{
  pulsar_command_register ("hang-up", NULL, PULSAR_COMMAND_CALLERS_ANY, hang_up_command, NULL, NULL);
  pulsar_command_register ("listen", NULL, PULSAR_COMMAND_CALLERS_ANY, listen_command, NULL, NULL);
  pulsar_command_register ("move", "(s)", PULSAR_COMMAND_CALLERS_ANY, move_command, NULL, NULL);
  pulsar_command_register ("adopt", "(hah)", PULSAR_COMMAND_CALLERS_ANY, adopt_command, NULL, NULL);
  pulsar_command_register ("lend-memory", NULL, PULSAR_COMMAND_CALLERS_ANY, lend_memory_command, NULL, NULL);
  pulsar_command_register ("read-memory", "(s)", PULSAR_COMMAND_CALLERS_ANY, read_memory_command, NULL, NULL);
  pulsar_command_register ("count-fds", NULL, PULSAR_COMMAND_CALLERS_ANY, count_fds_command, NULL, NULL);
}
