/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-process-facts-private.h"
#include "pulsar-glib/process/pulsar-child-private.h"
#include "pulsar-glib/process/pulsar-identity-private.h"
#include "pulsar-test.h"

typedef struct
{
  PulsarChild *child;
  PulsarExitRecord *record;
  int mailbox;
  guint n_exits;
} Fixture;

static char *
get_child_path (void)
{
  return g_test_build_filename (G_TEST_BUILT, "process", "process-child", NULL);
}

static gboolean
is_under_valgrind (void)
{
  const char *preload = g_getenv ("LD_PRELOAD");

  return preload != NULL && strstr (preload, "vgpreload") != NULL;
}

static void
child_exited_cb (PulsarChild      *child,
                 PulsarExitRecord *record,
                 Fixture          *fixture)
{
  g_assert_true (child == fixture->child);
  g_assert_true (record == pulsar_child_get_exit_record (child));
  g_set_object (&fixture->record, record);
  fixture->n_exits++;
}

static PulsarRecipe *
make_recipe (const char *mode,
             const char *argument)
{
  g_autofree char *path = get_child_path ();
  const char *command[] = { path, mode, argument, NULL };
  g_autoptr(GError) error = NULL;
  PulsarRecipe *recipe = pulsar_recipe_new (command, &error);

  g_assert_no_error (error);
  return recipe;
}

