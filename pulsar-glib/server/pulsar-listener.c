/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-listener-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/server/pulsar-port-holder-private.h"

/* How often the addresses of one name are tried on another port when the kernel's choice for the first is taken on the second. */
#define SAME_PORT_ATTEMPTS 8

static PulsarListener *
listener_new (int              fd,
              GSocketAddress  *address)
{
  PulsarListener *self = g_new0 (PulsarListener, 1);

  self->fd = fd;
  self->address = g_object_ref (address);
  self->name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
  return self;
}

static GSocketAddress *
get_real_address (int fd)
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

static void
set_listen_error (GError             **error,
                  GInetSocketAddress  *address,
                  int                  saved_errno)
{
  g_autofree char *name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
  g_autofree char *holder = NULL;

  if (saved_errno == EADDRINUSE)
    holder = pulsar_port_holder_describe (address);
  if (holder != NULL)
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                 _("Cannot listen on %s: the address is in use by %s"), name, holder);
  else
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                 _("Cannot listen on %s: %s"), name, g_strerror (saved_errno));
}

/* Accepted sockets inherit this: small answers leave at once, and a peer that vanished is noticed some day. */
static void
set_inherited_options (int fd)
{
  const int on = 1;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

/* @dual_stack: let an IPv6 socket take IPv4 clients too. Returns the descriptor, or -1 with errno set. */
static int
open_socket (GInetSocketAddress *address,
             gboolean            dual_stack,
             guint               backlog)
{
  GSocketFamily family = g_socket_address_get_family (G_SOCKET_ADDRESS (address));
  union
  {
    struct sockaddr any;
    struct sockaddr_storage storage;
  } native;
  gssize size = g_socket_address_get_native_size (G_SOCKET_ADDRESS (address));
  const int on = 1;
  const int v6_only = dual_stack ? 0 : 1;
  int saved_errno;
  int fd;

  if (!g_socket_address_to_native (G_SOCKET_ADDRESS (address), &native, sizeof native, NULL))
    {
      errno = EINVAL;
      return -1;
    }

  fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (fd < 0)
    return -1;
  set_inherited_options (fd);
  if (setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
      && (family != G_SOCKET_FAMILY_IPV6
          || setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) == 0)
      && bind (fd, &native.any, (socklen_t) size) == 0
      && listen (fd, (int) MIN (backlog, G_MAXINT)) == 0)
    return fd;

  saved_errno = errno;
  close (fd);
  errno = saved_errno;
  return -1;
}

static gboolean
is_missing_family (int saved_errno)
{
  return saved_errno == EAFNOSUPPORT || saved_errno == EADDRNOTAVAIL || saved_errno == EPROTONOSUPPORT;
}

static PulsarListener *
open_listener (GInetSocketAddress *address,
               gboolean            dual_stack,
               guint               backlog)
{
  g_autoptr(GSocketAddress) real = NULL;
  int fd = open_socket (address, dual_stack, backlog);

  if (fd < 0)
    return NULL;
  real = get_real_address (fd);
  return listener_new (fd, real != NULL ? real : G_SOCKET_ADDRESS (address));
}

/* :PORT, one socket for both families; IPv4 alone on a machine without IPv6. */
static gboolean
open_everywhere (guint16     port,
                 guint       backlog,
                 GPtrArray  *listeners,
                 GError    **error)
{
  static const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV6, G_SOCKET_FAMILY_IPV4 };

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      g_autoptr(GInetAddress) any = g_inet_address_new_any (families[i]);
      g_autoptr(GSocketAddress) address = g_inet_socket_address_new (any, port);
      PulsarListener *listener = open_listener (G_INET_SOCKET_ADDRESS (address), TRUE, backlog);

      if (listener != NULL)
        {
          g_ptr_array_add (listeners, listener);
          return TRUE;
        }
      if (families[i] == G_SOCKET_FAMILY_IPV4 || !is_missing_family (errno))
        {
          set_listen_error (error, G_INET_SOCKET_ADDRESS (address), errno);
          return FALSE;
        }
    }
  g_assert_not_reached ();
}

/* Opens each of @addresses on @port, or, when that is 0 and @same_port is set, on the port the kernel chose for the first.
 * Fails with @port_taken set when somebody else has that choice on another of the addresses. An address of a family this
 * machine does not have is left out as long as another one can be had (“localhost” without IPv6). */
