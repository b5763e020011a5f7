/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pulsar-test.h"

/* Executes the helper with those standard descriptors closed that have a bit in @closed, and returns what it has instead. */
static char **
list_standard_fds (guint closed)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "process", "process-child", NULL);
  g_autofree char *number = NULL;
  char text[4096] = "";
  posix_spawn_file_actions_t actions;
  gsize length = 0;
  gssize n_read;
  int ends[2], status;
  pid_t pid;

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  number = g_strdup_printf ("%d", ends[1] + 10);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, ends[1], ends[1] + 10);
  for (int fd = 0; fd < 3; fd++)
    {
      if (closed & (1u << fd))
        posix_spawn_file_actions_addclose (&actions, fd);
      else
        posix_spawn_file_actions_addopen (&actions, fd, "/dev/zero", O_RDWR, 0);
    }
  g_assert_cmpint (posix_spawn (&pid, path, &actions, NULL, (char *[]) { path, (char *) "standard", number, NULL }, environ),
                   ==, 0);
  posix_spawn_file_actions_destroy (&actions);
  close (ends[1]);

  while ((n_read = read (ends[0], text + length, sizeof text - 1 - length)) > 0)
    length += (gsize) n_read;
  close (ends[0]);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  return g_strsplit (text, "\n", 3 + 1);
}

static void
test_standard_fds_closed (void)
{
  g_test_summary ("A standard descriptor the program was started without is /dev/null, and others are left as they are");
  for (guint closed = 0; closed < 8; closed++)
    {
      g_auto(GStrv) targets = list_standard_fds (closed);

      g_assert_cmpuint (g_strv_length (targets), ==, 4);
      for (guint fd = 0; fd < 3; fd++)
        g_assert_cmpstr (targets[fd], ==, closed & (1u << fd) ? "/dev/null" : "/dev/zero");
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/standard-fds/closed", test_standard_fds_closed);
  return g_test_run ();
}
