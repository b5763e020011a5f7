/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-recipe-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-error-private.h"

/* How to execute this program again.
 *
 * The arguments are those the kernel got, read from /proc/self/cmdline before anybody can overwrite them (setproctitle) or
 * take them apart (Python's sys.argv lacks the options of the interpreter). The child gets exactly these, the first one
 * included: a python of a virtual environment finds its environment by the name it was called with. The file to execute is
 * another matter: it must be this program, so each way to find it is compared with /proc/self/exe.
 *
 * The child starts in the directory this program started in, not where it is now: paths in its arguments are relative to
 * that, and the code before run () is executed again, a change of directory included; so both processes are in the same place
 * when they come to run (), even after chdir ("relative"). A move of the arbiter after that is not followed. */

struct _PulsarRecipe
{
  gatomicrefcount ref_count;
  char *program;
  char **argv;
  char *script;       /* (nullable) absolute */
  char *directory;    /* (nullable) */
  dev_t device;       /* of the directory: it may be renamed or removed while we stay in it */
  ino_t inode;
};

typedef struct
{
  char *cmdline;      /* (nullable) NUL after each argument */
  gsize cmdline_size;
  char *directory;    /* (nullable) */
  char *program;      /* (nullable) */
  char *execfn;       /* (nullable) */
} PulsarRecipeCapture;

static PulsarRecipeCapture capture;

typedef struct
{
  const char *name;           /* what the file name of the program begins with */
  const char *language;
  const char *value_options;  /* short ones that take a value, which may be the next argument */
  const char *code_options;   /* short ones that say what to run instead of a script: the rest are its arguments */
  const char *long_value_options[6];
  const char *long_code_options[2];
  char interactive_option;    /* 0: has none */
} PulsarInterpreter;

/* Interpreters whose command line tells what they run. A program not named here is taken to be one that runs itself. */
static const PulsarInterpreter interpreters[] = {
  { "python", "Python", "WX", "cm", { "--check-hash-based-pycs" }, { NULL }, 'i' },
  { "pypy", "Python", "WX", "cm", { "--check-hash-based-pycs" }, { NULL }, 'i' },
  { "gjs", "JavaScript", "CI", "c", { "--coverage-prefix", "--coverage-output", "--include-path" }, { "--command" }, 0 },
};

/* For programs that link the library this runs before main (), for Python and GJS at the first use of it. A few system calls,
 * no error that matters now: what is missing is reported by whoever needs it. */
static void __attribute__ ((constructor))
pulsar_recipe_load (void)
{
  char link[4096];
  gssize length;
  int fd = open ("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);

  if (fd >= 0)
    {
      gsize allocated = 0;

      do
        {
          if (allocated - capture.cmdline_size < 512)
            {
              allocated = MAX (1024, allocated * 4);
              capture.cmdline = g_realloc (capture.cmdline, allocated);
            }
          length = read (fd, capture.cmdline + capture.cmdline_size, allocated - capture.cmdline_size - 1);
          capture.cmdline_size += (gsize) MAX (length, 0);
        }
      while (length > 0 || (length < 0 && errno == EINTR));
      capture.cmdline[capture.cmdline_size] = '\0';
      close (fd);
    }

  capture.directory = getcwd (NULL, 0);
  length = readlink ("/proc/self/exe", link, sizeof link - 1);
  if (length > 0)
    {
      link[length] = '\0';
      if (g_str_has_suffix (link, " (deleted)") && !g_file_test (link, G_FILE_TEST_EXISTS))
        link[length - (gssize) strlen (" (deleted)")] = '\0';  /* replaced before the library was loaded */
      capture.program = g_strdup (link);
    }
  /* It lies where setproctitle writes. */
  capture.execfn = g_strdup ((const char *) getauxval (AT_EXECFN));
}

static char **
split_cmdline (void)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();

  for (gsize i = 0; i < capture.cmdline_size; i += strlen (capture.cmdline + i) + 1)
    g_ptr_array_add (argv, g_strdup (capture.cmdline + i));
  g_ptr_array_add (argv, NULL);
  return (char **) g_ptr_array_steal (argv, NULL);
}

