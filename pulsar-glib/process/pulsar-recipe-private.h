/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How a program was started, as far as the process can still find out. Filled by the constructor of the library; tests
 * make their own. */
typedef struct
{
  const char * const *argv;  /* from /proc/self/cmdline */
  const char *directory;     /* (nullable) the working directory when the library was loaded */
  const char *program;       /* (nullable) what /proc/self/exe pointed to */
  const char *execfn;        /* (nullable) the name given to execve () */
  const char *search_path;   /* (nullable) PATH */
  const char *shell_directory; /* (nullable) PWD: the working directory the program was started in, if a shell started it */
  gboolean secure;           /* set-user-ID, set-group-ID or file capabilities */
  gboolean input_is_terminal;
} PulsarRecipeStart;

typedef struct _PulsarRecipe PulsarRecipe;

/* How to execute this program again, or @command if it is neither NULL nor empty. Immutable. Fails with
 * PULSAR_ERROR_NOT_PREPARED for a program that cannot be executed again, with G_SPAWN_ERROR_NOENT for a @command that
 * is not found. */
PulsarRecipe       *pulsar_recipe_new           (const char * const       *command,
                                                 GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
PulsarRecipe       *pulsar_recipe_new_for_start (const PulsarRecipeStart  *start,
                                                 const char * const       *command,
                                                 GError                  **error) G_GNUC_WARN_UNUSED_RESULT;
PulsarRecipe       *pulsar_recipe_ref           (PulsarRecipe             *self);
void                pulsar_recipe_unref         (PulsarRecipe             *self);

/* The file to execute: absolute. */
const char         *pulsar_recipe_get_program   (PulsarRecipe             *self);

/* What the child sees as its arguments: what this program got. */
const char * const *pulsar_recipe_get_argv      (PulsarRecipe             *self);

/* The script an interpreter executes, else the program; NULL when the interpreter got code instead of a script. */
const char         *pulsar_recipe_get_script    (PulsarRecipe             *self);

/* The language of the interpreter that runs this process, or NULL if it is not known to be one. */
const char         *pulsar_recipe_get_language  (void);

/* The directory the child has to change to, or NULL if this process is there now. */
const char         *pulsar_recipe_get_directory (PulsarRecipe             *self);

/* The working directory when the library was loaded, whatever it is now; NULL if it could not be told. */
const char         *pulsar_recipe_get_start_directory (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarRecipe, pulsar_recipe_unref)

G_END_DECLS
