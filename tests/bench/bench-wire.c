/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wire alone: mailboxes and channels between two processes, without actors and commands. */
#include "bench-peer.h"

#include <unistd.h>

#include "pulsar-glib/actor/pulsar-channel-private.h"

static const PulsarMailboxLimits limits = { 1000, 64 * 1024 * 1024, 64 * 1024 * 1024 };

/* A child that echoes every request by a mailbox. */

static void
echo_frame_cb (PulsarMailbox *mailbox,
               PulsarFrame   *frame,
               gpointer       user_data)
{
  const PulsarFrame answer = { .kind = PULSAR_FRAME_REPLY, .id = frame->id, .body = frame->body };

  pulsar_mailbox_return_credit (mailbox, 1, frame->cost);
  if (frame->kind == PULSAR_FRAME_REQUEST)
    g_assert_true (pulsar_mailbox_send (mailbox, &answer, NULL));
}

static void
mailbox_closed_cb (PulsarMailbox *mailbox,
                   const GError  *error,
                   gpointer       user_data)
{
  g_assert_no_error (error);
}

static void
run_for_ever (void)
{
  g_autoptr(GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_main_loop_run (loop);
}

static void
mailbox_child (int fd)
{
  static const PulsarMailboxHandler handler = { echo_frame_cb, mailbox_closed_cb };
  PulsarMailbox *mailbox = pulsar_mailbox_new (fd, &limits, &handler, NULL);

  run_for_ever ();
  pulsar_mailbox_unref (mailbox);
}

typedef struct
{
  GMainLoop *loop;
  GVariant *arguments;
  PulsarMailbox *mailbox;
  PulsarChannel *channel;
  guint in_flight;
  gboolean by_result;
  double end;
  guint64 n;
  guint64 n_sent;
} Run;

static gboolean
is_over (Run *run)
{
  return ++run->n % 16 == 0 && bench_now () >= run->end;
}

static void
send_frame (Run             *run,
            PulsarFrameKind  kind)
{
  const PulsarFrame frame = { .kind = kind, .id = run->n, .route = "worker", .command = "echo", .body = run->arguments };

  g_assert_true (pulsar_mailbox_send (run->mailbox, &frame, NULL));
}

static void
answered_frame_cb (PulsarMailbox *mailbox,
                   PulsarFrame   *frame,
                   gpointer       user_data)
{
  Run *run = user_data;

  if (!is_over (run))
    send_frame (run, PULSAR_FRAME_REQUEST);
  else
    g_main_loop_quit (run->loop);
}

static GVariant *
make_arguments (gsize size)
{
  g_autofree guint8 *data = g_malloc0 (size);

  return g_variant_ref_sink (g_variant_new ("(@ay)", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1)));
}

static double
mailbox_run (BenchPeer *peer,
             gsize      size,
             double     seconds)
{
  static const PulsarMailboxHandler handler = { answered_frame_cb, mailbox_closed_cb };
  static Run *run;
  g_autoptr(GVariant) arguments = make_arguments (size);
  double begin;

  if (run == NULL)
    {
      run = g_new0 (Run, 1);
      run->loop = g_main_loop_new (NULL, FALSE);
      run->mailbox = pulsar_mailbox_new (peer->fd, &limits, &handler, run);
    }
  run->arguments = arguments;
  run->n = 0;
  begin = bench_now ();
  run->end = begin + seconds;
  send_frame (run, PULSAR_FRAME_REQUEST);
  g_main_loop_run (run->loop);
  return (double) run->n / (bench_now () - begin);
}

static const BenchPeerClass mailbox_class = { "mailbox", mailbox_child, NULL, mailbox_run, NULL };

/* A child that echoes every request by a channel. */

static void
echo_request_cb (PulsarChannel *channel,
                 PulsarFrame   *frame,
                 gpointer       user_data)
{
  pulsar_channel_reply (channel, frame->id, frame->body, frame->fds);
}

static const PulsarChannelHandler channel_handler = { echo_request_cb, NULL, NULL };

static void
channel_child (int fd)
{
  PulsarChannel *channel = pulsar_channel_new (fd, &limits, &channel_handler, NULL);

  run_for_ever ();
  pulsar_channel_unref (channel);
}

static void channel_ask (Run *run);

static void
channel_answered (Run *run)
{
  if (!is_over (run) && bench_now () < run->end)
    channel_ask (run);
  else if (--run->in_flight == 0)
    g_main_loop_quit (run->loop);
}

static void
answered_cb (PulsarChannel *channel,
             GVariant      *body,
             GUnixFDList   *fds,
             const GError  *error,
             gpointer       user_data)
{
  g_assert_no_error (error);
  channel_answered (user_data);
}

