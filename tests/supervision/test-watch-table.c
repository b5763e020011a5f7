/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "../actor/actor-test.h"
#include "pulsar-glib/process/pulsar-exit-record-private.h"
#include "pulsar-glib/supervision/pulsar-watch-private.h"
#include "pulsar-glib/supervision/pulsar-watch-table-private.h"

static PulsarExitRecord *
make_record (int pid)
{
  return pulsar_exit_record_new (pid, 10, 20, PULSAR_EXIT_REASON_EXITED, 7, 0, FALSE);
}

static PulsarActorProxy *
make_proxy (const char *id)
{
  return g_object_new (PULSAR_TYPE_ACTOR_PROXY, "name", "helper", "id", id, NULL);
}

static void
end (PulsarWatchTable *table,
     PulsarActorProxy *proxy,
     int               pid)
{
  g_autoptr(PulsarExitRecord) record = make_record (pid);

  pulsar_watch_table_end (table, proxy, record);
}

static void
assert_dead (PulsarWatchTable *table,
             const char       *target,
             int               pid)
{
  g_autoptr(PulsarExitRecord) record = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (pulsar_watch_table_add (table, NULL, target, 99, &record, &error));
  g_assert_no_error (error);
  g_assert_cmpint (pulsar_exit_record_get_pid (record), ==, pid);
}

