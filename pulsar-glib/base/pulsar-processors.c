/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/base/pulsar-processors-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <sched.h>
#include <string.h>

#include "pulsar-glib/base/pulsar-error.h"

#define MAX_PROCESSORS (64 * 1024)

static gboolean
parse_number (const char **text,
              guint       *number)
{
  char *end = NULL;
  guint64 value;

  if (!g_ascii_isdigit (**text))
    return FALSE;
  value = g_ascii_strtoull (*text, &end, 10);
  if (value >= MAX_PROCESSORS)
    return FALSE;
  *number = (guint) value;
  *text = end;
  return TRUE;
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  const guint *left = a, *right = b;

  return (*left > *right) - (*left < *right);
}

/* Numbers may be named twice; a list of a line could name very many of them. */
static gboolean
parse_ranges (const char *text,
              GArray     *processors)
{
  for (;;)
    {
      guint first, last;

      if (!parse_number (&text, &first))
        return FALSE;
      last = first;
      if (*text == '-')
        {
          text++;
          if (!parse_number (&text, &last) || last < first)
            return FALSE;
        }
      if (processors->len + (last - first) >= MAX_PROCESSORS)
        return FALSE;
      for (guint i = first; i <= last; i++)
        g_array_append_val (processors, i);
      if (*text == '\0')
        return TRUE;
      if (*text++ != ',')
        return FALSE;
    }
}

GArray *
pulsar_processors_parse (const char  *text,
                         GError     **error)
{
  g_autoptr(GArray) processors = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n = 0;

  if (!parse_ranges (text, processors))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is not a list of processors; allowed are numbers and ranges, such as 0-3,8"), text);
      return NULL;
    }

  g_array_sort (processors, compare);
  for (guint i = 0; i < processors->len; i++)
    {
      guint number = g_array_index (processors, guint, i);

      if (n == 0 || g_array_index (processors, guint, n - 1) != number)
        g_array_index (processors, guint, n++) = number;
    }
  g_array_set_size (processors, n);
  return g_steal_pointer (&processors);
}

char *
pulsar_processors_to_string (GArray *processors)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < processors->len; i++)
    {
      guint first = g_array_index (processors, guint, i), last = first;

      while (i + 1 < processors->len && g_array_index (processors, guint, i + 1) == last + 1)
        last = g_array_index (processors, guint, ++i);
      if (text->len > 0)
        g_string_append_c (text, ',');
      g_string_append_printf (text, "%u", first);
      if (last > first)
        g_string_append_printf (text, "-%u", last);
    }
  return g_string_free (text, FALSE);
}

/* The kernel says only by refusing that it knows more processors than the set has room for. */
GArray *
pulsar_processors_list_allowed (void)
{
  g_autoptr(GArray) processors = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint n = 1024; n <= MAX_PROCESSORS && processors->len == 0; n *= 2)
    {
      gsize size = CPU_ALLOC_SIZE (n);
      cpu_set_t *set = CPU_ALLOC (n);

      if (sched_getaffinity (0, size, set) == 0)
        {
          for (guint i = 0; i < n; i++)
            {
              if (CPU_ISSET_S (i, size, set))
                g_array_append_val (processors, i);
            }
        }
      CPU_FREE (set);
    }
  return g_steal_pointer (&processors);
}

int
pulsar_processors_bind (int          thread,
                        const guint *processors,
                        gsize        n_processors)
{
  guint n = 1;
  gsize size;
  cpu_set_t *set;
  int result;

  for (gsize i = 0; i < n_processors; i++)
    n = MAX (n, processors[i] + 1);
  size = CPU_ALLOC_SIZE (n);
  set = CPU_ALLOC (n);
  CPU_ZERO_S (size, set);
  for (gsize i = 0; i < n_processors; i++)
    CPU_SET_S (processors[i], size, set);
  result = sched_setaffinity (thread, size, set) == 0 ? 0 : errno;
  CPU_FREE (set);
  return result;
}
