/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "datagram-face.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

/* The server: answers datagrams of text. */
#define TEST_TYPE_SERVER (test_server_get_type ())
G_DECLARE_FINAL_TYPE (TestServer, test_server, TEST, SERVER, PulsarDatagramServer)

struct _TestServer
{
  PulsarDatagramServer parent_instance;
  GSocketAddress *kept;  /* (owned) (nullable) who is answered at the end */
  GError *error;         /* (owned) (nullable) of the last answer */
};

G_DEFINE_FINAL_TYPE (TestServer, test_server, PULSAR_TYPE_DATAGRAM_SERVER)

static void
send_text (TestServer     *self,
           const char     *text,
           GSocketAddress *address)
{
  g_autoptr(GBytes) bytes = g_bytes_new (text, strlen (text));

  g_clear_error (&self->error);
  pulsar_datagram_server_send_to (PULSAR_DATAGRAM_SERVER (self), bytes, address, &self->error);
}

static char *
describe_info (void)
{
  g_autoptr(GVariantDict) dict = g_variant_dict_new (NULL);
  g_autoptr(GVariant) info = NULL;
  g_autoptr(GVariant) datagrams = NULL;
  guint64 received = 0, sent = 0, too_large = 0, dropped = 0;

  /* What the command “info” tells. */
  g_signal_emit_by_name (pulsar_actor_get_current (), "query-info", dict);
  info = g_variant_ref_sink (g_variant_dict_end (dict));
  datagrams = g_variant_lookup_value (info, "datagrams", G_VARIANT_TYPE_VARDICT);
  g_assert_nonnull (datagrams);
  g_assert_true (g_variant_lookup (datagrams, "received", "t", &received));
  g_assert_true (g_variant_lookup (datagrams, "sent", "t", &sent));
  g_assert_true (g_variant_lookup (datagrams, "too-large", "t", &too_large));
  g_assert_true (g_variant_lookup (datagrams, "dropped", "t", &dropped));
  return g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %d", received, sent, too_large,
                          dropped > 0);
}

static char *
describe_error (TestServer *self)
{
  if (self->error == NULL)
    return g_strdup ("none");
  return g_strdup_printf ("%s %d", g_quark_to_string (self->error->domain), self->error->code);
}

/* Blocks the worker until the test closes the FIFO @path. */
static void
block (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  char byte;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (read (fd, &byte, 1), ==, 0);
  close (fd);
}

static void
test_server_datagram (PulsarDatagramServer *server,
                      GBytes               *bytes,
                      GSocketAddress       *address)
{
  TestServer *self = TEST_SERVER (server);
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_autofree char *answer = NULL;

  if (g_str_equal (text, ""))
    answer = g_strdup ("empty");
  else if (g_str_equal (text, "pid"))
    answer = g_strdup_printf ("%d", (int) getpid ());
  else if (g_str_equal (text, "actor"))
    answer = g_strdup (pulsar_actor_get_name (pulsar_actor_get_current ()));
  else if (g_str_equal (text, "addresses"))
    answer = g_strjoinv (" ", (char **) pulsar_datagram_server_get_addresses (server));
  else if (g_str_equal (text, "info"))
    answer = describe_info ();
  else if (g_str_equal (text, "error"))
    answer = describe_error (self);
  else if (g_str_equal (text, "huge"))
    answer = g_strnfill (100000, 'x');
  else if (g_str_has_prefix (text, "block "))
    block (text + strlen ("block "));
  else
    answer = g_strdup (text);

  if (g_str_equal (text, "at the end"))
    g_set_object (&self->kept, address);
  else if (g_str_equal (text, "flood"))
    for (guint i = 0; i < 100000 && (i == 0 || self->error == NULL); i++)
      send_text (self, text, address);
  else if (g_str_has_prefix (text, "to "))
    {
      g_autoptr(GSocketAddress) other = g_inet_socket_address_new_from_string (
        "127.0.0.1", (guint) g_ascii_strtoull (text + strlen ("to "), NULL, 10));

      send_text (self, text, other);
    }
  else if (answer != NULL)
    send_text (self, answer, address);
}

static void
test_server_worker_stopping (PulsarApplication *application,
                             PulsarActor       *worker,
                             PulsarHook        *hook)
{
  TestServer *self = TEST_SERVER (application);

  if (self->kept != NULL)
    send_text (self, "the end", self->kept);
}

static void
test_server_finalize (GObject *object)
{
  TestServer *self = TEST_SERVER (object);

  g_clear_object (&self->kept);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (test_server_parent_class)->finalize (object);
}

static void
test_server_class_init (TestServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_server_finalize;
  PULSAR_APPLICATION_CLASS (klass)->worker_stopping = test_server_worker_stopping;
  PULSAR_DATAGRAM_SERVER_CLASS (klass)->datagram = test_server_datagram;
}

static void
test_server_init (TestServer *self)
{
}

static int
serve (int    argc,
       char **argv)
{
  g_autoptr(TestServer) server = g_object_new (TEST_TYPE_SERVER, "name", "datagrams", NULL);

  return pulsar_configurator_run (PULSAR_CONFIGURATOR (server), argc, argv);
}

static void
welcome_cb (PulsarDatagramServer *server,
            GBytes               *bytes,
            GSocketAddress       *address,
            gpointer              user_data)
{
  g_autoptr(GBytes) answer = g_bytes_new_static ("welcome", 7);

  g_assert_true (pulsar_datagram_server_send_to (server, answer, address, NULL));
}

static int
serve_callable (int    argc,
                char **argv)
{
  g_autoptr(PulsarDatagramServer) server = pulsar_datagram_server_new ("datagrams");
  g_autoptr(GClosure) closure = g_closure_ref (g_cclosure_new (G_CALLBACK (welcome_cb), NULL, NULL));

  g_closure_sink (closure);
  g_closure_set_marshal (closure, g_cclosure_marshal_generic);
  pulsar_application_set_callable (PULSAR_APPLICATION (server), closure);
  return pulsar_configurator_run (PULSAR_CONFIGURATOR (server), argc, argv);
}

gboolean
datagram_face_main (int    argc,
                    char **argv,
                    int   *status)
{
  gboolean callable = argc >= 2 && g_str_equal (argv[1], DATAGRAM_FACE_CALLABLE);

  if (!callable && (argc < 2 || !g_str_equal (argv[1], DATAGRAM_FACE)))
    return FALSE;
  argv[1] = argv[0];  /* the command line of the server is what follows */
  *status = callable ? serve_callable (argc - 1, argv + 1) : serve (argc - 1, argv + 1);
  return TRUE;
}
