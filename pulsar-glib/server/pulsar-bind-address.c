/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-bind-address-private.h"

#include <glib/gi18n-lib.h>
#include <net/if.h>
#include <string.h>

#include "pulsar-glib/base/pulsar-error.h"

static gboolean
parse_port (const char  *text,
            const char  *port,
            guint16     *out,
            GError     **error)
{
  guint64 value;

  /* Digits only: g_ascii_string_to_unsigned () would let a sign or a space pass. */
  if (*port == '\0' || strspn (port, "0123456789") != strlen (port)
      || !g_ascii_string_to_unsigned (port, 10, 0, G_MAXUINT16, &value, NULL))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address: “%s” is not a port (0 to 65535)"), text, port);
      return FALSE;
    }
  *out = (guint16) value;
  return TRUE;
}

static gboolean
is_host_name (const char *host)
{
  gsize length = strlen (host);

  if (length > 253 || host[0] == '.' || host[0] == '-' || strstr (host, "..") != NULL)
    return FALSE;
  /* Underscores are no part of a host name, yet networks of containers are full of them. */
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isalnum (host[i]) && host[i] != '-' && host[i] != '.' && host[i] != '_')
        return FALSE;
    }
  return TRUE;
}

static char *
parse_host (const char  *text,
            const char  *host,
            GError     **error)
{
  g_autofree char *ascii = NULL;

  /* First, since many a character of other scripts is a digit or a letter of ours there. */
  ascii = g_hostname_to_ascii (host);
  if (ascii != NULL && g_hostname_is_ip_address (ascii) && strchr (ascii, ':') == NULL)
    return g_steal_pointer (&ascii);
  if (ascii != NULL && *ascii != '\0' && strspn (ascii, "0123456789.") == strlen (ascii))
    {
      /* The resolver would take “127.1” and “8060” for addresses, and nobody means that. */
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address: “%s” is not an IPv4 address (a port alone is written “:PORT”)"),
                   text, host);
      return NULL;
    }
  if (ascii == NULL || *ascii == '\0' || !is_host_name (ascii))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address: “%s” is not the name of a host"), text, host);
      return NULL;
    }
  if (g_str_equal (ascii, "unix") || g_str_equal (ascii, "fd"))
    {
      /* With a port after it this would be something else. */
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address: the name is missing, as in “unix:/run/my.sock” and “fd:my”"), text);
      return NULL;
    }
  return g_steal_pointer (&ascii);
}

/* Of fe80::1%eth0 what is behind the percent sign: the name of a network interface. */
static gboolean
is_zone (const char *zone)
{
  gsize length = strlen (zone);

  if (length == 0 || length >= IF_NAMESIZE)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isgraph (zone[i]) || strchr ("/%[", zone[i]) != NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
parse_bracketed (PulsarBindAddress  *self,
                 GError            **error)
{
  const char *text = self->text;
  const char *end = strchr (text, ']');
  g_autofree char *host = NULL;
  g_autofree char *bare = NULL;
  char *zone;

  if (end == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address: the closing bracket is missing"), text);
      return FALSE;
    }
  host = g_strndup (text + 1, (gsize) (end - text - 1));
  bare = g_strdup (host);
  zone = strchr (bare, '%');
  if (zone != NULL)
    *zone = '\0';
  if (strchr (bare, ':') == NULL || !g_hostname_is_ip_address (bare) || (zone != NULL && !is_zone (zone + 1)))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address: “%s” is not an IPv6 address"), text, host);
      return FALSE;
    }
  if (end[1] != '\0' && end[1] != ':')
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address: “:PORT” or nothing may follow the bracket"), text);
      return FALSE;
    }
  if (end[1] == ':' && !parse_port (text, end + 2, &self->port, error))
    return FALSE;
  self->host = g_steal_pointer (&host);
  return TRUE;
}

