/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-config-files-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* Hidden files are those of editors and package managers. */
static gboolean
is_drop_in (const char *name)
{
  return name[0] != '.' && g_str_has_suffix (name, ".conf");
}

static void
add_drop_ins (GPtrArray  *paths,
              const char *path,
              GString    *errors)
{
  g_autofree char *folder = g_strconcat (path, ".d", NULL);
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open (folder, 0, &error);
  const char *name;

  if (dir == NULL)
    {
      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT)
          && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
        g_string_append_printf (errors, "%s%s", errors->len > 0 ? "\n" : "", error->message);
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    if (is_drop_in (name))
      g_ptr_array_add (found, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (found, compare_strings);
  g_ptr_array_extend_and_steal (paths, g_steal_pointer (&found));
}

static char **
finish (GPtrArray *paths)
{
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_free (paths, FALSE);
}

char **
pulsar_config_files_named (const char * const *names,
                           GString            *errors)
{
  GPtrArray *paths = g_ptr_array_new ();

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_ptr_array_add (paths, g_strdup (names[i]));
      add_drop_ins (paths, names[i], errors);
    }
  return finish (paths);
}

char **
pulsar_config_files_search (const char * const *folders,
                            const char         *name,
                            GString            *errors)
{
  g_autofree char *file = g_strconcat (name, ".conf", NULL);
  GPtrArray *paths = g_ptr_array_new ();

  for (gsize i = 0; folders[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folders[i], name, file, NULL);

      if (access (path, F_OK) != 0)
        continue;
      g_ptr_array_add (paths, g_strdup (path));
      add_drop_ins (paths, path, errors);
      break;
    }
  return finish (paths);
}
