/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-config.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-config-registration-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

/**
 * PulsarConfig:
 *
 * The configuration of an application: its settings, and free parameters.
 *
 * Each setting is a [class@Pulsar.Setting], checked whenever it is set. A parameter is any other name with any value; it
 * is for the code of the application alone.
 *
 * Names are written with hyphens, and underscores are accepted wherever a name is read.
 *
 * Since: 0.1
 */
struct _PulsarConfig
{
  GObject parent_instance;
  GListStore *settings;    /* (owned) (not nullable) of PulsarSetting, in order of registration */
  GHashTable *by_name;     /* (owned) (not nullable) name or alias → setting, which `settings` keeps alive */
  GHashTable *parameters;  /* (owned) (not nullable) name → GVariant */
  PulsarConfigGuard guard; /* (nullable) */
  GObject *guard_owner;    /* (weak) (nullable) */
  PulsarConfigRegistration *registration; /* (owned) (nullable) set once the settings of the library are there */
  PulsarConfigPhase phase;
};

typedef enum
{
  PROP_SETTINGS = 1,
  PROP_PARAMETERS,
} PulsarConfigProperty;
static GParamSpec *properties[PROP_PARAMETERS + 1];

typedef enum
{
  SIGNAL_CHANGED,
} PulsarConfigSignal;
static guint signals[SIGNAL_CHANGED + 1];

G_DEFINE_FINAL_TYPE (PulsarConfig, pulsar_config, G_TYPE_OBJECT)

static PulsarSetting *
lookup (PulsarConfig *self,
        const char   *name)
{
  return g_hash_table_lookup (self->by_name, name);
}

void
pulsar_config_emit_changed (PulsarConfig  *self,
                            PulsarSetting *setting)
{
  g_autoptr(PulsarConfig) hold_self G_GNUC_UNUSED = g_object_ref (self);
  g_autoptr(PulsarSetting) hold_setting G_GNUC_UNUSED = g_object_ref (setting);

  g_signal_emit (self, signals[SIGNAL_CHANGED],
                 g_quark_from_string (pulsar_setting_get_name (setting)), setting);
}

/* Takes @name; with NULL the parameter is removed. */
static void
set_parameter (PulsarConfig *self,
               char         *name,
               GVariant     *value)
{
  gboolean changed;

  if (value != NULL)
    {
      GVariant *old_value = g_hash_table_lookup (self->parameters, name);

      changed = old_value == NULL || !g_variant_equal (old_value, value);
      g_hash_table_replace (self->parameters, name, g_variant_ref_sink (value));
    }
  else
    {
      changed = g_hash_table_remove (self->parameters, name);
      g_free (name);
    }
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PARAMETERS]);
}

static void
pulsar_config_finalize (GObject *object)
{
  PulsarConfig *self = PULSAR_CONFIG (object);

  g_clear_weak_pointer (&self->guard_owner);
  g_clear_pointer (&self->by_name, g_hash_table_unref);
  g_clear_pointer (&self->parameters, g_hash_table_unref);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->registration, pulsar_config_registration_free);

  G_OBJECT_CLASS (pulsar_config_parent_class)->finalize (object);
}

