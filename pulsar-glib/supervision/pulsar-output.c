/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-output-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-poll-source-private.h"

/* A line that is longer is logged in pieces. */
#define LINE_BYTES 8192

/* What an exit record keeps. */
#define TAIL_LINES 20
#define TAIL_LINE_BYTES 1024

/* How much is read in a turn of the main loop: little while it is logged, so that the turn stays short; a whole pipe when it is thrown away. */
#define LOG_BYTES 4096
#define DROP_BYTES 65536

/* How many lines a worker may log at once, and in the long run each second. A line costs 5 to 10 µs, so that one which prints for ever
 * takes 2 % of a processor. */
#define BURST 10000
#define LINES_PER_SECOND 2000

/* When it is told that lines are dropped: soon, and from then on not more often than this. */
#define FIRST_REPORT_US (1 * G_USEC_PER_SEC)
#define NEXT_REPORT_US (10 * G_USEC_PER_SEC)

/* What a worker can have left in a pipe: the most a pipe can be made to hold without privilege. */
#define LEFT_BYTES (1024 * 1024)

/* The worker writes into pipes that block, as a program expects of its output, and so must be read from whatever becomes of what it
 * writes: all of it is read, as fast as it comes, and what is more than the log can take is dropped and counted. The memory it takes is
 * that of one line and of the tail. */

typedef struct
{
  PulsarOutput *output;
  const char *name;
  int fd;           /* (owned) our end, which does not block; -1 once it is closed */
  PulsarPollSource *source;  /* (owned) (nullable) while it is read */
  GString *line;    /* the beginning of a line whose end has not come yet */
  gboolean has_tail;
} Stream;

struct _PulsarOutput
{
  Stream streams[2];
  char *application;       /* (owned) (nullable) */
  char *actor;             /* (owned) (nullable) */
  char *id;                /* (owned) (nullable) */
  int pid;
  GString *tail[TAIL_LINES];  /* (owned) a ring, each made when it is needed first */
  guint n_tail;            /* lines that went in since the beginning */
  gint64 allowance;        /* lines that may be logged now */
  gint64 allowance_us;     /* when it was reckoned */
  guint n_dropped;         /* lines that nobody was told of yet */
  PulsarPollSource *report; /* (owned) (nullable) from the beginning to the end */
  gboolean is_reporting;   /* its time is set */
};

static void
close_stream (Stream *stream)
{
  g_clear_pointer (&stream->source, pulsar_poll_source_free);
  if (stream->fd >= 0)
    close (stream->fd);
  stream->fd = -1;
}

static void
keep_line (PulsarOutput *self,
           const char   *text,
           gsize         length)
{
  GString **kept = &self->tail[self->n_tail++ % TAIL_LINES];

  if (*kept == NULL)
    *kept = g_string_sized_new (64);
  g_string_truncate (*kept, 0);
  g_string_append_len (*kept, text, (gssize) MIN (length, TAIL_LINE_BYTES + 1));
}

static void
reckon_allowance (PulsarOutput *self)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 earned = (now_us - self->allowance_us) * LINES_PER_SECOND / G_USEC_PER_SEC;

  if (earned <= 0)
    return;
  self->allowance = MIN (self->allowance + earned, BURST);
  self->allowance_us = now_us;
}

static void
drop_line (PulsarOutput *self)
{
  self->n_dropped += self->n_dropped < G_MAXUINT;
  if (self->is_reporting)
    return;
  self->is_reporting = TRUE;
  pulsar_poll_source_set_ready_time (self->report, g_get_monotonic_time () + FIRST_REPORT_US);
}

static void
put_line (Stream     *stream,
          const char *text,
          gsize       length)
{
  PulsarOutput *self = stream->output;
  PulsarLogPeer peer = { .application = self->application, .actor = self->actor, .id = self->id, .pid = self->pid };
  gint64 cost = 1 + (gint64) length / 1024;

  if (stream->has_tail)
    keep_line (self, text, length);
  if (self->allowance < cost)
    {
      drop_line (self);
      return;
    }
  self->allowance -= cost;
  if (length > 0 && text[length - 1] == '\r')
    length--;
  pulsar_log_output (&peer, stream->name, text, length);
}

