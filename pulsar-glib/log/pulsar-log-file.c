/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/log/pulsar-log-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often we look whether the file has still a name, or can be opened now. */
#define LOOK_US G_USEC_PER_SEC

struct _PulsarLogFile
{
  char *path;       /* (owned) absolute */
  int fd;           /* -1 if it could not be opened */
  int open_errno;   /* why */
  gint64 look_us;   /* when to look again */
  gboolean is_cut;  /* what was written last ends in the middle of a line */
};

PulsarLogFile *
pulsar_log_file_new (const char *path)
{
  PulsarLogFile *self = g_new0 (PulsarLogFile, 1);

  self->path = g_strdup (path);
  self->fd = -1;
  return self;
}

void
pulsar_log_file_free (PulsarLogFile *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self);
}

/* Every process writes at the end, wherever that is by now. A FIFO is no file, but may be given for one: it must not
 * make us wait for its reader. */
#define OPEN_FLAGS (O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

int
pulsar_log_file_open (PulsarLogFile *self)
{
  int fd = open (self->path, OPEN_FLAGS | O_CREAT, 0640);

  self->open_errno = fd < 0 ? errno : 0;
  self->look_us = g_get_monotonic_time () + LOOK_US;
  if (fd < 0)
    return self->open_errno;

  pulsar_log_file_take (self, fd);
  return 0;
}

int
pulsar_log_file_check (PulsarLogFile *self)
{
  int fd = open (self->path, OPEN_FLAGS);
  g_autofree char *folder = NULL;

  if (fd >= 0)
    {
      close (fd);
      return 0;
    }
  if (errno != ENOENT)
    return errno;
  folder = g_path_get_dirname (self->path);
  return faccessat (AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

int
pulsar_log_file_get_fd (PulsarLogFile *self)
{
  return self->fd;
}

void
pulsar_log_file_take (PulsarLogFile *self,
                      int            fd)
{
  if (self->fd >= 0)
    close (self->fd);
  self->fd = fd;
  self->is_cut = FALSE;
}

static void
look (PulsarLogFile *self)
{
  gint64 now_us = g_get_monotonic_time ();
  struct stat info;

  if (now_us < self->look_us)
    return;

  self->look_us = now_us + LOOK_US;
  if (self->fd < 0 || (fstat (self->fd, &info) == 0 && info.st_nlink == 0))
    pulsar_log_file_open (self);
}

int
pulsar_log_file_write (PulsarLogFile *self,
                       const char    *line,
                       gsize          length)
{
  g_autofree char *joined = NULL;
  gsize done = 0;

  look (self);
  if (self->fd < 0)
    return self->open_errno;

  if (self->is_cut)
    {
      joined = g_malloc (length + 1);
      joined[0] = '\n';
      memcpy (joined + 1, line, length);
      line = joined;
      length++;
    }

  /* Nearly always one call, so that the lines of several processes do not mix. */
  while (done < length)
    {
      gssize n = write (self->fd, line + done, length - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          self->is_cut = self->is_cut || done > 0;
          return errno;
        }
      done += (gsize) n;
    }
  self->is_cut = FALSE;
  return 0;
}
