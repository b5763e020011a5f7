/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-config.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

/* A snapshot is a dictionary, so that later versions can add to it. */
#define KEY_SETTINGS "settings"
#define KEY_PARAMETERS "parameters"
#define SETTINGS_TYPE "a(syvss)"  /* name, origin, value, word, detail; no word and no detail are empty */

/* One setting of a snapshot. */
typedef struct
{
  GVariant *value;     /* (owned) */
  char *word;          /* (owned) (nullable) */
  char *detail;        /* (owned) (nullable) */
  PulsarOrigin origin;
} Entry;

static void
entry_free (Entry *entry)
{
  g_clear_pointer (&entry->value, g_variant_unref);
  g_clear_pointer (&entry->word, g_free);
  g_clear_pointer (&entry->detail, g_free);
  g_free (entry);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Entry, entry_free)

/**
 * pulsar_config_to_snapshot:
 * @self: a configuration
 *
 * Writes the configuration down: the values that are not defaults, with their origins, and the parameters.
 *
 * This is how a worker gets the configuration. Secret values are part of it.
 *
 * Returns: (transfer full): a dictionary for [method@Pulsar.Config.apply_snapshot]
 *
 * Since: 0.1
 */
GVariant *
pulsar_config_to_snapshot (PulsarConfig *self)
{
  g_autoptr(GVariantBuilder) settings = NULL;
  g_autoptr(GVariant) parameters = NULL;
  g_auto(GVariantDict) snapshot = G_VARIANT_DICT_INIT (NULL);
  GListModel *model;
  guint n;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), NULL);

  settings = g_variant_builder_new (G_VARIANT_TYPE (SETTINGS_TYPE));
  model = pulsar_config_get_settings (self);
  n = g_list_model_get_n_items (model);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (model, i);
      const char *word = pulsar_setting_get_word (setting);
      const char *detail = pulsar_setting_get_origin_detail (setting);

      if (pulsar_setting_get_origin (setting) == PULSAR_ORIGIN_DEFAULT)
        continue;
      g_variant_builder_add (settings, "(syvss)",
                             pulsar_setting_get_name (setting),
                             (guchar) pulsar_setting_get_origin (setting),
                             pulsar_setting_get_value (setting),
                             word != NULL ? word : "",
                             detail != NULL ? detail : "");
    }
  parameters = pulsar_config_get_parameters (self);
  g_variant_dict_insert_value (&snapshot, KEY_SETTINGS, g_variant_builder_end (settings));
  g_variant_dict_insert_value (&snapshot, KEY_PARAMETERS, parameters);
  return g_variant_ref_sink (g_variant_dict_end (&snapshot));
}

/* Takes @value. What a word means is for the process to say that read it first, and may lie outside the range: for a value
 * given by one only the type counts. */
static Entry *
new_entry (PulsarSetting  *setting,
           GVariant       *value,
           guchar          origin,
           const char     *word,
           const char     *detail,
           GError        **error)
{
  g_autoptr(Entry) entry = g_new0 (Entry, 1);
  g_autoptr(GVariant) given = value;
  g_autoptr(GError) local_error = NULL;

  entry->word = *word != '\0' ? g_strdup (word) : NULL;
  entry->detail = *detail != '\0' ? g_strdup (detail) : NULL;
  entry->origin = (PulsarOrigin) origin;

  if (origin == PULSAR_ORIGIN_DEFAULT || origin > PULSAR_ORIGIN_RUNTIME)
    g_set_error (&local_error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, _("there is no origin %u"), origin);
  else if (entry->word != NULL
           && g_variant_is_of_type (given, g_variant_get_type (pulsar_setting_get_value (setting))))
    entry->value = g_steal_pointer (&given);
  else
    entry->value = pulsar_setting_check (setting, given, NULL, &local_error);

  if (entry->value == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, _("Setting “%s” of a snapshot: %s"),
                   pulsar_setting_get_name (setting), local_error->message);
      return NULL;
    }
  return g_steal_pointer (&entry);
}

/* Sorts the settings of a snapshot: those known here into a table from the setting to its entry, the others go to the
 * parameters, so that code that asks for them finds them. */
