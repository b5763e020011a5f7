/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/log/pulsar-log-levels-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/log/pulsar-log-private.h"

#define LEVEL_NONE -1
#define LEVEL_NAMES "none, error, warning, notice, info, debug"

typedef struct
{
  char *domain;  /* (owned) */
  gsize length;
  int level;     /* the highest priority that is logged */
} Entry;

struct _PulsarLogLevels
{
  GArray *entries;  /* (owned) of Entry, the longest domain first */
  int level;        /* of all other domains */
};

static const struct
{
  const char *word;
  int level;
} words[] = {
  { "none", LEVEL_NONE },
  { "error", PULSAR_LOG_ERROR },
  { "warning", PULSAR_LOG_WARNING },
  { "notice", PULSAR_LOG_NOTICE },
  { "message", PULSAR_LOG_NOTICE },  /* as GLib calls it */
  { "info", PULSAR_LOG_INFO },
  { "debug", PULSAR_LOG_DEBUG },
};

/* Reads “LEVEL” or “DOMAIN:LEVEL”; @domain_length is 0 for the first. */
static gboolean
parse (const char *text,
       gsize      *domain_length,
       int        *level)
{
  const char *colon = strrchr (text, ':');
  const char *word = colon == NULL ? text : colon + 1;

  if (colon == text)
    return FALSE;
  *domain_length = colon == NULL ? 0 : (gsize) (colon - text);
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (g_ascii_strcasecmp (word, words[i].word) == 0)
        {
          *level = words[i].level;
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
pulsar_log_check_level (const char  *text,
                        GError     **error)
{
  gsize length;
  int level;

  if (parse (text, &length, &level))
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
               /* Translators: the words after “one of” are what can be written there. */
               _("“%s” is no level, and no DOMAIN:LEVEL; a level is one of %s"), text, LEVEL_NAMES);
  return FALSE;
}

static void
entry_clear (gpointer data)
{
  g_free (((Entry *) data)->domain);
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  gsize length_a = ((const Entry *) a)->length;
  gsize length_b = ((const Entry *) b)->length;

  return (length_a < length_b) - (length_a > length_b);
}

PulsarLogLevels *
pulsar_log_levels_new (const char * const *texts,
                       gboolean            debug)
{
  PulsarLogLevels *self = g_new0 (PulsarLogLevels, 1);

  self->level = PULSAR_LOG_NOTICE;
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, entry_clear);

  /* The later of two that say the same wins, so it has to come first: the sort keeps the order of equals. */
  for (gsize i = texts == NULL ? 0 : g_strv_length ((char **) texts); i > 0; i--)
    {
      Entry entry = { NULL };
      gsize length;

      if (!parse (texts[i - 1], &length, &entry.level) || length == 0)
        continue;
      entry.domain = g_strndup (texts[i - 1], length);
      entry.length = length;
      g_array_append_val (self->entries, entry);
    }
  g_array_sort (self->entries, compare_entries);

  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      gsize length;
      int level;

      if (parse (texts[i], &length, &level) && length == 0)
        self->level = level;
    }
  if (debug)
    self->level = PULSAR_LOG_DEBUG;
  return self;
}

void
pulsar_log_levels_free (PulsarLogLevels *self)
{
  g_array_unref (self->entries);
  g_free (self);
}

/* The domains of GLib, and the names of Python's loggers, are made of parts. */
static gboolean
is_in_domain (const char  *domain,
              const Entry *entry)
{
  return strncmp (domain, entry->domain, entry->length) == 0
         && (domain[entry->length] == '\0' || domain[entry->length] == '-' || domain[entry->length] == '.');
}

gboolean
pulsar_log_levels_pass (PulsarLogLevels *self,
                        int              priority,
                        const char      *domain)
{
  for (guint i = 0; domain != NULL && i < self->entries->len; i++)
    {
      const Entry *entry = &g_array_index (self->entries, Entry, i);

      if (is_in_domain (domain, entry))
        return priority <= entry->level;
    }
  return priority <= self->level;
}
