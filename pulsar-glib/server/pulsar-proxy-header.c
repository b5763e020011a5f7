/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-proxy-header-private.h"

#include <arpa/inet.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>

#include "pulsar-glib/base/pulsar-error.h"

/* Version 1 is a line: PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n */
#define TEXT_PREFIX "PROXY "
#define TEXT_MAX 107

/* Version 2: this, version and command, family and transport, the length of what follows; then addresses, then TLVs. */
static const guint8 signature[12] = { '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n' };
#define FIXED_SIZE 16

#define COMMAND_LOCAL 0
#define COMMAND_PROXY 1

#define FAMILY_INET 1
#define FAMILY_INET6 2
#define FAMILY_UNIX 3
#define TRANSPORT_STREAM 1
#define TRANSPORT_DGRAM 2

#define TLV_HEAD_SIZE 3
#define TLV_CRC32C 3

#define UNIX_SIZE 108

static void
set_error (GError     **error,
           const char  *message)
{
  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR, message);
}

/* Numbers have no leading zeros, which some would read as octal. */
static gboolean
parse_port (const char *text,
            guint16    *port)
{
  gsize length = strlen (text);
  guint value = 0;

  if (length == 0 || length > 5 || (length > 1 && text[0] == '0'))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      value = value * 10 + (guint) (text[i] - '0');
    }
  *port = (guint16) value;
  return value <= G_MAXUINT16;
}

static GSocketAddress *
new_inet (GSocketFamily  family,
          const guint8  *bytes,
          guint16        port)
{
  g_autoptr(GInetAddress) address = g_inet_address_new_from_bytes (bytes, family);

  return g_inet_socket_address_new (address, port);
}

static gboolean
parse_text_address (GSocketFamily    family,
                    const char      *host,
                    const char      *port_text,
                    GSocketAddress **address)
{
  guint8 bytes[16];
  guint16 port;

  if (inet_pton (family == G_SOCKET_FAMILY_IPV4 ? AF_INET : AF_INET6, host, bytes) != 1 || !parse_port (port_text, &port))
    return FALSE;
  *address = new_inet (family, bytes, port);
  return TRUE;
}

