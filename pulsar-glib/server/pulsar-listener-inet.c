/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-listener-kind-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/server/pulsar-port-holder-private.h"

/* How often the addresses of one name are tried on another port when the kernel's choice for the first is taken on the second. */
#define SAME_PORT_ATTEMPTS 8

/* Below this port only a program with CAP_NET_BIND_SERVICE may listen. */
static guint
get_first_free_port (void)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents ("/proc/sys/net/ipv4/ip_unprivileged_port_start", &text, NULL, NULL))
    return 1024;
  return (guint) g_ascii_strtoull (text, NULL, 10);
}

static void
set_listen_error (GError             **error,
                  GInetSocketAddress  *address,
                  GSocketType          type,
                  int                  saved_errno)
{
  g_autofree char *name = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
  g_autofree char *holder = NULL;

  if (saved_errno == EACCES || saved_errno == EPERM)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_PERMISSION_DENIED,
                   _("Cannot listen on %s: %s; ports below %u need the capability CAP_NET_BIND_SERVICE: use a higher port, "
                     "or let a service manager pass the socket (fd:NAME)"),
                   name, g_strerror (saved_errno), get_first_free_port ());
      return;
    }
  if (saved_errno == EADDRNOTAVAIL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                   _("Cannot listen on %s: this machine has no such address; “:%u” is all that it has"),
                   name, (guint) g_inet_socket_address_get_port (address));
      return;
    }
  if (saved_errno == EADDRINUSE)
    holder = pulsar_port_holder_describe (address, type);
  if (holder != NULL)
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                 _("Cannot listen on %s: the address is in use by %s"), name, holder);
  else
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START,
                 _("Cannot listen on %s: %s"), name, g_strerror (saved_errno));
}

/* @dual_stack: let an IPv6 socket take IPv4 clients too. Returns the descriptor, or -1 with errno set. */
static int
bind_socket (GInetSocketAddress *address,
             GSocketType         type,
             gboolean            dual_stack,
             gboolean            reuse_port)
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
  gboolean stream = type == G_SOCKET_TYPE_STREAM;
  int saved_errno;
  int fd;

  if (!g_socket_address_to_native (G_SOCKET_ADDRESS (address), &native, sizeof native, NULL))
    {
      errno = EINVAL;
      return -1;
    }

  fd = socket (family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;
  if (stream)
    pulsar_listener_set_inherited_options (fd);
  /* SO_REUSEADDR lets a server have the port of connections that linger. Among datagram sockets it would let two servers
   * have the same port, of which one gets nothing. */
  if ((!stream || setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0)
      && (!reuse_port || setsockopt (fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0)
      && (family != G_SOCKET_FAMILY_IPV6
          || setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) == 0)
      && bind (fd, &native.any, (socklen_t) size) == 0)
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

/* NULL with errno set. */
static PulsarListener *
open_listener (GInetSocketAddress          *address,
               gboolean                     dual_stack,
               const PulsarListenerOptions *options)
{
  g_autoptr(GSocketAddress) real = NULL;
  int fd = bind_socket (address, options->type, dual_stack, options->reuse_port);
  int saved_errno;

  if (fd < 0)
    return NULL;
  if (options->type == G_SOCKET_TYPE_STREAM && listen (fd, (int) MIN (options->backlog, G_MAXINT)) != 0)
    {
      saved_errno = errno;
      close (fd);
      errno = saved_errno;
      return NULL;
    }
  real = pulsar_listener_get_address (fd);
  return pulsar_listener_new (fd, options->type, real != NULL ? real : G_SOCKET_ADDRESS (address));
}

/* :PORT, one socket for both families; IPv4 alone on a machine without IPv6. */
static gboolean
open_everywhere (guint16                       port,
                 const PulsarListenerOptions  *options,
                 GPtrArray                    *listeners,
                 GError                      **error)
{
  static const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV6, G_SOCKET_FAMILY_IPV4 };

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      g_autoptr(GInetAddress) any = g_inet_address_new_any (families[i]);
      g_autoptr(GSocketAddress) address = g_inet_socket_address_new (any, port);
      PulsarListener *listener = open_listener (G_INET_SOCKET_ADDRESS (address), TRUE, options);

      if (listener != NULL)
        {
          g_ptr_array_add (listeners, listener);
          return TRUE;
        }
      if (families[i] == G_SOCKET_FAMILY_IPV4 || !is_missing_family (errno))
        {
          set_listen_error (error, G_INET_SOCKET_ADDRESS (address), options->type, errno);
          return FALSE;
        }
    }
  g_assert_not_reached ();
}

