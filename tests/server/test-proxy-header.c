/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/server/pulsar-proxy-header-private.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define IPV4 "\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x01\xbb"
#define IPV6 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02\xdc\x04\x01\xbb"
#define CRC "\x73\x7e\xe9\x19"
#define TEXT(s) s, sizeof s - 1

static char *
describe (GSocketAddress *address)
{
  return address != NULL ? g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address)) : g_strdup ("-");
}

/* Gives the header byte by byte, with more bytes behind it. */
static char *
parse (const char  *data,
       gsize        size,
       gsize       *used,
       GError     **error)
{
  g_autofree guint8 *more = g_malloc0 (size + 64);

  memcpy (more, data, size);
  memset (more + size, 'P', 64);
  for (gsize i = 0;; i++)
    {
      g_auto(PulsarProxyHeader) header = { 0 };
      g_autofree guint8 *exact = g_memdup2 (more, i);  /* so that valgrind sees a byte read too many */
      g_autofree char *source = NULL;
      g_autofree char *destination = NULL;
      gboolean is_complete;

      g_assert_cmpuint (i, <=, size + 64);
      if (!pulsar_proxy_header_parse (exact, i, &header, used, &is_complete, error))
        return NULL;
      g_assert_cmpuint (*used, ==, i);
      if (!is_complete)
        continue;
      source = describe (header.source);
      destination = describe (header.destination);
      return g_strdup_printf ("%s%s %s", header.is_local ? "local " : "", source, destination);
    }
}

static void
test_proxy_header_good (void)
{
  static const struct
  {
    const char *data;
    gsize size;
    const char *wanted;
  } rows[] = {
    { TEXT ("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"), "192.0.2.1:56324 198.51.100.1:443" },
    { TEXT ("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n"), "255.255.255.255:65535 0.0.0.0" },
    { TEXT ("PROXY TCP6 2001:db8::1 2001:DB8::2 1 443\r\n"), "[2001:db8::1]:1 [2001:db8::2]:443" },
    { TEXT ("PROXY UNKNOWN\r\n"), "- -" },
    { TEXT ("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"), "- -" },
    { TEXT (SIGNATURE "\x21\x11\0\x0c" IPV4), "192.0.2.1:56324 198.51.100.1:443" },
    { TEXT (SIGNATURE "\x21\x21\0\x24" IPV6), "[2001:db8::1]:56324 [2001:db8::2]:443" },
    { TEXT (SIGNATURE "\x20\x00\0\0"), "local - -" },
    { TEXT (SIGNATURE "\x20\x11\0\x0e" IPV4 "xx"), "local - -" },
    { TEXT (SIGNATURE "\x21\x00\0\x03xyz"), "- -" },
    { TEXT (SIGNATURE "\x21\x12\0\x0c" IPV4), "- -" },
    { TEXT (SIGNATURE "\x21\x11\0\x11" IPV4 "\x01\0\x02h2"), "192.0.2.1:56324 198.51.100.1:443" },
    { TEXT (SIGNATURE "\x21\x11\0\x13" IPV4 "\x03\0\x04" CRC), "192.0.2.1:56324 198.51.100.1:443" },
  };

  g_test_summary ("Headers of both versions are understood, and end at their last byte, however the bytes come");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *text = NULL;
      gsize used;

      g_test_message ("row %" G_GSIZE_FORMAT, i);
      text = parse (rows[i].data, rows[i].size, &used, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, rows[i].wanted);
      g_assert_cmpuint (used, ==, rows[i].size);
    }
}

