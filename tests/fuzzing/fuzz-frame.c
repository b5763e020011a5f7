/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever bytes come, the codec says what they are or why they are nothing, and both ways of reading them agree: the
 * pure function on the buffer, and a mailbox that gets them through a socket in two pieces. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "pulsar-glib/wire/pulsar-mailbox-private.h"

#define BODY_MAX (128 * 1024)

typedef struct
{
  guint n_received;
  guint n_closed;
} Seen;

/* Reads all of a value that is not to be trusted. */
static void
read_value (GVariant *value,
            guint     depth)
{
  g_assert_cmpuint (depth, <, 512);
  if (g_variant_is_container (value))
    {
      gsize n = g_variant_n_children (value);

      /* A body of a few bytes can claim many empty elements; the first ones and the last will do. */
      for (gsize i = 0; i < n; i = i < 64 || i + 1 >= n ? i + 1 : n - 1)
        {
          g_autoptr(GVariant) child = g_variant_get_child_value (value, i);

          read_value (child, depth + 1);
        }
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    {
      g_assert_true (g_utf8_validate (g_variant_get_string (value, NULL), -1, NULL));
    }
}

static void
check_written_again (const PulsarFrame *frame,
                     const guint8      *data,
                     gsize              size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = pulsar_frame_encode (frame, BODY_MAX, &error);
  const guint8 *again = g_bytes_get_data (bytes, NULL);

  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, size);
  g_assert_cmpint (memcmp (again, data, 6), ==, 0);
  g_assert_cmpint (memcmp (again + 7, data + 7, 15), ==, 0);
  g_assert_cmpint (memcmp (again + 32, data + 32, size - 32), ==, 0);
}

static guint
read_buffer (const guint8 *data,
             gsize         size)
{
  guint n_frames = 0;
  gsize used = 1;

  while (used > 0)
    {
      g_auto(PulsarFrame) frame = { 0 };
      g_autoptr(GError) error = NULL;

      if (!pulsar_frame_decode (&frame, data, size, BODY_MAX, &used, &error))
        {
          g_assert_nonnull (error);
          break;
        }
      g_assert_no_error (error);
      if (used == 0)
        break;

      g_assert_cmpuint (used % 8, ==, 0);
      g_assert_cmpuint (used, <=, size);
      if (frame.body != NULL)
        read_value (frame.body, 0);

      /* There is one way only to write a frame: what was read and is written again is the same, but for what the frame
       * does not know, the number of descriptors and the credit. (GVariant corrects the size of a value of fixed size.) */
      if (frame.body == NULL || g_variant_get_size (frame.body) == frame.body_size)
        check_written_again (&frame, data, used);

      data += used;
      size -= used;
      n_frames++;
    }
  return n_frames;
}

static void
received_cb (PulsarMailbox *mailbox,
             PulsarFrame   *frame,
             gpointer       user_data)
{
  Seen *seen = user_data;

  seen->n_received++;
  if (frame->body != NULL)
    read_value (frame->body, 0);
}

static void
closed_cb (PulsarMailbox *mailbox,
           const GError  *error,
           gpointer       user_data)
{
  Seen *seen = user_data;

  seen->n_closed++;
}

static void
read_socket (const guint8 *data,
             gsize         size,
             guint         n_frames)
{
  static const PulsarMailboxHandler handler = { received_cb, closed_cb };
  static const PulsarMailboxLimits limits = { 0, 0, BODY_MAX };
  gsize first = size > 0 ? data[0] * size / 256 : 0;
  Seen seen = { 0 };
  PulsarMailbox *mailbox;
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
  mailbox = pulsar_mailbox_new (fds[0], &limits, &handler, &seen);
  g_assert_cmpint (send (fds[1], data, first, MSG_NOSIGNAL | MSG_DONTWAIT), ==, first);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  if (seen.n_closed == 0)
    g_assert_cmpint (send (fds[1], data + first, size - first, MSG_NOSIGNAL | MSG_DONTWAIT), ==, size - first);
  close (fds[1]);
  while (seen.n_closed == 0)
    g_main_context_iteration (NULL, TRUE);

  g_assert_cmpuint (seen.n_closed, ==, 1);
  /* A mailbox is stricter: credit, descriptors. */
  g_assert_cmpuint (seen.n_received, <=, n_frames);
  pulsar_mailbox_unref (mailbox);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  if (size > 64 * 1024)
    return 0;
  read_socket (data, size, read_buffer (data, size));
  return 0;
}