/* Not g_canonicalize_filename (): that takes “link/..” for nothing, and the kernel does not. */
static char *
join_path (const char *directory,
           const char *path)
{
  return g_path_is_absolute (path) || directory == NULL ? g_strdup (path) : g_build_filename (directory, path, NULL);
}

static gboolean
is_executable_file (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_REGULAR) && access (path, X_OK) == 0;
}

/* Finds a program by the rules of the shell: by PATH if the name has no slash. */
static char *
find_program (const char *name,
              const char *directory,
              const char *search_path)
{
  g_auto(GStrv) folders = NULL;
  g_autofree char *path = NULL;

  if (name == NULL || *name == '\0')
    return NULL;

  if (strchr (name, '/') != NULL)
    {
      path = join_path (directory, name);
      return is_executable_file (path) ? g_steal_pointer (&path) : NULL;
    }

  folders = g_strsplit (search_path != NULL ? search_path : "/usr/local/bin:/usr/bin:/bin", ":", -1);
  for (gsize i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *folder = join_path (directory, folders[i]);
      g_autofree char *candidate = g_build_filename (folder, name, NULL);

      if (is_executable_file (candidate))
        return g_steal_pointer (&candidate);
    }
  return NULL;
}

/* Whether @path is the program of this process: the same file, or, if the file was replaced while it runs (a new version was
 * installed), the one that took its place. */
static gboolean
is_this_program (const char *path,
                 const char *program)
{
  struct stat a, b;
  g_autofree char *real = NULL;

  if (program == NULL)
    return FALSE;
  if (stat (path, &a) == 0 && stat (program, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
    return TRUE;

  real = realpath (path, NULL);
  return g_strcmp0 (real, program) == 0;
}

/* Python loads the library with the import, and many a script changes its directory first. Then what it was started with is
 * found where the shell started it, and that is the directory: @directory is corrected. */
static char *
find_this_program (const PulsarRecipeStart  *start,
                   const char              **directory)
{
  const char *names[] = { start->argv[0], start->execfn, start->program };
  const char *directories[] = { *directory, start->shell_directory };
  gsize n_directories = start->shell_directory != NULL ? 2 : 1;

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      for (gsize j = 0; j < n_directories; j++)
        {
          g_autofree char *path = find_program (names[i], directories[j], start->search_path);

          /* For a script the kernel was given the script, and this program is its interpreter. */
          if (path != NULL && is_this_program (path, start->program))
            {
              *directory = directories[j];
              return g_steal_pointer (&path);
            }
        }
    }
  return NULL;
}

static gboolean
is_descriptor_path (const char *path)
{
  return g_str_equal (path, "/dev/stdin") || g_str_has_prefix (path, "/dev/fd/") ||
         g_str_has_prefix (path, "/proc/self/fd/");
}

static const PulsarInterpreter *
find_interpreter (const char *program)
{
  g_autofree char *name = g_path_get_basename (program);

  for (gsize i = 0; i < G_N_ELEMENTS (interpreters); i++)
    {
      const char *rest = name + strlen (interpreters[i].name);

      /* python, python3.11, gjs-console, but not “python-watcher”. */
      if (g_str_has_prefix (name, interpreters[i].name) &&
          (*rest == '\0' || g_ascii_isdigit (*rest) || g_str_equal (rest, "-console")))
        return &interpreters[i];
    }
  return NULL;
}

typedef struct
{
  const char *script;   /* (nullable) */
  gboolean has_code;    /* -c or -m: there need be no script */
  gboolean interactive;
} PulsarInterpreterRun;

static gboolean
is_long_option (const char         *argument,
                const char * const *options,
                gsize               n_options)
{
  for (gsize i = 0; i < n_options && options[i] != NULL; i++)
    {
      gsize length = strlen (options[i]);

      if (strncmp (argument, options[i], length) == 0 && (argument[length] == '\0' || argument[length] == '='))
        return TRUE;
    }
  return FALSE;
}

static void
parse_interpreter_arguments (const PulsarInterpreter *interpreter,
                             const char * const      *argv,
                             PulsarInterpreterRun    *run)
{
  *run = (PulsarInterpreterRun) { NULL };

  for (gsize i = 1; argv[i] != NULL; i++)
    {
      const char *argument = argv[i];

      if (g_str_equal (argument, "--"))
        {
          run->script = argv[i + 1];
          return;
        }
      if (g_str_has_prefix (argument, "--"))
        {
          if (is_long_option (argument, interpreter->long_code_options, G_N_ELEMENTS (interpreter->long_code_options)))
            {
              run->has_code = TRUE;
              return;
            }
          if (is_long_option (argument, interpreter->long_value_options, G_N_ELEMENTS (interpreter->long_value_options)) &&
              strchr (argument, '=') == NULL && argv[i + 1] != NULL)
            i++;
          continue;
        }
      if (argument[0] != '-' || argument[1] == '\0')
        {
          run->script = argument;
          return;
        }

      for (const char *letter = argument + 1; *letter != '\0'; letter++)
        {
          if (strchr (interpreter->code_options, *letter) != NULL)
            {
              run->has_code = TRUE;
              return;
            }
          if (strchr (interpreter->value_options, *letter) != NULL)
            {
              if (letter[1] == '\0' && argv[i + 1] != NULL)
                i++;
              break;
            }
          if (interpreter->interactive_option != 0 && *letter == interpreter->interactive_option)
            run->interactive = TRUE;
        }
    }
}

static void
set_refused_error (GError     **error,
                   const char  *reason)
{
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_PREPARED,
               _("This program cannot be executed again as a worker: %s (the setting “command” can name what to execute)"),
               reason);
}