static void
pulsar_config_get_property (GObject    *object,
                            guint       property_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  PulsarConfig *self = PULSAR_CONFIG (object);

  switch ((PulsarConfigProperty) property_id)
    {
    case PROP_SETTINGS:
      g_value_set_object (value, self->settings);
      break;
    case PROP_PARAMETERS:
      g_value_take_variant (value, pulsar_config_get_parameters (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_config_class_init (PulsarConfigClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = pulsar_config_finalize;
  object_class->get_property = pulsar_config_get_property;

  /**
   * PulsarConfig:settings:
   *
   * The settings, [class@Pulsar.Setting] objects in the order of their registration.
   *
   * Since: 0.1
   */
  properties[PROP_SETTINGS] =
    g_param_spec_object ("settings", NULL, NULL, G_TYPE_LIST_MODEL,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfig:parameters:
   *
   * The free parameters, a dictionary of name and value.
   *
   * Since: 0.1
   */
  properties[PROP_PARAMETERS] =
    g_param_spec_variant ("parameters", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL,
                          G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  /**
   * PulsarConfig::changed:
   * @self: a configuration
   * @setting: the setting
   *
   * Emitted when a setting has another value.
   *
   * The detail is the name of the setting, as in `changed::workers`.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CHANGED] =
    g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED,
                  0, NULL, NULL, NULL, G_TYPE_NONE, 1, PULSAR_TYPE_SETTING);
}

static void
pulsar_config_init (PulsarConfig *self)
{
  self->settings = g_list_store_new (PULSAR_TYPE_SETTING);
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
}

PulsarConfigPhase
pulsar_config_get_phase (PulsarConfig *self)
{
  return self->phase;
}

void
pulsar_config_set_phase (PulsarConfig      *self,
                         PulsarConfigPhase  phase)
{
  self->phase = phase;
}

void
pulsar_config_set_guard (PulsarConfig      *self,
                         PulsarConfigGuard  guard,
                         GObject           *owner)
{
  self->guard = guard;
  g_set_weak_pointer (&self->guard_owner, owner);
}

gboolean
pulsar_config_ask_guard (PulsarConfig   *self,
                         PulsarSetting  *setting,
                         GVariant       *value,
                         GError        **error)
{
  return self->guard_owner == NULL || self->guard (self->guard_owner, setting, value, error);
}

/* A name that is no setting: code may give parameters, an operator only settings. */
static gboolean
set_unknown (PulsarConfig  *self,
             const char    *name,
             GVariant      *value,
             PulsarOrigin   origin,
             const char    *detail,
             GError       **error)
{
  switch (origin)
    {
    case PULSAR_ORIGIN_PARAMETER:
    case PULSAR_ORIGIN_RUNTIME:
      set_parameter (self, g_strdup (name), value);
      return TRUE;
    case PULSAR_ORIGIN_CLASS:
      if (!g_hash_table_contains (self->parameters, name))
        set_parameter (self, g_strdup (name), value);
      return TRUE;
    case PULSAR_ORIGIN_DEFAULT:
    case PULSAR_ORIGIN_ARBITER:
    case PULSAR_ORIGIN_KEY_FILE:
    case PULSAR_ORIGIN_ENVIRONMENT:
    case PULSAR_ORIGIN_COMMAND_LINE:
    default:
      g_set_error (error, PULSAR_ERROR,
                   origin == PULSAR_ORIGIN_COMMAND_LINE ? PULSAR_ERROR_USAGE : PULSAR_ERROR_CONFIGURATION,
                   _("%s: there is no setting “%s”"), detail, name);
      return FALSE;
    }
}

static gboolean
set_from (PulsarConfig  *self,
          const char    *name,
          GVariant      *value,
          PulsarOrigin   origin,
          const char    *detail,
          gboolean       is_guarded,
          GError       **error)
{
  g_autofree char *canonical = pulsar_setting_canonical_name (name);
  g_autoptr(GVariant) given = value != NULL ? g_variant_ref_sink (value) : NULL;
  g_autoptr(GVariant) checked = NULL;
  g_autoptr(GError) local_error = NULL;
  g_autoptr(PulsarSetting) setting = NULL;
  const char *word = NULL;

  setting = lookup (self, canonical);
  if (setting == NULL)
    return set_unknown (self, canonical, given, origin, detail, error);
  g_object_ref (setting);

  if (origin == PULSAR_ORIGIN_RUNTIME && self->phase == PULSAR_CONFIG_PHASE_RUNNING
      && (pulsar_setting_get_flags (setting) & PULSAR_SETTING_RUNTIME) == 0)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
                   _("Setting “%s” cannot change while the program runs"), canonical);
      return FALSE;
    }

  if (given != NULL)
    {
      checked = pulsar_setting_check (setting, given, &word, &local_error);
      if (checked == NULL)
        {
          int code = origin == PULSAR_ORIGIN_COMMAND_LINE ? PULSAR_ERROR_USAGE : PULSAR_ERROR_CONFIGURATION;

          if (detail != NULL)
            g_set_error (error, PULSAR_ERROR, code, "%s: %s", detail, local_error->message);
          else
            g_set_error (error, PULSAR_ERROR, code, _("Setting “%s”: %s"), canonical, local_error->message);
          return FALSE;
        }
    }
  if (is_guarded && !pulsar_config_ask_guard (self, setting, checked, error))
    return FALSE;
  if (pulsar_setting_set_layer (setting, origin, checked, word, detail))
    pulsar_config_emit_changed (self, setting);
  return TRUE;
}

gboolean
pulsar_config_set_from (PulsarConfig  *self,
                        const char    *name,
                        GVariant      *value,
                        PulsarOrigin   origin,
                        const char    *detail,
                        GError       **error)
{
  return set_from (self, name, value, origin, detail, origin == PULSAR_ORIGIN_RUNTIME && value != NULL, error);
}

gboolean
pulsar_config_follow (PulsarConfig  *self,
                      const char    *name,
                      GVariant      *value,
                      GError       **error)
{
  return set_from (self, name, value, PULSAR_ORIGIN_RUNTIME, NULL, FALSE, error);
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

void
pulsar_config_check_parameters (PulsarConfig *self,
                                GString      *errors)
{
  guint n = 0;
  g_autofree gpointer *names = g_hash_table_get_keys_as_array (self->parameters, &n);

  qsort (names, n, sizeof *names, compare_strings);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(GError) error = NULL;

      if (lookup (self, names[i]) != NULL
          && !pulsar_config_set_from (self, names[i], g_hash_table_lookup (self->parameters, names[i]),
                                      PULSAR_ORIGIN_PARAMETER, NULL, &error))
        g_string_append_printf (errors, "%s%s", errors->len > 0 ? "\n" : "", error->message);
    }
}

void
pulsar_config_clear_layer (PulsarConfig *self,
                           PulsarOrigin  origin)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->settings));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (G_LIST_MODEL (self->settings), i);

      if (pulsar_setting_set_layer (setting, origin, NULL, NULL, NULL))
        pulsar_config_emit_changed (self, setting);
    }
}

void
pulsar_config_adopt_globals (PulsarConfig *self,
                             PulsarConfig *other)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (other->settings));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(PulsarSetting) theirs = g_list_model_get_item (G_LIST_MODEL (other->settings), i);
      PulsarSetting *ours = lookup (self, pulsar_setting_get_name (theirs));
      const char *word = pulsar_setting_get_word (theirs);
      g_autoptr(GVariant) value = NULL;
      g_autoptr(GError) error = NULL;

      if (ours == NULL
          || (pulsar_setting_get_flags (theirs) & PULSAR_SETTING_GLOBAL) == 0
          || (pulsar_setting_get_flags (ours) & PULSAR_SETTING_GLOBAL) == 0
          || !pulsar_setting_get_is_modified (theirs))
        continue;
      value = g_variant_ref_sink (word != NULL ? g_variant_new_string (word) : pulsar_setting_get_value (theirs));
      if (!pulsar_config_set_from (self, pulsar_setting_get_name (theirs), value, PULSAR_ORIGIN_ARBITER,
                                   pulsar_setting_get_origin_detail (theirs), &error))
        g_info ("The value of the arbiter is not taken: %s", error->message);
    }
}

