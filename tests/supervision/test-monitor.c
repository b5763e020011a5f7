/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-test.h"

typedef struct
{
  PulsarApplication *application;
  PulsarArbiter *arbiter;
  PulsarMonitor *monitor;
  guint n_stops;
} Fixture;

static void
monitor_stopping_cb (PulsarApplication *application,
                     PulsarMonitor     *monitor,
                     PulsarHook        *hook,
                     gpointer           user_data)
{
  Fixture *fixture = user_data;

  fixture->n_stops++;
}

/* Without workers all of it happens in this process. */
static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_false (pulsar_worker_main (NULL));
  fixture->application = g_object_new (PULSAR_TYPE_APPLICATION, "name", "web", NULL);
  g_signal_connect (fixture->application, "monitor-stopping", G_CALLBACK (monitor_stopping_cb), fixture);
  g_assert_true (pulsar_config_set_uint (pulsar_configurator_get_config (PULSAR_CONFIGURATOR (fixture->application)),
                                         "workers", 0, &error));
  g_assert_no_error (error);

  fixture->arbiter = g_object_ref (pulsar_arbiter_get_default ());
  pulsar_configurator_start_async (PULSAR_CONFIGURATOR (fixture->application), NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  g_assert_true (pulsar_configurator_start_finish (PULSAR_CONFIGURATOR (fixture->application), result, &error));
  g_assert_no_error (error);
  fixture->monitor = g_object_ref (pulsar_application_get_monitor (fixture->application));
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_object (&fixture->monitor);
  g_assert_finalize_object (g_steal_pointer (&fixture->arbiter));
  g_assert_finalize_object (g_steal_pointer (&fixture->application));
}

static void
wait_for_end (Fixture *fixture)
{
  pulsar_test_wait_for (pulsar_actor_get_state (PULSAR_ACTOR (fixture->arbiter)) == PULSAR_STATE_CLOSED);
  g_assert_cmpint (pulsar_actor_get_state (PULSAR_ACTOR (fixture->monitor)), ==, PULSAR_STATE_CLOSED);
  g_assert_cmpuint (fixture->n_stops, ==, 1);
}

static void
test_monitor_stop (Fixture       *fixture,
                   gconstpointer  data)
{
  g_test_summary ("Stopping a monitor stops its application, with the hooks of a stop, once");
  pulsar_actor_stop (PULSAR_ACTOR (fixture->monitor));
  pulsar_actor_stop (PULSAR_ACTOR (fixture->monitor));
  wait_for_end (fixture);
  pulsar_actor_stop (PULSAR_ACTOR (fixture->monitor));
}

static void
test_monitor_stop_command (Fixture       *fixture,
                           gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  g_test_summary ("The command stop, sent to an application, does the same");
  g_assert_true (pulsar_actor_post (PULSAR_ACTOR (fixture->arbiter), "web", "stop", NULL, &error));
  g_assert_no_error (error);
  wait_for_end (fixture);
}

static void
test_monitor_spawn (Fixture       *fixture,
                    gconstpointer  data)
{
  const GType types[] = { PULSAR_TYPE_MONITOR, PULSAR_TYPE_ARBITER };

  g_test_summary ("What supervises is made by the arbiter, and cannot be spawned");
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;

      pulsar_actor_spawn_async (PULSAR_ACTOR (fixture->arbiter), types[i], NULL, NULL, NULL, pulsar_test_store_result_cb,
                                &result);
      pulsar_test_wait_for (result != NULL);
      g_assert_null (pulsar_actor_spawn_finish (PULSAR_ACTOR (fixture->arbiter), result, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_TYPE);
    }
  pulsar_actor_stop (PULSAR_ACTOR (fixture->arbiter));
  wait_for_end (fixture);
}

static void
stop_arbiter_cb (PulsarActor *monitor,
                 GParamSpec  *pspec,
                 Fixture     *fixture)
{
  if (pulsar_actor_get_state (monitor) == PULSAR_STATE_CLOSED)
    pulsar_actor_stop (PULSAR_ACTOR (fixture->arbiter));
}

static void
test_monitor_stop_all (Fixture       *fixture,
                       gconstpointer  data)
{
  g_test_summary ("Who hears that an application has ended may stop the program right there");
  g_signal_connect (fixture->monitor, "notify::state", G_CALLBACK (stop_arbiter_cb), fixture);
  pulsar_actor_stop (PULSAR_ACTOR (fixture->monitor));
  wait_for_end (fixture);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add ("/monitor/stop", Fixture, NULL, set_up, test_monitor_stop, tear_down);
  g_test_add ("/monitor/stop-command", Fixture, NULL, set_up, test_monitor_stop_command, tear_down);
  g_test_add ("/monitor/stop-all", Fixture, NULL, set_up, test_monitor_stop_all, tear_down);
  g_test_add ("/monitor/spawn", Fixture, NULL, set_up, test_monitor_spawn, tear_down);
  return g_test_run ();
}