/* Checks that what the interpreter runs can be had a second time; may find that the program changed its directory before it
 * loaded the library, and then corrects @directory. */
static gboolean
check_script (const PulsarInterpreter  *interpreter,
              const PulsarRecipeStart  *start,
              const char              **directory,
              char                    **script,
              GError                  **error)
{
  PulsarInterpreterRun run;
  g_autofree char *path = NULL;
  g_autofree char *reason = NULL;

  parse_interpreter_arguments (interpreter, start->argv, &run);

  if (run.interactive)
    {
      set_refused_error (error, _("it is an interactive interpreter"));
      return FALSE;
    }
  if (run.has_code)
    return TRUE;
  if (run.script == NULL && start->input_is_terminal)
    {
      set_refused_error (error, _("it is an interactive interpreter"));
      return FALSE;
    }
  if (run.script == NULL || g_str_equal (run.script, "-") || is_descriptor_path (run.script))
    {
      set_refused_error (error, _("its script was read from standard input or a descriptor, and is gone"));
      return FALSE;
    }

  path = join_path (*directory, run.script);
  if (!g_file_test (path, G_FILE_TEST_EXISTS) && start->shell_directory != NULL)
    {
      g_autofree char *other = join_path (start->shell_directory, run.script);

      if (g_file_test (other, G_FILE_TEST_EXISTS))
        {
          *directory = start->shell_directory;
          *script = g_steal_pointer (&other);
          return TRUE;
        }
    }
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) && !g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        reason = g_strdup_printf (_("its script “%s” is not a file"), path);
      else
        reason = g_strdup_printf (_("its script “%s” no longer exists"), path);
      set_refused_error (error, reason);
      return FALSE;
    }
  *script = g_steal_pointer (&path);
  return TRUE;
}

static PulsarRecipe *
recipe_new (char       *program,
            char       *script,
            char      **argv,
            const char *directory)
{
  PulsarRecipe *self = g_new0 (PulsarRecipe, 1);
  struct stat info;

  g_atomic_ref_count_init (&self->ref_count);
  self->program = program;
  self->script = script;
  self->argv = argv;
  if (directory != NULL && stat (directory, &info) == 0)
    {
      self->directory = g_strdup (directory);
      self->device = info.st_dev;
      self->inode = info.st_ino;
    }
  return self;
}

