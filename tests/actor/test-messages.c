/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <unistd.h>

#include "actor-test.h"

/* Every test is run twice: among actors of one process, and over a channel. */
typedef struct
{
  TestTree tree;
  PulsarActor *asker;
  const char *target;
  PulsarActor *asked;
  PulsarRequest *kept;  /* (owned) (nullable) what the command “keep” got */
  guint n_run;
  GString *order;
} Fixture;

static void
keep_cb (PulsarRequest *request,
         gpointer       user_data)
{
  Fixture *fixture = user_data;

  g_assert_null (fixture->kept);
  fixture->kept = g_object_ref (request);
}

static void
drop_cb (PulsarRequest *request,
         gpointer       user_data)
{
}

static void
add_cb (PulsarRequest *request,
        gpointer       user_data)
{
  Fixture *fixture = user_data;
  int a, b;

  fixture->n_run++;
  g_assert_true (pulsar_request_get_actor (request) == fixture->asked);
  g_assert_true (pulsar_actor_get_current () == fixture->asked);
  g_assert_cmpstr (pulsar_request_get_command (request), ==, "add");
  g_assert_false (pulsar_request_is_post (request));
  g_assert_null (pulsar_request_get_fd_list (request));
  g_variant_get (pulsar_request_get_arguments (request), "(ii)", &a, &b);
  pulsar_request_return_value (request, g_variant_new ("(i)", a + b));
}

static void
fail_cb (PulsarRequest *request,
         gpointer       user_data)
{
  g_autoptr(GError) error = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_ISDIR, "that is a folder");

  pulsar_request_return_error (request, error);
}

static void
fail_literal_cb (PulsarRequest *request,
                 gpointer       user_data)
{
  pulsar_request_return_error_literal (request, "no luck");
}

static void
note_cb (PulsarRequest *request,
         gpointer       user_data)
{
  Fixture *fixture = user_data;
  const char *text;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &text);
  if (!pulsar_request_is_post (request))
    pulsar_request_return_value (request, NULL);
  g_string_append (fixture->order, text);
}

static void
twice_cb (PulsarRequest *request,
          gpointer       user_data)
{
  pulsar_request_return_value (request, NULL);
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_WARNING, "*“twice” was answered twice*");
  pulsar_request_return_value (request, NULL);
  g_test_assert_expected_messages ();
}

static void
supervisor_cb (PulsarRequest *request,
               gpointer       user_data)
{
  pulsar_request_return_value (request, NULL);
}

static const struct
{
  const char *name;
  const char *type;
  PulsarCommandCallers callers;
  PulsarCommandFunc handler;
} commands[] = {
  { "keep", "r", PULSAR_COMMAND_CALLERS_ANY, keep_cb },
  { "drop", NULL, PULSAR_COMMAND_CALLERS_ANY, drop_cb },
  { "add", "(ii)", PULSAR_COMMAND_CALLERS_ANY, add_cb },
  { "fail", NULL, PULSAR_COMMAND_CALLERS_ANY, fail_cb },
  { "fail-literal", NULL, PULSAR_COMMAND_CALLERS_ANY, fail_literal_cb },
  { "note", "(s)", PULSAR_COMMAND_CALLERS_ANY, note_cb },
  { "twice", NULL, PULSAR_COMMAND_CALLERS_ANY, twice_cb },
  { "control-only", NULL, PULSAR_COMMAND_CALLERS_CONTROL, supervisor_cb },
};

typedef enum
{
  WAY_LOCAL,       /* the arbiter asks its monitor */
  WAY_DOWN,        /* the arbiter asks a worker */
  WAY_UP,          /* a worker asks its monitor */
  WAY_RELAYED,     /* a worker asks another one */
} Way;

