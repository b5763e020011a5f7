/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-setting.h"

#include "pulsar-glib/config/pulsar-setting-private.h"
#include "pulsar-glib/config/pulsar-setting-struct-private.h"

/* What a setting is and has; it is made and changed in pulsar-setting.c. */

/**
 * pulsar_setting_new_duration:
 * @name: the name of the setting
 * @section: (nullable): the heading under which help lists the setting
 * @summary: what it is, in a few words
 * @min_us: the least value, in microseconds
 * @max_us: the greatest value, in microseconds
 * @default_us: the value it has if none is given, in microseconds
 *
 * Creates a setting for a time, written as `1.5`, `1.5s`, `20ms`, `3min`, `1h`.
 *
 * Every application has it; [ctor@Pulsar.Setting.new] makes other kinds of
 * settings.
 *
 * Returns: (transfer full): a new setting
 *
 * Since: 0.1
 */
PulsarSetting *
pulsar_setting_new_duration (const char *name,
                             const char *section,
                             const char *summary,
                             gint64      min_us,
                             gint64      max_us,
                             gint64      default_us)
{
  g_autoptr(GParamSpec) pspec = NULL;

  g_return_val_if_fail (name != NULL && g_param_spec_is_valid_name (name), NULL);
  g_return_val_if_fail (summary != NULL, NULL);
  g_return_val_if_fail (min_us <= default_us && default_us <= max_us, NULL);

  pspec = g_param_spec_ref_sink (g_param_spec_int64 (name, summary, "", min_us, max_us, default_us, G_PARAM_READWRITE));
  return pulsar_setting_new_with_properties ("pspec", pspec,
                                             "section", section,
                                             "unit", PULSAR_SETTING_UNIT_DURATION,
                                             NULL);
}

static const char *
translate (PulsarSetting *self,
           const char    *text)
{
  if (text == NULL || *text == '\0')
    return NULL;
  return self->translation_domain != NULL ? g_dgettext (self->translation_domain, text) : text;
}

/**
 * pulsar_setting_get_pspec:
 * @self: a setting
 *
 * Gets name, type, default and range of the setting.
 *
 * Returns: (transfer none): the specification
 *
 * Since: 0.1
 */
GParamSpec *
pulsar_setting_get_pspec (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return self->pspec;
}

/**
 * pulsar_setting_get_name:
 * @self: a setting
 *
 * Gets what the setting is called in code and in key files.
 *
 * Returns: the name, with hyphens
 *
 * Since: 0.1
 */
const char *
pulsar_setting_get_name (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return self->name;
}

/**
 * pulsar_setting_get_section:
 * @self: a setting
 *
 * Gets the heading under which help lists the setting.
 *
 * Returns: (nullable): the heading, translated
 *
 * Since: 0.1
 */
const char *
pulsar_setting_get_section (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return translate (self, self->section);
}

/**
 * pulsar_setting_get_scope:
 * @self: a setting
 *
 * Gets the kind of application that has the setting.
 *
 * Returns: (nullable): the scope, or `NULL` if all applications have it
 *
 * Since: 0.1
 */
const char *
pulsar_setting_get_scope (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return self->scope;
}

/**
 * pulsar_setting_get_flags:
 * @self: a setting
 *
 * Gets what is special about the setting.
 *
 * Returns: the flags
 *
 * Since: 0.1
 */
PulsarSettingFlags
pulsar_setting_get_flags (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), PULSAR_SETTING_NONE);

  return self->flags;
}

/**
 * pulsar_setting_get_unit:
 * @self: a setting
 *
 * Gets how text for the setting is read and written.
 *
 * Returns: the unit
 *
 * Since: 0.1
 */
PulsarSettingUnit
pulsar_setting_get_unit (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), PULSAR_SETTING_UNIT_PLAIN);

  return self->unit;
}

/**
 * pulsar_setting_get_flag:
 * @self: a setting
 *
 * Gets the option of the command line.
 *
 * Returns: the option, without the two hyphens before it
 *
 * Since: 0.1
 */
const char *
pulsar_setting_get_flag (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return self->flag;
}

/**
 * pulsar_setting_get_short_flag:
 * @self: a setting
 *
 * Gets the option of one letter.
 *
 * Returns: (nullable): the letter, or `NULL` for none
 *
 * Since: 0.1
 */
const char *
pulsar_setting_get_short_flag (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return self->short_flag;
}

