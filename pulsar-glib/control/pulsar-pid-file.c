/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/control/pulsar-pid-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/process/pulsar-recipe-private.h"

/* Whether the program runs is told by a lock on the file, and not by the number in it: the lock ends with the process however that
 * ends, and a number may be that of anybody by the time it is read. The number is for people and for scripts.
 *
 * So that the file is never there without its lock, and never without its whole number, it is made under another name, locked, written,
 * and moved into place. Who finds a file there locks that first: with the lock, and while the file is still the one at the path, nobody
 * else can be about to replace it. */

#define MODE 0644
#define CONTENTS_MAX 32
#define NAMES_MAX 16

/* Two programs that are started at the same time find each other for a moment only. */
#define PATIENCE_US G_USEC_PER_SEC
#define PAUSE_US 2000

struct _PulsarPidFile
{
  char *path;  /* (owned) absolute */
  int fd;      /* (owned) locked, close-on-exec */
  int pid;     /* of the process that is to remove it */
};

typedef enum
{
  OPENED,   /* there was nobody's file, and it is locked now */
  MISSING,
  HELD,     /* by another process */
  MOVED,    /* by the time it was locked there was another one */
  FAILED,
} Result;

static void G_GNUC_PRINTF (3, 4)
set_error (GError     **error,
           const char  *path,
           const char  *format,
           ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_PID_FILE, _("The pid file “%s” cannot be had: %s"), path, reason);
}

static void
set_system_error (GError     **error,
                  const char  *path,
                  int          saved_errno)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (saved_errno == ENOENT)
    set_error (error, path, _("the folder “%s” does not exist; make it first"), folder);
  else if (saved_errno == ENOTDIR)
    set_error (error, path, _("“%s” is not a folder"), folder);
  else if (saved_errno == EACCES || saved_errno == EPERM || saved_errno == EROFS)
    set_error (error, path, _("%s; the user who runs the program needs the right to write to the folder “%s”"),
               g_strerror (saved_errno), folder);
  else
    set_error (error, path, "%s", g_strerror (saved_errno));
}

/* The number in a file: 0 in an empty one, such as somebody else left who had no room to write it; -1 in one that says anything else. */
static int
read_pid (int fd)
{
  char text[CONTENTS_MAX + 1];
  gssize length = pread (fd, text, CONTENTS_MAX, 0);
  guint64 pid = 0;

  if (length < 0 || length == CONTENTS_MAX)
    return -1;
  text[length] = '\0';
  if (strlen (text) != (gsize) length)
    return -1;
  g_strstrip (text);
  if (*text == '\0')
    return 0;
  return g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &pid, NULL) ? (int) pid : -1;
}

static gboolean
is_alive (int pid)
{
  return kill (pid, 0) == 0 || errno == EPERM;
}

/* Is what is there a file that may be replaced? A name that was mistaken for another must cost nobody his data. */
static gboolean
check_file (const char   *path,
            int           fd,
            struct stat  *status,
            GError      **error)
{
  if (fstat (fd, status) != 0)
    set_error (error, path, "%s", g_strerror (errno));
  else if (S_ISDIR (status->st_mode))
    set_error (error, path, _("it is a folder; give the name of a file in it"));
  else if (!S_ISREG (status->st_mode))
    set_error (error, path, _("there is something else than a file"));
  else if (read_pid (fd) < 0)
    set_error (error, path, _("there is a file with other contents, which is not touched; choose another name or remove it"));
  else
    return TRUE;
  return FALSE;
}

static int
open_existing (const char  *path,
               GError     **error)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);

  if (fd >= 0 || errno == ENOENT)
    return fd;
  if (errno == ELOOP)
    set_error (error, path, _("there is a symbolic link, which is not followed"));
  else
    set_system_error (error, path, errno);
  return -1;
}

/* Locks the file that is there. @fd and @pid are set for the results that have them. */
static Result
lock_existing (const char  *path,
               int         *fd,
               int         *pid,
               GError     **error)
{
  g_autoptr(GError) local_error = NULL;
  struct stat locked, there;

  *fd = open_existing (path, &local_error);
  if (*fd < 0)
    {
      if (local_error == NULL)
        return MISSING;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FAILED;
    }
  if (!check_file (path, *fd, &locked, error))
    {
      close (*fd);
      return FAILED;
    }

  *pid = read_pid (*fd);
  if (flock (*fd, LOCK_EX | LOCK_NB) == 0)
    {
      if (lstat (path, &there) == 0 && there.st_dev == locked.st_dev && there.st_ino == locked.st_ino)
        return OPENED;
      close (*fd);
      return MOVED;
    }

  if (errno == EWOULDBLOCK)
    {
      close (*fd);
      return HELD;
    }
  set_error (error, path, "%s", g_strerror (errno));
  close (*fd);
  return FAILED;
}

static gboolean
write_pid (int fd)
{
  char text[CONTENTS_MAX];
  int length = snprintf (text, sizeof text, "%d\n", (int) getpid ());
  gssize written = write (fd, text, (gsize) length);

  if (written >= 0 && written < length)
    errno = ENOSPC;
  return written == length;
}

