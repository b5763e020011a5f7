/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/supervision/pulsar-sequence-private.h"
#include "pulsar-test.h"

/* What the steps do, one letter for each: . nothing, h hold, f fail, F hold and fail, x hurry from inside. */
typedef struct
{
  GObject *owner;
  PulsarSequence *sequence;
  const char *plan;
  GString *trace;           /* the steps that ran */
  PulsarHook *held;         /* (owned) (nullable) the newest one */
  GPtrArray *unreleased;    /* (owned) of PulsarHook: their holds are taken back at the end, late */
  guint n_done;
  GError *error;
} Run;

static Run *run;  /* the one of the test */
static guint n_logged;  /* failures */

static GLogWriterOutput
count_writer (GLogLevelFlags   level,
              const GLogField *fields,
              gsize            n_fields,
              gpointer         user_data)
{
  if (level != G_LOG_LEVEL_MESSAGE)
    return g_log_writer_default (level, fields, n_fields, user_data);
  n_logged++;
  return G_LOG_WRITER_HANDLED;
}

static void
step (gpointer    owner,
      PulsarHook *hook)
{
  char what = run->plan[run->trace->len];

  g_assert_true (owner == run->owner);
  g_string_append_c (run->trace, what);
  if (what == 'h' || what == 'F')
    {
      pulsar_hook_hold (hook);
      g_set_object (&run->held, hook);
      g_ptr_array_add (run->unreleased, hook);
    }
  if (what == 'f' || what == 'F')
    {
      g_autofree char *text = g_strdup_printf ("step %u failed", (guint) run->trace->len);

      pulsar_hook_fail_literal (hook, text);
    }
  if (what == 'x')
    pulsar_sequence_hurry (run->sequence);
}

static void
done_cb (gpointer      owner,
         const GError *error)
{
  g_assert_true (owner == run->owner);
  run->n_done++;
  run->sequence = NULL;
  if (error != NULL)
    run->error = g_error_copy (error);
}

static void
run_begin (Run                *self,
           PulsarSequenceKind  kind,
           const char         *plan,
           guint               timeout_ms,
           gint64              deadline_us)
{
  *self = (Run) { .plan = plan, .owner = g_object_new (G_TYPE_OBJECT, NULL), .trace = g_string_new (NULL),
                 .unreleased = g_ptr_array_new () };
  run = self;
  self->sequence = pulsar_sequence_new (kind, self->owner, done_cb);
  for (gsize i = 0; i < strlen (plan); i++)
    pulsar_sequence_add (self->sequence, "test", step);
  pulsar_sequence_run (self->sequence, timeout_ms, deadline_us);
}

static void
release (Run *self)
{
  g_autoptr(PulsarHook) hook = g_steal_pointer (&self->held);

  g_ptr_array_remove (self->unreleased, hook);
  pulsar_hook_release (hook);
}

static void
run_end (Run        *self,
         const char *trace)
{
  g_assert_cmpstr (self->trace->str, ==, trace);
  g_assert_cmpuint (self->n_done, ==, 1);
  g_clear_object (&self->held);
  for (guint i = 0; i < self->unreleased->len; i++)
    pulsar_hook_release (g_ptr_array_index (self->unreleased, i));
  g_ptr_array_unref (self->unreleased);
  g_clear_error (&self->error);
  g_string_free (self->trace, TRUE);
  g_assert_finalize_object (self->owner);
}

static void
test_sequence_order (void)
{
  Run self;

  g_test_summary ("Steps run in order; those that are not held end within the call, and so does an empty sequence");
  run_begin (&self, PULSAR_SEQUENCE_START, "...", 0, 0);
  g_assert_no_error (self.error);
  run_end (&self, "...");
  run_begin (&self, PULSAR_SEQUENCE_START, "", 0, 0);
  run_end (&self, "");

  run_begin (&self, PULSAR_SEQUENCE_STOP, ".h.h", 0, 0);
  g_assert_cmpstr (self.trace->str, ==, ".h");
  release (&self);
  g_assert_cmpstr (self.trace->str, ==, ".h.h");
  g_assert_cmpuint (self.n_done, ==, 0);
  release (&self);
  run_end (&self, ".h.h");
}

