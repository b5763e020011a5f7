/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <pulsar-glib/base/pulsar-version-macros.h>
#include <pulsar-glib/config/pulsar-origin.h>

G_BEGIN_DECLS

/**
 * PulsarSettingFlags:
 * @PULSAR_SETTING_NONE: nothing special
 * @PULSAR_SETTING_GLOBAL: the arbiter and all applications share the setting, and it is never prefixed
 * @PULSAR_SETTING_SECRET: the value shows as `***` wherever settings are shown, and the command line does not take it
 * @PULSAR_SETTING_RUNTIME: the value may change while the program runs
 * @PULSAR_SETTING_HIDDEN: help does not mention the setting
 *
 * What is special about a setting.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_SETTING_NONE = 0,
  PULSAR_SETTING_GLOBAL = 1 << 0,
  PULSAR_SETTING_SECRET = 1 << 1,
  PULSAR_SETTING_RUNTIME = 1 << 2,
  PULSAR_SETTING_HIDDEN = 1 << 3,
} PulsarSettingFlags;

/**
 * PulsarSettingUnit:
 * @PULSAR_SETTING_UNIT_PLAIN: the type of the value says everything
 * @PULSAR_SETTING_UNIT_DURATION: an int64 of microseconds, written as a number with one of the units `ms`, `s`, `min` and
 *   `h`; a number without a unit is seconds
 * @PULSAR_SETTING_UNIT_SIZE: a uint64 of bytes, written as a number with one of the units `K`, `M` and `G`, powers of
 *   1024; a number without a unit is bytes
 * @PULSAR_SETTING_UNIT_COMMAND: a list of arguments, written as a command line with the quoting of a shell
 *
 * How the text for a setting is read and written.
 *
 * Since: 0.1
 */
typedef enum
{
  PULSAR_SETTING_UNIT_PLAIN,
  PULSAR_SETTING_UNIT_DURATION,
  PULSAR_SETTING_UNIT_SIZE,
  PULSAR_SETTING_UNIT_COMMAND,
} PulsarSettingUnit;

#define PULSAR_TYPE_SETTING (pulsar_setting_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarSetting, pulsar_setting, PULSAR, SETTING, GObject)

/**
 * PulsarSettingValidator:
 * @setting: the setting
 * @value: a value of the right type and within the range
 * @user_data: data given to [method@Pulsar.Setting.set_validator]
 * @error: return location for an error that says why the value is refused
 *
 * Decides whether a setting takes a value.
 *
 * Returns: `TRUE` if the value is taken
 *
 * Since: 0.1
 */
typedef gboolean (*PulsarSettingValidator) (PulsarSetting  *setting,
                                            GVariant       *value,
                                            gpointer        user_data,
                                            GError        **error);

PULSAR_AVAILABLE_IN_ALL
PulsarSetting      *pulsar_setting_new                 (GParamSpec             *pspec,
                                                        const char             *section,
                                                        const char             *scope,
                                                        PulsarSettingFlags      flags) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
PulsarSetting      *pulsar_setting_new_for_pspec       (GParamSpec             *pspec,
                                                        const char             *section,
                                                        const char             *scope,
                                                        PulsarSettingFlags      flags) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
PulsarSetting      *pulsar_setting_new_duration        (const char             *name,
                                                        const char             *section,
                                                        const char             *summary,
                                                        gint64                  min_us,
                                                        gint64                  max_us,
                                                        gint64                  default_us) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
PulsarSetting      *pulsar_setting_new_with_properties (const char             *first_property_name,
                                                        ...) G_GNUC_NULL_TERMINATED G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
GParamSpec         *pulsar_setting_get_pspec           (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_setting_get_name            (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_setting_get_section         (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_setting_get_scope           (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
PulsarSettingFlags  pulsar_setting_get_flags           (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
PulsarSettingUnit   pulsar_setting_get_unit            (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_setting_get_flag            (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_setting_get_short_flag      (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char * const *pulsar_setting_get_aliases         (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_setting_get_arg_description (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
GVariant           *pulsar_setting_get_words           (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_setting_get_summary         (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_setting_get_description     (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
GVariant           *pulsar_setting_get_default_value   (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
GVariant           *pulsar_setting_get_value           (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
PulsarOrigin        pulsar_setting_get_origin          (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_setting_get_origin_detail   (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
gboolean            pulsar_setting_get_is_modified     (PulsarSetting          *self);
PULSAR_AVAILABLE_IN_ALL
void                pulsar_setting_set_validator       (PulsarSetting          *self,
                                                        PulsarSettingValidator  validator,
                                                        gpointer                user_data,
                                                        GDestroyNotify          destroy);
PULSAR_AVAILABLE_IN_ALL
char               *pulsar_setting_dup_allowed         (PulsarSetting          *self) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
char               *pulsar_setting_dup_text            (PulsarSetting          *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
