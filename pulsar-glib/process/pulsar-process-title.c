/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-process-title-private.h"

#include <linux/prctl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel finds the command line of a process by two addresses. Others write their title over the arguments, and over the
 * environment behind them if that is not enough; but pointers into both are all over a program, and over an interpreter more so. We
 * point the two addresses at a text of our own, and the arguments stay as they are.
 *
 * With CAP_SYS_RESOURCE each address can be set for itself. Without it, since Linux 3.18, all places of the process can be told to the
 * kernel at once, the end of the heap among them, which another thread may just be moving: so that is done only while there is one
 * thread. Where neither works, as in GJS, whose helpers are there before us, the title is written over the arguments if it is no
 * longer than they are. If not even that, only the name is set. */

#define COMM_SIZE 16

static struct
{
  gboolean is_set;
  char comm[COMM_SIZE];  /* as it was */
  guint64 arg_start;     /* as they were */
  guint64 arg_end;
  char *text;            /* (nullable) where the kernel reads now */
  gsize size;            /* of it: the length of what it replaced at least */
  char *overwritten;     /* (owned) (nullable) the arguments, if it is over them; else the text is owned */
} title;

/* Positions in /proc/self/stat, counted from the field behind the name, which is the third. */
enum
{
  STAT_N_THREADS = 20 - 3,
  STAT_START_CODE = 26 - 3,
  STAT_END_CODE = 27 - 3,
  STAT_START_STACK = 28 - 3,
  STAT_START_DATA = 45 - 3,
  STAT_END_DATA = 46 - 3,
  STAT_START_BRK = 47 - 3,
  STAT_ARG_START = 48 - 3,
  STAT_ARG_END = 49 - 3,
  STAT_ENV_START = 50 - 3,
  STAT_ENV_END = 51 - 3,
  STAT_LAST = STAT_ENV_END,
};

static gboolean
read_places (guint64 *values)
{
  g_autofree char *text = NULL;
  g_auto(GStrv) fields = NULL;
  const char *rest;

  if (!g_file_get_contents ("/proc/self/stat", &text, NULL, NULL))
    return FALSE;
  rest = strrchr (text, ')');
  if (rest == NULL || rest[1] != ' ')
    return FALSE;
  fields = g_strsplit (rest + 2, " ", -1);
  if (g_strv_length (fields) <= STAT_LAST)
    return FALSE;
  for (gsize i = 0; i <= STAT_LAST; i++)
    values[i] = g_ascii_strtoull (fields[i], NULL, 10);
  return values[STAT_ARG_START] != 0 && values[STAT_ENV_END] != 0;
}

/* The start may never be behind the end, not even for a moment. */
static gboolean
set_one_by_one (const guint64 *values,
                guint64        start,
                guint64        end)
{
  gboolean start_first = start <= values[STAT_ARG_END];

  if (start_first && prctl (PR_SET_MM, PR_SET_MM_ARG_START, (unsigned long) start, 0, 0) != 0)
    return FALSE;
  if (prctl (PR_SET_MM, PR_SET_MM_ARG_END, (unsigned long) end, 0, 0) != 0)
    return FALSE;
  return start_first || prctl (PR_SET_MM, PR_SET_MM_ARG_START, (unsigned long) start, 0, 0) == 0;
}

static gboolean
set_all (const guint64 *values,
         guint64        start,
         guint64        end)
{
  struct prctl_mm_map map = {
    .start_code = values[STAT_START_CODE],
    .end_code = values[STAT_END_CODE],
    .start_data = values[STAT_START_DATA],
    .end_data = values[STAT_END_DATA],
    .start_brk = values[STAT_START_BRK],
    .start_stack = values[STAT_START_STACK],
    .arg_start = start,
    .arg_end = end,
    .env_start = values[STAT_ENV_START],
    .env_end = values[STAT_ENV_END],
    .exe_fd = (guint32) -1,
  };

  if (values[STAT_N_THREADS] != 1)
    return FALSE;
  map.brk = (guint64) syscall (SYS_brk, 0);
  return prctl (PR_SET_MM, PR_SET_MM_MAP, (unsigned long) &map, sizeof map, 0) == 0;
}

static gboolean
set_arguments (const guint64 *values,
               guint64        start,
               guint64        end)
{
  return set_one_by_one (values, start, end) || set_all (values, start, end);
}

static void
fill (const char *bytes,
      gsize       length)
{
  length = MIN (length, title.size - 1);
  memcpy (title.text, bytes, length);
  memset (title.text + length, 0, title.size - length);
}

static void
place_text (const char    *text,
            const guint64 *values)
{
  gsize length = strlen (text) + 1;
  gsize size = (gsize) (values[STAT_ARG_END] - values[STAT_ARG_START]);

  title.arg_start = values[STAT_ARG_START];
  title.arg_end = values[STAT_ARG_END];
  title.size = MAX (length, size);
  title.text = g_malloc (title.size);
  fill (text, length - 1);
  if (set_arguments (values, (guint64) (gsize) title.text, (guint64) (gsize) (title.text + title.size)))
    return;

  g_clear_pointer (&title.text, g_free);
  if (length > size)
    return;
  title.text = (char *) (gsize) title.arg_start;
  title.overwritten = g_memdup2 (title.text, title.size);
  fill (text, length - 1);
}

static void
set_text (const char *text)
{
  guint64 values[STAT_LAST + 1];

  if (title.text != NULL)
    fill (text, strlen (text));
  else if (read_places (values))
    place_text (text, values);
}

void
pulsar_process_title_set (const char *name,
                          const char *role,
                          const char *comm)
{
  g_autofree char *text = g_strdup_printf ("%s: %s", name, role);

  if (!title.is_set)
    prctl (PR_GET_NAME, title.comm);
  prctl (PR_SET_NAME, comm);
  set_text (text);
  title.is_set = TRUE;
}

void
pulsar_process_title_restore (void)
{
  guint64 values[STAT_LAST + 1];

  if (!title.is_set)
    return;

  prctl (PR_SET_NAME, title.comm);
  title.is_set = FALSE;
  if (title.text == NULL)
    return;
  if (title.overwritten != NULL)
    {
      memcpy (title.text, title.overwritten, title.size);
      g_clear_pointer (&title.overwritten, g_free);
      title.text = NULL;
    }
  else if (read_places (values) && set_arguments (values, title.arg_start, title.arg_end))
    g_clear_pointer (&title.text, g_free);
  else
    fill ((const char *) (gsize) title.arg_start, (gsize) (title.arg_end - title.arg_start));
}
