/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "actor-test.h"

/* What the members of the group are now; the proxies of the tree by default. */
static PulsarGroupMember members[3];
static guint n_members;

static void
list_members_cb (PulsarActor *actor,
                 GArray      *list)
{
  g_array_append_vals (list, members, n_members);
}

static void
group_init (TestTree *tree)
{
  test_tree_init (tree, NULL);
  for (guint i = 0; i < N_WORKERS; i++)
    {
      pulsar_actor_set_state (tree->workers[i].actor, PULSAR_STATE_STARTING);
      pulsar_actor_set_state (tree->workers[i].actor, PULSAR_STATE_RUNNING);
      members[i] = (PulsarGroupMember) { tree->workers[i].proxy, TRUE };
    }
  pulsar_actor_set_state (tree->monitor, PULSAR_STATE_STARTING);
  pulsar_actor_set_state (tree->monitor, PULSAR_STATE_RUNNING);
  n_members = N_WORKERS;
  pulsar_directory_set_group (tree->directory, tree->monitor, list_members_cb);
}

/* Commands: who am I and what is the caller to me; keep the request; fail; count. */

static void
who_cb (PulsarRequest *request,
        gpointer       user_data)
{
  pulsar_request_return_value (request, g_variant_new ("(su)", pulsar_actor_get_id (pulsar_request_get_actor (request)),
                                                       (guint) pulsar_request_get_relation (request)));
}

static void
keep_cb (PulsarRequest *request,
         gpointer       user_data)
{
  g_ptr_array_add (user_data, g_object_ref (request));
}

static void
fail_if_cb (PulsarRequest *request,
            gpointer       user_data)
{
  const char *id;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &id);
  if (g_str_equal (id, pulsar_actor_get_id (pulsar_request_get_actor (request))))
    {
      g_autoptr(GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "not here");

      pulsar_request_return_error (request, error);
    }
  else
    {
      pulsar_request_return_value (request, NULL);
    }
}

static void
count_cb (PulsarRequest *request,
          gpointer       user_data)
{
  (*(guint *) user_data)++;
}

/* The index of the worker that answers an ask for @target; N_WORKERS: the monitor. */
static guint
ask_who (TestTree    *tree,
         PulsarActor *from,
         const char  *target)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = test_ask (from, target, "who", NULL, &error);
  const char *id;

  g_assert_no_error (error);
  g_variant_get (answer, "(&su)", &id, NULL);
  if (g_str_equal (id, pulsar_actor_get_id (tree->monitor)))
    return N_WORKERS;
  for (guint i = 0; i < N_WORKERS; i++)
    {
      if (g_str_equal (id, pulsar_actor_get_id (tree->workers[i].actor)))
        return i;
    }
  g_assert_not_reached ();
}

