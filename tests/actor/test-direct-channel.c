/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include "actor-test.h"
#include "pulsar-glib/actor/pulsar-direct-channel-private.h"

typedef struct
{
  TestTree tree;
  GArray *notes[N_WORKERS];   /* of int, in the order of their coming */
  PulsarRequest *kept;        /* (owned) (nullable) */
  PulsarActorProxy *caller;   /* (owned) (nullable) of “who” */
  PulsarRelation relation;
  guint n_fds;
} Fixture;

static guint
index_of (Fixture     *fixture,
          PulsarActor *actor)
{
  return actor == fixture->tree.workers[0].actor ? 0 : 1;
}

static void
note_cb (PulsarRequest *request,
         gpointer       user_data)
{
  Fixture *fixture = user_data;
  int number;

  g_variant_get (pulsar_request_get_arguments (request), "(i)", &number);
  g_array_append_val (fixture->notes[index_of (fixture, pulsar_request_get_actor (request))], number);
  pulsar_request_return_value (request, NULL);
}

static void
who_cb (PulsarRequest *request,
        gpointer       user_data)
{
  Fixture *fixture = user_data;

  g_set_object (&fixture->caller, pulsar_request_get_caller (request));
  fixture->relation = pulsar_request_get_relation (request);
  pulsar_request_return_value (request, g_variant_new ("(s)", pulsar_actor_get_id (pulsar_request_get_actor (request))));
}

static void
keep_cb (PulsarRequest *request,
         gpointer       user_data)
{
  g_set_object (&((Fixture *) user_data)->kept, request);
}

static void
trusted_cb (PulsarRequest *request,
            gpointer       user_data)
{
  g_assert_not_reached ();
}

static void
fixture_set_up (Fixture       *fixture,
                gconstpointer  user_data)
{
  static const PulsarMailboxLimits limits = { 16, 1 << 20, 1 << 16 };

  fixture->n_fds = pulsar_test_count_fds ();
  test_tree_init (&fixture->tree, &limits);
  for (guint i = 0; i < N_WORKERS; i++)
    fixture->notes[i] = g_array_new (FALSE, FALSE, sizeof (int));
  pulsar_direct_channel_install ();
  pulsar_direct_channel_install_arbiter ();
  pulsar_command_register ("note", "(i)", PULSAR_COMMAND_CALLERS_ANY, note_cb, fixture, NULL);
  pulsar_command_register ("who", NULL, PULSAR_COMMAND_CALLERS_ANY, who_cb, fixture, NULL);
  pulsar_command_register ("keep", NULL, PULSAR_COMMAND_CALLERS_ANY, keep_cb, fixture, NULL);
  pulsar_command_register ("trusted", NULL, PULSAR_COMMAND_CALLERS_SELF | PULSAR_COMMAND_CALLERS_SUPERVISOR, trusted_cb, NULL, NULL);
}

static void
fixture_tear_down (Fixture       *fixture,
                   gconstpointer  user_data)
{
  static const char * const names[] = { "note", "who", "keep", "trusted" };
  static gboolean is_warm = FALSE;

  g_clear_object (&fixture->kept);
  g_clear_object (&fixture->caller);
  for (guint i = 0; i < N_WORKERS; i++)
    {
      pulsar_direct_table_close (pulsar_direct_table_get (fixture->tree.workers[i].directory));
      g_array_unref (fixture->notes[i]);
    }
  test_tree_clear (&fixture->tree);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (pulsar_command_unregister (names[i]));
  /* GLib opens some for good when it needs them first. */
  if (is_warm)
    g_assert_cmpuint (pulsar_test_count_fds (), ==, fixture->n_fds);
  is_warm = TRUE;
}

static const char *
id_of (Fixture *fixture,
       guint    i)
{
  return pulsar_actor_get_id (fixture->tree.workers[i].actor);
}

static guint
count_open (Fixture *fixture,
            guint    i)
{
  return pulsar_direct_table_get_n_open (pulsar_direct_table_get (fixture->tree.workers[i].directory));
}

static guint64
count_relayed (Fixture *fixture)
{
  PulsarDirectoryStats stats;

  pulsar_directory_get_stats (fixture->tree.directory, &stats);
  return stats.n_relayed;
}

