/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-hook-private.h"
#include "pulsar-test.h"

typedef struct
{
  guint n_done;
  GError *error;
} Outcome;

static void
done_cb (PulsarHook   *hook,
         const GError *error,
         gpointer      user_data)
{
  Outcome *outcome = user_data;

  g_assert_true (PULSAR_IS_HOOK (hook));
  outcome->n_done++;
  g_clear_error (&outcome->error);
  outcome->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
test_hook_without_hold (void)
{
  Outcome outcome = { 0 };
  g_autoptr(PulsarHook) hook = pulsar_hook_new ("starting", 60000, done_cb, &outcome);
  g_autofree char *name = NULL;
  g_autoptr(GCancellable) cancellable = NULL;

  g_test_summary ("A hook nobody holds ends when it was emitted");
  g_object_get (hook, "name", &name, "cancellable", &cancellable, NULL);
  g_assert_cmpstr (name, ==, "starting");
  g_assert_cmpstr (pulsar_hook_get_name (hook), ==, "starting");
  g_assert_true (pulsar_hook_get_cancellable (hook) == cancellable);
  g_assert_cmpuint (outcome.n_done, ==, 0);
  pulsar_hook_emitted (hook);
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_no_error (outcome.error);
  g_assert_false (g_cancellable_is_cancelled (cancellable));
  g_assert_finalize_object (g_steal_pointer (&hook));
}

static void
test_hook_holds (void)
{
  Outcome outcome = { 0 };
  g_autoptr(PulsarHook) hook = pulsar_hook_new ("starting", 0, done_cb, &outcome);

  g_test_summary ("Holds overlap, and the last release ends the step");
  pulsar_hook_hold (hook);
  pulsar_hook_hold (hook);
  pulsar_hook_hold (hook);
  pulsar_hook_release (hook);
  pulsar_hook_emitted (hook);
  pulsar_hook_release (hook);
  g_assert_cmpuint (outcome.n_done, ==, 0);
  pulsar_hook_release (hook);
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_no_error (outcome.error);
  g_assert_finalize_object (g_steal_pointer (&hook));
}

static void
test_hook_held_alive (void)
{
  Outcome outcome = { 0 };
  PulsarHook *hook = pulsar_hook_new ("starting", 0, done_cb, &outcome);
  gpointer watched = hook;

  g_test_summary ("A held hook lives without a reference of anybody, and dies with its last release");
  g_object_add_weak_pointer (G_OBJECT (hook), &watched);
  pulsar_hook_hold (hook);
  pulsar_hook_emitted (hook);
  g_object_unref (hook);
  g_assert_nonnull (watched);
  pulsar_hook_release (hook);
  g_assert_null (watched);
  g_assert_cmpuint (outcome.n_done, ==, 1);
}

static void
test_hook_fail (void)
{
  Outcome outcome = { 0 };
  g_autoptr(PulsarHook) hook = pulsar_hook_new ("starting", 0, done_cb, &outcome);
  g_autoptr(GError) first = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no such file");

  g_test_summary ("A failure does not end the step; the first one is its result");
  pulsar_hook_hold (hook);
  pulsar_hook_fail (hook, first);
  pulsar_hook_emitted (hook);
  g_assert_cmpuint (outcome.n_done, ==, 0);
  pulsar_hook_fail_literal (hook, "second");
  pulsar_hook_release (hook);
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpstr (outcome.error->message, ==, "no such file");
  g_clear_error (&outcome.error);
}

static void
test_hook_fail_literal (void)
{
  Outcome outcome = { 0 };
  g_autoptr(PulsarHook) hook = pulsar_hook_new ("starting", 0, done_cb, &outcome);

  g_test_summary ("A text becomes an error of the domain of hooks");
  pulsar_hook_fail_literal (hook, "too cold");
  pulsar_hook_emitted (hook);
  g_assert_error (outcome.error, PULSAR_ERROR, PULSAR_ERROR_HOOK);
  g_assert_cmpstr (outcome.error->message, ==, "too cold");
  g_clear_error (&outcome.error);
}

static void
test_hook_timeout (void)
{
  Outcome outcome = { 0 };
  g_autoptr(PulsarHook) hook = pulsar_hook_new ("starting", 1, done_cb, &outcome);

  g_test_summary ("A hook held for too long fails and is cancelled; its holder may still release it");
  pulsar_hook_hold (hook);
  pulsar_hook_emitted (hook);
  pulsar_test_wait_for (outcome.n_done > 0);
  g_assert_error (outcome.error, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (outcome.error->message, "“starting”"));
  g_assert_true (g_cancellable_is_cancelled (pulsar_hook_get_cancellable (hook)));
  pulsar_hook_fail_literal (hook, "late");
  pulsar_hook_release (hook);
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_clear_error (&outcome.error);
  g_assert_finalize_object (g_steal_pointer (&hook));
}

static void
test_hook_timeout_emitting (void)
{
  Outcome outcome = { 0 };
  g_autoptr(PulsarHook) hook = pulsar_hook_new ("starting", 1, done_cb, &outcome);

  g_test_summary ("A timeout in a handler's own main loop waits for the end of the emission");
  pulsar_hook_hold (hook);
  pulsar_test_wait_for (g_cancellable_is_cancelled (pulsar_hook_get_cancellable (hook)));
  g_assert_cmpuint (outcome.n_done, ==, 0);
  pulsar_hook_emitted (hook);
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_error (outcome.error, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT);
  pulsar_hook_release (hook);
  g_clear_error (&outcome.error);
}

static void
test_hook_cancel (void)
{
  Outcome outcome = { 0 };
  g_autoptr(PulsarHook) hook = pulsar_hook_new ("starting", 0, done_cb, &outcome);

  g_test_summary ("A hook that is given up ends at once; a second time has no effect");
  pulsar_hook_hold (hook);
  pulsar_hook_emitted (hook);
  pulsar_hook_cancel (hook);
  pulsar_hook_cancel (hook);
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_error (outcome.error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
  g_assert_true (g_cancellable_is_cancelled (pulsar_hook_get_cancellable (hook)));
  pulsar_hook_release (hook);
  g_clear_error (&outcome.error);
  g_assert_finalize_object (g_steal_pointer (&hook));
}

static void
release_cb (GCancellable *cancellable,
            PulsarHook   *hook)
{
  pulsar_hook_release (hook);
}

static void
test_hook_cancel_release (void)
{
  Outcome outcome = { 0 };
  g_autoptr(PulsarHook) hook = pulsar_hook_new ("starting", 0, done_cb, &outcome);

  g_test_summary ("A holder that releases when it is cancelled does not end the step twice");
  pulsar_hook_hold (hook);
  g_signal_connect (pulsar_hook_get_cancellable (hook), "cancelled", G_CALLBACK (release_cb), hook);
  pulsar_hook_emitted (hook);
  pulsar_hook_cancel (hook);
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_error (outcome.error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
  g_clear_error (&outcome.error);
  g_assert_finalize_object (g_steal_pointer (&hook));
}

static void
test_hook_misuse (void)
{
  Outcome outcome = { 0 };
  g_autoptr(PulsarHook) hook = pulsar_hook_new ("starting", 0, done_cb, &outcome);

  g_test_summary ("A release without a hold and anything after the end warn and do nothing");
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_WARNING, "*“starting” was released without being held*");
  pulsar_hook_release (hook);
  pulsar_hook_emitted (hook);
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_WARNING, "*“starting” was held after its end*");
  pulsar_hook_hold (hook);
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_WARNING, "*“starting” was released without being held*");
  pulsar_hook_release (hook);
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_WARNING, "*“starting” was failed after its end: late*");
  pulsar_hook_fail_literal (hook, "late");
  g_test_assert_expected_messages ();
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_no_error (outcome.error);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/hook/without-hold", test_hook_without_hold);
  g_test_add_func ("/hook/holds", test_hook_holds);
  g_test_add_func ("/hook/held-alive", test_hook_held_alive);
  g_test_add_func ("/hook/fail", test_hook_fail);
  g_test_add_func ("/hook/fail-literal", test_hook_fail_literal);
  g_test_add_func ("/hook/timeout", test_hook_timeout);
  g_test_add_func ("/hook/timeout-emitting", test_hook_timeout_emitting);
  g_test_add_func ("/hook/cancel", test_hook_cancel);
  g_test_add_func ("/hook/cancel-release", test_hook_cancel_release);
  g_test_add_func ("/hook/misuse", test_hook_misuse);
  return g_test_run ();
}
