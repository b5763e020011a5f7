/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/process/pulsar-process-attributes-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/base/pulsar-processors-private.h"
#include "pulsar-glib/config/pulsar-setting.h"
#include "pulsar-glib/process/pulsar-privileges-private.h"

struct _PulsarProcessAttributes
{
  PulsarPrivileges privileges;
  GArray *processors;      /* (owned) (nullable) guint */
  guint n_files;           /* 0: not changed */
  int umask;               /* -1: not changed */
  int nice;
  gboolean sets_nice;
  gboolean new_privileges;
};

/* What was found out about a user. */
typedef struct
{
  char *user;   /* (owned) */
  char *group;  /* (owned) */
  PulsarPrivileges privileges;
} Found;

static GQuark
found_quark (void)
{
  return g_quark_from_static_string ("pulsar-privileges-found");
}

static void
found_free (Found *found)
{
  g_free (found->user);
  g_free (found->group);
  pulsar_privileges_clear (&found->privileges);
  g_free (found);
}

static void
copy_privileges (PulsarPrivileges       *self,
                 const PulsarPrivileges *source)
{
  *self = *source;
  if (source->groups != NULL)
    self->groups = g_array_ref (source->groups);
}

static gboolean
find_privileges (PulsarConfig      *config,
                 PulsarPrivileges  *privileges,
                 GError           **error)
{
  g_autofree char *user = pulsar_config_dup_string (config, "user");
  g_autofree char *group = pulsar_config_dup_string (config, "group");
  Found *found = g_object_get_qdata (G_OBJECT (config), found_quark ());

  if (found == NULL || !g_str_equal (found->user, user) || !g_str_equal (found->group, group))
    {
      PulsarPrivileges resolved;

      if (!pulsar_privileges_resolve (&resolved, user, group, error))
        {
          pulsar_privileges_clear (&resolved);
          return FALSE;
        }
      found = g_new0 (Found, 1);
      found->user = g_steal_pointer (&user);
      found->group = g_steal_pointer (&group);
      found->privileges = resolved;
      g_object_set_qdata_full (G_OBJECT (config), found_quark (), found, (GDestroyNotify) found_free);
    }
  copy_privileges (privileges, &found->privileges);
  return TRUE;
}

/* “auto” spreads workers over the processors there are, one each; processes that are none of several go where they like. */
static gboolean
find_processors (PulsarConfig  *config,
                 int            slot,
                 GArray       **processors,
                 GError       **error)
{
  g_autofree char *text = pulsar_config_dup_string (config, "cpu-affinity");
  g_autoptr(GArray) allowed = NULL;

  if (g_str_equal (text, "none") || *text == '\0')
    return TRUE;
  if (!g_str_equal (text, "auto"))
    {
      *processors = pulsar_processors_parse (text, error);
      return *processors != NULL;
    }

  allowed = pulsar_processors_list_allowed ();
  if (slot >= 0 && allowed->len > 0)
    {
      *processors = g_array_new (FALSE, FALSE, sizeof (guint));
      g_array_append_val (*processors, g_array_index (allowed, guint, (guint) slot % allowed->len));
    }
  return TRUE;
}

static gboolean
is_set (PulsarConfig *config,
        const char   *name)
{
  PulsarSetting *setting = pulsar_config_get_setting (config, name);

  return setting != NULL && pulsar_setting_get_origin (setting) != PULSAR_ORIGIN_DEFAULT;
}

PulsarProcessAttributes *
pulsar_process_attributes_new (PulsarConfig  *config,
                               int            slot,
                               GError       **error)
{
  g_autoptr(PulsarProcessAttributes) self = g_new0 (PulsarProcessAttributes, 1);

  if (!find_privileges (config, &self->privileges, error) || !find_processors (config, slot, &self->processors, error))
    return NULL;
  self->n_files = pulsar_config_get_uint (config, "rlimit-nofile");
  self->umask = pulsar_process_attributes_get_umask (config);
  self->sets_nice = is_set (config, "nice");
  self->nice = pulsar_config_get_int (config, "nice");
  /* “user” may have been set in a configured hook, too late for the setting to follow. */
  self->new_privileges = pulsar_config_get_boolean (config, "new-privileges")
                         && (self->privileges.user == (uid_t) -1 || is_set (config, "new-privileges"));
  return g_steal_pointer (&self);
}

void
pulsar_process_attributes_free (PulsarProcessAttributes *self)
{
  pulsar_privileges_clear (&self->privileges);
  g_clear_pointer (&self->processors, g_array_unref);
  g_free (self);
}

