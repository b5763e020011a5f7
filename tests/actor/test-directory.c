/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "actor-test.h"

static void
keep_cb (PulsarRequest *request,
         gpointer       user_data)
{
  PulsarRequest **kept = user_data;

  g_assert_null (*kept);
  *kept = g_object_ref (request);
}

static void
test_directory_resolve_arbiter (void)
{
  TestTree tree;
  PulsarRoute route;
  g_autoptr(GError) error = NULL;
  g_autofree char *unique_name = NULL;
  g_autofree char *monitor_name = NULL;
  g_autofree char *wrong_name = NULL;

  g_test_summary ("Every form of a name finds its actor in the process of the arbiter");
  test_tree_init (&tree, NULL);
  unique_name = g_strconcat ("web.", pulsar_actor_get_id (tree.workers[0].actor), NULL);
  wrong_name = g_strconcat ("we.", pulsar_actor_get_id (tree.workers[0].actor), NULL);
  monitor_name = g_strconcat ("web.", pulsar_actor_get_id (tree.monitor), NULL);
  {
    const struct
    {
      PulsarActor *from;
      PulsarActorProxy *sender;
      const char *target;
      PulsarActor *actor;
      PulsarChannel *channel;
    } rows[] = {
      { tree.arbiter, NULL, "arbiter", tree.arbiter, NULL },
      { tree.monitor, NULL, "arbiter", tree.arbiter, NULL },
      { NULL, tree.workers[0].proxy, "arbiter", tree.arbiter, NULL },
      { tree.monitor, NULL, "monitor", tree.arbiter, NULL },
      { NULL, tree.workers[0].proxy, "monitor", tree.monitor, NULL },
      { NULL, tree.workers[0].proxy, NULL, tree.monitor, NULL },
      { tree.arbiter, NULL, "monitor", NULL, NULL },
      { tree.arbiter, NULL, "web", tree.monitor, NULL },
      { NULL, tree.workers[0].proxy, "web", tree.monitor, NULL },
      { tree.arbiter, NULL, monitor_name, tree.monitor, NULL },
      { tree.arbiter, NULL, pulsar_actor_get_id (tree.monitor), tree.monitor, NULL },
      { tree.arbiter, NULL, pulsar_actor_get_id (tree.workers[0].actor), NULL, tree.workers[0].arbiter_end },
      { NULL, tree.workers[1].proxy, unique_name, NULL, tree.workers[0].arbiter_end },
      { tree.arbiter, NULL, wrong_name, NULL, NULL },
      { tree.arbiter, NULL, "nobody", NULL, NULL },
      { tree.arbiter, NULL, "no.body", NULL, NULL },
      { tree.arbiter, NULL, "", NULL, NULL },
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
      {
        gboolean is_found = pulsar_directory_resolve (tree.directory, rows[i].from, rows[i].sender, rows[i].target,
                                                      &route, &error);

        g_assert_cmpint (is_found, ==, rows[i].actor != NULL || rows[i].channel != NULL);
        if (is_found)
          {
            g_assert_true (route.actor == rows[i].actor);
            g_assert_true (route.channel == rows[i].channel);
            g_assert_null (route.route);
            continue;
          }
        g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
        g_clear_error (&error);
      }
  }
  test_tree_clear (&tree);
}

static void
test_directory_resolve_worker (void)
{
  TestTree tree;
  PulsarRoute route;
  g_autoptr(GError) error = NULL;
  g_autofree char *unique_name = NULL;

  g_test_summary ("A worker knows itself and asks the arbiter for everybody else");
  test_tree_init (&tree, NULL);
  unique_name = g_strconcat ("web.", pulsar_actor_get_id (tree.workers[0].actor), NULL);
  {
    TestWorker *worker = &tree.workers[0];
    const struct
    {
      const char *target;
      PulsarActor *actor;
      const char *route;
    } rows[] = {
      { NULL, NULL, NULL },
      { "arbiter", NULL, "arbiter" },
      { "monitor", NULL, "monitor" },
      { "web", NULL, "web" },
      { "nobody", NULL, "nobody" },
      { pulsar_actor_get_id (worker->actor), worker->actor, NULL },
      { unique_name, worker->actor, NULL },
      { pulsar_actor_get_id (tree.workers[1].actor), NULL, pulsar_actor_get_id (tree.workers[1].actor) },
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
      {
        g_assert_true (pulsar_directory_resolve (worker->directory, worker->actor, NULL, rows[i].target, &route, &error));
        g_assert_no_error (error);
        g_assert_true (route.actor == rows[i].actor);
        g_assert_true (route.channel == (rows[i].actor == NULL ? worker->channel : NULL));
        g_assert_cmpstr (route.route, ==, rows[i].route);
      }
  }
  test_tree_clear (&tree);
}

static void
test_directory_unknown (void)
{
  TestTree tree;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Nobody of that name is an error for the one who asks, wherever he is");
  test_tree_init (&tree, NULL);
  g_assert_null (test_ask (tree.arbiter, "nobody", "ping", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
  g_assert_cmpstr (error->message, ==, "There is no actor “nobody”");
  g_clear_error (&error);
  g_assert_null (test_ask (tree.workers[0].actor, "nobody", "ping", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
  g_assert_cmpstr (error->message, ==, "There is no actor “nobody”");
  g_clear_error (&error);
  g_assert_false (pulsar_actor_post (tree.arbiter, "nobody", "ping", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
  test_tree_clear (&tree);
}

static void
dead_letter_cb (PulsarDirectory *directory,
                const char      *target,
                const char      *command,
                const GError    *error,
                GString         *log)
{
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
  g_string_append_printf (log, "%s %s;", target, command);
}

static void
test_directory_dead_letters (void)
{
  TestTree tree;
  PulsarDirectoryStats stats;
  g_autoptr(GString) log = g_string_new (NULL);
  g_autoptr(GError) error = NULL;

  g_test_summary ("What a worker sends to nobody is counted and told");
  test_tree_init (&tree, NULL);
  g_signal_connect (tree.directory, "dead-letter", G_CALLBACK (dead_letter_cb), log);
  g_assert_true (pulsar_actor_post (tree.workers[0].actor, "nobody", "sing", NULL, &error));
  g_assert_no_error (error);
  g_assert_null (test_ask (tree.workers[0].actor, "none", "dance", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
  g_assert_cmpstr (log->str, ==, "nobody sing;none dance;");
  pulsar_directory_get_stats (tree.directory, &stats);
  g_assert_cmpuint (stats.n_dead_letters, ==, 2);
  g_assert_cmpuint (stats.n_actors, ==, 2);
  g_assert_cmpuint (stats.n_proxies, ==, N_WORKERS);
  test_tree_clear (&tree);
}

static void
answered_cb (PulsarChannel *channel,
             GVariant      *body,
             GUnixFDList   *fds,
             const GError  *error,
             gpointer       user_data)
{
  gboolean *answered = user_data;

  g_assert_no_error (error);
  *answered = TRUE;
}

static void
test_directory_claims (void)
{
  TestTree tree;
  PulsarRequest *kept = NULL;
  PulsarActorProxy *caller;
  gboolean answered = FALSE;
  const char *targets[3];

  g_test_summary ("What a worker claims about itself is ignored: by the arbiter, a monitor and another worker");
  test_tree_init (&tree, NULL);
  pulsar_command_register ("keep", NULL, PULSAR_COMMAND_CALLERS_ANY, keep_cb, &kept, NULL);
  targets[0] = "arbiter";
  targets[1] = NULL;
  targets[2] = pulsar_actor_get_id (tree.workers[1].actor);
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      const PulsarChannelCall call = {
        .route = targets[i],
        .sender = "arbiter",
        .command = "keep",
        .flags = 0,  /* not SIBLING: it would like to be the supervisor */
      };

      answered = FALSE;
      pulsar_channel_ask_full (tree.workers[0].channel, &call, answered_cb, &answered);
      pulsar_test_wait_for (kept != NULL);
      g_assert_cmpint (pulsar_request_get_relation (kept), ==, PULSAR_RELATION_SIBLING);
      caller = pulsar_request_get_caller (kept);
      g_assert_cmpstr (pulsar_actor_proxy_get_id (caller), ==, pulsar_actor_get_id (tree.workers[0].actor));
      pulsar_request_return_value (kept, NULL);
      g_clear_object (&kept);
      pulsar_test_wait_for (answered);
    }
  g_assert_true (pulsar_command_unregister ("keep"));
  test_tree_clear (&tree);
}

static void
test_directory_relay_dead (void)
{
  TestTree tree;
  PulsarRequest *kept = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A relayed ask ends in actor-died, and asks to the dead one fail at once");
  test_tree_init (&tree, NULL);
  pulsar_command_register ("keep", NULL, PULSAR_COMMAND_CALLERS_ANY, keep_cb, &kept, NULL);
  pulsar_actor_send_async (tree.workers[0].actor, pulsar_actor_get_id (tree.workers[1].actor), "keep", NULL, NULL, 0, NULL,
                           pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (kept != NULL);
  pulsar_channel_close (tree.workers[1].channel);
  g_clear_object (&kept);
  pulsar_test_wait_for (result != NULL);
  g_assert_null (pulsar_actor_send_finish (tree.workers[0].actor, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
  g_clear_error (&error);

  pulsar_actor_proxy_set_channel (tree.workers[1].proxy, NULL, NULL);
  g_assert_null (test_ask (tree.workers[0].actor, pulsar_actor_get_id (tree.workers[1].actor), "ping", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
  g_assert_true (pulsar_command_unregister ("keep"));
  g_clear_object (&result);
  test_tree_clear (&tree);
}

static void
test_directory_namesakes (void)
{
  g_autoptr(PulsarDirectory) directory = pulsar_directory_new ();
  g_autoptr(PulsarActorProxy) first = g_object_new (PULSAR_TYPE_ACTOR_PROXY, "name", "greeter", "id", "1", NULL);
  g_autoptr(PulsarActorProxy) second = g_object_new (PULSAR_TYPE_ACTOR_PROXY, "name", "greeter", "id", "2", NULL);
  g_autoptr(PulsarActorProxy) again = g_object_new (PULSAR_TYPE_ACTOR_PROXY, "name", "greeter", "id", "2", NULL);
  g_autoptr(GError) error = NULL;
  PulsarRoute route;

  g_test_summary ("The name of an actor elsewhere finds it while it is the only one of that name");
  pulsar_directory_add_proxy (directory, first);
  pulsar_directory_add_proxy (directory, first);
  g_assert_true (pulsar_directory_lookup_proxy (directory, "greeter") == first);
  pulsar_directory_add_proxy (directory, second);
  g_assert_null (pulsar_directory_lookup_proxy (directory, "greeter"));
  g_assert_false (pulsar_directory_resolve (directory, NULL, first, "greeter", &route, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
  g_assert_nonnull (strstr (error->message, "Several actors are called “greeter”"));
  g_assert_true (pulsar_directory_lookup_proxy (directory, "2") == second);
  g_assert_true (pulsar_directory_lookup_proxy (directory, "greeter.1") == first);
  pulsar_directory_add_proxy (directory, again);
  g_assert_true (pulsar_directory_lookup_proxy (directory, "2") == again);
  pulsar_directory_remove_proxy (directory, second);
  g_assert_true (pulsar_directory_lookup_proxy (directory, "2") == again);
  pulsar_directory_remove_proxy (directory, first);
  g_assert_true (pulsar_directory_lookup_proxy (directory, "greeter") == again);
  pulsar_directory_remove_proxy (directory, again);
  g_assert_null (pulsar_directory_lookup_proxy (directory, "greeter"));
  g_assert_finalize_object (g_steal_pointer (&directory));
}

static void
test_directory_actors (void)
{
  g_autoptr(PulsarDirectory) directory = pulsar_directory_new ();
  g_autoptr(PulsarActor) first = g_object_new (PULSAR_TYPE_ACTOR, "name", "web", NULL);
  g_autoptr(PulsarActor) root = g_object_new (PULSAR_TYPE_ACTOR, "name", "arbiter", NULL);

  g_test_summary ("An actor belongs to a directory while it is in it, and the root is the current actor");
  g_assert_null (pulsar_actor_get_current ());
  pulsar_directory_set_root (directory, root);
  g_assert_true (pulsar_actor_get_current () == root);
  pulsar_directory_add_actor (directory, first);
  g_assert_true (pulsar_actor_get_directory (first) == directory);
  pulsar_directory_remove_actor (directory, first);
  pulsar_directory_remove_actor (directory, first);
  g_assert_null (pulsar_actor_get_directory (first));
  g_assert_null (pulsar_directory_lookup_actor (directory, "web"));
  pulsar_directory_add_actor (directory, first);
  pulsar_directory_remove_actor (directory, root);
  g_assert_null (pulsar_directory_get_root (directory));
  g_assert_null (pulsar_actor_get_current ());
  g_assert_finalize_object (g_steal_pointer (&directory));
  g_assert_null (pulsar_actor_get_directory (first));
}

static void
test_directory_ends (void)
{
  g_autoptr(PulsarDirectory) directory = pulsar_directory_new ();
  g_autoptr(PulsarActor) web = g_object_new (PULSAR_TYPE_ACTOR, "name", "web", NULL);
  g_autoptr(PulsarActor) root = g_object_new (PULSAR_TYPE_ACTOR, "name", "arbiter", NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("What waits when the program ends is answered, and so is who asks later");
  pulsar_directory_set_root (directory, root);
  pulsar_directory_add_actor (directory, web);
  pulsar_actor_send_async (root, "web", "ping", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  g_object_run_dispose (G_OBJECT (directory));
  pulsar_test_wait_for (result != NULL);
  g_assert_null (pulsar_actor_send_finish (root, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  g_assert_null (test_ask (root, "web", "ping", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
}

typedef struct
{
  PulsarDirectory *directory;
  PulsarActor *root;
  guint n_asked;
  guint n_refused;
} Ending;

#define N_ASKED 3

/* Asks again, as somebody does who wants an answer. */
static void
ask_again_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Ending *ending = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);

  g_assert_null (reply);
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  ending->n_refused++;
  if (ending->n_asked == N_ASKED)
    return;
  ending->n_asked++;
  pulsar_actor_send_async (ending->root, "web", "ping", NULL, NULL, 0, NULL, ask_again_cb, ending);
}

static void
end_cb (PulsarRequest *request,
        gpointer       user_data)
{
  Ending *ending = user_data;

  g_object_run_dispose (G_OBJECT (ending->directory));
  pulsar_request_return_value (request, NULL);
}

static void
test_directory_ends_inside (void)
{
  g_autoptr(PulsarDirectory) directory = pulsar_directory_new ();
  g_autoptr(PulsarActor) web = g_object_new (PULSAR_TYPE_ACTOR, "name", "web", NULL);
  g_autoptr(PulsarActor) root = g_object_new (PULSAR_TYPE_ACTOR, "name", "arbiter", NULL);
  g_autoptr(GError) error = NULL;
  Ending ending = { directory, root, 1, 0 };

  g_test_summary ("A handler may end the program: what waits is answered, and its callbacks may ask again");
  pulsar_directory_set_root (directory, root);
  pulsar_directory_add_actor (directory, web);
  pulsar_command_register ("end", NULL, PULSAR_COMMAND_CALLERS_ANY, end_cb, &ending, NULL);
  pulsar_actor_post (root, "web", "end", NULL, &error);
  g_assert_no_error (error);
  pulsar_actor_send_async (root, "web", "ping", NULL, NULL, 0, NULL, ask_again_cb, &ending);
  pulsar_test_wait_for (ending.n_refused == N_ASKED);
  pulsar_command_unregister ("end");
}

static void
test_directory_removed (void)
{
  TestTree tree;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("What waits for an actor ends when the actor leaves");
  test_tree_init (&tree, NULL);
  pulsar_actor_hold_requests (tree.monitor, TRUE);
  pulsar_actor_send_async (tree.workers[0].actor, "monitor", "ping", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_null (result);
  pulsar_directory_remove_actor (tree.directory, tree.monitor);
  pulsar_test_wait_for (result != NULL);
  g_assert_null (pulsar_actor_send_finish (tree.workers[0].actor, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  g_clear_object (&result);
  test_tree_clear (&tree);
}

static void
test_directory_self (void)
{
  TestTree tree;
  PulsarRequest *kept = NULL;
  g_autoptr(GAsyncResult) result = NULL;

  g_test_summary ("An actor that asks itself is its own caller");
  test_tree_init (&tree, NULL);
  pulsar_command_register ("keep", NULL, PULSAR_COMMAND_CALLERS_SELF, keep_cb, &kept, NULL);
  pulsar_actor_send_async (tree.workers[0].actor, pulsar_actor_get_id (tree.workers[0].actor), "keep", NULL, NULL, 0, NULL,
                           pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (kept != NULL);
  g_assert_cmpint (pulsar_request_get_relation (kept), ==, PULSAR_RELATION_SELF);
  g_assert_cmpstr (pulsar_actor_proxy_get_id (pulsar_request_get_caller (kept)), ==,
                   pulsar_actor_get_id (tree.workers[0].actor));
  pulsar_request_return_value (kept, NULL);
  g_clear_object (&kept);
  pulsar_test_wait_for (result != NULL);
  g_assert_true (pulsar_command_unregister ("keep"));
  g_clear_object (&result);
  test_tree_clear (&tree);
}

static void
test_directory_proxy (void)
{
  TestTree tree;
  g_autoptr(PulsarActorProxy) unborn = g_object_new (PULSAR_TYPE_ACTOR_PROXY, "name", "greeter", "id", "1", NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) posted = NULL;
  g_autoptr(GAsyncResult) refused = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;
  PulsarActorProxy *proxy;

  g_test_summary ("A proxy asks and tells without a target; one without a process says so");
  test_tree_init (&tree, NULL);
  proxy = tree.workers[0].proxy;
  g_assert_true (pulsar_actor_proxy_post (proxy, "ping", NULL, &error));
  g_assert_no_error (error);
  pulsar_actor_proxy_post_async (proxy, "ping", NULL, NULL, NULL, pulsar_test_store_result_cb, &posted);
  pulsar_actor_proxy_send_async (proxy, "ping", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL && posted != NULL);
  answer = pulsar_actor_proxy_send_finish (proxy, result, NULL, &error);
  test_assert_answer (answer, error, "('pong',)");
  g_assert_true (pulsar_actor_proxy_post_finish (proxy, posted, &error));
  g_assert_no_error (error);

  g_assert_false (pulsar_actor_proxy_post (unborn, "ping", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  g_clear_object (&result);
  pulsar_actor_proxy_send_async (unborn, "ping", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  pulsar_actor_proxy_post_async (unborn, "ping", NULL, NULL, NULL, pulsar_test_store_result_cb, &refused);
  g_assert_null (result);
  pulsar_test_wait_for (result != NULL && refused != NULL);
  g_assert_null (pulsar_actor_proxy_send_finish (unborn, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  g_assert_false (pulsar_actor_proxy_post_finish (unborn, refused, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  pulsar_actor_proxy_stop (unborn);
  g_clear_object (&result);
  g_clear_object (&posted);
  g_clear_object (&refused);
  test_tree_clear (&tree);
}

static void
test_directory_proxy_stop (void)
{
  TestTree tree;

  g_test_summary ("A proxy of the arbiter stops the actor");
  test_tree_init (&tree, NULL);
  pulsar_actor_set_state (tree.workers[0].actor, PULSAR_STATE_STARTING);
  pulsar_actor_set_state (tree.workers[0].actor, PULSAR_STATE_RUNNING);
  pulsar_actor_proxy_stop (tree.workers[0].proxy);
  pulsar_test_wait_for (pulsar_actor_get_state (tree.workers[0].actor) == PULSAR_STATE_CLOSED);
  test_tree_clear (&tree);
}

static void
spawn_cb (PulsarRequest *request,
          gpointer       user_data)
{
  PulsarActor *spawned = user_data;
  g_autofree char *text = g_variant_print (pulsar_request_get_arguments (request), FALSE);

  g_assert_cmpstr (text, ==, "('PulsarActor', 'greeter', {'tone': <'kind'>})");
  if (spawned != NULL)
    pulsar_request_return_value (request, g_variant_new ("(ss)", "greeter", pulsar_actor_get_id (spawned)));
  else
    pulsar_request_return_value (request, g_variant_new ("(s)", "what?"));
}

static void
test_directory_spawn (void)
{
  TestTree tree;
  PulsarActor *askers[2];

  g_test_summary ("A spawn is asked of the arbiter; what it makes is there for whoever asked");
  test_tree_init (&tree, NULL);
  askers[0] = tree.monitor;
  askers[1] = tree.workers[0].actor;
  for (guint i = 0; i < 4; i++)
    {
      PulsarActor *asker = askers[i % 2];
      PulsarActor *spawned = i < 2 ? tree.workers[1].actor : NULL;
      GVariant *parameters = g_variant_new_parsed ("{'tone': <'kind'>}");
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(PulsarActorProxy) proxy = NULL;
      g_autoptr(GError) error = NULL;

      pulsar_command_register ("spawn", "(ssa{sv})", PULSAR_COMMAND_CALLERS_ANY, spawn_cb, spawned, NULL);
      pulsar_actor_spawn_async (asker, PULSAR_TYPE_ACTOR, "greeter", parameters, NULL, pulsar_test_store_result_cb, &result);
      pulsar_test_wait_for (result != NULL);
      proxy = pulsar_actor_spawn_finish (asker, result, &error);
      if (spawned == NULL)
        {
          g_assert_null (proxy);
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpstr (pulsar_actor_proxy_get_id (proxy), ==, pulsar_actor_get_id (spawned));
      g_clear_object (&result);
      pulsar_actor_proxy_send_async (proxy, "ping", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
      pulsar_test_wait_for (result != NULL);
      g_variant_unref (pulsar_actor_proxy_send_finish (proxy, result, NULL, &error));
      g_assert_no_error (error);
    }
  g_assert_true (pulsar_command_unregister ("spawn"));
  test_tree_clear (&tree);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/directory/resolve/arbiter", test_directory_resolve_arbiter);
  g_test_add_func ("/directory/resolve/worker", test_directory_resolve_worker);
  g_test_add_func ("/directory/unknown", test_directory_unknown);
  g_test_add_func ("/directory/dead-letters", test_directory_dead_letters);
  g_test_add_func ("/directory/claims", test_directory_claims);
  g_test_add_func ("/directory/relay-dead", test_directory_relay_dead);
  g_test_add_func ("/directory/namesakes", test_directory_namesakes);
  g_test_add_func ("/directory/actors", test_directory_actors);
  g_test_add_func ("/directory/ends", test_directory_ends);
  g_test_add_func ("/directory/ends-inside", test_directory_ends_inside);
  g_test_add_func ("/directory/removed", test_directory_removed);
  g_test_add_func ("/directory/self", test_directory_self);
  g_test_add_func ("/directory/proxy", test_directory_proxy);
  g_test_add_func ("/directory/proxy-stop", test_directory_proxy_stop);
  g_test_add_func ("/directory/spawn", test_directory_spawn);
  return g_test_run ();
}