void
pulsar_config_replace_parameters (PulsarConfig *self,
                                  GVariant     *parameters)
{
  GVariantIter iter;
  char *name;
  GVariant *value;

  g_hash_table_remove_all (self->parameters);
  g_variant_iter_init (&iter, parameters);
  while (g_variant_iter_next (&iter, "{sv}", &name, &value))
    g_hash_table_replace (self->parameters, name, value);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PARAMETERS]);
}

/**
 * pulsar_config_new:
 *
 * Creates a configuration without settings.
 *
 * Returns: (transfer full): a new configuration
 *
 * Since: 0.1
 */
PulsarConfig *
pulsar_config_new (void)
{
  return g_object_new (PULSAR_TYPE_CONFIG, NULL);
}

/**
 * pulsar_config_get_settings:
 * @self: a configuration
 *
 * Gets the settings, [class@Pulsar.Setting] objects in the order of their registration.
 *
 * Returns: (transfer none): a list model
 *
 * Since: 0.1
 */
GListModel *
pulsar_config_get_settings (PulsarConfig *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIG (self), NULL);

  return G_LIST_MODEL (self->settings);
}

/**
 * pulsar_config_get_parameters:
 * @self: a configuration
 *
 * Gets the free parameters.
 *
 * Returns: (transfer full): a dictionary of name and value
 *
 * Since: 0.1
 */
