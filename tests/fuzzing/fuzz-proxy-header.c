/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever bytes come, a header ends where it ends, however they are cut: every beginning of a header is the beginning of
 * one, what follows makes no difference, and no byte behind it is taken. */
#include "fuzz.h"
#include "pulsar-glib/server/pulsar-proxy-header-private.h"

static void
check_address (GSocketAddress *address)
{
  g_autofree char *text = NULL;

  if (address == NULL)
    return;
  text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
  g_assert_nonnull (text);
}

static void
check_beginning (const guint8 *data,
                 gsize         size)
{
  g_auto(PulsarProxyHeader) header = { 0 };
  g_autoptr(GError) error = NULL;
  gboolean is_complete;
  gsize used;

  g_assert_true (pulsar_proxy_header_parse (data, size, &header, &used, &is_complete, &error));
  g_assert_no_error (error);
  g_assert_false (is_complete);
  g_assert_cmpuint (used, ==, size);
  g_assert_null (header.source);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  g_auto(PulsarProxyHeader) header = { 0 };
  g_auto(PulsarProxyHeader) again = { 0 };
  g_autoptr(GError) error = NULL;
  gboolean is_complete, is_complete_again;
  gsize used, used_again;

  if (size > 64 * 1024)
    return 0;
  if (!pulsar_proxy_header_parse (data, size, &header, &used, &is_complete, &error))
    {
      g_assert_nonnull (error);
      g_assert_null (header.source);
      g_assert_null (header.destination);
      return 0;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (used, <=, size);
  g_assert_cmpuint (used, <=, PULSAR_PROXY_HEADER_MAX);
  g_assert_cmpuint (used, <=, pulsar_proxy_header_get_size (data, size));
  if (!is_complete)
    {
      g_assert_cmpuint (used, ==, size);
      g_assert_cmpuint (used, <, pulsar_proxy_header_get_size (data, size));
      return 0;
    }

  check_address (header.source);
  check_address (header.destination);
  g_assert_true ((header.source == NULL) == (header.destination == NULL));
  for (gsize i = 0; i < used; i = i < 256 || i + 1 == used ? i + 1 : used - 1)
    check_beginning (data, i);
  g_assert_true (pulsar_proxy_header_parse (data, used, &again, &used_again, &is_complete_again, &error));
  g_assert_true (is_complete_again);
  g_assert_cmpuint (used_again, ==, used);
  return 0;
}
