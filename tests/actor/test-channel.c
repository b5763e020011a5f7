/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-channel-private.h"
#include "own-places.h"
#include "pulsar-test.h"

typedef struct _End End;

/* One end of a pair of channels, and what it was asked. */
struct _End
{
  PulsarChannel *channel;
  GArray *ids;           /* of requests not answered */
  GPtrArray *commands;   /* (element-type utf8) in the order they came */
  GArray *kinds;         /* of control frames */
  guint n_closed;
  GError *error;
  gboolean answers;      /* at once, with what came */
  void (*hook) (End *end, PulsarFrame *frame);
  End *other;
};

static const PulsarMailboxLimits usual_limits = { 100, 1024 * 1024, 1024 * 1024 };

static void
request_cb (PulsarChannel *channel,
            PulsarFrame   *frame,
            gpointer       user_data)
{
  End *end = user_data;

  g_ptr_array_add (end->commands, g_strdup (frame->command));
  if (end->hook != NULL)
    end->hook (end, frame);
  else if (frame->kind == PULSAR_FRAME_POST)
    pulsar_channel_done (channel, frame->id);
  else if (end->answers)
    pulsar_channel_reply (channel, frame->id, frame->body, frame->fds);
  else
    g_array_append_val (end->ids, frame->id);
}

static void
control_cb (PulsarChannel *channel,
            PulsarFrame   *frame,
            gpointer       user_data)
{
  End *end = user_data;

  g_array_append_val (end->kinds, frame->kind);
}

static void
closed_cb (PulsarChannel *channel,
           const GError  *error,
           gpointer       user_data)
{
  End *end = user_data;

  end->n_closed++;
  if (error != NULL)
    end->error = g_error_copy (error);
}

static const PulsarChannelHandler handler = { request_cb, control_cb, closed_cb };
static const PulsarChannelHandler bare_handler = { request_cb, NULL, NULL };

static void
ends_begin (End                       *one,
            End                       *other,
            const PulsarMailboxLimits *limits)
{
  End *ends[] = { one, other };
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  for (guint i = 0; i < 2; i++)
    {
      ends[i]->ids = g_array_new (FALSE, FALSE, sizeof (guint64));
      ends[i]->kinds = g_array_new (FALSE, FALSE, sizeof (PulsarFrameKind));
      ends[i]->commands = g_ptr_array_new_with_free_func (g_free);
      ends[i]->channel = pulsar_channel_new (fds[i], limits, &handler, ends[i]);
      ends[i]->other = ends[1 - i];
    }
}