GVariant *
pulsar_config_get_parameters (PulsarConfig *self)
{
  g_autoptr(GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE_VARDICT);
  GHashTableIter iter;
  gpointer name, value;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), NULL);

  g_hash_table_iter_init (&iter, self->parameters);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_variant_builder_add (builder, "{sv}", name, value);
  return g_variant_ref_sink (g_variant_builder_end (builder));
}

/* What somebody chose stays chosen, if the new setting takes it; what the class said belongs to the old one. */
static void
carry_over (PulsarSetting *old_setting,
            PulsarSetting *setting)
{
  for (PulsarOrigin origin = PULSAR_ORIGIN_PARAMETER; origin <= PULSAR_ORIGIN_RUNTIME; origin++)
    {
      const char *word = NULL;
      const char *detail = NULL;
      GVariant *value = pulsar_setting_peek_layer (old_setting, origin, &word, &detail);
      g_autoptr(GVariant) given = NULL;
      g_autoptr(GVariant) checked = NULL;

      if (value == NULL)
        continue;
      given = g_variant_ref_sink (word != NULL ? g_variant_new_string (word) : value);
      checked = pulsar_setting_check (setting, given, &word, NULL);
      if (checked != NULL)
        pulsar_setting_set_layer (setting, origin, checked, word, detail);
    }
}

/* A name always leads to the setting that bears it, even if an older one has it as an alias. */
static void
index_names (PulsarConfig  *self,
             PulsarSetting *setting)
{
  const char * const *aliases = pulsar_setting_get_aliases (setting);

  g_hash_table_replace (self->by_name, g_strdup (pulsar_setting_get_name (setting)), setting);
  for (gsize i = 0; aliases[i] != NULL; i++)
    {
      g_autofree char *alias = pulsar_setting_canonical_name (aliases[i]);

      if (!g_hash_table_contains (self->by_name, alias))
        g_hash_table_insert (self->by_name, g_steal_pointer (&alias), setting);
    }
}

static gboolean
is_setting (gpointer name,
            gpointer value,
            gpointer user_data)
{
  return value == user_data;
}

/* Moves the parameters that bear a name of @setting into it. */
static void
take_parameters (PulsarConfig  *self,
                 PulsarSetting *setting)
{
  gboolean taken = FALSE;
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, self->parameters);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      g_autoptr(GVariant) checked = NULL;
      const char *word = NULL;

      if (lookup (self, name) != setting)
        continue;
      checked = pulsar_setting_check (setting, value, &word, NULL);
      if (checked == NULL)
        continue;
      pulsar_setting_set_layer (setting, PULSAR_ORIGIN_PARAMETER, checked, word, NULL);
      g_hash_table_iter_remove (&iter);
      taken = TRUE;
    }
  if (taken)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PARAMETERS]);
}

