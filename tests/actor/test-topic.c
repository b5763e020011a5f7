/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "actor-test.h"

#include "pulsar-glib/actor/pulsar-topic-private.h"

typedef struct
{
  GString *seen;       /* “a1 b1 ” */
  guint n_values;
  guint n_destroyed;
} Listener;

static void
value_cb (PulsarActor *actor,
          const char  *topic,
          GVariant    *value,
          gpointer     user_data)
{
  Listener *listener = user_data;

  g_assert_true (pulsar_actor_get_current () == actor);
  listener->n_values++;
  g_string_append_printf (listener->seen, "%s ", g_variant_get_string (value, NULL));
}

static void
destroy_cb (gpointer user_data)
{
  Listener *listener = user_data;

  listener->n_destroyed++;
}

static void
listener_clear (Listener *listener)
{
  g_string_free (listener->seen, TRUE);
}

static void
publish (PulsarActor *actor,
         const char  *topic,
         const char  *text)
{
  g_autoptr(GError) error = NULL;

  pulsar_actor_publish (actor, topic, g_variant_new_string (text), &error);
  g_assert_no_error (error);
}

/* What @actor said before has been done by the arbiter. */
static void
settle (PulsarActor *actor)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) pong = test_ask (actor, "arbiter", "ping", NULL, &error);

  test_assert_answer (pong, error, "('pong',)");
}

static void
install (void)
{
  pulsar_builtin_install ();
  pulsar_topic_install ();
  pulsar_topic_install_arbiter ();
}

static void
test_topic_delivery (void)
{
  TestTree tree;
  Listener here = { g_string_new (NULL) }, first = { g_string_new (NULL) }, second = { g_string_new (NULL) };
  PulsarTopicStats stats;

  g_test_summary ("What anybody publishes reaches all who subscribed, in the order of each publisher, and nobody else");
  install ();
  test_tree_init (&tree, NULL);
  pulsar_actor_subscribe (tree.monitor, "news", value_cb, &here, destroy_cb);
  pulsar_actor_subscribe (tree.workers[0].actor, "news", value_cb, &first, destroy_cb);
  pulsar_actor_subscribe (tree.workers[1].actor, "news", value_cb, &second, destroy_cb);
  pulsar_actor_subscribe (tree.workers[1].actor, "other", value_cb, &second, destroy_cb);
  settle (tree.workers[0].actor);
  settle (tree.workers[1].actor);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *a = g_strdup_printf ("a%u", i);

      publish (tree.workers[0].actor, "news", a);
    }
  settle (tree.workers[0].actor);
  publish (tree.arbiter, "news", "b");
  publish (tree.arbiter, "nobody", "x");
  publish (tree.workers[1].actor, "other", "c");
  pulsar_test_wait_for (here.n_values == 4 && first.n_values == 4 && second.n_values == 5);
  g_assert_cmpstr (here.seen->str, ==, "a0 a1 a2 b ");
  g_assert_cmpstr (first.seen->str, ==, "a0 a1 a2 b ");
  g_assert_true (g_str_has_prefix (second.seen->str, "a0 a1 a2 "));
  pulsar_topic_board_get_stats (pulsar_directory_get_topics (tree.directory), &stats);
  g_assert_cmpuint (stats.n_subscriptions, ==, 3);
  g_assert_cmpuint (stats.n_published, ==, 6);
  g_assert_cmpuint (stats.n_delivered, ==, 9);
  g_assert_cmpuint (stats.n_dropped, ==, 0);
  test_tree_clear (&tree);
  g_assert_cmpuint (here.n_destroyed, ==, 1);
  g_assert_cmpuint (first.n_destroyed, ==, 1);
  g_assert_cmpuint (second.n_destroyed, ==, 2);
  listener_clear (&here);
  listener_clear (&first);
  listener_clear (&second);
}