static void
test_group_next (void)
{
  TestTree tree;
  g_autoptr(GError) error = NULL;

  g_test_summary ("“next” is one worker after the other, without those that are not ready");
  group_init (&tree);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpuint (ask_who (&tree, i < 3 ? tree.arbiter : tree.workers[0].actor, "web/next"), ==, i % 2);

  members[2] = members[1];
  members[1] = (PulsarGroupMember) { NULL, FALSE };
  n_members = 3;
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (ask_who (&tree, tree.arbiter, "web/next"), ==, (i + 1) % 2);

  /* One that starts is better than nobody: it keeps what comes. */
  members[0].proxy = NULL;
  members[2].ready = FALSE;
  g_assert_cmpuint (ask_who (&tree, tree.arbiter, "web/next"), ==, 1);
  members[2].proxy = NULL;
  g_assert_null (test_ask (tree.arbiter, "web/next", "who", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  g_assert_cmpstr (error->message, ==, "No worker of “web” is running now");
  test_tree_clear (&tree);
}

static void
test_group_any (void)
{
  TestTree tree;
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);
  GAsyncResult *results[3] = { NULL };
  guint first;

  g_test_summary ("“any” is the worker with the fewest unanswered messages; equals take turns");
  pulsar_command_register ("keep", "()", PULSAR_COMMAND_CALLERS_ANY, keep_cb, kept, NULL);
  group_init (&tree);
  first = ask_who (&tree, tree.arbiter, "web/any");
  g_assert_cmpuint (ask_who (&tree, tree.arbiter, "web/any"), ==, 1 - first);

  for (guint i = 0; i < 2; i++)
    pulsar_actor_proxy_send_async (tree.workers[0].proxy, "keep", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &results[i]);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (ask_who (&tree, i < 2 ? tree.arbiter : tree.workers[0].actor, "web/any"), ==, 1);

  /* Two there and one here: still here. */
  pulsar_actor_send_async (tree.arbiter, "web/any", "keep", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &results[2]);
  pulsar_test_wait_for (kept->len == 3);
  g_assert_true (pulsar_request_get_actor (g_ptr_array_index (kept, 2)) == tree.workers[1].actor);
  g_assert_cmpuint (ask_who (&tree, tree.arbiter, "web/any"), ==, 1);

  for (guint i = 0; i < kept->len; i++)
    pulsar_request_return_value (g_ptr_array_index (kept, i), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      pulsar_test_wait_for (results[i] != NULL);
      g_object_unref (results[i]);
    }
  g_ptr_array_set_size (kept, 0);
  pulsar_command_unregister ("keep");
  test_tree_clear (&tree);
}

static void
test_group_key (void)
{
  TestTree tree;
  g_autoptr(GError) error = NULL;
  guint places[2] = { 0 };
  guint n_moved = 0;
  const guint n_keys = 1000;
  g_autofree guint *with_two = g_new (guint, n_keys);

  g_test_summary ("A key stays with its place, few keys move when one is added, and a place without worker says so");
  group_init (&tree);
  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree char *target = g_strdup_printf ("web/key:customer %u", i);

      with_two[i] = ask_who (&tree, i % 2 == 0 ? tree.arbiter : tree.workers[0].actor, target);
      g_assert_cmpuint (ask_who (&tree, tree.arbiter, target), ==, with_two[i]);
      places[with_two[i]]++;
    }
  g_test_message ("%u keys: %u and %u", n_keys, places[0], places[1]);
  g_assert_cmpuint (places[0], >, n_keys * 4 / 10);
  g_assert_cmpuint (places[1], >, n_keys * 4 / 10);

  /* A third place: what moves moves there. */
  members[2] = (PulsarGroupMember) { NULL, FALSE };
  n_members = 3;
  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree char *target = g_strdup_printf ("web/key:customer %u", i);
      g_autoptr(GVariant) answer = test_ask (tree.arbiter, target, "who", NULL, &error);

      if (answer == NULL)
        {
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
          g_clear_error (&error);
          n_moved++;
        }
      else
        {
          g_assert_cmpuint (ask_who (&tree, tree.arbiter, target), ==, with_two[i]);
        }
    }
  g_test_message ("%u of them moved to a third place", n_moved);
  g_assert_cmpuint (n_moved, >, n_keys / 4);
  g_assert_cmpuint (n_moved, <, n_keys * 42 / 100);

  /* Who replaces a worker has its place, also while it is on its way. */
  n_members = 1;
  members[0] = (PulsarGroupMember) { tree.workers[1].proxy, FALSE };
  g_assert_cmpuint (ask_who (&tree, tree.arbiter, "web/key:x"), ==, 1);
  members[0].proxy = NULL;
  g_assert_null (test_ask (tree.workers[0].actor, "web/key:x", "who", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  g_assert_cmpstr (error->message, ==, "Worker 1 of “web”, which has the key “x”, is not running now");
  test_tree_clear (&tree);
}

/* Asks everybody and returns the answers by unique name, and the errors. */
static void
ask_all (PulsarActor  *from,
         const char   *command,
         GVariant     *arguments,
         GVariant    **answers,
         GVariant    **errors)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) both = test_ask (from, "web/*", command, arguments, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (g_variant_get_type_string (both), ==, "(a{sv}a{s(sis)})");
  *answers = g_variant_get_child_value (both, 0);
  *errors = g_variant_get_child_value (both, 1);
}

