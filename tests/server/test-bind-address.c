/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/server/pulsar-bind-address-private.h"

static void
test_bind_address_good (void)
{
  static const struct
  {
    const char *text;
    PulsarBindKind kind;
    const char *host;
    guint16 port;
    const char *name;
  } rows[] = {
    { "127.0.0.1", PULSAR_BIND_INET, "127.0.0.1", 8060, NULL },
    { "127.0.0.1:80", PULSAR_BIND_INET, "127.0.0.1", 80, NULL },
    { "0.0.0.0:0", PULSAR_BIND_INET, "0.0.0.0", 0, NULL },
    { "localhost", PULSAR_BIND_INET, "localhost", 8060, NULL },
    { "example.org.:65535", PULSAR_BIND_INET, "example.org.", 65535, NULL },
    { "my_box-2:08060", PULSAR_BIND_INET, "my_box-2", 8060, NULL },
    { "bücher.example:1", PULSAR_BIND_INET, "xn--bcher-kva.example", 1, NULL },
    { ":8061", PULSAR_BIND_INET, NULL, 8061, NULL },
    { ":0", PULSAR_BIND_INET, NULL, 0, NULL },
    { "[::1]", PULSAR_BIND_INET, "::1", 8060, NULL },
    { "[::]:81", PULSAR_BIND_INET, "::", 81, NULL },
    { "[fe80::1%eth0]:81", PULSAR_BIND_INET, "fe80::1%eth0", 81, NULL },
    { "[::ffff:127.0.0.1]:0", PULSAR_BIND_INET, "::ffff:127.0.0.1", 0, NULL },
    { "unix:/run/a.sock", PULSAR_BIND_PATH, NULL, 8060, "/run/a.sock" },
    { "unix:a:b", PULSAR_BIND_PATH, NULL, 8060, "a:b" },
    { "unix:@name", PULSAR_BIND_ABSTRACT, NULL, 8060, "name" },
    { "fd:web", PULSAR_BIND_FD, NULL, 8060, "web" },
  };

  g_test_summary ("Every form of an address is understood");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(PulsarBindAddress) address = pulsar_bind_address_parse (rows[i].text, &error);

      g_test_message ("%s", rows[i].text);
      g_assert_no_error (error);
      g_assert_nonnull (address);
      g_assert_cmpint (address->kind, ==, rows[i].kind);
      g_assert_cmpstr (address->text, ==, rows[i].text);
      g_assert_cmpstr (address->host, ==, rows[i].host);
      g_assert_cmpuint (address->port, ==, rows[i].port);
      g_assert_cmpstr (address->name, ==, rows[i].name);
    }
}

static void
test_bind_address_bad (void)
{
  static const struct
  {
    const char *text;
    const char *reason;
  } rows[] = {
    { "", "is empty" },
    { ":", "“” is not a port (0 to 65535)" },
    { "localhost:", "“” is not a port" },
    { "localhost:http", "“http” is not a port" },
    { ":65536", "“65536” is not a port" },
    { ":-1", "“-1” is not a port" },
    { ":+1", "“+1” is not a port" },
    { ": 80", "“ 80” is not a port" },
    { ":80 ", "“80 ” is not a port" },
    { ":99999999999999999999", "is not a port" },
    { "8060", "“8060” is not an IPv4 address (a port alone is written “:PORT”)" },
    { "127.1", "“127.1” is not an IPv4 address" },
    { "256.0.0.1:80", "“256.0.0.1” is not an IPv4 address" },
    { "::1", "stands in brackets, as in “[::1]:8060”" },
    { "fe80::1:80", "stands in brackets" },
    { "[::1", "closing bracket is missing" },
    { "[]:80", "“” is not an IPv6 address" },
    { "[127.0.0.1]:80", "“127.0.0.1” is not an IPv6 address" },
    { "[fe80::1%eth 0]:80", "“fe80::1%eth 0” is not an IPv6 address" },
    { "[fe80::1%a-name-of-16-byt]:80", "is not an IPv6 address" },
    { "[::1%]:80", "“::1%” is not an IPv6 address" },
    { "[::g]:80", "“::g” is not an IPv6 address" },
    { "[::1]80", "may follow the bracket" },
    { "[::1]:", "“” is not a port" },
    { "a b", "“a b” is not the name of a host" },
    { "user@host", "“user@host” is not the name of a host" },
    { "http://localhost", "“http:” is not written" },
    { "http://127.0.0.1:8080", "“http:” is not written" },
    { "tcp:127.0.0.1:80", "“tcp:” is not written" },
    { "127.0.0.1:1;127.0.0.1:2", "“,” stands between several" },
    { "/run/kv.sock", "did you mean “unix:/run/kv.sock”?" },
    { "*:8080", "did you mean “:8080”?" },
    { "-a", "“-a” is not the name of a host" },
    { "a..b", "“a..b” is not the name of a host" },
    { "unix:", "name is missing" },
    { "unix", "name is missing" },
    { "fd", "name is missing" },
    { "unix:@", "name is missing" },
    { "fd:", "name is missing" },
  };

  g_test_summary ("What is no address is refused with the text and the reason");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_auto(GStrv) reasons = g_strsplit (rows[i].reason, "|", -1);
      gboolean found = FALSE;

      g_test_message ("%s", rows[i].text);
      g_assert_null (pulsar_bind_address_parse (rows[i].text, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, rows[i].text));
      for (guint j = 0; reasons[j] != NULL; j++)
        found = found || strstr (error->message, reasons[j]) != NULL;
      g_assert_true (found);
    }
}

static void
test_bind_address_check (void)
{
  static const char * const good[] = { "127.0.0.1:0", ":80", "unix:/run/a.sock", "unix:@name", "fd:web", NULL };
  static const char * const none[] = { NULL };
  static const char * const bad[][3] = {
    { "127.0.0.1:0", "x y", NULL },
    { "", NULL },
  };
  g_autoptr(GError) error = NULL;

  g_test_summary ("A list is checked as a whole, and the error says what is allowed");
  g_assert_true (pulsar_bind_address_check (good, &error));
  g_assert_no_error (error);
  g_assert_false (pulsar_bind_address_check (none, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_clear_error (&error);
  g_assert_false (pulsar_bind_address_check (NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_clear_error (&error);
      g_assert_false (pulsar_bind_address_check (bad[i], &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      g_assert_true (i == 0 || strstr (error->message, "unix:PATH") != NULL);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/bind-address/good", test_bind_address_good);
  g_test_add_func ("/bind-address/bad", test_bind_address_bad);
  g_test_add_func ("/bind-address/check", test_bind_address_check);
  return g_test_run ();
}
