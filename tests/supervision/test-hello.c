/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-spawn-private.h"
#include "pulsar-glib/config/pulsar-core-settings-private.h"
#include "pulsar-glib/supervision/pulsar-hello-private.h"

static PulsarHello *
make_hello (PulsarConfig *config)
{
  g_autoptr(PulsarSpawn) spawn = pulsar_spawn_new ("web.1", "0123abcd", 0);
  PulsarHello *hello;

  pulsar_core_settings_install (config);
  pulsar_config_set_string (config, "mailbox-spin", "0.05 ms", NULL);
  pulsar_config_set_string (config, "process-name", "shop", NULL);
  pulsar_config_set_string (config, "exc-id", "run-1", NULL);
  pulsar_config_set_string (config, "log-level", "Pulsar:debug", NULL);
  pulsar_config_set_string (config, "log-handlers", "console,file:/tmp/../log", NULL);
  pulsar_config_set_boolean (config, "debug", TRUE, NULL);
  pulsar_spawn_set_parameter (spawn, "colour", g_variant_new_string ("grün"));
  hello = pulsar_hello_new_for_config (config, spawn, 7, NULL);
  hello->application = g_strdup ("web");
  hello->type_name = g_strdup ("TestWeb");
  hello->supervisor = g_strdup ("web");
  hello->log_name = g_strdup ("program");
  hello->generation = 3;
  return hello;
}

static void
test_hello_round_trip (void)
{
  static const char *const level[] = { "Pulsar:debug", NULL };
  static const char *const handlers[] = { "console", "file:/log", NULL };
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(PulsarHello) hello = make_hello (config);
  g_autoptr(GVariant) body = g_variant_ref_sink (pulsar_hello_encode (hello));
  g_autoptr(PulsarHello) copy = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("What was encoded is decoded");
  copy = pulsar_hello_decode (body, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (copy->application, ==, "web");
  g_assert_cmpstr (copy->type_name, ==, "TestWeb");
  g_assert_false (copy->by_type);
  g_assert_cmpstr (copy->id, ==, "0123abcd");
  g_assert_cmpstr (copy->name, ==, "web.1");
  g_assert_cmpstr (copy->supervisor, ==, "web");
  g_assert_cmpuint (copy->slot, ==, 7);
  g_assert_cmpuint (copy->generation, ==, 3);
  g_assert_cmpvariant (copy->snapshot, hello->snapshot);
  g_assert_cmpvariant (copy->parameters, hello->parameters);
  g_assert_cmpuint (copy->orphan_timeout_ms, ==, 1000);
  g_assert_cmpuint (copy->start_timeout_ms, ==, 59000);  /* less the margin in which it can say what was late */
  g_assert_cmpuint (copy->heartbeat_ms, ==, 10000);
  g_assert_cmpuint (copy->mailbox_messages, ==, 1000);
  g_assert_cmpuint (copy->mailbox_bytes, ==, 64 << 20);
  g_assert_cmpuint (copy->message_size_max, ==, 64 << 20);
  g_assert_cmpuint (copy->mailbox_spin_us, ==, 50);
  g_assert_cmpstr (copy->log_name, ==, "program");
  g_assert_cmpstr (copy->title, ==, "shop");
  g_assert_cmpstr (copy->exc_id, ==, "run-1");
  g_assert_cmpstrv (copy->log_levels, level);
  g_assert_cmpstrv (copy->log_handlers, handlers);
  g_assert_true (copy->debug);
}

static void
test_hello_actor (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(PulsarHello) hello = make_hello (config);
  g_autoptr(GVariant) body = NULL;
  g_autoptr(PulsarHello) copy = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A spawned actor has no application");
  g_clear_pointer (&hello->application, g_free);
  g_clear_pointer (&hello->parameters, g_variant_unref);
  g_clear_pointer (&hello->fd_names, g_strfreev);
  body = g_variant_ref_sink (pulsar_hello_encode (hello));
  copy = pulsar_hello_decode (body, &error);
  g_assert_no_error (error);
  g_assert_null (copy->application);
  g_assert_null (copy->parameters);
}

static void
test_hello_heartbeat (void)
{
  static const struct
  {
    gint64 timeout_s;
    guint heartbeat_ms;
  } rows[] = { { 2, 1000 }, { 3, 1000 }, { 6, 2000 }, { 30, 10000 }, { 3600, 10000 } };

  g_test_summary ("A heartbeat comes every third of the timeout, between one and ten seconds");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(PulsarConfig) config = pulsar_config_new ();
      g_autoptr(PulsarSpawn) spawn = pulsar_spawn_new ("web.1", "1", 0);
      g_autoptr(PulsarHello) hello = NULL;

      pulsar_core_settings_install (config);
      g_assert_true (pulsar_config_set_duration (config, "timeout", rows[i].timeout_s * G_TIME_SPAN_SECOND, NULL));
      hello = pulsar_hello_new_for_config (config, spawn, 7, NULL);
      g_assert_cmpuint (hello->heartbeat_ms, ==, rows[i].heartbeat_ms);
    }
}

