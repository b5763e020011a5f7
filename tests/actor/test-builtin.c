/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "actor-test.h"

/* The asked actor has three settings, and is reached over a channel whose frames are given the relation of the row. */
typedef struct
{
  PulsarDirectory *directory;
  PulsarActor *actor;
  PulsarConfig *config;
  PulsarChannel *callee;
  PulsarChannel *caller;
  PulsarRelation relation;
} Fixture;

static void
request_cb (PulsarChannel *channel,
            PulsarFrame   *frame,
            gpointer       user_data)
{
  Fixture *fixture = user_data;
  g_autoptr(PulsarRequest) request = pulsar_request_new_for_frame (fixture->actor, channel, frame, fixture->relation, NULL, NULL);

  pulsar_actor_deliver (fixture->actor, request);
}

static const PulsarChannelHandler handler = { request_cb, NULL, NULL };

static void
add_setting (PulsarConfig       *config,
             const char         *name,
             PulsarSettingFlags  flags)
{
  g_autoptr(PulsarSetting) setting = pulsar_setting_new (g_param_spec_int (name, name, name, 0, 100, 7, G_PARAM_READWRITE),
                                                         "test", NULL, flags);

  pulsar_config_add_setting (config, setting);
}

static void
fixture_set_up (Fixture       *fixture,
                gconstpointer  user_data)
{
  static const PulsarMailboxLimits limits = { 1000, 64 << 20, 64 << 20 };
  int fds[2];

  fixture->directory = pulsar_directory_new ();
  fixture->config = pulsar_config_new ();
  add_setting (fixture->config, "seats", PULSAR_SETTING_RUNTIME);
  add_setting (fixture->config, "tables", PULSAR_SETTING_NONE);
  add_setting (fixture->config, "password", PULSAR_SETTING_SECRET | PULSAR_SETTING_RUNTIME);
  fixture->actor = g_object_new (PULSAR_TYPE_ACTOR, "name", "web", "config", fixture->config, NULL);
  pulsar_directory_set_root (fixture->directory, fixture->actor);
  pulsar_actor_set_state (fixture->actor, PULSAR_STATE_STARTING);
  pulsar_actor_set_state (fixture->actor, PULSAR_STATE_RUNNING);
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM, 0, fds));
  fixture->callee = pulsar_channel_new (fds[0], &limits, &handler, fixture);
  fixture->caller = pulsar_channel_new (fds[1], &limits, &handler, fixture);
}

static void
fixture_tear_down (Fixture       *fixture,
                   gconstpointer  user_data)
{
  g_clear_pointer (&fixture->caller, pulsar_channel_unref);
  g_clear_pointer (&fixture->callee, pulsar_channel_unref);
  g_assert_finalize_object (g_steal_pointer (&fixture->directory));
  g_assert_finalize_object (g_steal_pointer (&fixture->actor));
  g_assert_finalize_object (g_steal_pointer (&fixture->config));
}