static PulsarActorProxy *
open_channel (PulsarActor  *from,
              const char   *target,
              GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  pulsar_actor_open_channel_async (from, target, NULL, pulsar_test_store_result_cb, &result);
  g_assert_null (result);
  pulsar_test_wait_for (result != NULL);
  return pulsar_actor_open_channel_finish (from, result, error);
}

/* What was sent before it through the arbiter has arrived. */
static void
wait_until_settled (Fixture *fixture)
{
  for (guint i = 0; i < N_WORKERS; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) answer G_GNUC_UNUSED = test_ask (fixture->tree.workers[i].actor, "arbiter", "ping", NULL, &error);

      g_assert_no_error (error);
    }
}

static void
assert_who (Fixture    *fixture,
            guint       from,
            const char *target)
{
  g_autofree char *expected = g_strdup_printf ("('%s',)", id_of (fixture, 1 - from));
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = test_ask (fixture->tree.workers[from].actor, target, "who", NULL, &error);

  test_assert_answer (answer, error, expected);
  g_assert_cmpstr (pulsar_actor_proxy_get_id (fixture->caller), ==, id_of (fixture, from));
  g_assert_cmpint (fixture->relation, ==, PULSAR_RELATION_SIBLING);
}

static void
test_open (Fixture       *fixture,
           gconstpointer  user_data)
{
  g_autofree char *unique_name = g_strconcat ("web.", id_of (fixture, 1), NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) proxy = open_channel (fixture->tree.workers[0].actor, id_of (fixture, 1), &error);
  g_autoptr(PulsarActorProxy) again = NULL;
  g_autoptr(PulsarActorProxy) back = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GVariant) answer = NULL;
  guint64 n_relayed;

  g_test_summary ("Both sides talk past the arbiter, by id, unique name and proxy, and know who asks");
  g_assert_no_error (error);
  g_assert_cmpstr (pulsar_actor_proxy_get_id (proxy), ==, id_of (fixture, 1));
  g_assert_cmpstr (pulsar_actor_proxy_get_name (proxy), ==, "web");
  wait_until_settled (fixture);
  n_relayed = count_relayed (fixture);

  assert_who (fixture, 0, id_of (fixture, 1));
  assert_who (fixture, 0, unique_name);
  pulsar_actor_proxy_send_async (fixture->caller, "ping", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  answer = pulsar_actor_proxy_send_finish (fixture->caller, result, NULL, &error);
  test_assert_answer (answer, error, "('pong',)");
  assert_who (fixture, 1, id_of (fixture, 0));
  g_assert_cmpuint (count_relayed (fixture), ==, n_relayed);

  again = open_channel (fixture->tree.workers[0].actor, unique_name, &error);
  g_assert_no_error (error);
  g_assert_true (again == proxy);
  back = open_channel (fixture->tree.workers[1].actor, id_of (fixture, 0), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_open (fixture, 0), ==, 1);
  g_assert_cmpuint (count_open (fixture, 1), ==, 1);
}

/* Sends the numbers from *next on as posts that wait for room. */
static void
send_notes (Fixture *fixture,
            guint    from,
            int     *next,
            guint    n)
{
  for (guint i = 0; i < n; i++)
    pulsar_actor_post_async (fixture->tree.workers[from].actor, id_of (fixture, 1 - from), "note",
                             g_variant_new ("(i)", (*next)++), NULL, NULL, NULL, NULL);
}