/* Where to cut: not within a character. */
static gsize
find_cut (const char *text,
          gsize       length)
{
  for (gsize i = 0; i < 4 && i < length; i++)
    {
      if (((guchar) text[length - i] & 0xC0) != 0x80)
        return length - i;
    }
  return length;
}

/* The pieces show that they belong together. */
static void
put_piece (Stream *stream)
{
  gsize cut = find_cut (stream->line->str, LINE_BYTES);
  g_autofree char *rest = g_strndup (stream->line->str + cut, stream->line->len - cut);
  gsize n_rest = stream->line->len - cut;

  g_string_truncate (stream->line, cut);
  g_string_append (stream->line, "…");
  put_line (stream, stream->line->str, stream->line->len);
  g_string_assign (stream->line, "…");
  g_string_append_len (stream->line, rest, (gssize) n_rest);
}

static void
put_bytes (Stream     *stream,
           const char *bytes,
           gsize       length)
{
  while (length > 0)
    {
      const char *end = memchr (bytes, '\n', length);
      gsize n = end != NULL ? (gsize) (end - bytes) : length;
      gsize room = LINE_BYTES + 1 - stream->line->len;

      if (n >= room)
        {
          g_string_append_len (stream->line, bytes, (gssize) room);
          put_piece (stream);
          bytes += room;
          length -= room;
          continue;
        }
      if (end == NULL)
        {
          g_string_append_len (stream->line, bytes, (gssize) n);
          return;
        }
      if (stream->line->len > 0)
        {
          g_string_append_len (stream->line, bytes, (gssize) n);
          put_line (stream, stream->line->str, stream->line->len);
          g_string_truncate (stream->line, 0);
        }
      else
        {
          put_line (stream, bytes, n);
        }
      bytes += n + 1;
      length -= n + 1;
    }
}

/* Returns how much there was: 0 at the end, negative if there is nothing now. */
static gssize
read_some (Stream *stream)
{
  PulsarOutput *self = stream->output;
  char buffer[DROP_BYTES];
  gssize n;

  reckon_allowance (self);
  do
    n = read (stream->fd, buffer, self->allowance > 0 ? LOG_BYTES : DROP_BYTES);
  while (n < 0 && errno == EINTR);
  if (n > 0)
    put_bytes (stream, buffer, (gsize) n);
  return n;
}

static void
end_line (Stream *stream)
{
  if (stream->line->len == 0)
    return;
  put_line (stream, stream->line->str, stream->line->len);
  g_string_truncate (stream->line, 0);
}

static void
readable_cb (GIOCondition condition,
             gpointer     user_data)
{
  Stream *stream = user_data;
  gssize n = read_some (stream);

  if (n > 0 || (n < 0 && errno == EAGAIN))
    return;

  end_line (stream);
  close_stream (stream);
}

static const PulsarPollFuncs readable_funcs = { "[pulsar] worker output", NULL, readable_cb };

static void
report (PulsarOutput *self)
{
  if (self->n_dropped == 0)
    return;
  pulsar_log (PULSAR_LOG_WARNING,
              g_dngettext (GETTEXT_PACKAGE, "Worker “%s” [%d] prints faster than is logged: %u line was dropped",
                           "Worker “%s” [%d] prints faster than is logged: %u lines were dropped", self->n_dropped),
              self->actor, self->pid, self->n_dropped);
  self->n_dropped = 0;
}

static void
report_cb (GIOCondition condition,
           gpointer     user_data)
{
  PulsarOutput *self = user_data;

  self->is_reporting = self->n_dropped > 0;
  report (self);
  pulsar_poll_source_set_ready_time (self->report, self->is_reporting ? g_get_monotonic_time () + NEXT_REPORT_US : -1);
}

static const PulsarPollFuncs report_funcs = { "[pulsar] dropped output", NULL, report_cb };

