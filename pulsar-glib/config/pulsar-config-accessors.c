/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-config-private.h"

/* Comfort for C: values without a GVariant in between. Asking for a name that does not exist, or for another type than
 * the value has, is an error of the programmer. */

static GVariant *
get_typed (PulsarConfig       *self,
           const char         *name,
           const GVariantType *type)
{
  g_autoptr(GVariant) value = pulsar_config_get_value (self, name);

  if (value == NULL)
    g_critical ("There is neither a setting nor a parameter “%s”", name);
  else if (!g_variant_is_of_type (value, type))
    g_critical ("“%s” has the type “%s”, not “%s”",
                name, g_variant_get_type_string (value), g_variant_type_peek_string (type));
  else
    return g_steal_pointer (&value);
  return NULL;
}

/**
 * pulsar_config_get_boolean:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets a boolean.
 *
 * Asking for a name that does not exist or for a value of another type is an error of the programmer.
 *
 * Returns: the value, or `FALSE` after such an error
 *
 * Since: 0.1
 */
gboolean
pulsar_config_get_boolean (PulsarConfig *self,
                           const char   *name)
{
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), FALSE);
  g_return_val_if_fail (name != NULL, FALSE);

  value = get_typed (self, name, G_VARIANT_TYPE_BOOLEAN);
  return value != NULL ? g_variant_get_boolean (value) : FALSE;
}

/**
 * pulsar_config_set_boolean:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @value: the value
 * @error: return location for an error
 *
 * Sets a boolean. See [method@Pulsar.Config.set_value].
 *
 * Returns: `TRUE` if the value was set
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_boolean (PulsarConfig  *self,
                           const char    *name,
                           gboolean       value,
                           GError       **error)
{
  return pulsar_config_set_value (self, name, g_variant_new_boolean (value), error);
}

/**
 * pulsar_config_get_int:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets an int.
 *
 * Asking for a name that does not exist or for a value of another type is an error of the programmer.
 *
 * Returns: the value, or 0 after such an error
 *
 * Since: 0.1
 */
int
pulsar_config_get_int (PulsarConfig *self,
                       const char   *name)
{
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  value = get_typed (self, name, G_VARIANT_TYPE_INT32);
  return value != NULL ? g_variant_get_int32 (value) : 0;
}

/**
 * pulsar_config_set_int:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @value: the value
 * @error: return location for an error
 *
 * Sets an int. See [method@Pulsar.Config.set_value].
 *
 * Returns: `TRUE` if the value was set
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_int (PulsarConfig  *self,
                       const char    *name,
                       int            value,
                       GError       **error)
{
  return pulsar_config_set_value (self, name, g_variant_new_int32 (value), error);
}

/**
 * pulsar_config_get_uint:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets a uint.
 *
 * Asking for a name that does not exist or for a value of another type is an error of the programmer.
 *
 * Returns: the value, or 0 after such an error
 *
 * Since: 0.1
 */
guint
pulsar_config_get_uint (PulsarConfig *self,
                        const char   *name)
{
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  value = get_typed (self, name, G_VARIANT_TYPE_UINT32);
  return value != NULL ? g_variant_get_uint32 (value) : 0;
}

/**
 * pulsar_config_set_uint:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @value: the value
 * @error: return location for an error
 *
 * Sets a uint. See [method@Pulsar.Config.set_value].
 *
 * Returns: `TRUE` if the value was set
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_uint (PulsarConfig  *self,
                        const char    *name,
                        guint          value,
                        GError       **error)
{
  return pulsar_config_set_value (self, name, g_variant_new_uint32 (value), error);
}

/**
 * pulsar_config_get_int64:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets an int64.
 *
 * Asking for a name that does not exist or for a value of another type is an error of the programmer.
 *
 * Returns: the value, or 0 after such an error
 *
 * Since: 0.1
 */
gint64
pulsar_config_get_int64 (PulsarConfig *self,
                         const char   *name)
{
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  value = get_typed (self, name, G_VARIANT_TYPE_INT64);
  return value != NULL ? g_variant_get_int64 (value) : 0;
}

/**
 * pulsar_config_set_int64:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @value: the value
 * @error: return location for an error
 *
 * Sets an int64. See [method@Pulsar.Config.set_value].
 *
 * Returns: `TRUE` if the value was set
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_int64 (PulsarConfig  *self,
                         const char    *name,
                         gint64         value,
                         GError       **error)
{
  return pulsar_config_set_value (self, name, g_variant_new_int64 (value), error);
}

/**
 * pulsar_config_get_double:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets a double.
 *
 * Asking for a name that does not exist or for a value of another type is an error of the programmer.
 *
 * Returns: the value, or 0 after such an error
 *
 * Since: 0.1
 */
double
pulsar_config_get_double (PulsarConfig *self,
                          const char   *name)
{
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), 0.0);
  g_return_val_if_fail (name != NULL, 0.0);

  value = get_typed (self, name, G_VARIANT_TYPE_DOUBLE);
  return value != NULL ? g_variant_get_double (value) : 0.0;
}

/**
 * pulsar_config_set_double:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @value: the value
 * @error: return location for an error
 *
 * Sets a double. See [method@Pulsar.Config.set_value].
 *
 * Returns: `TRUE` if the value was set
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_double (PulsarConfig  *self,
                          const char    *name,
                          double         value,
                          GError       **error)
{
  return pulsar_config_set_value (self, name, g_variant_new_double (value), error);
}

/**
 * pulsar_config_dup_string:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets a string, or the nick of an enumerated value.
 *
 * Asking for a name that does not exist or for a value of another type is an error of the programmer.
 *
 * Returns: (transfer full) (nullable): the text, or `NULL` after such an error
 *
 * Since: 0.1
 */
