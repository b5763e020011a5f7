/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/log/pulsar-log-journal-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* g_log_writer_journald () speaks the same protocol and takes fields of ours, but waits without end for a journal that does
 * not read, and a worker that waits is one that gets killed. */

#define JOURNAL_PATH "/run/systemd/journal/socket"
#define BUFFER_SIZE (8 * 1024 * 1024)  /* what systemd's own clients ask for; the system gives what it likes */
#define READER_TIMEOUT_MS 100

struct _PulsarLogJournal
{
  int fd;            /* connected, or -1 */
  gboolean is_slow;  /* a message waited in vain, so that the next one does not */
};

PulsarLogJournal *
pulsar_log_journal_new (void)
{
  PulsarLogJournal *self = g_new0 (PulsarLogJournal, 1);

  self->fd = -1;
  return self;
}

static void
close_socket (PulsarLogJournal *self)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

void
pulsar_log_journal_free (PulsarLogJournal *self)
{
  close_socket (self);
  g_free (self);
}

int
pulsar_log_journal_open (PulsarLogJournal *self)
{
  const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL_PATH };
  const int size = BUFFER_SIZE;

  close_socket (self);
  self->fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->fd < 0)
    return errno;

  setsockopt (self->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (connect (self->fd, (const struct sockaddr *) &address, sizeof address) != 0)
    {
      int result = errno;

      close_socket (self);
      return result;
    }
  return 0;
}

/* A value with a line end is written with its length in front. */
static void
append_field (GString    *message,
              const char *key,
              const char *value,
              gsize       length)
{
  guint64 size = GUINT64_TO_LE ((guint64) length);

  g_string_append (message, key);
  if (memchr (value, '\n', length) == NULL)
    {
      g_string_append_c (message, '=');
    }
  else
    {
      g_string_append_c (message, '\n');
      g_string_append_len (message, (const char *) &size, sizeof size);
    }
  g_string_append_len (message, value, (gssize) length);
  g_string_append_c (message, '\n');
}

static void
append_text (GString    *message,
             const char *key,
             const char *value)
{
  if (value != NULL)
    append_field (message, key, value, strlen (value));
}

static GString *
make_message (const PulsarLogRecord *record)
{
  const PulsarLogIdentity *identity = record->identity;
  GString *message = g_string_new (NULL);
  const char priority[] = { (char) ('0' + record->priority), '\0' };

  append_text (message, "MESSAGE", record->message);
  append_text (message, "PRIORITY", priority);
  if (pulsar_log_record_find (record, "SYSLOG_IDENTIFIER") == NULL)
    append_text (message, "SYSLOG_IDENTIFIER", identity->program);
  append_text (message, "GLIB_DOMAIN", record->domain);
  append_text (message, "PULSAR_APPLICATION", identity->application);
  append_text (message, "PULSAR_ACTOR", identity->actor);
  append_text (message, "PULSAR_ID", identity->id);
  append_text (message, "PULSAR_EXC_ID", identity->exc_id);
  for (gsize i = 0; i < record->n_fields; i++)
    {
      const char *text;
      gsize length;

      /* A key with a line end in it would be the beginning of another field. */
      if (!pulsar_log_record_is_known (record->fields[i].key) && strpbrk (record->fields[i].key, "\n=") == NULL
          && pulsar_log_field_get_text (&record->fields[i], &text, &length))
        append_field (message, record->fields[i].key, text, length);
    }
  return message;
}

/* FALSE when the time is over. */
static gboolean
wait_for_reader (PulsarLogJournal *self,
                 gint64            deadline_us)
{
  struct pollfd poll_fd = { .fd = self->fd, .events = POLLOUT };
  gint64 left_us = deadline_us - g_get_monotonic_time ();

  if (left_us <= 0)
    return FALSE;
  poll (&poll_fd, 1, (int) ((left_us + 999) / 1000));
  return TRUE;
}

static int
send_message (PulsarLogJournal    *self,
              const struct msghdr *message,
              gint64               deadline_us)
{
  while (sendmsg (self->fd, message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    {
      if (errno == EINTR)
        continue;
      if (errno != EAGAIN)
        return errno;
      if (!wait_for_reader (self, deadline_us))
        return EAGAIN;
    }
  return 0;
}

/* The journal reads a file that nobody can change any more where it lies. */
static int
make_sealed_file (const GString *text)
{
  int fd = memfd_create ("pulsar-glib-log", MFD_ALLOW_SEALING | MFD_CLOEXEC);
  gsize done = 0;
  int result;

  if (fd < 0)
    return -1;

  while (done < text->len)
    {
      gssize n = write (fd, text->str + done, text->len - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        break;
      done += (gsize) n;
    }
  if (done == text->len && fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
    return fd;

  result = errno;
  close (fd);
  errno = result;
  return -1;
}

static int
send_as_file (PulsarLogJournal *self,
              const GString    *text,
              gint64            deadline_us)
{
  union
  {
    struct cmsghdr head;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof control };
  int fd = make_sealed_file (text);
  int result;

  if (fd < 0)
    return errno;

  memset (&control, 0, sizeof control);
  control.head.cmsg_level = SOL_SOCKET;
  control.head.cmsg_type = SCM_RIGHTS;
  control.head.cmsg_len = CMSG_LEN (sizeof fd);
  memcpy (CMSG_DATA (&control.head), &fd, sizeof fd);
  result = send_message (self, &message, deadline_us);
  close (fd);
  return result;
}

static int
send_text (PulsarLogJournal *self,
           GString          *text,
           gint64            deadline_us)
{
  struct iovec vector = { .iov_base = text->str, .iov_len = text->len };
  const struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
  int result = send_message (self, &message, deadline_us);

  return result == EMSGSIZE || result == ENOBUFS ? send_as_file (self, text, deadline_us) : result;
}

int
pulsar_log_journal_write (PulsarLogJournal      *self,
                          const PulsarLogRecord *record)
{
  gint64 deadline_us = self->is_slow ? 0 : g_get_monotonic_time () + READER_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;
  GString *text = make_message (record);
  int result = self->fd >= 0 ? 0 : pulsar_log_journal_open (self);

  if (result == 0)
    result = send_text (self, text, deadline_us);

  /* A journal that was started anew has another socket. */
  if (result == ECONNREFUSED || result == ENOTCONN || result == ECONNRESET || result == EPIPE)
    {
      result = pulsar_log_journal_open (self);
      if (result == 0)
        result = send_text (self, text, deadline_us);
    }
  g_string_free (text, TRUE);
  self->is_slow = result == EAGAIN;
  return result;
}