static void
fixture_set_up (Fixture       *fixture,
                gconstpointer  user_data)
{
  static const PulsarMailboxLimits limits = { 20, 1 << 20, 1 << 16 };

  test_tree_init (&fixture->tree, &limits);
  fixture->order = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    pulsar_command_register (commands[i].name, commands[i].type, commands[i].callers, commands[i].handler, fixture, NULL);

  switch ((Way) GPOINTER_TO_INT (user_data))
    {
    case WAY_LOCAL:
      fixture->asker = fixture->tree.arbiter;
      fixture->target = "web";
      fixture->asked = fixture->tree.monitor;
      break;
    case WAY_DOWN:
      fixture->asker = fixture->tree.arbiter;
      fixture->target = pulsar_actor_proxy_get_id (fixture->tree.workers[1].proxy);
      fixture->asked = fixture->tree.workers[1].actor;
      break;
    case WAY_UP:
      fixture->asker = fixture->tree.workers[1].actor;
      fixture->target = "monitor";
      fixture->asked = fixture->tree.monitor;
      break;
    case WAY_RELAYED:
      fixture->asker = fixture->tree.workers[0].actor;
      fixture->target = pulsar_actor_proxy_get_id (fixture->tree.workers[1].proxy);
      fixture->asked = fixture->tree.workers[1].actor;
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
fixture_tear_down (Fixture       *fixture,
                   gconstpointer  user_data)
{
  g_clear_object (&fixture->kept);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_assert_true (pulsar_command_unregister (commands[i].name));
  g_string_free (fixture->order, TRUE);
  test_tree_clear (&fixture->tree);
}

static void
test_answer (Fixture       *fixture,
             gconstpointer  user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = test_ask (fixture->asker, fixture->target, "add", g_variant_new ("(ii)", 2, 3), &error);

  g_test_summary ("A command gets its arguments and its value comes back");
  test_assert_answer (answer, error, "(5,)");
  g_assert_cmpuint (fixture->n_run, ==, 1);
}

static void
test_deferred (Fixture       *fixture,
               gconstpointer  user_data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariant) pong = NULL;

  g_test_summary ("A handler answers when it wants; others are served meanwhile");
  pulsar_actor_send_async (fixture->asker, fixture->target, "keep", NULL, NULL, PULSAR_TIMEOUT_DEFAULT, NULL,
                           pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (fixture->kept != NULL);
  pong = test_ask (fixture->asker, fixture->target, "ping", NULL, &error);
  test_assert_answer (pong, error, "('pong',)");
  g_assert_null (result);
  g_assert_false (g_cancellable_is_cancelled (pulsar_request_get_cancellable (fixture->kept)));
  pulsar_request_return_value (fixture->kept, g_variant_new_string ("at last"));
  pulsar_test_wait_for (result != NULL);
  answer = pulsar_actor_send_finish (fixture->asker, result, NULL, &error);
  test_assert_answer (answer, error, "'at last'");
}

static void
test_nothing (Fixture       *fixture,
              gconstpointer  user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = test_ask (fixture->asker, fixture->target, "note", g_variant_new ("(s)", "x"), &error);

  g_test_summary ("No value is the empty tuple");
  test_assert_answer (answer, error, "()");
}

static void
test_errors (Fixture       *fixture,
             gconstpointer  user_data)
{
  static const struct
  {
    const char *command;
    const char *arguments;
    const char *message;
    PulsarError code;
  } rows[] = {
    { "drop", "()", "The handler of command “drop” dropped the request without an answer", PULSAR_ERROR_FAILED },
    { "fail-literal", "()", "no luck", PULSAR_ERROR_FAILED },
    { "add", "(1, 'two')", "Command “add” takes arguments of type “(ii)”, not “(is)”", PULSAR_ERROR_INVALID_ARGUMENTS },
    { "add", "()", "Command “add” takes arguments of type “(ii)”, not “()”", PULSAR_ERROR_INVALID_ARGUMENTS },
    { "add", "1", "The arguments of command “add” are of type “i”, which is no tuple", PULSAR_ERROR_INVALID_ARGUMENTS },
    { "fly", "()", "Actor “web” has no command “fly”", PULSAR_ERROR_UNKNOWN_COMMAND },
  };

  g_test_summary ("Whatever goes wrong with a command is told to its caller");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) answer = test_ask (fixture->asker, fixture->target, rows[i].command,
                                             g_variant_new_parsed (rows[i].arguments), &error);

      g_assert_null (answer);
      g_assert_error (error, PULSAR_ERROR, (int) rows[i].code);
      g_assert_cmpstr (error->message, ==, rows[i].message);
    }
  g_assert_cmpuint (fixture->n_run, ==, 0);
}

