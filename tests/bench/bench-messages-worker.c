/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench-messages.h"

struct _BenchIdle
{
  PulsarActor parent_instance;
};

G_DEFINE_FINAL_TYPE (BenchIdle, bench_idle, PULSAR_TYPE_ACTOR)

static void
bench_idle_class_init (BenchIdleClass *klass)
{
}

static void
bench_idle_init (BenchIdle *self)
{
}

GVariant *
bench_make_arguments (gsize size)
{
  return g_variant_ref_sink (g_variant_new ("(@ay)", g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, g_malloc0 (size), size,
                                                                              TRUE, g_free, NULL)));
}

static void
echo_cb (PulsarRequest *request,
         gpointer       user_data)
{
  pulsar_request_return_value (request, pulsar_request_get_arguments (request));
}

static void
take_cb (PulsarRequest *request,
         gpointer       user_data)
{
}

/* One run of bench-ask or bench-flood. */
typedef struct
{
  PulsarRequest *request;   /* (owned) */
  GVariant *arguments;      /* (owned) */
  char *target;             /* (owned) */
  gboolean floods;
  double begin;
  double end;
  guint64 n;
} Run;

static void go_on (Run *run);

static void
run_done (Run          *run,
          const GError *error)
{
  if (error != NULL)
    pulsar_request_return_error (run->request, error);
  else
    pulsar_request_return_value (run->request, g_variant_new ("(d)", (double) run->n / (bench_now () - run->begin)));
  g_object_unref (run->request);
  g_variant_unref (run->arguments);
  g_free (run->target);
  g_free (run);
}

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Run *run = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = pulsar_actor_send_finish (PULSAR_ACTOR (source), result, NULL, &error);

  /* Looking at the clock is no part of an ask of a few bytes. */
  if (answer != NULL && (++run->n % 16 != 0 || bench_now () < run->end))
    go_on (run);
  else
    run_done (run, error);
}

static void
posted_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Run *run = user_data;
  g_autoptr(GError) error = NULL;

  if (pulsar_actor_post_finish (PULSAR_ACTOR (source), result, &error) && bench_now () < run->end)
    go_on (run);
  else
    run_done (run, error);
}

static void
go_on (Run *run)
{
  PulsarActor *self = pulsar_request_get_actor (run->request);

  if (!run->floods)
    {
      pulsar_actor_send_async (self, run->target, "bench-echo", run->arguments, NULL, PULSAR_TIMEOUT_DEFAULT, NULL, answered_cb,
                               run);
      return;
    }

  /* As many as there is credit for; the next one waits for more. */
  while (pulsar_actor_post (self, run->target, "bench-take", run->arguments, NULL))
    run->n++;
  run->n++;
  pulsar_actor_post_async (self, run->target, "bench-take", run->arguments, NULL, NULL, posted_cb, run);
}

static void
begin_run (Run *run)
{
  double seconds;

  g_variant_get_child (pulsar_request_get_arguments (run->request), 2, "d", &seconds);
  run->begin = bench_now ();
  run->end = run->begin + seconds;
  go_on (run);
}

static void
channel_opened_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  Run *run = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) peer = pulsar_actor_open_channel_finish (PULSAR_ACTOR (source), result, &error);

  if (peer != NULL)
    begin_run (run);
  else
    run_done (run, error);
}

static void
run_cb (PulsarRequest *request,
        gpointer       floods)
{
  Run *run = g_new0 (Run, 1);
  gboolean direct;

  g_variant_get (pulsar_request_get_arguments (request), "(sbd)", &run->target, &direct, NULL);
  run->request = g_object_ref (request);
  run->arguments = bench_make_arguments (64);
  run->floods = GPOINTER_TO_INT (floods);
  if (direct)
    pulsar_actor_open_channel_async (pulsar_request_get_actor (request), run->target, NULL, channel_opened_cb, run);
  else
    begin_run (run);
}

void
bench_messages_register (void)
{
  pulsar_command_register ("bench-echo", "(ay)", PULSAR_COMMAND_CALLERS_ANY, echo_cb, NULL, NULL);
  pulsar_command_register ("bench-take", "(ay)", PULSAR_COMMAND_CALLERS_ANY, take_cb, NULL, NULL);
  pulsar_command_register ("bench-ask", "(sbd)", PULSAR_COMMAND_CALLERS_ANY, run_cb, GINT_TO_POINTER (FALSE), NULL);
  pulsar_command_register ("bench-flood", "(sbd)", PULSAR_COMMAND_CALLERS_ANY, run_cb, GINT_TO_POINTER (TRUE), NULL);
  g_type_ensure (BENCH_TYPE_IDLE);
}