PulsarRecipe *
pulsar_recipe_new_for_start (const PulsarRecipeStart  *start,
                             const char * const       *command,
                             GError                  **error)
{
  const char *directory = start->directory;
  const PulsarInterpreter *interpreter;
  g_autofree char *program = NULL;
  g_autofree char *script = NULL;

  if (command != NULL && command[0] != NULL)
    {
      /* Of a path the kernel says best what is wrong with it; of a name there is nothing else to say than this. */
      if (strchr (command[0], '/') != NULL)
        program = join_path (directory, command[0]);
      else
        program = find_program (command[0], directory, start->search_path);
      if (program == NULL)
        {
          g_set_error (error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT,
                       _("The program “%s” of the setting “command” is not in the search path"), command[0]);
          return NULL;
        }
      return recipe_new (g_steal_pointer (&program), NULL, g_strdupv ((char **) command), directory);
    }

  if (start->argv == NULL || start->argv[0] == NULL || start->program == NULL)
    {
      set_refused_error (error, _("/proc does not tell its arguments"));
      return NULL;
    }
  if (start->secure)
    {
      set_refused_error (error, _("it is set-user-ID, set-group-ID or has file capabilities"));
      return NULL;
    }

  interpreter = find_interpreter (start->program);
  if (interpreter != NULL && !check_script (interpreter, start, &directory, &script, error))
    return NULL;

  program = find_this_program (start, &directory);
  if (program == NULL)
    {
      g_autofree char *reason = g_strdup_printf (_("its file “%s” no longer exists"), start->program);

      set_refused_error (error, reason);
      return NULL;
    }
  if (interpreter == NULL)
    script = g_strdup (program);
  return recipe_new (g_steal_pointer (&program), g_steal_pointer (&script), g_strdupv ((char **) start->argv), directory);
}

PulsarRecipe *
pulsar_recipe_new (const char * const  *command,
                   GError             **error)
{
  g_auto(GStrv) argv = split_cmdline ();
  const char *directory = g_getenv ("PWD");
  PulsarRecipeStart start = {
    .argv = (const char * const *) argv,
    .directory = capture.directory,
    .program = capture.program,
    .execfn = capture.execfn,
    .search_path = g_getenv ("PATH"),
    .secure = getauxval (AT_SECURE) != 0,
    .input_is_terminal = isatty (STDIN_FILENO) != 0,
  };

  if (directory != NULL && g_path_is_absolute (directory))
    start.shell_directory = directory;
  return pulsar_recipe_new_for_start (&start, command, error);
}

PulsarRecipe *
pulsar_recipe_ref (PulsarRecipe *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
pulsar_recipe_unref (PulsarRecipe *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->program);
  g_free (self->script);
  g_strfreev (self->argv);
  g_free (self->directory);
  g_free (self);
}

const char *
pulsar_recipe_get_program (PulsarRecipe *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->program;
}

const char * const *
pulsar_recipe_get_argv (PulsarRecipe *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char * const *) self->argv;
}

const char *
pulsar_recipe_get_script (PulsarRecipe *self)
{
  return self->script;
}

const char *
pulsar_recipe_get_language (void)
{
  const PulsarInterpreter *interpreter = capture.program != NULL ? find_interpreter (capture.program) : NULL;

  return interpreter != NULL ? interpreter->language : NULL;
}

const char *
pulsar_recipe_get_directory (PulsarRecipe *self)
{
  struct stat info;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->directory == NULL ||
      (stat (".", &info) == 0 && info.st_dev == self->device && info.st_ino == self->inode))
    return NULL;
  return self->directory;
}

const char *
pulsar_recipe_get_start_directory (void)
{
  return capture.directory;
}
