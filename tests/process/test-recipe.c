/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pulsar-glib/pulsar.h>

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pulsar-glib/process/pulsar-recipe-private.h"

typedef struct
{
  char *folder;    /* (owned) with bin/python3.11, bin/gjs-console, bin/app (and a link bin/app-link), start/script.py */
  char *bin;       /* (owned) */
  char *start;     /* (owned) */
  char *python;    /* (owned) */
  char *gjs;       /* (owned) */
  char *app;       /* (owned) */
} Fixture;

static char *
make_file (const char *folder,
           const char *name,
           guint       mode)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, name, -1, NULL));
  g_assert_cmpint (g_chmod (path, (int) mode), ==, 0);
  return path;
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autofree char *link = NULL;
  g_autofree char *python_link = NULL;
  g_autofree char *folder = g_dir_make_tmp ("recipe-XXXXXX", NULL);

  fixture->folder = g_canonicalize_filename (folder, NULL);
  fixture->bin = g_build_filename (folder, "bin", NULL);
  fixture->start = g_build_filename (folder, "start", NULL);
  g_assert_cmpint (g_mkdir (fixture->bin, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (fixture->start, 0700), ==, 0);
  fixture->python = make_file (fixture->bin, "python3.11", 0755);
  fixture->gjs = make_file (fixture->bin, "gjs-console", 0755);
  fixture->app = make_file (fixture->bin, "app", 0755);
  g_free (make_file (fixture->start, "script.py", 0644));
  link = g_build_filename (fixture->bin, "app-link", NULL);
  g_assert_cmpint (symlink ("app", link), ==, 0);
  python_link = g_build_filename (fixture->bin, "python3", NULL);
  g_assert_cmpint (symlink ("python3.11", python_link), ==, 0);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  static const char * const names[] = {
    "bin/python3.11", "bin/python3", "bin/gjs-console", "bin/app", "bin/app-link", "bin/app-old", "bin/python-watcher",
    "start/script.py", "start/fifo", "start", "bin", "",
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);

      g_remove (path);
    }
  g_assert_false (g_file_test (fixture->folder, G_FILE_TEST_EXISTS));
  g_free (fixture->folder);
  g_free (fixture->bin);
  g_free (fixture->start);
  g_free (fixture->python);
  g_free (fixture->gjs);
  g_free (fixture->app);
}

/* A program started in start/ with bin/ in its search path. */
static PulsarRecipe *
cook (Fixture     *fixture,
      const char  *program,
      const char  *line,
      GError     **error)
{
  g_auto(GStrv) argv = g_strsplit (line, " ", -1);
  PulsarRecipeStart start = {
    .argv = (const char * const *) argv,
    .directory = fixture->start,
    .program = program,
    .execfn = program,
    .search_path = fixture->bin,
    .input_is_terminal = TRUE,
  };

  return pulsar_recipe_new_for_start (&start, NULL, error);
}

static void
assert_program (PulsarRecipe *recipe,
                Fixture      *fixture,
                const char   *expected)
{
  g_autofree char *path = g_build_filename (fixture->folder, expected, NULL);

  g_assert_nonnull (recipe);
  g_assert_cmpstr (pulsar_recipe_get_program (recipe), ==, path);
}

static void
test_recipe_program (Fixture       *fixture,
                     gconstpointer  data)
{
  static const struct
  {
    const char *line;      /* with @ for the folder */
    const char *program;
  } rows[] = {
    { "@/bin/app --x", "bin/app" },
    { "../bin/app --x", "start/../bin/app" },
    { "app --x", "bin/app" },
    { "app-link", "bin/app-link" },
    { "@/bin/app-link", "bin/app-link" },
    { "invented", "bin/app" },         /* exec -a: by the name given to execve () */
    { "-app", "bin/app" },
    { "python3", "bin/app" },          /* calls itself like another program */
    { "@/bin/python3 script.py", "bin/app" },
  };

  g_test_summary ("The program is found however it was called, and its arguments stay as they were");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto(GStrv) parts = g_strsplit (rows[i].line, "@", -1);
      g_autofree char *line = g_strjoinv (fixture->folder, parts);
      g_auto(GStrv) argv = g_strsplit (line, " ", -1);
      g_autoptr(GError) error = NULL;
      g_autoptr(PulsarRecipe) recipe = cook (fixture, fixture->app, line, &error);

      g_assert_no_error (error);
      assert_program (recipe, fixture, rows[i].program);
      g_assert_cmpstrv (pulsar_recipe_get_argv (recipe), argv);
      g_assert_cmpstr (pulsar_recipe_get_directory (recipe), ==, fixture->start);
    }
}

