/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-test-program.h"
#include "pulsar-test.h"

static void
test_several_messages_wait (void)
{
  TestProgram *program = test_program_start ("multi", "--rpc-do=monitor-start:gate", NULL);

  g_test_summary ("What others ask an application waits until its start hooks have ended");
  test_program_expect (program, "hook monitor-start rpc_app *");
  test_program_send (program, "ask x rpc_app ping");
  test_program_expect (program, "ready app.1 *");
  test_program_send (program, "ask y app ping");
  test_program_expect (program, "answer y ok ('pong',)");
  g_assert_cmpuint (test_program_count (program, "answer x *"), ==, 0);
  test_program_open_gate (program, 1);
  test_program_expect (program, "answer x ok ('pong',)");
  test_program_stop (program);
}

static void
test_several_messages_fail (void)
{
  TestProgram *program = test_program_start ("multi", "--rpc-do=monitor-start:gate,monitor-start:fail", NULL);

  g_test_summary ("Whoever asked an application that does not start learns of it");
  test_program_expect (program, "hook monitor-start rpc_app *");
  test_program_send (program, "ask x rpc_app ping");
  test_program_send (program, "ask y app ping");
  test_program_expect (program, "answer y ok ('pong',)");
  test_program_open_gate (program, 1);
  test_program_expect (program, "answer x error pulsar-error-quark *");
  test_program_finish (program, 69);
}

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          guint      *n_notified)
{
  ++*n_notified;
}

static void
build_nothing_cb (PulsarMultiApp *multi,
                  guint          *n_built)
{
  ++*n_built;
  pulsar_multi_app_new_app (multi, PULSAR_TYPE_APPLICATION, NULL, NULL);
  pulsar_configurator_fail (PULSAR_CONFIGURATOR (multi), "the first reason");
  pulsar_configurator_fail (PULSAR_CONFIGURATOR (multi), "the second reason");
}

static void
test_several_build_fails (void)
{
  g_autoptr(PulsarMultiApp) multi = pulsar_multi_app_new ("prog");
  guint n_built = 0;

  g_test_summary ("A build that fails says so, each time it is asked, and leaves no application");
  g_signal_connect (multi, "build", G_CALLBACK (build_nothing_cb), &n_built);
  for (guint i = 1; i <= 3; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_false (pulsar_configurator_load_config (PULSAR_CONFIGURATOR (multi), &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      g_assert_cmpstr (error->message, ==, "the first reason");
      g_assert_cmpuint (n_built, ==, i);
    }
  g_assert_cmpuint (g_list_model_get_n_items (pulsar_multi_app_get_applications (multi)), ==, 0);
  g_assert_cmpint (pulsar_configurator_run (PULSAR_CONFIGURATOR (multi), 0, NULL), ==, 78);
  g_assert_finalize_object (g_steal_pointer (&multi));
}

static void
refuse_cb (PulsarConfigurator *configurator,
           PulsarConfig       *config)
{
  pulsar_configurator_fail (configurator, "no settings");
}

static void
test_several_settings_fail (void)
{
  g_autoptr(PulsarApplication) application = pulsar_application_new ("prog");
  guint n_notified = 0;

  g_test_summary ("An application whose settings cannot be made does not run");
  g_signal_connect (application, "register-settings", G_CALLBACK (refuse_cb), NULL);
  g_signal_connect (application, "notify::actor", G_CALLBACK (count_cb), &n_notified);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GError) error = NULL;

      g_assert_false (pulsar_configurator_load_config (PULSAR_CONFIGURATOR (application), &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      g_assert_cmpstr (error->message, ==, "no settings");
    }
  g_assert_cmpint (pulsar_configurator_run (PULSAR_CONFIGURATOR (application), 0, NULL), ==, 78);
  g_assert_null (pulsar_application_get_actor (application));
  g_assert_cmpuint (n_notified, ==, 0);
  g_assert_finalize_object (g_steal_pointer (&application));
}

static void
stop_cb (PulsarApplication *application,
         PulsarActor       *worker,
         PulsarHook        *hook,
         GPtrArray         *seen)
{
  g_assert_true (pulsar_application_get_actor (application) == worker);
  g_assert_true (PULSAR_ACTOR (pulsar_application_get_monitor (application)) == worker);
  g_ptr_array_add (seen, GINT_TO_POINTER (1));
  pulsar_actor_stop (PULSAR_ACTOR (pulsar_arbiter_get_default ()));
}

static void
actor_cb (PulsarApplication *application,
          GParamSpec        *pspec,
          GPtrArray         *seen)
{
  PulsarActor *actor = pulsar_application_get_actor (application);

  if (actor != NULL)
    g_assert_cmpint (pulsar_actor_get_state (actor), ==, PULSAR_STATE_INITIAL);
  g_ptr_array_add (seen, GINT_TO_POINTER (actor != NULL ? 2 : 3));
}

static void
test_several_actor (void)
{
  g_autoptr(PulsarApplication) application = pulsar_application_new ("prog");
  g_autoptr(GPtrArray) seen = g_ptr_array_new ();
  static const int expected[] = { 2, 1, 3 };

  g_test_summary ("The actor of an application is there from before its first hook until it ended, also the second time");
  pulsar_config_set_uint (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), "workers", 0, NULL);
  g_signal_connect (application, "notify::actor", G_CALLBACK (actor_cb), seen);
  g_signal_connect (application, "worker-start", G_CALLBACK (stop_cb), seen);
  g_assert_false (pulsar_worker_main (NULL));
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GAsyncResult) result = NULL;

      g_assert_null (pulsar_application_get_actor (application));
      pulsar_configurator_start_async (PULSAR_CONFIGURATOR (application), NULL, pulsar_test_store_result_cb, &result);
      pulsar_test_wait_for (result != NULL && pulsar_application_get_actor (application) == NULL);
      g_assert_cmpuint (seen->len, ==, G_N_ELEMENTS (expected));
      for (guint k = 0; k < seen->len; k++)
        g_assert_cmpint (GPOINTER_TO_INT (g_ptr_array_index (seen, k)), ==, expected[k]);
      g_ptr_array_set_size (seen, 0);
    }
}