static void
test_order (Fixture       *fixture,
            gconstpointer  user_data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(PulsarActorProxy) proxy = NULL;
  g_autoptr(GError) error = NULL;
  int next[N_WORKERS] = { 0, 0 };

  g_test_summary ("What a pair sends stays in order while the way changes, also when much of it waits for credit");
  for (guint i = 0; i < N_WORKERS; i++)
    send_notes (fixture, i, &next[i], 100);
  pulsar_actor_open_channel_async (fixture->tree.workers[0].actor, id_of (fixture, 1), NULL, pulsar_test_store_result_cb, &result);
  for (guint rounds = 0; rounds < 200 || result == NULL; rounds++)
    {
      for (guint i = 0; i < N_WORKERS; i++)
        send_notes (fixture, i, &next[i], 1 + rounds % 7);
      g_main_context_iteration (NULL, FALSE);
    }
  proxy = pulsar_actor_open_channel_finish (fixture->tree.workers[0].actor, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_open (fixture, 1), ==, 1);

  for (guint i = 0; i < N_WORKERS; i++)
    pulsar_test_wait_for (fixture->notes[i]->len == (guint) next[1 - i]);
  for (guint i = 0; i < N_WORKERS; i++)
    for (guint n = 0; n < fixture->notes[i]->len; n++)
      g_assert_cmpint (g_array_index (fixture->notes[i], int, n), ==, (int) n);
}

static void
test_at_once (Fixture       *fixture,
              gconstpointer  user_data)
{
  GAsyncResult *results[6] = { NULL };

  g_test_summary ("Who asks for a channel that is being made, from either side, gets the same");
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    pulsar_actor_open_channel_async (fixture->tree.workers[i % 2].actor, id_of (fixture, 1 - i % 2), NULL,
                                     pulsar_test_store_result_cb, &results[i]);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_autoptr(PulsarActorProxy) proxy = NULL;
      g_autoptr(GError) error = NULL;

      pulsar_test_wait_for (results[i] != NULL);
      proxy = pulsar_actor_open_channel_finish (fixture->tree.workers[i % 2].actor, results[i], &error);
      g_assert_no_error (error);
      g_assert_cmpstr (pulsar_actor_proxy_get_id (proxy), ==, id_of (fixture, 1 - i % 2));
      g_object_unref (results[i]);
    }
  g_assert_cmpuint (count_open (fixture, 0), ==, 1);
  g_assert_cmpuint (count_open (fixture, 1), ==, 1);
  assert_who (fixture, 0, id_of (fixture, 1));
  assert_who (fixture, 1, id_of (fixture, 0));
}