static void
test_recipe_replaced (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autofree char *old = g_build_filename (fixture->bin, "app-old", NULL);
  g_autoptr(PulsarRecipe) recipe = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A program that was replaced is the new one; one that was removed is none");
  g_assert_cmpint (g_rename (fixture->app, old), ==, 0);
  g_free (make_file (fixture->bin, "app", 0755));
  recipe = cook (fixture, fixture->app, "app", &error);
  g_assert_no_error (error);
  assert_program (recipe, fixture, "bin/app");

  g_unlink (fixture->app);
  g_assert_null (cook (fixture, fixture->app, "app", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_PREPARED);
  g_assert_nonnull (strstr (error->message, "bin/app” no longer exists"));
}

static void
test_recipe_scripts (Fixture       *fixture,
                     gconstpointer  data)
{
  static const struct
  {
    gboolean gjs;
    const char *line;
    const char *words;  /* of the error; NULL: accepted */
  } rows[] = {
    { FALSE, "python3 script.py", NULL },
    { FALSE, "python3 ./script.py -i -c", NULL },
    { FALSE, "python3 ../start/script.py", NULL },
    { FALSE, "python3 -uB -W ignore -Wdefault -X dev -Xutf8 -- script.py", NULL },
    { FALSE, "python3 --check-hash-based-pycs never script.py", NULL },
    { FALSE, "python3 --check-hash-based-pycs=never script.py", NULL },
    { FALSE, "python3 -m package.module -", NULL },
    { FALSE, "python3 -mpackage", NULL },
    { FALSE, "python3 -Bc pass", NULL },
    { FALSE, "python3 ..", NULL },
    { FALSE, "python3", "interactive" },
    { FALSE, "python3 -i script.py", "interactive" },
    { FALSE, "python3 -Bi", "interactive" },
    { FALSE, "python3 -W ignore", "interactive" },
    { FALSE, "python3 -X", "interactive" },
    { FALSE, "python3 --", "interactive" },
    { FALSE, "python3 -", "standard input" },
    { FALSE, "python3 -u - script.py", "standard input" },
    { FALSE, "python3 /dev/stdin", "standard input" },
    { FALSE, "python3 /dev/fd/63", "standard input" },
    { FALSE, "python3 gone.py", "start/gone.py” no longer exists" },
    { FALSE, "python3 /nonexistent/gone.py", "/nonexistent/gone.py” no longer exists" },
    { FALSE, "python3 fifo", "start/fifo” is not a file" },
    { TRUE, "gjs-console script.py", NULL },
    { TRUE, "gjs-console -m -I /x --include-path /y --coverage-prefix=z script.py", NULL },
    { TRUE, "gjs-console -c 1", NULL },
    { TRUE, "gjs-console --command=1", NULL },
    { TRUE, "gjs-console --command 1", NULL },
    { TRUE, "gjs-console -i script.py", NULL },
    { TRUE, "gjs-console", "interactive" },
    { TRUE, "gjs-console -m gone.js", "gone.js” no longer exists" },
  };
  g_autofree char *fifo = g_build_filename (fixture->start, "fifo", NULL);

  g_test_summary ("A script that can be read again is accepted; standard input, terminals and lost scripts are refused");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(PulsarRecipe) recipe =
        cook (fixture, rows[i].gjs ? fixture->gjs : fixture->python, rows[i].line, &error);

      g_test_message ("%s", rows[i].line);
      if (rows[i].words == NULL)
        {
          g_assert_no_error (error);
          assert_program (recipe, fixture, rows[i].gjs ? "bin/gjs-console" : "bin/python3");
        }
      else
        {
          g_assert_null (recipe);
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_PREPARED);
          g_assert_nonnull (strstr (error->message, rows[i].words));
          g_assert_nonnull (strstr (error->message, "“command”"));
        }
    }
}

