/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <sys/socket.h>
#include <unistd.h>

#include "own-places.h"
#include "pulsar-glib/wire/pulsar-mailbox-private.h"
#include "pulsar-test.h"

#define SPIN_US 10000

/* One end is a mailbox, the other one plain descriptors of the test. */
typedef struct
{
  PulsarMailbox *mailbox;
  int peer;
  guint n_awaits;         /* how often it was asked whether an answer is awaited */
  guint n_awaited;        /* so often it says yes */
  guint answer_at;        /* the answer comes while it is asked for that time; 0: never */
  gboolean answers;       /* what comes is answered at once */
  guint n_received;
  guint n_closed;
} Spinner;

static void
write_frame (int             fd,
             PulsarFrameKind kind)
{
  const PulsarFrame frame = { .kind = kind, .id = 1 };
  g_autoptr(GBytes) bytes = pulsar_frame_encode (&frame, 0, NULL);
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  g_assert_cmpint (send (fd, data, size, MSG_NOSIGNAL), ==, (gssize) size);
}

static void
received_cb (PulsarMailbox *mailbox,
             PulsarFrame   *frame,
             gpointer       user_data)
{
  const PulsarFrame answer = { .kind = PULSAR_FRAME_REPLY, .id = frame->id };
  Spinner *self = user_data;

  self->n_received++;
  if (frame->kind == PULSAR_FRAME_REQUEST || frame->kind == PULSAR_FRAME_POST)
    pulsar_mailbox_return_credit (mailbox, 1, frame->cost);
  if (self->answers && frame->kind == PULSAR_FRAME_REQUEST)
    g_assert_true (pulsar_mailbox_send (mailbox, &answer, NULL));
}

static void
closed_cb (PulsarMailbox *mailbox,
           const GError  *error,
           gpointer       user_data)
{
  ((Spinner *) user_data)->n_closed++;
}

static gboolean
awaits_cb (PulsarMailbox *mailbox,
           gpointer       user_data)
{
  Spinner *self = user_data;

  if (++self->n_awaits == self->answer_at)
    write_frame (self->peer, PULSAR_FRAME_REPLY);
  return self->n_awaits <= self->n_awaited;
}

static const PulsarMailboxHandler handler = { received_cb, closed_cb, NULL, NULL, awaits_cb };

static void
spinner_init (Spinner *self,
              guint    spin_us)
{
  static const PulsarMailboxLimits limits = { 100, 1024 * 1024, 1024 * 1024 };
  int fds[2];

  *self = (Spinner) { .peer = -1 };
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  self->peer = fds[1];
  self->mailbox = pulsar_mailbox_new (fds[0], &limits, &handler, self);
  g_assert_cmpuint (pulsar_mailbox_get_spin (self->mailbox), ==, 0);
  pulsar_mailbox_set_spin (self->mailbox, spin_us);
  g_assert_cmpuint (pulsar_mailbox_get_spin (self->mailbox), ==, spin_us);
}

static void
spinner_clear (Spinner *self)
{
  pulsar_mailbox_unref (self->mailbox);
  if (self->peer >= 0)
    close (self->peer);
}

static void
ask (Spinner *self)
{
  const PulsarFrame frame = { .kind = PULSAR_FRAME_REQUEST, .id = 1 };

  g_assert_true (pulsar_mailbox_send (self->mailbox, &frame, NULL));
}

static void
test_mailbox_spin_awaits (void)
{
  Spinner self;

  g_test_summary ("An answer that comes while it is looked for is taken in the turn in which it was asked for");
  /* As long as it takes: a busy machine may give the CPU back late. */
  spinner_init (&self, 60 * G_USEC_PER_SEC);
  self.n_awaited = 5;
  self.answer_at = 3;
  ask (&self);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (self.n_received, ==, 1);
  g_assert_cmpuint (self.n_awaits, >=, 3);
  spinner_clear (&self);
}

static void
test_mailbox_spin_off (void)
{
  Spinner self;

  g_test_summary ("Without the setting nobody looks, and nobody asks whether to");
  spinner_init (&self, 0);
  self.n_awaited = 5;
  self.answer_at = 1;
  ask (&self);
  g_main_context_iteration (NULL, FALSE);
  write_frame (self.peer, PULSAR_FRAME_REPLY);
  pulsar_test_wait_for (self.n_received == 1);
  g_assert_cmpuint (self.n_awaits, ==, 0);
  spinner_clear (&self);
}

static void
test_mailbox_spin_bounded (void)
{
  gint64 begin;
  Spinner self;

  g_test_summary ("It looks for as long as was said, and no longer, and not at all where nothing is awaited");
  spinner_init (&self, SPIN_US);
  self.n_awaited = G_MAXUINT;
  ask (&self);
  begin = g_get_monotonic_time ();
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, SPIN_US);
  g_assert_cmpuint (self.n_awaits, >=, 1);

  /* One ask, one time: from then on it sleeps as long as nothing comes. */
  self.n_awaits = 0;
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (self.n_awaits, ==, 0);

  self.n_awaited = 0;
  write_frame (self.peer, PULSAR_FRAME_POST);
  pulsar_test_wait_for (self.n_received == 1);
  g_assert_cmpuint (self.n_awaits, ==, 1);
  spinner_clear (&self);
}

static void
test_mailbox_spin_answered (void)
{
  gint64 begin;
  Spinner self;

  g_test_summary ("Who answered looks for the next question, once, whether in the same turn or later");
  spinner_init (&self, SPIN_US);
  self.answers = TRUE;
  write_frame (self.peer, PULSAR_FRAME_REQUEST);
  begin = g_get_monotonic_time ();
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (self.n_received, ==, 1);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, SPIN_US);
  g_assert_cmpuint (self.n_awaits, ==, 0);

  write_frame (self.peer, PULSAR_FRAME_POST);
  pulsar_test_wait_for (self.n_received == 2);
  g_assert_cmpuint (self.n_awaits, ==, 1);

  self.answers = FALSE;
  self.n_awaits = 0;
  write_frame (self.peer, PULSAR_FRAME_REQUEST);
  pulsar_test_wait_for (self.n_received == 3);
  g_assert_cmpuint (self.n_awaits, ==, 1);
  {
    const PulsarFrame answer = { .kind = PULSAR_FRAME_REPLY, .id = 1 };

    g_assert_true (pulsar_mailbox_send (self.mailbox, &answer, NULL));
  }
  begin = g_get_monotonic_time ();
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, SPIN_US);
  g_assert_cmpuint (self.n_awaits, ==, 1);
  spinner_clear (&self);
}

static void
test_mailbox_spin_ends (void)
{
  Spinner self;

  g_test_summary ("The end of the other side is found while it is looked for an answer");
  spinner_init (&self, SPIN_US);
  self.n_awaited = G_MAXUINT;
  ask (&self);
  g_assert_no_errno (shutdown (self.peer, SHUT_RDWR));
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (self.n_closed, ==, 1);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (self.n_closed, ==, 1);
  spinner_clear (&self);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  take_own_places_if_asked (argc, argv);
  g_test_add_func ("/mailbox/spin/awaits", test_mailbox_spin_awaits);
  g_test_add_func ("/mailbox/spin/off", test_mailbox_spin_off);
  g_test_add_func ("/mailbox/spin/bounded", test_mailbox_spin_bounded);
  g_test_add_func ("/mailbox/spin/answered", test_mailbox_spin_answered);
  g_test_add_func ("/mailbox/spin/ends", test_mailbox_spin_ends);
  return g_test_run ();
}