typedef struct
{
  gboolean serves_datagrams;
  PulsarHook *starting;  /* (owned) (nullable) held: the worker-start of a server */
  PulsarHook *stopping;  /* (owned) (nullable) held: the monitor-stopping of another application */
  guint n_stopped;       /* how often the server was told to stop */
} Holds;

static void
hold_start_cb (PulsarApplication *application,
               PulsarActor       *worker,
               PulsarHook        *hook,
               Holds             *holds)
{
  pulsar_hook_hold (hook);
  holds->starting = g_object_ref (hook);
}

static void
hold_stop_cb (PulsarApplication *application,
              PulsarMonitor     *monitor,
              PulsarHook        *hook,
              Holds             *holds)
{
  pulsar_hook_hold (hook);
  holds->stopping = g_object_ref (hook);
}

static void
count_stop_cb (PulsarApplication *application,
               PulsarActor       *worker,
               PulsarHook        *hook,
               Holds             *holds)
{
  holds->n_stopped++;
}

static void
serve_nothing_cb (void)
{
}

static void
build_server_cb (PulsarMultiApp *multi,
                 Holds          *holds)
{
  static const char * const address[] = { "127.0.0.1:0", NULL };
  g_autoptr(GVariant) no_workers = g_variant_ref_sink (g_variant_new_parsed ("{'workers': <uint32 0>}"));
  g_auto(GVariantDict) parameters = G_VARIANT_DICT_INIT (no_workers);
  PulsarApplication *server, *other;
  GType type = holds->serves_datagrams ? PULSAR_TYPE_DATAGRAM_SERVER : PULSAR_TYPE_SOCKET_SERVER;

  g_variant_dict_insert_value (&parameters, "bind", g_variant_new_strv (address, -1));
  server = pulsar_multi_app_new_app (multi, type, NULL, g_variant_dict_end (&parameters));
  other = pulsar_multi_app_new_app (multi, PULSAR_TYPE_APPLICATION, "other", no_workers);
  g_signal_connect (server, holds->serves_datagrams ? "datagram" : "connection", G_CALLBACK (serve_nothing_cb), NULL);
  g_signal_connect (server, "worker-start", G_CALLBACK (hold_start_cb), holds);
  g_signal_connect (server, "worker-stopping", G_CALLBACK (count_stop_cb), holds);
  g_signal_connect (other, "monitor-stopping", G_CALLBACK (hold_stop_cb), holds);
}