static void
start (Fixture            *fixture,
       const char         *mode,
       const char         *argument,
       const int          *fds,
       guint               n_fds,
       const char * const *environment)
{
  g_autoptr(PulsarRecipe) recipe = make_recipe (mode, argument);
  g_autoptr(GError) error = NULL;

  *fixture = (Fixture) { .mailbox = -1 };
  fixture->child = pulsar_child_spawn (recipe, fds, n_fds, NULL, environment, &fixture->mailbox, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->child);
  g_assert_cmpint (pulsar_child_get_pid (fixture->child), >, 0);
  g_assert_cmpint (fcntl (fixture->mailbox, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
  g_signal_connect (fixture->child, "exited", G_CALLBACK (child_exited_cb), fixture);
}

static void
clear (Fixture *fixture)
{
  close (fixture->mailbox);
  g_assert_cmpuint (fixture->n_exits, ==, 1);
  g_clear_object (&fixture->record);
  g_assert_finalize_object (g_steal_pointer (&fixture->child));
}

static char *
read_all (int fd)
{
  GString *text = g_string_new (NULL);
  char buffer[4096];
  gssize length;

  while ((length = read (fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, length);
  return g_string_free (text, FALSE);
}

static char *
read_line (int fd)
{
  GString *text = g_string_new (NULL);
  char byte;

  while (read (fd, &byte, 1) == 1 && byte != '\n')
    g_string_append_c (text, byte);
  return g_string_free (text, FALSE);
}

static void
test_child_exit (void)
{
  static const struct
  {
    const char *mode;
    const char *argument;
    PulsarExitReason reason;
    int code;
    int signal_number;
  } rows[] = {
    { "exit", "0", PULSAR_EXIT_REASON_EXITED, 0, 0 },
    { "exit", "7", PULSAR_EXIT_REASON_EXITED, 7, 0 },
    { "segv", NULL, PULSAR_EXIT_REASON_SIGNALLED, -1, SIGSEGV },
  };

  g_test_summary ("The record says how a child ended: 0, 7, SIGSEGV");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture fixture;

      start (&fixture, rows[i].mode, rows[i].argument, NULL, 0, NULL);
      g_assert_null (pulsar_child_get_exit_record (fixture.child));
      pulsar_test_wait_for (fixture.record != NULL);
      g_assert_cmpint (pulsar_exit_record_get_pid (fixture.record), ==, pulsar_child_get_pid (fixture.child));
      g_assert_cmpint (pulsar_exit_record_get_reason (fixture.record), ==, rows[i].reason);
      g_assert_cmpint (pulsar_exit_record_get_code (fixture.record), ==, rows[i].code);
      g_assert_cmpint (pulsar_exit_record_get_signal_number (fixture.record), ==, rows[i].signal_number);
      g_assert_cmpint (pulsar_exit_record_get_started (fixture.record), ==, pulsar_child_get_started (fixture.child));
      g_assert_cmpint (pulsar_exit_record_get_ended (fixture.record), >, pulsar_child_get_started (fixture.child));
      clear (&fixture);
    }
}

static void
test_child_kill (void)
{
  Fixture fixture;
  g_autofree char *line = NULL;

  g_test_summary ("A child is killed, signalled once more without effect, and its end is told once");
  start (&fixture, "wait", NULL, NULL, 0, NULL);
  line = read_line (fixture.mailbox);
  g_assert_cmpstr (line, ==, "ready");
  pulsar_child_signal (fixture.child, SIGKILL);
  pulsar_test_wait_for (fixture.record != NULL);
  g_assert_cmpint (pulsar_exit_record_get_reason (fixture.record), ==, PULSAR_EXIT_REASON_SIGNALLED);
  g_assert_cmpint (pulsar_exit_record_get_signal_number (fixture.record), ==, SIGKILL);
  pulsar_child_signal (fixture.child, SIGKILL);
  clear (&fixture);
}

static void
test_child_kill_at_once (void)
{
  g_test_summary ("A signal sent right after the spawn, before the child ran, reaches it");
  for (guint i = 0; i < 20; i++)
    {
      Fixture fixture;

      start (&fixture, "wait", NULL, NULL, 0, NULL);
      pulsar_child_signal (fixture.child, SIGTERM);
      pulsar_test_wait_for (fixture.record != NULL);
      g_assert_cmpint (pulsar_exit_record_get_signal_number (fixture.record), ==, SIGTERM);
      clear (&fixture);
    }
}

static void
test_child_expect (void)
{
  static const PulsarExitReason reasons[] = {
    PULSAR_EXIT_REASON_STOPPED, PULSAR_EXIT_REASON_KILLED_TIMEOUT, PULSAR_EXIT_REASON_KILLED_START,
    PULSAR_EXIT_REASON_OOM,
  };

  g_test_summary ("An end that was asked for bears the reason it was asked for");
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      Fixture fixture;

      start (&fixture, "wait", NULL, NULL, 0, NULL);
      pulsar_child_expect (fixture.child, reasons[i]);
      pulsar_child_signal (fixture.child, SIGKILL);
      pulsar_test_wait_for (fixture.record != NULL);
      g_assert_cmpint (pulsar_exit_record_get_reason (fixture.record), ==, reasons[i]);
      g_assert_cmpint (pulsar_exit_record_get_signal_number (fixture.record), ==, SIGKILL);
      clear (&fixture);
    }
}

static void
test_child_wrapper (void)
{
  g_test_summary ("Signals for a worker under a wrapper reach it in a group of its own, and it does not outlive the wrapper");
  if (is_under_valgrind ())
    {
      g_test_skip ("needs a pidfd, which valgrind does not have");
      return;
    }
  for (guint i = 0; i < 2; i++)
    {
      Fixture wrapper, worker;
      guint n_fds = pulsar_test_count_fds ();
      int pid;

      start (&worker, "wait", NULL, NULL, 0, NULL);
      start (&wrapper, "wait", NULL, NULL, 0, NULL);
      pid = pulsar_child_get_pid (wrapper.child);
      g_assert_false (pulsar_child_set_worker_pid (wrapper.child, 0));
      g_assert_false (pulsar_child_set_worker_pid (wrapper.child, pid));
      g_assert_true (pulsar_child_set_worker_pid (wrapper.child, pulsar_child_get_pid (worker.child)));
      g_assert_false (pulsar_child_set_worker_pid (wrapper.child, pulsar_child_get_pid (worker.child)));
      g_assert_cmpint (pulsar_child_get_pid (wrapper.child), ==, pulsar_child_get_pid (worker.child));

      if (i == 0)
        pulsar_child_signal (wrapper.child, SIGTERM);
      else
        kill (pid, SIGTERM);
      pulsar_test_wait_for (wrapper.record != NULL && worker.record != NULL);
      g_assert_cmpint (pulsar_exit_record_get_pid (wrapper.record), ==, pulsar_child_get_pid (worker.child));
      g_assert_cmpint (pulsar_exit_record_get_signal_number (wrapper.record), ==, SIGTERM);
      g_assert_cmpint (pulsar_exit_record_get_signal_number (worker.record), ==, i == 0 ? SIGTERM : SIGKILL);
      g_assert_false (pulsar_child_set_worker_pid (wrapper.child, 1));
      clear (&wrapper);
      clear (&worker);
      g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
    }
}

static void
test_child_lost (void)
{
  Fixture fixture;

  g_test_summary ("A child somebody else reaped is lost, without noise");
  start (&fixture, "exit", "7", NULL, 0, NULL);
  g_assert_cmpint (waitpid (pulsar_child_get_pid (fixture.child), NULL, 0), ==, pulsar_child_get_pid (fixture.child));
  pulsar_test_wait_for (fixture.record != NULL);
  g_assert_cmpint (pulsar_exit_record_get_reason (fixture.record), ==, PULSAR_EXIT_REASON_LOST);
  g_assert_cmpint (pulsar_exit_record_get_code (fixture.record), ==, -1);
  clear (&fixture);
}

static void
test_child_kept_alive (void)
{
  g_autoptr(PulsarRecipe) recipe = make_recipe ("wait", NULL);
  g_autoptr(GError) error = NULL;
  gpointer weak;
  int mailbox;

  g_test_summary ("A running child keeps its object; its end drops it");
  weak = pulsar_child_spawn (recipe, NULL, 0, NULL, NULL, &mailbox, &error);
  g_assert_no_error (error);
  g_object_add_weak_pointer (weak, &weak);
  g_object_unref (weak);
  g_assert_nonnull (weak);
  close (mailbox);  /* end of file ends it */
  pulsar_test_wait_for (weak == NULL);
}

static void
test_child_context (void)
{
  g_autoptr(GMainContext) context = g_main_context_new ();
  Fixture fixture;

  g_test_summary ("The end is told in the context that was the default one at the spawn");
  g_main_context_push_thread_default (context);
  start (&fixture, "exit", "0", NULL, 0, NULL);
  pulsar_test_wait_for (fixture.record != NULL);
  g_main_context_pop_thread_default (context);
  clear (&fixture);
}

static void
test_child_inherits (void)
{
  const char *environment[] = { "TEST_ADDED=with=sign", "TEST_REMOVED", NULL };
  g_autofree char *report = NULL;
  struct stat info;
  Fixture fixture;
  int leaked, given[2], low, high;
  sigset_t blocked;

  g_test_summary ("A child has its mailbox, what it was given, and nothing else; a clean signal state; a group of its own");
  leaked = dup (STDOUT_FILENO);  /* inheritable: by no will of ours */
  g_assert_true (g_unix_open_pipe (given, 0, NULL));
  /* One is where the mailbox of the child will be, the other one high up. */
  low = given[0];
  high = fcntl (given[1], F_DUPFD, 100);
  g_assert_cmpint (fstat (low, &info), ==, 0);
  g_setenv ("NOTIFY_SOCKET", "/run/nobody", TRUE);
  g_setenv ("LISTEN_FDS", "1", TRUE);
  g_setenv ("TEST_REMOVED", "1", TRUE);
  sigemptyset (&blocked);
  sigaddset (&blocked, SIGUSR1);
  sigprocmask (SIG_BLOCK, &blocked, NULL);
  signal (SIGPIPE, SIG_IGN);

  start (&fixture, "report", NULL, (int[]) { high, low, 1 }, 3, environment);
  report = read_all (fixture.mailbox);
  g_assert_cmpstr (report, ==,
                   "fds 0,1,2,3,4,5,6\n"
                   "input /dev/null\n"
                   "blocked 0\n"
                   "sigpipe default\n"
                   "death 15\n"
                   "group own\n"
                   "given 3 4 -1\n"
                   "env (null) (null) (null) with=sign (null)\n"
                   "again -1\n"
                   "stolen 4 -1\n");
  pulsar_test_wait_for (fixture.record != NULL);
  g_assert_cmpint (pulsar_exit_record_get_code (fixture.record), ==, 0);
  g_assert_cmpint (fcntl (low, F_GETFD), ==, 0);  /* ours are as they were */

  sigprocmask (SIG_UNBLOCK, &blocked, NULL);
  signal (SIGPIPE, SIG_DFL);
  close (leaked);
  close (given[0]);
  close (given[1]);
  close (high);
  clear (&fixture);
}

static void
test_child_group (void)
{
  Fixture fixture;

  g_test_summary ("What a child started and left behind is gone when its end is told");
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *line = NULL;
      int grandchild, status;

      start (&fixture, "group", NULL, NULL, 0, NULL);
      line = read_line (fixture.mailbox);
      grandchild = atoi (line);
      g_assert_cmpint (grandchild, >, 0);

      if (i == 0)
        pulsar_child_signal (fixture.child, SIGKILL);  /* the whole group */
      else
        kill (pulsar_child_get_pid (fixture.child), SIGSEGV);  /* the child only, as if it had crashed */
      pulsar_test_wait_for (fixture.record != NULL);
      /* It is ours to reap, since this process is a subreaper. */
      g_assert_cmpint (waitpid (grandchild, &status, 0), ==, grandchild);
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
      clear (&fixture);
    }
}

static char *
make_file (const char *text,
           guint       mode)
{
  char *path = NULL;
  int fd = g_file_open_tmp ("process-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  fchmod (fd, (mode_t) mode);
  close (fd);
  return path;
}

static void
assert_errors (void)
{
  g_autofree char *no_program = make_file ("neither ELF nor script", 0755);
  g_autofree char *not_executable = make_file ("x", 0644);
  g_autofree char *busy = make_file ("\177ELF", 0755);
  const struct
  {
    const char *path;
    GSpawnError code;
    gboolean temporary;
    const char *words;
  } rows[] = {
    { "/nonexistent/program", G_SPAWN_ERROR_NOENT, FALSE, "No such file" },
    { not_executable, G_SPAWN_ERROR_ACCES, FALSE, "Permission denied" },
    { no_program, G_SPAWN_ERROR_NOEXEC, FALSE, "Exec format error" },
    { busy, G_SPAWN_ERROR_TXTBUSY, TRUE, "Text file busy" },
  };
  int writer;

  writer = open (busy, O_WRONLY | O_CLOEXEC);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *command[] = { rows[i].path, "x", NULL };
      g_autoptr(GError) error = NULL;
      g_autoptr(PulsarRecipe) recipe = pulsar_recipe_new (command, &error);
      guint n_fds = pulsar_test_count_fds ();
      int mailbox = -1;

      g_assert_no_error (error);
      g_assert_null (pulsar_child_spawn (recipe, NULL, 0, NULL, NULL, &mailbox, &error));
      g_assert_error (error, G_SPAWN_ERROR, (int) rows[i].code);
      g_assert_nonnull (strstr (error->message, rows[i].path));
      g_assert_nonnull (strstr (error->message, rows[i].words));
      g_assert_true (pulsar_child_error_is_temporary (error) == rows[i].temporary);
      g_assert_cmpint (mailbox, ==, -1);
      g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
    }
  close (writer);
  g_unlink (no_program);
  g_unlink (not_executable);
  g_unlink (busy);
}

static void
test_child_errors (void)
{
  g_test_summary ("What cannot be executed is an error that names the program and the reason, and says whether to try again");
  if (is_under_valgrind ())
    g_test_skip ("valgrind does not pass on the error of posix_spawn ()");
  else
    assert_errors ();
}

static void
test_child_too_many_descriptors (void)
{
  g_autoptr(PulsarRecipe) recipe = make_recipe ("wait", NULL);
  g_autofree int *fds = g_new0 (int, PULSAR_IDENTITY_MAX_FDS + 1);
  g_autoptr(PulsarChild) child = NULL;
  g_autoptr(GError) error = NULL;
  int mailbox = -1;

  g_test_summary ("More descriptors than a worker can be given are an error, which does not go away");
  child = pulsar_child_spawn (recipe, fds, PULSAR_IDENTITY_MAX_FDS + 1, NULL, NULL, &mailbox, &error);
  g_assert_null (child);
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_START);
  g_assert_false (pulsar_child_error_is_temporary (error));
  g_assert_cmpint (mailbox, ==, -1);
}

