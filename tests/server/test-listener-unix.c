/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/server/pulsar-listener-private.h"
#include "pulsar-test.h"

typedef struct
{
  char *folder;
  char *path;     /* in the folder */
  char *address;  /* unix: and the path */
  guint n_fds;
} Place;

static void
place_set_up (Place         *place,
              gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  place->folder = g_dir_make_tmp ("p-XXXXXX", &error);
  g_assert_no_error (error);
  place->path = g_build_filename (place->folder, "s", NULL);
  place->address = g_strconcat ("unix:", place->path, NULL);
  place->n_fds = pulsar_test_count_fds ();
}

/* Nothing is left: neither a file nor a descriptor. */
static void
place_tear_down (Place         *place,
                 gconstpointer  data)
{
  g_assert_cmpuint (pulsar_test_count_fds (), ==, place->n_fds);
  g_assert_cmpint (g_rmdir (place->folder), ==, 0);
  g_free (place->address);
  g_free (place->path);
  g_free (place->folder);
}

static GPtrArray *
open_full (const char   *address,
           GSocketType   type,
           const char   *mode,
           const char   *owner,
           GError      **error)
{
  const char * const addresses[] = { address, NULL };
  const PulsarListenerOptions options = { .type = type, .backlog = 1, .mode = mode, .owner = owner };

  return pulsar_listener_open (addresses, &options, error);
}

static GPtrArray *
open_one (const char  *address,
          GError     **error)
{
  return open_full (address, G_SOCKET_TYPE_STREAM, NULL, NULL, error);
}

static socklen_t
fill_path (struct sockaddr_un *native,
           const char         *path)
{
  *native = (struct sockaddr_un) { .sun_family = AF_UNIX };
  g_assert_cmpuint (strlen (path), <, sizeof native->sun_path);
  strcpy (native->sun_path, path);
  return sizeof *native;
}

static int
try_connect (const char *path,
             int         type)
{
  struct sockaddr_un native;
  socklen_t size = fill_path (&native, path);
  int fd = socket (AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (connect (fd, (const struct sockaddr *) &native, size) == 0)
    return fd;
  close (fd);
  return -1;
}

/* A socket of somebody else at @path. @backlog: -1 does not listen. */
static int
bind_foreign (const char *path,
              int         type,
              int         backlog)
{
  struct sockaddr_un native;
  socklen_t size = fill_path (&native, path);
  int fd = socket (AF_UNIX, type | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (const struct sockaddr *) &native, size), ==, 0);
  if (backlog >= 0)
    g_assert_cmpint (listen (fd, backlog), ==, 0);
  return fd;
}

static guint64
get_inode (const char *path)
{
  struct stat status;

  g_assert_cmpint (lstat (path, &status), ==, 0);
  return status.st_ino;
}

static void
assert_open (const char *address,
             const char *path)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = open_one (address, &error);
  int client;

  g_assert_no_error (error);
  g_assert_cmpuint (listeners->len, ==, 1);
  g_assert_cmpstr (((PulsarListener *) g_ptr_array_index (listeners, 0))->name, ==, address);
  client = try_connect (path, SOCK_STREAM);
  g_assert_cmpint (client, >=, 0);
  close (client);
}

static void
assert_refused (const char  *address,
                PulsarError  code,
                const char  *said)
{
  g_autoptr(GError) error = NULL;

  g_assert_null (open_one (address, &error));
  g_assert_error (error, PULSAR_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, address));
  g_assert_nonnull (strstr (error->message, said));
}

/* What is at the path is said, and is still there afterwards. */
static void
assert_kept (Place      *place,
             const char *said)
{
  guint64 inode = get_inode (place->path);

  assert_refused (place->address, PULSAR_ERROR_START, said);
  g_assert_cmpuint (get_inode (place->path), ==, inode);
}

static void
test_listener_unix_fresh (Place         *place,
                          gconstpointer  data)
{
  g_test_summary ("A path where nothing is becomes a socket, which is gone at the end");
  assert_open (place->address, place->path);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
}

