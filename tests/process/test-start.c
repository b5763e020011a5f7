/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "pulsar-test.h"

/* A program cannot be loaded into an interpreter that was built without the sanitizer. */
#if defined (__SANITIZE_ADDRESS__) || defined (__SANITIZE_THREAD__)
# define HAVE_SANITIZER 1
#elif defined (__has_feature)
# if __has_feature (address_sanitizer) || __has_feature (thread_sanitizer)
#  define HAVE_SANITIZER 1
# endif
#endif

/* The folder of one test: helper, helper-link, script.py, there/ and there/script-link.py */
typedef struct
{
  char *folder;
} Fixture;

static char *
get_helper (void)
{
  return g_test_build_filename (G_TEST_BUILT, "process", "process-child", NULL);
}

static char *
get_path (Fixture    *fixture,
          const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static void
copy (const char *from,
      const char *to)
{
  g_autoptr(GFile) source = g_file_new_for_path (from);
  g_autoptr(GFile) target = g_file_new_for_path (to);
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_copy (source, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *temporary = g_dir_make_tmp ("start-XXXXXX", NULL);
  g_autofree char *helper = get_helper ();
  g_autofree char *script = g_test_build_filename (G_TEST_DIST, "child", "process-start.py", NULL);
  g_autofree char *copied = NULL, *link = NULL, *copied_script = NULL, *there = NULL, *script_link = NULL;

  fixture->folder = g_steal_pointer (&temporary);
  copied = get_path (fixture, "helper");
  link = get_path (fixture, "helper-link");
  copied_script = get_path (fixture, "script.py");
  there = get_path (fixture, "there");
  script_link = get_path (fixture, "there/script-link.py");
  copy (helper, copied);
  copy (script, copied_script);
  g_assert_cmpint (symlink ("helper", link), ==, 0);
  g_assert_cmpint (g_mkdir (there, 0700), ==, 0);
  g_assert_cmpint (symlink ("../script.py", script_link), ==, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  static const char * const names[] = {
    "there/script-link.py", "there", "helper", "helper-new", "helper-link", "script.py", "",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = get_path (fixture, names[i]);

      g_remove (path);
    }
  g_assert_false (g_file_test (fixture->folder, G_FILE_TEST_EXISTS));
  g_free (fixture->folder);
}

static GSubprocess *
launch (Fixture            *fixture,
        const char * const *argv,
        gboolean            wait)
{
  g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new (
    G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_SEARCH_PATH_FROM_ENVP);
  g_autofree char *search_path = g_strdup_printf ("%s:%s", fixture->folder, g_getenv ("PATH"));
  g_autofree char *shim = g_test_build_filename (G_TEST_BUILT, "process", "libprocess-shim.so", NULL);
  g_autoptr(GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_set_cwd (launcher, fixture->folder);
  g_subprocess_launcher_setenv (launcher, "PATH", search_path, TRUE);
  g_subprocess_launcher_setenv (launcher, "PWD", fixture->folder, TRUE);
  g_subprocess_launcher_setenv (launcher, "PULSAR_TEST_SHIM", shim, TRUE);
  if (wait)
    g_subprocess_launcher_setenv (launcher, "PULSAR_TEST_WAIT", "1", TRUE);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  return process;
}

static char *
finish (GSubprocess *process,
        const char  *input,
        int          status)
{
  g_autofree char *output = NULL;
  g_autoptr(GError) error = NULL;

  g_subprocess_communicate_utf8 (process, input, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s", output);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, status);
  return g_steal_pointer (&output);
}

/* Arbiter and worker must say the same, and @words must be in it. */
static void
assert_same (const char *output,
             const char *words)
{
  g_auto(GStrv) lines = g_strsplit (output, "\n", -1);
  guint first = g_strcmp0 (lines[0], "waiting") == 0 ? 1 : 0;

  g_assert_true (g_str_has_prefix (lines[first], "arbiter "));
  g_assert_nonnull (lines[first + 1]);
  g_assert_true (g_str_has_prefix (lines[first + 1], "worker "));
  g_assert_cmpstr (lines[first] + strlen ("arbiter "), ==, lines[first + 1] + strlen ("worker "));
  g_assert_nonnull (strstr (lines[first], words));
}

static void
test_start_program (Fixture       *fixture,
                    gconstpointer  data)
{
  g_autofree char *absolute = get_path (fixture, "helper");
  g_autofree char *link = get_path (fixture, "helper-link");
  const char *rows[][5] = {
    { absolute, "start" },
    { "./helper", "start" },
    { "there/../helper", "start" },
    { "helper", "start" },
    { link, "start" },
    { "./helper-link", "start", "x" },
    { "./helper", "start", "chdir", "there" },
    { "helper", "start", "chdir", "there" },
    { absolute, "start", "chdir", "/" },
  };

  g_test_summary ("A C program, started in each way, starts a worker with the same arguments that ends up in the same place");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GSubprocess) process = launch (fixture, rows[i], FALSE);
      g_autofree char *output = finish (process, NULL, 0);
      g_autofree char *words = g_strdup_printf ("[%s start", rows[i][0]);

      assert_same (output, words);
    }
}

static void
wait_for_start (GSubprocess *process)
{
  char line[8];
  gsize n_read;

  g_assert_true (g_input_stream_read_all (g_subprocess_get_stdout_pipe (process), line, sizeof line, &n_read, NULL, NULL));
  g_assert_cmpmem (line, n_read, "waiting\n", 8);
}

static void
test_start_replaced (Fixture       *fixture,
                     gconstpointer  data)
{
  const char *argv[] = { "./helper", "start", NULL };
  g_autofree char *helper = get_path (fixture, "helper");
  g_autofree char *fresh = get_path (fixture, "helper-new");
  g_autoptr(GSubprocess) replaced = launch (fixture, argv, TRUE);
  g_autoptr(GSubprocess) removed = NULL;
  g_autofree char *output = NULL;
  g_autofree char *refusal = NULL;

  g_test_summary ("A program that was replaced while it runs starts the new one; one that was removed is refused");
  wait_for_start (replaced);
  copy (helper, fresh);
  g_assert_cmpint (g_rename (fresh, helper), ==, 0);
  output = finish (replaced, "x", 0);
  assert_same (output, "start");

  removed = launch (fixture, argv, TRUE);
  wait_for_start (removed);
  g_unlink (helper);
  refusal = finish (removed, "x", 70);
  g_assert_true (g_str_has_prefix (refusal, "error pulsar-error-quark"));
  g_assert_nonnull (strstr (refusal, "no longer exists"));
}

static gboolean
skip_python (void)
{
  g_autofree char *python = g_find_program_in_path ("python3");

#ifdef HAVE_SANITIZER
  g_test_skip ("python3 cannot load a library that was built with a sanitizer");
  return TRUE;
#endif
  if (python != NULL)
    return FALSE;
  g_test_skip ("needs python3");
  return TRUE;
}

static void
test_start_python (Fixture       *fixture,
                   gconstpointer  data)
{
  g_autofree char *absolute = get_path (fixture, "script.py");
  const char *rows[][7] = {
    { "python3", "script.py" },
    { "python3", "-u", "-X", "dev", "./script.py" },
    { "python3", absolute },
    { "python3", "there/script-link.py" },
    { "python3", "script.py", "late", "there" },
    { "python3", "script.py", "early", "there" },
    { "python3", "-c", "import sys; sys.argv[1:] = []; exec (open ('script.py').read ())" },
    { "env", "python3", "script.py" },
  };

  g_test_summary ("A Python script starts a worker with the same arguments, place and prefix, also when it changes its directory");
  if (skip_python ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *argv[8] = { NULL };
      g_autoptr(GSubprocess) process = NULL;
      g_autofree char *output = NULL;

      memcpy (argv, rows[i], sizeof rows[i]);
      process = launch (fixture, argv, FALSE);
      output = finish (process, NULL, 0);
      assert_same (output, "prefix");
    }
}

static void
test_start_python_refused (Fixture       *fixture,
                           gconstpointer  data)
{
  const char *from_input[] = { "python3", "-", NULL };
  const char *from_nothing[] = { "python3", NULL };
  const char *from_file[] = { "python3", "script.py", NULL };
  g_autofree char *script = get_path (fixture, "script.py");
  g_autofree char *text = NULL;
  g_autoptr(GSubprocess) dash = NULL, none = NULL, removed = NULL;
  g_autofree char *of_dash = NULL, *of_none = NULL, *of_removed = NULL;

  g_test_summary ("A Python script from standard input, or one that was removed, is refused");
  if (skip_python ())
    return;

  g_assert_true (g_file_get_contents (script, &text, NULL, NULL));
  dash = launch (fixture, from_input, FALSE);
  of_dash = finish (dash, text, 70);
  g_assert_true (g_str_has_prefix (of_dash, "error pulsar-error-quark"));
  g_assert_nonnull (strstr (of_dash, "standard input"));
  none = launch (fixture, from_nothing, FALSE);
  of_none = finish (none, text, 70);
  g_assert_nonnull (strstr (of_none, "standard input"));

  removed = launch (fixture, from_file, TRUE);
  wait_for_start (removed);
  g_unlink (script);
  of_removed = finish (removed, "x", 70);
  g_assert_nonnull (strstr (of_removed, "script.py” no longer exists"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/start/program", test_start_program);
  ADD ("/start/replaced", test_start_replaced);
  ADD ("/start/python", test_start_python);
  ADD ("/start/python-refused", test_start_python_refused);
  return g_test_run ();
}