static void
test_end (Fixture       *fixture,
          gconstpointer  user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) proxy = open_channel (fixture->tree.workers[0].actor, id_of (fixture, 1), &error);
  g_autoptr(PulsarActorProxy) again = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) late = NULL;
  GCancellable *cancellable;
  guint64 n_relayed;

  g_test_summary ("A channel ends with either side: asks fail, requests are cancelled, and a new one can be opened");
  g_assert_no_error (error);
  pulsar_actor_proxy_send_async (proxy, "keep", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (fixture->kept != NULL);
  cancellable = pulsar_request_get_cancellable (fixture->kept);
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  pulsar_direct_table_close (pulsar_direct_table_get (fixture->tree.workers[1].directory));
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  pulsar_test_wait_for (result != NULL);
  g_assert_null (pulsar_actor_proxy_send_finish (proxy, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
  g_clear_error (&error);
  g_assert_cmpuint (count_open (fixture, 0), ==, 0);

  pulsar_actor_proxy_send_async (proxy, "ping", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &late);
  pulsar_test_wait_for (late != NULL);
  g_assert_null (pulsar_actor_proxy_send_finish (proxy, late, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
  g_clear_error (&error);
  pulsar_request_return_value (fixture->kept, NULL);

  /* The arbiter is there all the same. */
  wait_until_settled (fixture);
  n_relayed = count_relayed (fixture);
  assert_who (fixture, 0, id_of (fixture, 1));
  g_assert_cmpuint (count_relayed (fixture), ==, n_relayed + 1);

  again = open_channel (fixture->tree.workers[0].actor, id_of (fixture, 1), &error);
  g_assert_no_error (error);
  g_assert_true (again != proxy);
  assert_who (fixture, 0, id_of (fixture, 1));
  assert_who (fixture, 1, id_of (fixture, 0));

  /* The same from this side; the other one learns of it when it is asked for a new one, at the latest. */
  pulsar_direct_table_close (pulsar_direct_table_get (fixture->tree.workers[0].directory));
  g_clear_object (&again);
  again = open_channel (fixture->tree.workers[0].actor, id_of (fixture, 1), &error);
  g_assert_no_error (error);
  assert_who (fixture, 1, id_of (fixture, 0));
}

static void
test_errors (Fixture       *fixture,
             gconstpointer  user_data)
{
  const struct
  {
    const char *target;
    PulsarError code;
  } cases[] = {
    { "nobody", PULSAR_ERROR_UNKNOWN_ACTOR },
    { id_of (fixture, 0), PULSAR_ERROR_INVALID_ARGUMENTS },
    { "web/any", PULSAR_ERROR_UNKNOWN_ACTOR },  /* this tree has no group */
  };
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) monitor = NULL;
  g_autoptr(PulsarActorProxy) worker = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GVariant) answer = NULL;

  g_test_summary ("Nobody, oneself and many are no end of a channel; the arbiter has one already");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_null (open_channel (fixture->tree.workers[0].actor, cases[i].target, &error));
      g_assert_error (error, PULSAR_ERROR, (int) cases[i].code);
      g_clear_error (&error);
    }

  monitor = open_channel (fixture->tree.workers[0].actor, "monitor", &error);
  g_assert_no_error (error);
  pulsar_actor_proxy_send_async (monitor, "ping", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  answer = pulsar_actor_proxy_send_finish (monitor, result, NULL, &error);
  test_assert_answer (answer, error, "('pong',)");

  worker = open_channel (fixture->tree.arbiter, id_of (fixture, 1), &error);
  g_assert_no_error (error);
  g_assert_true (worker == fixture->tree.workers[1].proxy);
  g_assert_null (open_channel (fixture->tree.arbiter, "arbiter", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS);
  g_assert_cmpuint (count_open (fixture, 0) + count_open (fixture, 1), ==, 0);
}

static void
got_error_cb (PulsarChannel *channel,
              GVariant      *body,
              GUnixFDList   *fds,
              const GError  *error,
              gpointer       user_data)
{
  *(GError **) user_data = error != NULL ? g_error_copy (error) : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "no error");
}

static void
test_claims (Fixture       *fixture,
             gconstpointer  user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) proxy = open_channel (fixture->tree.workers[0].actor, id_of (fixture, 1), &error);
  const PulsarChannelCall calls[] = {
    { .command = "trusted" },
    { .command = "trusted", .sender = "arbiter.1" },
    { .command = "trusted", .route = "arbiter" },
    { .command = "stop" },
    { .command = "channel", .arguments = g_variant_new_parsed ("(('a', 'b', uint32 1, uint64 1, uint64 1, uint64 1),)") },
  };

  g_test_summary ("Whatever a frame claims, at the other end of a channel is a sibling, and the one the arbiter said");
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autoptr(GError) answer = NULL;

      pulsar_channel_ask_full (pulsar_actor_proxy_get_channel (proxy), &calls[i], got_error_cb, &answer);
      pulsar_test_wait_for (answer != NULL);
      g_assert_error (answer, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED);
    }

  {
    g_autoptr(GError) answer = NULL;
    g_autofree char *sender = g_strconcat ("web.", id_of (fixture, 1), NULL);

    pulsar_channel_ask_full (pulsar_actor_proxy_get_channel (proxy),
                             &(PulsarChannelCall) { .command = "who", .sender = sender, .flags = PULSAR_FRAME_SIBLING },
                             got_error_cb, &answer);
    pulsar_test_wait_for (answer != NULL);
    g_assert_error (answer, G_IO_ERROR, G_IO_ERROR_FAILED);
    g_assert_cmpstr (pulsar_actor_proxy_get_id (fixture->caller), ==, id_of (fixture, 0));
  }

  /* A worker makes no channel for others, and no beginning of one that is not there does harm. */
  {
    g_autoptr(GVariant) answer G_GNUC_UNUSED = test_ask (fixture->tree.workers[0].actor, "arbiter", "channel",
                                           g_variant_new_parsed ("(('a', 'b', uint32 1, uint64 1, uint64 1, uint64 1),)"), &error);

    g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED);
    g_clear_error (&error);
  }
  {
    g_autoptr(GVariant) answer G_GNUC_UNUSED = test_ask (fixture->tree.workers[0].actor, id_of (fixture, 1), "channel-begin",
                                           g_variant_new ("(t)", G_MAXUINT64), &error);

    g_assert_no_error (error);
  }
  assert_who (fixture, 0, id_of (fixture, 1));
}