static void
test_several_closed_at_start (gconstpointer serves_datagrams)
{
  g_autoptr(PulsarMultiApp) multi = pulsar_multi_app_new ("prog");
  g_autoptr(PulsarArbiter) arbiter = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  Holds holds = { .serves_datagrams = GPOINTER_TO_INT (serves_datagrams) };

  g_test_summary ("A server whose start goes on while the program waits for others to end does not serve");
  g_signal_connect (multi, "build", G_CALLBACK (build_server_cb), &holds);
  g_assert_false (pulsar_worker_main (NULL));
  pulsar_configurator_start_async (PULSAR_CONFIGURATOR (multi), NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (holds.starting != NULL);
  arbiter = g_object_ref (pulsar_arbiter_get_default ());
  pulsar_actor_stop (PULSAR_ACTOR (arbiter));
  pulsar_test_wait_for (holds.stopping != NULL);
  pulsar_hook_release (holds.starting);
  pulsar_hook_release (holds.stopping);
  pulsar_test_wait_for (result != NULL && pulsar_actor_get_state (PULSAR_ACTOR (arbiter)) == PULSAR_STATE_CLOSED);
  g_assert_cmpuint (holds.n_stopped, ==, 1);
  g_clear_object (&holds.starting);
  g_clear_object (&holds.stopping);
}

static void
set_at_configured_cb (PulsarApplication *application,
                      PulsarArbiter     *arbiter,
                      PulsarHook        *hook,
                      guint             *n_set)
{
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application));
  g_autoptr(GError) error = NULL;

  pulsar_config_set_uint (config, "mailbox-limit", 70 + *n_set, &error);
  g_assert_no_error (error);
}

static void
set_at_worker_start_cb (PulsarApplication *application,
                        PulsarActor       *worker,
                        PulsarHook        *hook,
                        guint             *n_set)
{
  PulsarConfig *config = pulsar_actor_get_config (worker);
  g_autoptr(GError) error = NULL;

  g_assert_cmpuint (pulsar_config_get_uint (config, "mailbox-limit"), ==, 70 + *n_set);
  g_assert_false (pulsar_config_set_uint (config, "mailbox-limit", 90, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED);
  ++*n_set;
  pulsar_actor_stop (PULSAR_ACTOR (pulsar_arbiter_get_default ()));
}

static void
test_several_set_at_configured (void)
{
  g_autoptr(PulsarApplication) application = pulsar_application_new ("prog");
  guint n_set = 0;

  g_test_summary ("A configured hook may set what cannot change at run time, each time the application starts");
  pulsar_config_set_uint (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (application)), "workers", 0, NULL);
  g_signal_connect (application, "configured", G_CALLBACK (set_at_configured_cb), &n_set);
  g_signal_connect (application, "worker-start", G_CALLBACK (set_at_worker_start_cb), &n_set);
  g_assert_false (pulsar_worker_main (NULL));
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GAsyncResult) result = NULL;

      pulsar_configurator_start_async (PULSAR_CONFIGURATOR (application), NULL, pulsar_test_store_result_cb, &result);
      pulsar_test_wait_for (result != NULL && pulsar_application_get_actor (application) == NULL);
      g_assert_cmpuint (n_set, ==, i + 1);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/several/messages-wait", test_several_messages_wait);
  g_test_add_func ("/several/messages-fail", test_several_messages_fail);
  g_test_add_func ("/several/build-fails", test_several_build_fails);
  g_test_add_func ("/several/settings-fail", test_several_settings_fail);
  g_test_add_func ("/several/actor", test_several_actor);
  g_test_add_func ("/several/set-at-configured", test_several_set_at_configured);
  g_test_add_data_func ("/several/closed-at-start/connections", GINT_TO_POINTER (FALSE), test_several_closed_at_start);
  g_test_add_data_func ("/several/closed-at-start/datagrams", GINT_TO_POINTER (TRUE), test_several_closed_at_start);
  return g_test_run ();
}