static void
test_not_allowed (Fixture       *fixture,
                  gconstpointer  user_data)
{
  const gboolean is_sibling = GPOINTER_TO_INT (user_data) >= WAY_UP;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = test_ask (fixture->asker, fixture->target, "control-only", NULL, &error);

  g_test_summary ("A command is not entered for a caller it is not for");
  g_assert_null (answer);
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED);
  g_assert_cmpstr (error->message, ==,
                   is_sibling ? "Command “control-only” may not be called by a caller of relation “sibling”"
                              : "Command “control-only” may not be called by a caller of relation “supervisor”");
}

static void
test_error_domain (Fixture       *fixture,
                   gconstpointer  user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = test_ask (fixture->asker, fixture->target, "fail", NULL, &error);

  g_test_summary ("Errors keep domain, code and message");
  g_assert_null (answer);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR);
  g_assert_cmpstr (error->message, ==, "that is a folder");
}

static void
test_timeout (Fixture       *fixture,
              gconstpointer  user_data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;

  g_test_summary ("A late answer ends in a timeout, is dropped, and disturbs nobody");
  pulsar_actor_send_async (fixture->asker, fixture->target, "keep", NULL, NULL, 1, NULL,
                           pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  g_assert_null (pulsar_actor_send_finish (fixture->asker, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT);
  g_clear_error (&error);

  /* It may have timed out before it was delivered; then nobody executes it. */
  if (fixture->kept != NULL)
    {
      pulsar_test_wait_for (g_cancellable_is_cancelled (pulsar_request_get_cancellable (fixture->kept)));
      pulsar_request_return_value (fixture->kept, NULL);
    }
  answer = test_ask (fixture->asker, fixture->target, "add", g_variant_new ("(ii)", 1, 1), &error);
  test_assert_answer (answer, error, "(2,)");
}

static void
test_cancel (Fixture       *fixture,
             gconstpointer  user_data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A cancelled ask ends at once, and whoever executes it is told");
  pulsar_actor_send_async (fixture->asker, fixture->target, "keep", NULL, NULL, 0, cancellable,
                           pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (fixture->kept != NULL);
  g_assert_false (g_cancellable_is_cancelled (pulsar_request_get_cancellable (fixture->kept)));
  g_cancellable_cancel (cancellable);
  pulsar_test_wait_for (result != NULL);
  g_assert_null (pulsar_actor_send_finish (fixture->asker, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
  pulsar_test_wait_for (g_cancellable_is_cancelled (pulsar_request_get_cancellable (fixture->kept)));
  pulsar_request_return_value (fixture->kept, NULL);
}

static void
test_cancelled_before (Fixture       *fixture,
                       gconstpointer  user_data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("An ask that is cancelled before it is sent is not executed");
  g_cancellable_cancel (cancellable);
  pulsar_actor_send_async (fixture->asker, fixture->target, "add", g_variant_new ("(ii)", 1, 1), NULL, 0, cancellable,
                           pulsar_test_store_result_cb, &result);
  g_assert_null (result);
  pulsar_test_wait_for (result != NULL);
  g_assert_null (pulsar_actor_send_finish (fixture->asker, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
  g_assert_cmpuint (fixture->n_run, ==, 0);
}

static void
test_answer_before_cancel (Fixture       *fixture,
                           gconstpointer  user_data)
{
  g_autoptr(GCancellable) cancellable = g_cancellable_new ();
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;

  g_test_summary ("An answer that came first wins over a cancellation");
  pulsar_actor_send_async (fixture->asker, fixture->target, "add", g_variant_new ("(ii)", 1, 1), NULL, 0, cancellable,
                           pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  g_cancellable_cancel (cancellable);
  answer = pulsar_actor_send_finish (fixture->asker, result, NULL, &error);
  test_assert_answer (answer, error, "(2,)");
}

static void
test_fds (Fixture       *fixture,
          gconstpointer  user_data)
{
  g_autoptr(GUnixFDList) sent = g_unix_fd_list_new ();
  g_autoptr(GUnixFDList) back = NULL;
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;
  int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  int received;

  g_test_summary ("Descriptors go there and come back");
  g_assert_cmpint (g_unix_fd_list_append (sent, fd, &error), ==, 0);
  g_assert_no_error (error);
  close (fd);
  pulsar_actor_send_async (fixture->asker, fixture->target, "echo", g_variant_new ("(h)", 0), sent, PULSAR_TIMEOUT_DEFAULT,
                           NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (result != NULL);
  answer = pulsar_actor_send_finish (fixture->asker, result, &back, &error);
  test_assert_answer (answer, error, "(0,)");
  g_assert_nonnull (back);
  g_assert_cmpint (g_unix_fd_list_get_length (back), ==, 1);
  received = g_unix_fd_list_get (back, 0, &error);
  g_assert_no_error (error);
  close (received);
}

static void
test_fds_many (Fixture       *fixture,
               gconstpointer  user_data)
{
  guint n_before = pulsar_test_count_fds ();

  g_test_summary ("Sixteen descriptors may come along, close-on-exec, and none is left open; seventeen are refused before they leave");
  for (guint n = PULSAR_FRAME_FDS_MAX; n <= PULSAR_FRAME_FDS_MAX + 1; n++)
    {
      g_autoptr(GUnixFDList) sent = g_unix_fd_list_new ();
      g_autoptr(GUnixFDList) back = NULL;
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) answer = NULL;
      const int *fds;
      int n_back;

      for (guint i = 0; i < n; i++)
        g_assert_cmpint (g_unix_fd_list_append (sent, 0, NULL), ==, (int) i);
      pulsar_actor_send_async (fixture->asker, fixture->target, "echo", NULL, sent, PULSAR_TIMEOUT_DEFAULT, NULL,
                               pulsar_test_store_result_cb, &result);
      pulsar_test_wait_for (result != NULL);
      answer = pulsar_actor_send_finish (fixture->asker, result, &back, &error);
      if (n > PULSAR_FRAME_FDS_MAX && GPOINTER_TO_INT (user_data) != WAY_LOCAL)
        {
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS);
          g_assert_null (back);
          continue;
        }
      test_assert_answer (answer, error, "()");
      fds = g_unix_fd_list_peek_fds (back, &n_back);
      g_assert_cmpint (n_back, ==, (int) n);
      for (guint i = 0; i < n; i++)
        g_assert_cmpint (fcntl (fds[i], F_GETFD) & FD_CLOEXEC, !=, 0);
    }

  /* What was sent or received may be held by what a later turn of the main loop frees. */
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) answer G_GNUC_UNUSED = test_ask (fixture->asker, fixture->target, "ping", NULL, &error);

      g_assert_no_error (error);
    }
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_before);
}

static void
test_handles (Fixture       *fixture,
              gconstpointer  user_data)
{
  static const struct
  {
    const char *arguments;
    guint n_fds;
    gboolean is_fine;
  } cases[] = {
    { "(@h 0, @h 1)", 2, TRUE },
    { "(@h 0, @h 0)", 1, TRUE },
    { "(@ah [0, 1, 2],)", 3, TRUE },
    { "(@ah [],)", 0, TRUE },
    { "(@h 0,)", 0, FALSE },
    { "(@h 1,)", 1, FALSE },
    { "(@h -1,)", 1, FALSE },
    { "([('a', @h 0), ('b', 2)],)", 2, FALSE },
    { "(@a{sh} {'a': 0, 'b': 1},)", 1, FALSE },
  };

  g_test_summary ("A handler is not entered with a handle that has no descriptor");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(GError) error = NULL;
      g_autoptr(GVariant) answer = NULL;

      for (guint n = 0; n < cases[i].n_fds; n++)
        g_assert_cmpint (g_unix_fd_list_append (fds, 0, NULL), >=, 0);
      pulsar_actor_send_async (fixture->asker, fixture->target, "echo", g_variant_new_parsed (cases[i].arguments), fds,
                               PULSAR_TIMEOUT_DEFAULT, NULL, pulsar_test_store_result_cb, &result);
      pulsar_test_wait_for (result != NULL);
      answer = pulsar_actor_send_finish (fixture->asker, result, NULL, &error);
      if (cases[i].is_fine)
        g_assert_no_error (error);
      else
        g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS);
    }
}

static void
test_fds_credit (Fixture       *fixture,
                 gconstpointer  user_data)
{
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  guint n_sent = 0;

  g_test_summary ("Descriptors on their way take credit: a sender does not fill up the table of the receiver");
  if (GPOINTER_TO_INT (user_data) == WAY_LOCAL)
    return;  /* there is one table only */
  g_assert_cmpint (g_unix_fd_list_append (fds, 0, NULL), ==, 0);
  while (n_sent < 20)
    {
      PulsarChannel *channel = GPOINTER_TO_INT (user_data) == WAY_DOWN ? fixture->tree.workers[0].arbiter_end
                                                                       : pulsar_actor_proxy_get_channel (fixture->tree.workers[0].upstream);
      PulsarChannelCall call = { .command = "note", .arguments = g_variant_new ("(s)", "x"), .fds = fds };
      g_autoptr(GError) error = NULL;

      if (!pulsar_channel_try_post (channel, &call, &error))
        {
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK);
          break;
        }
      n_sent++;
    }
  g_assert_cmpuint (n_sent, ==, (1 << 20) / PULSAR_FRAME_FD_COST);
}

static void
test_posts (Fixture       *fixture,
            gconstpointer  user_data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;

  g_test_summary ("One-way messages and asks arrive in the order they were sent");
  g_assert_true (pulsar_actor_post (fixture->asker, fixture->target, "note", g_variant_new ("(s)", "a"), &error));
  g_assert_no_error (error);
  pulsar_actor_post_async (fixture->asker, fixture->target, "note", g_variant_new ("(s)", "b"), NULL, NULL,
                           pulsar_test_store_result_cb, &result);
  g_assert_true (pulsar_actor_post (fixture->asker, fixture->target, "note", g_variant_new ("(s)", "c"), &error));
  g_assert_no_error (error);
  answer = test_ask (fixture->asker, fixture->target, "note", g_variant_new ("(s)", "d"), &error);
  test_assert_answer (answer, error, "()");
  g_assert_cmpstr (fixture->order->str, ==, "abcd");
  pulsar_test_wait_for (result != NULL);
  g_assert_true (pulsar_actor_post_finish (fixture->asker, result, &error));
  g_assert_no_error (error);
}

static void
test_posts_fail (Fixture       *fixture,
                 gconstpointer  user_data)
{
  static const char * const names[] = { "fail", "drop", "fly", "control-only", "twice" };
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;

  g_test_summary ("What goes wrong with a one-way message goes wrong alone");
  for (guint i = 0; i + 1 < G_N_ELEMENTS (names); i++)
    {
      g_assert_true (pulsar_actor_post (fixture->asker, fixture->target, names[i], NULL, &error));
      g_assert_no_error (error);
    }
  answer = test_ask (fixture->asker, fixture->target, "note", g_variant_new ("(s)", "d"), &error);
  test_assert_answer (answer, error, "()");
  g_clear_pointer (&answer, g_variant_unref);
  answer = test_ask (fixture->asker, fixture->target, "twice", NULL, &error);
  test_assert_answer (answer, error, "()");
}

static void
test_back_pressure (Fixture       *fixture,
                    gconstpointer  user_data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  guint n_sent = 0;

  g_test_summary ("A mailbox takes only so much, and room comes back");
  pulsar_actor_hold_requests (fixture->asked, TRUE);
  while (pulsar_actor_post (fixture->asker, fixture->target, "note", g_variant_new ("(s)", "."), &error))
    n_sent++;
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK);
  g_clear_error (&error);
  g_assert_cmpuint (n_sent, ==, GPOINTER_TO_INT (user_data) == WAY_LOCAL ? 1000 : 20);

  pulsar_actor_post_async (fixture->asker, fixture->target, "note", g_variant_new ("(s)", "!"), NULL, NULL,
                           pulsar_test_store_result_cb, &result);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->order->len, ==, 0);
  pulsar_actor_hold_requests (fixture->asked, FALSE);
  pulsar_test_wait_for (fixture->order->len == n_sent + 1);
  g_assert_cmpint (fixture->order->str[n_sent], ==, '!');
  pulsar_test_wait_for (result != NULL);
  g_assert_true (pulsar_actor_post_finish (fixture->asker, result, &error));
  g_assert_no_error (error);
}

