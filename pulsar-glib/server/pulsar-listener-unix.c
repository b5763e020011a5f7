/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-listener-kind-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/process/pulsar-recipe-private.h"
#include "pulsar-glib/server/pulsar-port-holder-private.h"
#include "pulsar-glib/server/pulsar-socket-owner-private.h"

/* How long another server that opens a socket in the same folder is waited for, which takes it far less than a millisecond. */
#define LOCK_PATIENCE_US G_USEC_PER_SEC
#define LOCK_PAUSE_US 1000

/* One path on its way to be a listening socket. */
typedef struct
{
  const char *path;       /* absolute */
  int type;               /* SOCK_STREAM or SOCK_DGRAM */
  struct sockaddr_un address;
  socklen_t length;
} Place;

static gboolean
is_permission (int saved_errno)
{
  return saved_errno == EACCES || saved_errno == EPERM || saved_errno == EROFS;
}

static void G_GNUC_PRINTF (3, 4)
set_error (GError     **error,
           const Place *place,
           const char  *format,
           ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_START, _("Cannot listen on unix:%s: %s"), place->path, reason);
}

/* What the system refuses, with what would help if it is a matter of rights. */
static void
set_system_error (GError     **error,
                  const Place *place,
                  int          saved_errno,
                  const char  *help)
{
  if (is_permission (saved_errno))
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_PERMISSION_DENIED,
                 _("Cannot listen on unix:%s: %s; %s"), place->path, g_strerror (saved_errno), help);
  else
    set_error (error, place, "%s", g_strerror (saved_errno));
}

static void
set_folder_error (GError     **error,
                  const Place *place,
                  int          saved_errno)
{
  g_autofree char *folder = g_path_get_dirname (place->path);
  g_autofree char *help = NULL;

  if (saved_errno == ENOENT)
    {
      set_error (error, place, _("the folder “%s” does not exist; make it first"), folder);
      return;
    }
  if (saved_errno == ENOTDIR)
    {
      set_error (error, place, _("“%s” is not a folder"), folder);
      return;
    }
  help = g_strdup_printf (_("the user who runs the program needs the right to write to the folder “%s”: choose another one, or "
                            "change its owner or mode"), folder);
  set_system_error (error, place, saved_errno, help);
}

static void
set_in_use_error (GError     **error,
                  const Place *place)
{
  g_autofree char *holder = pulsar_port_holder_describe_unix (place->path);

  if (holder != NULL)
    set_error (error, place, _("the address is in use by %s"), holder);
  else
    set_error (error, place, _("another program listens there"));
}

static gboolean
fill_address (Place       *place,
              gboolean     abstract,
              const char  *name,
              GError     **error)
{
  gsize size = strlen (name);
  gsize room = sizeof place->address.sun_path - 1;  /* a zero byte at the end of paths, at the begin of names */

  place->address = (struct sockaddr_un) { .sun_family = AF_UNIX };
  if (size > room)
    {
      set_error (error, place, _("the name has %zu bytes, and at most %zu are allowed"), size, room);
      return FALSE;
    }
  memcpy (place->address.sun_path + (abstract ? 1 : 0), name, size);
  place->length = (socklen_t) (offsetof (struct sockaddr_un, sun_path) + size + 1);
  return TRUE;
}

/* Two servers that are started at the same time may both find a dead socket; then the second would remove the living one of
 * the first. A lock on the folder, which leaves no file behind, lets them do it one after the other. Where it cannot be had
 * they are as safe as other programs. Returns a descriptor, or -1. */
static int
lock_folder (const Place *place)
{
  g_autofree char *folder = g_path_get_dirname (place->path);
  gint64 deadline = g_get_monotonic_time () + LOCK_PATIENCE_US;
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return -1;
  while (flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK && g_get_monotonic_time () < deadline)
    g_usleep (LOCK_PAUSE_US);
  return fd;
}

