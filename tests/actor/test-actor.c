/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <unistd.h>

#include "actor-test.h"

/* A subclass that notes what it is told. */
#define TEST_TYPE_ACTOR (test_actor_get_type ())
G_DECLARE_FINAL_TYPE (TestActor, test_actor, TEST, ACTOR, PulsarActor)

struct _TestActor
{
  PulsarActor parent_instance;
  GString *log;       /* (owned) */
  PulsarHook *held;   /* (nullable) */
  guint n_tasks;
  gboolean fails;
};

G_DEFINE_FINAL_TYPE (TestActor, test_actor, PULSAR_TYPE_ACTOR)

static void
test_actor_starting (PulsarActor *actor,
                     PulsarHook  *hook)
{
  TestActor *self = TEST_ACTOR (actor);

  g_assert_true (pulsar_actor_get_current () == actor);
  g_string_append (self->log, "starting;");
  if (self->fails)
    pulsar_hook_fail_literal (hook, "out of luck");
}

static void
test_actor_stopping (PulsarActor *actor,
                     PulsarHook  *hook)
{
  TestActor *self = TEST_ACTOR (actor);

  g_string_append (self->log, "stopping;");
  self->held = hook;
  pulsar_hook_hold (hook);
  if (self->fails)
    pulsar_hook_fail_literal (hook, "out of luck");
}

static void
test_actor_periodic_task (PulsarActor *actor)
{
  TEST_ACTOR (actor)->n_tasks++;
}

static void
test_actor_query_info (PulsarActor  *actor,
                       GVariantDict *info)
{
  g_variant_dict_insert (info, "greeting", "s", "hello");
}

static void
test_actor_finalize (GObject *object)
{
  g_string_free (TEST_ACTOR (object)->log, TRUE);
  G_OBJECT_CLASS (test_actor_parent_class)->finalize (object);
}

static void
test_actor_class_init (TestActorClass *klass)
{
  PulsarActorClass *actor_class = PULSAR_ACTOR_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_actor_finalize;
  actor_class->starting = test_actor_starting;
  actor_class->stopping = test_actor_stopping;
  actor_class->periodic_task = test_actor_periodic_task;
  actor_class->query_info = test_actor_query_info;
}

static void
test_actor_init (TestActor *self)
{
  self->log = g_string_new (NULL);
}

static void
count_cb (GObject    *object,
          GParamSpec *pspec,
          guint      *count)
{
  (*count)++;
}

static void
test_actor_properties (void)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GVariant) parameters = g_variant_ref_sink (g_variant_new_parsed ("{'seats': <4>}"));
  g_autoptr(PulsarActor) actor = g_object_new (PULSAR_TYPE_ACTOR, "name", "web", "id", "1234", "config", config,
                                               "parameters", parameters, NULL);
  g_autoptr(PulsarActor) bare = g_object_new (PULSAR_TYPE_ACTOR, NULL);
  g_autoptr(PulsarActor) other = g_object_new (PULSAR_TYPE_ACTOR, NULL);
  g_autoptr(GVariant) seats = NULL;
  g_autoptr(GVariant) read_parameters = NULL;
  g_autoptr(PulsarConfig) read_config = NULL;
  g_autofree char *name = NULL;
  g_autofree char *id = NULL;
  PulsarState state;

  g_test_summary ("Properties and getters say the same, and ids are made");
  g_object_get (actor, "name", &name, "id", &id, "state", &state, "config", &read_config, "parameters", &read_parameters, NULL);
  g_assert_cmpstr (name, ==, "web");
  g_assert_cmpstr (pulsar_actor_get_name (actor), ==, "web");
  g_assert_cmpstr (id, ==, "1234");
  g_assert_cmpstr (pulsar_actor_get_id (actor), ==, "1234");
  g_assert_cmpint (state, ==, PULSAR_STATE_INITIAL);
  g_assert_cmpint (pulsar_actor_get_state (actor), ==, PULSAR_STATE_INITIAL);
  g_assert_true (read_config == config && pulsar_actor_get_config (actor) == config);
  g_assert_true (read_parameters == parameters && pulsar_actor_get_parameters (actor) == parameters);
  seats = pulsar_actor_get_parameter (actor, "seats");
  g_assert_cmpint (g_variant_get_int32 (seats), ==, 4);
  g_assert_null (pulsar_actor_get_parameter (actor, "tables"));

  g_assert_null (pulsar_actor_get_config (bare));
  g_assert_cmpstr (pulsar_actor_get_name (bare), ==, "actor");
  g_assert_cmpuint (strlen (pulsar_actor_get_id (bare)), ==, 8);
  g_assert_cmpstr (pulsar_actor_get_id (bare), !=, pulsar_actor_get_id (other));
  g_assert_cmpuint (g_variant_n_children (pulsar_actor_get_parameters (bare)), ==, 0);
}