static void
test_topic_end (void)
{
  TestTree tree;
  Listener first = { g_string_new (NULL) }, second = { g_string_new (NULL) };
  PulsarTopicStats stats;
  guint one, two;

  g_test_summary ("A subscription ends when it is told to, and with the process of the subscriber");
  install ();
  test_tree_init (&tree, NULL);
  one = pulsar_actor_subscribe (tree.workers[0].actor, "news", value_cb, &first, destroy_cb);
  two = pulsar_actor_subscribe (tree.workers[0].actor, "news", value_cb, &second, destroy_cb);
  pulsar_actor_subscribe (tree.workers[1].actor, "news", value_cb, &second, NULL);
  settle (tree.workers[1].actor);
  g_assert_true (pulsar_actor_unsubscribe (tree.workers[0].actor, one));
  g_assert_false (pulsar_actor_unsubscribe (tree.workers[0].actor, one));
  g_assert_cmpuint (first.n_destroyed, ==, 1);
  publish (tree.workers[0].actor, "news", "a");
  pulsar_test_wait_for (second.n_values == 2);
  g_assert_cmpuint (first.n_values, ==, 0);
  g_assert_true (pulsar_actor_unsubscribe (tree.workers[0].actor, two));
  settle (tree.workers[0].actor);
  pulsar_topic_board_get_stats (pulsar_directory_get_topics (tree.directory), &stats);
  g_assert_cmpuint (stats.n_subscriptions, ==, 1);
  pulsar_directory_remove_proxy (tree.directory, tree.workers[1].proxy);
  pulsar_topic_board_get_stats (pulsar_directory_get_topics (tree.directory), &stats);
  g_assert_cmpuint (stats.n_subscriptions, ==, 0);
  test_tree_clear (&tree);
  listener_clear (&first);
  listener_clear (&second);
}

static void
test_topic_slow (void)
{
  static const PulsarMailboxLimits limits = { 20, 64 << 20, 64 << 20 };
  TestTree tree;
  Listener slow = { g_string_new (NULL) }, fast = { g_string_new (NULL) };
  PulsarTopicStats stats;

  g_test_summary ("What a slow subscriber has no room for is lost for it and counted; the others and the publisher lose nothing");
  install ();
  test_tree_init (&tree, &limits);
  pulsar_actor_subscribe (tree.workers[0].actor, "news", value_cb, &slow, NULL);
  pulsar_actor_subscribe (tree.workers[1].actor, "news", value_cb, &fast, NULL);
  settle (tree.workers[0].actor);
  settle (tree.workers[1].actor);
  pulsar_actor_hold_requests (tree.workers[0].actor, TRUE);
  for (guint i = 0; i < 500; i++)
    {
      publish (tree.workers[1].actor, "news", "x");
      pulsar_test_wait_for (fast.n_values == i + 1);
    }
  g_assert_cmpuint (slow.n_values, ==, 0);
  pulsar_actor_hold_requests (tree.workers[0].actor, FALSE);
  pulsar_topic_board_get_stats (pulsar_directory_get_topics (tree.directory), &stats);
  g_assert_cmpuint (slow.n_values, >=, 10);
  g_assert_cmpuint (slow.n_values, <=, 25);
  g_assert_cmpuint (stats.n_dropped, ==, 500 - slow.n_values);
  g_assert_cmpuint (stats.n_delivered, ==, 500 + slow.n_values);

  /* And it goes on. */
  settle (tree.workers[0].actor);
  slow.n_values = 0;
  publish (tree.workers[0].actor, "news", "y");
  pulsar_test_wait_for (slow.n_values == 1);
  test_tree_clear (&tree);
  listener_clear (&slow);
  listener_clear (&fast);
}