static void
assert_refused (GVariant *body)
{
  g_autoptr(GVariant) hold = body == NULL ? NULL : g_variant_ref_sink (body);
  g_autoptr(PulsarHello) hello = NULL;
  g_autoptr(GError) error = NULL;

  hello = pulsar_hello_decode (hold, &error);
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
  g_assert_null (hello);
}

static void
test_hello_refused (void)
{
  static const char *const optional[] = { "application", "parameters", "fd-names", NULL };
  /* A user that cannot be read must not be the user of the arbiter. */
  static const char *const attributes[] = {
    "{'user': <'nobody'>}", "{'user': <uint32 1>, 'group': <1>}", "{'group': <uint32 1>}", "{'group': <uint32 1>, 'groups': <[1]>}",
    "{'new-privileges': <0>}", "{'umask': <uint32 1>}", "{'nice': <'1'>}", "{'files': <1>}", "{'processors': <1>}", "{'more': <1>}",
  };
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(PulsarHello) hello = make_hello (config);
  g_autoptr(GVariant) body = g_variant_ref_sink (pulsar_hello_encode (hello));
  GVariantIter iter;
  const char *key;
  GVariant *value;
  guint n = 0;

  g_test_summary ("A field that is missing or has the wrong type, or no dictionary at all, is a PROTOCOL_ERROR");
  g_variant_iter_init (&iter, body);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      g_auto(GVariantDict) wrong = G_VARIANT_DICT_INIT (body);
      g_auto(GVariantDict) missing = G_VARIANT_DICT_INIT (body);

      g_test_message ("%s", key);
      g_variant_dict_insert (&wrong, key, "(ybd)", 1, TRUE, 1.0);
      assert_refused (g_variant_dict_end (&wrong));
      g_variant_dict_remove (&missing, key);
      if (!g_strv_contains (optional, key))
        assert_refused (g_variant_dict_end (&missing));
      n++;
    }
  g_assert_cmpuint (n, ==, 25);

  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
    {
      g_auto(GVariantDict) wrong = G_VARIANT_DICT_INIT (body);

      g_test_message ("%s", attributes[i]);
      g_variant_dict_insert_value (&wrong, "attributes", g_variant_new_parsed (attributes[i]));
      assert_refused (g_variant_dict_end (&wrong));
    }

  assert_refused (NULL);
  assert_refused (g_variant_new_string ("hello"));
  assert_refused (g_variant_new_parsed ("{'type': 's'}"));
  assert_refused (g_variant_new_parsed ("@a{sv} {}"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/hello/round-trip", test_hello_round_trip);
  g_test_add_func ("/hello/actor", test_hello_actor);
  g_test_add_func ("/hello/heartbeat", test_hello_heartbeat);
  g_test_add_func ("/hello/refused", test_hello_refused);
  return g_test_run ();
}
