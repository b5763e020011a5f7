/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-listener-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/server/pulsar-listener-kind-private.h"

static char *
make_name (GSocketAddress *address)
{
  const char *path;

  if (!G_IS_UNIX_SOCKET_ADDRESS (address))
    return g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));

  path = g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (address));
  switch (g_unix_socket_address_get_address_type (G_UNIX_SOCKET_ADDRESS (address)))
    {
    case G_UNIX_SOCKET_ADDRESS_PATH:
      return g_strconcat ("unix:", path, NULL);
    case G_UNIX_SOCKET_ADDRESS_ABSTRACT:
    case G_UNIX_SOCKET_ADDRESS_ABSTRACT_PADDED:
      return g_strconcat ("unix:@", path, NULL);
    case G_UNIX_SOCKET_ADDRESS_INVALID:
    case G_UNIX_SOCKET_ADDRESS_ANONYMOUS:
    default:
      return g_strdup ("unix:");
    }
}

PulsarListener *
pulsar_listener_new (int             fd,
                     GSocketType     type,
                     GSocketAddress *address)
{
  PulsarListener *self = g_new0 (PulsarListener, 1);

  self->fd = fd;
  self->type = type;
  self->address = g_object_ref (address);
  self->name = make_name (address);
  return self;
}

GSocketAddress *
pulsar_listener_get_address (int fd)
{
  union
  {
    struct sockaddr any;
    struct sockaddr_storage storage;
  } native;
  socklen_t length = sizeof native;

  if (getsockname (fd, &native.any, &length) != 0)
    return NULL;
  return g_socket_address_new_from_native (&native, length);
}

/* Small answers leave at once, and a peer that vanished is noticed some day. */
void
pulsar_listener_set_inherited_options (int fd)
{
  const int on = 1;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

GPtrArray *
pulsar_listener_open (const char * const           *addresses,
                      const PulsarListenerOptions  *options,
                      GError                      **error)
{
  g_autoptr(GPtrArray) listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) pulsar_listener_free);

  g_assert (options->type == G_SOCKET_TYPE_STREAM || options->type == G_SOCKET_TYPE_DATAGRAM);

  if (!pulsar_bind_address_check (addresses, error))
    return NULL;
  for (gsize i = 0; addresses[i] != NULL; i++)
    {
      g_autoptr(PulsarBindAddress) address = pulsar_bind_address_parse (addresses[i], error);
      gboolean opened = FALSE;

      if (address == NULL)
        return NULL;
      switch (address->kind)
        {
        case PULSAR_BIND_INET:
          opened = pulsar_listener_open_inet (address, options, listeners, error);
          break;
        case PULSAR_BIND_PATH:
        case PULSAR_BIND_ABSTRACT:
          opened = pulsar_listener_open_unix (address, options, listeners, error);
          break;
        case PULSAR_BIND_FD:
          opened = pulsar_listener_open_passed (address, options, listeners, error);
          break;
        default:
          g_assert_not_reached ();
        }
      if (!opened)
        return NULL;
    }
  return g_steal_pointer (&listeners);
}

static const char *
describe_type (int type)
{
  switch (type)
    {
    case SOCK_STREAM:
      return _("a stream socket");
    case SOCK_DGRAM:
      return _("a datagram socket");
    case SOCK_SEQPACKET:
      return _("a sequential packet socket");
    default:
      return _("a socket of an unknown type");
    }
}

gboolean
pulsar_listener_check_fd (int           fd,
                          GSocketType   wanted,
                          GError      **error)
{
  int wanted_type = wanted == G_SOCKET_TYPE_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM;
  int type = 0;
  int listening = 0;
  socklen_t length = sizeof type;

  if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Descriptor %d is not a usable socket: %s"), fd, g_strerror (errno));
      return FALSE;
    }
  if (type != wanted_type)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Descriptor %d is %s, and %s is needed"), fd, describe_type (type), describe_type (wanted_type));
      return FALSE;
    }
  length = sizeof listening;
  if (type == SOCK_STREAM
      && (getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 || listening == 0))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Descriptor %d is not a listening socket"), fd);
      return FALSE;
    }
  return TRUE;
}

PulsarListener *
pulsar_listener_new_take_fd (int           fd,
                             GSocketType   type,
                             GError      **error)
{
  g_autoptr(GSocketAddress) address = NULL;

  if (!pulsar_listener_check_fd (fd, type, error))
    {
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  address = pulsar_listener_get_address (fd);
  if (!G_IS_INET_SOCKET_ADDRESS (address) && !G_IS_UNIX_SOCKET_ADDRESS (address))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Descriptor %d is a socket of a family that cannot be served"), fd);
      close (fd);
      return NULL;
    }

  if (type == G_SOCKET_TYPE_STREAM && G_IS_INET_SOCKET_ADDRESS (address))
    pulsar_listener_set_inherited_options (fd);
  fcntl (fd, F_SETFD, FD_CLOEXEC);
  fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
  return pulsar_listener_new (fd, type, address);
}

void
pulsar_listener_free (PulsarListener *self)
{
  /* Before the socket is closed: as long as it is open no other file can have the same number. */
  if (self->file != NULL)
    pulsar_socket_file_remove (self->file);
  close (self->fd);
  g_object_unref (self->address);
  g_free (self->name);
  g_free (self);
}