static void
test_group_all (void)
{
  TestTree tree;
  g_autoptr(GVariant) answers = NULL;
  g_autoptr(GVariant) errors = NULL;
  g_autofree char *name = NULL;
  const char *id;
  const char *domain;
  const char *text;
  guint relation;
  int code;

  g_test_summary ("“*” asks each one; those that answered and those that failed are told apart");
  group_init (&tree);
  for (guint from_worker = 0; from_worker < 2; from_worker++)
    {
      PulsarActor *from = from_worker ? tree.workers[0].actor : tree.arbiter;

      ask_all (from, "who", NULL, &answers, &errors);
      g_assert_cmpuint (g_variant_n_children (answers), ==, N_WORKERS);
      g_assert_cmpuint (g_variant_n_children (errors), ==, 0);
      for (guint i = 0; i < N_WORKERS; i++)
        {
          g_autofree char *each = g_strconcat ("web.", pulsar_actor_get_id (tree.workers[i].actor), NULL);

          g_assert_true (g_variant_lookup (answers, each, "(&su)", &id, &relation));
          g_assert_cmpstr (id, ==, pulsar_actor_get_id (tree.workers[i].actor));
          g_assert_cmpuint (relation, ==, from_worker ? PULSAR_RELATION_SIBLING : PULSAR_RELATION_SUPERVISOR);
        }
      g_clear_pointer (&answers, g_variant_unref);
      g_clear_pointer (&errors, g_variant_unref);

      ask_all (from, "fail-if", g_variant_new ("(s)", pulsar_actor_get_id (tree.workers[1].actor)), &answers, &errors);
      g_assert_cmpuint (g_variant_n_children (answers), ==, 1);
      g_assert_cmpuint (g_variant_n_children (errors), ==, 1);
      g_free (name);
      name = g_strconcat ("web.", pulsar_actor_get_id (tree.workers[1].actor), NULL);
      g_assert_true (g_variant_lookup (errors, name, "(&si&s)", &domain, &code, &text));
      g_assert_cmpstr (domain, ==, "g-io-error-quark");
      g_assert_cmpint (code, ==, G_IO_ERROR_NOT_FOUND);
      g_assert_cmpstr (text, ==, "not here");
      g_clear_pointer (&answers, g_variant_unref);
      g_clear_pointer (&errors, g_variant_unref);
    }

  /* Those that are not ready are not asked; nobody is no error. */
  members[0].ready = FALSE;
  members[1].proxy = NULL;
  ask_all (tree.arbiter, "who", NULL, &answers, &errors);
  g_assert_cmpuint (g_variant_n_children (answers), ==, 0);
  g_assert_cmpuint (g_variant_n_children (errors), ==, 0);
  test_tree_clear (&tree);
}