static gpointer
spawn_thread (gpointer data)
{
  g_autoptr(PulsarRecipe) recipe = make_recipe ("wait", NULL);
  int mailbox = -1;

  g_assert_null (pulsar_child_spawn (recipe, NULL, 0, NULL, NULL, &mailbox, data));
  g_assert_cmpint (mailbox, ==, -1);
  return NULL;
}

static void
test_child_other_thread (void)
{
  g_autoptr(GError) error = NULL;

  g_test_summary ("A thread other than the main one cannot start a worker: it would die with the thread");
  g_thread_join (g_thread_new ("spawn", spawn_thread, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_PREPARED);
}

static void
test_child_no_descriptors (void)
{
  g_autoptr(PulsarRecipe) recipe = make_recipe ("wait", NULL);
  guint n_fds = pulsar_test_count_fds ();

  g_test_summary ("Wherever descriptors run out, the error is a temporary one and nothing is left");
  if (is_under_valgrind ())
    {
      g_test_skip ("valgrind has limits of its own");
      return;
    }

  for (guint n_free = 0; n_free < 4; n_free++)
    {
      g_autoptr(GArray) taken = g_array_new (FALSE, FALSE, sizeof (int));
      g_autoptr(PulsarChild) child = NULL;
      g_autoptr(GError) error = NULL;
      int mailbox = -1, fd;

      while ((fd = fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
        g_array_append_val (taken, fd);
      for (guint i = 0; i < n_free; i++)
        close (g_array_index (taken, int, taken->len - 1 - i));
      child = pulsar_child_spawn (recipe, NULL, 0, NULL, NULL, &mailbox, &error);
      for (guint i = 0; i < taken->len - n_free; i++)
        close (g_array_index (taken, int, i));

      if (child == NULL)
        {
          g_assert_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_MFILE);
          g_assert_true (pulsar_child_error_is_temporary (error));
        }
      else
        {
          close (mailbox);
          pulsar_test_wait_for (pulsar_child_get_exit_record (child) != NULL);
        }
      g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
    }
}

static void
test_child_traced (void)
{
  g_autofree char *strace = g_find_program_in_path ("strace");
  g_autofree char *path = get_child_path ();
  g_autofree char *trace = NULL;
  g_autofree char *log = NULL;
  g_autofree char *output = NULL;
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr(GSubprocess) process = NULL;
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) lines = NULL;
  guint n_spawns = 0;
  int fd;

  g_test_summary ("A worker is made by a call that shares the memory of the parent, and by no other");
  if (strace == NULL || is_under_valgrind ())
    {
      g_test_skip ("needs strace, and no valgrind");
      return;
    }

  fd = g_file_open_tmp ("strace-XXXXXX", &log, NULL);
  close (fd);
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", "detect_leaks=0", TRUE);  /* no ptrace under ptrace */
  process = g_subprocess_launcher_spawn (launcher, &error, strace, "-f", "-q", "-e", "trace=fork,vfork,clone,clone3",
                                         "-o", log, path, "start", NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (log, &trace, NULL, NULL));
  g_unlink (log);
  g_free (log);
  log = NULL;
  if (output == NULL || strstr (output, "worker") == NULL)
    {
      g_test_skip ("strace may not trace here");
      return;
    }

  lines = g_strsplit (trace, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    {
      /* Threads, resumed second halves of lines, signals and ends do not count. */
      if (strstr (lines[i], "CLONE_THREAD") != NULL || strstr (lines[i], "resumed>") != NULL ||
          strstr (lines[i], "+++") != NULL || strstr (lines[i], "---") != NULL || *lines[i] == '\0')
        continue;
      g_assert_nonnull (strstr (lines[i], "CLONE_VFORK"));
      g_assert_nonnull (strstr (lines[i], "CLONE_VM"));
      n_spawns++;
    }
  g_assert_cmpuint (n_spawns, ==, 1);
}

static void
test_child_no_process (void)
{
  static const struct
  {
    const char *name;
    GSpawnError code;
  } rows[] = {
    { "EAGAIN", G_SPAWN_ERROR_FORK },
    { "ENOMEM", G_SPAWN_ERROR_NOMEM },
  };
  g_autofree char *strace = g_find_program_in_path ("strace");
  g_autofree char *path = get_child_path ();

  g_test_summary ("A kernel that gives no process makes a temporary error");
  if (strace == NULL || is_under_valgrind ())
    {
      g_test_skip ("needs strace, and no valgrind");
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *inject = g_strdup_printf ("inject=clone,clone3,vfork:error=%s", rows[i].name);
      g_autofree char *expected = g_strdup_printf ("error g-exec-error-quark %d 1 ", (int) rows[i].code);
      g_autofree char *output = NULL;
      g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
      g_autoptr(GSubprocess) process = NULL;

      g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", "detect_leaks=0", TRUE);
      process = g_subprocess_launcher_spawn (launcher, NULL, strace, "-f", "-q", "-e", inject, path, "start", NULL);
      g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, NULL);
      if (*output == '\0')
        {
          g_test_skip ("strace may not trace here");
          return;
        }
      g_assert_true (g_str_has_prefix (output, expected));
      g_assert_nonnull (strstr (output, path));
    }
}

static void
test_child_no_pidfd (void)
{
  g_autofree char *strace = g_find_program_in_path ("strace");
  g_autofree char *path = get_child_path ();
  g_autofree char *output = NULL;
  g_autoptr(GSubprocessLauncher) launcher =
    g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr(GSubprocess) process = NULL;

  g_test_summary ("Where the kernel has no pidfd the end of a child is told all the same");
  if (strace == NULL || is_under_valgrind ())
    {
      g_test_skip ("needs strace; under valgrind every test shows it");
      return;
    }

  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", "detect_leaks=0", TRUE);
  process = g_subprocess_launcher_spawn (launcher, NULL, strace, "-f", "-q", "-e", "inject=pidfd_open:error=ENOSYS",
                                         path, "start", NULL);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, NULL);
  if (*output == '\0')
    {
      g_test_skip ("strace may not trace here");
      return;
    }
  g_assert_nonnull (strstr (output, "\nworker "));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
}