static void
test_table_bounded (void)
{
  g_autoptr(PulsarDirectory) directory = pulsar_directory_new ();
  PulsarWatchTable *table = pulsar_watch_table_get (directory);
  g_autoptr(PulsarExitRecord) none = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("So many of the dead are remembered and no more, by id, by unique name, and the last one by name");
  for (int i = 0; i <= PULSAR_WATCH_DEAD_MAX; i++)
    {
      g_autofree char *id = g_strdup_printf ("id%d", i);
      g_autoptr(PulsarActorProxy) proxy = make_proxy (id);

      pulsar_watch_table_begin (table, proxy);
      end (table, proxy, i + 1);
      end (table, proxy, 77);  /* nobody dies twice */
    }
  g_assert_false (pulsar_watch_table_add (table, NULL, "id0", 99, &none, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
  assert_dead (table, "id1", 2);
  assert_dead (table, "helper.id1", 2);
  assert_dead (table, "id4096", 4097);
  assert_dead (table, "helper", 4097);
  g_assert_cmpuint (pulsar_watch_table_get_n_watches (table), ==, 0);
}

static void
test_table_rules (void)
{
  g_autoptr(PulsarDirectory) directory = pulsar_directory_new ();
  PulsarWatchTable *table = pulsar_watch_table_get (directory);
  g_autoptr(PulsarActorProxy) first = make_proxy ("one");
  g_autoptr(PulsarActorProxy) second = make_proxy ("two");
  g_autoptr(PulsarActorProxy) stranger = make_proxy ("stranger");
  static const char *const wrong[] = { "helper", "other.one", "helper.three", "three", "" };
  PulsarExitRecord *record = NULL;
  GError *error = NULL;

  g_test_summary ("Names are told apart, a token is taken once, a process has its limit, and watches go with the watcher");
  pulsar_watch_table_begin (table, first);
  pulsar_watch_table_begin (table, second);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (pulsar_watch_table_add (table, first, wrong[i], 1, &record, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
      g_clear_error (&error);
    }
  g_assert_false (pulsar_watch_table_add (table, stranger, "one", 1, &record, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
  g_clear_error (&error);
  g_assert_true (pulsar_watch_table_add (table, first, "helper.two", 1, &record, &error));
  g_assert_false (pulsar_watch_table_add (table, first, "two", 1, &record, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);
  g_assert_true (pulsar_watch_table_add (table, second, "two", 1, &record, &error));  /* itself, of which it will not hear */
  g_assert_true (pulsar_watch_table_add (table, NULL, "two", 1, &record, &error));
  g_assert_cmpuint (pulsar_watch_table_get_n_watches (table), ==, 3);
  pulsar_watch_table_remove (table, NULL, 1);
  pulsar_watch_table_remove (table, NULL, 1);
  pulsar_watch_table_remove (table, stranger, 1);
  g_assert_cmpuint (pulsar_watch_table_get_n_watches (table), ==, 2);
  for (guint64 token = 2; token <= PULSAR_WATCH_WATCHES_MAX; token++)
    g_assert_true (pulsar_watch_table_add (table, first, "two", token, &record, &error));
  g_assert_false (pulsar_watch_table_add (table, first, "two", 70000, &record, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK);
  g_clear_error (&error);
  end (table, first, 1);
  g_assert_cmpuint (pulsar_watch_table_get_n_watches (table), ==, 1);
  end (table, second, 2);
  g_assert_cmpuint (pulsar_watch_table_get_n_watches (table), ==, 0);
}

static guint64
get_n_messages (PulsarActor *actor)
{
  g_autoptr(GVariant) info = pulsar_actor_dup_info (actor);
  g_autoptr(GVariant) facts = g_variant_lookup_value (info, "actor", G_VARIANT_TYPE_VARDICT);
  guint64 n_messages = 0;

  g_assert_true (g_variant_lookup (facts, "messages", "t", &n_messages));
  return n_messages;
}

static void
test_table_credit (void)
{
  TestTree tree;
  PulsarWatchTable *table;
  g_autoptr(PulsarActorProxy) victim = make_proxy ("victim");
  g_autoptr(GVariant) pong = NULL;
  GError *error = NULL;

  g_test_summary ("A death that is watched 2500 times is three messages, and none while it lives");
  test_tree_init (&tree, NULL);
  pulsar_builtin_install ();
  pulsar_watch_install ();
  table = pulsar_watch_table_get (tree.directory);
  pulsar_watch_table_begin (table, victim);
  pulsar_watch_table_begin (table, tree.workers[0].proxy);
  for (guint64 token = 1; token <= 2500; token++)
    {
      g_autoptr(PulsarExitRecord) record = NULL;

      g_assert_true (pulsar_watch_table_add (table, tree.workers[0].proxy, "victim", token, &record, NULL));
      g_assert_null (record);
    }
  g_assert_cmpuint (get_n_messages (tree.workers[0].actor), ==, 0);
  end (table, victim, 5);
  pulsar_test_wait_for (get_n_messages (tree.workers[0].actor) == 3);
  pong = test_ask (tree.arbiter, pulsar_actor_get_id (tree.workers[0].actor), "ping", NULL, &error);
  test_assert_answer (pong, error, "('pong',)");
  g_assert_cmpuint (get_n_messages (tree.workers[0].actor), ==, 4);
  end (table, tree.workers[0].proxy, 6);
  test_tree_clear (&tree);
}

static void
test_table_record (void)
{
  g_autoptr(PulsarExitRecord) record = pulsar_exit_record_new (42, 10, 20, PULSAR_EXIT_REASON_OOM, -1, 9, TRUE);
  g_autoptr(GVariant) value = g_variant_ref_sink (pulsar_exit_record_to_variant (record));
  g_autoptr(PulsarExitRecord) copy = pulsar_exit_record_new_from_variant (value);
  g_autoptr(GVariant) bad = g_variant_ref_sink (g_variant_new (PULSAR_EXIT_RECORD_VARIANT_TYPE, -1, (gint64) -1, (gint64) -1,
                                                               99, 999, -1, FALSE, NULL));
  g_autoptr(PulsarExitRecord) mended = pulsar_exit_record_new_from_variant (bad);

  g_test_summary ("A record travels, and a wrong one becomes something possible");
  g_assert_cmpint (pulsar_exit_record_get_pid (copy), ==, 42);
  g_assert_cmpint (pulsar_exit_record_get_started (copy), ==, 10);
  g_assert_cmpint (pulsar_exit_record_get_ended (copy), ==, 20);
  g_assert_cmpint (pulsar_exit_record_get_reason (copy), ==, PULSAR_EXIT_REASON_OOM);
  g_assert_cmpint (pulsar_exit_record_get_code (copy), ==, -1);
  g_assert_cmpint (pulsar_exit_record_get_signal_number (copy), ==, 9);
  g_assert_true (pulsar_exit_record_get_core_dumped (copy));
  g_assert_cmpint (pulsar_exit_record_get_pid (mended), ==, 0);
  g_assert_cmpint (pulsar_exit_record_get_reason (mended), ==, PULSAR_EXIT_REASON_LOST);
  g_assert_cmpint (pulsar_exit_record_get_code (mended), ==, 255);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/watch-table/bounded", test_table_bounded);
  g_test_add_func ("/watch-table/rules", test_table_rules);
  g_test_add_func ("/watch-table/credit", test_table_credit);
  g_test_add_func ("/watch-table/record", test_table_record);
  return g_test_run ();
}
