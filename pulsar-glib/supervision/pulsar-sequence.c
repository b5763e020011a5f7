/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-sequence-private.h"

#include "pulsar-glib/actor/pulsar-hook-private.h"
#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/log/pulsar-log-private.h"

/* What a stopping hook gets when the time of the whole stop is used up: enough to do something, too little to wait. */
#define LATE_STEP_MS 100

typedef struct
{
  const char *name;
  PulsarSequenceStep step;
  gboolean bounded;  /* that it takes all its time is no failure */
} Step;

struct _PulsarSequence
{
  PulsarSequenceKind kind;
  GObject *owner;             /* (owned) */
  PulsarSequenceDone done;
  GArray *steps;              /* (owned) of Step */
  guint next;
  guint step_timeout_ms;
  gint64 deadline_us;
  PulsarHook *hook;           /* (owned) (nullable) of the present step */
};

PulsarSequence *
pulsar_sequence_new (PulsarSequenceKind  kind,
                     GObject            *owner,
                     PulsarSequenceDone  done)
{
  PulsarSequence *self = g_new0 (PulsarSequence, 1);

  self->kind = kind;
  self->owner = g_object_ref (owner);
  self->done = done;
  self->steps = g_array_new (FALSE, FALSE, sizeof (Step));
  return self;
}

void
pulsar_sequence_add (PulsarSequence     *self,
                     const char         *name,
                     PulsarSequenceStep  step)
{
  Step entry = { name, step, FALSE };

  g_array_append_val (self->steps, entry);
}

void
pulsar_sequence_add_bounded (PulsarSequence     *self,
                             const char         *name,
                             PulsarSequenceStep  step)
{
  Step entry = { name, step, TRUE };

  g_array_append_val (self->steps, entry);
}

/* Whether @error, of the step that ran last, is a failure of it. */
static gboolean
is_failure (PulsarSequence *self,
            const GError   *error)
{
  if (!g_array_index (self->steps, Step, self->next - 1).bounded)
    return TRUE;
  return !g_error_matches (error, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT)
         && !g_error_matches (error, PULSAR_ERROR, PULSAR_ERROR_CANCELLED);
}

static void
end (PulsarSequence *self,
     const GError   *error)
{
  g_autoptr(GObject) owner = g_steal_pointer (&self->owner);
  PulsarSequenceDone done = self->done;

  g_array_unref (self->steps);
  g_free (self);
  done (owner, error);
}

static guint
step_timeout_ms (PulsarSequence *self)
{
  gint64 left_ms;

  if (self->deadline_us == 0)
    return self->step_timeout_ms;

  left_ms = (self->deadline_us - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;
  left_ms = MAX (left_ms, LATE_STEP_MS);
  if (self->step_timeout_ms > 0)
    left_ms = MIN (left_ms, (gint64) self->step_timeout_ms);
  return (guint) MIN (left_ms, (gint64) G_MAXINT);
}

static void run_next (PulsarSequence *self);

static void
step_done_cb (PulsarHook   *hook,
              const GError *error,
              gpointer      user_data)
{
  PulsarSequence *self = user_data;

  g_clear_object (&self->hook);
  if (error != NULL && self->kind == PULSAR_SEQUENCE_START)
    {
      end (self, error);
      return;
    }

  if (error != NULL && is_failure (self, error))
    pulsar_log (PULSAR_LOG_ERROR, "%s", error->message);
  run_next (self);
}

static void
run_next (PulsarSequence *self)
{
  g_autoptr(PulsarHook) hook = NULL;
  Step *step;

  if (self->next == self->steps->len)
    {
      end (self, NULL);
      return;
    }

  step = &g_array_index (self->steps, Step, self->next++);
  hook = pulsar_hook_new (step->name, step_timeout_ms (self), step_done_cb, self);
  self->hook = g_object_ref (hook);
  step->step (self->owner, hook);
  pulsar_hook_emitted (hook);
}

void
pulsar_sequence_run (PulsarSequence *self,
                     guint           step_timeout_milliseconds,
                     gint64          deadline_us)
{
  self->step_timeout_ms = step_timeout_milliseconds;
  self->deadline_us = deadline_us;
  run_next (self);
}

void
pulsar_sequence_hurry (PulsarSequence *self)
{
  self->deadline_us = 1;
  if (self->hook != NULL)
    pulsar_hook_cancel (self->hook);
}