static void
test_listener_unix_dead (Place         *place,
                         gconstpointer  data)
{
  g_test_summary ("A socket that nobody uses is replaced");
  close (bind_foreign (place->path, SOCK_STREAM, 1));
  assert_open (place->address, place->path);
  close (bind_foreign (place->path, SOCK_DGRAM, -1));
  assert_open (place->address, place->path);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
}

static void
test_listener_unix_in_use (Place         *place,
                           gconstpointer  data)
{
  int clients[3];
  int foreign;

  g_test_summary ("A socket in use is left alone, also one that is busy or of another type");
  foreign = bind_foreign (place->path, SOCK_STREAM, 0);
  assert_kept (place, "the address is in use by this program itself");
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = try_connect (place->path, SOCK_STREAM);
  g_assert_cmpint (clients[2], ==, -1);  /* its queue is full */
  assert_kept (place, "the address is in use by this program itself");
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      if (clients[i] >= 0)
        close (clients[i]);
    }
  close (foreign);
  g_assert_cmpint (unlink (place->path), ==, 0);

  foreign = bind_foreign (place->path, SOCK_DGRAM, -1);
  assert_kept (place, "the address is in use by this program itself");
  close (foreign);
  g_assert_cmpint (unlink (place->path), ==, 0);
}

static void
test_listener_unix_no_socket (Place         *place,
                              gconstpointer  data)
{
  g_autofree char *other = g_build_filename (place->folder, "other", NULL);

  g_test_summary ("A file, a folder, a symbolic link and a pipe are left alone and named");
  g_assert_true (g_file_set_contents (place->path, "precious", -1, NULL));
  assert_kept (place, "a regular file");
  g_assert_cmpint (unlink (place->path), ==, 0);

  g_assert_cmpint (g_mkdir (place->path, 0700), ==, 0);
  assert_kept (place, "a folder");
  g_assert_cmpint (g_rmdir (place->path), ==, 0);

  g_assert_cmpint (mkfifo (place->path, 0600), ==, 0);
  assert_kept (place, "a named pipe");
  g_assert_cmpint (unlink (place->path), ==, 0);

  /* Whether to a dead socket or to nowhere. */
  g_assert_cmpint (symlink (other, place->path), ==, 0);
  assert_kept (place, "a symbolic link");
  close (bind_foreign (other, SOCK_STREAM, 1));
  assert_kept (place, "a symbolic link");
  g_assert_true (g_file_test (other, G_FILE_TEST_EXISTS));
  g_assert_cmpint (unlink (place->path), ==, 0);
  g_assert_cmpint (unlink (other), ==, 0);
}

static void
test_listener_unix_folder (Place         *place,
                           gconstpointer  data)
{
  g_autofree char *below = g_strconcat (place->address, "/below", NULL);
  gboolean root = geteuid () == 0;

  g_test_summary ("A folder that is missing, that is none, or that one may not write to is an error that names it");
  assert_refused (below, PULSAR_ERROR_START, "/s” does not exist");
  g_assert_true (g_file_set_contents (place->path, "", -1, NULL));
  assert_refused (below, PULSAR_ERROR_START, "/s” is not a folder");
  g_assert_cmpint (unlink (place->path), ==, 0);

  g_assert_cmpint (chmod (place->folder, 0555), ==, 0);
  if (root)
    g_assert_cmpint (seteuid (65534), ==, 0);
  assert_refused (place->address, PULSAR_ERROR_PERMISSION_DENIED, "needs the right to write to the folder");
  if (root)
    g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_cmpint (chmod (place->folder, 0700), ==, 0);
}

static void
test_listener_unix_too_long (Place         *place,
                             gconstpointer  data)
{
  gsize room = sizeof ((struct sockaddr_un *) NULL)->sun_path - 1 - strlen (place->folder) - 1;
  g_autofree char *fitting = g_strnfill (room, 'x');
  g_autofree char *long_name = g_strnfill (room + 1, 'x');
  g_autofree char *path = g_build_filename (place->folder, fitting, NULL);
  g_autofree char *good = g_strconcat ("unix:", path, NULL);
  g_autofree char *bad = g_strconcat ("unix:", place->folder, "/", long_name, NULL);

  g_test_summary ("A path is as long as the system allows, and one byte more is an error with both numbers");
  assert_open (good, path);
  assert_refused (bad, PULSAR_ERROR_START, "the name has 108 bytes, and at most 107 are allowed");
}