static void
test_actor_fds (void)
{
  g_autoptr(PulsarActor) actor = g_object_new (PULSAR_TYPE_ACTOR, NULL);
  guint n_before = pulsar_test_count_fds ();
  int fd;

  g_test_summary ("A descriptor is taken once; those nobody takes are closed with the actor");
  g_assert_cmpint (pulsar_actor_steal_fd (actor, "listener-0"), ==, -1);
  pulsar_actor_take_fd (actor, "listener-0", open ("/dev/null", O_RDONLY | O_CLOEXEC));
  pulsar_actor_take_fd (actor, "listener-1", open ("/dev/null", O_RDONLY | O_CLOEXEC));
  fd = pulsar_actor_steal_fd (actor, "listener-0");
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pulsar_actor_steal_fd (actor, "listener-0"), ==, -1);
  close (fd);
  g_assert_finalize_object (g_steal_pointer (&actor));
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_before);
}

static void
test_actor_states (void)
{
  /* A row for each state, a column for what it can become. */
  static const char * const edges[] = {
    /*                  INITIAL STARTING RUNNING STOPPING CLOSED TERMINATED */
    [PULSAR_STATE_INITIAL] =    "-+-+++",
    [PULSAR_STATE_STARTING] =   "--++-+",
    [PULSAR_STATE_RUNNING] =    "---+-+",
    [PULSAR_STATE_STOPPING] =   "----++",
    [PULSAR_STATE_CLOSED] =     "-+----",
    [PULSAR_STATE_TERMINATED] = "------",
  };
  g_autoptr(PulsarActor) actor = g_object_new (PULSAR_TYPE_ACTOR, NULL);
  guint n_notified = 0;

  g_test_summary ("A life takes only the ways there are, and each step is told once");
  for (guint from = 0; from < G_N_ELEMENTS (edges); from++)
    for (guint to = 0; to < G_N_ELEMENTS (edges); to++)
      g_assert_cmpint (pulsar_state_can_become ((PulsarState) from, (PulsarState) to), ==, edges[from][to] == '+');

  g_signal_connect (actor, "notify::state", G_CALLBACK (count_cb), &n_notified);
  pulsar_actor_set_state (actor, PULSAR_STATE_STARTING);
  pulsar_actor_set_state (actor, PULSAR_STATE_STARTING);
  g_assert_cmpuint (n_notified, ==, 1);
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*cannot become “closed”: it is “starting”*");
  pulsar_actor_set_state (actor, PULSAR_STATE_CLOSED);
  g_test_assert_expected_messages ();
  g_assert_cmpint (pulsar_actor_get_state (actor), ==, PULSAR_STATE_STARTING);
  g_assert_cmpuint (n_notified, ==, 1);
}

static void
store_error_cb (PulsarHook   *hook,
                const GError *error,
                gpointer      user_data)
{
  GError **store = user_data;

  g_assert_null (*store);
  *store = error != NULL ? g_error_copy (error) : g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_FAILED, "no error");
}

static void
second_handler_cb (PulsarActor *actor,
                   PulsarHook  *hook,
                   GString     *log)
{
  g_assert_cmpstr (pulsar_hook_get_name (hook), ==, "starting");
  g_string_append (log, "handler;");
}

static void
test_actor_hooks (void)
{
  g_autoptr(TestActor) actor = g_object_new (TEST_TYPE_ACTOR, NULL);
  GError *outcome = NULL;

  g_test_summary ("A hook runs its handlers and the class handler, and tells how it went");
  g_signal_connect (actor, "starting", G_CALLBACK (second_handler_cb), actor->log);
  pulsar_actor_run_hook (PULSAR_ACTOR (actor), 0, "starting", 1000, store_error_cb, &outcome);
  g_assert_cmpstr (outcome->message, ==, "no error");
  g_assert_cmpstr (actor->log->str, ==, "handler;starting;");
  g_assert_null (pulsar_actor_get_current ());
  g_clear_error (&outcome);

  actor->fails = TRUE;
  pulsar_actor_run_hook (PULSAR_ACTOR (actor), 0, "starting", 1000, store_error_cb, &outcome);
  g_assert_error (outcome, PULSAR_ERROR, PULSAR_ERROR_HOOK);
  g_clear_error (&outcome);

  pulsar_actor_cancel_hook (PULSAR_ACTOR (actor));
  pulsar_actor_run_hook (PULSAR_ACTOR (actor), 0, "stopping", 0, store_error_cb, &outcome);
  g_assert_no_error (outcome);
  pulsar_actor_cancel_hook (PULSAR_ACTOR (actor));
  g_assert_error (outcome, PULSAR_ERROR, PULSAR_ERROR_HOOK);
  pulsar_hook_release (actor->held);
  g_clear_error (&outcome);
  g_assert_finalize_object (g_steal_pointer (&actor));
}