GVariant *
pulsar_process_attributes_to_variant (PulsarProcessAttributes *self)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  const GArray *groups = self->privileges.groups;
  const GArray *processors = self->processors;

  G_STATIC_ASSERT (sizeof (uid_t) == sizeof (guint32) && sizeof (gid_t) == sizeof (guint32));
  if (self->privileges.user != (uid_t) -1)
    g_variant_dict_insert (&dict, "user", "u", (guint32) self->privileges.user);
  if (groups != NULL)
    {
      g_variant_dict_insert (&dict, "group", "u", (guint32) self->privileges.group);
      g_variant_dict_insert_value (&dict, "groups", g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, groups->data, groups->len,
                                                                               sizeof (guint32)));
    }
  if (processors != NULL)
    g_variant_dict_insert_value (&dict, "processors", g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, processors->data,
                                                                                 processors->len, sizeof (guint32)));
  if (self->n_files != 0)
    g_variant_dict_insert (&dict, "files", "u", self->n_files);
  if (self->umask >= 0)
    g_variant_dict_insert (&dict, "umask", "i", self->umask);
  if (self->sets_nice)
    g_variant_dict_insert (&dict, "nice", "i", self->nice);
  g_variant_dict_insert (&dict, "new-privileges", "b", self->new_privileges);
  return g_variant_dict_end (&dict);
}

static GArray *
dup_numbers (GVariant *value)
{
  gsize n;
  gconstpointer numbers = g_variant_get_fixed_array (value, &n, sizeof (guint32));
  GArray *array = g_array_sized_new (FALSE, FALSE, sizeof (guint32), (guint) n);

  if (n > 0)
    g_array_append_vals (array, numbers, (guint) n);
  return array;
}

static gboolean
read_field (PulsarProcessAttributes *self,
            const char              *key,
            GVariant                *value)
{
  static const struct
  {
    const char *key;
    const char *type;
  } fields[] = {
    { "user", "u" }, { "group", "u" }, { "groups", "au" }, { "processors", "au" }, { "files", "u" }, { "umask", "i" }, { "nice", "i" },
    { "new-privileges", "b" },
  };
  gsize i = 0;

  while (i < G_N_ELEMENTS (fields) && !g_str_equal (fields[i].key, key))
    i++;
  if (i == G_N_ELEMENTS (fields) || !g_variant_is_of_type (value, G_VARIANT_TYPE (fields[i].type)))
    return FALSE;
  switch (i)
    {
    case 0:
      self->privileges.user = (uid_t) g_variant_get_uint32 (value);
      break;
    case 1:
      self->privileges.group = (gid_t) g_variant_get_uint32 (value);
      break;
    case 2:
      g_clear_pointer (&self->privileges.groups, g_array_unref);
      self->privileges.groups = dup_numbers (value);
      break;
    case 3:
      g_clear_pointer (&self->processors, g_array_unref);
      self->processors = dup_numbers (value);
      break;
    case 4:
      self->n_files = g_variant_get_uint32 (value);
      break;
    case 5:
      self->umask = g_variant_get_int32 (value);
      break;
    case 6:
      self->nice = g_variant_get_int32 (value);
      self->sets_nice = TRUE;
      break;
    default:
      self->new_privileges = g_variant_get_boolean (value);
      break;
    }
  return TRUE;
}

/* One that cannot be read is no reason to do without: it may be the user. */
PulsarProcessAttributes *
pulsar_process_attributes_from_variant (GVariant *variant)
{
  g_autoptr(PulsarProcessAttributes) self = NULL;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT))
    return NULL;

  self = g_new0 (PulsarProcessAttributes, 1);
  self->privileges = (PulsarPrivileges) PULSAR_PRIVILEGES_INIT;
  self->umask = -1;
  self->new_privileges = TRUE;
  g_variant_iter_init (&iter, variant);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value))
    {
      gboolean is_read = read_field (self, key, value);

      g_variant_unref (value);
      if (!is_read)
        return NULL;
    }
  if ((self->privileges.group != (gid_t) -1) != (self->privileges.groups != NULL))
    return NULL;
  return g_steal_pointer (&self);
}

/* A list that names a processor this process may not use is a mistake, even if others of it can be used. */
static gboolean
check_processors (GArray  *processors,
                  GError **error)
{
  g_autoptr(GArray) allowed = pulsar_processors_list_allowed ();
  g_autofree char *text = NULL;
  guint k = 0;

  for (guint i = 0; i < processors->len; i++)
    {
      guint wanted = g_array_index (processors, guint, i);

      while (k < allowed->len && g_array_index (allowed, guint, k) < wanted)
        k++;
      if (k < allowed->len && g_array_index (allowed, guint, k) == wanted)
        continue;
      text = pulsar_processors_to_string (allowed);
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“cpu-affinity”: this program may not use processor %u; allowed are %s"), wanted, text);
      return FALSE;
    }
  return TRUE;
}