PulsarOutput *
pulsar_output_new (int *write_fds)
{
  PulsarOutput *self = g_new0 (PulsarOutput, 1);

  for (int i = 0; i < 2; i++)
    {
      self->streams[i] = (Stream) {
        .output = self,
        .name = i == 0 ? "stdout" : "stderr",
        .fd = -1,
        .line = g_string_new (NULL),
        .has_tail = i == 1,
      };
    }
  for (int i = 0; i < 2; i++)
    {
      int ends[2];

      if (pipe2 (ends, O_CLOEXEC) != 0)
        {
          if (i > 0)
            close (write_fds[0]);
          write_fds[0] = -1;
          pulsar_output_free (self);
          return NULL;
        }
      /* Each end is an open file of its own: that of the worker goes on to block. */
      fcntl (ends[0], F_SETFL, O_NONBLOCK);
      self->streams[i].fd = ends[0];
      write_fds[i] = ends[1];
    }
  return self;
}

void
pulsar_output_begin (PulsarOutput        *self,
                     const PulsarLogPeer *peer)
{
  self->application = g_strdup (peer->application);
  self->actor = g_strdup (peer->actor);
  self->id = g_strdup (peer->id);
  self->pid = peer->pid;
  self->allowance = BURST;
  self->allowance_us = g_get_monotonic_time ();

  self->report = pulsar_poll_source_new (-1, 0, PULSAR_POLL_SELDOM, &report_funcs, self);
  for (int i = 0; i < 2; i++)
    {
      Stream *stream = &self->streams[i];

      stream->source = pulsar_poll_source_new (stream->fd, G_IO_IN, PULSAR_POLL_SELDOM, &readable_funcs, stream);
    }
}

void
pulsar_output_set_pid (PulsarOutput *self,
                       int           pid)
{
  self->pid = pid;
}

static void
read_rest (Stream *stream)
{
  int n_left = 0;
  gssize n = 1;

  /* Whoever else has the pipe may go on writing: what there is now is what the worker left. */
  if (ioctl (stream->fd, FIONREAD, &n_left) != 0)
    return;
  n_left = MIN (n_left, LEFT_BYTES);
  while (n_left > 0 && n > 0)
    {
      n = read_some (stream);
      n_left -= (int) n;
    }
}

static char **
make_tail (PulsarOutput *self)
{
  guint n_lines = MIN (self->n_tail, TAIL_LINES);
  char **lines = g_new0 (char *, n_lines + 1);

  for (guint i = 0; i < n_lines; i++)
    {
      GString *line = self->tail[(self->n_tail - n_lines + i) % TAIL_LINES];

      if (line->len > TAIL_LINE_BYTES)
        {
          g_string_truncate (line, find_cut (line->str, TAIL_LINE_BYTES - strlen ("…")));
          g_string_append (line, "…");
        }
      else if (line->len > 0 && line->str[line->len - 1] == '\r')
        {
          g_string_truncate (line, line->len - 1);
        }
      lines[i] = pulsar_log_make_safe (line->str, line->len);
    }
  return lines;
}

char **
pulsar_output_finish (PulsarOutput *self)
{
  for (int i = 0; i < 2; i++)
    {
      Stream *stream = &self->streams[i];

      if (stream->fd < 0)
        continue;
      read_rest (stream);
      end_line (stream);
      close_stream (stream);
    }
  report (self);
  return make_tail (self);
}

void
pulsar_output_free (PulsarOutput *self)
{
  for (int i = 0; i < 2; i++)
    {
      close_stream (&self->streams[i]);
      g_string_free (self->streams[i].line, TRUE);
    }
  for (int i = 0; i < TAIL_LINES; i++)
    {
      if (self->tail[i] != NULL)
        g_string_free (self->tail[i], TRUE);
    }
  g_clear_pointer (&self->report, pulsar_poll_source_free);
  g_free (self->application);
  g_free (self->actor);
  g_free (self->id);
  g_free (self);
}
