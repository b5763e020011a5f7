/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test-program.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pulsar-test.h"

typedef struct
{
  GDataInputStream *stream;
  GPtrArray *lines;
  const char *title;
  gboolean ended;
} Output;

struct _TestProgram
{
  GSubprocess *process;
  Output output;
  Output log;
  char *folder;
  int gate_fd;
  gboolean exited;
};

static GHashTable *next_environment;
static const char * const *next_wrapper;
static guint n_programs;

static void read_line (Output *output);

static void
line_read_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Output *output = user_data;
  g_autoptr(GError) error = NULL;
  char *line = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, &error);

  g_assert_no_error (error);
  if (line == NULL)
    {
      output->ended = TRUE;
      return;
    }
  g_test_message ("%s %s", output->title, line);
  g_ptr_array_add (output->lines, line);
  read_line (output);
}

static void
read_line (Output *output)
{
  g_data_input_stream_read_line_async (output->stream, G_PRIORITY_DEFAULT, NULL, line_read_cb, output);
}

static void
open_output (Output       *output,
             GInputStream *stream,
             const char   *title)
{
  output->stream = g_data_input_stream_new (stream);
  output->lines = g_ptr_array_new_with_free_func (g_free);
  output->title = title;
  read_line (output);
}

static void
exited_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  TestProgram *self = user_data;

  g_assert_true (g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL));
  self->exited = TRUE;
}

static void
make_folder (TestProgram *self)
{
  g_autofree char *gate = NULL;

  self->folder = g_dir_make_tmp ("app-XXXXXX", NULL);
  gate = g_build_filename (self->folder, "gate", NULL);
  g_assert_no_errno (mkfifo (gate, 0600));
  self->gate_fd = open (gate, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (self->gate_fd, >=, 0);
}

static void
remove_folder (TestProgram *self)
{
  g_autoptr(GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  close (self->gate_fd);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_unlink (path);
    }
  g_assert_no_errno (g_rmdir (self->folder));
  g_free (self->folder);
}

void
test_program_set_next (const char *variable,
                       const char *value)
{
  if (next_environment == NULL)
    next_environment = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_replace (next_environment, g_strdup (variable), g_strdup (value));
}

static void
set_environment (TestProgram         *self,
                 GSubprocessLauncher *launcher,
                 const char          *main_mode)
{
  GHashTableIter iter;
  gpointer name;
  gpointer value;

  g_subprocess_launcher_setenv (launcher, "G_DEBUG", "fatal-warnings", TRUE);
  g_subprocess_launcher_setenv (launcher, "APP_DIR", self->folder, TRUE);
  if (main_mode != NULL)
    g_subprocess_launcher_setenv (launcher, "APP_MAIN", main_mode, TRUE);
  if (next_environment == NULL)
    return;

  g_hash_table_iter_init (&iter, next_environment);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_subprocess_launcher_setenv (launcher, name, value, TRUE);
  g_clear_pointer (&next_environment, g_hash_table_unref);
}

void
test_program_set_next_wrapper (const char * const *command)
{
  next_wrapper = command;
}

TestProgram *
test_program_start (const char *main_mode,
                    ...)
{
  TestProgram *self = g_new0 (TestProgram, 1);
  g_autoptr(GSubprocessLauncher) launcher = NULL;
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "supervision", "app", NULL);
  g_autoptr(GError) error = NULL;
  va_list args;
  char *argument;

  /* Whoever outlives the arbiter becomes our child, so that it can be seen and does not get lost. */
  g_assert_no_errno (prctl (PR_SET_CHILD_SUBREAPER, 1));
  signal (SIGPIPE, SIG_IGN);

  make_folder (self);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                        | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  set_environment (self, launcher, main_mode);
  for (guint i = 0; next_wrapper != NULL && next_wrapper[i] != NULL; i++)
    g_ptr_array_add (argv, (char *) next_wrapper[i]);
  next_wrapper = NULL;
  g_ptr_array_add (argv, path);
  va_start (args, main_mode);
  while ((argument = va_arg (args, char *)) != NULL)
    g_ptr_array_add (argv, argument);
  va_end (args);
  g_ptr_array_add (argv, NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, (const char * const *) argv->pdata, &error);
  g_assert_no_error (error);

  open_output (&self->output, g_subprocess_get_stdout_pipe (self->process), "<");
  open_output (&self->log, g_subprocess_get_stderr_pipe (self->process), "|");
  g_subprocess_wait_async (self->process, NULL, exited_cb, self);
  n_programs++;
  return self;
}

static gboolean
find_line (Output      *output,
           const char  *pattern,
           guint       *index)
{
  for (*index = 0; *index < output->lines->len; (*index)++)
    {
      if (g_pattern_match_simple (pattern, g_ptr_array_index (output->lines, *index)))
        return TRUE;
    }
  return FALSE;
}