static void
test_actor_stop (void)
{
  g_autoptr(TestActor) actor = g_object_new (TEST_TYPE_ACTOR, "name", "web", NULL);
  g_autoptr(PulsarActor) unborn = g_object_new (PULSAR_TYPE_ACTOR, NULL);

  g_test_summary ("An actor that nobody supervises runs its stopping hook and closes; a failure changes nothing");
  pulsar_actor_stop (unborn);
  g_assert_cmpint (pulsar_actor_get_state (unborn), ==, PULSAR_STATE_CLOSED);

  pulsar_actor_set_state (PULSAR_ACTOR (actor), PULSAR_STATE_STARTING);
  pulsar_actor_set_state (PULSAR_ACTOR (actor), PULSAR_STATE_RUNNING);
  actor->fails = TRUE;
  pulsar_actor_stop (PULSAR_ACTOR (actor));
  pulsar_actor_stop (PULSAR_ACTOR (actor));
  g_assert_cmpint (pulsar_actor_get_state (PULSAR_ACTOR (actor)), ==, PULSAR_STATE_STOPPING);
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_MESSAGE, "*“web” failed to stop in order: out of luck*");
  pulsar_hook_release (actor->held);
  g_test_assert_expected_messages ();
  g_assert_cmpint (pulsar_actor_get_state (PULSAR_ACTOR (actor)), ==, PULSAR_STATE_CLOSED);
  pulsar_actor_stop (PULSAR_ACTOR (actor));
  g_assert_cmpstr (actor->log->str, ==, "stopping;");
  g_assert_finalize_object (g_steal_pointer (&actor));
}

static void
stop_requested_cb (PulsarActor *actor,
                   gpointer     user_data)
{
  guint *count = user_data;

  (*count)++;
}

static void
test_actor_stop_func (void)
{
  g_autoptr(PulsarActor) actor = g_object_new (PULSAR_TYPE_ACTOR, NULL);
  guint n_stops = 0;

  g_test_summary ("Who supervises an actor decides what a stop is");
  pulsar_actor_set_stop_func (actor, stop_requested_cb, &n_stops);
  pulsar_actor_stop (actor);
  g_assert_cmpuint (n_stops, ==, 1);
  g_assert_cmpint (pulsar_actor_get_state (actor), ==, PULSAR_STATE_INITIAL);
}

static PulsarConfig *
make_config (gint64 period)
{
  g_autoptr(PulsarConfig) config = pulsar_config_new ();
  g_autoptr(GParamSpec) pspec =
    g_param_spec_ref_sink (g_param_spec_int64 ("task-period", "period", "period", 0, G_MAXINT64, period, G_PARAM_READWRITE));
  g_autoptr(PulsarSetting) setting =
    g_object_new (PULSAR_TYPE_SETTING,
                  "pspec", pspec,
                  "section", "test",
                  "unit", PULSAR_SETTING_UNIT_DURATION,
                  "flags", PULSAR_SETTING_RUNTIME,
                  NULL);

  pulsar_config_add_setting (config, setting);
  return g_steal_pointer (&config);
}

static void
task_cb (PulsarActor *actor,
         guint       *count)
{
  g_assert_true (pulsar_actor_get_current () == actor);
  (*count)++;
}

static gboolean
has_task_source (void)
{
  /* The timer is the only source of these tests that has a timeout. */
  int timeout = -1;
  int priority;
  GMainContext *context = g_main_context_default ();

  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  g_main_context_query (context, G_MAXINT, &timeout, NULL, 0);
  g_main_context_release (context);
  return timeout >= 0;
}