/**
 * pulsar_config_add_setting:
 * @self: a configuration
 * @setting: a setting
 *
 * Adds a setting.
 *
 * One of the same name is replaced: the new one takes its place in the list and the values it was given, as far as it
 * accepts them, but not its default. A parameter of that name becomes the value of the setting; if the setting refuses
 * it, loading the configuration fails.
 *
 * Settings of the library cannot be replaced in an application: the attempt changes nothing, and loading the configuration
 * fails. [method@Pulsar.Config.set_class_value] gives them another default.
 *
 * A setting belongs to one configuration: adding it to another one adds a copy without its values.
 *
 * Since: 0.1
 */
void
pulsar_config_add_setting (PulsarConfig  *self,
                           PulsarSetting *setting)
{
  g_autoptr(PulsarSetting) claimed = NULL;
  PulsarSetting *old_setting;
  const char *name;
  guint position = 0;

  g_return_if_fail (PULSAR_IS_CONFIG (self));
  g_return_if_fail (PULSAR_IS_SETTING (setting));

  name = pulsar_setting_get_name (setting);
  old_setting = lookup (self, name);
  if (old_setting == setting)
    return;
  if (old_setting != NULL && strcmp (pulsar_setting_get_name (old_setting), name) == 0 && self->registration != NULL
      && !pulsar_config_registration_allows (self->registration, old_setting, setting))
    return;
  claimed = pulsar_setting_claim (setting);

  if (old_setting != NULL && strcmp (pulsar_setting_get_name (old_setting), name) == 0)
    {
      g_autoptr(PulsarSetting) hold G_GNUC_UNUSED = g_object_ref (old_setting);

      carry_over (old_setting, claimed);
      g_hash_table_foreach_remove (self->by_name, is_setting, old_setting);
      index_names (self, claimed);
      take_parameters (self, claimed);
      if (!g_list_store_find (self->settings, old_setting, &position))
        g_assert_not_reached ();
      g_list_store_splice (self->settings, position, 1, (gpointer *) &claimed, 1);
      return;
    }
  index_names (self, claimed);
  take_parameters (self, claimed);
  g_list_store_append (self->settings, claimed);
}

/**
 * pulsar_config_get_setting:
 * @self: a configuration
 * @name: the name of a setting, or an alias
 *
 * Looks a setting up.
 *
 * Returns: (transfer none) (nullable): the setting, or `NULL` if there is none of that name
 *
 * Since: 0.1
 */
PulsarSetting *
pulsar_config_get_setting (PulsarConfig *self,
                           const char   *name)
{
  g_autofree char *canonical = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  canonical = pulsar_setting_canonical_name (name);
  return lookup (self, canonical);
}

/**
 * pulsar_config_get_value:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets the value of a setting, or of a parameter if no setting bears that name.
 *
 * Returns: (transfer full) (nullable): the value, or `NULL` if there is neither
 *
 * Since: 0.1
 */
GVariant *
pulsar_config_get_value (PulsarConfig *self,
                         const char   *name)
{
  g_autofree char *canonical = NULL;
  PulsarSetting *setting;
  GVariant *value;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  canonical = pulsar_setting_canonical_name (name);
  setting = lookup (self, canonical);
  value = setting != NULL ? pulsar_setting_get_value (setting) : g_hash_table_lookup (self->parameters, canonical);
  return value != NULL ? g_variant_ref (value) : NULL;
}

