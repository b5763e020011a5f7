/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/wire/pulsar-inbox-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

/* One read takes this much, some 500 small messages. It bounds a turn, and fits the level 2 cache. */
#define BUFFER_SIZE (64 * 1024)

/* A longer body is received where it stays, if it is not here already. A frame below that always fits the buffer. */
#define BODY_DIRECT (32 * 1024)

G_STATIC_ASSERT (PULSAR_FRAME_PREFIX_MAX + BODY_DIRECT + 8 < BUFFER_SIZE);

/* A handler that runs a main loop can read on from the same mailbox while texts of the frame it handles are in use: then
 * the buffer has a second owner, and reading goes on in another one. */
struct _PulsarInboxBuffer
{
  PulsarWireThread *thread;  /* (unowned): whose mailbox uses the buffer */
  guint ref_count;
  guint8 data[BUFFER_SIZE] __attribute__ ((aligned (8)));
};

static PulsarInboxBuffer *
buffer_new (PulsarWireThread *thread)
{
  PulsarInboxBuffer *buffer = g_steal_pointer (&thread->in);

  if (buffer == NULL)
    buffer = g_malloc (sizeof *buffer);  /* not cleared: the pages that are never used are never touched */
  buffer->thread = thread;
  buffer->ref_count = 1;
  return buffer;
}

void
pulsar_inbox_buffer_release (PulsarInboxBuffer *buffer)
{
  PulsarWireThread *thread = buffer->thread;

  if (--buffer->ref_count > 0)
    return;
  if (thread->in == NULL)
    thread->in = buffer;
  else
    g_free (buffer);
}

void
pulsar_inbox_init (PulsarInbox      *self,
                   PulsarWireThread *thread,
                   int               fd)
{
  int asked = 0;
  socklen_t size = sizeof asked;

  memset (self, 0, sizeof *self);
  self->thread = thread;
  self->asks_pid = getsockopt (fd, SOL_SOCKET, SO_PASSCRED, &asked, &size) == 0 && asked != 0;
}

static guint
count_fds (const PulsarInbox *self)
{
  return (self->n_batches > 0 ? self->batches[0] : 0) + (self->n_batches > 1 ? self->batches[1] : 0);
}

static void
close_fds (PulsarInbox *self)
{
  for (guint i = 0; i < count_fds (self); i++)
    close (self->fds[i]);
  self->n_batches = 0;
}

void
pulsar_inbox_clear (PulsarInbox *self)
{
  g_clear_pointer (&self->buffer, pulsar_inbox_buffer_release);
  g_clear_pointer (&self->body, g_free);
  for (guint i = 0; i < G_N_ELEMENTS (self->keepers); i++)
    g_clear_pointer (&self->keepers[i].value, g_variant_unref);
  self->start = 0;
  self->end = 0;
  close_fds (self);
}

gboolean
pulsar_inbox_is_inside (const PulsarInbox *self)
{
  return self->end > self->start;
}

static PulsarInboxResult
broken (GError     **error,
        const char  *text)
{
  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR, text);
  return PULSAR_INBOX_FAILED;
}

static void
take_pid (PulsarInbox          *self,
          int                   fd,
          const struct cmsghdr *control)
{
  struct ucred peer;
  int off = 0;

  memcpy (&peer, CMSG_DATA (control), sizeof peer);
  self->peer_pid = peer.pid;
  self->asks_pid = FALSE;
  setsockopt (fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
}

/* Keeps descriptors that came: what is not kept here, or closed, would stay open for ever. */
static PulsarInboxResult
take_control (PulsarInbox    *self,
              int             fd,
              struct msghdr  *message,
              GError        **error)
{
  gboolean surplus = FALSE;

  for (struct cmsghdr *control = CMSG_FIRSTHDR (message); control != NULL; control = CMSG_NXTHDR (message, control))
    {
      guint n_fds;

      if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_CREDENTIALS)
        take_pid (self, fd, control);
      if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
        continue;

      /* The control buffer has no room for more than these. */
      n_fds = (guint) ((control->cmsg_len - CMSG_LEN (0)) / sizeof (int));
      if (self->n_batches < G_N_ELEMENTS (self->batches))
        {
          memcpy (self->fds + count_fds (self), CMSG_DATA (control), n_fds * sizeof (int));
          self->batches[self->n_batches++] = n_fds;
          continue;
        }

      surplus = TRUE;
      for (guint i = 0; i < n_fds; i++)
        {
          int surplus_fd;

          memcpy (&surplus_fd, CMSG_DATA (control) + i * sizeof surplus_fd, sizeof surplus_fd);
          close (surplus_fd);
        }
    }

  /* Also when the process has no room for more descriptors: then some are lost, and nobody can say whose they were. */
  if ((message->msg_flags & MSG_CTRUNC) != 0)
    return broken (error, _("Descriptors of a message were lost"));
  if (surplus)
    return broken (error, _("Descriptors came that belong to no message"));
  return PULSAR_INBOX_MORE;
}

