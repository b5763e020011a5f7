/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process-shim.h"
#include "pulsar-glib/process/pulsar-child-private.h"
#include "pulsar-glib/process/pulsar-identity-private.h"
#include "pulsar-glib/process/pulsar-lifeline-private.h"

/* A worker, or what starts one, in the ways the tests of process/ need: the first argument says which. What a worker has to
 * say it writes into its mailbox. */

static int mailbox = -1;

static void G_GNUC_PRINTF (1, 2)
say (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (write (mailbox, text, strlen (text)) != (gssize) strlen (text))
    exit (1);
}

static void
wait_for_eof (void)
{
  char byte;

  while (read (mailbox, &byte, 1) > 0)
    ;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static void
list_fds (GString *text)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strconcat ("/proc/self/fd/", name, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      if (!g_str_has_suffix (target, "/fd"))  /* not the one of this listing */
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "," : "", (char *) names->pdata[i]);
}

static int
run_report (void)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *input = g_file_read_link ("/proc/self/fd/0", NULL);
  struct sigaction action;
  sigset_t mask;
  int death_signal = 0;

  g_string_append (text, "fds ");
  list_fds (text);
  sigprocmask (SIG_SETMASK, NULL, &mask);
  sigaction (SIGPIPE, NULL, &action);
  prctl (PR_GET_PDEATHSIG, &death_signal);
  g_string_append_printf (text, "\ninput %s\nblocked %d\nsigpipe %s\ndeath %d\ngroup %s\n", input,
                          sigismember (&mask, SIGUSR1), action.sa_handler == SIG_DFL ? "default" : "changed",
                          death_signal, getpgrp () == getpid () ? "own" : "shared");
  g_string_append_printf (text, "given %u %d %d\n", pulsar_identity_get_n_fds (), pulsar_identity_get_fd (0),
                          pulsar_identity_get_fd (pulsar_identity_get_n_fds ()));
  g_string_append_printf (text, "env %s %s %s %s %s\n", g_getenv (PULSAR_IDENTITY_VARIABLE), g_getenv ("NOTIFY_SOCKET"),
                          g_getenv ("LISTEN_FDS"), g_getenv ("TEST_ADDED"), g_getenv ("TEST_REMOVED"));
  g_string_append_printf (text, "again %d\n", pulsar_identity_steal_mailbox ());
  g_string_append_printf (text, "stolen %d", pulsar_identity_steal_fd (0));
  g_string_append_printf (text, " %d\n", pulsar_identity_get_fd (0));
  say ("%s", text->str);
  return 0;
}

static GSubprocess *
start_grandchild (const char *self_path,
                  const char *mode,
                  const char *identity,
                  int         inherited_fd)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr(GError) error = NULL;
  GSubprocess *process;

  if (identity != NULL)
    g_subprocess_launcher_setenv (launcher, PULSAR_IDENTITY_VARIABLE, identity, TRUE);
  if (inherited_fd >= 0)
    g_subprocess_launcher_take_fd (launcher, dup (inherited_fd), 3);
  process = g_subprocess_launcher_spawn (launcher, &error, self_path, mode, NULL);
  g_assert_no_error (error);
  return process;
}

/* What is inherited by what a worker starts: as usual, with the variable from an old copy of the environment, and with a
 * mailbox that somebody made inheritable. */
static int
run_family (const char *self_path)
{
  struct stat info;
  g_autofree char *identity = NULL;

  fstat (mailbox, &info);
  identity = g_strdup_printf ("3:%" G_GUINT64_FORMAT ":0", (guint64) info.st_ino);
  for (int round = 0; round < 3; round++)
    {
      g_autoptr(GSubprocess) process = start_grandchild (self_path, "grandchild", round > 0 ? identity : NULL,
                                                         round > 1 ? mailbox : -1);
      g_autofree char *output = NULL;

      g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, NULL);
      say ("%d %s", g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : -1, output);
    }
  return 0;
}

static int
run_grandchild (void)
{
  g_autoptr(GString) text = g_string_new (NULL);

  list_fds (text);
  printf ("worker %d env %s fds %s\n", pulsar_identity_is_worker (), g_getenv (PULSAR_IDENTITY_VARIABLE), text->str);
  return 0;
}

static void G_GNUC_NORETURN
loop (void)
{
  for (;;)
    G_STMT_START { __asm__ volatile (""); } G_STMT_END;
}