static void
test_topic_refused (void)
{
  TestTree tree;
  g_autofree char *long_name = g_strnfill (PULSAR_TOPIC_LENGTH_MAX + 1, 'x');
  g_autoptr(PulsarActorProxy) proxy = g_object_new (PULSAR_TYPE_ACTOR_PROXY, "name", "x", "id", "y", NULL);
  PulsarTopicBoard *board;
  const struct
  {
    const char *target;
    const char *command;
    GVariant *arguments;
    int code;
  } rows[] = {
    { "arbiter", "topic-subscribe", g_variant_new ("(s)", ""), PULSAR_ERROR_INVALID_ARGUMENTS },
    { "arbiter", "topic-subscribe", g_variant_new ("(s)", long_name), PULSAR_ERROR_INVALID_ARGUMENTS },
    { "arbiter", "topic-publish", g_variant_new ("(sv)", "", g_variant_new_boolean (TRUE)), PULSAR_ERROR_INVALID_ARGUMENTS },
    { "web", "topic-subscribe", g_variant_new ("(s)", "x"), PULSAR_ERROR_NOT_ALLOWED },
    { "web", "topic-publish", g_variant_new ("(sv)", "x", g_variant_new_boolean (TRUE)), PULSAR_ERROR_NOT_ALLOWED },
    { "arbiter", "topic-value", g_variant_new ("(sv)", "x", g_variant_new_boolean (TRUE)), PULSAR_ERROR_NOT_ALLOWED },
  };
  GError *error = NULL;

  g_test_summary ("Impossible names, those who may not, and one who wants too much");
  install ();
  test_tree_init (&tree, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GVariant) answer G_GNUC_UNUSED = test_ask (tree.workers[0].actor, rows[i].target, rows[i].command, rows[i].arguments, &error);

      g_assert_error (error, PULSAR_ERROR, rows[i].code);
      g_clear_error (&error);
    }
  g_assert_false (pulsar_actor_publish (tree.arbiter, "", g_variant_new_boolean (TRUE), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);

  board = pulsar_directory_get_topics (tree.directory);
  for (guint i = 0; i < PULSAR_TOPIC_TOPICS_MAX; i++)
    {
      g_autofree char *topic = g_strdup_printf ("topic%u", i);

      g_assert_true (pulsar_topic_board_subscribe (board, proxy, topic, &error));
    }
  g_assert_true (pulsar_topic_board_subscribe (board, proxy, "topic0", &error));
  g_assert_false (pulsar_topic_board_subscribe (board, proxy, "more", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK);
  g_clear_error (&error);
  pulsar_topic_board_remove (board, proxy);
  test_tree_clear (&tree);
}

static void
test_topic_early (void)
{
  TestTree tree;
  Listener listener = { g_string_new (NULL) };

  g_test_summary ("An actor may subscribe before it is anywhere");
  install ();
  test_tree_init (&tree, NULL);
  pulsar_directory_remove_actor (tree.workers[0].directory, tree.workers[0].actor);
  pulsar_actor_subscribe (tree.workers[0].actor, "news", value_cb, &listener, NULL);
  pulsar_directory_set_root (tree.workers[0].directory, tree.workers[0].actor);
  settle (tree.workers[0].actor);
  publish (tree.arbiter, "news", "a");
  pulsar_test_wait_for (listener.n_values == 1);
  test_tree_clear (&tree);
  listener_clear (&listener);
}

static guint ids[2];

static void
unsubscribing_cb (PulsarActor *actor,
                  const char  *topic,
                  GVariant    *value,
                  gpointer     user_data)
{
  Listener *listener = user_data;

  listener->n_values++;
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_true (pulsar_actor_unsubscribe (actor, ids[i]));
  g_assert_cmpstr (topic, ==, "news");
  pulsar_actor_subscribe (actor, "news", value_cb, listener, NULL);
}

static void
test_topic_reentrant (void)
{
  TestTree tree;
  Listener listener = { g_string_new (NULL) };

  g_test_summary ("A handler may end its own subscription and another one, and make new ones");
  install ();
  test_tree_init (&tree, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = pulsar_actor_subscribe (tree.monitor, "news", unsubscribing_cb, &listener, destroy_cb);
  publish (tree.arbiter, "news", "a");
  pulsar_test_wait_for (listener.n_values > 0);
  settle (tree.monitor);
  g_assert_cmpuint (listener.n_values, ==, 1);
  g_assert_cmpuint (listener.n_destroyed, ==, 2);
  publish (tree.arbiter, "news", "b");
  settle (tree.monitor);
  g_assert_cmpstr (listener.seen->str, ==, "b ");
  test_tree_clear (&tree);
  listener_clear (&listener);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/topic/delivery", test_topic_delivery);
  g_test_add_func ("/topic/end", test_topic_end);
  g_test_add_func ("/topic/slow", test_topic_slow);
  g_test_add_func ("/topic/refused", test_topic_refused);
  g_test_add_func ("/topic/early", test_topic_early);
  g_test_add_func ("/topic/reentrant", test_topic_reentrant);
  return g_test_run ();
}