/* Makes room behind what is there. */
static void
make_room (PulsarInbox *self)
{
  if (self->buffer == NULL)
    {
      self->buffer = buffer_new (self->thread);
      self->start = 0;
      self->end = 0;
    }
  else if (self->buffer->ref_count > 1)
    {
      PulsarInboxBuffer *buffer = buffer_new (self->thread);

      memcpy (buffer->data, self->buffer->data + self->start, self->end - self->start);
      pulsar_inbox_buffer_release (self->buffer);
      self->buffer = buffer;
      self->end -= self->start;
      self->start = 0;
    }
  else if (self->start > 0)
    {
      memmove (self->buffer->data, self->buffer->data + self->start, self->end - self->start);
      self->end -= self->start;
      self->start = 0;
    }
}

PulsarInboxResult
pulsar_inbox_fill (PulsarInbox  *self,
                   int           fd,
                   gsize         n_bytes,
                   GError      **error)
{
  union
  {
    struct cmsghdr head;
    guint8 bytes[CMSG_SPACE (sizeof (struct ucred)) + CMSG_SPACE (sizeof (int) * PULSAR_FRAME_FDS_MAX)];
  } control;
  struct iovec vectors[2];
  /* No room that nobody is to fill: the kernel would put more descriptors there. */
  gsize unused = self->asks_pid ? 0 : CMSG_SPACE (sizeof (struct ucred));
  struct msghdr message = { .msg_iov = vectors, .msg_control = &control, .msg_controllen = sizeof control - unused };
  gsize of_body = self->body != NULL ? self->head.padded_size - self->head.body_offset - self->body_got : 0;
  gsize room;
  gssize n_read;

  make_room (self);
  of_body = MIN (of_body, n_bytes);
  room = MIN (BUFFER_SIZE - self->end, n_bytes - of_body);

  if (of_body > 0)
    vectors[message.msg_iovlen++] = (struct iovec) { self->body + self->body_got, of_body };
  if (room > 0)
    vectors[message.msg_iovlen++] = (struct iovec) { self->buffer->data + self->end, room };

  do
    n_read = recvmsg (fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (n_read < 0 && errno == EINTR);

  if (n_read <= 0)
    {
      int errsv = errno;

      if (!pulsar_inbox_is_inside (self))
        g_clear_pointer (&self->buffer, pulsar_inbox_buffer_release);
      if (n_read == 0 || errsv == ECONNRESET || errsv == EPIPE)
        return PULSAR_INBOX_END;
      if (errsv == EAGAIN)
        return PULSAR_INBOX_NOTHING;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errsv),
                   _("Could not receive a message: %s"), g_strerror (errsv));
      return PULSAR_INBOX_FAILED;
    }

  of_body = MIN (of_body, (gsize) n_read);
  self->body_got += of_body;
  self->end += (gsize) n_read - of_body;

  if (message.msg_controllen > 0 || (message.msg_flags & MSG_CTRUNC) != 0)
    return take_control (self, fd, &message, error);
  return PULSAR_INBOX_MORE;
}

gsize
pulsar_inbox_get_missing (const PulsarInbox *self,
                          gsize              body_max)
{
  gsize here = self->end - self->start;
  PulsarFrameHead head;

  if (self->body != NULL)
    return self->head.padded_size - self->head.body_offset - self->body_got;
  if (here < PULSAR_FRAME_HEAD_SIZE)
    return PULSAR_FRAME_HEAD_SIZE - here;
  if (!pulsar_frame_head_decode (&head, self->buffer->data + self->start, body_max, NULL))
    return 0;
  /* The prefix first: then the memory for a long body can be made. */
  return here < head.body_offset ? head.body_offset - here : head.padded_size - here;
}

/* Descriptors come with the first byte of their frame. So when the bytes here have been looked at, those that are left
 * belong to the frame at start, or they belong to none. */
static PulsarInboxResult
no_frame (PulsarInbox  *self,
          guint         n_batches_max,
          GError      **error)
{
  if (self->n_batches > n_batches_max)
    return broken (error, _("Descriptors came that belong to no message"));

  if (self->end == self->start)
    g_clear_pointer (&self->buffer, pulsar_inbox_buffer_release);
  return PULSAR_INBOX_NOTHING;
}

