/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-test.h"
#include "server-run.h"

/* What a user who is nobody is started with. */
static const char * const as_nobody[] = {
  "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all", NULL
};

typedef struct
{
  char *folder;
  char *path;
  char *bind;  /* --bind=unix:PATH */
} Place;

static void
place_set_up (Place         *place,
              gconstpointer  data)
{
  g_autoptr(GError) error = NULL;

  place->folder = g_dir_make_tmp ("p-XXXXXX", &error);
  g_assert_no_error (error);
  place->path = g_build_filename (place->folder, "s", NULL);
  place->bind = g_strconcat ("--bind=unix:", place->path, NULL);
}

static void
place_tear_down (Place         *place,
                 gconstpointer  data)
{
  g_assert_cmpint (g_rmdir (place->folder), ==, 0);
  g_free (place->bind);
  g_free (place->path);
  g_free (place->folder);
}

static void
stop (ServerRun *server)
{
  g_autofree char *rest = NULL;

  server_run_signal (server, SIGTERM);
  rest = server_run_wait_for_end (server, 0);
}

#define START(server, n_addresses, ...)                                                        \
  server_run_start_full (server, n_addresses, LINE_SERVER_FACE, (const char * const[]) { __VA_ARGS__, NULL })

static void
assert_served (ServerRun *server,
               guint      index)
{
  int client = server_run_try_connect (server, index);

  g_assert_cmpint (client, >=, 0);
  line_client_assert_answer (client, "hello", "hello");
  close (client);
}

static void
test_server_sockets_unix (Place         *place,
                          gconstpointer  data)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *abstract = g_strdup_printf ("--bind=unix:@pulsar-test-%d", (int) getpid ());
  struct stat status;
  int client;
  pid_t pid, next;

  g_test_summary ("A path and an abstract name are served; a worker that dies leaves the path, the end removes it");
  START (&server, 2, place->bind, abstract, "--socket-mode=600", "--workers=1", "--restart-delay=0");
  g_assert_cmpint (stat (place->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  assert_served (&server, 0);
  assert_served (&server, 1);
  client = server_run_open_client (&server);
  pid = line_client_ask_pid (client);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  line_client_assert_ended (client);
  client = server_run_open_client (&server);
  next = line_client_ask_pid (client);
  g_assert_cmpint (next, !=, pid);
  close (client);
  stop (&server);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
}

static void
test_server_sockets_share (Place         *place,
                           gconstpointer  data)
{
  g_auto(ServerRun) server = { 0 };
  guint one_by_one = 0, at_once = 0;
  int clients[200];
  int pair[2];
  pid_t pids[2];
  gint64 begin;

  g_test_summary ("Workers share the connections over a unix socket, one by one and many at once, without delay");
  START (&server, 1, place->bind, "--workers=2");
  server_run_open_pair (&server, pair, pids);
  close (pair[0]);
  close (pair[1]);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      int client = server_run_open_client (&server);

      one_by_one += line_client_ask_pid (client) == pids[0] ? 1 : 0;
      close (client);
    }
  begin = g_get_monotonic_time ();
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = server_run_open_client (&server);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      at_once += line_client_ask_pid (clients[i]) == pids[0] ? 1 : 0;
      close (clients[i]);
    }
  begin = g_get_monotonic_time () - begin;
  g_test_message ("200 connections over two workers: one by one %u and %u, at once %u and %u in %.0f ms", one_by_one,
                  200 - one_by_one, at_once, 200 - at_once, (double) begin / 1000);
  if (!pulsar_test_is_slowed_down ())
    {
      g_assert_cmpuint (MIN (one_by_one, 200 - one_by_one), >=, 20);
      g_assert_cmpuint (MIN (at_once, 200 - at_once), >=, 10);
    }
  stop (&server);
}

static void
test_server_sockets_left_behind (Place         *place,
                                 gconstpointer  data)
{
  g_auto(ServerRun) first = { 0 };
  g_auto(ServerRun) second = { 0 };
  gint64 before;

  g_test_summary ("The socket of an arbiter that was killed is replaced by the next start (fault 27)");
  START (&first, 1, place->bind, "--workers=1");
  assert_served (&first, 0);
  server_run_signal (&first, SIGKILL);
  while (server_run_try_connect (&first, 0) >= 0)  /* its worker goes too */
    ;
  g_assert_true (g_file_test (place->path, G_FILE_TEST_EXISTS));
  before = g_get_monotonic_time ();
  START (&second, 1, place->bind, "--workers=1");
  assert_served (&second, 0);
  g_test_message ("fault 27: a left socket was replaced and served %.0f ms after the start",
                  (double) (g_get_monotonic_time () - before) / 1000);
  stop (&second);
}

