/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-suggest-private.h"

/* Longer words are no misspelt names; this bounds the work on whatever is on a command line. */
#define MAX_LENGTH 64

/* The number of mistakes between two words: characters left out, put in, replaced, or two neighbours exchanged. Bytes do
 * for characters here, since names are ASCII. */
static guint
distance (const char *a,
          const char *b)
{
  guint n_a = strlen (a);
  guint n_b = strlen (b);
  guint rows[3][MAX_LENGTH + 1];
  guint *before = rows[0];
  guint *above = rows[1];
  guint *row = rows[2];

  for (guint j = 0; j <= n_b; j++)
    above[j] = j;
  for (guint i = 1; i <= n_a; i++)
    {
      guint *next = before;

      row[0] = i;
      for (guint j = 1; j <= n_b; j++)
        {
          guint replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);

          row[j] = MIN (MIN (above[j], row[j - 1]) + 1, replaced);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], before[j - 2] + 1);
        }
      before = above;
      above = row;
      row = next;
    }
  return above[n_b];
}

const char *
pulsar_suggest (const char         *word,
                const char * const *candidates)
{
  gsize length = strlen (word);
  const char *best = NULL;
  guint best_distance = 0;

  if (length == 0 || length > MAX_LENGTH)
    return NULL;

  for (gsize i = 0; candidates[i] != NULL; i++)
    {
      guint mistakes;

      if (strlen (candidates[i]) > MAX_LENGTH)
        continue;
      /* An abbreviation is nearer than a word of another beginning, and of two the shorter candidate. */
      mistakes = g_str_has_prefix (candidates[i], word) ? 1 : distance (word, candidates[i]);
      if (mistakes > MAX (1, (length + 1) / 4))
        continue;
      if (best == NULL || mistakes < best_distance
          || (mistakes == best_distance && strlen (candidates[i]) < strlen (best)))
        {
          best = candidates[i];
          best_distance = mistakes;
        }
    }
  return best;
}
