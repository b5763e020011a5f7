/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-proxy-trust-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pulsar-glib/base/pulsar-error.h"

static const guint8 mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* The network that 10.0.0.1/8 is an address of, or NULL if @text is nothing of the kind. */
static char *
suggest_network (const char *text)
{
  const char *slash = strchr (text, '/');
  g_autofree char *host = slash != NULL ? g_strndup (text, (gsize) (slash - text)) : NULL;
  g_autoptr(GInetAddress) address = host != NULL ? g_inet_address_new_from_string (host) : NULL;
  g_autoptr(GInetAddress) network = NULL;
  g_autofree guint8 *bytes = NULL;
  g_autofree char *name = NULL;
  gsize size;
  guint64 length;

  if (address == NULL)
    return NULL;
  size = g_inet_address_get_native_size (address);
  if (!g_ascii_string_to_unsigned (slash + 1, 10, 0, size * 8, &length, NULL))
    return NULL;
  bytes = g_memdup2 (g_inet_address_to_bytes (address), size);
  for (gsize i = 0; i < size * 8; i++)
    {
      if (i >= length)
        bytes[i / 8] &= (guint8) ~(0x80u >> (i % 8));
    }
  network = g_inet_address_new_from_bytes (bytes, g_inet_address_get_family (address));
  name = g_inet_address_to_string (network);
  return g_strdup_printf ("%s/%u", name, (guint) length);
}

static gboolean
add (PulsarProxyTrust  *self,
     const char        *text,
     GError           **error)
{
  g_autoptr(GError) reason = NULL;
  GInetAddressMask *mask;

  if (g_str_equal (text, "all"))
    {
      self->all = TRUE;
      return TRUE;
    }
  if (g_str_equal (text, "unix"))
    {
      self->unix_sockets = TRUE;
      return TRUE;
    }
  mask = g_inet_address_mask_new_from_string (text, &reason);
  if (mask == NULL)
    {
      g_autofree char *network = suggest_network (text);

      if (network != NULL)
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                       _("“%s” is an address in a network, and not one; did you mean “%s”?"), text, network);
          return FALSE;
        }
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address, a network such as 10.0.0.0/8, “unix” or “all”"), text);
      return FALSE;
    }
  g_ptr_array_add (self->masks, mask);
  return TRUE;
}

PulsarProxyTrust *
pulsar_proxy_trust_new (const char * const  *texts,
                        GError             **error)
{
  g_autoptr(PulsarProxyTrust) self = g_new0 (PulsarProxyTrust, 1);

  self->masks = g_ptr_array_new_with_free_func (g_object_unref);
  for (gsize i = 0; texts[i] != NULL; i++)
    {
      if (!add (self, texts[i], error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

void
pulsar_proxy_trust_free (PulsarProxyTrust *self)
{
  g_ptr_array_unref (self->masks);
  g_free (self);
}

/* A socket that listens for both families shows IPv4 as addresses of IPv6. */
static GInetAddress *
unmap (GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);

  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6
      && memcmp (bytes, mapped_prefix, sizeof mapped_prefix) == 0)
    return g_inet_address_new_from_bytes (bytes + sizeof mapped_prefix, G_SOCKET_FAMILY_IPV4);
  return g_object_ref (address);
}

gboolean
pulsar_proxy_trust_contains (PulsarProxyTrust *self,
                             GSocketAddress   *address)
{
  g_autoptr(GInetAddress) inet = NULL;

  if (self->all)
    return TRUE;
  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return address != NULL && self->unix_sockets;
  inet = unmap (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
  for (guint i = 0; i < self->masks->len; i++)
    {
      if (g_inet_address_mask_matches (g_ptr_array_index (self->masks, i), inet))
        return TRUE;
    }
  return FALSE;
}