/* A file beside the path, with our pid and our lock; -1 with an error. @temporary takes its name. */
static int
make_beside (const char   *path,
             char        **temporary,
             GError      **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  int fd = -1;

  for (guint i = 0; fd < 0 && i < NAMES_MAX; i++)
    {
      g_free (*temporary);
      *temporary = g_strdup_printf ("%s/.%s.%08x", folder, name, g_random_int ());
      fd = open (*temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
      if (fd < 0 && errno != EEXIST)
        break;
    }
  if (fd < 0)
    {
      set_system_error (error, path, errno);
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0 && write_pid (fd))
    return fd;

  set_system_error (error, path, errno);
  unlink (*temporary);
  close (fd);
  return -1;
}

/* Moves a file to a path where there is none. */
static gboolean
move_to_free_path (const char *from,
                   const char *to)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno != EINVAL && errno != ENOSYS)
    return FALSE;

  /* A file system that does not know that. */
  if (link (from, to) != 0)
    return FALSE;
  unlink (from);
  return TRUE;
}

/* Puts a file of ours at the path: in place of the one we hold, or where there is none. Returns -1 without an error if one has come. */
static int
place_file (const char  *path,
            gboolean     replace,
            GError     **error)
{
  g_autofree char *temporary = NULL;
  int fd = make_beside (path, &temporary, error);
  gboolean placed;

  if (fd < 0)
    return -1;
  placed = replace ? rename (temporary, path) == 0 : move_to_free_path (temporary, path);
  if (placed)
    return fd;
  if (replace || errno != EEXIST)
    set_system_error (error, path, errno);
  unlink (temporary);
  close (fd);
  return -1;
}

static void
log_replaced (const char *path,
              int         pid)
{
  if (pid == 0)
    pulsar_log (PULSAR_LOG_INFO, _("The pid file “%s” is empty and nobody holds it; it is replaced"), path);
  else if (is_alive (pid))
    pulsar_log (PULSAR_LOG_INFO, _("The pid file “%s” names process %d, which is another program by now; it is replaced"), path, pid);
  else
    pulsar_log (PULSAR_LOG_INFO, _("The pid file “%s” was left by process %d, which is gone; it is replaced"), path, pid);
}

/* Another one that is being started holds the file of one that is gone, until it has put its own there. */
static gboolean
may_be_replaced_now (int pid)
{
  return pid <= 0 || !is_alive (pid);
}

static int
open_path (const char  *path,
           GError     **error)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;

  for (;;)
    {
      g_autoptr(GError) local_error = NULL;
      int held = -1, pid = 0, fd = -1;
      Result result = lock_existing (path, &held, &pid, &local_error);

      switch (result)
        {
        case OPENED:
          fd = place_file (path, TRUE, &local_error);
          close (held);
          if (fd >= 0)
            log_replaced (path, pid);
          break;
        case MISSING:
          fd = place_file (path, FALSE, &local_error);
          break;
        case HELD:
          if (!may_be_replaced_now (pid))
            set_error (&local_error, path, _("process %d holds it: this program runs already"), pid);
          else if (g_get_monotonic_time () >= deadline)
            set_error (&local_error, path, _("another process has locked it"));
          else
            g_usleep (PAUSE_US);
          break;
        case MOVED:
        case FAILED:
        default:
          break;
        }
      if (fd >= 0)
        return fd;
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return -1;
        }
    }
}

/* Not made canonical: what “..” behind a symbolic link is only the kernel knows. */
static char *
make_absolute (const char *path)
{
  const char *directory = pulsar_recipe_get_start_directory ();

  return g_path_is_absolute (path) || directory == NULL ? g_strdup (path) : g_build_filename (directory, path, NULL);
}

PulsarPidFile *
pulsar_pid_file_open (const char  *path,
                      GError     **error)
{
  g_autofree char *absolute = make_absolute (path);
  int fd = open_path (absolute, error);
  PulsarPidFile *self;

  if (fd < 0)
    return NULL;
  self = g_new0 (PulsarPidFile, 1);
  self->path = g_steal_pointer (&absolute);
  self->fd = fd;
  self->pid = getpid ();
  return self;
}

gboolean
pulsar_pid_file_check (const char  *path,
                       GError     **error)
{
  g_autofree char *absolute = make_absolute (path);
  g_autofree char *folder = g_path_get_dirname (absolute);
  g_autoptr(GError) local_error = NULL;
  struct stat status;
  gboolean is_right = FALSE;
  int fd = open_existing (absolute, &local_error);

  if (fd >= 0)
    {
      is_right = check_file (absolute, fd, &status, &local_error);
      close (fd);
    }
  else if (local_error == NULL)
    {
      is_right = TRUE;
    }
  if (is_right && access (folder, W_OK | X_OK) != 0)
    set_system_error (&local_error, absolute, errno);

  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

void
pulsar_pid_file_free (PulsarPidFile *self)
{
  struct stat ours, there;

  /* While we hold the lock nobody replaces it, unless by force. A process that was forked from ours must not remove it. */
  if (self->pid == getpid () && fstat (self->fd, &ours) == 0 && lstat (self->path, &there) == 0
      && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino
      && unlink (self->path) != 0)
    pulsar_log (PULSAR_LOG_WARNING, _("Cannot remove the pid file “%s”: %s"), self->path, g_strerror (errno));
  close (self->fd);
  g_free (self->path);
  g_free (self);
}
