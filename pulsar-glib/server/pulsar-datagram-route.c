/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-datagram-route-private.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <sys/un.h>

static G_DEFINE_QUARK (pulsar-datagram-route, pulsar_datagram_route)

typedef union
{
  struct cmsghdr header;  /* aligns it */
  char v4[CMSG_SPACE (sizeof (struct in_pktinfo))];
  char v6[CMSG_SPACE (sizeof (struct in6_pktinfo))];
} Control;

guint64
pulsar_datagram_route_make_owner (void)
{
  static guint64 last = 0;

  return ++last;
}

static gboolean
get_socket_address (int                  fd,
                    PulsarDatagramRoute *route)
{
  memset (route, 0, sizeof *route);
  route->length = sizeof route->native;
  return getsockname (fd, &route->native.any, &route->length) == 0;
}

static gboolean
is_any (const PulsarDatagramRoute *route)
{
  if (route->native.any.sa_family == AF_INET)
    return ((const struct sockaddr_in *) &route->native)->sin_addr.s_addr == htonl (INADDR_ANY);
  if (route->native.any.sa_family == AF_INET6)
    return IN6_IS_ADDR_UNSPECIFIED (&((const struct sockaddr_in6 *) &route->native)->sin6_addr);
  return FALSE;
}

gboolean
pulsar_datagram_route_prepare (int fd)
{
  PulsarDatagramRoute own;
  const int on = 1;

  if (!get_socket_address (fd, &own) || !is_any (&own))
    return FALSE;
  if (own.native.any.sa_family == AF_INET)
    return setsockopt (fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0;
  return setsockopt (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
}

/* What was sent to many cannot be where an answer comes from; then the kernel chooses. */
static void
read_control (PulsarDatagramRoute *route,
              struct msghdr       *message)
{
  for (struct cmsghdr *control = CMSG_FIRSTHDR (message); control != NULL; control = CMSG_NXTHDR (message, control))
    {
      if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO)
        {
          route->local_family = AF_INET;
          memcpy (&route->local.v4, CMSG_DATA (control), sizeof route->local.v4);
          /* Where to send from; for a broadcast it is the interface's address. */
          route->local.v4.ipi_addr.s_addr = 0;
          route->local.v4.ipi_ifindex = 0;
        }
      else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO)
        {
          route->local_family = AF_INET6;
          memcpy (&route->local.v6, CMSG_DATA (control), sizeof route->local.v6);
          if (IN6_IS_ADDR_MULTICAST (&route->local.v6.ipi6_addr))
            route->local.v6.ipi6_addr = in6addr_any;
          else if (!IN6_IS_ADDR_LINKLOCAL (&route->local.v6.ipi6_addr))
            route->local.v6.ipi6_ifindex = 0;
        }
    }
}

gssize
pulsar_datagram_route_receive (PulsarDatagramRoute *route,
                               int                  fd,
                               gboolean             several,
                               gpointer             buffer,
                               gsize                size)
{
  Control control;
  struct iovec vector = { .iov_base = buffer, .iov_len = size };
  struct msghdr message = {
    .msg_name = &route->native,
    .msg_namelen = sizeof route->native,
    .msg_iov = &vector,
    .msg_iovlen = 1,
    /* Without room for it the kernel drops what else a sender on a unix socket gives: its descriptors would stay open here. */
    .msg_control = several ? &control : NULL,
    .msg_controllen = several ? sizeof control : 0,
  };
  gssize received;

  memset (route, 0, sizeof *route);
  received = recvmsg (fd, &message, MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);
  if (received < 0)
    return -1;
  route->length = message.msg_namelen;
  read_control (route, &message);
  return received;
}

gboolean
pulsar_datagram_route_send (const PulsarDatagramRoute *route,
                            int                        fd,
                            gconstpointer              data,
                            gsize                      size)
{
  Control control = { 0 };
  struct iovec vector = { .iov_base = (gpointer) data, .iov_len = size };
  struct msghdr message = {
    .msg_name = (gpointer) &route->native,
    .msg_namelen = route->length,
    .msg_iov = &vector,
    .msg_iovlen = 1,
  };
  gssize sent;

  if (route->local_family != AF_UNSPEC)
    {
      gboolean is_v4 = route->local_family == AF_INET;
      gsize length = is_v4 ? sizeof route->local.v4 : sizeof route->local.v6;

      control.header.cmsg_level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
      control.header.cmsg_type = is_v4 ? IP_PKTINFO : IPV6_PKTINFO;
      control.header.cmsg_len = CMSG_LEN (length);
      memcpy (CMSG_DATA (&control.header), &route->local, length);
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (length);
    }
  do
    sent = sendmsg (fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

gboolean
pulsar_datagram_route_equal (const PulsarDatagramRoute *a,
                             const PulsarDatagramRoute *b)
{
  return a->owner == b->owner && a->index == b->index && a->length == b->length && a->local_family == b->local_family
         && memcmp (&a->native, &b->native, a->length) == 0 && memcmp (&a->local, &b->local, sizeof a->local) == 0;
}

gboolean
pulsar_datagram_route_has_peer (const PulsarDatagramRoute *route)
{
  return route->length > sizeof (sa_family_t);
}

GSocketAddress *
pulsar_datagram_route_to_address (const PulsarDatagramRoute *route)
{
  GSocketAddress *address = NULL;

  if (pulsar_datagram_route_has_peer (route))
    address = g_socket_address_new_from_native ((gpointer) &route->native, route->length);
  if (address == NULL)
    address = g_unix_socket_address_new_with_type ("", 0, G_UNIX_SOCKET_ADDRESS_ANONYMOUS);
  g_object_set_qdata_full (G_OBJECT (address), pulsar_datagram_route_quark (), g_memdup2 (route, sizeof *route), g_free);
  return address;
}

const PulsarDatagramRoute *
pulsar_datagram_route_of_address (GSocketAddress *address)
{
  return g_object_get_qdata (G_OBJECT (address), pulsar_datagram_route_quark ());
}

/* An IPv6 socket for all addresses reaches IPv4 peers by addresses such as ::ffff:192.0.2.1. */
static void
map_to_ipv6 (PulsarDatagramRoute *route)
{
  struct sockaddr_in v4;
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

  memcpy (&v4, &route->native, sizeof v4);
  v6.sin6_port = v4.sin_port;
  v6.sin6_addr.s6_addr[10] = 0xff;
  v6.sin6_addr.s6_addr[11] = 0xff;
  memcpy (&v6.sin6_addr.s6_addr[12], &v4.sin_addr, 4);
  memcpy (&route->native, &v6, sizeof v6);
  route->length = sizeof v6;
}

gboolean
pulsar_datagram_route_init_to (PulsarDatagramRoute *route,
                               GSocketAddress      *address,
                               int                  fd)
{
  gssize size = g_socket_address_get_native_size (address);
  PulsarDatagramRoute own;

  memset (route, 0, sizeof *route);
  if (size < 0 || (gsize) size > sizeof route->native || !get_socket_address (fd, &own)
      || !g_socket_address_to_native (address, &route->native, sizeof route->native, NULL))
    return FALSE;
  route->length = (socklen_t) size;
  if (route->native.any.sa_family == own.native.any.sa_family)
    return TRUE;
  if (route->native.any.sa_family == AF_INET && own.native.any.sa_family == AF_INET6)
    {
      int v6_only = 1;
      socklen_t length = sizeof v6_only;

      if (getsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &length) != 0 || v6_only != 0)
        return FALSE;
      map_to_ipv6 (route);
      return TRUE;
    }
  return FALSE;
}
