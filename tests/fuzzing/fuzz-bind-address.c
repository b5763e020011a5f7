/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever text comes, it is an address or an error that names it; what is an address is the same address when it is
 * written again from its parts, and only what the system can listen on. */
#include <string.h>

#include "fuzz.h"
#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/server/pulsar-bind-address-private.h"
#include "pulsar-glib/server/pulsar-socket-owner-private.h"

static char *
write_again (const PulsarBindAddress *address)
{
  switch (address->kind)
    {
    case PULSAR_BIND_PATH:
      return g_strconcat ("unix:", address->name, NULL);
    case PULSAR_BIND_ABSTRACT:
      return g_strconcat ("unix:@", address->name, NULL);
    case PULSAR_BIND_FD:
      return g_strconcat ("fd:", address->name, NULL);
    case PULSAR_BIND_INET:
    default:
      if (address->host != NULL && strchr (address->host, ':') != NULL)
        return g_strdup_printf ("[%s]:%u", address->host, address->port);
      return g_strdup_printf ("%s:%u", address->host != NULL ? address->host : "", address->port);
    }
}

static void
check_address (const PulsarBindAddress *address,
               const char              *text)
{
  g_autofree char *written = write_again (address);
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarBindAddress) again = pulsar_bind_address_parse (written, &error);

  g_assert_cmpstr (address->text, ==, text);
  g_assert_no_error (error);
  g_assert_cmpint (again->kind, ==, address->kind);
  g_assert_cmpstr (again->host, ==, address->host);
  g_assert_cmpuint (again->port, ==, address->port);
  g_assert_cmpstr (again->name, ==, address->name);

  if (address->kind != PULSAR_BIND_INET)
    {
      g_assert_nonnull (address->name);
      g_assert_cmpstr (address->name, !=, "");
      g_assert_null (address->host);
      return;
    }
  g_assert_null (address->name);
  if (address->host == NULL)
    return;
  for (const char *c = address->host; *c != '\0'; c++)
    g_assert_true (g_ascii_isgraph (*c) && strchr ("/[]", *c) == NULL);
  if (strchr (address->host, ':') != NULL)
    {
      g_autofree char *bare = g_strndup (address->host, strcspn (address->host, "%"));

      g_assert_true (g_hostname_is_ip_address (bare));
    }
}

static void
check_error (const GError *error,
             const char   *text)
{
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_nonnull (strstr (error->message, text));
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
  g_autofree char *bytes = g_strndup ((const char *) data, size);
  g_autofree char *text = g_utf8_make_valid (bytes, -1);  /* as settings are */
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarBindAddress) address = pulsar_bind_address_parse (text, &error);
  PulsarSocketOwner owner;
  mode_t mode;

  if (address != NULL)
    check_address (address, text);
  else
    check_error (error, text);

  g_clear_error (&error);
  if (pulsar_socket_owner_parse_mode (text, &mode, &error))
    g_assert_cmpuint (mode, <=, 0777);
  else
    check_error (error, text);

  g_clear_error (&error);
  if (!pulsar_socket_owner_parse (text, &owner, &error))
    g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  else
    g_assert_true (owner.user != (uid_t) -1 || owner.group != (gid_t) -1);
  return 0;
}
