/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/wire/pulsar-outbox-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

/* Bodies from here on are not copied. A copy of 16 KiB costs about as much as one more element of writev (). */
#define BODY_BY_ADDRESS (16 * 1024)

#define INITIAL_SIZE (4 * 1024)
#define SPARE_SIZE_MAX (128 * 1024)
#define N_VECTORS 16

/* Something that stands at one place of the run: a body by address, or the point where descriptors travel. Descriptors
 * go with the first byte of their frame, which must then be the first byte of a sendmsg (): the receiver gets them
 * together with that byte, and not with a byte of the frame before. */
typedef struct
{
  gsize at;             /* an index of data */
  GVariant *body;       /* (owned) (nullable) */
  const guint8 *bytes;  /* of body, or of padding */
  gsize n_bytes;        /* the rest of them */
  GUnixFDList *fds;     /* (owned) (nullable) */
  guint n_fds;
} Insert;

static const guint8 zeros[8] = { 0 };

static void
insert_clear (Insert *insert)
{
  g_clear_pointer (&insert->body, g_variant_unref);
  g_clear_object (&insert->fds);
}

static void
release_data (PulsarOutbox *self)
{
  PulsarWireThread *thread = self->thread;

  if (thread->out == NULL && self->size <= SPARE_SIZE_MAX)
    {
      thread->out = g_steal_pointer (&self->data);
      thread->out_size = self->size;
    }
  g_clear_pointer (&self->data, g_free);
  self->size = 0;
  self->start = 0;
  self->end = 0;
}

void
pulsar_outbox_clear (PulsarOutbox *self)
{
  if (self->inserts != NULL)
    {
      for (guint i = self->first_insert; i < self->inserts->len; i++)
        insert_clear (&g_array_index (self->inserts, Insert, i));
      g_clear_pointer (&self->inserts, g_array_unref);
    }
  self->first_insert = 0;
  self->body_bytes = 0;
  if (self->data != NULL)
    release_data (self);
}

static guint8 *
reserve (PulsarOutbox *self,
         gsize         n_bytes)
{
  if (self->data == NULL)
    {
      self->data = g_steal_pointer (&self->thread->out);
      self->size = self->data != NULL ? self->thread->out_size : 0;
    }

  if (self->size - self->end < n_bytes)
    {
      gsize size = MAX (self->size, INITIAL_SIZE);

      while (size - self->end < n_bytes)
        size *= 2;
      self->data = g_realloc (self->data, size);
      self->size = size;
    }
  return self->data + self->end;
}

static Insert *
add_insert (PulsarOutbox *self,
            gsize         at)
{
  Insert insert = { .at = at, .bytes = zeros };

  if (self->inserts == NULL)
    self->inserts = g_array_new (FALSE, FALSE, sizeof (Insert));
  g_array_append_val (self->inserts, insert);
  return &g_array_index (self->inserts, Insert, self->inserts->len - 1);
}

static void
add_bytes (PulsarOutbox  *self,
           GVariant      *body,
           gconstpointer  bytes,
           gsize          n_bytes)
{
  Insert *insert = add_insert (self, self->end);

  insert->body = body != NULL ? g_variant_ref (body) : NULL;
  insert->bytes = bytes;
  insert->n_bytes = n_bytes;
  self->body_bytes += n_bytes;
}

void
pulsar_outbox_append (PulsarOutbox          *self,
                      const PulsarFrameHead *head,
                      const PulsarFrame     *frame)
{
  gboolean by_address = head->body_size >= BODY_BY_ADDRESS;
  gsize padding = head->padded_size - head->size;
  gsize n_bytes = by_address ? head->body_offset : head->padded_size;
  guint8 *out = reserve (self, n_bytes);

  pulsar_frame_head_encode (head, frame, out);

  if (head->n_fds > 0)
    {
      Insert *insert = add_insert (self, self->end);

      insert->fds = g_object_ref (frame->fds);
      insert->n_fds = head->n_fds;
    }

  self->end += n_bytes;
  if (!by_address)
    {
      if (head->body_size > 0)
        g_variant_store (frame->body, out + head->body_offset);
      memset (out + head->size, 0, padding);
      return;
    }

  /* get_data () serialises a tree once and drops it, so that there is never more than one copy here. */
  add_bytes (self, frame->body, g_variant_get_data (frame->body), head->body_size);
  /* Not in the run: what follows there must be aligned, since GVariant writes to no other place. */
  if (padding > 0)
    add_bytes (self, NULL, zeros, padding);
}