static void
test_listener_unix_not_ours (Place         *place,
                             gconstpointer  data)
{
  g_autoptr(GError) error = NULL;
  GPtrArray *listeners = open_one (place->address, &error);
  guint64 inode;
  int foreign;

  g_test_summary ("At the end only our own socket is removed");
  g_assert_no_error (error);
  g_assert_cmpint (unlink (place->path), ==, 0);
  foreign = bind_foreign (place->path, SOCK_STREAM, 1);
  inode = get_inode (place->path);
  g_ptr_array_unref (listeners);
  g_assert_cmpuint (get_inode (place->path), ==, inode);
  close (foreign);
  g_assert_cmpint (unlink (place->path), ==, 0);

  listeners = open_one (place->address, &error);
  g_assert_no_error (error);
  g_assert_cmpint (unlink (place->path), ==, 0);
  g_assert_true (g_file_set_contents (place->path, "precious", -1, NULL));
  g_ptr_array_unref (listeners);
  g_assert_true (g_file_test (place->path, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpint (unlink (place->path), ==, 0);

  listeners = open_one (place->address, &error);
  g_assert_no_error (error);
  g_assert_cmpint (unlink (place->path), ==, 0);
  g_ptr_array_unref (listeners);  /* gone already: nothing is said */
}

static void
test_listener_unix_several (Place         *place,
                            gconstpointer  data)
{
  const char * const addresses[] = { place->address, "127.0.0.1:0", "unix:/nonexistent/s", NULL };
  const PulsarListenerOptions options = { .type = G_SOCKET_TYPE_STREAM, .backlog = 1 };
  g_autoptr(GError) error = NULL;

  g_test_summary ("When one of several addresses fails nothing is left of the others");
  g_assert_null (pulsar_listener_open (addresses, &options, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
}

static void
test_listener_unix_rights (Place         *place,
                           gconstpointer  data)
{
  g_autofree char *owner = g_strdup_printf ("%u:%u", (guint) geteuid (), (guint) getegid ());
  g_autofree char *group = g_strdup_printf (":%u", (guint) getegid ());
  g_autoptr(GError) error = NULL;
  struct stat status;
  GPtrArray *listeners;
  mode_t mask = umask (0077);

  g_test_summary ("A socket has the mode and the owner that were asked for, whatever the umask");
  listeners = open_full (place->address, G_SOCKET_TYPE_STREAM, "0660", owner, &error);
  g_assert_no_error (error);
  g_assert_cmpint (lstat (place->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, 0660);
  g_ptr_array_unref (listeners);

  listeners = open_full (place->address, G_SOCKET_TYPE_STREAM, "", group, &error);
  g_assert_no_error (error);
  g_assert_cmpint (lstat (place->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, 0700);
  g_ptr_array_unref (listeners);
  umask (mask);

  g_assert_null (open_full (place->address, G_SOCKET_TYPE_STREAM, NULL, "nobody-like-that", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, "no user “nobody-like-that”"));
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));

  if (geteuid () == 0)
    {
      listeners = open_full (place->address, G_SOCKET_TYPE_STREAM, NULL, "1:2", NULL);
      g_assert_cmpint (lstat (place->path, &status), ==, 0);
      g_assert_cmpuint (status.st_uid, ==, 1);
      g_assert_cmpuint (status.st_gid, ==, 2);
      g_ptr_array_unref (listeners);
      g_assert_cmpint (chmod (place->folder, 0777), ==, 0);
      g_assert_cmpint (seteuid (65534), ==, 0);
    }
  g_clear_error (&error);
  g_assert_null (open_full (place->address, G_SOCKET_TYPE_STREAM, NULL, "0", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_PERMISSION_DENIED);
  g_test_message ("%s", error->message);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
  if (getuid () == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
}

static void
test_listener_unix_abstract (Place         *place,
                             gconstpointer  data)
{
  g_autofree char *address = g_strdup_printf ("unix:@pulsar-test-%d", (int) getpid ());
  g_autofree char *fitting = g_strnfill (107, 'x');
  g_autofree char *good = g_strconcat ("unix:@", fitting, NULL);
  g_autofree char *bad = g_strconcat ("unix:@", fitting, "x", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = open_one (address, &error);
  PulsarListener *listener;
  GPtrArray *longest;

  g_test_summary ("An abstract name is no file, and is had by one program only");
  g_assert_no_error (error);
  listener = g_ptr_array_index (listeners, 0);
  g_assert_cmpstr (listener->name, ==, address);
  g_assert_null (listener->file);
  assert_refused (address, PULSAR_ERROR_START, "the address is in use by this program itself");
  longest = open_one (good, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (((PulsarListener *) g_ptr_array_index (longest, 0))->name, ==, good);
  g_ptr_array_unref (longest);
  assert_refused (bad, PULSAR_ERROR_START, "the name has 108 bytes");
}

static void
test_listener_unix_datagram (Place         *place,
                             gconstpointer  data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = open_full (place->address, G_SOCKET_TYPE_DATAGRAM, NULL, NULL, &error);
  PulsarListener *listener;
  PulsarListener *copy;
  char buffer[8];
  int client;

  g_test_summary ("A path may be a datagram socket, and a worker takes it as one only");
  g_assert_no_error (error);
  listener = g_ptr_array_index (listeners, 0);
  client = try_connect (place->path, SOCK_DGRAM);
  g_assert_cmpint (send (client, "hello", 5, 0), ==, 5);
  g_assert_cmpint (recv (listener->fd, buffer, sizeof buffer, 0), ==, 5);
  close (client);

  copy = pulsar_listener_new_take_fd (dup (listener->fd), G_SOCKET_TYPE_DATAGRAM, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (copy->name, ==, place->address);
  g_assert_null (copy->file);
  pulsar_listener_free (copy);
  g_assert_true (g_file_test (place->path, G_FILE_TEST_EXISTS));  /* that of a worker leaves the file */
  g_assert_null (pulsar_listener_new_take_fd (dup (listener->fd), G_SOCKET_TYPE_STREAM, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_assert_nonnull (strstr (error->message, "is a datagram socket, and a stream socket is needed"));
}

static void
test_listener_unix_relative (Place         *place,
                             gconstpointer  data)
{
  g_autofree char *start = g_get_current_dir ();
  g_autofree char *name = g_strdup_printf ("p-%d", (int) getpid ());
  g_autofree char *path = g_build_filename (start, name, NULL);
  g_autofree char *address = g_strconcat ("unix:./", name, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) listeners = NULL;

  g_test_summary ("A relative path belongs to the folder the program was started in, wherever it went since");
  if (strlen (path) > 107 || access (start, W_OK) != 0)
    {
      g_test_skip ("the test was started in a folder where it cannot make a socket");
      return;
    }
  g_assert_cmpint (g_chdir (place->folder), ==, 0);
  listeners = open_one (address, &error);
  g_assert_cmpint (g_chdir (start), ==, 0);
  g_assert_no_error (error);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

#define ADD(name, function) g_test_add ("/listener-unix/" name, Place, NULL, place_set_up, function, place_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  ADD ("fresh", test_listener_unix_fresh);
  ADD ("dead", test_listener_unix_dead);
  ADD ("in-use", test_listener_unix_in_use);
  ADD ("no-socket", test_listener_unix_no_socket);
  ADD ("folder", test_listener_unix_folder);
  ADD ("too-long", test_listener_unix_too_long);
  ADD ("not-ours", test_listener_unix_not_ours);
  ADD ("several", test_listener_unix_several);
  ADD ("rights", test_listener_unix_rights);
  ADD ("abstract", test_listener_unix_abstract);
  ADD ("datagram", test_listener_unix_datagram);
  ADD ("relative", test_listener_unix_relative);
  return g_test_run ();
}