char *
pulsar_config_dup_string (PulsarConfig *self,
                          const char   *name)
{
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  value = get_typed (self, name, G_VARIANT_TYPE_STRING);
  return value != NULL ? g_variant_dup_string (value, NULL) : NULL;
}

/**
 * pulsar_config_set_string:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @value: the text
 * @error: return location for an error
 *
 * Sets a string, or any setting by text. See [method@Pulsar.Config.set_value].
 *
 * Returns: `TRUE` if the value was set
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_string (PulsarConfig  *self,
                          const char    *name,
                          const char    *value,
                          GError       **error)
{
  g_return_val_if_fail (value != NULL, FALSE);

  return pulsar_config_set_value (self, name, g_variant_new_string (value), error);
}

/**
 * pulsar_config_dup_strv:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets a list of strings, or the nicks of flags.
 *
 * Asking for a name that does not exist or for a value of another type is an error of the programmer.
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the list, or `NULL` after such an error
 *
 * Since: 0.1
 */
char **
pulsar_config_dup_strv (PulsarConfig *self,
                        const char   *name)
{
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  value = get_typed (self, name, G_VARIANT_TYPE_STRING_ARRAY);
  return value != NULL ? g_variant_dup_strv (value, NULL) : NULL;
}

/**
 * pulsar_config_set_strv:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @value: (nullable) (array zero-terminated=1): the list, `NULL` for an empty one
 * @error: return location for an error
 *
 * Sets a list of strings. See [method@Pulsar.Config.set_value].
 *
 * Returns: `TRUE` if the value was set
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_strv (PulsarConfig        *self,
                        const char          *name,
                        const char * const  *value,
                        GError             **error)
{
  return pulsar_config_set_value (self, name, g_variant_new_strv (value, value != NULL ? -1 : 0), error);
}

/**
 * pulsar_config_get_duration:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets a duration.
 *
 * Asking for a name that does not exist or for a value of another type is an error of the programmer.
 *
 * Returns: the duration in microseconds, or 0 after such an error
 *
 * Since: 0.1
 */
gint64
pulsar_config_get_duration (PulsarConfig *self,
                            const char   *name)
{
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  value = get_typed (self, name, G_VARIANT_TYPE_INT64);
  return value != NULL ? g_variant_get_int64 (value) : 0;
}

guint
pulsar_config_get_duration_ms (PulsarConfig *self,
                               const char   *name)
{
  return (guint) CLAMP (pulsar_config_get_duration (self, name) / G_TIME_SPAN_MILLISECOND, 0, G_MAXINT);
}

int
pulsar_config_get_enum (PulsarConfig *self,
                        const char   *name)
{
  g_autofree char *word = pulsar_config_dup_string (self, name);
  GParamSpec *pspec = pulsar_setting_get_pspec (pulsar_config_get_setting (self, name));
  GEnumValue *value = g_enum_get_value_by_nick (G_PARAM_SPEC_ENUM (pspec)->enum_class, word);

  return value->value;  /* what is no value of it was refused */
}

char *
pulsar_config_describe_source (PulsarConfig *self,
                               const char   *name)
{
  PulsarSetting *setting = pulsar_config_get_setting (self, name);
  const char *detail = setting != NULL ? pulsar_setting_get_origin_detail (setting) : NULL;
  const char *group = detail != NULL ? strstr (detail, " [") : NULL;

  if (detail == NULL)
    return g_strdup (name);
  if (group == NULL || pulsar_setting_get_origin (setting) != PULSAR_ORIGIN_KEY_FILE)
    return g_strdup (detail);
  /* FILE:LINE [GROUP], which other mistakes in a file show like this. */
  return g_strdup_printf ("%.*s:%s %s", (int) (group - detail), detail, group, name);
}

/**
 * pulsar_config_set_duration:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @duration_us: the duration in microseconds
 * @error: return location for an error
 *
 * Sets a duration. See [method@Pulsar.Config.set_value].
 *
 * Returns: `TRUE` if the value was set
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_duration (PulsarConfig  *self,
                            const char    *name,
                            gint64         duration_us,
                            GError       **error)
{
  return pulsar_config_set_value (self, name, g_variant_new_int64 (duration_us), error);
}

/**
 * pulsar_config_get_size:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 *
 * Gets a size.
 *
 * Asking for a name that does not exist or for a value of another type is an error of the programmer.
 *
 * Returns: the size in bytes, or 0 after such an error
 *
 * Since: 0.1
 */
guint64
pulsar_config_get_size (PulsarConfig *self,
                        const char   *name)
{
  g_autoptr(GVariant) value = NULL;

  g_return_val_if_fail (PULSAR_IS_CONFIG (self), 0);
  g_return_val_if_fail (name != NULL, 0);

  value = get_typed (self, name, G_VARIANT_TYPE_UINT64);
  return value != NULL ? g_variant_get_uint64 (value) : 0;
}

/**
 * pulsar_config_set_size:
 * @self: a configuration
 * @name: the name of a setting or of a parameter
 * @size: the size in bytes
 * @error: return location for an error
 *
 * Sets a size. See [method@Pulsar.Config.set_value].
 *
 * Returns: `TRUE` if the value was set
 *
 * Since: 0.1
 */
gboolean
pulsar_config_set_size (PulsarConfig  *self,
                        const char    *name,
                        guint64        size,
                        GError       **error)
{
  return pulsar_config_set_value (self, name, g_variant_new_uint64 (size), error);
}