static int
run_worker (int    argc,
            char **argv)
{
  const char *mode = argv[1];
  int number = argc > 2 ? atoi (argv[2]) : 0;

  if (g_str_equal (mode, "unclaimed"))
    return number;

  mailbox = pulsar_identity_steal_mailbox ();
  if (g_str_equal (mode, "exit"))
    return number;
  if (g_str_equal (mode, "disclaim"))
    {
      pulsar_identity_set_claimed (FALSE);
      return number;
    }
  if (g_str_equal (mode, "segv"))
    {
      struct rlimit limit = { 0, 0 };

      setrlimit (RLIMIT_CORE, &limit);
      signal (SIGSEGV, SIG_DFL);
      raise (SIGSEGV);
    }
  if (g_str_equal (mode, "report"))
    return run_report ();
  if (g_str_equal (mode, "family"))
    return run_family (argv[0]);
  if (g_str_equal (mode, "group") || g_str_equal (mode, "orphan-group"))
    {
      g_autoptr(GSubprocess) process = start_grandchild (argv[0], "stubborn", NULL, -1);

      if (g_str_equal (mode, "orphan-group"))
        {
          signal (SIGTERM, SIG_IGN);
          pulsar_lifeline_start (mailbox, G_MAXUINT);
        }
      /* Its first line: it is deaf by now. */
      g_data_input_stream_read_line (g_data_input_stream_new (g_subprocess_get_stdout_pipe (process)), NULL, NULL, NULL);
      say ("%s\n", g_subprocess_get_identifier (process));
      wait_for_eof ();
      while (g_str_equal (mode, "orphan-group") && !pulsar_lifeline_is_orphaned ())
        g_thread_yield ();
      return 0;
    }
  if (g_str_equal (mode, "wait"))
    {
      say ("ready\n");
      wait_for_eof ();
      return 0;
    }
  /* What follows is deaf to the death signal of the main thread: only the lifeline can end it. */
  signal (SIGTERM, SIG_IGN);
  signal (SIGHUP, SIG_IGN);
  pulsar_lifeline_start (mailbox, (guint) number);
  if (g_str_equal (mode, "busy"))
    {
      say ("ready\n");
      loop ();
    }
  if (g_str_equal (mode, "late"))
    {
      /* The time is set when the arbiter is gone already. */
      say ("ready\n");
      wait_for_eof ();
      pulsar_lifeline_renew ();
      pulsar_lifeline_set_timeout (1);
      loop ();
    }
  if (g_str_equal (mode, "released"))
    {
      /* After the stop nothing holds the mailbox, and the end of it is seen on the other side while this goes on. */
      pulsar_lifeline_stop ();
      pulsar_lifeline_stop ();
      close (mailbox);
      pause ();
    }
  return 1;
}

/* "arbiter MODE …": starts a worker in that mode, passes on its first line with its pid, and waits to be killed. */
static int
run_arbiter (char **argv)
{
  g_autoptr(GPtrArray) command = g_ptr_array_new ();
  g_autoptr(PulsarRecipe) recipe = NULL;
  g_autoptr(PulsarChild) child = NULL;
  g_autoptr(GError) error = NULL;
  char line[256] = "";
  int fd;

  g_ptr_array_add (command, argv[0]);
  for (gsize i = 2; argv[i] != NULL; i++)
    g_ptr_array_add (command, argv[i]);
  g_ptr_array_add (command, NULL);
  recipe = pulsar_recipe_new ((const char * const *) command->pdata, &error);
  g_assert_no_error (error);
  child = pulsar_child_spawn (recipe, NULL, 0, NULL, NULL, &fd, &error);
  g_assert_no_error (error);
  if (read (fd, line, sizeof line - 1) <= 0)
    return 1;
  printf ("%d %s", pulsar_child_get_pid (child), line);
  fflush (stdout);
  for (;;)
    pause ();
}

/* Says on the descriptor @out what the first three are. */
static int
run_standard (int out)
{
  for (int fd = 0; fd < 3; fd++)
    {
      g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
      g_autofree char *target = g_file_read_link (path, NULL);

      dprintf (out, "%s\n", target != NULL ? target : "closed");
    }
  return 0;
}

static int
run_start (char **argv)
{
  g_autofree char *arguments = g_strjoinv (" ", argv);
  g_autofree char *directory = NULL;
  g_autofree char *report = NULL;

  /* Relative: were the worker to start where the arbiter is now, this would fail. */
  if (g_strcmp0 (argv[2], "chdir") == 0 && chdir (argv[3]) != 0)
    return 1;
  directory = g_get_current_dir ();
  report = g_strdup_printf ("[%s] in %s", arguments, directory);
  return process_shim_run (report);
}

int
main (int    argc,
      char **argv)
{
  const char *mode = argc > 1 ? argv[1] : "";

  if (g_str_equal (mode, "start"))
    return run_start (argv);
  if (g_str_equal (mode, "grandchild"))
    return run_grandchild ();
  if (g_str_equal (mode, "standard"))
    return run_standard (atoi (argv[2]));
  if (g_str_equal (mode, "stubborn"))
    {
      signal (SIGTERM, SIG_IGN);
      printf ("deaf\n");
      fflush (stdout);
      for (;;)
        pause ();
    }
  if (pulsar_identity_is_worker ())
    return run_worker (argc, argv);
  if (g_str_equal (mode, "arbiter"))
    return run_arbiter (argv);
  return 2;
}
