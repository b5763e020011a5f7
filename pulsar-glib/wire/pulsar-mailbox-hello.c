/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/wire/pulsar-mailbox-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/wire/pulsar-inbox-private.h"

/* What goes over a socket before there is a mailbox. */

#define HELLO_MAX (64 * 1024 * 1024)

static gboolean
wait_for_input (int      fd,
                gint64   deadline,
                GError **error)
{
  for (;;)
    {
      struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
      gint64 left = deadline - g_get_monotonic_time ();
      int n;

      if (left <= 0)
        {
          g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_TIMED_OUT, _("The first message did not come in time"));
          return FALSE;
        }
      n = poll (&poll_fd, 1, (int) MIN ((left + 999) / 1000, G_MAXINT));
      if (n > 0)
        return TRUE;
      if (n < 0 && errno != EINTR)
        {
          int errsv = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errsv),
                       _("Could not wait for the first message: %s"), g_strerror (errsv));
          return FALSE;
        }
    }
}

gboolean
pulsar_mailbox_read_hello (int           fd,
                           gint64        deadline,
                           PulsarFrame  *frame,
                           GError      **error)
{
  PulsarInbox inbox = { .thread = pulsar_wire_thread_get () };
  PulsarInboxResult result = PULSAR_INBOX_NOTHING;
  PulsarInboxBuffer *buffer;
  PulsarFrameHead head;

  memset (frame, 0, sizeof *frame);

  while (result == PULSAR_INBOX_NOTHING)
    {
      if (!wait_for_input (fd, deadline, error))
        break;

      /* Not a byte more than this frame: the rest is for the mailbox that will be made of the socket. */
      result = pulsar_inbox_fill (&inbox, fd, pulsar_inbox_get_missing (&inbox, HELLO_MAX), error);
      if (result == PULSAR_INBOX_MORE)
        result = pulsar_inbox_next (&inbox, HELLO_MAX, frame, &head, &buffer, error);
    }

  if (result == PULSAR_INBOX_END)
    g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_ACTOR_DIED, _("The other side is gone"));
  if (result == PULSAR_INBOX_MORE)
    {
      pulsar_inbox_buffer_release (buffer);
      frame->route = NULL;
      frame->sender = NULL;
      frame->command = NULL;
    }
  pulsar_inbox_clear (&inbox);
  return result == PULSAR_INBOX_MORE;
}

void
pulsar_mailbox_write_hello (int fd)
{
  static const PulsarFrame frame = { .kind = PULSAR_FRAME_HELLO };
  g_autoptr(GBytes) bytes = pulsar_frame_encode (&frame, 0, NULL);
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);

  while (send (fd, data, size, MSG_NOSIGNAL) < 0 && errno == EINTR)
    { /* a signal of the program */ }
}