static void
test_actor_task (void)
{
  g_autoptr(PulsarConfig) config = make_config (1000);
  g_autoptr(PulsarActor) actor = g_object_new (PULSAR_TYPE_ACTOR, "config", config, NULL);
  guint n_tasks = 0;
  gulong handler = g_signal_connect (actor, "periodic-task", G_CALLBACK (task_cb), &n_tasks);

  g_test_summary ("The periodic task comes while the actor runs and somebody listens");
  pulsar_actor_set_state (actor, PULSAR_STATE_STARTING);
  g_assert_false (has_task_source ());
  pulsar_actor_set_state (actor, PULSAR_STATE_RUNNING);
  pulsar_test_wait_for (n_tasks == 2);
  g_signal_handler_disconnect (actor, handler);
  g_assert_true (has_task_source ());
  while (has_task_source ())
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_tasks, ==, 2);
  pulsar_actor_set_state (actor, PULSAR_STATE_STOPPING);
  g_assert_finalize_object (g_steal_pointer (&actor));
}

static void
test_actor_task_class (void)
{
  g_autoptr(PulsarConfig) config = make_config (60 * G_USEC_PER_SEC);
  g_autoptr(TestActor) actor = g_object_new (TEST_TYPE_ACTOR, "config", config, NULL);
  g_autoptr(PulsarActor) silent = g_object_new (PULSAR_TYPE_ACTOR, "config", config, NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("A class that overrides the task listens; the period may change; nobody listens: no timer");
  pulsar_actor_set_state (silent, PULSAR_STATE_STARTING);
  pulsar_actor_set_state (silent, PULSAR_STATE_RUNNING);
  g_assert_false (has_task_source ());
  pulsar_actor_set_state (PULSAR_ACTOR (actor), PULSAR_STATE_STARTING);
  pulsar_actor_set_state (PULSAR_ACTOR (actor), PULSAR_STATE_RUNNING);
  g_assert_true (has_task_source ());
  g_assert_true (pulsar_config_set_duration (config, "task-period", 1000, &error));
  g_assert_no_error (error);
  pulsar_test_wait_for (actor->n_tasks == 1);
  pulsar_actor_set_state (PULSAR_ACTOR (actor), PULSAR_STATE_STOPPING);
  g_assert_false (has_task_source ());
  g_assert_finalize_object (g_steal_pointer (&actor));
}

static void
test_actor_info (void)
{
  g_autoptr(TestActor) test_actor = g_object_new (TEST_TYPE_ACTOR, "name", "web", "id", "1234", NULL);
  g_autoptr(GVariant) info = pulsar_actor_dup_info (PULSAR_ACTOR (test_actor));
  g_autoptr(GVariant) actor = g_variant_lookup_value (info, "actor", G_VARIANT_TYPE_VARDICT);
  g_autoptr(GVariant) system = g_variant_lookup_value (info, "system", G_VARIANT_TYPE_VARDICT);
  const char *text;
  double number;
  guint64 size;
  int pid;
  guint count;

  g_test_summary ("Information names the actor, weighs its process, and has what hooks add");
  g_assert_true (g_variant_lookup (actor, "name", "&s", &text));
  g_assert_cmpstr (text, ==, "web");
  g_assert_true (g_variant_lookup (actor, "id", "&s", &text));
  g_assert_cmpstr (text, ==, "1234");
  g_assert_true (g_variant_lookup (actor, "state", "&s", &text));
  g_assert_cmpstr (text, ==, "initial");
  g_assert_true (g_variant_lookup (actor, "uptime", "d", &number));
  g_assert_cmpfloat (number, ==, 0);
  g_assert_true (g_variant_lookup (actor, "pid", "i", &pid));
  g_assert_cmpint (pid, ==, getpid ());
  g_assert_true (g_variant_lookup (system, "rss", "t", &size));
  g_assert_cmpuint (size, >, 1 << 16);
  g_assert_true (g_variant_lookup (system, "cpu-seconds", "d", &number));
  g_assert_true (g_variant_lookup (system, "threads", "u", &count));
  g_assert_true (g_variant_lookup (system, "fds", "u", &count));
  g_assert_true (g_variant_lookup (info, "greeting", "&s", &text));
  g_assert_cmpstr (text, ==, "hello");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/actor/properties", test_actor_properties);
  g_test_add_func ("/actor/fds", test_actor_fds);
  g_test_add_func ("/actor/states", test_actor_states);
  g_test_add_func ("/actor/hooks", test_actor_hooks);
  g_test_add_func ("/actor/stop", test_actor_stop);
  g_test_add_func ("/actor/stop-func", test_actor_stop_func);
  g_test_add_func ("/actor/task", test_actor_task);
  g_test_add_func ("/actor/task-class", test_actor_task_class);
  g_test_add_func ("/actor/info", test_actor_info);
  return g_test_run ();
}
