/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/log/pulsar-log-stream-private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a line waits for somebody who reads slowly. */
#define READER_TIMEOUT_MS 100

/* The flag O_NONBLOCK would keep a writer from waiting, but it belongs to the open file, which is shared with whoever started us: a
 * shell whose terminal suddenly does not block behaves oddly. So a pipe or a terminal is opened once more, by its name in /proc, as
 * an open file of our own. A socket is sent to, which takes the flag with each call. A regular file makes nobody wait, and must be
 * written through the inherited descriptor, since its position is shared. Where a pipe cannot be opened again (it belongs to another user),
 * it is written in pieces that fit into what poll () says is free. */
typedef enum
{
  WAY_DIRECT,
  WAY_OWN,
  WAY_SEND,
  WAY_PIECES,
} Way;

struct _PulsarLogStream
{
  int source_fd;     /* (lent) */
  int own_fd;        /* (owned) -1 if there is none */
  Way way;
  dev_t device;      /* of what source_fd led to when we looked */
  ino_t inode;
  gboolean is_terminal;
  gboolean is_cut;   /* what was written last ends in the middle of a line */
  gboolean is_slow;  /* a line waited in vain, so that the next one does not */
};

static void
close_own (PulsarLogStream *self)
{
  if (self->own_fd >= 0)
    close (self->own_fd);
  self->own_fd = -1;
}

static void
choose_way (PulsarLogStream   *self,
            const struct stat *info)
{
  char path[64];

  close_own (self);
  self->device = info->st_dev;
  self->inode = info->st_ino;
  self->is_terminal = isatty (self->source_fd);
  if (S_ISSOCK (info->st_mode))
    {
      self->way = WAY_SEND;
      return;
    }
  if (!S_ISFIFO (info->st_mode) && !self->is_terminal)
    {
      self->way = WAY_DIRECT;
      return;
    }

  g_snprintf (path, sizeof path, "/proc/self/fd/%d", self->source_fd);
  self->own_fd = open (path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  self->way = self->own_fd >= 0 ? WAY_OWN : WAY_PIECES;
}

static gssize
write_some (PulsarLogStream *self,
            const char      *data,
            gsize            length)
{
  switch (self->way)
    {
    case WAY_SEND:
      return send (self->source_fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    case WAY_OWN:
      return write (self->own_fd, data, length);
    case WAY_PIECES:
      {
        struct pollfd poll_fd = { .fd = self->source_fd, .events = POLLOUT };

        if (poll (&poll_fd, 1, 0) == 0)
          {
            errno = EAGAIN;
            return -1;
          }
        return write (self->source_fd, data, MIN (length, PIPE_BUF));
      }
    case WAY_DIRECT:
    default:
      return write (self->source_fd, data, length);
    }
}

/* FALSE when the time is over. */
static gboolean
wait_for_reader (PulsarLogStream *self,
                 gint64           deadline_us)
{
  struct pollfd poll_fd = { .fd = self->own_fd >= 0 ? self->own_fd : self->source_fd, .events = POLLOUT };
  gint64 left_us = deadline_us - g_get_monotonic_time ();

  if (left_us <= 0)
    return FALSE;
  poll (&poll_fd, 1, (int) ((left_us + 999) / 1000));  /* after an error or a signal the write says more */
  return TRUE;
}

static int
write_all (PulsarLogStream *self,
           const char      *data,
           gsize            length,
           gint64           deadline_us)
{
  gsize done = 0;

  while (done < length)
    {
      gssize n = write_some (self, data + done, length - done);

      if (n >= 0)
        {
          done += (gsize) n;
          continue;
        }
      if (errno == EINTR)
        continue;
      if (errno == EAGAIN && wait_for_reader (self, deadline_us))
        continue;
      self->is_cut = self->is_cut || done > 0;
      return errno == EAGAIN || errno == 0 ? EAGAIN : errno;
    }
  self->is_cut = FALSE;
  return 0;
}

/* A terminal with “stty tostop” stops who writes to it from the background, and all workers do; unless they do not
 * listen. For the arbiter the signal would mean one worker less. */
static int
write_to_terminal (PulsarLogStream *self,
                   const char      *data,
                   gsize            length,
                   gint64           deadline_us)
{
  sigset_t blocked;
  sigset_t before;
  int result;

  sigemptyset (&blocked);
  sigaddset (&blocked, SIGTTOU);
  pthread_sigmask (SIG_BLOCK, &blocked, &before);
  result = write_all (self, data, length, deadline_us);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return result;
}

PulsarLogStream *
pulsar_log_stream_new (int fd)
{
  PulsarLogStream *self = g_new0 (PulsarLogStream, 1);

  self->source_fd = fd;
  self->own_fd = -1;
  return self;
}

void
pulsar_log_stream_free (PulsarLogStream *self)
{
  close_own (self);
  g_free (self);
}

static gboolean
follow (PulsarLogStream *self)
{
  struct stat info;

  if (fstat (self->source_fd, &info) != 0)
    return FALSE;
  if (info.st_dev != self->device || info.st_ino != self->inode)
    choose_way (self, &info);
  return TRUE;
}

int
pulsar_log_stream_write (PulsarLogStream *self,
                         const char      *line,
                         gsize            length)
{
  gint64 deadline_us;
  g_autofree char *joined = NULL;
  int result;

  if (!follow (self))
    return errno;

  deadline_us = self->is_slow ? 0 : g_get_monotonic_time () + READER_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;
  if (self->is_cut)
    {
      joined = g_malloc (length + 1);
      joined[0] = '\n';
      memcpy (joined + 1, line, length);
      line = joined;
      length++;
    }
  result = self->is_terminal ? write_to_terminal (self, line, length, deadline_us)
                             : write_all (self, line, length, deadline_us);
  self->is_slow = result == EAGAIN;
  return result;
}

gboolean
pulsar_log_stream_has_color (PulsarLogStream *self)
{
  const char *no_color = g_getenv ("NO_COLOR");
  const char *terminal = g_getenv ("TERM");

  return follow (self) && self->is_terminal && (no_color == NULL || *no_color == '\0')
         && terminal != NULL && *terminal != '\0' && strcmp (terminal, "dumb") != 0;
}

gboolean
pulsar_log_stream_is_journal (int fd)
{
  const char *text = g_getenv ("JOURNAL_STREAM");
  struct stat info;
  guint64 device;
  guint64 inode;
  char *end;

  if (text == NULL || fstat (fd, &info) != 0)
    return FALSE;

  device = g_ascii_strtoull (text, &end, 10);
  if (end == text || *end != ':')
    return FALSE;
  text = end + 1;
  inode = g_ascii_strtoull (text, &end, 10);
  return end != text && *end == '\0' && device == (guint64) info.st_dev && inode == (guint64) info.st_ino;
}
