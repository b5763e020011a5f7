/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/wire/pulsar-mailbox-private.h"
#include "pulsar-glib/wire/pulsar-wire-thread-private.h"
#include "own-places.h"
#include "pulsar-test.h"

/* One end of a pair and what happened to it. */
typedef struct _End End;

struct _End
{
  PulsarMailbox *mailbox;
  GPtrArray *bodies;     /* (element-type GVariant) (nullable elements) */
  GArray *kinds;
  guint n_fds;
  guint n_closed;
  GError *error;
  guint n_drained;
  guint n_expired;
  gboolean keeps_credit; /* otherwise it comes back at once */
  void (*hook) (End *end, PulsarFrame *frame);
  End *other;
  guint n_to_send;
};

static const PulsarMailboxLimits usual_limits = { 100, 1024 * 1024, 80 * 1024 * 1024 };

static void
body_free (gpointer body)
{
  g_clear_pointer ((GVariant **) &body, g_variant_unref);
}

static void
received_cb (PulsarMailbox *mailbox,
             PulsarFrame   *frame,
             gpointer       user_data)
{
  End *end = user_data;

  g_ptr_array_add (end->bodies, frame->body != NULL ? g_variant_ref (frame->body) : NULL);
  g_array_append_val (end->kinds, frame->kind);
  if (frame->fds != NULL)
    end->n_fds += (guint) g_unix_fd_list_get_length (frame->fds);
  if (!end->keeps_credit && (frame->kind == PULSAR_FRAME_REQUEST || frame->kind == PULSAR_FRAME_POST))
    pulsar_mailbox_return_credit (mailbox, 1, frame->cost);
  if (end->hook != NULL)
    end->hook (end, frame);
}

static void
closed_cb (PulsarMailbox *mailbox,
           const GError  *error,
           gpointer       user_data)
{
  End *end = user_data;

  g_assert_cmpint (pulsar_mailbox_get_fd (mailbox), ==, -1);
  end->n_closed++;
  if (error != NULL)
    end->error = g_error_copy (error);
}

static void
drained_cb (PulsarMailbox *mailbox,
            gpointer       user_data)
{
  End *end = user_data;

  end->n_drained++;
}

static void
expired_cb (PulsarMailbox *mailbox,
            gpointer       user_data)
{
  End *end = user_data;

  end->n_expired++;
}

static const PulsarMailboxHandler handler = { received_cb, closed_cb, drained_cb, expired_cb };

static void
end_begin (End                       *end,
           int                        fd,
           const PulsarMailboxLimits *limits)
{
  end->bodies = g_ptr_array_new_with_free_func (body_free);
  end->kinds = g_array_new (FALSE, FALSE, sizeof (PulsarFrameKind));
  end->mailbox = pulsar_mailbox_new (fd, limits, &handler, end);
}

static void
end_clear (End *end)
{
  g_clear_pointer (&end->mailbox, pulsar_mailbox_unref);
  g_clear_pointer (&end->bodies, g_ptr_array_unref);
  g_clear_pointer (&end->kinds, g_array_unref);
  g_clear_error (&end->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (End, end_clear)

static void
make_pair (int fds[2])
{
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
}

static void
ends_begin (End                       *one,
            End                       *other,
            const PulsarMailboxLimits *limits)
{
  int fds[2];

  make_pair (fds);
  end_begin (one, fds[0], limits);
  end_begin (other, fds[1], limits);
  one->other = other;
  other->other = one;
}

static gboolean
send_body (End             *end,
           PulsarFrameKind  kind,
           GVariant        *body,
           GError         **error)
{
  const PulsarFrame frame = { .kind = kind, .command = "test", .body = body };

  return pulsar_mailbox_send (end->mailbox, &frame, error);
}

/* A socket whose other end writes what it likes. */
static int
end_begin_raw (End                       *end,
               const PulsarMailboxLimits *limits)
{
  int fds[2];

  make_pair (fds);
  end_begin (end, fds[0], limits);
  return fds[1];
}

static void
write_all (int           fd,
           gconstpointer data,
           gsize         size)
{
  g_assert_cmpint (send (fd, data, size, MSG_NOSIGNAL), ==, (gssize) size);
}

static void
write_with_fds (int           fd,
                gconstpointer data,
                gsize         size,
                guint         n_fds)
{
  union
  {
    struct cmsghdr head;
    guint8 bytes[CMSG_SPACE (sizeof (int) * 64)];
  } control;
  struct iovec vector = { (gpointer) data, size };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };

  memset (&control, 0, sizeof control);
  message.msg_control = &control;
  message.msg_controllen = CMSG_SPACE (sizeof (int) * n_fds);
  control.head.cmsg_level = SOL_SOCKET;
  control.head.cmsg_type = SCM_RIGHTS;
  control.head.cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
  for (guint i = 0; i < n_fds; i++)
    memcpy (CMSG_DATA (&control.head) + i * sizeof (int), &fd, sizeof (int));
  g_assert_cmpint (sendmsg (fd, &message, MSG_NOSIGNAL), ==, (gssize) size);
}

/* Handles all that is there now. */
static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static GBytes *
encode (PulsarFrameKind  kind,
        GVariant        *body)
{
  g_autoptr(GVariant) sunk = body != NULL ? g_variant_ref_sink (body) : NULL;
  const PulsarFrame frame = { .kind = kind, .id = 1, .command = "test", .body = sunk };

  return pulsar_frame_encode (&frame, G_MAXUINT32, NULL);
}

static GVariant *
bytes_of (gsize size)
{
  const gsize period = 4099;
  guint8 *data = g_malloc (size);

  for (gsize i = 0; i < MIN (size, period); i++)
    data[i] = (guint8) (i * 7 + i / 251);
  for (gsize i = period; i < size; i += period)
    memcpy (data + i, data, MIN (period, size - i));
  return g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, data, size, TRUE, g_free, data);
}