static int
compare_times (gconstpointer a,
               gconstpointer b)
{
  double difference = *(const double *) a - *(const double *) b;

  return difference < 0 ? -1 : difference > 0;
}

static void
test_child_speed (void)
{
  double spawn[101], death[101];
  guint n_fds = pulsar_test_count_fds ();

  g_test_summary ("Spawn to first word and kill to told end, measured; nothing is left of a hundred children");
  for (guint i = 0; i < G_N_ELEMENTS (spawn); i++)
    {
      Fixture fixture;
      gint64 begin = g_get_monotonic_time ();
      g_autofree char *line = NULL;

      start (&fixture, "wait", NULL, NULL, 0, NULL);
      line = read_line (fixture.mailbox);
      spawn[i] = (double) (g_get_monotonic_time () - begin);
      begin = g_get_monotonic_time ();
      pulsar_child_signal (fixture.child, SIGKILL);
      pulsar_test_wait_for (fixture.record != NULL);
      death[i] = (double) (pulsar_exit_record_get_ended (fixture.record) - begin);
      clear (&fixture);
    }
  qsort (spawn, G_N_ELEMENTS (spawn), sizeof *spawn, compare_times);
  qsort (death, G_N_ELEMENTS (death), sizeof *death, compare_times);
  g_test_minimized_result (spawn[50], "spawn to first word: %.0f µs median, %.0f µs p99", spawn[50], spawn[99]);
  g_test_minimized_result (death[50], "kill to told end: %.0f µs median, %.0f µs p99", death[50], death[99]);
  g_assert_cmpuint (pulsar_test_count_fds (), ==, n_fds);
  g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, -1);
}