static gboolean
read_settings (PulsarConfig  *self,
               GVariant      *settings,
               GHashTable    *entries,
               GVariantDict  *parameters,
               GError       **error)
{
  GVariantIter iter;
  const char *name, *word, *detail;
  guchar origin;
  GVariant *value;

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_next (&iter, "(&syv&s&s)", &name, &origin, &value, &word, &detail))
    {
      PulsarSetting *setting = pulsar_config_get_setting (self, name);
      Entry *entry;

      if (setting == NULL)
        {
          g_variant_dict_insert_value (parameters, name, value);
          g_variant_unref (value);
          continue;
        }
      entry = new_entry (setting, value, origin, word, detail, error);
      if (entry == NULL)
        return FALSE;
      g_hash_table_replace (entries, setting, entry);
    }
  return TRUE;
}

/* Nobody is told of a change before all are made. */
static void
restore_settings (PulsarConfig *self,
                  GHashTable   *entries)
{
  GListModel *model = pulsar_config_get_settings (self);
  guint n = g_list_model_get_n_items (model);
  g_autoptr(GPtrArray) settings = g_ptr_array_new_full (n, g_object_unref);
  g_autoptr(GPtrArray) changed = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    {
      PulsarSetting *setting = g_list_model_get_item (model, i);
      Entry *entry = g_hash_table_lookup (entries, setting);
      gboolean is_changed;

      g_ptr_array_add (settings, setting);
      g_object_freeze_notify (G_OBJECT (setting));
      if (entry != NULL)
        is_changed = pulsar_setting_restore (setting, entry->origin, entry->value, entry->word, entry->detail);
      else
        is_changed = pulsar_setting_restore (setting, PULSAR_ORIGIN_DEFAULT, NULL, NULL, NULL);
      if (is_changed)
        g_ptr_array_add (changed, setting);
    }

  for (guint i = 0; i < n; i++)
    g_object_thaw_notify (settings->pdata[i]);
  for (guint i = 0; i < changed->len; i++)
    pulsar_config_emit_changed (self, changed->pdata[i]);
}

/**
 * pulsar_config_apply_snapshot:
 * @self: a configuration
 * @snapshot: what [method@Pulsar.Config.to_snapshot] returned, maybe in another process
 * @error: return location for an error
 *
 * Makes the configuration the one that was written down.
 *
 * Settings the snapshot does not mention get their defaults, and all other values of this configuration are forgotten.
 * Settings that do not exist here become parameters. The configuration counts as loaded. If there is an error nothing is
 * changed.
 *
 * Returns: `TRUE` if it was applied, otherwise `PULSAR_ERROR_CONFIGURATION`
 *
 * Since: 0.1
 */
gboolean
pulsar_config_apply_snapshot (PulsarConfig  *self,
                              GVariant      *snapshot,
                              GError       **error)
{
  g_autoptr(GVariant) hold G_GNUC_UNUSED = NULL;
  g_autoptr(GVariant) settings = NULL;
  g_autoptr(GVariant) given_parameters = NULL;
  g_autoptr(GVariant) parameters = NULL;
  g_autoptr(GHashTable) entries = NULL;
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (snapshot != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  hold = g_variant_ref_sink (snapshot);
  if (g_variant_is_of_type (snapshot, G_VARIANT_TYPE_VARDICT))
    {
      settings = g_variant_lookup_value (snapshot, KEY_SETTINGS, G_VARIANT_TYPE (SETTINGS_TYPE));
      given_parameters = g_variant_lookup_value (snapshot, KEY_PARAMETERS, G_VARIANT_TYPE_VARDICT);
    }
  if (settings == NULL || given_parameters == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("The snapshot of the configuration lacks “%s” or “%s”"), KEY_SETTINGS, KEY_PARAMETERS);
      return FALSE;
    }

  entries = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) entry_free);
  g_variant_dict_init (&dict, given_parameters);
  if (!read_settings (self, settings, entries, &dict, error))
    return FALSE;

  parameters = g_variant_ref_sink (g_variant_dict_end (&dict));
  pulsar_config_set_phase (self, PULSAR_CONFIG_PHASE_LOADED);
  restore_settings (self, entries);
  pulsar_config_replace_parameters (self, parameters);
  return TRUE;
}