static void
test_too_large (Fixture       *fixture,
                gconstpointer  user_data)
{
  g_autofree char *text = g_strnfill (1 << 17, 'x');
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;

  g_test_summary ("A message beyond the limit fails alone; within a process there is none");
  answer = test_ask (fixture->asker, fixture->target, "note", g_variant_new ("(s)", text), &error);
  if (GPOINTER_TO_INT (user_data) == WAY_LOCAL)
    {
      test_assert_answer (answer, error, "()");
      return;
    }
  g_assert_null (answer);
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);
  answer = test_ask (fixture->asker, fixture->target, "ping", NULL, &error);
  test_assert_answer (answer, error, "('pong',)");
}

static void
test_died (Fixture       *fixture,
           gconstpointer  user_data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("An ask ends when the process of the other side does");
  if (GPOINTER_TO_INT (user_data) == WAY_LOCAL)
    {
      g_test_skip ("both live in one process");
      return;
    }
  pulsar_actor_send_async (fixture->asker, fixture->target, "keep", NULL, NULL, 0, NULL,
                           pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (fixture->kept != NULL);
  if (GPOINTER_TO_INT (user_data) == WAY_UP)
    pulsar_channel_close (fixture->tree.workers[1].arbiter_end);
  else
    pulsar_channel_close (fixture->tree.workers[1].channel);
  pulsar_test_wait_for (result != NULL);
  g_assert_null (pulsar_actor_send_finish (fixture->asker, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);

  /* And who executes it learns that nobody waits. */
  g_assert_true (g_cancellable_is_cancelled (pulsar_request_get_cancellable (fixture->kept)));
  pulsar_request_return_value (fixture->kept, NULL);
}

static void
test_hold (Fixture       *fixture,
           gconstpointer  user_data)
{
  GAsyncResult *results[3] = { NULL, NULL, NULL };
  static const char * const texts[] = { "a", "b", "c" };

  g_test_summary ("Requests that come before the actor is ready are executed in order once it is");
  pulsar_actor_hold_requests (fixture->asked, TRUE);
  for (guint i = 0; i < 3; i++)
    pulsar_actor_send_async (fixture->asker, fixture->target, "note", g_variant_new ("(s)", texts[i]), NULL,
                             PULSAR_TIMEOUT_DEFAULT, NULL, pulsar_test_store_result_cb, &results[i]);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpstr (fixture->order->str, ==, "");
  pulsar_actor_hold_requests (fixture->asked, FALSE);
  pulsar_test_wait_for (results[2] != NULL);
  g_assert_nonnull (results[0]);
  g_assert_nonnull (results[1]);
  g_assert_cmpstr (fixture->order->str, ==, "abc");
  for (guint i = 0; i < 3; i++)
    g_object_unref (results[i]);
}

static void
test_stopped (Fixture       *fixture,
              gconstpointer  user_data)
{
  g_autoptr(GAsyncResult) held = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("An actor that has stopped answers that it has");
  pulsar_actor_hold_requests (fixture->asked, TRUE);
  pulsar_actor_send_async (fixture->asker, fixture->target, "ping", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &held);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  pulsar_actor_set_state (fixture->asked, PULSAR_STATE_CLOSED);
  pulsar_test_wait_for (held != NULL);
  g_assert_null (pulsar_actor_send_finish (fixture->asker, held, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
  g_clear_error (&error);
  pulsar_actor_hold_requests (fixture->asked, FALSE);
  g_assert_null (test_ask (fixture->asker, fixture->target, "ping", NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING);
}

static void
test_caller (Fixture       *fixture,
             gconstpointer  user_data)
{
  const PulsarActor *callers[] = {
    [WAY_LOCAL] = fixture->tree.arbiter,
    [WAY_DOWN] = fixture->tree.monitor,
    [WAY_UP] = fixture->tree.workers[1].actor,
    [WAY_RELAYED] = fixture->tree.workers[0].actor,
  };
  const PulsarActor *expected = callers[GPOINTER_TO_INT (user_data)];
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) back = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = NULL;
  PulsarActorProxy *caller;

  g_test_summary ("A handler knows who asks, and can ask back");
  pulsar_actor_send_async (fixture->asker, fixture->target, "keep", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (fixture->kept != NULL);
  caller = pulsar_request_get_caller (fixture->kept);
  g_assert_true (PULSAR_IS_ACTOR_PROXY (caller));
  g_assert_true (pulsar_request_get_caller (fixture->kept) == caller);
  g_assert_cmpstr (pulsar_actor_proxy_get_id (caller), ==, pulsar_actor_get_id ((PulsarActor *) expected));
  g_assert_cmpstr (pulsar_actor_proxy_get_name (caller), ==, pulsar_actor_get_name ((PulsarActor *) expected));
  g_assert_cmpint (pulsar_request_get_relation (fixture->kept), ==,
                   GPOINTER_TO_INT (user_data) >= WAY_UP ? PULSAR_RELATION_SIBLING : PULSAR_RELATION_SUPERVISOR);
  pulsar_actor_proxy_send_async (caller, "ping", NULL, NULL, PULSAR_TIMEOUT_DEFAULT, NULL, pulsar_test_store_result_cb, &back);
  pulsar_test_wait_for (back != NULL);
  answer = pulsar_actor_proxy_send_finish (caller, back, NULL, &error);
  test_assert_answer (answer, error, "('pong',)");
  pulsar_request_return_value (fixture->kept, NULL);
  pulsar_test_wait_for (result != NULL);
}

static void
test_kept_beyond (Fixture       *fixture,
                  gconstpointer  user_data)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A request that is dropped later is answered later");
  pulsar_actor_send_async (fixture->asker, fixture->target, "keep", NULL, NULL, 0, NULL, pulsar_test_store_result_cb, &result);
  pulsar_test_wait_for (fixture->kept != NULL);
  g_clear_object (&fixture->kept);
  pulsar_test_wait_for (result != NULL);
  g_assert_null (pulsar_actor_send_finish (fixture->asker, result, NULL, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "“keep” dropped the request"));
}

int
main (int   argc,
      char *argv[])
{
  static const char * const ways[] = { "local", "down", "up", "relayed" };
  static const struct
  {
    const char *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "answer", test_answer },
    { "deferred", test_deferred },
    { "nothing", test_nothing },
    { "errors", test_errors },
    { "not-allowed", test_not_allowed },
    { "error-domain", test_error_domain },
    { "timeout", test_timeout },
    { "cancel", test_cancel },
    { "cancelled-before", test_cancelled_before },
    { "answer-before-cancel", test_answer_before_cancel },
    { "fds", test_fds },
    { "fds-many", test_fds_many },
    { "fds-credit", test_fds_credit },
    { "handles", test_handles },
    { "posts", test_posts },
    { "posts-fail", test_posts_fail },
    { "back-pressure", test_back_pressure },
    { "too-large", test_too_large },
    { "died", test_died },
    { "hold", test_hold },
    { "stopped", test_stopped },
    { "caller", test_caller },
    { "kept-beyond", test_kept_beyond },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    for (guint way = 0; way < G_N_ELEMENTS (ways); way++)
      {
        g_autofree char *path = g_strdup_printf ("/messages/%s/%s", tests[i].name, ways[way]);

        g_test_add (path, Fixture, GUINT_TO_POINTER (way), fixture_set_up, tests[i].func, fixture_tear_down);
      }
  return g_test_run ();
}
