/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-process-facts-private.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char *
get_path (int         pid,
          const char *name)
{
  return pid == 0 ? g_strdup_printf ("/proc/self/%s", name) : g_strdup_printf ("/proc/%d/%s", pid, name);
}

static void
set_unreadable_error (GError    **error,
                      const char *path)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("“%s” cannot be understood"), path);
}

/* The files of a process that ends are there but cannot be read any more (ESRCH): the same to the caller. */
static gboolean
read_proc_file (const char  *path,
                char       **contents,
                GError     **error)
{
  g_autoptr(GError) local_error = NULL;

  if (g_file_get_contents (path, contents, NULL, &local_error))
    return TRUE;
  if (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_ACCES) ||
      g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_PERM))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, local_error->message);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, local_error->message);
  return FALSE;
}

static GDir *
open_proc_dir (const char  *path,
               GError     **error)
{
  g_autoptr(GError) local_error = NULL;
  GDir *dir = g_dir_open (path, 0, &local_error);

  if (dir != NULL)
    return dir;
  if (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_ACCES))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, local_error->message);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, local_error->message);
  return NULL;
}

gboolean
pulsar_process_facts_read (PulsarProcessFacts  *facts,
                           int                  pid,
                           GError             **error)
{
  g_autofree char *path = get_path (pid, "stat");
  g_autofree char *text = NULL;
  const char *rest;
  guint64 user_ticks, system_ticks, start_ticks;
  gint64 rss_pages, ticks_per_second = sysconf (_SC_CLK_TCK);
  struct timespec now;
  long n_threads;

  g_return_val_if_fail (facts != NULL, FALSE);
  g_return_val_if_fail (pid >= 0, FALSE);

  if (!read_proc_file (path, &text, error))
    return FALSE;

  /* The second field is the name in parentheses, and a name may hold both blanks and parentheses. */
  rest = strrchr (text, ')');
  if (rest == NULL ||
      sscanf (rest + 1,
              " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
              " %*d %*d %*d %*d %ld %*d %" G_GUINT64_FORMAT " %*u %" G_GINT64_FORMAT,
              &facts->state, &facts->parent_pid, &facts->group, &user_ticks, &system_ticks, &n_threads, &start_ticks,
              &rss_pages) != 8)
    {
      set_unreadable_error (error, path);
      return FALSE;
    }

  clock_gettime (CLOCK_BOOTTIME, &now);
  facts->rss = (guint64) rss_pages * (guint64) sysconf (_SC_PAGESIZE);
  facts->cpu_seconds = (double) (user_ticks + system_ticks) / (double) ticks_per_second;
  facts->n_threads = (guint) n_threads;
  facts->uptime = (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 -
                  (gint64) start_ticks * (G_USEC_PER_SEC / ticks_per_second);
  return TRUE;
}

gboolean
pulsar_process_read_pss (int       pid,
                         guint64  *pss,
                         GError  **error)
{
  g_autofree char *path = get_path (pid, "smaps_rollup");
  g_autofree char *text = NULL;
  const char *line;
  guint64 kilobytes;

  g_return_val_if_fail (pid >= 0, FALSE);
  g_return_val_if_fail (pss != NULL, FALSE);

  if (!read_proc_file (path, &text, error))
    return FALSE;

  line = strstr (text, "\nPss:");
  if (line == NULL || sscanf (line, "\nPss: %" G_GUINT64_FORMAT " kB", &kilobytes) != 1)
    {
      set_unreadable_error (error, path);
      return FALSE;
    }
  *pss = kilobytes * 1024;
  return TRUE;
}

gboolean
pulsar_process_count_fds (int      pid,
                          guint   *n_fds,
                          GError **error)
{
  g_autofree char *path = get_path (pid, "fd");
  g_autoptr(GDir) dir = NULL;

  g_return_val_if_fail (pid >= 0, FALSE);
  g_return_val_if_fail (n_fds != NULL, FALSE);

  dir = open_proc_dir (path, error);
  if (dir == NULL)
    return FALSE;

  *n_fds = 0;
  while (g_dir_read_name (dir) != NULL)
    (*n_fds)++;
  if (pid == 0 || pid == getpid ())
    (*n_fds)--;  /* the one it is read with */
  return TRUE;
}

GArray *
pulsar_process_list_children (int      pid,
                              GError **error)
{
  g_autofree char *path = get_path (pid, "task");
  g_autoptr(GArray) children = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr(GDir) dir = NULL;
  const char *task;

  g_return_val_if_fail (pid >= 0, NULL);

  dir = open_proc_dir (path, error);
  if (dir == NULL)
    return NULL;

  /* Children belong to the thread that made them, adopted ones to any. */
  while ((task = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, task, "children", NULL);
      g_autofree char *text = NULL;
      char *rest, *stop;

      if (!g_file_get_contents (file, &text, NULL, NULL))
        continue;  /* the thread ended meanwhile */
      for (rest = text; ; rest = stop)
        {
          int child = (int) strtol (rest, &stop, 10);

          if (stop == rest)
            break;
          g_array_append_val (children, child);
        }
    }
  return g_steal_pointer (&children);
}