static void
answered_result_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) body G_GNUC_UNUSED = pulsar_ask_finish (PULSAR_ASK (result), NULL, &error);

  g_assert_no_error (error);
  channel_answered (user_data);
}

static void
channel_ask (Run *run)
{
  const PulsarChannelCall call = { .route = "worker", .command = "echo", .arguments = run->arguments, .timeout_ms = 30000 };

  if (run->by_result)
    pulsar_channel_ask (run->channel, "worker", "echo", run->arguments, NULL, 30000,
                        NULL, NULL, answered_result_cb, run);
  else
    pulsar_channel_ask_full (run->channel, &call, answered_cb, run);
}

static double
run_channel (BenchPeer *peer,
             gsize      size,
             double     seconds,
             guint      in_flight,
             gboolean   by_result)
{
  static Run *run;
  g_autoptr(GVariant) arguments = make_arguments (size);
  double begin;

  if (run == NULL)
    {
      run = g_new0 (Run, 1);
      run->loop = g_main_loop_new (NULL, FALSE);
      run->channel = pulsar_channel_new (peer->fd, &limits, &channel_handler, run);
    }
  run->arguments = arguments;
  run->by_result = by_result;
  run->n = 0;
  run->in_flight = in_flight;
  begin = bench_now ();
  run->end = begin + seconds;
  for (guint i = 0; i < in_flight; i++)
    channel_ask (run);
  g_main_loop_run (run->loop);
  return (double) run->n / (bench_now () - begin);
}

static double
channel_run (BenchPeer *peer,
             gsize      size,
             double     seconds)
{
  return run_channel (peer, size, seconds, 1, FALSE);
}

static const BenchPeerClass channel_class = { "channel", channel_child, NULL, channel_run, NULL };

typedef enum
{
  RAW,
  MAILBOX,
  CHANNEL,
  RESULT,
  IN_FLIGHT,
  RAW_LARGE,
  MAILBOX_LARGE,
  N_SERIES,
} Series;

int
main (int   argc,
      char *argv[])
{
  static const char * const places[] = { "same-core", "across-cores" };
  double seconds = bench_get_seconds (argc, argv);
  g_autoptr(BenchPeer) raw = bench_peer_new (&bench_peer_socketpair);
  g_autoptr(BenchPeer) mailbox = bench_peer_new (&mailbox_class);
  g_autoptr(BenchPeer) channel = bench_peer_new (&channel_class);
  BenchPeer *peers[] = { raw, mailbox, channel };
  BenchSeries series[2][N_SERIES] = { 0 };
  const guint n_rounds = seconds < 3 ? 3 : 9;
  double each = seconds / (n_rounds * 2 * N_SERIES);
  int cpus[2];

  bench_get_cpus (cpus);
  for (guint round = 0; round < n_rounds; round++)
    {
      for (guint place = 0; place < 2; place++)
        {
          BenchSeries *row = series[place];

          bench_pin (getpid (), cpus[0]);
          for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
            bench_pin (peers[i]->pid, cpus[place]);
          bench_series_add (&row[RAW], raw->klass->run (raw, 64, each));
          bench_series_add (&row[MAILBOX], mailbox->klass->run (mailbox, 64, each));
          bench_series_add (&row[CHANNEL], channel->klass->run (channel, 64, each));
          bench_series_add (&row[RESULT], run_channel (channel, 64, each, 1, TRUE));
          bench_series_add (&row[IN_FLIGHT], run_channel (channel, 64, each, 100, FALSE));
          bench_series_add (&row[RAW_LARGE], raw->klass->run (raw, 1024 * 1024, each));
          bench_series_add (&row[MAILBOX_LARGE], mailbox->klass->run (mailbox, 1024 * 1024, each));
        }
    }

  for (guint place = 0; place < 2; place++)
    {
      static const struct
      {
        const char *metric;
        Series series;
        Series peer;
      } figures[] = {
        { "wire-64-bytes", MAILBOX, RAW },
        { "channel-64-bytes", CHANNEL, RAW },
        { "channel-result-64-bytes", RESULT, RAW },
        { "channel-100-in-flight", IN_FLIGHT, RAW },
        { "wire-1-mebibyte", MAILBOX_LARGE, RAW_LARGE },
      };

      for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
        {
          g_autofree char *metric = g_strdup_printf ("%s-%s", figures[i].metric, places[place]);

          bench_report (metric, bench_series_median (&series[place][figures[i].series]), "round trips/s", "socketpair",
                        bench_series_median (&series[place][figures[i].peer]));
        }
      for (guint i = 0; i < N_SERIES; i++)
        bench_series_clear (&series[place][i]);
    }
  return 0;
}