/* Opens each of @addresses on @port, or, when that is 0 and @same_port is set, on the port the kernel chose for the first.
 * Fails with @port_taken set when somebody else has that choice on another of the addresses. An address of a family this
 * machine does not have is left out as long as another one can be had (“localhost” without IPv6). */
static gboolean
open_each (GList                        *addresses,
           guint16                       port,
           gboolean                      same_port,
           const PulsarListenerOptions  *options,
           GPtrArray                    *listeners,
           gboolean                     *port_taken,
           GError                      **error)
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
      listener = open_listener (G_INET_SOCKET_ADDRESS (address), FALSE, options);
      if (listener != NULL)
        {
          g_ptr_array_add (listeners, listener);
        }
      else if (is_missing_family (errno) && addresses->next != NULL)
        {
          if (missing == NULL)
            set_listen_error (&missing, G_INET_SOCKET_ADDRESS (address), options->type, errno);
        }
      else
        {
          *port_taken = errno == EADDRINUSE && wanted != port;
          set_listen_error (error, G_INET_SOCKET_ADDRESS (address), options->type, errno);
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
open_addresses (GList                        *addresses,
                guint16                       port,
                const PulsarListenerOptions  *options,
                GPtrArray                    *listeners,
                GError                      **error)
{
  guint first = listeners->len;

  for (guint attempt = 1;; attempt++)
    {
      g_autoptr(GError) reason = NULL;
      gboolean port_taken;

      if (open_each (addresses, port, attempt <= SAME_PORT_ATTEMPTS, options, listeners, &port_taken, &reason))
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
open_host (const PulsarBindAddress      *bind_address,
           const PulsarListenerOptions  *options,
           GPtrArray                    *listeners,
           GError                      **error)
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
      PulsarListener *listener = open_listener (G_INET_SOCKET_ADDRESS (literal), FALSE, options);

      if (listener == NULL)
        {
          set_listen_error (error, G_INET_SOCKET_ADDRESS (literal), options->type, errno);
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
  opened = open_addresses (addresses, bind_address->port, options, listeners, error);
  g_resolver_free_addresses (addresses);
  return opened;
}

gboolean
pulsar_listener_open_inet (const PulsarBindAddress      *bind_address,
                           const PulsarListenerOptions  *options,
                           GPtrArray                    *listeners,
                           GError                      **error)
{
  if (bind_address->host == NULL)
    return open_everywhere (bind_address->port, options, listeners, error);
  return open_host (bind_address, options, listeners, error);
}

PulsarListener *
pulsar_listener_open_exclusive (PulsarListener  *self,
                                GError         **error)
{
  PulsarListener *listener;
  int reuse_port = 0;
  int v6_only = 1;
  socklen_t length = sizeof reuse_port;
  int fd;

  if (!G_IS_INET_SOCKET_ADDRESS (self->address)
      || getsockopt (self->fd, SOL_SOCKET, SO_REUSEPORT, &reuse_port, &length) != 0 || reuse_port == 0)
    return NULL;  /* one that was passed to the program may not allow others at its address */
  length = sizeof v6_only;
  if (g_socket_address_get_family (self->address) == G_SOCKET_FAMILY_IPV6)
    getsockopt (self->fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &length);

  fd = bind_socket (G_INET_SOCKET_ADDRESS (self->address), self->type, v6_only == 0, TRUE);
  if (fd < 0)
    {
      set_listen_error (error, G_INET_SOCKET_ADDRESS (self->address), self->type, errno);
      return NULL;
    }
  listener = pulsar_listener_new (fd, self->type, self->address);
  listener->exclusive = TRUE;
  return listener;
}