static void
test_sequence_start_fails (void)
{
  static const char *const plans[] = { "f..", ".f.", "..f" };
  Run self;

  g_test_summary ("The first failure ends a start, at once or after the hold");
  for (guint i = 0; i < G_N_ELEMENTS (plans); i++)
    {
      g_autofree char *trace = g_strndup (plans[i], i + 1);

      run_begin (&self, PULSAR_SEQUENCE_START, plans[i], 0, 0);
      g_assert_error (self.error, PULSAR_ERROR, PULSAR_ERROR_HOOK);
      g_assert_nonnull (strstr (self.error->message, "failed"));
      run_end (&self, trace);
    }

  run_begin (&self, PULSAR_SEQUENCE_START, ".F.", 0, 0);
  g_assert_cmpuint (self.n_done, ==, 0);
  release (&self);
  g_assert_error (self.error, PULSAR_ERROR, PULSAR_ERROR_HOOK);
  run_end (&self, ".F");
}

static void
test_sequence_stop_goes_on (void)
{
  Run self;

  g_test_summary ("Failures do not end a stop, they are logged");
  n_logged = 0;
  run_begin (&self, PULSAR_SEQUENCE_STOP, "f.fF.", 0, 0);
  release (&self);
  g_assert_cmpuint (n_logged, ==, 3);
  g_assert_no_error (self.error);
  run_end (&self, "f.fF.");
}

static void
test_sequence_hurry_start (void)
{
  static const char *const plans[] = { "h..", ".h.", "..h", "x..", "..x" };
  Run self;

  g_test_summary ("A start that is hurried ends with CANCELLED at whatever step, also from inside a step");
  for (guint i = 0; i < G_N_ELEMENTS (plans); i++)
    {
      run_begin (&self, PULSAR_SEQUENCE_START, plans[i], 0, 0);
      if (self.held != NULL)
        {
          g_assert_false (g_cancellable_is_cancelled (pulsar_hook_get_cancellable (self.held)));
          pulsar_sequence_hurry (self.sequence);
          g_assert_true (g_cancellable_is_cancelled (pulsar_hook_get_cancellable (self.held)));
          release (&self);  /* late, and allowed */
        }
      g_assert_error (self.error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
      g_assert_cmpuint (self.trace->len, ==, strcspn (plans[i], "hx") + 1);
      g_string_truncate (self.trace, 0);
      run_end (&self, "");
    }
}

static void
test_sequence_hurry_stop (void)
{
  Run self;

  g_test_summary ("A stop that is hurried gives up the present step, and the later ones get next to no time");
  n_logged = 0;
  run_begin (&self, PULSAR_SEQUENCE_STOP, "hh.xh.", 0, g_get_monotonic_time () + G_TIME_SPAN_HOUR);
  g_assert_cmpstr (self.trace->str, ==, "h");
  pulsar_sequence_hurry (self.sequence);
  g_assert_cmpstr (self.trace->str, ==, "hh");
  pulsar_test_wait_for (self.n_done > 0);
  g_assert_cmpuint (n_logged, ==, 4);
  g_assert_no_error (self.error);
  run_end (&self, "hh.xh.");
}

static void
test_sequence_timeouts (void)
{
  Run self;
  gint64 began;

  g_test_summary ("A step that is held for too long ends a start with TIMED_OUT, and the steps of a stop share one deadline");
  run_begin (&self, PULSAR_SEQUENCE_START, ".h.", 1, 0);
  pulsar_test_wait_for (self.n_done > 0);
  g_assert_error (self.error, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT);
  run_end (&self, ".h");

  n_logged = 0;
  began = g_get_monotonic_time ();
  run_begin (&self, PULSAR_SEQUENCE_STOP, "hhh", 0, began + 300 * G_TIME_SPAN_MILLISECOND);
  pulsar_test_wait_for (self.n_done > 0);
  g_assert_cmpuint (n_logged, ==, 3);
  /* The first takes all the time; each later one is given a little. */
  g_assert_cmpint (g_get_monotonic_time () - began, >=, 500 * G_TIME_SPAN_MILLISECOND - 5000);
  run_end (&self, "hhh");

  n_logged = 0;
  run_begin (&self, PULSAR_SEQUENCE_STOP, "h.", 0, 1);
  pulsar_test_wait_for (self.n_done > 0);
  g_assert_cmpuint (n_logged, ==, 1);
  run_end (&self, "h.");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_log_set_writer_func (count_writer, NULL, NULL);
  g_test_add_func ("/sequence/order", test_sequence_order);
  g_test_add_func ("/sequence/start-fails", test_sequence_start_fails);
  g_test_add_func ("/sequence/stop-goes-on", test_sequence_stop_goes_on);
  g_test_add_func ("/sequence/hurry-start", test_sequence_hurry_start);
  g_test_add_func ("/sequence/hurry-stop", test_sequence_hurry_stop);
  g_test_add_func ("/sequence/timeouts", test_sequence_timeouts);
  return g_test_run ();
}