/* @line: without its end. */
static gboolean
parse_line (const char         *line,
            PulsarProxyHeader  *header,
            GError            **error)
{
  g_auto(GStrv) fields = NULL;
  GSocketFamily family;

  /* Of a protocol it does not know a proxy may say anything or nothing. */
  if (g_str_equal (line, TEXT_PREFIX "UNKNOWN") || g_str_has_prefix (line, TEXT_PREFIX "UNKNOWN "))
    return TRUE;

  fields = g_strsplit (line, " ", -1);
  if (g_strv_length (fields) != 6)
    {
      set_error (error, "The PROXY line does not have six fields");
      return FALSE;
    }
  if (g_str_equal (fields[1], "TCP4"))
    family = G_SOCKET_FAMILY_IPV4;
  else if (g_str_equal (fields[1], "TCP6"))
    family = G_SOCKET_FAMILY_IPV6;
  else
    {
      set_error (error, "The protocol in the PROXY line is none of TCP4, TCP6, UNKNOWN");
      return FALSE;
    }
  if (!parse_text_address (family, fields[2], fields[4], &header->source)
      || !parse_text_address (family, fields[3], fields[5], &header->destination))
    {
      set_error (error, "An address in the PROXY line is wrong");
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_text (const guint8       *data,
            gsize               size,
            PulsarProxyHeader  *header,
            gsize              *used,
            gboolean           *is_complete,
            GError            **error)
{
  const guint8 *end = memchr (data, '\r', MIN (size, TEXT_MAX - 1));
  g_autofree char *line = NULL;

  if (end == NULL && size >= TEXT_MAX - 1)
    {
      set_error (error, "The PROXY line has no end");
      return FALSE;
    }
  if (end == NULL || end + 1 == data + size)
    {
      *used = size;
      return TRUE;
    }
  if (end[1] != '\n' || memchr (data, '\0', (gsize) (end - data)) != NULL)
    {
      set_error (error, "The PROXY line has a byte that no line has");
      return FALSE;
    }
  line = g_strndup ((const char *) data, (gsize) (end - data));
  *used = (gsize) (end - data) + 2;
  *is_complete = parse_line (line, header, error);
  return *is_complete;
}

static guint
get_uint16 (const guint8 *data)
{
  return (guint) data[0] << 8 | data[1];
}

/* CRC32c (Castagnoli) of the header, in which the checksum itself counts as zero. */
static guint32
compute_crc32c (const guint8 *data,
                gsize         size,
                gsize         checksum_at)
{
  guint32 crc = G_MAXUINT32;

  for (gsize i = 0; i < size; i++)
    {
      crc ^= i >= checksum_at && i < checksum_at + 4 ? 0 : data[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
    }
  return ~crc;
}

/* What else a proxy may say: of it only the checksum is of use here. */
static gboolean
check_tlvs (const guint8  *data,
            gsize          size,
            gsize          at,
            GError       **error)
{
  while (at < size)
    {
      gsize length;

      if (size - at < TLV_HEAD_SIZE || size - at - TLV_HEAD_SIZE < (length = get_uint16 (data + at + 1)))
        {
          set_error (error, "A field of the PROXY header is longer than the header");
          return FALSE;
        }
      if (data[at] == TLV_CRC32C)
        {
          guint32 wanted;

          if (length != sizeof wanted)
            {
              set_error (error, "The checksum of the PROXY header does not have four bytes");
              return FALSE;
            }
          memcpy (&wanted, data + at + TLV_HEAD_SIZE, sizeof wanted);
          if (compute_crc32c (data, size, at + TLV_HEAD_SIZE) != GUINT32_FROM_BE (wanted))
            {
              set_error (error, "The checksum of the PROXY header is wrong");
              return FALSE;
            }
        }
      at += TLV_HEAD_SIZE + length;
    }
  return TRUE;
}

static GSocketAddress *
new_unix (const guint8 *bytes)
{
  const char *path = (const char *) bytes;

  if (path[0] != '\0')
    return g_unix_socket_address_new_with_type (path, (int) strnlen (path, UNIX_SIZE), G_UNIX_SOCKET_ADDRESS_PATH);
  if (path[1] != '\0')
    return g_unix_socket_address_new_with_type (path + 1, (int) strnlen (path + 1, UNIX_SIZE - 1),
                                                G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  return g_unix_socket_address_new_with_type ("", 0, G_UNIX_SOCKET_ADDRESS_ANONYMOUS);
}

static void
read_addresses (const guint8      *bytes,
                guint              family,
                PulsarProxyHeader *header)
{
  switch (family)
    {
    case FAMILY_INET:
      header->source = new_inet (G_SOCKET_FAMILY_IPV4, bytes, (guint16) get_uint16 (bytes + 8));
      header->destination = new_inet (G_SOCKET_FAMILY_IPV4, bytes + 4, (guint16) get_uint16 (bytes + 10));
      break;
    case FAMILY_INET6:
      header->source = new_inet (G_SOCKET_FAMILY_IPV6, bytes, (guint16) get_uint16 (bytes + 32));
      header->destination = new_inet (G_SOCKET_FAMILY_IPV6, bytes + 16, (guint16) get_uint16 (bytes + 34));
      break;
    case FAMILY_UNIX:
      header->source = new_unix (bytes);
      header->destination = new_unix (bytes + UNIX_SIZE);
      break;
    default:
      break;
    }
}

static gboolean
check_fixed (const guint8  *data,
             GError       **error)
{
  if (data[12] >> 4 != 2 || (data[12] & 0xf) > COMMAND_PROXY)
    {
      set_error (error, "The PROXY header has a version or a command that is not known");
      return FALSE;
    }
  if (data[13] >> 4 > FAMILY_UNIX || (data[13] & 0xf) > TRANSPORT_DGRAM)
    {
      set_error (error, "The PROXY header has a family or a transport that is not known");
      return FALSE;
    }
  if (FIXED_SIZE + get_uint16 (data + 14) > PULSAR_PROXY_HEADER_MAX)
    {
      set_error (error, "The PROXY header is too long");
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_binary (const guint8       *data,
              gsize               size,
              PulsarProxyHeader  *header,
              gsize              *used,
              gboolean           *is_complete,
              GError            **error)
{
  static const gsize address_sizes[] = { 0, 12, 36, 2 * UNIX_SIZE };
  guint family, transport;
  gsize wanted;

  *used = size;
  if (size < FIXED_SIZE)
    return TRUE;
  if (!check_fixed (data, error))
    return FALSE;
  wanted = FIXED_SIZE + get_uint16 (data + 14);
  if (size < wanted)
    return TRUE;

  *used = wanted;
  if ((data[12] & 0xf) == COMMAND_LOCAL)  /* what follows is to be skipped, whatever it is */
    {
      header->is_local = TRUE;
      *is_complete = TRUE;
      return TRUE;
    }
  family = data[13] >> 4;
  transport = data[13] & 0xf;
  if (family == 0 || transport == 0)
    {
      *is_complete = TRUE;  /* a protocol the proxy cannot describe */
      return TRUE;
    }
  if (wanted - FIXED_SIZE < address_sizes[family])
    {
      set_error (error, "The PROXY header is shorter than its addresses");
      return FALSE;
    }
  if (!check_tlvs (data, wanted, FIXED_SIZE + address_sizes[family], error))
    return FALSE;
  if (transport == TRANSPORT_STREAM)
    read_addresses (data + FIXED_SIZE, family, header);
  *is_complete = TRUE;
  return TRUE;
}

gboolean
pulsar_proxy_header_parse (const guint8       *data,
                           gsize               size,
                           PulsarProxyHeader  *header,
                           gsize              *used,
                           gboolean           *is_complete,
                           GError            **error)
{
  *header = (PulsarProxyHeader) { 0 };
  *used = 0;
  *is_complete = FALSE;

  if (size == 0)
    return TRUE;
  if (memcmp (data, TEXT_PREFIX, MIN (size, strlen (TEXT_PREFIX))) == 0)
    {
      if (parse_text (data, size, header, used, is_complete, error))
        return TRUE;
    }
  else if (memcmp (data, signature, MIN (size, sizeof signature)) == 0)
    {
      if (parse_binary (data, size, header, used, is_complete, error))
        return TRUE;
    }
  else
    {
      set_error (error, "There is no PROXY header");
    }
  pulsar_proxy_header_clear (header);
  *used = 0;
  *is_complete = FALSE;
  return FALSE;
}

gsize
pulsar_proxy_header_get_size (const guint8 *data,
                              gsize         size)
{
  if (size >= FIXED_SIZE && memcmp (data, signature, sizeof signature) == 0)
    return FIXED_SIZE + get_uint16 (data + 14);
  return TEXT_MAX;
}

void
pulsar_proxy_header_clear (PulsarProxyHeader *header)
{
  g_clear_object (&header->source);
  g_clear_object (&header->destination);
}