static void
test_child_facts (void)
{
  PulsarProcessFacts facts;
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) children = NULL;
  g_autofree char *line = NULL;
  Fixture fixture;
  guint64 pss;
  guint n_fds;
  int pid;
  gboolean found = FALSE;

  g_test_summary ("What /proc tells of a child agrees with what is known of it, and a process that is gone is an error");
  start (&fixture, "wait", NULL, NULL, 0, NULL);
  line = read_line (fixture.mailbox);
  pid = pulsar_child_get_pid (fixture.child);
  g_assert_true (pulsar_process_facts_read (&facts, pid, &error));
  g_assert_cmpint (facts.parent_pid, ==, getpid ());
  g_assert_cmpint (facts.group, ==, pid);
  g_assert_cmpuint (facts.rss, >, 100 * 1024);
  g_assert_cmpuint (facts.n_threads, >=, 1);
  g_assert_cmpfloat (facts.cpu_seconds, >=, 0.0);
  g_assert_cmpint (facts.uptime, >=, -20 * 1000);  /* /proc counts ticks */
  g_assert_cmpint (facts.uptime, <, 600 * G_USEC_PER_SEC);
  g_assert_true (pulsar_process_read_pss (pid, &pss, &error));
  g_assert_cmpuint (pss, >, 0);
  g_assert_true (pulsar_process_count_fds (pid, &n_fds, &error));
  if (!is_under_valgrind ())
    g_assert_cmpuint (n_fds, ==, 4);
  g_test_message ("child: rss %" G_GUINT64_FORMAT " KiB, pss %" G_GUINT64_FORMAT " KiB", facts.rss / 1024, pss / 1024);

  children = pulsar_process_list_children (0, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < children->len; i++)
    found = found || g_array_index (children, int, i) == pid;
  g_assert_true (found);

  g_assert_true (pulsar_process_facts_read (&facts, 0, &error));
  g_assert_cmpint (facts.parent_pid, ==, getppid ());
  g_assert_true (pulsar_process_read_pss (0, &pss, &error));
  g_assert_true (pulsar_process_count_fds (0, &n_fds, &error));
  g_assert_cmpuint (n_fds, ==, pulsar_test_count_fds ());

  pulsar_child_signal (fixture.child, SIGKILL);
  pulsar_test_wait_for (fixture.record != NULL);
  g_assert_false (pulsar_process_facts_read (&facts, pid, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (pulsar_process_read_pss (pid, &pss, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (pulsar_process_count_fds (pid, &n_fds, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (pulsar_process_list_children (pid, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  clear (&fixture);
}

int
main (int   argc,
      char *argv[])
{
  struct rlimit limit = { 512, 512 };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  setrlimit (RLIMIT_NOFILE, &limit);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  g_test_add_func ("/child/exit", test_child_exit);
  g_test_add_func ("/child/kill", test_child_kill);
  g_test_add_func ("/child/kill-at-once", test_child_kill_at_once);
  g_test_add_func ("/child/expect", test_child_expect);
  g_test_add_func ("/child/wrapper", test_child_wrapper);
  g_test_add_func ("/child/lost", test_child_lost);
  g_test_add_func ("/child/kept-alive", test_child_kept_alive);
  g_test_add_func ("/child/context", test_child_context);
  g_test_add_func ("/child/inherits", test_child_inherits);
  g_test_add_func ("/child/group", test_child_group);
  g_test_add_func ("/child/errors", test_child_errors);
  g_test_add_func ("/child/no-descriptors", test_child_no_descriptors);
  g_test_add_func ("/child/too-many-descriptors", test_child_too_many_descriptors);
  g_test_add_func ("/child/other-thread", test_child_other_thread);
  g_test_add_func ("/child/traced", test_child_traced);
  g_test_add_func ("/child/no-process", test_child_no_process);
  g_test_add_func ("/child/no-pidfd", test_child_no_pidfd);
  g_test_add_func ("/child/facts", test_child_facts);
  g_test_add_func ("/child/speed", test_child_speed);
  return g_test_run ();
}