static void
end_clear (End *end)
{
  g_clear_pointer (&end->channel, pulsar_channel_unref);
  g_clear_pointer (&end->ids, g_array_unref);
  g_clear_pointer (&end->kinds, g_array_unref);
  g_clear_pointer (&end->commands, g_ptr_array_unref);
  g_clear_error (&end->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (End, end_clear)

static guint64
id_at (End   *end,
       guint  index)
{
  return g_array_index (end->ids, guint64, index);
}

static PulsarChannelStats
stats_of (End *end)
{
  PulsarChannelStats stats;

  pulsar_channel_get_stats (end->channel, &stats);
  return stats;
}

/* An ask below GTask. */
typedef struct
{
  guint n_ended;
  GVariant *body;
  GError *error;
  guint order;
} Ask;

static guint n_answers;

static void
ask_clear (Ask *ask)
{
  g_clear_pointer (&ask->body, g_variant_unref);
  g_clear_error (&ask->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ask, ask_clear)

static void
reply_cb (PulsarChannel *channel,
          GVariant      *body,
          GUnixFDList   *fds,
          const GError  *error,
          gpointer       user_data)
{
  Ask *ask = user_data;

  g_assert_true (body == NULL || error == NULL);
  ask->n_ended++;
  ask->order = n_answers++;
  if (body != NULL)
    ask->body = g_variant_ref (body);
  if (error != NULL)
    ask->error = g_error_copy (error);
}

static guint64
begin_ask (End           *end,
           Ask           *ask,
           const char    *command,
           guint          timeout_ms,
           GCancellable  *cancellable)
{
  const PulsarChannelCall call = {
    .command = command,
    .arguments = g_variant_new ("(s)", command),
    .timeout_ms = timeout_ms,
    .cancellable = cancellable,
  };

  return pulsar_channel_ask_full (end->channel, &call, reply_cb, ask);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_channel_ask (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { .answers = TRUE };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr(GUnixFDList) got_fds = NULL;
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("An ask gets its answer, with descriptors, through a task");
  ends_begin (&one, &other, &usual_limits);
  g_assert_cmpint (g_unix_fd_list_append (fds, 0, NULL), >=, 0);
  pulsar_channel_ask (one.channel, "arbiter", "echo", g_variant_new ("(s)", "hello"), fds, 30000,
                      NULL, NULL, pulsar_test_store_result_cb, &result);
  g_assert_null (result);
  pulsar_test_wait_for (result != NULL);
  answer = pulsar_ask_finish (PULSAR_ASK (result), &got_fds, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (g_variant_get_type_string (answer), ==, "(s)");
  g_assert_cmpint (g_unix_fd_list_get_length (got_fds), ==, 1);
  g_assert_cmpuint (stats_of (&one).n_pending, ==, 0);
  g_assert_cmpuint (stats_of (&other).n_incoming, ==, 0);
}

static void
test_channel_ask_unit (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GVariant) answer = NULL;

  g_test_summary ("An answer without a value is the unit");
  ends_begin (&one, &other, &usual_limits);
  pulsar_channel_ask (one.channel, NULL, "x", NULL, NULL, 0, NULL, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (other.ids->len == 1);
  pulsar_channel_reply (other.channel, id_at (&other, 0), NULL, NULL);
  pulsar_test_wait_for (result != NULL);
  answer = pulsar_ask_finish (PULSAR_ASK (result), NULL, NULL);
  g_assert_true (g_variant_is_of_type (answer, G_VARIANT_TYPE_UNIT));
}

static void
test_channel_many (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_autofree Ask *asks = g_new0 (Ask, 100);
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);

  g_test_summary ("Answers in any order find their asks, over many rounds of the tables");
  ends_begin (&one, &other, &usual_limits);
  for (guint round = 0; round < 50; round++)
    {
      for (guint i = 0; i < 100; i++)
        {
          if (asks[i].n_ended == 0 && round > 0)
            continue;
          ask_clear (&asks[i]);
          asks[i] = (Ask) { 0 };
          g_assert_cmpuint (begin_ask (&one, &asks[i], "x", 30000, NULL), >, 0);
        }
      pulsar_test_wait_for (other.ids->len == 100);
      /* Ask 0 is never answered: the ids of the others have to go round it. */
      while (other.ids->len > 1)
        {
          guint index = (guint) g_rand_int_range (rand, 1, (gint32) other.ids->len);
          guint64 id = id_at (&other, index);

          g_array_remove_index_fast (other.ids, index);
          pulsar_channel_reply (other.channel, id, g_variant_new ("(t)", id), NULL);
        }
      pulsar_test_wait_for (stats_of (&one).n_pending == 1);
      for (guint i = 1; i < 100; i++)
        {
          g_assert_cmpuint (asks[i].n_ended, ==, 1);
          g_assert_no_error (asks[i].error);
        }
    }
  pulsar_channel_close (one.channel);
  for (guint i = 0; i < 100; i++)
    {
      g_assert_cmpuint (asks[i].n_ended, ==, 1);
      ask_clear (&asks[i]);
    }
}

static void
test_channel_error (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_autoptr(GError) known = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "Kein „x“ da");
  g_autoptr(GError) odd = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_FAILED, "bad \xff bytes");
  const GError *errors[] = { known, odd };

  g_test_summary ("Errors keep domain, code and message");
  ends_begin (&one, &other, &usual_limits);
  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    {
      g_auto(Ask) ask = { 0 };

      begin_ask (&one, &ask, "x", 30000, NULL);
      pulsar_test_wait_for (other.ids->len == i + 1);
      pulsar_channel_reply_error (other.channel, id_at (&other, i), errors[i]);
      pulsar_test_wait_for (ask.n_ended == 1);
      g_assert_error (ask.error, errors[i]->domain, errors[i]->code);
      if (errors[i] == known)
        g_assert_cmpstr (ask.error->message, ==, known->message);
      else
        g_assert_true (g_str_has_prefix (ask.error->message, "bad "));
    }
}

static void
test_channel_error_remote (void)
{
  g_autoptr(GVariant) body = g_variant_ref_sink (g_variant_new ("(sis)", "nobody-has-this-domain", 42, "what it said"));
  g_autoptr(GVariant) wrong = g_variant_ref_sink (g_variant_new ("(ss)", "pulsar-error-quark", "x"));
  g_autoptr(GError) remote = pulsar_error_from_variant (body);
  g_autoptr(GError) none = pulsar_error_from_variant (NULL);
  g_autoptr(GError) broken = pulsar_error_from_variant (wrong);

  g_test_summary ("A domain unknown here becomes remote, keeps the text, and makes no quark");
  g_assert_error (remote, PULSAR_ERROR, PULSAR_ERROR_REMOTE);
  g_assert_nonnull (strstr (remote->message, "what it said"));
  g_assert_nonnull (strstr (remote->message, "nobody-has-this-domain"));
  g_assert_nonnull (strstr (remote->message, "42"));
  g_assert_cmpuint (g_quark_try_string ("nobody-has-this-domain"), ==, 0);
  g_assert_error (none, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
  g_assert_error (broken, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
}

static void
test_channel_timeout (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_auto(Ask) slow = { 0 };
  g_auto(Ask) quick = { 0 };
  g_auto(Ask) never = { 0 };
  g_auto(Ask) next = { 0 };

  g_test_summary ("Deadlines pass each at its time; the late answer is dropped and counted, the next ask gets its own");
  ends_begin (&one, &other, &usual_limits);
  begin_ask (&one, &never, "never", 0, NULL);
  begin_ask (&one, &slow, "slow", 40, NULL);
  begin_ask (&one, &quick, "quick", 1, NULL);
  pulsar_test_wait_for (slow.n_ended == 1);
  g_assert_cmpuint (quick.n_ended, ==, 1);
  g_assert_cmpuint (quick.order, <, slow.order);
  g_assert_error (quick.error, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT);
  g_assert_error (slow.error, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT);
  g_assert_cmpuint (stats_of (&one).n_timed_out, ==, 2);
  pulsar_test_wait_for (other.ids->len == 3);

  /* The other side was told, may answer all the same, and gets its credit back. */
  g_assert_true (g_cancellable_is_cancelled (pulsar_channel_get_cancellable (other.channel, id_at (&other, 2))));
  pulsar_channel_reply (other.channel, id_at (&other, 1), g_variant_new ("(s)", "late"), NULL);
  pulsar_channel_done (other.channel, id_at (&other, 2));
  begin_ask (&one, &next, "next", 30000, NULL);
  pulsar_test_wait_for (other.ids->len == 4);
  pulsar_channel_reply (other.channel, id_at (&other, 3), g_variant_new ("(s)", "own"), NULL);
  pulsar_test_wait_for (next.n_ended == 1);
  g_assert_cmpuint (stats_of (&one).n_late, ==, 1);
  g_assert_cmpuint (slow.n_ended, ==, 1);
  g_assert_cmpuint (never.n_ended, ==, 0);
  g_assert_cmpuint (stats_of (&other).n_incoming, ==, 1);
  pulsar_channel_close (one.channel);
  g_assert_error (never.error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
}

static gpointer
cancel_thread (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_channel_cancel (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_auto(Ask) ask = { 0 };
  g_auto(Ask) before = { 0 };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GCancellable) at_callee = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Cancelling, from whatever thread, ends the ask and reaches the holder");
  ends_begin (&one, &other, &usual_limits);
  begin_ask (&one, &ask, "x", 30000, cancellable);
  pulsar_channel_ask (one.channel, NULL, "y", NULL, NULL, 30000,
                      NULL, cancellable, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (other.ids->len == 2);
  at_callee = g_object_ref (pulsar_channel_get_cancellable (other.channel, id_at (&other, 0)));
  g_assert_false (g_cancellable_is_cancelled (at_callee));

  g_thread_join (g_thread_new ("cancel", cancel_thread, cancellable));
  pulsar_test_wait_for (ask.n_ended == 1 && result != NULL);
  g_assert_error (ask.error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
  g_assert_null (pulsar_ask_finish (PULSAR_ASK (result), NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
  pulsar_test_wait_for (g_cancellable_is_cancelled (at_callee));
  g_assert_true (g_cancellable_is_cancelled (pulsar_channel_get_cancellable (other.channel, id_at (&other, 1))));

  g_assert_cmpuint (begin_ask (&one, &before, "z", 30000, cancellable), ==, 0);
  g_assert_error (before.error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
  pulsar_channel_cancel (one.channel, 1);
  pulsar_channel_cancel (one.channel, 12345);
  g_assert_cmpuint (stats_of (&one).n_cancelled, ==, 3);
  g_assert_null (pulsar_channel_get_cancellable (other.channel, 12345));
}

static void
test_channel_cancel_too_late (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { .answers = TRUE };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("An answer that was first stays the answer");
  ends_begin (&one, &other, &usual_limits);
  pulsar_channel_ask (one.channel, NULL, "y", NULL, NULL, 30000,
                      NULL, cancellable, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  g_cancellable_cancel (cancellable);
  answer = pulsar_ask_finish (PULSAR_ASK (result), NULL, &error);
  g_assert_no_error (error);
}

static void
test_channel_died (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  Ask asks[40] = { 0 };
  g_auto(Ask) after = { 0 };
  g_autoptr(GCancellable) held = NULL;
  g_auto(Ask) back = { 0 };

  g_test_summary ("When the peer is gone every ask fails, what is held for it is cancelled, and new asks fail at once");
  ends_begin (&one, &other, &usual_limits);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    begin_ask (&one, &asks[i], "x", 30000, NULL);
  begin_ask (&other, &back, "back", 30000, NULL);
  pulsar_test_wait_for (one.ids->len == 1);
  held = g_object_ref (pulsar_channel_get_cancellable (one.channel, id_at (&one, 0)));

  g_clear_pointer (&other.channel, pulsar_channel_unref);
  g_assert_error (back.error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
  pulsar_test_wait_for (one.n_closed == 1);
  g_assert_no_error (one.error);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      g_assert_cmpuint (asks[i].n_ended, ==, 1);
      g_assert_error (asks[i].error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
      ask_clear (&asks[i]);
    }
  g_assert_true (g_cancellable_is_cancelled (held));
  pulsar_channel_reply (one.channel, id_at (&one, 0), g_variant_new ("(s)", "x"), NULL);
  g_assert_cmpuint (begin_ask (&one, &after, "x", 30000, NULL), ==, 0);
  g_assert_error (after.error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
  g_assert_true (pulsar_channel_is_closed (one.channel));
  g_assert_false (pulsar_channel_has_credit (one.channel, 0));
}

static void
test_channel_credit (void)
{
  static const PulsarMailboxLimits limits = { 3, 1000, 1000 };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  Ask asks[20] = { 0 };
  const PulsarChannelCall post = { .command = "post" };
  g_autoptr(GAsyncResult) posted = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Asks and posts without credit wait, in order, and nothing overtakes them");
  ends_begin (&one, &other, &limits);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      g_autofree char *command = g_strdup_printf ("%u", i);

      begin_ask (&one, &asks[i], command, 30000, NULL);
      if (i == 9)
        pulsar_channel_post (one.channel, "r", "posted", NULL, NULL, 0,
                             g_task_new (NULL, NULL, pulsar_test_store_result_cb, &posted));
    }
  g_assert_cmpuint (stats_of (&one).n_waiting, ==, 18);
  g_assert_false (pulsar_channel_has_credit (one.channel, 0));
  g_assert_false (pulsar_channel_try_post (one.channel, &post, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK);
  settle ();
  g_assert_cmpuint (other.ids->len, ==, 3);
  g_assert_null (posted);

  while (other.commands->len < 21 || other.ids->len > 0)
    {
      while (other.ids->len > 0)
        {
          guint64 id = id_at (&other, 0);

          g_array_remove_index (other.ids, 0);
          pulsar_channel_reply (other.channel, id, NULL, NULL);
        }
      g_main_context_iteration (NULL, TRUE);
    }
  for (guint i = 0; i < 21; i++)
    {
      g_autofree char *expected = i == 10 ? g_strdup ("posted") : g_strdup_printf ("%u", i < 10 ? i : i - 1);

      g_assert_cmpstr (other.commands->pdata[i], ==, expected);
    }
  pulsar_test_wait_for (stats_of (&one).n_pending == 0);
  pulsar_test_wait_for (posted != NULL);
  g_assert_true (g_task_propagate_boolean (G_TASK (posted), NULL));
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      g_assert_cmpuint (asks[i].n_ended, ==, 1);
      g_assert_no_error (asks[i].error);
    }
  g_assert_true (pulsar_channel_try_post (one.channel, &post, NULL));
}

static void
test_channel_credit_ends (void)
{
  static const PulsarMailboxLimits limits = { 1, 1000, 1000 };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_auto(Ask) first = { 0 };
  g_auto(Ask) times_out = { 0 };
  g_auto(Ask) withdrawn = { 0 };
  g_auto(Ask) last = { 0 };
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();

  g_test_summary ("Asks that wait for credit time out and are withdrawn like others, and the peer never hears of them");
  ends_begin (&one, &other, &limits);
  begin_ask (&one, &first, "first", 0, NULL);
  begin_ask (&one, &times_out, "times-out", 5, NULL);
  begin_ask (&one, &withdrawn, "withdrawn", 0, cancellable);
  begin_ask (&one, &last, "last", 30000, NULL);
  g_cancellable_cancel (cancellable);
  pulsar_test_wait_for (times_out.n_ended == 1 && withdrawn.n_ended == 1);
  g_assert_error (times_out.error, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT);
  g_assert_error (withdrawn.error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
  g_assert_cmpuint (stats_of (&one).n_waiting, ==, 1);

  pulsar_test_wait_for (other.ids->len == 1);
  pulsar_channel_reply (other.channel, id_at (&other, 0), NULL, NULL);
  pulsar_test_wait_for (other.ids->len == 2);
  g_assert_cmpstr (other.commands->pdata[1], ==, "last");
  pulsar_channel_close (one.channel);
  g_assert_error (last.error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
}

static void
test_channel_too_large (void)
{
  static const PulsarMailboxLimits limits = { 1, 100, 100 };
  g_autofree char *text = g_strnfill (200, 'x');
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  Ask asks[4] = { 0 };
  g_autoptr(GError) too_long = g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_HOOK, text);

  g_test_summary ("Too large an ask, answer or error text is an error of that ask, whether it waits or not");
  ends_begin (&one, &other, &limits);
  g_assert_cmpuint (begin_ask (&one, &asks[0], text, 0, NULL), ==, 0);
  g_assert_error (asks[0].error, PULSAR_ERROR, PULSAR_ERROR_MESSAGE_TOO_LARGE);
  begin_ask (&one, &asks[1], "fine", 0, NULL);
  g_assert_cmpuint (begin_ask (&one, &asks[2], text, 0, NULL), ==, 0);
  g_assert_error (asks[2].error, PULSAR_ERROR, PULSAR_ERROR_MESSAGE_TOO_LARGE);
  pulsar_test_wait_for (other.ids->len == 1);
  pulsar_channel_reply (other.channel, id_at (&other, 0), g_variant_new ("(s)", text), NULL);
  pulsar_test_wait_for (asks[1].n_ended == 1);
  g_assert_error (asks[1].error, PULSAR_ERROR, PULSAR_ERROR_MESSAGE_TOO_LARGE);

  begin_ask (&one, &asks[3], "fine", 0, NULL);
  pulsar_test_wait_for (other.ids->len == 2);
  pulsar_channel_reply_error (other.channel, id_at (&other, 1), too_long);
  pulsar_test_wait_for (asks[3].n_ended == 1);
  g_assert_error (asks[3].error, PULSAR_ERROR, PULSAR_ERROR_HOOK);
  for (guint i = 0; i < 4; i++)
    ask_clear (&asks[i]);
}

static void
test_channel_post (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  const PulsarChannelCall call = { .command = "tell", .route = "r", .arguments = g_variant_new ("(i)", 4) };
  g_autoptr(GAsyncResult) result = NULL;

  g_test_summary ("A post is complete when it is on its way, and holds credit until the holder is done");
  ends_begin (&one, &other, &usual_limits);
  g_assert_true (pulsar_channel_try_post (one.channel, &call, NULL));
  pulsar_channel_post (one.channel, "r", "tell", NULL, NULL, 0, g_task_new (NULL, NULL, pulsar_test_store_result_cb, &result));
  pulsar_test_wait_for (result != NULL && other.commands->len == 2);
  g_assert_true (g_task_propagate_boolean (G_TASK (result), NULL));
  g_assert_cmpuint (stats_of (&other).n_incoming, ==, 0);
  g_assert_cmpuint (stats_of (&one).n_pending, ==, 0);
}

static void
test_channel_control (void)
{
  static const PulsarFrameKind kinds[] = {
    PULSAR_FRAME_HELLO, PULSAR_FRAME_READY, PULSAR_FRAME_FAILED, PULSAR_FRAME_HEARTBEAT, PULSAR_FRAME_DRAINING, PULSAR_FRAME_STOP,
    PULSAR_FRAME_WORN,
  };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  int fds[2];

  g_test_summary ("Control frames come to their handler, and where there is none they are a protocol error");
  ends_begin (&one, &other, &usual_limits);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_assert_true (pulsar_channel_send_control (one.channel, kinds[i], NULL, NULL));
  pulsar_test_wait_for (other.kinds->len == G_N_ELEMENTS (kinds));
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_assert_cmpint (g_array_index (other.kinds, PulsarFrameKind, i), ==, kinds[i]);

  g_clear_pointer (&other.channel, pulsar_channel_unref);
  g_clear_pointer (&one.channel, pulsar_channel_unref);
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  one.channel = pulsar_channel_new (fds[0], &usual_limits, &handler, &one);
  other.channel = pulsar_channel_new (fds[1], &usual_limits, &bare_handler, &other);
  g_assert_true (pulsar_channel_send_control (one.channel, PULSAR_FRAME_STOP, NULL, NULL));
  pulsar_test_wait_for (one.n_closed == 1);
  g_assert_true (pulsar_channel_is_closed (other.channel));
}

static void
test_channel_same_number (void)
{
  const PulsarFrame frame = { .kind = PULSAR_FRAME_REQUEST, .id = 77, .command = "x" };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };

  g_test_summary ("A peer that uses a number twice, or answers what was not asked");
  ends_begin (&one, &other, &usual_limits);
  pulsar_channel_reply (other.channel, 5, NULL, NULL);
  for (guint i = 0; i < 2; i++)
    g_assert_true (pulsar_mailbox_send (pulsar_channel_get_mailbox (one.channel), &frame, NULL));
  pulsar_test_wait_for (other.n_closed == 1);
  g_assert_error (other.error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
  g_assert_cmpuint (other.commands->len, ==, 1);
  g_assert_cmpuint (stats_of (&one).n_late, ==, 0);
}

static void
test_channel_strange_answers (void)
{
  static const guint64 ids[] = { 0, 1, 99, G_MAXUINT64 };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };

  g_test_summary ("Answers and cancellations for what never was are dropped");
  ends_begin (&one, &other, &usual_limits);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      const PulsarFrame reply = { .kind = PULSAR_FRAME_REPLY, .id = ids[i] };
      const PulsarFrame error = { .kind = PULSAR_FRAME_ERROR, .id = ids[i] };
      const PulsarFrame cancel = { .kind = PULSAR_FRAME_CANCEL, .id = ids[i] };

      g_assert_true (pulsar_mailbox_send (pulsar_channel_get_mailbox (other.channel), &reply, NULL));
      g_assert_true (pulsar_mailbox_send (pulsar_channel_get_mailbox (other.channel), &error, NULL));
      g_assert_true (pulsar_mailbox_send (pulsar_channel_get_mailbox (other.channel), &cancel, NULL));
    }
  pulsar_test_wait_for (stats_of (&one).n_late == 8);
  g_assert_false (pulsar_channel_is_closed (one.channel));
}

/* Asks again in each answer until @n_ended says it is enough. */
static void
again_cb (PulsarChannel *channel,
          GVariant      *body,
          GUnixFDList   *fds,
          const GError  *error,
          gpointer       user_data)
{
  Ask *ask = user_data;
  const PulsarChannelCall call = { .command = "again", .timeout_ms = 30000 };

  if (error != NULL)
    ask->error = g_error_copy (error);
  else if (++ask->n_ended < 1000)
    pulsar_channel_ask_full (channel, &call, again_cb, ask);
}

static void
test_channel_ask_inside (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { .answers = TRUE };
  g_auto(Ask) ask = { 0 };
  const PulsarChannelCall call = { .command = "again" };

  g_test_summary ("Asking from within an answer");
  ends_begin (&one, &other, &usual_limits);
  pulsar_channel_ask_full (one.channel, &call, again_cb, &ask);
  pulsar_test_wait_for (ask.n_ended == 1000);
  g_assert_no_error (ask.error);
}

static void
drop_cb (PulsarChannel *channel,
         GVariant      *body,
         GUnixFDList   *fds,
         const GError  *error,
         gpointer       user_data)
{
  End *end = user_data;

  g_clear_pointer (&end->channel, pulsar_channel_unref);
  end->n_closed++;
}

static void
unref_hook (End         *end,
            PulsarFrame *frame)
{
  g_clear_pointer (&end->channel, pulsar_channel_unref);
}

static void
close_hook (End         *end,
            PulsarFrame *frame)
{
  pulsar_channel_close (end->channel);
}

static void
protocol_hook (End         *end,
               PulsarFrame *frame)
{
  pulsar_channel_protocol_error (end->channel, "not like this");
}

static void
test_channel_end_inside (void)
{
  static void (* const hooks[]) (End *, PulsarFrame *) = { unref_hook, close_hook, protocol_hook };
  const PulsarChannelCall call = { .command = "drop", .timeout_ms = 1 };

  g_test_summary ("Closing and dropping a channel in each of its calls");
  for (guint i = 0; i < G_N_ELEMENTS (hooks); i++)
    {
      g_auto(End) one = { 0 };
      g_auto(End) other = { .hook = hooks[i] };
      Ask asks[10] = { 0 };

      ends_begin (&one, &other, &usual_limits);
      for (guint n = 0; n < 10; n++)
        begin_ask (&one, &asks[n], "x", 30000, NULL);
      pulsar_test_wait_for (one.n_closed == 1);
      g_assert_cmpuint (other.commands->len, ==, 1);
      for (guint n = 0; n < 10; n++)
        {
          g_assert_error (asks[n].error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
          ask_clear (&asks[n]);
        }
    }

  /* In an answer (0), in a timeout (1), and while all asks fail because of it. */
  for (guint i = 0; i < 2; i++)
    {
      g_auto(End) one = { 0 };
      g_auto(End) other = { .answers = i == 0 };
      Ask asks[3] = { 0 };

      ends_begin (&one, &other, &usual_limits);
      pulsar_channel_ask_full (one.channel, &call, drop_cb, &one);
      for (guint n = 0; n < 3; n++)
        begin_ask (&one, &asks[n], "x", 30000, NULL);
      pulsar_test_wait_for (one.n_closed == 1);
      for (guint n = 0; n < 3; n++)
        {
          g_assert_cmpuint (asks[n].n_ended, ==, 1);
          ask_clear (&asks[n]);
        }
    }

  {
    g_auto(End) one = { 0 };
    g_auto(End) other = { 0 };

    ends_begin (&one, &other, &usual_limits);
    for (guint n = 0; n < 3; n++)
      pulsar_channel_ask_full (one.channel, &call, drop_cb, &one);
    pulsar_channel_close (other.channel);
    pulsar_test_wait_for (one.n_closed == 3);
  }
}

static void
nested_hook (End         *end,
             PulsarFrame *frame)
{
  g_auto(Ask) ask = { 0 };
  guint64 id = frame->id;

  if (end->commands->len <= 3)
    {
      begin_ask (end, &ask, "nested", 30000, NULL);
      pulsar_test_wait_for (ask.n_ended == 1);
      g_assert_no_error (ask.error);
    }
  pulsar_channel_reply (end->channel, id, NULL, NULL);
}

static void
test_channel_nested (void)
{
  g_auto(End) one = { .answers = TRUE };
  g_auto(End) other = { .hook = nested_hook };
  Ask asks[50] = { 0 };

  g_test_summary ("A handler that runs a main loop until the peer answers it");
  ends_begin (&one, &other, &usual_limits);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    begin_ask (&one, &asks[i], "x", 30000, NULL);
  pulsar_test_wait_for (stats_of (&one).n_pending == 0);
  for (guint i = 0; i < G_N_ELEMENTS (asks); i++)
    {
      g_assert_no_error (asks[i].error);
      ask_clear (&asks[i]);
    }
}

static void
test_channel_thread (void)
{
  GMainContext *context = g_main_context_new ();
  g_auto(End) one = { 0 };
  g_auto(End) other = { .answers = TRUE };
  g_auto(Ask) ask = { 0 };

  g_test_summary ("A channel lives in the context it was made in");
  g_main_context_push_thread_default (context);
  ends_begin (&one, &other, &usual_limits);
  begin_ask (&one, &ask, "x", 30000, NULL);
  settle ();
  g_assert_cmpuint (ask.n_ended, ==, 0);
  pulsar_test_wait_for (ask.n_ended == 1);
  g_clear_pointer (&one.channel, pulsar_channel_unref);
  g_clear_pointer (&other.channel, pulsar_channel_unref);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  take_own_places_if_asked (argc, argv);
  g_test_add_func ("/channel/ask", test_channel_ask);
  g_test_add_func ("/channel/ask/unit", test_channel_ask_unit);
  g_test_add_func ("/channel/ask/many", test_channel_many);
  g_test_add_func ("/channel/error", test_channel_error);
  g_test_add_func ("/channel/error/remote", test_channel_error_remote);
  g_test_add_func ("/channel/timeout", test_channel_timeout);
  g_test_add_func ("/channel/cancel", test_channel_cancel);
  g_test_add_func ("/channel/cancel/too-late", test_channel_cancel_too_late);
  g_test_add_func ("/channel/died", test_channel_died);
  g_test_add_func ("/channel/credit", test_channel_credit);
  g_test_add_func ("/channel/credit/ends", test_channel_credit_ends);
  g_test_add_func ("/channel/too-large", test_channel_too_large);
  g_test_add_func ("/channel/post", test_channel_post);
  g_test_add_func ("/channel/control", test_channel_control);
  g_test_add_func ("/channel/same-number", test_channel_same_number);
  g_test_add_func ("/channel/strange-answers", test_channel_strange_answers);
  g_test_add_func ("/channel/inside/ask", test_channel_ask_inside);
  g_test_add_func ("/channel/inside/end", test_channel_end_inside);
  g_test_add_func ("/channel/inside/main-loop", test_channel_nested);
  g_test_add_func ("/channel/context", test_channel_thread);
  return g_test_run ();
}