static GVariant *
ask (Fixture         *fixture,
     PulsarRelation   relation,
     const char      *command,
     GVariant        *arguments,
     GError         **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  fixture->relation = relation;
  pulsar_channel_ask (fixture->caller, NULL, command, arguments, NULL, PULSAR_TIMEOUT_DEFAULT,
                      NULL, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  return pulsar_ask_finish (PULSAR_ASK (result), NULL, error);
}

/* One letter for each relation, in their order: + goes well, n not-allowed, i invalid-arguments, * a text instead of the value. */
static const struct
{
  const char *command;
  const char *arguments;
  const char *outcomes;
  const char *answer;  /* (nullable) NULL is not compared */
} rows[] = {
  { "ping", "()", "++++", "('pong',)" },
  { "ping", "(1,)", "iiii", NULL },
  { "echo", "()", "++++", "()" },
  { "echo", "(1, 'two', [3.5])", "++++", "(1, 'two', [3.5])" },
  { "info", "()", "++++", NULL },
  { "config", "('get', 'seats', @mv nothing)", "++++", "(<7>,)" },
  { "config", "('get', 'tables', @mv nothing)", "++++", "(<7>,)" },
  { "config", "('get', 'password', @mv nothing)", "+nn*", "(<7>,)" },
  { "config", "('get', 'chairs', @mv nothing)", "iiii", NULL },
  { "config", "('set', 'seats', just <7>)", "++n+", "()" },
  { "config", "('follow', 'seats', just <7>)", "i+ii", "()" },
  { "config", "('set', 'password', just <7>)", "++n+", "()" },
  { "config", "('set', 'tables', just <7>)", "nnnn", NULL },
  { "config", "('set', 'chairs', just <7>)", "iini", NULL },
  { "config", "('set', 'seats', @mv nothing)", "iiii", NULL },
  { "config", "('erase', 'seats', @mv nothing)", "iiii", NULL },
  { "config", "('get', 'seats')", "iiii", NULL },
  { "stop", "()", "++n+", "()" },
  { "stop", "(1,)", "iini", NULL },
};

static void
test_builtin_table (Fixture       *fixture,
                    gconstpointer  user_data)
{
  g_test_summary ("Who may do what, row by row");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint relation = 0; relation < 4; relation++)
      {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) answer = ask (fixture, (PulsarRelation) relation, rows[i].command,
                                          g_variant_new_parsed (rows[i].arguments), &error);

        g_test_message ("%s %s as %u: %s", rows[i].command, rows[i].arguments, relation, error != NULL ? error->message : "fine");
        switch (rows[i].outcomes[relation])
          {
          case '+':
            g_assert_no_error (error);
            if (rows[i].answer != NULL)
              test_assert_answer (answer, error, rows[i].answer);
            break;
          case '*':
            test_assert_answer (answer, error, "(<'***'>,)");
            break;
          case 'n':
            g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED);
            break;
          case 'i':
          default:
            g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS);
            break;
          }

        /* The next row finds a running actor. */
        if (g_str_equal (rows[i].command, "stop") && error == NULL)
          {
            pulsar_test_wait_for (pulsar_actor_get_state (fixture->actor) == PULSAR_STATE_CLOSED);
            pulsar_actor_set_state (fixture->actor, PULSAR_STATE_STARTING);
            pulsar_actor_set_state (fixture->actor, PULSAR_STATE_RUNNING);
          }
        g_assert_cmpint (pulsar_actor_get_state (fixture->actor), ==, PULSAR_STATE_RUNNING);
      }
}

static void
test_builtin_set (Fixture       *fixture,
                  gconstpointer  user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = ask (fixture, PULSAR_RELATION_SUPERVISOR, "config",
                                    g_variant_new_parsed ("('set', 'seats', just <9>)"), &error);

  g_test_summary ("A setting is set, unless its value is out of range");
  test_assert_answer (answer, error, "()");
  g_assert_cmpint (pulsar_config_get_int (fixture->config, "seats"), ==, 9);
  g_assert_null (ask (fixture, PULSAR_RELATION_SUPERVISOR, "config", g_variant_new_parsed ("('set', 'seats', just <900>)"),
                      &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "seats"));
  g_assert_cmpint (pulsar_config_get_int (fixture->config, "seats"), ==, 9);
}

static void
test_builtin_without_config (Fixture       *fixture,
                             gconstpointer  user_data)
{
  g_autoptr(GError) error = NULL;

  g_test_summary ("An actor without a configuration says so");
  pulsar_actor_set_config (fixture->actor, NULL);
  g_assert_null (ask (fixture, PULSAR_RELATION_SELF, "config", g_variant_new_parsed ("('get', 'seats', @mv nothing)"), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_FAILED);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add ("/builtin/table", Fixture, NULL, fixture_set_up, test_builtin_table, fixture_tear_down);
  g_test_add ("/builtin/set", Fixture, NULL, fixture_set_up, test_builtin_set, fixture_tear_down);
  g_test_add ("/builtin/without-config", Fixture, NULL, fixture_set_up, test_builtin_without_config, fixture_tear_down);
  return g_test_run ();
}
