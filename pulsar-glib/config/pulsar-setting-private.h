/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-setting.h>

G_BEGIN_DECLS

/* What a setting shows in place of a secret. */
#define PULSAR_SETTING_MASK "***"

/* A new setting with the same description and the same values on all layers. With a prefix, one that is not global is
 * called “<prefix>-<name>”, has the flag “--<prefix>-<flag>” and no short flag. */
PulsarSetting      *pulsar_setting_copy          (PulsarSetting        *self,
                                                  const char           *prefix) G_GNUC_WARN_UNUSED_RESULT;

/* The setting itself for the first configuration that asks, for each further one a copy without values. */
PulsarSetting      *pulsar_setting_claim         (PulsarSetting        *self) G_GNUC_WARN_UNUSED_RESULT;

/* The text for the value by the rules of the command line and the environment. */
gboolean            pulsar_setting_parse         (PulsarSetting        *self,
                                                  const char           *text,
                                                  GVariant            **value,
                                                  GError              **error);

/* The value the setting would have if it were set to @value, which may be a word, text, or of a type that converts
 * without loss: of the type of the setting, within its range, accepted by its validator. The error is
 * PULSAR_ERROR_CONFIGURATION and gives reason and what is allowed, but neither setting nor source. @word is the word it
 * was given by, or NULL. */
GVariant           *pulsar_setting_check         (PulsarSetting        *self,
                                                  GVariant             *value,
                                                  const char          **word,
                                                  GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether @text is one of the words, which stand for a value as a whole. */
gboolean            pulsar_setting_is_word       (PulsarSetting        *self,
                                                  const char           *text);

/* The value on one layer, or NULL; @word and @detail are lent. */
GVariant           *pulsar_setting_peek_layer    (PulsarSetting        *self,
                                                  PulsarOrigin          origin,
                                                  const char          **word,
                                                  const char          **detail);

/* Puts a value that was checked on a layer, or with NULL clears the layer; returns whether the value of the setting is
 * another one now. */
gboolean            pulsar_setting_set_layer     (PulsarSetting        *self,
                                                  PulsarOrigin          origin,
                                                  GVariant             *value,
                                                  const char           *word,
                                                  const char           *detail);

/* The same, after all layers but the default were cleared. */
gboolean            pulsar_setting_restore       (PulsarSetting        *self,
                                                  PulsarOrigin          origin,
                                                  GVariant             *value,
                                                  const char           *word,
                                                  const char           *detail);

/* Whether the validator, if there is one, accepts a value of the right type. */
gboolean            pulsar_setting_validate      (PulsarSetting        *self,
                                                  GVariant             *value,
                                                  GError              **error);

/* The type of the values of a setting, NULL if there is none for that specification and unit, and the default. */
const GVariantType *pulsar_setting_type_for_pspec   (GParamSpec        *pspec,
                                                     PulsarSettingUnit  unit);
GVariant           *pulsar_setting_default_of_pspec (GParamSpec        *pspec) G_GNUC_WARN_UNUSED_RESULT;

const char         *pulsar_setting_get_word      (PulsarSetting        *self);

/* The description of the argument as it was given, not translated. */
const char         *pulsar_setting_peek_arg_description (PulsarSetting *self);
gboolean            pulsar_setting_is_list       (PulsarSetting        *self);

/* The range of a setting that is an integer. Numbers beyond G_MAXINT64 are of no use to anybody, so that one signed type
 * does for all. */
typedef struct
{
  gint64 minimum;
  gint64 maximum;
  gboolean has_minimum;  /* FALSE if it is only that of the type */
  gboolean has_maximum;  /* likewise */
} PulsarSettingLimits;

void                pulsar_setting_get_limits    (PulsarSetting        *self,
                                                  PulsarSettingLimits  *limits);

/* Reads a value of any integer type; one above G_MAXINT64 becomes that. FALSE if it is no integer. */
gboolean            pulsar_setting_read_integer  (GVariant             *value,
                                                  gint64               *number);

/* Any value of the setting as text that parse () reads back; secrets are not masked. */
char               *pulsar_setting_format        (PulsarSetting        *self,
                                                  GVariant             *value) G_GNUC_WARN_UNUSED_RESULT;

/* What pulsar_setting_dup_allowed () says, which is for a list that is written as one text; else for one of elements. */
char               *pulsar_setting_describe_allowed (PulsarSetting     *self,
                                                     gboolean           as_text) G_GNUC_WARN_UNUSED_RESULT;

/* Names are written with “-”; “_” is accepted wherever one is read. */
char               *pulsar_setting_canonical_name (const char          *name) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