static void
test_server_sockets_in_use (Place         *place,
                            gconstpointer  data)
{
  g_auto(ServerRun) first = { 0 };
  g_autofree char *address = g_strconcat ("unix:", place->path, NULL);
  g_autofree char *holder = NULL;
  struct stat before, after;
  int client;

  g_test_summary ("A second server on the same path ends, and the first and its connections live on (fault 27)");
  START (&first, 1, place->bind, "--workers=1");
  client = server_run_open_client (&first);
  line_client_assert_answer (client, "hello", "hello");
  g_assert_cmpint (lstat (place->path, &before), ==, 0);
  holder = g_strdup_printf ("the address is in use by “lines: arbiter”, process %d", (int) server_run_get_pid (&first));
  server_run_assert_fails (address, 69, holder, address);
  g_assert_cmpint (lstat (place->path, &after), ==, 0);
  g_assert_cmpuint (after.st_ino, ==, before.st_ino);
  line_client_assert_answer (client, "hello", "hello");
  assert_served (&first, 0);
  close (client);
  stop (&first);
}

static void
test_server_sockets_no_socket (Place         *place,
                               gconstpointer  data)
{
  g_autofree char *address = g_strconcat ("unix:", place->path, NULL);

  g_test_summary ("A file and a symbolic link at the path are errors and stay (fault 27)");
  g_assert_true (g_file_set_contents (place->path, "precious", -1, NULL));
  server_run_assert_fails (address, 69, "a regular file", address);
  g_assert_true (g_file_test (place->path, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpint (unlink (place->path), ==, 0);
  g_assert_cmpint (symlink ("/nonexistent", place->path), ==, 0);
  server_run_assert_fails (address, 69, "a symbolic link", address);
  g_assert_true (g_file_test (place->path, G_FILE_TEST_IS_SYMLINK));
  g_assert_cmpint (unlink (place->path), ==, 0);
}

static void
test_server_sockets_relative (Place         *place,
                              gconstpointer  data)
{
  const char * const wrapper[] = { "env", "-C", place->folder, NULL };
  g_auto(ServerRun) server = { .wrapper = wrapper };

  g_test_summary ("A relative path is one in the folder the program is started in");
  START (&server, 1, "--bind=unix:s", "--workers=1");
  g_assert_true (g_file_test (place->path, G_FILE_TEST_EXISTS));
  assert_served (&server, 0);
  stop (&server);
}

static void
test_server_sockets_keep_alive (Place         *place,
                                gconstpointer  data)
{
  g_auto(ServerRun) server = { 0 };
  gint64 begin;
  int busy, idle;

  g_test_summary ("An idle connection over a unix socket is closed after keep-alive, and a busy one is not");
  START (&server, 1, place->bind, "--workers=1", "--keep-alive=300ms");
  busy = server_run_open_client (&server);
  line_client_assert_answer (busy, "hello", "hello");
  begin = g_get_monotonic_time ();
  idle = server_run_open_client (&server);
  line_client_assert_answer (idle, "hello", "hello");
  while (recv (idle, (char[1]) { 0 }, 1, MSG_DONTWAIT) < 0)
    line_client_assert_answer (busy, "hello", "hello");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 300 * G_TIME_SPAN_MILLISECOND);
  line_client_assert_answer (busy, "hello", "hello");
  line_client_assert_ended (busy);
  close (idle);
  stop (&server);
}

/* Whether a program can be started as nobody; marks the test as skipped otherwise. */
static gboolean
skip_without_nobody (ServerRun *server)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  const char *check[] = { "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "test", "-x", program, NULL };
  g_autoptr(GSubprocess) process = NULL;

  if (geteuid () != 0)
    return FALSE;
  process = g_subprocess_newv (check, G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
  if (process == NULL || !g_subprocess_wait_check (process, NULL, NULL))
    {
      g_test_skip ("the user “nobody” cannot execute this program here");
      return TRUE;
    }
  server->wrapper = as_nobody;
  return FALSE;
}

static void
assert_permission_denied (ServerRun          *server,
                          const char * const *arguments,
                          const char         *said)
{
  g_autofree char *rest = NULL;

  server_run_start_full (server, 0, LINE_SERVER_FACE, arguments);
  rest = server_run_wait_for_end (server, 77);
  g_assert_nonnull (strstr (rest, said));
}

static void
test_server_sockets_low_port (Place         *place,
                              gconstpointer  data)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *text = NULL;

  g_test_summary ("Port 80 as an ordinary user ends with 77 and says what helps");
  g_assert_true (g_file_get_contents ("/proc/sys/net/ipv4/ip_unprivileged_port_start", &text, NULL, NULL));
  if (g_ascii_strtoull (text, NULL, 10) <= 80)
    g_test_skip ("here every user may listen on port 80");
  else if (!skip_without_nobody (&server))
    assert_permission_denied (&server, (const char * const[]) { "--bind=127.0.0.1:80", NULL },
                              "Cannot listen on 127.0.0.1:80: Permission denied; ports below");
}

static void
test_server_sockets_no_right (Place         *place,
                              gconstpointer  data)
{
  g_auto(ServerRun) folder = { 0 };
  g_auto(ServerRun) owner = { 0 };

  g_test_summary ("A folder one may not write to and an owner one may not give to end with 77");
  if (skip_without_nobody (&folder) || skip_without_nobody (&owner))
    return;
  g_assert_cmpint (chmod (place->folder, 0555), ==, 0);
  assert_permission_denied (&folder, (const char * const[]) { place->bind, NULL }, "needs the right to write to the folder");
  g_assert_cmpint (chmod (place->folder, 0777), ==, 0);
  assert_permission_denied (&owner, (const char * const[]) { place->bind, "--socket-owner=0", NULL },
                            "only root may give a socket to “0”");
}

static void
assert_settings_refused (int         status,
                         const char *said,
                         const char *first,
                         const char *second)
{
  g_auto(ServerRun) server = { 0 };
  g_autofree char *rest = NULL;

  START (&server, 0, first, second);
  rest = server_run_wait_for_end (&server, status);
  g_assert_nonnull (strstr (rest, said));
}

static void
test_server_sockets_settings (Place         *place,
                              gconstpointer  data)
{
  g_test_summary ("Settings that go wrong alone or together are told before anything starts");
  assert_settings_refused (64, "“9” is not a mode", place->bind, "--socket-mode=9");
  assert_settings_refused (64, "“1777” is not a mode", place->bind, "--socket-mode=1777");
  assert_settings_refused (64, "--socket-owner: “:” is not an owner", place->bind, "--socket-owner=:");
  assert_settings_refused (64, "--socket-owner: there is no group “no-such-group”", place->bind, "--socket-owner=:no-such-group");
  assert_settings_refused (78, "abstract socket “unix:@x” of “bind” is no file and has no owner", "--bind=unix:@x", "--socket-owner=0");
}

static int
connect_to_path (const char *path)
{
  struct sockaddr_un native = { .sun_family = AF_UNIX };
  int client = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpuint (strlen (path), <, sizeof native.sun_path);
  strcpy (native.sun_path, path);
  g_assert_cmpint (connect (client, (const struct sockaddr *) &native, sizeof native), ==, 0);
  return client;
}

/* Starts @server under systemd-socket-activate with the options @how, up to the moment when that listens. */
static gboolean
activate (ServerRun          *server,
          GPtrArray          *wrapper,
          const char * const *how,
          const char         *bind)
{
  const char * const arguments[] = { bind, "--workers=1", NULL };
  g_autofree char *found = g_find_program_in_path ("systemd-socket-activate");
  guint n_sockets = 0;

  if (found == NULL)
    {
      g_test_skip ("systemd-socket-activate is not installed");
      return FALSE;
    }
  g_ptr_array_add (wrapper, (gpointer) "systemd-socket-activate");
  for (gsize i = 0; how[i] != NULL; i++)
    {
      n_sockets += g_str_has_prefix (how[i], "--listen=") ? 1 : 0;
      g_ptr_array_add (wrapper, (gpointer) how[i]);
    }
  g_ptr_array_add (wrapper, NULL);
  server->wrapper = (const char * const *) wrapper->pdata;
  server_run_start_full (server, 0, LINE_SERVER_FACE, arguments);
  for (guint i = 0; i < n_sockets; i++)
    server_run_wait_for_text (server, "Listening on");
  return TRUE;
}

#define HOW(...) ((const char * const[]) { __VA_ARGS__, NULL })

static void
test_server_sockets_activation (Place         *place,
                                gconstpointer  data)
{
  g_auto(ServerRun) server = { 0 };
  g_autoptr(GPtrArray) wrapper = g_ptr_array_new ();
  g_autofree char *path = g_strconcat (place->path, "1", NULL);
  g_autofree char *listen_path = g_strconcat ("--listen=", place->path, NULL);
  g_autofree char *listen_other = g_strconcat ("--listen=", path, NULL);
  g_autofree char *addresses = g_strconcat ("unix:", place->path, " unix:", path, NULL);
  gint64 before;
  int first, second;

  g_test_summary ("systemd-socket-activate passes two sockets of one name; workers know nothing of that");
  if (!activate (&server, wrapper, HOW (listen_path, listen_other, "--fdname=web:web"), "--bind=fd:web"))
    return;
  before = g_get_monotonic_time ();
  first = connect_to_path (place->path);
  line_client_assert_answer (first, "hello", "hello");
  g_test_message ("systemd-socket-activate: first answer %.0f ms after the first connection",
                  (double) (g_get_monotonic_time () - before) / 1000);
  second = connect_to_path (path);
  line_client_assert_answer (second, "addresses", addresses);
  line_client_assert_answer (second, "environment", "none");
  close (first);
  close (second);
  stop (&server);

  /* They belong to the service manager. */
  g_assert_cmpint (unlink (place->path), ==, 0);
  g_assert_cmpint (unlink (path), ==, 0);
}

static void
test_server_sockets_activation_names (Place         *place,
                                      gconstpointer  data)
{
  g_auto(ServerRun) named = { 0 };
  g_auto(ServerRun) nameless = { 0 };
  g_autoptr(GPtrArray) wrapper = g_ptr_array_new ();
  g_autoptr(GPtrArray) other_wrapper = g_ptr_array_new ();
  g_autofree char *path = g_strconcat (place->path, "1", NULL);
  g_autofree char *listen_path = g_strconcat ("--listen=", place->path, NULL);
  g_autofree char *listen_other = g_strconcat ("--listen=", path, NULL);
  g_autofree char *rest = NULL;
  int client;

  g_test_summary ("A name that was not passed is an error with those that were; a socket without a name is “unknown”");
  if (!activate (&named, wrapper, HOW (listen_path, listen_other, "--fdname=a:b"), "--bind=fd:web"))
    return;
  client = connect_to_path (path);
  rest = server_run_wait_for_end (&named, 69);
  g_assert_nonnull (strstr (rest, "no socket with the name “web” was passed to this program; there is “a”, “b”"));
  close (client);
  g_assert_cmpint (unlink (path), ==, 0);

  g_assert_true (activate (&nameless, other_wrapper, HOW (listen_path), "--bind=fd:unknown"));
  client = connect_to_path (place->path);
  line_client_assert_answer (client, "hello", "hello");
  close (client);
  stop (&nameless);
  g_assert_cmpint (unlink (place->path), ==, 0);
}

static void
test_server_sockets_activation_forgotten (Place         *place,
                                          gconstpointer  data)
{
  g_auto(ServerRun) server = { 0 };
  g_autoptr(GPtrArray) wrapper = g_ptr_array_new ();
  g_autofree char *path = g_strconcat (place->path, "1", NULL);
  g_autofree char *listen_path = g_strconcat ("--listen=", place->path, NULL);
  g_autofree char *listen_other = g_strconcat ("--listen=", path, NULL);
  g_autofree char *rest = NULL;
  int client;

  g_test_summary ("A socket that was passed and is not in bind is named once, since its clients wait; the others are not");
  if (!activate (&server, wrapper, HOW (listen_path, listen_other, "--fdname=web:admin"), "--bind=fd:web"))
    return;
  client = connect_to_path (place->path);
  line_client_assert_answer (client, "hello", "hello");
  close (client);
  server_run_signal (&server, SIGTERM);
  rest = server_run_wait_for_end (&server, 0);
  g_assert_nonnull (strstr (rest, "notice: A socket “admin” was passed to this program, but nobody serves its clients: “bind” has no “fd:admin”"));
  g_assert_null (strstr (rest, "socket “web”"));
  g_assert_cmpint (unlink (place->path), ==, 0);
  g_assert_cmpint (unlink (path), ==, 0);
}

static void
test_server_sockets_activation_type (Place         *place,
                                     gconstpointer  data)
{
  g_auto(ServerRun) server = { 0 };
  g_autoptr(GPtrArray) wrapper = g_ptr_array_new ();
  g_autofree char *listen_path = g_strconcat ("--listen=", place->path, NULL);
  g_autofree char *rest = NULL;
  struct sockaddr_un native = { .sun_family = AF_UNIX };
  int client;

  g_test_summary ("A socket of another type is an error");
  if (!activate (&server, wrapper, HOW ("--datagram", listen_path, "--fdname=web"), "--bind=fd:web"))
    return;
  client = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  strcpy (native.sun_path, place->path);
  g_assert_cmpint (sendto (client, "x", 1, 0, (const struct sockaddr *) &native, sizeof native), ==, 1);
  rest = server_run_wait_for_end (&server, 69);
  g_assert_nonnull (strstr (rest, "Cannot listen on fd:web: "));
  g_assert_nonnull (strstr (rest, "is a datagram socket, and a stream socket is needed"));
  close (client);
  g_assert_cmpint (unlink (place->path), ==, 0);
}

static void
assert_passed_refused (const char * const *wrapper,
                       const char         *said)
{
  g_auto(ServerRun) server = { .wrapper = wrapper };
  g_autofree char *rest = NULL;

  START (&server, 0, "--bind=fd:web");
  rest = server_run_wait_for_end (&server, 69);
  g_assert_nonnull (strstr (rest, "Cannot listen on fd:web: "));
  g_assert_nonnull (strstr (rest, said));
}

static void
test_server_sockets_not_passed (Place         *place,
                                gconstpointer  data)
{
  /* exec keeps the process, so that the shell's own number is the right one */
  static const char * const none[] = { "env", "-u", "LISTEN_FDS", NULL };
  static const char * const other[] = { "env", "LISTEN_PID=1", "LISTEN_FDS=1", NULL };
  static const char * const nonsense[] = { "env", "LISTEN_PID=me", "LISTEN_FDS=1", NULL };
  static const char * const closed[] = {
    "sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec \"$@\" 3>&-", "sh", NULL
  };
  static const char * const too_many[] = {
    "sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=60 LISTEN_FDNAMES=web exec \"$@\"", "sh", NULL
  };
  static const char * const file[] = {
    "sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec \"$@\" 3</dev/null", "sh", NULL
  };

  g_test_summary ("Sockets that were not passed, or to another process, or that are none, are errors with the reason");
  assert_passed_refused (none, "no sockets were passed to this program");
  assert_passed_refused (other, "sockets were passed to process 1, and this is process");
  assert_passed_refused (nonsense, "LISTEN_FDS=“1” and LISTEN_PID=“me” make no sense");
  assert_passed_refused (closed, "escriptor 3");  /* which may be something of the program's own by now */
  assert_passed_refused (too_many, "of the 60 that LISTEN_FDS promises is not open");
  assert_passed_refused (file, "is not a usable socket");
}

#define ADD(name, function) g_test_add ("/server-sockets/" name, Place, NULL, place_set_up, function, place_tear_down)

int
main (int   argc,
      char *argv[])
{
  int status;

  if (line_server_main (argc, argv, &status))
    return status;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  ADD ("unix", test_server_sockets_unix);
  ADD ("share", test_server_sockets_share);
  ADD ("left-behind", test_server_sockets_left_behind);
  ADD ("in-use", test_server_sockets_in_use);
  ADD ("no-socket", test_server_sockets_no_socket);
  ADD ("relative", test_server_sockets_relative);
  ADD ("keep-alive", test_server_sockets_keep_alive);
  ADD ("low-port", test_server_sockets_low_port);
  ADD ("no-right", test_server_sockets_no_right);
  ADD ("settings", test_server_sockets_settings);
  ADD ("activation", test_server_sockets_activation);
  ADD ("activation-names", test_server_sockets_activation_names);
  ADD ("activation-forgotten", test_server_sockets_activation_forgotten);
  ADD ("activation-type", test_server_sockets_activation_type);
  ADD ("not-passed", test_server_sockets_not_passed);
  return g_test_run ();
}