/**
 * pulsar_setting_get_aliases:
 * @self: a setting
 *
 * Gets the other names of the setting.
 *
 * Returns: (transfer none) (array zero-terminated=1): the names
 *
 * Since: 0.1
 */
const char * const *
pulsar_setting_get_aliases (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return (const char * const *) self->aliases;
}

/**
 * pulsar_setting_get_arg_description:
 * @self: a setting
 *
 * Gets what help shows for the value.
 *
 * Returns: (nullable): the description, translated, or `NULL` for a word that fits the type
 *
 * Since: 0.1
 */
const char *
pulsar_setting_get_arg_description (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return translate (self, self->arg_description);
}

const char *
pulsar_setting_peek_arg_description (PulsarSetting *self)
{
  return self->arg_description;
}

/**
 * pulsar_setting_get_words:
 * @self: a setting
 *
 * Gets the words that stand for special values.
 *
 * Returns: (transfer none) (nullable): a dictionary of word and value
 *
 * Since: 0.1
 */
GVariant *
pulsar_setting_get_words (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return self->words;
}

/**
 * pulsar_setting_get_summary:
 * @self: a setting
 *
 * Gets the short help, the nick of [property@Pulsar.Setting:pspec].
 *
 * Returns: (nullable): a line of text, translated
 *
 * Since: 0.1
 */
const char *
pulsar_setting_get_summary (PulsarSetting *self)
{
  const char *nick;

  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  /* A specification without a nick has its name for one. */
  nick = g_param_spec_get_nick (self->pspec);
  return g_strcmp0 (nick, self->pspec->name) != 0 ? translate (self, nick) : NULL;
}

/**
 * pulsar_setting_get_description:
 * @self: a setting
 *
 * Gets the longer help, the blurb of [property@Pulsar.Setting:pspec].
 *
 * Returns: (nullable): a text, translated
 *
 * Since: 0.1
 */
const char *
pulsar_setting_get_description (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return translate (self, g_param_spec_get_blurb (self->pspec));
}

/**
 * pulsar_setting_get_default_value:
 * @self: a setting
 *
 * Gets the default.
 *
 * Returns: (transfer none): a value of the type of the setting
 *
 * Since: 0.1
 */
GVariant *
pulsar_setting_get_default_value (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return self->layers.items[PULSAR_ORIGIN_DEFAULT].value;
}

/**
 * pulsar_setting_get_value:
 * @self: a setting
 *
 * Gets the value now.
 *
 * Returns: (transfer none): a value of the type of the setting
 *
 * Since: 0.1
 */
GVariant *
pulsar_setting_get_value (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return pulsar_layers_peek (&self->layers)->value;
}

/**
 * pulsar_setting_get_origin:
 * @self: a setting
 *
 * Gets where the value comes from.
 *
 * Returns: the origin
 *
 * Since: 0.1
 */
PulsarOrigin
pulsar_setting_get_origin (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), PULSAR_ORIGIN_DEFAULT);

  return self->layers.origin;
}

/**
 * pulsar_setting_get_origin_detail:
 * @self: a setting
 *
 * Gets where exactly the value comes from, for people.
 *
 * Returns: (nullable): a file and a line, a variable or an option
 *
 * Since: 0.1
 */
const char *
pulsar_setting_get_origin_detail (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  return pulsar_layers_peek (&self->layers)->detail;
}

/**
 * pulsar_setting_get_is_modified:
 * @self: a setting
 *
 * Gets whether the value is more than a default of the setting or of the class of the application.
 *
 * Returns: whether somebody chose the value
 *
 * Since: 0.1
 */
gboolean
pulsar_setting_get_is_modified (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), FALSE);

  return self->layers.origin > PULSAR_ORIGIN_CLASS;
}

/**
 * pulsar_setting_dup_text:
 * @self: a setting
 *
 * Gets the value as text, for people.
 *
 * It is what the command line and the environment accept, or `***` if the setting is secret.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
pulsar_setting_dup_text (PulsarSetting *self)
{
  g_return_val_if_fail (PULSAR_IS_SETTING (self), NULL);

  if (self->flags & PULSAR_SETTING_SECRET)
    return g_strdup (PULSAR_SETTING_MASK);
  if (pulsar_setting_get_word (self) != NULL)
    return g_strdup (pulsar_setting_get_word (self));
  return pulsar_setting_format (self, pulsar_setting_get_value (self));
}