static gboolean
open_each (GList      *addresses,
           guint16     port,
           gboolean    same_port,
           guint       backlog,
           GPtrArray  *listeners,
           gboolean   *port_taken,
           GError    **error)
{
  g_autoptr(GError) missing = NULL;
  guint first = listeners->len;

  *port_taken = FALSE;
  for (GList *l = addresses; l != NULL; l = l->next)
    {
      g_autoptr(GSocketAddress) address = NULL;
      PulsarListener *listener;
      guint16 wanted = port;

      if (port == 0 && same_port && listeners->len > first)
        {
          listener = g_ptr_array_index (listeners, first);
          wanted = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (listener->address));
        }
      address = g_inet_socket_address_new (l->data, wanted);
      listener = open_listener (G_INET_SOCKET_ADDRESS (address), FALSE, backlog);
      if (listener != NULL)
        {
          g_ptr_array_add (listeners, listener);
        }
      else if (is_missing_family (errno) && addresses->next != NULL)
        {
          if (missing == NULL)
            set_listen_error (&missing, G_INET_SOCKET_ADDRESS (address), errno);
        }
      else
        {
          *port_taken = errno == EADDRINUSE && wanted != port;
          set_listen_error (error, G_INET_SOCKET_ADDRESS (address), errno);
          return FALSE;
        }
    }

  if (listeners->len == first)
    {
      g_propagate_error (error, g_steal_pointer (&missing));
      return FALSE;
    }
  return TRUE;
}

static gboolean
open_addresses (GList      *addresses,
                guint16     port,
                guint       backlog,
                GPtrArray  *listeners,
                GError    **error)
{
  guint first = listeners->len;

  for (guint attempt = 1;; attempt++)
    {
      g_autoptr(GError) reason = NULL;
      gboolean port_taken;

      if (open_each (addresses, port, attempt <= SAME_PORT_ATTEMPTS, backlog, listeners, &port_taken, &reason))
        return TRUE;
      if (!port_taken)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
      g_ptr_array_set_size (listeners, (int) first);
    }
}

static gboolean
open_host (const PulsarBindAddress  *bind_address,
           guint                     backlog,
           GPtrArray                *listeners,
           GError                  **error)
{
  g_autoptr(GSocketAddress) literal = NULL;
  g_autoptr(GResolver) resolver = NULL;
  g_autoptr(GError) reason = NULL;
  GList *addresses;
  gboolean opened;

  /* With a zone (fe80::1%eth0) only the socket address holds everything. */
  literal = g_inet_socket_address_new_from_string (bind_address->host, bind_address->port);
  if (literal != NULL)
    {
      PulsarListener *listener = open_listener (G_INET_SOCKET_ADDRESS (literal), FALSE, backlog);

      if (listener == NULL)
        {
          set_listen_error (error, G_INET_SOCKET_ADDRESS (literal), errno);
          return FALSE;
        }
      g_ptr_array_add (listeners, listener);
      return TRUE;
    }

  resolver = g_resolver_get_default ();
  addresses = g_resolver_lookup_by_name (resolver, bind_address->host, NULL, &reason);
  if (addresses == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Cannot listen on %s: %s"), bind_address->text, reason->message);
      return FALSE;
    }
  opened = open_addresses (addresses, bind_address->port, backlog, listeners, error);
  g_resolver_free_addresses (addresses);
  return opened;
}

GPtrArray *
pulsar_listener_open (const char * const  *addresses,
                      guint                backlog,
                      GError             **error)
{
  g_autoptr(GPtrArray) listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) pulsar_listener_free);

  if (!pulsar_bind_address_check (addresses, error))
    return NULL;
  for (gsize i = 0; addresses[i] != NULL; i++)
    {
      g_autoptr(PulsarBindAddress) address = pulsar_bind_address_parse (addresses[i], error);
      gboolean opened;

      if (address == NULL)
        return NULL;
      if (address->host == NULL)
        opened = open_everywhere (address->port, backlog, listeners, error);
      else
        opened = open_host (address, backlog, listeners, error);
      if (!opened)
        return NULL;
    }
  return g_steal_pointer (&listeners);
}

PulsarListener *
pulsar_listener_new_take_fd (int      fd,
                             GError **error)
{
  g_autoptr(GSocketAddress) address = get_real_address (fd);
  int saved_errno = errno;
  int listening = 0;
  socklen_t length = sizeof listening;

  if (address == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Descriptor %d is not a usable socket: %s"), fd, g_strerror (saved_errno));
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  if (getsockopt (fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 || listening == 0)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Descriptor %d is not a listening socket"), fd);
      close (fd);
      return NULL;
    }

  set_inherited_options (fd);
  fcntl (fd, F_SETFD, FD_CLOEXEC);
  fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
  return listener_new (fd, address);
}

void
pulsar_listener_free (PulsarListener *self)
{
  close (self->fd);
  g_object_unref (self->address);
  g_free (self->name);
  g_free (self);
}