/* What people write who know addresses from elsewhere: the error says how it is written here. */
static gboolean
check_familiar (const char  *text,
                GError     **error)
{
  static const char * const schemes[] = {
    "http", "https", "inet", "inet6", "ip", "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", NULL,
  };
  const char *colon = strchr (text, ':');
  g_autofree char *scheme = colon != NULL ? g_ascii_strdown (text, colon - text) : NULL;
  const char *rest = colon != NULL ? colon + 1 : NULL;

  if (strchr (text, ';') != NULL)
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                 _("“%s” is not an address: “,” stands between several, “;” only in key files"), text);
  else if (text[0] == '/' || g_str_has_prefix (text, "./") || g_str_has_prefix (text, "../"))
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                 _("“%s” is not an address; did you mean “unix:%s”?"), text, text);
  else if (g_str_has_prefix (text, "*:"))
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                 _("“%s” is not an address; did you mean “%s”?"), text, text + 1);
  else if (scheme != NULL && g_strv_contains (schemes, scheme) && (*rest == '/' || strchr (rest, ':') != NULL))
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                 _("“%s” is not an address: “%s:” is not written, only HOST:PORT"), text, scheme);
  else
    return TRUE;
  return FALSE;
}

static gboolean
parse_inet (PulsarBindAddress  *self,
            GError            **error)
{
  const char *text = self->text;
  const char *colon = strchr (text, ':');
  g_autofree char *host = NULL;

  if (!check_familiar (text, error))
    return FALSE;
  if (text[0] == '[')
    return parse_bracketed (self, error);
  if (colon != NULL && strchr (colon + 1, ':') != NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address: an IPv6 address stands in brackets, as in “[::1]:%d”"),
                   text, PULSAR_BIND_DEFAULT_PORT);
      return FALSE;
    }
  if (colon != NULL && !parse_port (text, colon + 1, &self->port, error))
    return FALSE;
  if (colon == text)
    return TRUE;  /* :PORT, all addresses */

  host = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
  self->host = parse_host (text, host, error);
  return self->host != NULL;
}

static gboolean
parse_name (PulsarBindAddress  *self,
            PulsarBindKind      kind,
            const char         *name,
            GError            **error)
{
  self->kind = kind;
  if (*name == '\0')
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not an address: the name is missing"), self->text);
      return FALSE;
    }
  self->name = g_strdup (name);
  return TRUE;
}

PulsarBindAddress *
pulsar_bind_address_parse (const char  *text,
                           GError     **error)
{
  g_autoptr(PulsarBindAddress) self = g_new0 (PulsarBindAddress, 1);
  gboolean parsed;

  g_assert (text != NULL);

  self->kind = PULSAR_BIND_INET;
  self->text = g_strdup (text);
  self->port = PULSAR_BIND_DEFAULT_PORT;

  if (*text == '\0')
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("an address is empty; allowed are HOST, HOST:PORT, :PORT, [IPv6]:PORT, unix:PATH, unix:@NAME and fd:NAME"));
      return NULL;
    }

  if (g_str_has_prefix (text, "unix:@"))
    parsed = parse_name (self, PULSAR_BIND_ABSTRACT, text + strlen ("unix:@"), error);
  else if (g_str_has_prefix (text, "unix:"))
    parsed = parse_name (self, PULSAR_BIND_PATH, text + strlen ("unix:"), error);
  else if (g_str_has_prefix (text, "fd:"))
    parsed = parse_name (self, PULSAR_BIND_FD, text + strlen ("fd:"), error);
  else
    parsed = parse_inet (self, error);

  return parsed ? g_steal_pointer (&self) : NULL;
}

void
pulsar_bind_address_free (PulsarBindAddress *self)
{
  g_free (self->text);
  g_free (self->host);
  g_free (self->name);
  g_free (self);
}

gboolean
pulsar_bind_address_check (const char * const  *texts,
                           GError             **error)
{
  if (texts == NULL || texts[0] == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("at least one address is needed: HOST, HOST:PORT, :PORT, [IPv6]:PORT, unix:PATH, unix:@NAME or fd:NAME"));
      return FALSE;
    }
  for (gsize i = 0; texts[i] != NULL; i++)
    {
      g_autoptr(PulsarBindAddress) address = pulsar_bind_address_parse (texts[i], error);

      if (address == NULL)
        return FALSE;
    }
  return TRUE;
}