static void
test_proxy_header_bad (void)
{
  static const struct
  {
    const char *data;
    gsize size;
    const char *reason;
  } rows[] = {
    { TEXT ("GET / HTTP/1.0\r\n"), "There is no PROXY header" },
    { TEXT ("PROXX"), "There is no PROXY header" },
    { TEXT ("\r\n\r\n\0\r\nQUIX"), "There is no PROXY header" },
    { TEXT ("PROXY TCP5 192.0.2.1 198.51.100.1 1 2\r\n"), "none of TCP4, TCP6, UNKNOWN" },
    { TEXT ("PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n"), "six fields" },
    { TEXT ("PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n"), "six fields" },
    { TEXT ("PROXY TCP4 192.0.2.01 198.51.100.1 1 2\r\n"), "An address" },
    { TEXT ("PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n"), "An address" },
    { TEXT ("PROXY TCP4 2001:db8::1 198.51.100.1 1 2\r\n"), "An address" },
    { TEXT ("PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n"), "An address" },
    { TEXT ("PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n"), "An address" },
    { TEXT ("PROXY TCP4 192.0.2.1 198.51.100.1 1 65536\r\n"), "An address" },
    { TEXT ("PROXY TCP4 192.0.2.1 198.51.100.1 1 +2\r\n"), "An address" },
    { TEXT ("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\rx"), "a byte that no line has" },
    { TEXT ("PROXY TCP4 192.0.2.1 198.51\0.100.1 1 2\r\n"), "a byte that no line has" },
    { TEXT ("PROXY UNKNOWN "
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), "no end" },
    { TEXT (SIGNATURE "\x11\x11\0\x0c" IPV4), "a version or a command" },
    { TEXT (SIGNATURE "\x22\x11\0\x0c" IPV4), "a version or a command" },
    { TEXT (SIGNATURE "\x21\x41\0\x0c" IPV4), "a family or a transport" },
    { TEXT (SIGNATURE "\x21\x13\0\x0c" IPV4), "a family or a transport" },
    { TEXT (SIGNATURE "\x21\x11\xff\xff"), "too long" },
    { TEXT (SIGNATURE "\x21\x21\0\x0c" IPV4), "shorter than its addresses" },
    { TEXT (SIGNATURE "\x21\x11\0\x0e" IPV4 "\x01\0"), "longer than the header" },
    { TEXT (SIGNATURE "\x21\x11\0\x10" IPV4 "\x01\0\x02h"), "longer than the header" },
    { TEXT (SIGNATURE "\x21\x11\0\x10" IPV4 "\x03\0\x01x"), "four bytes" },
    { TEXT (SIGNATURE "\x21\x11\0\x13" IPV4 "\x03\0\x04" "abcd"), "checksum of the PROXY header is wrong" },
  };

  g_test_summary ("Whatever is no header is refused, with the reason");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autofree char *text = NULL;
      gsize used;

      g_test_message ("row %" G_GSIZE_FORMAT, i);
      text = parse (rows[i].data, rows[i].size, &used, &error);
      g_assert_null (text);
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
      g_assert_nonnull (strstr (error->message, rows[i].reason));
    }
}

static void
test_proxy_header_unix (void)
{
  g_auto(PulsarProxyHeader) header = { 0 };
  g_autofree char *source = NULL;
  g_autofree char *destination = NULL;
  g_autoptr(GError) error = NULL;
  guint8 data[16 + 216] = SIGNATURE "\x21\x31\0\xd8" "/run/client.sock";
  gboolean is_complete;
  gsize used;

  g_test_summary ("A proxy may tell the paths of sockets, at full length too");
  memset (data + 16 + 108, 'x', 108);
  g_assert_true (pulsar_proxy_header_parse (data, sizeof data, &header, &used, &is_complete, &error));
  g_assert_no_error (error);
  g_assert_true (is_complete);
  source = describe (header.source);
  destination = describe (header.destination);
  g_assert_cmpstr (source, ==, "/run/client.sock");
  g_assert_cmpuint (strspn (destination, "x"), >=, 107);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/proxy-header/good", test_proxy_header_good);
  g_test_add_func ("/proxy-header/bad", test_proxy_header_bad);
  g_test_add_func ("/proxy-header/unix", test_proxy_header_unix);

  return g_test_run ();
}