/* Sends the descriptors of the insert at the start, with as much as is behind them up to the next ones. */
static gssize
send_vectors (PulsarOutbox *self,
              int           fd)
{
  union
  {
    struct cmsghdr head;
    guint8 bytes[CMSG_SPACE (sizeof (int) * PULSAR_FRAME_FDS_MAX)];
  } control;
  struct iovec vectors[N_VECTORS];
  struct msghdr message = { .msg_iov = vectors };
  gsize at = self->start;
  guint n = 0;

  for (guint i = self->first_insert; i < self->inserts->len && n + 2 < N_VECTORS; i++)
    {
      Insert *insert = &g_array_index (self->inserts, Insert, i);

      if (insert->fds != NULL && (n > 0 || insert->at > at))
        {
          /* These begin a sendmsg () of their own. */
          if (insert->at > at)
            vectors[n++] = (struct iovec) { self->data + at, insert->at - at };
          at = self->end;
          break;
        }

      if (insert->at > at)
        vectors[n++] = (struct iovec) { self->data + at, insert->at - at };
      at = insert->at;

      if (insert->fds != NULL)
        {
          message.msg_control = &control;
          message.msg_controllen = CMSG_SPACE (sizeof (int) * insert->n_fds);
          memset (&control, 0, message.msg_controllen);
          control.head.cmsg_level = SOL_SOCKET;
          control.head.cmsg_type = SCM_RIGHTS;
          control.head.cmsg_len = CMSG_LEN (sizeof (int) * insert->n_fds);
          memcpy (CMSG_DATA (&control.head), g_unix_fd_list_peek_fds (insert->fds, NULL), sizeof (int) * insert->n_fds);
        }
      if (insert->n_bytes > 0)
        vectors[n++] = (struct iovec) { (gpointer) insert->bytes, insert->n_bytes };

      if (i + 1 == self->inserts->len && self->end > at)
        {
          vectors[n++] = (struct iovec) { self->data + at, self->end - at };
          at = self->end;
        }
    }

  message.msg_iovlen = n;
  return sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Marks @n_sent bytes of the run and the inserts as sent. */
static void
advance (PulsarOutbox *self,
         gsize         n_sent)
{
  while (self->inserts != NULL && self->first_insert < self->inserts->len)
    {
      Insert *insert = &g_array_index (self->inserts, Insert, self->first_insert);
      gsize before = MIN (n_sent, insert->at - self->start);
      gsize of_body;

      self->start += before;
      n_sent -= before;
      if (n_sent == 0)
        return;

      /* The first byte took the descriptors along. */
      g_clear_object (&insert->fds);
      of_body = MIN (n_sent, insert->n_bytes);
      insert->bytes += of_body;
      insert->n_bytes -= of_body;
      self->body_bytes -= of_body;
      n_sent -= of_body;
      if (insert->n_bytes > 0)
        return;

      insert_clear (insert);
      self->first_insert++;
    }

  self->start += n_sent;
}

/* A run that never empties would otherwise grow at its end while it shrinks at its start. */
static void
compact (PulsarOutbox *self)
{
  if (self->first_insert > 0)
    {
      g_array_remove_range (self->inserts, 0, self->first_insert);
      self->first_insert = 0;
    }

  if (self->start < self->size / 2)
    return;
  memmove (self->data, self->data + self->start, self->end - self->start);
  for (guint i = 0; self->inserts != NULL && i < self->inserts->len; i++)
    g_array_index (self->inserts, Insert, i).at -= self->start;
  self->end -= self->start;
  self->start = 0;
}

/* Lists are the caller's objects, and its own business until here: one that was emptied meanwhile cannot be mended. */
static gboolean
fds_are_there (PulsarOutbox  *self,
               GError       **error)
{
  Insert *insert = &g_array_index (self->inserts, Insert, self->first_insert);

  if (insert->fds == NULL || (guint) g_unix_fd_list_get_length (insert->fds) >= insert->n_fds)
    return TRUE;

  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_FAILED,
                       _("The descriptors of a message were taken out of its list before they were sent"));
  return FALSE;
}

PulsarOutboxResult
pulsar_outbox_flush (PulsarOutbox  *self,
                     int            fd,
                     GError       **error)
{
  while (pulsar_outbox_get_bytes (self) > 0)
    {
      gboolean plain = self->inserts == NULL || self->first_insert == self->inserts->len;
      gssize n_sent;

      if (plain)
        n_sent = send (fd, self->data + self->start, self->end - self->start, MSG_NOSIGNAL | MSG_DONTWAIT);
      else if (fds_are_there (self, error))
        n_sent = send_vectors (self, fd);
      else
        return PULSAR_OUTBOX_FAILED;

      if (n_sent < 0)
        {
          int errsv = errno;

          switch (errsv)
            {
            case EINTR:
              continue;
            case EAGAIN:
              compact (self);
              return PULSAR_OUTBOX_FULL;
            case ENOBUFS:
            case ENOMEM:
            case ETOOMANYREFS:
              return PULSAR_OUTBOX_LATER;
            case EPIPE:
            case ECONNRESET:
            case ENOTCONN:
              return PULSAR_OUTBOX_GONE;
            default:
              g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errsv),
                           _("Could not send a message: %s"), g_strerror (errsv));
              return PULSAR_OUTBOX_FAILED;
            }
        }

      if (plain)
        self->start += (gsize) n_sent;
      else
        advance (self, (gsize) n_sent);
    }

  if (self->inserts != NULL)
    {
      g_array_set_size (self->inserts, 0);
      self->first_insert = 0;
    }
  if (self->data != NULL)
    release_data (self);
  return PULSAR_OUTBOX_EMPTY;
}
