/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "actor-test.h"

static void
nothing_cb (PulsarRequest *request,
            gpointer       user_data)
{
}

static void
count_cb (gpointer user_data)
{
  guint *count = user_data;

  (*count)++;
}

static void
test_command_register (void)
{
  guint n_destroyed = 0;
  g_autoptr(PulsarCommand) command = NULL;

  g_test_summary ("A command is found, replaced and removed, and its data is freed once it is not needed");
  g_assert_null (pulsar_command_lookup ("dig"));
  pulsar_command_register ("dig", "(u)", PULSAR_COMMAND_CALLERS_ANY, nothing_cb, &n_destroyed, count_cb);
  command = pulsar_command_ref (pulsar_command_lookup ("dig"));
  g_assert_true (command->registered);
  pulsar_command_register ("dig", NULL, PULSAR_COMMAND_CALLERS_SELF, nothing_cb, &n_destroyed, count_cb);
  g_assert_false (command->registered);
  g_assert_cmpuint (n_destroyed, ==, 0);
  g_clear_pointer (&command, pulsar_command_unref);
  g_assert_cmpuint (n_destroyed, ==, 1);
  g_assert_cmpint ((int) pulsar_command_lookup ("dig")->callers, ==, PULSAR_COMMAND_CALLERS_SELF);
  g_assert_true (pulsar_command_unregister ("dig"));
  g_assert_cmpuint (n_destroyed, ==, 2);
  g_assert_false (pulsar_command_unregister ("dig"));
  g_assert_null (pulsar_command_lookup ("dig"));
}

static void
test_command_check (void)
{
  static const struct
  {
    const char *type;
    const char *arguments;
    gboolean is_fine;
  } rows[] = {
    { NULL, "()", TRUE },
    { NULL, "(1,)", FALSE },
    { "()", "()", TRUE },
    { "(su)", "('a', uint32 1)", TRUE },
    { "(su)", "('a', 1)", FALSE },
    { "(su)", "('a',)", FALSE },
    { "r", "()", TRUE },
    { "r", "('a', <1>)", TRUE },
    { "(s*)", "('a', [1, 2])", TRUE },
    { "(s*)", "(1, 2)", FALSE },
    { "(a?)", "([1],)", TRUE },
    { "(a?)", "([(1,)],)", FALSE },
    { "(ssmv)", "('a', 'b', @mv nothing)", TRUE },
    { "(ssmv)", "('a', 'b', just <1>)", TRUE },
  };

  g_test_summary ("Arguments are of the type of the command or the handler is not entered");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GVariant) arguments = g_variant_ref_sink (g_variant_new_parsed (rows[i].arguments));
      g_autoptr(GError) error = NULL;
      gboolean is_fine;

      pulsar_command_register ("dig", rows[i].type, PULSAR_COMMAND_CALLERS_ANY, nothing_cb, NULL, NULL);
      is_fine = pulsar_command_check (pulsar_command_lookup ("dig"), PULSAR_RELATION_SIBLING, arguments, &error);
      g_assert_cmpint (is_fine, ==, rows[i].is_fine);
      if (is_fine)
        g_assert_no_error (error);
      else
        g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS);
    }
  g_assert_true (pulsar_command_unregister ("dig"));
}

static void
test_command_callers (void)
{
  static const char * const names[] = { "self", "supervisor", "sibling", "control" };

  g_test_summary ("Each set of callers lets in those in it and names those it keeps out");
  for (guint callers = 0; callers <= PULSAR_COMMAND_CALLERS_ANY; callers++)
    {
      pulsar_command_register ("dig", NULL, (PulsarCommandCallers) callers, nothing_cb, NULL, NULL);
      for (guint relation = 0; relation < G_N_ELEMENTS (names); relation++)
        {
          g_autoptr(GError) error = NULL;
          gboolean is_fine = pulsar_command_check (pulsar_command_lookup ("dig"), (PulsarRelation) relation,
                                                   pulsar_request_get_unit (), &error);

          g_assert_cmpint (is_fine, ==, (callers & (1u << relation)) != 0);
          if (is_fine)
            continue;
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED);
          g_assert_nonnull (strstr (error->message, "“dig”"));
          g_assert_nonnull (strstr (error->message, names[relation]));
        }
    }
  g_assert_true (pulsar_command_unregister ("dig"));
}

static void
test_command_builtin (void)
{
  static const char * const names[] = { "ping", "echo", "info", "stop", "config" };

  g_test_summary ("A program cannot replace or remove what the library itself relies on");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*builtin*");
      pulsar_command_register (names[i], NULL, PULSAR_COMMAND_CALLERS_ANY, nothing_cb, NULL, NULL);
      g_test_assert_expected_messages ();
      g_assert_false (pulsar_command_unregister (names[i]));
      g_assert_true (pulsar_command_lookup (names[i])->builtin);
    }
}

static void
test_command_misuse (void)
{
  static const char * const types[] = { "i", "", "(", "s", "a{sv}", "()()" };

  g_test_summary ("Arguments are tuples: nothing else can be registered");
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_test_expect_message ("Pulsar", G_LOG_LEVEL_CRITICAL, "*argument_type*");
      pulsar_command_register ("dig", types[i], PULSAR_COMMAND_CALLERS_ANY, nothing_cb, NULL, NULL);
      g_test_assert_expected_messages ();
      g_assert_null (pulsar_command_lookup ("dig"));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/command/register", test_command_register);
  g_test_add_func ("/command/check", test_command_check);
  g_test_add_func ("/command/callers", test_command_callers);
  g_test_add_func ("/command/builtin", test_command_builtin);
  g_test_add_func ("/command/misuse", test_command_misuse);
  return g_test_run ();
}
