/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-option-keys-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/config/pulsar-setting-private.h"
#include "pulsar-glib/config/pulsar-suggest-private.h"

typedef struct
{
  char *name;           /* (owned) */
  GHashTable *options;  /* (owned) key → PulsarOption of the table */
} Group;

/* The main group is the first one, and the others come in the order of the applications. */
struct _PulsarOptionKeys
{
  GPtrArray *groups;  /* (owned) of Group */
};

static void
group_free (Group *group)
{
  g_free (group->name);
  g_hash_table_unref (group->options);
  g_free (group);
}

static Group *
add_group (PulsarOptionKeys *self,
           const char       *name)
{
  Group *group = g_new0 (Group, 1);

  group->name = g_strdup (name);
  group->options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_ptr_array_add (self->groups, group);
  return group;
}

static Group *
find_group (PulsarOptionKeys *self,
            const char       *name)
{
  g_autofree char *canonical = pulsar_setting_canonical_name (name);

  for (guint i = 0; i < self->groups->len; i++)
    {
      Group *group = self->groups->pdata[i];

      if (strcmp (group->name, canonical) == 0)
        return group;
    }
  return NULL;
}

/* A name always leads to the setting that bears it, even if another one has it as an alias. */
static void
add_option (Group              *group,
            const PulsarOption *option)
{
  const char * const *aliases = pulsar_setting_get_aliases (option->setting);

  g_hash_table_replace (group->options, g_strdup (pulsar_setting_get_name (option->setting)), (gpointer) option);
  for (gsize i = 0; aliases[i] != NULL; i++)
    {
      g_autofree char *alias = pulsar_setting_canonical_name (aliases[i]);

      if (!g_hash_table_contains (group->options, alias))
        g_hash_table_insert (group->options, g_steal_pointer (&alias), (gpointer) option);
    }
}

PulsarOptionKeys *
pulsar_option_keys_new (PulsarOptionTable *table)
{
  PulsarOptionKeys *self = g_new0 (PulsarOptionKeys, 1);
  guint n = pulsar_option_table_get_n_options (table);

  self->groups = g_ptr_array_new_with_free_func ((GDestroyNotify) group_free);
  add_group (self, PULSAR_GROUP_MAIN);
  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *option = pulsar_option_table_get_option (table, i);

      if (option->kind == PULSAR_OPTION_HELP_APPLICATION)
        add_group (self, option->prefix);
      else if (option->setting != NULL)
        add_option (find_group (self, option->prefix != NULL ? option->prefix : PULSAR_GROUP_MAIN), option);
    }
  return self;
}

void
pulsar_option_keys_free (PulsarOptionKeys *self)
{
  g_clear_pointer (&self->groups, g_ptr_array_unref);
  g_free (self);
}

gboolean
pulsar_option_keys_has_group (PulsarOptionKeys *self,
                              const char       *group)
{
  return find_group (self, group) != NULL;
}

const PulsarOption *
pulsar_option_keys_find (PulsarOptionKeys *self,
                         const char       *group,
                         const char       *key)
{
  Group *found = find_group (self, group);
  g_autofree char *canonical = pulsar_setting_canonical_name (key);

  return found != NULL ? g_hash_table_lookup (found->options, canonical) : NULL;
}

const char *
pulsar_option_keys_find_group_of (PulsarOptionKeys *self,
                                  const char       *key)
{
  g_autofree char *canonical = pulsar_setting_canonical_name (key);

  for (guint i = 0; i < self->groups->len; i++)
    {
      Group *group = self->groups->pdata[i];

      if (g_hash_table_contains (group->options, canonical))
        return group->name;
    }
  return NULL;
}

char *
pulsar_option_keys_dup_groups (PulsarOptionKeys *self)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->groups->len; i++)
    g_string_append_printf (text, i > 0 ? ", [%s]" : "[%s]", ((const Group *) self->groups->pdata[i])->name);
  /* Translators: the last two of a list of values, as in “always, on-failure or never” */
  return g_strdup_printf (_("%s or %s"), text->str, "[" PULSAR_GROUP_PARAMETERS "]");
}

const char *
pulsar_option_keys_suggest_group (PulsarOptionKeys *self,
                                  const char       *group)
{
  g_autofree char *canonical = pulsar_setting_canonical_name (group);
  g_autofree char *small = g_ascii_strdown (canonical, -1);
  g_autoptr(GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < self->groups->len; i++)
    g_ptr_array_add (names, ((const Group *) self->groups->pdata[i])->name);
  g_ptr_array_add (names, (char *) PULSAR_GROUP_PARAMETERS);
  g_ptr_array_add (names, NULL);
  return pulsar_suggest (small, (const char * const *) names->pdata);
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

static const char *
suggest_in (Group      *group,
            const char *key)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, group->options);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  /* A hash table has no order, but the same mistake always gets the same answer. */
  g_ptr_array_sort (names, compare_strings);
  g_ptr_array_add (names, NULL);
  return pulsar_suggest (key, (const char * const *) names->pdata);
}

/* “rpc-workers” is “workers” in [rpc]. */
static char *
suggest_without_prefix (PulsarOptionKeys *self,
                        const char       *key)
{
  for (guint i = 0; i < self->groups->len; i++)
    {
      Group *group = self->groups->pdata[i];
      gsize length = strlen (group->name);

      if (g_str_has_prefix (key, group->name) && key[length] == '-'
          && g_hash_table_contains (group->options, key + length + 1))
        return g_strdup_printf (_("“%s” in [%s]"), key + length + 1, group->name);
    }
  return NULL;
}

char *
pulsar_option_keys_suggest (PulsarOptionKeys *self,
                            const char       *group,
                            const char       *key)
{
  g_autofree char *canonical = pulsar_setting_canonical_name (key);
  g_autofree char *small = g_ascii_strdown (canonical, -1);
  Group *found = find_group (self, group);
  const char *other = pulsar_option_keys_find_group_of (self, small);
  const char *name = found != NULL ? suggest_in (found, small) : NULL;

  if (name != NULL && strcmp (name, small) == 0)
    return g_strdup_printf ("“%s”", name);
  if (other != NULL)
    return g_strdup_printf (_("“%s” in [%s]"), small, other);
  if (name != NULL)
    return g_strdup_printf ("“%s”", name);
  return suggest_without_prefix (self, small);
}