static void
test_mailbox_split (void)
{
  g_autoptr(GBytes) first = encode (PULSAR_FRAME_REQUEST, g_variant_new ("(si)", "first", 1));
  g_autoptr(GBytes) second = encode (PULSAR_FRAME_REPLY, g_variant_new ("(s)", "second"));
  g_autoptr(GByteArray) data = g_byte_array_new ();

  g_test_summary ("Two frames arrive whole wherever the stream is cut");
  g_byte_array_append (data, g_bytes_get_data (first, NULL), (guint) g_bytes_get_size (first));
  g_byte_array_append (data, g_bytes_get_data (second, NULL), (guint) g_bytes_get_size (second));

  for (guint at = 0; at <= data->len; at++)
    {
      g_auto(End) end = { 0 };
      int fd = end_begin_raw (&end, &usual_limits);

      if (at > 0)
        write_all (fd, data->data, at);
      settle ();
      g_assert_cmpuint (end.bodies->len, ==, (at >= g_bytes_get_size (first)) + (at >= data->len));
      if (at < data->len)
        write_all (fd, data->data + at, data->len - at);
      pulsar_test_wait_for (end.bodies->len == 2);
      g_assert_cmpstr (g_variant_get_type_string (end.bodies->pdata[0]), ==, "(si)");
      g_assert_cmpstr (g_variant_get_type_string (end.bodies->pdata[1]), ==, "(s)");

      close (fd);
      pulsar_test_wait_for (end.n_closed == 1);
      g_assert_no_error (end.error);
    }
}

static void
test_mailbox_byte_by_byte (void)
{
  g_autoptr(GBytes) bytes = encode (PULSAR_FRAME_POST, g_variant_new ("(sas)", "text", NULL));
  const guint8 *data = g_bytes_get_data (bytes, NULL);
  g_auto(End) end = { 0 };
  int fd = end_begin_raw (&end, &usual_limits);

  g_test_summary ("A sender that writes single bytes is only slow");
  for (guint round = 0; round < 3; round++)
    {
      for (gsize i = 0; i < g_bytes_get_size (bytes); i++)
        {
          g_assert_cmpuint (end.bodies->len, ==, round);
          write_all (fd, data + i, 1);
          settle ();
        }
      g_assert_cmpuint (end.bodies->len, ==, round + 1);
    }
  close (fd);
}

static void
test_mailbox_coalesced (void)
{
  g_autoptr(GByteArray) data = g_byte_array_new ();
  g_auto(End) end = { 0 };
  int fd = end_begin_raw (&end, &usual_limits);
  guint n = 0;

  g_test_summary ("Many frames in one read arrive in order, also across the end of a buffer");
  while (data->len < 180 * 1024)
    {
      g_autoptr(GBytes) bytes = encode (PULSAR_FRAME_REPLY, g_variant_new ("(us)", n, n % 3 == 0 ? "" : "some text"));

      g_byte_array_append (data, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
      n++;
    }
  for (guint at = 0; at < data->len; at += 60 * 1024)
    write_all (fd, data->data + at, MIN (60 * 1024, data->len - at));

  pulsar_test_wait_for (end.bodies->len == n);
  for (guint i = 0; i < n; i++)
    {
      guint number;

      g_variant_get (end.bodies->pdata[i], "(u&s)", &number, NULL);
      g_assert_cmpuint (number, ==, i);
    }
  close (fd);
}

static void
test_mailbox_sizes (void)
{
  static const gsize sizes[] = {
    0, 1, 7, 8, 9, 4095, 16 * 1024 - 1, 16 * 1024, 32 * 1024, 32 * 1024 + 1, 64 * 1024 - 64, 64 * 1024, 65 * 1024,
    200 * 1024 + 3, 1024 * 1024, 5,
  };
  static const PulsarMailboxLimits limits = { 0, 0, 0 };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };

  g_test_summary ("Bodies of all sizes in one go, copied, by address, or received in place, keep bytes and order");
  ends_begin (&one, &other, &limits);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_assert_true (send_body (&one, PULSAR_FRAME_POST, bytes_of (sizes[i]), NULL));
  g_assert_cmpuint (pulsar_mailbox_get_queued_bytes (one.mailbox), >, 1024 * 1024);

  pulsar_test_wait_for (other.bodies->len == G_N_ELEMENTS (sizes));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr(GVariant) expected = g_variant_ref_sink (bytes_of (sizes[i]));

      g_assert_cmpmem (g_variant_get_data (other.bodies->pdata[i]), g_variant_get_size (other.bodies->pdata[i]),
                       g_variant_get_data (expected), sizes[i]);
    }
  g_assert_cmpuint (pulsar_mailbox_get_queued_bytes (one.mailbox), ==, 0);
}

static void
test_mailbox_large (void)
{
  const gsize size = (pulsar_test_is_slowed_down () ? 4 : 64) * 1024 * 1024;  /* valgrind checks all that is missing at each read */
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_autoptr(GVariant) body = g_variant_ref_sink (bytes_of (size));

  g_test_summary ("64 MiB go through, and small ones behind them");
  ends_begin (&one, &other, &usual_limits);
  g_assert_true (send_body (&one, PULSAR_FRAME_REQUEST, body, NULL));
  g_assert_true (send_body (&one, PULSAR_FRAME_REPLY, g_variant_new ("(i)", 5), NULL));
  pulsar_test_wait_for (other.bodies->len == 2);
  g_assert_cmpuint (g_variant_get_size (other.bodies->pdata[0]), ==, size);
  g_assert_cmpint (memcmp (g_variant_get_data (other.bodies->pdata[0]), g_variant_get_data (body), size), ==, 0);
}