/**
 * pulsar_config_set_value:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @value: (nullable): the value; a floating reference is taken
 * @error: return location for an error
 *
 * Sets a setting, or a parameter if no setting bears that name.
 *
 * A setting takes values of its type, others that convert without loss, its words, and text as the command line has it.
 * For a duration an int64 is microseconds, and every other number is seconds.
 *
 * Before the configuration is loaded the value is a parameter, [enum@Pulsar.Origin], which key files, environment and
 * command line may override. Afterwards it is a change at run time, which overrides all of them; once the program runs
 * only settings with `PULSAR_SETTING_RUNTIME` can be changed.
 *
 * With `NULL` what was set so before is taken back.
 *
 * Returns: `TRUE` if the value was set; otherwise `PULSAR_ERROR_CONFIGURATION` if the setting refuses it, or
 *   `PULSAR_ERROR_NOT_ALLOWED` if the setting cannot change now
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_value (PulsarConfig  *self,
                         const char    *name,
                         GVariant      *value,
                         GError       **error)
{
  g_return_val_if_fail (PULSAR_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return pulsar_config_set_from (self, name, value,
                                 self->phase == PULSAR_CONFIG_PHASE_OPEN ? PULSAR_ORIGIN_PARAMETER
                                                                         : PULSAR_ORIGIN_RUNTIME,
                                 NULL, error);
}

/**
 * pulsar_config_set_class_value:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @value: the value; a floating reference is taken
 *
 * Sets what a class of applications has in place of the default of a setting.
 *
 * Whatever a user or a parameter says overrides it. A value the setting refuses is an error of the programmer, and so is a
 * name that is nearly that of a setting: in an application loading the configuration fails.
 *
 * Since: 0.1
 */
void
pulsar_config_set_class_value (PulsarConfig *self,
                               const char   *name,
                               GVariant     *value)
{
  g_autoptr(GError) error = NULL;

  g_return_if_fail (PULSAR_IS_CONFIG (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (value != NULL);

  if (self->registration != NULL && pulsar_config_get_setting (self, name) == NULL)
    {
      g_autofree char *canonical = pulsar_setting_canonical_name (name);

      pulsar_config_registration_add_free (self->registration, canonical);
    }
  if (pulsar_config_set_from (self, name, value, PULSAR_ORIGIN_CLASS, NULL, &error))
    return;
  if (self->registration != NULL)
    pulsar_config_registration_add_wrong (self->registration, error->message);
  else
    g_critical ("A class has a wrong value: %s", error->message);
}

void
pulsar_config_begin_registration (PulsarConfig *self)
{
  g_clear_pointer (&self->registration, pulsar_config_registration_free);
  self->registration = pulsar_config_registration_new (G_LIST_MODEL (self->settings));
}

gboolean
pulsar_config_check_registration (PulsarConfig  *self,
                                  GError       **error)
{
  return self->registration == NULL
         || pulsar_config_registration_check (self->registration, G_LIST_MODEL (self->settings), error);
}

static PulsarConfig *
copy (PulsarConfig *self,
      const char   *prefix)
{
  PulsarConfig *other = pulsar_config_new ();
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->settings));
  GHashTableIter iter;
  gpointer name, value;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (G_LIST_MODEL (self->settings), i);
      g_autoptr(PulsarSetting) setting_copy = pulsar_setting_copy (setting, prefix);

      pulsar_config_add_setting (other, setting_copy);
    }
  g_hash_table_iter_init (&iter, self->parameters);
  while (g_hash_table_iter_next (&iter, &name, &value))
    set_parameter (other, g_strdup (name), value);
  other->phase = self->phase;
  return other;
}

/**
 * pulsar_config_copy:
 * @self: a configuration
 *
 * Copies a configuration: its settings with their values and origins, and its parameters.
 *
 * Returns: (transfer full): a new configuration
 *
 * Since: 0.1
 */
PulsarConfig *
pulsar_config_copy (PulsarConfig *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIG (self), NULL);

  return copy (self, NULL);
}

/**
 * pulsar_config_copy_with_prefix:
 * @self: a configuration
 * @prefix: the prefix of an application
 *
 * Copies a configuration for use next to that of another application.
 *
 * Settings that are not global are called `<prefix>-<name>`, their option is `--<prefix>-<flag>`, and they have no short
 * option.
 *
 * Returns: (transfer full): a new configuration
 *
 * Since: 0.1
 */
PulsarConfig *
pulsar_config_copy_with_prefix (PulsarConfig *self,
                                const char   *prefix)
{
  g_return_val_if_fail (PULSAR_IS_CONFIG (self), NULL);
  g_return_val_if_fail (prefix != NULL, NULL);

  return copy (self, prefix);
}
