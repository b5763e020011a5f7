/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* What becomes of a value set by code: a parameter as long as the configuration is open; a change at run time once it was
 * loaded; and while the program runs, only settings with PULSAR_SETTING_RUNTIME take one. */
typedef enum
{
  PULSAR_CONFIG_PHASE_OPEN,
  PULSAR_CONFIG_PHASE_LOADED,
  PULSAR_CONFIG_PHASE_RUNNING,
} PulsarConfigPhase;

PulsarConfigPhase pulsar_config_get_phase     (PulsarConfig       *self);
void              pulsar_config_set_phase     (PulsarConfig       *self,
                                               PulsarConfigPhase   phase);

/* Sets a value on the layer of @origin. The error names @detail, or the setting if there is none; it is
 * PULSAR_ERROR_USAGE for the command line, else PULSAR_ERROR_CONFIGURATION. A name that is no setting is an error, except
 * for parameters and changes at run time. A floating @value is taken; NULL clears the layer. */
gboolean          pulsar_config_set_from      (PulsarConfig       *self,
                                               const char         *name,
                                               GVariant           *value,
                                               PulsarOrigin        origin,
                                               const char         *detail,
                                               GError            **error);

/* The settings it has are those of the library, and others come from the program: what that does wrong with them makes the
 * check fail, with PULSAR_ERROR_CONFIGURATION. */
void              pulsar_config_begin_registration (PulsarConfig  *self);
gboolean          pulsar_config_check_registration (PulsarConfig  *self,
                                                    GError       **error);

/* Asked before a value that was checked is set at run time: the error says why it cannot be now. */
typedef gboolean (*PulsarConfigGuard) (GObject        *owner,
                                       PulsarSetting  *setting,
                                       GVariant       *value,
                                       GError        **error);

/* The guard of the last owner is asked as long as that lives. */
void              pulsar_config_set_guard     (PulsarConfig       *self,
                                               PulsarConfigGuard   guard,
                                               GObject            *owner);
gboolean          pulsar_config_ask_guard     (PulsarConfig       *self,
                                               PulsarSetting      *setting,
                                               GVariant           *value,
                                               GError            **error);

/* Takes over a value from the supervisor, which has set it already: nobody is asked. */
gboolean          pulsar_config_follow        (PulsarConfig       *self,
                                               const char         *name,
                                               GVariant           *value,
                                               GError            **error);

/* Parameters given before a setting of their name was added become its values when it is added. Those it refuses stay
 * parameters; here a line for each of them is appended to @errors. */
void              pulsar_config_check_parameters (PulsarConfig    *self,
                                                  GString         *errors);

/* Takes a layer away from all settings. */
void              pulsar_config_clear_layer   (PulsarConfig       *self,
                                               PulsarOrigin        origin);

/* For snapshots: tells of a change that pulsar_setting_restore () made, and replaces all parameters (a{sv}). */
void              pulsar_config_emit_changed  (PulsarConfig       *self,
                                               PulsarSetting      *setting);
void              pulsar_config_replace_parameters (PulsarConfig  *self,
                                                    GVariant      *parameters);

/* Hands the modified global settings of @other down to settings of the same name that are not modified here. */
void              pulsar_config_adopt_globals (PulsarConfig       *self,
                                               PulsarConfig       *other);

/* How messages name what is wrong with the value of @name: where that comes from, or the setting if nobody set it. */
char             *pulsar_config_describe_source  (PulsarConfig    *self,
                                                  const char      *name) G_GNUC_WARN_UNUSED_RESULT;

/* A duration as timers take it: in milliseconds, at most G_MAXINT. */
guint             pulsar_config_get_duration_ms  (PulsarConfig    *self,
                                                  const char      *name);

/* The value of a setting that is an enumeration, as its number. */
int               pulsar_config_get_enum         (PulsarConfig    *self,
                                                  const char      *name);

G_END_DECLS