static void
test_mailbox_too_large (void)
{
  static const PulsarMailboxLimits limits = { 10, 1000, 100 };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_autoptr(GError) error = NULL;

  g_test_summary ("A message over the limit fails at the sender, and the mailbox stays up");
  ends_begin (&one, &other, &limits);
  g_assert_false (send_body (&one, PULSAR_FRAME_REQUEST, bytes_of (101), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_MESSAGE_TOO_LARGE);
  g_assert_true (send_body (&one, PULSAR_FRAME_REQUEST, bytes_of (100), NULL));
  pulsar_test_wait_for (other.bodies->len == 1);
  g_assert_cmpuint (one.n_closed + other.n_closed, ==, 0);
}

static void
test_mailbox_credit (void)
{
  static const PulsarMailboxLimits limits = { 4, 1000, 5000 };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_autoptr(GError) error = NULL;
  gint64 messages, bytes;

  g_test_summary ("Without credit nothing that needs it is sent; when it comes back the sender hears of it");
  ends_begin (&one, &other, &limits);
  other.keeps_credit = TRUE;
  for (guint i = 0; i < 4; i++)
    {
      g_assert_true (pulsar_mailbox_has_credit (one.mailbox, 3));
      g_assert_true (send_body (&one, i % 2 == 0 ? PULSAR_FRAME_REQUEST : PULSAR_FRAME_POST, bytes_of (3), NULL));
    }
  g_assert_false (pulsar_mailbox_has_credit (one.mailbox, 3));
  g_assert_false (send_body (&one, PULSAR_FRAME_POST, bytes_of (3), &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK);

  /* What needs no credit passes. */
  g_assert_true (send_body (&one, PULSAR_FRAME_HEARTBEAT, NULL, NULL));
  pulsar_test_wait_for (other.bodies->len == 5);
  g_assert_cmpuint (one.n_drained, ==, 0);

  /* A single message comes back at once, since the sender has none. */
  pulsar_mailbox_return_credit (other.mailbox, 1, 3);
  pulsar_test_wait_for (one.n_drained == 1);
  pulsar_mailbox_get_credit (one.mailbox, &messages, &bytes);
  g_assert_cmpint (messages, ==, 1);
  g_assert_true (send_body (&one, PULSAR_FRAME_POST, NULL, NULL));
  g_assert_false (pulsar_mailbox_has_credit (one.mailbox, 0));

  /* More rides on any frame. */
  pulsar_test_wait_for (other.bodies->len == 6);
  pulsar_mailbox_return_credit (other.mailbox, 4, 9);
  g_assert_true (send_body (&other, PULSAR_FRAME_REPLY, NULL, NULL));
  pulsar_test_wait_for (one.n_drained == 2);
  pulsar_mailbox_get_credit (one.mailbox, &messages, &bytes);
  g_assert_cmpint (messages, ==, 4);
  g_assert_cmpint (bytes, ==, 1000);
  pulsar_mailbox_get_granted (other.mailbox, &messages, &bytes);
  g_assert_cmpint (messages, ==, 4);
  g_assert_cmpint (bytes, ==, 1000);
}

static void
test_mailbox_overdraft (void)
{
  static const PulsarMailboxLimits limits = { 10, 100, 5000 };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  gint64 messages, bytes;

  g_test_summary ("One message may be larger than all the bytes granted; the next waits until they are paid back");
  ends_begin (&one, &other, &limits);
  other.keeps_credit = TRUE;
  g_assert_true (send_body (&one, PULSAR_FRAME_REQUEST, bytes_of (99), NULL));
  g_assert_true (send_body (&one, PULSAR_FRAME_REQUEST, bytes_of (4000), NULL));
  g_assert_false (send_body (&one, PULSAR_FRAME_REQUEST, bytes_of (1), NULL));
  pulsar_mailbox_get_credit (one.mailbox, &messages, &bytes);
  g_assert_cmpint (messages, ==, 8);
  g_assert_cmpint (bytes, ==, 1 - 4000);
  pulsar_test_wait_for (other.bodies->len == 2);

  pulsar_mailbox_return_credit (other.mailbox, 1, 99);
  pulsar_test_wait_for (one.n_drained == 1);
  g_assert_false (pulsar_mailbox_has_credit (one.mailbox, 1));
  pulsar_mailbox_return_credit (other.mailbox, 1, 4000);
  pulsar_test_wait_for (one.n_drained == 2);
  g_assert_true (pulsar_mailbox_has_credit (one.mailbox, 1));
  g_assert_cmpuint (other.n_closed, ==, 0);
}

static void
test_mailbox_over_credit (void)
{
  static const PulsarMailboxLimits limits = { 2, 100, 5000 };

  g_test_summary ("A sender that ignores its credit, by count or by bytes, loses its channel");
  for (guint size = 0; size <= 100; size += 100)
    {
      g_autoptr(GBytes) bytes = encode (PULSAR_FRAME_POST, bytes_of (size));
      g_auto(End) end = { .keeps_credit = TRUE };
      int fd = end_begin_raw (&end, &limits);

      for (guint i = 0; i < 3; i++)
        write_all (fd, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      pulsar_test_wait_for (end.n_closed == 1);
      g_assert_error (end.error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
      g_assert_cmpuint (end.bodies->len, ==, size == 0 ? 2 : 1);
      close (fd);
    }
}

static void
test_mailbox_credit_too_much (void)
{
  /* Credit fields of a CREDIT frame: messages at 22, bytes at 24. */
  static const gsize places[] = { 22, 24, 30, 31 };

  g_test_summary ("Credit that was never spent cannot come back");
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      const PulsarFrame credit = { .kind = PULSAR_FRAME_CREDIT };
      g_autoptr(GByteArray) data = g_bytes_unref_to_array (pulsar_frame_encode (&credit, 0, NULL));
      g_auto(End) end = { 0 };
      int fd = end_begin_raw (&end, &usual_limits);

      data->data[places[i]] = 0xff;
      write_all (fd, data->data, data->len);
      pulsar_test_wait_for (end.n_closed == 1);
      g_assert_error (end.error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
      close (fd);
    }
}

static void
test_mailbox_flood (void)
{
  static const PulsarMailboxLimits limits = { 50, 10000, 5000 };
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  const guint n_messages = g_getenv ("PULSAR_TEST_SETUP") != NULL ? 5000 : 100000;
  guint n_sent = 0;

  g_test_summary ("100,000 messages one way with 50 in flight: all arrive, and the queue stays short");
  ends_begin (&one, &other, &limits);
  while (n_sent < n_messages)
    {
      if (send_body (&one, PULSAR_FRAME_POST, g_variant_new ("(u)", n_sent), NULL))
        n_sent++;
      else
        g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (pulsar_mailbox_get_queued_bytes (one.mailbox), <, 10000);
    }
  pulsar_test_wait_for (other.bodies->len == n_sent);
  for (guint i = 0; i < n_sent; i += 999)
    {
      guint number;

      g_variant_get (other.bodies->pdata[i], "(u)", &number);
      g_assert_cmpuint (number, ==, i);
    }
  /* Back by quarters, or by what the sender has left when that is less, but not one by one. */
  g_assert_cmpuint (pulsar_mailbox_get_n_sent (other.mailbox), <, n_sent / 5);
}

static void
test_mailbox_reader_stops (void)
{
  static const PulsarMailboxLimits limits = { 1000, 1024 * 1024, 64 * 1024 };
  g_auto(End) end = { 0 };
  int fd = end_begin_raw (&end, &limits);
  guint n_sent = 0;
  char buffer[4096];
  gsize n_read = 0;

  g_test_summary ("For a peer that does not read no more is kept than it granted; when it reads, all of it comes");
  while (send_body (&end, PULSAR_FRAME_POST, bytes_of (10 * 1024), NULL))
    n_sent++;
  g_assert_cmpuint (n_sent, >, 100);
  g_assert_cmpuint (pulsar_mailbox_get_queued_bytes (end.mailbox), <, limits.bytes + 64 * 1024);
  settle ();

  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  while (pulsar_mailbox_get_queued_bytes (end.mailbox) > 0 || n_read < n_sent * 10 * 1024)
    {
      gssize n = read (fd, buffer, sizeof buffer);

      if (n > 0)
        n_read += (gsize) n;
      else
        g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (end.n_closed, ==, 0);
  close (fd);
}

static void
test_mailbox_garbage (void)
{
  g_autoptr(GBytes) good = encode (PULSAR_FRAME_REPLY, g_variant_new ("(s)", "text"));
  guint n_fds = pulsar_test_count_fds ();

  g_test_summary ("Bytes that make no frame close that mailbox with protocol-error or version-mismatch, and nothing else");
  for (guint i = 0; i < 500; i++)
    {
      g_auto(End) end = { 0 };
      g_auto(End) bystander = { 0 };
      int fd = end_begin_raw (&end, &usual_limits);
      int other_fd = end_begin_raw (&bystander, &usual_limits);
      guint8 data[300];

      for (guint at = 0; at < sizeof data; at++)
        data[at] = (guint8) g_test_rand_int ();
      /* Some go further than the version. */
      if (i % 2 == 0)
        data[7] = PULSAR_WIRE_VERSION;
      if (i % 4 == 0)
        {
          data[4] = PULSAR_FRAME_REPLY;
          data[6] = data[19] = data[21] = data[22] = data[23] = 0;
          memset (data + 24, 0, 8);
          data[2] = data[3] = 0;
        }
      write_all (fd, g_bytes_get_data (good, NULL), g_bytes_get_size (good));
      write_all (fd, data, sizeof data);
      close (fd);

      pulsar_test_wait_for (end.n_closed == 1);
      g_assert_cmpuint (end.bodies->len, ==, 1);
      g_assert_nonnull (end.error);
      g_assert_true (end.error->domain == PULSAR_ERROR);

      write_all (other_fd, g_bytes_get_data (good, NULL), g_bytes_get_size (good));
      pulsar_test_wait_for (bystander.bodies->len == 1);
      g_assert_cmpuint (bystander.n_closed, ==, 0);
      close (other_fd);
    }
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
}

static void
test_mailbox_truncated (void)
{
  g_autoptr(GBytes) small = encode (PULSAR_FRAME_REPLY, g_variant_new ("(s)", "text"));
  g_autoptr(GBytes) large = encode (PULSAR_FRAME_REPLY, bytes_of (100 * 1024));
  struct
  {
    GBytes *bytes;
    gsize size;
  } rows[] = { { small, 1 }, { small, 32 }, { small, 40 }, { large, 1000 }, { large, 70 * 1024 } };

  g_test_summary ("A stream that ends inside a frame is a protocol error");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto(End) end = { 0 };
      int fd = end_begin_raw (&end, &usual_limits);

      write_all (fd, g_bytes_get_data (rows[i].bytes, NULL), rows[i].size);
      close (fd);
      pulsar_test_wait_for (end.n_closed == 1);
      g_assert_error (end.error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
    }
}

static void
test_mailbox_body_is_safe (void)
{
  /* (s) whose text has no end, a{sv} with wild offsets, variants inside each other deeper than GLib follows. */
  static const char * const types[] = { "(s)", "a{sv}", "aas", "v", "(vvv)", "a(yv)", "ab", "b", "o" };
  g_auto(End) end = { 0 };
  int fd = end_begin_raw (&end, &usual_limits);
  guint n = 0;

  g_test_summary ("A body that is not in normal form can be read, whatever it says");
  for (guint round = 0; round < 40; round++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (types); i++)
        {
          gsize size = (gsize) g_test_rand_int_range (0, 200);
          guint8 *data = g_malloc (size);
          g_autoptr(GVariant) body = NULL;
          g_autoptr(GBytes) bytes = NULL;

          for (gsize at = 0; at < size; at++)
            data[at] = round % 2 == 0 ? (guint8) g_test_rand_int () : (guint8) (at % 3 == 0 ? 'v' : at % 3 - 1);
          body = g_variant_ref_sink (g_variant_new_from_data ((const GVariantType *) types[i], data, size, FALSE, g_free, data));
          bytes = encode (PULSAR_FRAME_REPLY, body);
          write_all (fd, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
          n++;
          pulsar_test_wait_for (end.bodies->len == n);
          g_free (g_variant_print (end.bodies->pdata[n - 1], TRUE));
        }
    }
  g_assert_cmpuint (end.n_closed, ==, 0);
  close (fd);
}

static GUnixFDList *
some_fds (guint n)
{
  GUnixFDList *fds = g_unix_fd_list_new ();

  for (guint i = 0; i < n; i++)
    g_assert_cmpint (g_unix_fd_list_append (fds, 0, NULL), >=, 0);
  return fds;
}

static void
check_fds_hook (End         *end,
                PulsarFrame *frame)
{
  guint expected = 0;
  int n_fds = 0;
  const int *fds = frame->fds != NULL ? g_unix_fd_list_peek_fds (frame->fds, &n_fds) : NULL;

  if (frame->body != NULL && g_variant_is_of_type (frame->body, G_VARIANT_TYPE ("(u)")))
    g_variant_get (frame->body, "(u)", &expected);
  else if (frame->body != NULL)
    expected = 2;
  g_assert_cmpint (n_fds, ==, expected);
  for (int i = 0; i < n_fds; i++)
    g_assert_cmpint (fcntl (fds[i], F_GETFD) & FD_CLOEXEC, !=, 0);
}

static void
test_mailbox_fds (void)
{
  guint n_fds = pulsar_test_count_fds ();
  guint n_expected = 0;

  g_test_summary ("Descriptors come with their own frame, close-on-exec, among frames without and with large bodies");
  {
    g_auto(End) one = { 0 };
    g_auto(End) other = { .hook = check_fds_hook };

    ends_begin (&one, &other, &usual_limits);
    for (guint i = 0; i < 80; i++)
      {
        guint n = i % 3 == 0 ? i % (PULSAR_FRAME_FDS_MAX + 1) : 0;
        g_autoptr(GUnixFDList) fds = n > 0 ? some_fds (n) : NULL;
        const PulsarFrame small = { .kind = PULSAR_FRAME_REPLY, .body = g_variant_new ("(u)", n), .fds = fds };

        g_assert_true (pulsar_mailbox_send (one.mailbox, &small, NULL));
        n_expected += n;
        if (i % 5 == 0)
          {
            g_autoptr(GUnixFDList) two = some_fds (2);
            const PulsarFrame large = { .kind = PULSAR_FRAME_REPLY, .body = bytes_of (50 * 1024 + i), .fds = two };

            g_assert_true (pulsar_mailbox_send (one.mailbox, &large, NULL));
            n_expected += 2;
          }
      }
    /* Not all of them fit the socket. */
    g_assert_cmpuint (pulsar_mailbox_get_queued_bytes (one.mailbox), >, 0);
    pulsar_test_wait_for (other.n_fds == n_expected && pulsar_mailbox_get_queued_bytes (one.mailbox) == 0);
    g_assert_cmpuint (one.n_closed + other.n_closed, ==, 0);
  }
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
}

static void
test_mailbox_fds_wrong (void)
{
  g_autoptr(GUnixFDList) list = some_fds (3);
  const PulsarFrame with = { .kind = PULSAR_FRAME_REPLY, .fds = list };
  const PulsarFrame without = { .kind = PULSAR_FRAME_REPLY };
  g_autoptr(GBytes) three = pulsar_frame_encode (&with, 0, NULL);
  g_autoptr(GBytes) none = pulsar_frame_encode (&without, 0, NULL);
  const guint8 *three_data = g_bytes_get_data (three, NULL);
  const guint8 *none_data = g_bytes_get_data (none, NULL);
  gsize size = g_bytes_get_size (three);
  guint n_fds = pulsar_test_count_fds ();

  g_test_summary ("Descriptors that are missing, surplus, cut off or in the wrong place close the mailbox, and themselves");
  g_assert_cmpuint (size, ==, g_bytes_get_size (none));
  for (guint i = 0; i < 7; i++)
    {
      g_auto(End) end = { 0 };
      int fd = end_begin_raw (&end, &usual_limits);

      switch (i)
        {
        case 0:  /* missing */
          write_all (fd, three_data, size);
          break;
        case 1:  /* too few */
          write_with_fds (fd, three_data, size, 2);
          break;
        case 2:  /* too many */
          write_with_fds (fd, three_data, size, 4);
          break;
        case 3:  /* more than a message may have */
          write_with_fds (fd, three_data, size, 40);
          break;
        case 4:  /* without being announced */
          write_with_fds (fd, none_data, size, 1);
          break;
        case 5:  /* in the middle of a frame */
          write_all (fd, none_data, 36);
          settle ();
          write_with_fds (fd, none_data + 36, 2, 1);
          break;
        case 6:  /* batch after batch */
          write_with_fds (fd, three_data, 2, 3);
          settle ();
          write_with_fds (fd, three_data + 2, 2, 3);
          settle ();
          if (end.n_closed == 0)
            write_with_fds (fd, three_data + 4, 2, 3);
          break;
        default:
          g_assert_not_reached ();
        }
      pulsar_test_wait_for (end.n_closed == 1);
      g_assert_error (end.error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
      /* The frame of case 4 is good; what came with it is not. */
      g_assert_cmpuint (end.bodies->len, ==, i == 4 ? 1 : 0);
      close (fd);
    }
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
}

static void
test_mailbox_fds_gone (void)
{
  g_auto(End) end = { 0 };
  int fd = end_begin_raw (&end, &usual_limits);
  g_autoptr(GUnixFDList) list = some_fds (1);
  const PulsarFrame with = { .kind = PULSAR_FRAME_REPLY, .fds = list };
  g_autofree int *stolen = NULL;

  g_test_summary ("A list that is emptied before its frame is sent fails that mailbox only");
  while (pulsar_mailbox_get_queued_bytes (end.mailbox) == 0)
    g_assert_true (send_body (&end, PULSAR_FRAME_REPLY, bytes_of (64 * 1024), NULL));
  g_assert_true (pulsar_mailbox_send (end.mailbox, &with, NULL));
  stolen = g_unix_fd_list_steal_fds (list, NULL);
  close (stolen[0]);

  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  while (end.n_closed == 0)
    {
      char buffer[4096];

      if (read (fd, buffer, sizeof buffer) <= 0)
        g_main_context_iteration (NULL, FALSE);
    }
  g_assert_error (end.error, PULSAR_ERROR, PULSAR_ERROR_FAILED);
  close (fd);
}

static void
test_mailbox_peer_dies (void)
{
  static const gboolean reads_first[] = { TRUE, FALSE };

  g_test_summary ("What a peer sent before it died is received, then the mailbox is closed without an error");
  for (guint i = 0; i < G_N_ELEMENTS (reads_first); i++)
    {
      g_autoptr(GBytes) good = encode (PULSAR_FRAME_REPLY, g_variant_new ("(s)", "last words"));
      g_auto(End) end = { 0 };
      int fd = end_begin_raw (&end, &usual_limits);
      g_autoptr(GError) error = NULL;

      g_assert_true (send_body (&end, PULSAR_FRAME_REQUEST, bytes_of (100), NULL));
      write_all (fd, g_bytes_get_data (good, NULL), g_bytes_get_size (good));
      if (reads_first[i])
        {
          char buffer[4096];

          g_assert_cmpint (read (fd, buffer, sizeof buffer), >, 0);
        }
      close (fd);
      /* The first write finds out; it is the reading that ends the mailbox. */
      while (send_body (&end, PULSAR_FRAME_REPLY, NULL, &error))
        ;
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
      g_assert_true (pulsar_mailbox_is_closed (end.mailbox));
      g_assert_cmpuint (end.n_closed, ==, 0);

      pulsar_test_wait_for (end.n_closed == 1);
      g_assert_no_error (end.error);
      g_assert_cmpuint (end.bodies->len, ==, 1);
    }
}

static void
test_mailbox_peer_mute (void)
{
  g_auto(End) end = { 0 };
  int fd = end_begin_raw (&end, &usual_limits);

  g_test_summary ("A peer that shuts down its reading is as good as dead");
  g_assert_no_errno (shutdown (fd, SHUT_RD));
  g_assert_true (send_body (&end, PULSAR_FRAME_HEARTBEAT, NULL, NULL));
  pulsar_test_wait_for (end.n_closed == 1);
  g_assert_no_error (end.error);
  close (fd);
}

static void
close_hook (End         *end,
            PulsarFrame *frame)
{
  pulsar_mailbox_close (end->mailbox);
}

static void
unref_hook (End         *end,
            PulsarFrame *frame)
{
  g_clear_pointer (&end->mailbox, pulsar_mailbox_unref);
}

static void
fail_hook (End         *end,
           PulsarFrame *frame)
{
  pulsar_mailbox_fail (end->mailbox, g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR, "no"));
  pulsar_mailbox_fail (end->mailbox, g_error_new_literal (PULSAR_ERROR, PULSAR_ERROR_FAILED, "never seen"));
  g_assert_cmpuint (end->n_closed, ==, 0);
}

static void
test_mailbox_close_inside (void)
{
  static void (* const hooks[]) (End *, PulsarFrame *) = { close_hook, unref_hook, fail_hook };

  g_test_summary ("A handler may close, drop or fail its mailbox; nothing more is delivered");
  for (guint i = 0; i < G_N_ELEMENTS (hooks); i++)
    {
      g_auto(End) one = { 0 };
      g_auto(End) other = { .hook = hooks[i] };

      ends_begin (&one, &other, &usual_limits);
      for (guint n = 0; n < 10; n++)
        g_assert_true (send_body (&one, PULSAR_FRAME_REPLY, g_variant_new ("(u)", n), NULL));
      pulsar_test_wait_for (one.n_closed == 1);
      g_assert_no_error (one.error);
      g_assert_cmpuint (other.bodies->len, ==, 1);
      g_assert_cmpuint (other.n_closed, ==, hooks[i] == fail_hook ? 1 : 0);
      if (hooks[i] == fail_hook)
        g_assert_error (other.error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
    }
}

static void
answer_hook (End         *end,
             PulsarFrame *frame)
{
  const PulsarFrame answer = { .kind = PULSAR_FRAME_REPLY, .id = frame->id, .body = frame->body };

  g_assert_true (pulsar_mailbox_send (end->mailbox, &answer, NULL));
  g_assert_cmpuint (pulsar_mailbox_get_queued_bytes (end->mailbox), >, 0);  /* waits for the end of the turn */
}

static void
test_mailbox_send_inside (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { .hook = answer_hook };

  g_test_summary ("Answers given inside one turn leave together, with the credit of their requests");
  ends_begin (&one, &other, &usual_limits);
  for (guint n = 0; n < 50; n++)
    g_assert_true (send_body (&one, PULSAR_FRAME_REQUEST, g_variant_new ("(u)", n), NULL));
  pulsar_test_wait_for (one.bodies->len == 50);
  g_assert_cmpuint (pulsar_mailbox_get_n_sent (other.mailbox), ==, 50);
}

static void
relay_hook (End         *end,
            PulsarFrame *frame)
{
  End *target = end->other;
  const PulsarFrame copy = { .kind = PULSAR_FRAME_REPLY, .sender = "w1", .body = frame->body };

  g_assert_true (pulsar_mailbox_send (target->mailbox, &copy, NULL));
}

static void
test_mailbox_relay (void)
{
  g_auto(End) source = { 0 };
  g_auto(End) inner = { .hook = relay_hook };
  g_auto(End) outer = { 0 };
  g_auto(End) sink = { 0 };

  g_test_summary ("What one mailbox sends in the dispatch of another leaves at the end of that dispatch");
  ends_begin (&source, &inner, &usual_limits);
  ends_begin (&outer, &sink, &usual_limits);
  inner.other = &outer;
  for (guint n = 0; n < 50; n++)
    g_assert_true (send_body (&source, PULSAR_FRAME_REPLY, g_variant_new ("(u)", n), NULL));
  pulsar_test_wait_for (sink.bodies->len == 50);
  g_assert_cmpuint (pulsar_mailbox_get_queued_bytes (outer.mailbox), ==, 0);
}

/* Asks from within the handler and runs a main loop until the answer is there. */
static void
nested_hook (End         *end,
             PulsarFrame *frame)
{
  guint number;
  guint n_before = end->bodies->len;
  const char *command = frame->command;

  if (frame->kind != PULSAR_FRAME_REQUEST)
    return;
  g_variant_get (frame->body, "(u)", &number);
  if (number > 3)
    return;

  g_assert_true (send_body (end, PULSAR_FRAME_REQUEST, g_variant_new ("(u)", 100 + number), NULL));
  pulsar_test_wait_for (end->bodies->len > n_before + 40 - number);
  g_assert_cmpstr (command, ==, "test");
}

static void
test_mailbox_nested (void)
{
  g_auto(End) one = { .hook = answer_hook };
  g_auto(End) other = { .hook = nested_hook };

  g_test_summary ("A main loop inside a handler gets the frames behind the one handled, in order, and its own answer");
  one.hook = NULL;
  ends_begin (&one, &other, &usual_limits);
  for (guint n = 0; n < 40; n++)
    g_assert_true (send_body (&one, PULSAR_FRAME_REQUEST, g_variant_new ("(u)", n), NULL));
  one.hook = answer_hook;
  pulsar_test_wait_for (other.bodies->len == 44 && one.bodies->len == 4);
  for (guint n = 0; n < 40; n++)
    {
      guint number;

      g_variant_get (other.bodies->pdata[n], "(u)", &number);
      g_assert_cmpuint (number, ==, n);
    }
}

typedef enum
{
  ENDS_BY_CLOSE,
  ENDS_BY_UNREF,
  ENDS_BY_FAIL,
  ENDS_BY_PEER,
  N_ENDS,
} AheadEnd;

static AheadEnd ahead_end;

/* Echoes every frame of 64 bytes, as a blocking program would; the last one of the rounds is not answered. */
static gpointer
echo_thread (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);
  guint8 frame[64];

  for (guint n = 0; recv (fd, frame, sizeof frame, MSG_WAITALL) == sizeof frame; n++)
    {
      if (ahead_end == ENDS_BY_PEER && n == 5000)
        break;
      frame[4] = PULSAR_FRAME_REPLY;
      if (send (fd, frame, sizeof frame, MSG_NOSIGNAL) != sizeof frame)
        break;
    }
  close (fd);
  return NULL;
}

static void
ahead_hook (End         *end,
            PulsarFrame *frame)
{
  const PulsarFrame next = { .kind = PULSAR_FRAME_HEARTBEAT, .command = "test", .body = frame->body };

  if (end->bodies->len < 5000 || ahead_end == ENDS_BY_PEER)
    g_assert_true (pulsar_mailbox_send (end->mailbox, &next, NULL));
  else if (ahead_end == ENDS_BY_CLOSE)
    close_hook (end, frame);
  else if (ahead_end == ENDS_BY_UNREF)
    unref_hook (end, frame);
  else
    fail_hook (end, frame);
}

static void
test_mailbox_ahead (void)
{
  cpu_set_t before, one;

  g_test_summary ("Question and answer by turns on one CPU, thousands of times, ended in a handler and by the peer");
  g_assert_no_errno (sched_getaffinity (0, sizeof before, &before));
  CPU_ZERO (&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT (&one) == 0; cpu++)
    {
      if (CPU_ISSET (cpu, &before))
        CPU_SET (cpu, &one);
    }
  g_assert_no_errno (sched_setaffinity (0, sizeof one, &one));

  for (ahead_end = 0; ahead_end < N_ENDS; ahead_end++)
    {
      g_auto(End) end = { .hook = ahead_hook };
      int fd = end_begin_raw (&end, &usual_limits);
      GThread *thread = g_thread_new ("echo", echo_thread, GINT_TO_POINTER (fd));

      g_assert_true (send_body (&end, PULSAR_FRAME_HEARTBEAT, g_variant_new ("(s)", "fifteen bytes.."), NULL));
      pulsar_test_wait_for (end.bodies->len == 5000 && (end.mailbox == NULL || pulsar_mailbox_is_closed (end.mailbox)));
      settle ();
      g_thread_join (thread);
      g_assert_cmpuint (end.bodies->len, ==, 5000);
      g_assert_cmpuint (end.n_closed, ==, ahead_end == ENDS_BY_FAIL || ahead_end == ENDS_BY_PEER ? 1 : 0);
    }
  g_assert_no_errno (sched_setaffinity (0, sizeof before, &before));
}

static void
test_mailbox_ahead_beside_idle (void)
{
  g_auto(End) busy = { 0 };
  g_auto(End) busy_peer = { 0 };
  g_auto(End) idle = { 0 };
  g_auto(End) idle_peer = { 0 };
  const PulsarWireThread *thread = pulsar_wire_thread_get ();

  g_test_summary ("A mailbox that brings heartbeats does not keep a busy one from reading ahead, and one that brings messages does");
  ends_begin (&busy, &busy_peer, &usual_limits);
  ends_begin (&idle, &idle_peer, &usual_limits);
  g_assert_true (send_body (&busy, PULSAR_FRAME_POST, NULL, NULL));
  pulsar_test_wait_for (busy_peer.kinds->len == 1);
  g_assert_true (thread->previous == busy_peer.mailbox);
  g_assert_true (send_body (&idle, PULSAR_FRAME_HEARTBEAT, NULL, NULL));
  pulsar_test_wait_for (idle_peer.kinds->len == 1);
  g_assert_true (thread->previous == busy_peer.mailbox);
  g_assert_true (send_body (&idle, PULSAR_FRAME_POST, NULL, NULL));
  pulsar_test_wait_for (idle_peer.kinds->len == 2);
  g_assert_true (thread->previous == idle_peer.mailbox);
}

static void
rearm_hook (End         *end,
            PulsarFrame *frame)
{
  pulsar_mailbox_set_deadline (end->mailbox, g_get_monotonic_time () + 1000);
}

static void
test_mailbox_deadline_busy (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { 0 };
  g_autoptr(GError) error = NULL;
  guint n_sent = 0;

  g_test_summary ("The deadline passes although the mailbox is never without messages, however many come at once");
  ends_begin (&one, &other, &usual_limits);
  g_assert_true (send_body (&other, PULSAR_FRAME_HEARTBEAT, NULL, &error));
  n_sent++;
  pulsar_test_wait_for (one.kinds->len == n_sent);
  pulsar_mailbox_set_deadline (one.mailbox, 0);
  for (guint i = 0; i < 64; i++)
    {
      g_assert_true (send_body (&other, PULSAR_FRAME_HEARTBEAT, NULL, &error));
      g_assert_true (send_body (&other, PULSAR_FRAME_HEARTBEAT, NULL, &error));
      n_sent += 2;
      while (one.kinds->len < n_sent)
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (one.n_expired, ==, 1);
}

static void
test_mailbox_deadline (void)
{
  g_auto(End) one = { 0 };
  g_auto(End) other = { .hook = rearm_hook };

  g_test_summary ("The deadline passes once; it can be moved and taken back");
  ends_begin (&one, &other, &usual_limits);
  pulsar_mailbox_set_deadline (one.mailbox, g_get_monotonic_time () + G_TIME_SPAN_HOUR);
  pulsar_mailbox_set_deadline (one.mailbox, 0);
  pulsar_test_wait_for (one.n_expired == 1);
  pulsar_mailbox_set_deadline (one.mailbox, 0);
  pulsar_mailbox_set_deadline (one.mailbox, -1);
  g_assert_true (send_body (&one, PULSAR_FRAME_REPLY, NULL, NULL));
  pulsar_test_wait_for (other.n_expired == 1);
  g_assert_cmpuint (one.n_expired, ==, 1);
}

static void
test_mailbox_close (void)
{
  guint n_fds = pulsar_test_count_fds ();

  g_test_summary ("Closing sends what waits, is silent on this side, and can be said twice");
  {
    g_auto(End) one = { 0 };
    g_auto(End) other = { 0 };
    g_autoptr(GError) error = NULL;

    ends_begin (&one, &other, &usual_limits);
    g_assert_true (send_body (&one, PULSAR_FRAME_STOP, NULL, NULL));
    pulsar_mailbox_close (one.mailbox);
    pulsar_mailbox_close (one.mailbox);
    g_assert_false (send_body (&one, PULSAR_FRAME_STOP, NULL, &error));
    g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
    pulsar_mailbox_return_credit (one.mailbox, 1, 1);
    pulsar_mailbox_flush (one.mailbox);
    pulsar_test_wait_for (other.n_closed == 1);
    g_assert_no_error (other.error);
    g_assert_cmpuint (other.kinds->len, ==, 1);
    g_assert_cmpint (g_array_index (other.kinds, PulsarFrameKind, 0), ==, PULSAR_FRAME_STOP);
    g_assert_cmpuint (one.n_closed, ==, 0);
  }
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
}

static void
test_mailbox_send_limits (void)
{
  static const PulsarMailboxLimits wider = { 200, 0, 0 };
  g_auto(End) end = { 0 };
  int fd = end_begin_raw (&end, &usual_limits);
  gint64 messages, bytes;

  g_test_summary ("What the peer grants can differ from what this side does");
  pulsar_mailbox_set_send_limits (end.mailbox, &wider);
  pulsar_mailbox_get_credit (end.mailbox, &messages, &bytes);
  g_assert_cmpint (messages, ==, 200);
  g_assert_cmpuint (pulsar_mailbox_get_message_size (end.mailbox), ==, G_MAXUINT32);
  pulsar_mailbox_get_granted (end.mailbox, &messages, &bytes);
  g_assert_cmpint (messages, ==, 100);
  close (fd);
}

static void
test_mailbox_hello (void)
{
  static const gsize sizes[] = { 1, 2000, 100 * 1024 };

  g_test_summary ("The first frame is read alone, with its descriptors; the rest stays in the socket");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_auto(End) end = { 0 };
      int fd = end_begin_raw (&end, &usual_limits);
      g_autoptr(GUnixFDList) fds = some_fds (2);
      const PulsarFrame hello = { .kind = PULSAR_FRAME_HELLO, .body = bytes_of (sizes[i]), .fds = fds };
      g_auto(PulsarFrame) frame = { 0 };
      g_autoptr(GError) error = NULL;
      g_auto(End) worker = { 0 };

      g_assert_true (pulsar_mailbox_send (end.mailbox, &hello, NULL));
      g_assert_true (send_body (&end, PULSAR_FRAME_STOP, NULL, NULL));
      g_assert_true (pulsar_mailbox_read_hello (fd, g_get_monotonic_time () + 60 * G_USEC_PER_SEC, &frame, &error));
      g_assert_no_error (error);
      g_assert_cmpint (frame.kind, ==, PULSAR_FRAME_HELLO);
      g_assert_cmpuint (g_variant_get_size (frame.body), ==, sizes[i]);
      g_assert_cmpint (g_unix_fd_list_get_length (frame.fds), ==, 2);

      end_begin (&worker, fd, &usual_limits);
      pulsar_test_wait_for (worker.bodies->len == 1);
    }
}

static void
test_mailbox_peer_pid (void)
{
  const int on = 1;
  int fds[2], asked = 0;
  socklen_t size = sizeof asked;
  g_auto(End) one = { 0 };
  g_auto(End) other = { .hook = check_fds_hook };

  g_test_summary ("A socket that is asked to tells the process of the peer, once, together with descriptors");
  make_pair (fds);
  g_assert_no_errno (setsockopt (fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  pulsar_mailbox_write_hello (fds[0]);
  end_begin (&one, fds[0], &usual_limits);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GUnixFDList) list = some_fds (PULSAR_FRAME_FDS_MAX);
      const PulsarFrame frame = {
        .kind = PULSAR_FRAME_REPLY, .body = g_variant_new ("(u)", PULSAR_FRAME_FDS_MAX), .fds = list,
      };

      g_assert_true (pulsar_mailbox_send (one.mailbox, &frame, NULL));
    }
  end_begin (&other, fds[1], &usual_limits);
  g_assert_cmpint (pulsar_mailbox_get_peer_pid (other.mailbox), ==, 0);
  pulsar_test_wait_for (other.n_fds == 2 * PULSAR_FRAME_FDS_MAX);
  g_assert_cmpint (g_array_index (other.kinds, PulsarFrameKind, 0), ==, PULSAR_FRAME_HELLO);
  g_assert_cmpint (pulsar_mailbox_get_peer_pid (other.mailbox), ==, getpid ());
  g_assert_no_errno (getsockopt (fds[1], SOL_SOCKET, SO_PASSCRED, &asked, &size));
  g_assert_cmpint (asked, ==, 0);
  g_assert_cmpint (pulsar_mailbox_get_peer_pid (one.mailbox), ==, 0);
}

static void
test_mailbox_hello_fails (void)
{
  const gint64 later = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  g_autoptr(GError) timed_out = NULL;
  g_autoptr(GError) died = NULL;
  g_autoptr(GError) broken = NULL;
  g_auto(PulsarFrame) frame = { 0 };
  guint8 garbage[64] = { 1, 2, 3, 4, 5, 6, 7, PULSAR_WIRE_VERSION, 9 };
  int fds[2];

  g_test_summary ("A first frame that does not come, or is none, is an error by name");
  make_pair (fds);
  g_assert_false (pulsar_mailbox_read_hello (fds[1], g_get_monotonic_time () + 1000, &frame, &timed_out));
  g_assert_error (timed_out, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT);

  write_all (fds[0], garbage, sizeof garbage);
  g_assert_false (pulsar_mailbox_read_hello (fds[1], later, &frame, &broken));
  g_assert_error (broken, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR);
  close (fds[0]);
  close (fds[1]);

  make_pair (fds);
  write_all (fds[0], garbage, 10);
  close (fds[0]);
  g_assert_false (pulsar_mailbox_read_hello (fds[1], later, &frame, &died));
  g_assert_error (died, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED);
  close (fds[1]);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  take_own_places_if_asked (argc, argv);
  g_test_add_func ("/mailbox/split", test_mailbox_split);
  g_test_add_func ("/mailbox/byte-by-byte", test_mailbox_byte_by_byte);
  g_test_add_func ("/mailbox/coalesced", test_mailbox_coalesced);
  g_test_add_func ("/mailbox/sizes", test_mailbox_sizes);
  g_test_add_func ("/mailbox/large", test_mailbox_large);
  g_test_add_func ("/mailbox/too-large", test_mailbox_too_large);
  g_test_add_func ("/mailbox/credit", test_mailbox_credit);
  g_test_add_func ("/mailbox/credit/overdraft", test_mailbox_overdraft);
  g_test_add_func ("/mailbox/credit/ignored", test_mailbox_over_credit);
  g_test_add_func ("/mailbox/credit/too-much", test_mailbox_credit_too_much);
  g_test_add_func ("/mailbox/flood", test_mailbox_flood);
  g_test_add_func ("/mailbox/reader-stops", test_mailbox_reader_stops);
  g_test_add_func ("/mailbox/garbage", test_mailbox_garbage);
  g_test_add_func ("/mailbox/truncated", test_mailbox_truncated);
  g_test_add_func ("/mailbox/body-is-safe", test_mailbox_body_is_safe);
  g_test_add_func ("/mailbox/fds", test_mailbox_fds);
  g_test_add_func ("/mailbox/fds/wrong", test_mailbox_fds_wrong);
  g_test_add_func ("/mailbox/fds/gone", test_mailbox_fds_gone);
  g_test_add_func ("/mailbox/peer-dies", test_mailbox_peer_dies);
  g_test_add_func ("/mailbox/peer-mute", test_mailbox_peer_mute);
  g_test_add_func ("/mailbox/inside/close", test_mailbox_close_inside);
  g_test_add_func ("/mailbox/inside/send", test_mailbox_send_inside);
  g_test_add_func ("/mailbox/inside/relay", test_mailbox_relay);
  g_test_add_func ("/mailbox/inside/main-loop", test_mailbox_nested);
  g_test_add_func ("/mailbox/ahead", test_mailbox_ahead);
  g_test_add_func ("/mailbox/ahead/beside-idle", test_mailbox_ahead_beside_idle);
  g_test_add_func ("/mailbox/deadline", test_mailbox_deadline);
  g_test_add_func ("/mailbox/deadline-busy", test_mailbox_deadline_busy);
  g_test_add_func ("/mailbox/close", test_mailbox_close);
  g_test_add_func ("/mailbox/send-limits", test_mailbox_send_limits);
  g_test_add_func ("/mailbox/hello", test_mailbox_hello);
  g_test_add_func ("/mailbox/peer-pid", test_mailbox_peer_pid);
  g_test_add_func ("/mailbox/hello/fails", test_mailbox_hello_fails);
  return g_test_run ();
}