/* Without worker processes there is nothing that could be another user's: never as the user of the arbiter by accident. */
static gboolean
check_no_workers (PulsarConfig  *config,
                  GError       **error)
{
  static const char * const names[] = { "user", "group", "new-privileges" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (!is_set (config, names[i]))
        continue;
      if (i < 2)
        {
          g_autofree char *text = pulsar_config_dup_string (config, names[i]);

          if (*text == '\0')
            continue;
        }
      else if (pulsar_config_get_boolean (config, names[i]))
        {
          continue;
        }
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is for worker processes, and with “workers” 0 there are none: the application would run with the rights of "
                     "the arbiter; set “workers” to 1 or more, or leave “%s” out"), names[i], names[i]);
      return FALSE;
    }
  return TRUE;
}

gboolean
pulsar_process_attributes_check (PulsarConfig  *config,
                                 GError       **error)
{
  g_autoptr(PulsarProcessAttributes) self = pulsar_process_attributes_new (config, 0, error);
  g_autofree char *user = pulsar_config_dup_string (config, "user");
  g_autofree char *group = pulsar_config_dup_string (config, "group");

  return self != NULL
         && (pulsar_config_get_uint (config, "workers") != 0 || check_no_workers (config, error))
         && pulsar_privileges_check (&self->privileges, user, group, error)
         && (self->processors == NULL || check_processors (self->processors, error));
}

static gboolean
apply_n_files (guint    n_files,
               GError **error)
{
  const struct rlimit limit = { .rlim_cur = n_files, .rlim_max = n_files };
  g_autofree char *most = NULL;
  struct rlimit current = { 0 };
  int number;

  if (setrlimit (RLIMIT_NOFILE, &limit) == 0)
    return TRUE;
  number = errno;
  getrlimit (RLIMIT_NOFILE, &current);
  most = g_strdup_printf ("%" G_GUINT64_FORMAT, (guint64) current.rlim_max);
  g_set_error (error, PULSAR_ERROR, number == EPERM ? PULSAR_ERROR_PERMISSION_DENIED : PULSAR_ERROR_START,
               _("“rlimit-nofile”: the limit cannot be %u: %s; without the rights of root %s is the most, and with them what "
                 "/proc/sys/fs/nr_open says"),
               n_files, g_strerror (number), most);
  return FALSE;
}

/* Both belong to a thread, and there may be some. One that has ended meanwhile is no failure. */
static gboolean
apply_to_threads (PulsarProcessAttributes  *self,
                  GError                  **error)
{
  g_autoptr(GArray) threads = pulsar_privileges_list_threads (error);

  if (threads == NULL)
    return FALSE;
  for (guint i = 0; i < threads->len; i++)
    {
      int thread = g_array_index (threads, int, i);
      int number = 0;

      if (self->processors != NULL)
        number = pulsar_processors_bind (thread, (const guint *) (gpointer) self->processors->data, self->processors->len);
      if (number != 0 && number != ESRCH)
        {
          g_autofree char *text = pulsar_processors_to_string (self->processors);

          g_set_error (error, PULSAR_ERROR, number == EPERM ? PULSAR_ERROR_PERMISSION_DENIED : PULSAR_ERROR_CONFIGURATION,
                       _("“cpu-affinity”: the worker cannot run on processors %s: %s"), text, g_strerror (number));
          return FALSE;
        }
      if (!self->sets_nice || setpriority (PRIO_PROCESS, (id_t) thread, self->nice) == 0 || errno == ESRCH)
        continue;
      number = errno;
      g_set_error (error, PULSAR_ERROR,
                   number == EACCES || number == EPERM ? PULSAR_ERROR_PERMISSION_DENIED : PULSAR_ERROR_START,
                   _("“nice”: the worker cannot be given %d: %s; without the rights of root %d and more are allowed"),
                   self->nice, g_strerror (number), getpriority (PRIO_PROCESS, 0));
      return FALSE;
    }
  return TRUE;
}

gboolean
pulsar_process_attributes_apply (PulsarProcessAttributes  *self,
                                 GError                  **error)
{
  /* What may take rights to do comes before they are dropped. */
  if (self->umask >= 0)
    umask ((mode_t) self->umask);
  if (self->n_files != 0 && !apply_n_files (self->n_files, error))
    return FALSE;
  if ((self->processors != NULL || self->sets_nice) && !apply_to_threads (self, error))
    return FALSE;
  return pulsar_privileges_drop (&self->privileges, error)
         && (self->new_privileges || pulsar_privileges_forbid_new (error));
}

int
pulsar_process_attributes_get_umask (PulsarConfig *config)
{
  g_autofree char *text = pulsar_config_dup_string (config, "umask");

  return *text == '\0' ? -1 : (int) g_ascii_strtoull (text, NULL, 8);
}