static char *
wait_for_line (Output     *output,
               const char *pattern)
{
  g_autoptr(GSource) deadline = pulsar_test_deadline (pattern, output->title, 0);
  guint index;

  while (!find_line (output, pattern, &index))
    {
      if (output->ended)
        g_error ("the program ended before it wrote: %s", pattern);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_destroy (deadline);
  return g_ptr_array_steal_index (output->lines, index);
}

char *
test_program_wait (TestProgram *self,
                   const char  *pattern)
{
  return wait_for_line (&self->output, pattern);
}

void
test_program_expect (TestProgram *self,
                     const char  *pattern)
{
  g_free (wait_for_line (&self->output, pattern));
}

int
test_program_wait_pid (TestProgram *self,
                       const char  *pattern)
{
  g_autofree char *line = wait_for_line (&self->output, pattern);

  return atoi (strrchr (line, ' ') + 1);
}

guint
test_program_count (TestProgram *self,
                    const char  *pattern)
{
  guint n = 0;

  for (guint i = 0; i < self->output.lines->len; i++)
    n += g_pattern_match_simple (pattern, g_ptr_array_index (self->output.lines, i));
  return n;
}

guint
test_program_find (TestProgram *self,
                   const char  *pattern)
{
  guint index;

  return find_line (&self->output, pattern, &index) ? index : G_MAXUINT;
}

void
test_program_expect_log (TestProgram *self,
                         const char  *pattern)
{
  g_free (wait_for_line (&self->log, pattern));
}

void
test_program_send (TestProgram *self,
                   const char  *format,
                   ...)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  g_autoptr(GError) error = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_test_message ("> %s", text);
  line = g_strconcat (text, "\n", NULL);
  /* A program that has ended meanwhile is no error here. */
  if (!g_output_stream_write_all (g_subprocess_get_stdin_pipe (self->process), line, strlen (line), NULL, NULL, &error))
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
}

void
test_program_open_gate (TestProgram *self,
                        guint        n)
{
  g_assert_cmpuint (n, <=, 8);
  g_assert_cmpint (write (self->gate_fd, "gogogogo", n), ==, (int) n);
}

void
test_program_wait_stopped (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  gboolean stopped = FALSE;

  /* Nobody tells this to who is not the parent. */
  while (!stopped)
    {
      g_autofree char *text = NULL;

      g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      stopped = g_str_has_prefix (strrchr (text, ')'), ") T");
      g_thread_yield ();
    }
}

void
test_program_wait_gone (int pid)
{
  gint64 deadline_us = g_get_monotonic_time () + G_TIME_SPAN_MINUTE;

  while (kill (pid, 0) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_thread_yield ();
    }
}

int
test_program_get_pid (TestProgram *self)
{
  return atoi (g_subprocess_get_identifier (self->process));
}

/* Processes that outlived the arbiter; their output has ended, so that they are ending. */
static guint
reap_orphans (void)
{
  guint n = 0;

  for (;;)
    {
      int pid = waitpid (-1, NULL, 0);

      if (pid > 0)
        n++;
      else if (errno != EINTR)
        return n;
    }
}

static void
check_log (TestProgram *self)
{
  static const char *const patterns[] = {
    "*CRITICAL*", "*WARNING*", "*signal 5*", "*SIGTRAP*", "*trap*", "*Sanitizer*", "*runtime error:*", "*assertion*",
  };

  for (guint i = 0; i < self->log.lines->len; i++)
    {
      const char *line = g_ptr_array_index (self->log.lines, i);

      for (guint k = 0; k < G_N_ELEMENTS (patterns); k++)
        {
          if (g_pattern_match_simple (patterns[k], line))
            g_error ("the program wrote: %s", line);
        }
    }
}

static void
output_clear (Output *output)
{
  g_clear_object (&output->stream);
  g_clear_pointer (&output->lines, g_ptr_array_unref);
}

void
test_program_finish (TestProgram *self,
                     int          status)
{
  guint n_orphans;

  g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);

  /* The end of the output says that no process of the program is left. */
  pulsar_test_wait_for (self->exited);
  pulsar_test_wait_for (self->output.ended && self->log.ended);
  check_log (self);
  if (status < 0)
    {
      g_assert_true (g_subprocess_get_if_signaled (self->process));
      g_assert_cmpint (g_subprocess_get_term_sig (self->process), ==, -status);
    }
  else
    {
      g_assert_true (g_subprocess_get_if_exited (self->process));
      g_assert_cmpint (g_subprocess_get_exit_status (self->process), ==, status);
    }
  g_assert_cmpuint (test_program_count (self, "leak *"), ==, 0);

  /* While another program runs its arbiter is one of our children, too. */
  n_orphans = --n_programs == 0 ? reap_orphans () : 0;
  /* The leak check of a worker is a process of its own, which a signal to the worker leaves behind. */
  if (status >= 0 && !pulsar_test_is_slowed_down ())
    g_assert_cmpuint (n_orphans, ==, 0);

  remove_folder (self);
  output_clear (&self->output);
  output_clear (&self->log);
  g_object_unref (self->process);
  g_free (self);
}

void
test_program_stop (TestProgram *self)
{
  g_subprocess_send_signal (self->process, SIGTERM);
  test_program_finish (self, 0);
}