static void
test_recipe_refused (Fixture       *fixture,
                     gconstpointer  data)
{
  static const char * const app[] = { "app", NULL }, * const python[] = { "python3", NULL }, * const none[] = { NULL };
  struct
  {
    PulsarRecipeStart start;
    const char *words;
  } rows[] = {
    { { .argv = app, .program = fixture->app, .search_path = fixture->bin, .secure = TRUE }, "set-user-ID" },
    { { .argv = app, .program = NULL, .search_path = fixture->bin }, "/proc" },
    { { .argv = none, .program = fixture->app, .search_path = fixture->bin }, "/proc" },
    { { .argv = NULL, .program = fixture->app, .search_path = fixture->bin }, "/proc" },
    { { .argv = python, .program = fixture->python, .search_path = fixture->bin }, "standard input" },
    { { .argv = app, .program = "/nonexistent/app", .search_path = fixture->bin, .shell_directory = "/" }, "no longer exists" },
  };

  g_test_summary ("Programs that cannot be executed again are refused, unless a command says what to execute");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      static const char * const command[] = { "app-link", "--y", NULL };
      g_autoptr(GError) error = NULL;
      g_autoptr(PulsarRecipe) recipe = pulsar_recipe_new_for_start (&rows[i].start, NULL, &error);

      g_assert_null (recipe);
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_PREPARED);
      g_assert_nonnull (strstr (error->message, rows[i].words));
      g_clear_error (&error);

      recipe = pulsar_recipe_new_for_start (&rows[i].start, command, &error);
      g_assert_no_error (error);
      assert_program (recipe, fixture, "bin/app-link");
      g_assert_cmpstrv (pulsar_recipe_get_argv (recipe), command);
      g_assert_null (pulsar_recipe_get_directory (recipe));
    }
}

static void
test_recipe_command_unknown (Fixture       *fixture,
                             gconstpointer  data)
{
  static const char * const command[] = { "no-such-program-here", NULL };
  g_autoptr(GError) error = NULL;

  g_test_summary ("A command that is in no folder of the search path is an error naming it");
  g_assert_null (pulsar_recipe_new (command, &error));
  g_assert_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "no-such-program-here"));
}

static void
test_recipe_moved (Fixture       *fixture,
                   gconstpointer  data)
{
  const char *script[] = { "python3", "script.py", NULL };
  const char *relative[] = { "../bin/app", NULL };
  PulsarRecipeStart start = {
    .argv = script,
    .directory = "/",
    .execfn = fixture->app,
    .program = fixture->python,
    .search_path = fixture->bin,
    .shell_directory = fixture->start,
  };
  g_autoptr(PulsarRecipe) of_script = NULL;
  g_autoptr(PulsarRecipe) of_program = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A program that changed its directory before it loaded the library is found where the shell started it");
  of_script = pulsar_recipe_new_for_start (&start, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pulsar_recipe_get_directory (of_script), ==, fixture->start);

  start.argv = relative;
  start.program = fixture->app;
  of_program = pulsar_recipe_new_for_start (&start, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pulsar_recipe_get_directory (of_program), ==, fixture->start);
}

static void
test_recipe_not_interpreter (Fixture       *fixture,
                             gconstpointer  data)
{
  g_autofree char *watcher = make_file (fixture->bin, "python-watcher", 0755);
  g_autoptr(PulsarRecipe) recipe = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("A program whose name only begins like an interpreter's runs itself");
  recipe = cook (fixture, watcher, "python-watcher", &error);
  g_assert_no_error (error);
  assert_program (recipe, fixture, "bin/python-watcher");
}

static void
test_recipe_self (void)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarRecipe) recipe = pulsar_recipe_new (NULL, &error);
  g_autofree char *here = g_get_current_dir ();
  PulsarRecipe *other;

  g_test_summary ("The recipe of this very program; the directory matters only once it was left");
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (pulsar_recipe_get_program (recipe), "test-recipe"));
  g_assert_true (g_str_has_suffix (pulsar_recipe_get_argv (recipe)[0], "test-recipe"));
  other = pulsar_recipe_ref (recipe);
  pulsar_recipe_unref (other);
  g_assert_null (pulsar_recipe_get_directory (recipe));
  g_assert_cmpint (chdir ("/"), ==, 0);
  g_assert_cmpstr (pulsar_recipe_get_directory (recipe), ==, here);
  g_assert_cmpint (chdir (here), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  g_test_add_func ("/recipe/self", test_recipe_self);
  ADD ("/recipe/program", test_recipe_program);
  ADD ("/recipe/replaced", test_recipe_replaced);
  ADD ("/recipe/scripts", test_recipe_scripts);
  ADD ("/recipe/refused", test_recipe_refused);
  ADD ("/recipe/command-unknown", test_recipe_command_unknown);
  ADD ("/recipe/moved", test_recipe_moved);
  ADD ("/recipe/not-interpreter", test_recipe_not_interpreter);
  return g_test_run ();
}