/* The rest of the frame at start goes to memory of its own; what is here of the body moves there. */
static void
begin_body (PulsarInbox           *self,
            const PulsarFrameHead *head)
{
  gsize here = self->end - self->start - head->body_offset;

  self->head = *head;
  self->body = g_malloc (head->padded_size - head->body_offset);
  memcpy (self->body, self->buffer->data + self->start + head->body_offset, here);
  self->body_got = here;
  self->end -= here;
}

/* Types that came lately are known to be safe, and kept. */
static gboolean
check_type (PulsarInbox           *self,
            const PulsarFrameHead *head,
            const GVariantType    *type,
            GError               **error)
{
  const char *text = (const char *) type;
  guint place;

  if (type == NULL)
    return TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (self->keepers); i++)
    {
      if (self->keepers[i].value != NULL && self->keepers[i].length == head->type_len &&
          memcmp (self->keepers[i].text, text, head->type_len) == 0)
        return TRUE;
    }

  if (!pulsar_frame_type_is_safe (text, head->type_len))
    {
      broken (error, _("A frame with a bad type of its body"));
      return FALSE;
    }

  place = self->next_keeper++ % G_N_ELEMENTS (self->keepers);
  g_clear_pointer (&self->keepers[place].value, g_variant_unref);
  self->keepers[place].value = g_variant_ref_sink (g_variant_new_from_data (type, NULL, 0, FALSE, NULL, NULL));
  self->keepers[place].text = g_variant_get_type_string (self->keepers[place].value);
  self->keepers[place].length = head->type_len;
  return TRUE;
}

PulsarInboxResult
pulsar_inbox_next (PulsarInbox        *self,
                   gsize               body_max,
                   PulsarFrame        *frame,
                   PulsarFrameHead    *head,
                   PulsarInboxBuffer **buffer,
                   GError            **error)
{
  gsize here = self->end - self->start;
  const GVariantType *type;
  const guint8 *data;
  const guint8 *tail;

  if (here < PULSAR_FRAME_HEAD_SIZE)
    return no_frame (self, here > 0 ? 1 : 0, error);

  data = self->buffer->data + self->start;
  if (self->body != NULL)
    *head = self->head;
  else if (!pulsar_frame_head_decode (head, data, body_max, error))
    return PULSAR_INBOX_FAILED;
  if (head->n_fds > 0 && (self->n_batches == 0 || self->batches[0] != head->n_fds))
    return broken (error, _("A message came without its descriptors"));

  if (self->body != NULL)
    {
      if (self->body_got < head->padded_size - head->body_offset)
        return no_frame (self, head->n_fds > 0 ? 1 : 0, error);
    }
  else if (here < head->padded_size)
    {
      /* The texts are checked before memory is taken for a body. */
      if (head->body_size > BODY_DIRECT && here >= head->body_offset)
        {
          if (!pulsar_frame_texts_decode (head, data, frame, &type, error) || !check_type (self, head, type, error))
            return PULSAR_INBOX_FAILED;
          begin_body (self, head);
        }
      return no_frame (self, head->n_fds > 0 ? 1 : 0, error);
    }

  tail = self->body != NULL ? self->body + head->body_size : data + head->size;
  if (!pulsar_frame_texts_decode (head, data, frame, &type, error) ||
      !check_type (self, head, type, error) ||
      !pulsar_frame_tail_decode (head, tail, error))
    return PULSAR_INBOX_FAILED;

  if (self->body != NULL)
    {
      guint8 *body = g_steal_pointer (&self->body);

      frame->body = g_variant_ref_sink (g_variant_new_from_data (type, body, head->body_size, FALSE, g_free, body));
      self->start += head->body_offset;
    }
  else
    {
      if (type != NULL)
        {
          /* A copy, since a message that is kept would otherwise keep a whole buffer; and 64 bytes are copied faster
           * than anything else is arranged. */
          g_autoptr(GBytes) bytes = g_bytes_new (data + head->body_offset, head->body_size);

          frame->body = g_variant_ref_sink (g_variant_new_from_bytes (type, bytes, FALSE));
        }
      self->start += head->padded_size;
    }

  if (head->n_fds > 0)
    {
      frame->fds = g_unix_fd_list_new_from_array (self->fds, (int) head->n_fds);
      if (--self->n_batches > 0)
        memmove (self->fds, self->fds + head->n_fds, self->batches[1] * sizeof (int));
      self->batches[0] = self->batches[1];
    }

  /* The caller gets a reference for the texts. With the last frame it gets the one of this inbox, so that the buffer is
   * free for the next turn, or for a main loop inside the handler, without a copy. */
  if (self->start == self->end && self->n_batches == 0)
    {
      *buffer = g_steal_pointer (&self->buffer);
      self->start = 0;
      self->end = 0;
    }
  else
    {
      *buffer = self->buffer;
      self->buffer->ref_count++;
    }
  return PULSAR_INBOX_MORE;
}