static const char *
describe_file (mode_t mode)
{
  if (S_ISREG (mode))
    return _("a regular file");
  if (S_ISDIR (mode))
    return _("a folder");
  if (S_ISLNK (mode))
    return _("a symbolic link");
  if (S_ISFIFO (mode))
    return _("a named pipe");
  return _("a device");
}

/* Whether nobody is behind the socket file: it was left by a program that was killed. */
static gboolean
is_dead (const Place  *place,
         GError      **error)
{
  int probe = socket (AF_UNIX, place->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int result;

  if (probe < 0)
    {
      set_system_error (error, place, errno, "");
      return FALSE;
    }
  result = connect (probe, (const struct sockaddr *) &place->address, place->length) == 0 ? 0 : errno;
  close (probe);

  if (result == ECONNREFUSED)
    return TRUE;
  if (is_permission (result))
    set_system_error (error, place, result,
                      _("there is a socket of another user, of which cannot be told whether it is in use: remove it if it is not, "
                        "or choose another path"));
  else if (result == 0 || result == EAGAIN || result == EPROTOTYPE || result == EINPROGRESS)
    set_in_use_error (error, place);
  else
    set_error (error, place, "%s", g_strerror (result));
  return FALSE;
}

/* Makes sure that there is nothing at the path. Only a dead socket is ever removed. */
static gboolean
clear_path (const Place  *place,
            GError      **error)
{
  struct stat status;

  if (lstat (place->path, &status) != 0)
    {
      if (errno == ENOENT)
        return TRUE;
      set_folder_error (error, place, errno);
      return FALSE;
    }
  if (!S_ISSOCK (status.st_mode))
    {
      set_error (error, place, _("there is %s, which is not touched; only a socket that nobody uses is replaced"),
                 describe_file (status.st_mode));
      return FALSE;
    }
  if (!is_dead (place, error))
    return FALSE;
  if (unlink (place->path) != 0 && errno != ENOENT)
    {
      set_folder_error (error, place, errno);
      return FALSE;
    }
  g_info ("Replacing the socket %s, which nobody uses", place->path);
  return TRUE;
}

/* Nobody can connect before it listens, so that these are in force from the first client on. */
static gboolean
set_rights (const Place                  *place,
            const PulsarListenerOptions  *options,
            GError                      **error)
{
  PulsarSocketOwner owner;
  mode_t mode;

  if (options->owner != NULL && *options->owner != '\0')
    {
      if (!pulsar_socket_owner_parse (options->owner, &owner, error))
        {
          g_prefix_error (error, "socket-owner: ");
          return FALSE;
        }
      if (lchown (place->path, owner.user, owner.group) != 0)
        {
          g_autofree char *help =
            g_strdup_printf (_("only root may give a socket to “%s”: start the program as root, or do without “socket-owner”"),
                             options->owner);

          set_system_error (error, place, errno, help);
          return FALSE;
        }
    }
  if (options->mode != NULL && *options->mode != '\0')
    {
      if (!pulsar_socket_owner_parse_mode (options->mode, &mode, error))
        return FALSE;
      if (chmod (place->path, mode) != 0)
        {
          set_system_error (error, place, errno, _("only its owner may set the mode of a socket: do without “socket-mode”"));
          return FALSE;
        }
    }
  return TRUE;
}

static PulsarSocketFile *
socket_file_new (const char *path)
{
  PulsarSocketFile *file = g_new0 (PulsarSocketFile, 1);
  struct stat status = { 0 };

  lstat (path, &status);
  file->path = g_strdup (path);
  file->device = status.st_dev;
  file->inode = status.st_ino;
  return file;
}

void
pulsar_socket_file_remove (PulsarSocketFile *self)
{
  struct stat status;

  if (lstat (self->path, &status) == 0 && S_ISSOCK (status.st_mode)
      && status.st_dev == self->device && status.st_ino == self->inode
      && unlink (self->path) != 0)
    g_message (_("Cannot remove the socket %s: %s"), self->path, g_strerror (errno));
  g_free (self->path);
  g_free (self);
}

static int
make_socket (const Place  *place,
             GError      **error)
{
  int fd = socket (AF_UNIX, place->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0)
    set_system_error (error, place, errno, "");
  return fd;
}

static gboolean
begin_to_listen (PulsarListener               *listener,
                 const Place                  *place,
                 const PulsarListenerOptions  *options,
                 GError                      **error)
{
  if (options->type != G_SOCKET_TYPE_STREAM || listen (listener->fd, (int) MIN (options->backlog, G_MAXINT)) == 0)
    return TRUE;
  set_system_error (error, place, errno, "");
  return FALSE;
}

static gboolean
open_path (Place                        *place,
           const PulsarListenerOptions  *options,
           GPtrArray                    *listeners,
           GError                      **error)
{
  g_autoptr(GSocketAddress) address = g_unix_socket_address_new (place->path);
  PulsarListener *listener;
  int fd;

  if (!fill_address (place, FALSE, place->path, error) || !clear_path (place, error))
    return FALSE;
  fd = make_socket (place, error);
  if (fd < 0)
    return FALSE;
  if (bind (fd, (const struct sockaddr *) &place->address, place->length) != 0)
    {
      if (errno == EADDRINUSE)  /* it came between our look and now */
        set_in_use_error (error, place);
      else
        set_folder_error (error, place, errno);
      close (fd);
      return FALSE;
    }

  listener = pulsar_listener_new (fd, options->type, address);
  listener->file = socket_file_new (place->path);
  g_ptr_array_add (listeners, listener);
  return set_rights (place, options, error) && begin_to_listen (listener, place, options, error);
}

static gboolean
open_abstract (const PulsarBindAddress      *bind_address,
               Place                        *place,
               const PulsarListenerOptions  *options,
               GPtrArray                    *listeners,
               GError                      **error)
{
  g_autoptr(GSocketAddress) address = NULL;
  PulsarListener *listener;
  int fd;

  if (!fill_address (place, TRUE, bind_address->name, error))
    return FALSE;
  fd = make_socket (place, error);
  if (fd < 0)
    return FALSE;
  if (bind (fd, (const struct sockaddr *) &place->address, place->length) != 0)
    {
      if (errno == EADDRINUSE)
        set_in_use_error (error, place);
      else
        set_system_error (error, place, errno, "");
      close (fd);
      return FALSE;
    }

  address = pulsar_listener_get_address (fd);
  listener = pulsar_listener_new (fd, options->type, address);
  g_ptr_array_add (listeners, listener);
  return begin_to_listen (listener, place, options, error);
}

/* Not made canonical: what “..” behind a symbolic link is only the kernel knows. */
static char *
make_absolute (const char *path)
{
  const char *directory = pulsar_recipe_get_start_directory ();

  if (g_path_is_absolute (path) || directory == NULL)
    return g_strdup (path);
  if (g_str_has_prefix (path, "./"))
    path += 2;
  return g_build_filename (directory, path, NULL);
}

gboolean
pulsar_listener_open_unix (const PulsarBindAddress      *bind_address,
                           const PulsarListenerOptions  *options,
                           GPtrArray                    *listeners,
                           GError                      **error)
{
  Place place = { .type = options->type == G_SOCKET_TYPE_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM };
  g_autofree char *path = NULL;
  gboolean opened;
  int lock;

  if (bind_address->kind == PULSAR_BIND_ABSTRACT)
    {
      place.path = bind_address->text + strlen ("unix:");
      return open_abstract (bind_address, &place, options, listeners, error);
    }

  path = make_absolute (bind_address->name);
  place.path = path;
  lock = lock_folder (&place);
  opened = open_path (&place, options, listeners, error);
  if (lock >= 0)
    close (lock);
  return opened;
}
