/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <string.h>
#include <gio/gunixsocketaddress.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pulsar-glib/process/pulsar-child-private.h"
#include "pulsar-glib/process/pulsar-identity-private.h"
#include "pulsar-test.h"

/* Executes the helper as if a launcher had done it that got it wrong, with @fd as descriptor 3. */
static void
assert_refused (const char *identity,
                int         fd,
                const char *words)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "process", "process-child", NULL);
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *errors = NULL;

  g_subprocess_launcher_setenv (launcher, PULSAR_IDENTITY_VARIABLE, identity, TRUE);
  if (fd >= 0)
    g_subprocess_launcher_take_fd (launcher, dup (fd), 3);
  process = g_subprocess_launcher_spawn (launcher, &error, path, "start", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &errors, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 70);
  g_test_message ("%s", errors);
  g_assert_nonnull (strstr (errors, words));
  g_assert_true (g_str_has_suffix (errors, "\n"));
}

static void
test_identity_unusable (void)
{
  static const char * const malformed[] = {
    "", "x", "3", "3:", "3:1", "3:1:", "3:1:x", "3:1:0:", "3:1:0 ", " 3:1:0", "-3:1:0", "3:-1:0", "+3:1:0", "3:1:257",
    "99999999999999999999:1:0", "3:99999999999999999999:0", "3::0", "3:1:0\n",
  };
  g_autofree char *valid = NULL;
  g_autofree char *too_many = NULL;
  struct stat info;
  int ends[2], file;

  g_test_summary ("An identity that is malformed, of another socket, of no socket or not complete ends the program with 70");
  for (guint i = 0; i < G_N_ELEMENTS (malformed); i++)
    assert_refused (malformed[i], -1, "no identity");

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_assert_cmpint (fstat (ends[1], &info), ==, 0);
  valid = g_strdup_printf ("3:%" G_GUINT64_FORMAT ":0", (guint64) info.st_ino);
  too_many = g_strdup_printf ("3:%" G_GUINT64_FORMAT ":250", (guint64) info.st_ino);
  assert_refused (valid, -1, "not the mailbox");       /* closed on the way, as sudo does */
  assert_refused (valid, ends[0], "not the mailbox");  /* the other end */
  file = dup (STDERR_FILENO);
  assert_refused (valid, file, "not the mailbox");
  close (file);
  assert_refused (too_many, ends[1], "is missing");
  close (ends[0]);
  close (ends[1]);

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  g_assert_cmpint (fstat (ends[1], &info), ==, 0);
  g_free (valid);
  valid = g_strdup_printf ("3:%" G_GUINT64_FORMAT ":0", (guint64) info.st_ino);
  close (ends[0]);
  assert_refused (valid, ends[1], "the arbiter is gone");
  close (ends[1]);
}

static void
test_identity_foreign_claim (void)
{
  g_test_summary ("Nobody makes a worker ignore its identity by binding a socket to the name it would take");
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "process", "process-child", NULL);
      g_autofree char *identity = NULL;
      g_autoptr(GSocket) other = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
      g_autofree char *name = NULL;
      g_autoptr(GSocketAddress) address = NULL;
      g_autoptr(GError) error = NULL;
      struct stat info;
      int ends[2];

      g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
      g_assert_cmpint (fstat (ends[1], &info), ==, 0);
      name = g_strdup_printf ("pulsar-glib/worker/%" G_GUINT64_FORMAT, (guint64) info.st_ino);
      address = g_unix_socket_address_new_with_type (name, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
      g_assert_true (g_socket_bind (other, address, FALSE, &error));
      identity = g_strdup_printf ("3:%" G_GUINT64_FORMAT ":0", (guint64) info.st_ino);
      if (i == 0)
        assert_refused (identity, -1, "not the mailbox");
      else
        {
          g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
          g_autoptr(GSubprocess) process = NULL;

          g_subprocess_launcher_setenv (launcher, PULSAR_IDENTITY_VARIABLE, identity, TRUE);
          g_subprocess_launcher_take_fd (launcher, dup (ends[1]), 3);
          process = g_subprocess_launcher_spawn (launcher, &error, path, "exit", "5", NULL);
          g_assert_no_error (error);
          g_assert_true (g_subprocess_wait (process, NULL, &error));
          g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 5);  /* as a worker; otherwise 2 */
        }
      close (ends[0]);
      close (ends[1]);
    }
}

static char *
run_worker (const char *mode,
            const char *argument,
            int        *code)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "process", "process-child", NULL);
  const char *command[] = { path, mode, argument, NULL };
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarRecipe) recipe = pulsar_recipe_new (command, &error);
  g_autoptr(PulsarChild) child = NULL;
  GString *text = g_string_new (NULL);
  char buffer[4096];
  gssize length;
  int mailbox;

  g_assert_no_error (error);
  child = pulsar_child_spawn (recipe, NULL, 0, NULL, NULL, &mailbox, &error);
  g_assert_no_error (error);
  while ((length = read (mailbox, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, length);
  close (mailbox);
  pulsar_test_wait_for (pulsar_child_get_exit_record (child) != NULL);
  *code = pulsar_exit_record_get_code (pulsar_child_get_exit_record (child));
  return g_string_free (text, FALSE);
}

static void
test_identity_unclaimed (void)
{
  static const struct
  {
    const char *mode;
    const char *argument;
    int code;
  } rows[] = {
    { "exit", "0", 0 },
    { "exit", "3", 3 },
    { "unclaimed", "0", 70 },
    { "unclaimed", "3", 70 },
    { "disclaim", "0", 70 },
  };

  g_test_summary ("A worker that ends before it ran an application exits with 70, another one as it likes");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      int code;
      g_autofree char *report G_GNUC_UNUSED = run_worker (rows[i].mode, rows[i].argument, &code);

      g_assert_cmpint (code, ==, rows[i].code);
    }
}

static void
test_identity_family (void)
{
  g_autofree char *report = NULL;
  int code;

  g_test_summary ("What a worker starts inherits neither identity nor mailbox, and ignores a stale identity");
  report = run_worker ("family", NULL, &code);
  g_assert_cmpint (code, ==, 0);
  g_assert_cmpstr (report, ==,
                   "0 worker 0 env (null) fds 0,1,2\n"
                   "0 worker 0 env (null) fds 0,1,2\n"
                   "0 worker 0 env (null) fds 0,1,2\n");
}

static void
test_identity_none (void)
{
  g_test_summary ("A program that was not started as a worker is none");
  g_assert_false (pulsar_identity_is_worker ());
  g_assert_cmpint (pulsar_identity_steal_mailbox (), ==, -1);
  g_assert_cmpuint (pulsar_identity_get_n_fds (), ==, 0);
  g_assert_cmpint (pulsar_identity_get_fd (0), ==, -1);
  g_assert_cmpint (pulsar_identity_steal_fd (0), ==, -1);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/identity/none", test_identity_none);
  g_test_add_func ("/identity/unusable", test_identity_unusable);
  g_test_add_func ("/identity/foreign-claim", test_identity_foreign_claim);
  g_test_add_func ("/identity/unclaimed", test_identity_unclaimed);
  g_test_add_func ("/identity/family", test_identity_family);
  return g_test_run ();
}
