/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pulsar-glib/process/pulsar-child-private.h"
#include "pulsar-glib/process/pulsar-reaper-private.h"
#include "pulsar-test.h"

static volatile sig_atomic_t n_signals;

static void
count_signal (int signum)
{
  n_signals++;
}

static gboolean
is_subreaper (void)
{
  int is_one = -1;

  g_assert_no_errno (prctl (PR_GET_CHILD_SUBREAPER, &is_one));
  return is_one == 1;
}

/* Starts a process that ends with 3, in a group of its own or in ours, and returns when it is a zombie. */
static int
start_child (gboolean own_group)
{
  siginfo_t info;
  int pid = fork ();

  g_assert_no_errno (pid);
  if (pid == 0)
    {
      if (own_group)
        setpgid (0, 0);
      _exit (3);
    }
  g_assert_no_errno (waitid (P_PID, (id_t) pid, &info, WEXITED | WNOWAIT));
  return pid;
}

static void
test_reaper_own_children (void)
{
  g_test_summary ("A child the program started itself is left to it, whatever its group");
  g_assert_true (pulsar_reaper_begin ());
  pulsar_reaper_add_group (getpgrp ());
  for (guint i = 0; i < 2; i++)
    {
      int pid = start_child (i == 1);
      int status;

      /* The signal has come: it was sent before the child could be waited for. */
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_assert_cmpint (waitpid (pid, &status, WNOHANG), ==, i == 1 ? pid : -1);
      if (i == 1)
        g_assert_cmpint (WEXITSTATUS (status), ==, 3);
    }
  pulsar_reaper_end ();
}

static void
test_reaper_restores (void)
{
  struct sigaction action = { .sa_handler = count_signal };
  struct sigaction current;

  g_test_summary ("A handler of the program is called too, and everything is put back at the end");
  sigemptyset (&action.sa_mask);
  g_assert_no_errno (sigaction (SIGCHLD, &action, NULL));
  g_assert_false (is_subreaper ());
  g_assert_true (pulsar_reaper_begin ());
  g_assert_true (is_subreaper ());
  n_signals = 0;
  raise (SIGCHLD);
  g_assert_cmpint (n_signals, ==, 1);
  pulsar_reaper_end ();
  g_assert_false (is_subreaper ());
  g_assert_no_errno (sigaction (SIGCHLD, NULL, &current));
  g_assert_true (current.sa_handler == count_signal);
  raise (SIGCHLD);
  g_assert_cmpint (n_signals, ==, 2);

  /* One that was set meanwhile is left alone. */
  g_assert_true (pulsar_reaper_begin ());
  g_assert_no_errno (sigaction (SIGCHLD, &action, NULL));
  pulsar_reaper_end ();
  g_assert_no_errno (sigaction (SIGCHLD, NULL, &current));
  g_assert_true (current.sa_handler == count_signal);
  signal (SIGCHLD, SIG_DFL);
}

static void
exited_cb (PulsarChild      *child,
           PulsarExitRecord *record,
           gboolean         *exited)
{
  *exited = TRUE;
}

static void
test_reaper_left (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "process", "process-child", NULL);
  const char *command[] = { path, "group", NULL };
  g_autoptr(PulsarRecipe) recipe = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("What a child left behind is killed with it, and reaped at the latest when the reaper ends");
  recipe = pulsar_recipe_new (command, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(PulsarChild) child = NULL;
      gboolean exited = FALSE;
      char line[32] = "";
      int mailbox, grandchild, signum = i == 0 ? SIGKILL : SIGSEGV;

      g_assert_true (pulsar_reaper_begin ());
      child = pulsar_child_spawn (recipe, NULL, 0, NULL, NULL, &mailbox, &error);
      g_assert_no_error (error);
      g_signal_connect (child, "exited", G_CALLBACK (exited_cb), &exited);
      for (gsize n = 0; n < sizeof line - 1 && read (mailbox, line + n, 1) == 1 && line[n] != '\n'; n++)
        ;
      grandchild = atoi (line);
      g_assert_cmpint (grandchild, >, 0);

      kill (pulsar_child_get_pid (child), signum);
      pulsar_test_wait_for (exited);
      if (i == 0)
        pulsar_test_wait_for (kill (grandchild, 0) != 0);
      pulsar_reaper_end ();
      g_assert_cmpint (kill (grandchild, 0), ==, -1);
      g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
      close (mailbox);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/reaper/own-children", test_reaper_own_children);
  g_test_add_func ("/reaper/restores", test_reaper_restores);
  g_test_add_func ("/reaper/left", test_reaper_left);
  return g_test_run ();
}
