/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-tls-trial-private.h"

#include <sys/socket.h>
#include <unistd.h>

/* Two ends of one socket pair, each shaking hands. When one fails the other must not wait for it. */
typedef struct
{
  GCancellable *cancellable;
  GError *error;  /* (nullable) what failed first */
  guint n_running;
} Trial;

static GIOStream *
new_base (int      fd,
          GError **error)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, error);

  if (socket != NULL)
    return g_object_new (G_TYPE_SOCKET_CONNECTION, "socket", socket, NULL);
  close (fd);
  return NULL;
}

static gboolean
accept_certificate_cb (GTlsConnection       *connection,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  errors,
                       gpointer              user_data)
{
  return TRUE;
}

static void
handshake_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Trial *trial = user_data;
  g_autoptr(GError) error = NULL;

  trial->n_running--;
  if (g_tls_connection_handshake_finish (G_TLS_CONNECTION (source), result, &error))
    return;
  if (trial->error == NULL)
    trial->error = g_steal_pointer (&error);
  g_cancellable_cancel (trial->cancellable);
}

static void
shake_hands (Trial     *trial,
             GIOStream *tls)
{
  trial->n_running++;
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), G_PRIORITY_DEFAULT, trial->cancellable, handshake_cb, trial);
}

static gboolean
run (GIOStream        *server_base,
     GIOStream        *client_base,
     GTlsCertificate  *certificate,
     GError          **error)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GIOStream) server = g_tls_server_connection_new (server_base, certificate, error);
  g_autoptr(GIOStream) client = server != NULL ? g_tls_client_connection_new (client_base, NULL, error) : NULL;
  Trial trial = { .cancellable = cancellable };

  if (client == NULL)
    return FALSE;
  g_signal_connect (client, "accept-certificate", G_CALLBACK (accept_certificate_cb), NULL);

  g_main_context_push_thread_default (context);
  shake_hands (&trial, server);
  shake_hands (&trial, client);
  while (trial.n_running > 0)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);

  if (trial.error == NULL)
    return TRUE;
  g_propagate_error (error, trial.error);
  return FALSE;
}

gboolean
pulsar_tls_trial_run (GTlsCertificate  *certificate,
                      GError          **error)
{
  g_autoptr(GIOStream) server_base = NULL;
  g_autoptr(GIOStream) client_base = NULL;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    {
      int saved_errno = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (saved_errno), g_strerror (saved_errno));
      return FALSE;
    }
  server_base = new_base (fds[0], error);
  client_base = new_base (fds[1], server_base != NULL ? error : NULL);
  return server_base != NULL && client_base != NULL && run (server_base, client_base, certificate, error);
}