static void
test_group_all_dies (void)
{
  TestTree tree;
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GVariant) both = NULL;
  g_autoptr(GVariant) answers = NULL;
  g_autoptr(GVariant) errors = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *dead = NULL;
  const char *domain;
  int code;

  g_test_summary ("One that dies meanwhile is among the errors");
  pulsar_command_register ("keep", "()", PULSAR_COMMAND_CALLERS_ANY, keep_cb, kept, NULL);
  group_init (&tree);
  pulsar_actor_send_async (tree.arbiter, "web/*", "keep", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (kept->len == 2);
  pulsar_request_return_value (g_ptr_array_index (kept, pulsar_request_get_actor (g_ptr_array_index (kept, 0)) == tree.workers[0].actor ? 0 : 1), NULL);
  pulsar_channel_close (tree.workers[1].channel);
  pulsar_test_wait_for (result != NULL);
  both = pulsar_actor_send_finish (tree.arbiter, result, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (both, "(@a{sv}@a{s(sis)})", &answers, &errors);
  g_assert_cmpuint (g_variant_n_children (answers), ==, 1);
  dead = g_strconcat ("web.", pulsar_actor_get_id (tree.workers[1].actor), NULL);
  g_assert_true (g_variant_lookup (errors, dead, "(&si&s)", &domain, &code, NULL));
  g_assert_cmpstr (domain, ==, "pulsar-error-quark");
  g_assert_cmpint (code, ==, PULSAR_ERROR_ACTOR_DIED);
  g_clear_object (&result);
  g_ptr_array_set_size (kept, 0);
  pulsar_command_unregister ("keep");
  test_tree_clear (&tree);
}

static void
test_group_all_cancelled (void)
{
  TestTree tree;
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GError) error = NULL;

  g_test_summary ("Who asks all and cancels has one error, and each of them learns of it");
  pulsar_command_register ("keep", "()", PULSAR_COMMAND_CALLERS_ANY, keep_cb, kept, NULL);
  group_init (&tree);
  for (guint from_worker = 0; from_worker < 2; from_worker++)
    {
      PulsarActor *from = from_worker ? tree.workers[0].actor : tree.arbiter;
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GAsyncResult) result = NULL;

      pulsar_actor_send_async (from, "web/*", "keep", NULL, NULL, 0, cancellable, pulsar_test_store_result_cb, &result);
      pulsar_test_wait_for (kept->len == 2);
      g_cancellable_cancel (cancellable);
      pulsar_test_wait_for (result != NULL);
      g_assert_null (pulsar_actor_send_finish (from, result, NULL, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
      g_assert_cmpstr (error->message, !=, "");
      g_clear_error (&error);
      for (guint i = 0; i < 2; i++)
        pulsar_test_wait_for (g_cancellable_is_cancelled (pulsar_request_get_cancellable (g_ptr_array_index (kept, i))));
      g_ptr_array_set_size (kept, 0);
    }
  pulsar_command_unregister ("keep");
  test_tree_clear (&tree);
}

static void
test_group_post (void)
{
  TestTree tree;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  guint n = 0;

  g_test_summary ("What is posted to all arrives at each, from wherever it comes");
  pulsar_command_register ("count", "()", PULSAR_COMMAND_CALLERS_ANY, count_cb, &n, NULL);
  group_init (&tree);
  g_assert_true (pulsar_actor_post (tree.arbiter, "web/*", "count", NULL, &error));
  g_assert_no_error (error);
  pulsar_test_wait_for (n == 2);
  g_assert_true (pulsar_actor_post (tree.workers[1].actor, "web/*", "count", NULL, &error));
  g_assert_no_error (error);
  pulsar_test_wait_for (n == 4);
  pulsar_actor_post_async (tree.arbiter, "web/*", "count", NULL, NULL, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL && n == 6);
  g_assert_true (pulsar_actor_post_finish (tree.arbiter, result, &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  pulsar_command_unregister ("count");
  test_tree_clear (&tree);
}

static void
test_group_without_places (void)
{
  TestTree tree;
  g_autoptr(GVariant) answers = NULL;
  g_autoptr(GVariant) errors = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL;
  guint relation;
  guint n = 0;

  g_test_summary ("An application without workers does the work itself; who asks stays what he is");
  pulsar_command_register ("count", "()", PULSAR_COMMAND_CALLERS_ANY, count_cb, &n, NULL);
  group_init (&tree);
  n_members = 0;
  name = g_strconcat ("web.", pulsar_actor_get_id (tree.monitor), NULL);
  g_assert_cmpuint (ask_who (&tree, tree.arbiter, "web/any"), ==, N_WORKERS);
  g_assert_cmpuint (ask_who (&tree, tree.workers[0].actor, "web/key:x"), ==, N_WORKERS);
  for (guint from_worker = 0; from_worker < 2; from_worker++)
    {
      ask_all (from_worker ? tree.workers[0].actor : tree.arbiter, "who", NULL, &answers, &errors);
      g_assert_cmpuint (g_variant_n_children (answers), ==, 1);
      g_assert_true (g_variant_lookup (answers, name, "(&su)", NULL, &relation));
      g_assert_cmpuint (relation, ==, from_worker ? PULSAR_RELATION_SIBLING : PULSAR_RELATION_SUPERVISOR);
      g_clear_pointer (&answers, g_variant_unref);
      g_clear_pointer (&errors, g_variant_unref);
      g_assert_true (pulsar_actor_post (from_worker ? tree.workers[0].actor : tree.arbiter, "web/*", "count", NULL, &error));
      g_assert_no_error (error);
    }
  pulsar_test_wait_for (n == 2);
  pulsar_command_unregister ("count");
  test_tree_clear (&tree);
}

static void
test_group_unknown (void)
{
  static const struct
  {
    const char *target;
    const char *message;
  } cases[] = {
    { "web/", "“” says nobody after “/”: “any”, “next”, “key:TEXT” and “*” do" },
    { "web/all", "“all” says nobody after “/”: “any”, “next”, “key:TEXT” and “*” do" },
    { "shop/any", "There is no actor “shop”" },
    { "/any", "There is no actor “”" },
    { "arbiter/any", "There is no actor “arbiter”" },
  };
  TestTree tree;

  g_test_summary ("A target with a slash that means nobody says what would be right");
  group_init (&tree);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint from_worker = 0; from_worker < 2; from_worker++)
      {
        g_autoptr(GError) error = NULL;

        g_assert_null (test_ask (from_worker ? tree.workers[0].actor : tree.arbiter, cases[i].target, "who", NULL, &error));
        g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_UNKNOWN_ACTOR);
        g_assert_cmpstr (error->message, ==, cases[i].message);
      }
  test_tree_clear (&tree);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  pulsar_builtin_install ();
  pulsar_command_register ("who", "()", PULSAR_COMMAND_CALLERS_ANY, who_cb, NULL, NULL);
  pulsar_command_register ("fail-if", "(s)", PULSAR_COMMAND_CALLERS_ANY, fail_if_cb, NULL, NULL);

  g_test_add_func ("/group/next", test_group_next);
  g_test_add_func ("/group/any", test_group_any);
  g_test_add_func ("/group/key", test_group_key);
  g_test_add_func ("/group/all", test_group_all);
  g_test_add_func ("/group/all-dies", test_group_all_dies);
  g_test_add_func ("/group/all-cancelled", test_group_all_cancelled);
  g_test_add_func ("/group/post", test_group_post);
  g_test_add_func ("/group/without-places", test_group_without_places);
  g_test_add_func ("/group/unknown", test_group_unknown);
  return g_test_run ();
}