static void
test_cancel (Fixture       *fixture,
             gconstpointer  user_data)
{
  g_test_summary ("A channel that nobody waits for any more is not left on either side");
  for (guint when = 0; when < 12; when++)
    {
      g_autoptr(GCancellable) cancellable = g_cancellable_new ();
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(PulsarActorProxy) proxy = NULL;
      g_autoptr(GError) error = NULL;

      pulsar_actor_open_channel_async (fixture->tree.workers[0].actor, id_of (fixture, 1), cancellable,
                                       pulsar_test_store_result_cb, &result);
      for (guint i = 0; i < when; i++)
        g_main_context_iteration (NULL, FALSE);
      g_cancellable_cancel (cancellable);
      pulsar_test_wait_for (result != NULL);
      proxy = pulsar_actor_open_channel_finish (fixture->tree.workers[0].actor, result, &error);
      if (proxy == NULL)
        g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
      else
        pulsar_direct_table_close (pulsar_direct_table_get (fixture->tree.workers[0].directory));
      wait_until_settled (fixture);
      wait_until_settled (fixture);
      g_assert_cmpuint (count_open (fixture, 0), ==, 0);
      pulsar_test_wait_for (count_open (fixture, 1) == 0);
    }
  assert_who (fixture, 0, id_of (fixture, 1));
}

static void
test_garbage (Fixture       *fixture,
              gconstpointer  user_data)
{
  static const char garbage[64] = "this is no frame at all, whatever one makes of it";
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) proxy = open_channel (fixture->tree.workers[0].actor, id_of (fixture, 1), &error);
  int fd = pulsar_mailbox_get_fd (pulsar_channel_get_mailbox (pulsar_actor_proxy_get_channel (proxy)));

  g_test_summary ("A peer that breaks the rules loses the channel, and nothing else");
  g_assert_no_error (error);
  wait_until_settled (fixture);
  g_assert_cmpint (write (fd, garbage, sizeof garbage), ==, sizeof garbage);
  pulsar_test_wait_for (count_open (fixture, 0) == 0 && count_open (fixture, 1) == 0);
  assert_who (fixture, 0, id_of (fixture, 1));
  assert_who (fixture, 1, id_of (fixture, 0));
  g_assert_cmpuint (fixture->tree.workers[0].n_closed + fixture->tree.workers[1].n_closed, ==, 0);
}

static void
test_credit (Fixture       *fixture,
             gconstpointer  user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) proxy G_GNUC_UNUSED = open_channel (fixture->tree.workers[0].actor, id_of (fixture, 1), &error);
  guint n = 0;

  g_test_summary ("A channel has the credit that its receiver grants, which nobody else pays for");
  g_assert_no_error (error);
  wait_until_settled (fixture);
  while (n < 100 && pulsar_actor_post (fixture->tree.workers[0].actor, id_of (fixture, 1), "note", g_variant_new ("(i)", n), &error))
    n++;
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK);
  g_assert_cmpuint (n, ==, 16);
  g_clear_error (&error);

  /* Full as it is, the way to the arbiter is free. */
  g_assert_true (pulsar_actor_post (fixture->tree.workers[0].actor, "arbiter", "ping", NULL, &error));
  g_assert_no_error (error);
  pulsar_test_wait_for (fixture->notes[1]->len == n);
  assert_who (fixture, 0, id_of (fixture, 1));
}

int
main (int   argc,
      char *argv[])
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/direct-channel/open", test_open },
    { "/direct-channel/order", test_order },
    { "/direct-channel/at-once", test_at_once },
    { "/direct-channel/end", test_end },
    { "/direct-channel/errors", test_errors },
    { "/direct-channel/claims", test_claims },
    { "/direct-channel/cancel", test_cancel },
    { "/direct-channel/garbage", test_garbage },
    { "/direct-channel/credit", test_credit },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, fixture_set_up, tests[i].func, fixture_tear_down);
  return g_test_run ();
}
