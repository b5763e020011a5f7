/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-setting.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-setting-private.h"
#include "pulsar-glib/config/pulsar-setting-struct-private.h"
#include "pulsar-glib/pulsar-enum-types.h"

/**
 * PulsarSetting:
 *
 * One value of the configuration of a program.
 *
 * A setting is described by a [class@GObject.ParamSpec], which gives its name, its type, default and range, and its help:
 * the nick is a short line, the blurb a longer text. The value is a [struct@GLib.Variant]:
 *
 * | `GParamSpec` | value | text |
 * |---|---|---|
 * | boolean | `b` | `true`, `yes`, `on`, `1`, `false`, `no`, `off`, `0` |
 * | int, uint, int64, uint64 | `i`, `u`, `x`, `t` | a decimal number |
 * | double | `d` | a number |
 * | string | `s`, never `NULL` | the text itself |
 * | boxed [alias@GLib.Strv] | `as` | a list separated by commas; a backslash takes the meaning from a comma |
 * | enum | `s`, a nick | the nick |
 * | flags | `as`, nicks | a list of nicks separated by commas |
 *
 * [property@Pulsar.Setting:unit] says more about durations, sizes and commands, and [property@Pulsar.Setting:words] gives
 * names to special values.
 *
 * Settings live in a [class@Pulsar.Config], which reads and sets their values. A value is checked whenever it is set, from
 * wherever it comes.
 *
 * Since: 0.1
 */

typedef enum
{
  PROP_PSPEC = 1,
  PROP_NAME,
  PROP_SECTION,
  PROP_SCOPE,
  PROP_FLAGS,
  PROP_UNIT,
  PROP_FLAG,
  PROP_SHORT_FLAG,
  PROP_ALIASES,
  PROP_ARG_DESCRIPTION,
  PROP_TRANSLATION_DOMAIN,
  PROP_WORDS,
  PROP_DEFAULT_VALUE,
  PROP_VALUE,
  PROP_ORIGIN,
  PROP_ORIGIN_DETAIL,
  PROP_IS_MODIFIED,
} PulsarSettingProperty;
static GParamSpec *properties[PROP_IS_MODIFIED + 1];

G_DEFINE_FINAL_TYPE (PulsarSetting, pulsar_setting, G_TYPE_OBJECT)

static void
validator_clear (gpointer data)
{
  PulsarValidatorBox *validator = data;

  if (validator->destroy != NULL)
    validator->destroy (validator->user_data);
}

static void
clear_validator (PulsarSetting *self)
{
  if (self->validator != NULL)
    g_rc_box_release_full (g_steal_pointer (&self->validator), validator_clear);
}

static gboolean
words_fit (GVariant           *words,
           const GVariantType *type)
{
  GVariantIter iter;
  GVariant *meaning;

  g_variant_iter_init (&iter, words);
  while (g_variant_iter_loop (&iter, "{&sv}", NULL, &meaning))
    if (!g_variant_is_of_type (meaning, type))
      {
        g_variant_unref (meaning);
        return FALSE;
      }
  return TRUE;
}

static void
pulsar_setting_constructed (GObject *object)
{
  PulsarSetting *self = PULSAR_SETTING (object);
  g_autoptr(GVariant) value = NULL;
  const char *word = NULL;

  G_OBJECT_CLASS (pulsar_setting_parent_class)->constructed (object);

  if (self->pspec == NULL
      || pulsar_setting_type_for_pspec (self->pspec, self->unit) == NULL)
    {
      g_critical ("A setting cannot be of the type and unit given for “%s”",
                  self->pspec != NULL ? self->pspec->name : "(no pspec)");
      self->refused_pspec = g_steal_pointer (&self->pspec);
      self->pspec = g_param_spec_ref_sink (g_param_spec_string ("invalid", NULL, NULL, NULL, 0));
      self->unit = PULSAR_SETTING_UNIT_PLAIN;
      g_clear_pointer (&self->default_value, g_variant_unref);
    }

  if (self->words != NULL
      && !words_fit (self->words, pulsar_setting_type_for_pspec (self->pspec, self->unit)))
    {
      g_critical ("The words of the setting “%s” do not have its type", self->pspec->name);
      g_clear_pointer (&self->words, g_variant_unref);
    }

  self->name = pulsar_setting_canonical_name (self->pspec->name);
  if (self->flag == NULL)
    self->flag = g_strdup (self->name);
  if (self->aliases == NULL)
    self->aliases = g_new0 (char *, 1);

  if (self->default_value != NULL)
    {
      g_autoptr(GError) error = NULL;

      value = pulsar_setting_check (self, self->default_value, &word, &error);
      if (value == NULL)
        g_critical ("The default of the setting “%s” is not a value of it: %s", self->name, error->message);
    }
  if (value == NULL)
    value = pulsar_setting_default_of_pspec (self->pspec);
  pulsar_layers_set (&self->layers, PULSAR_ORIGIN_DEFAULT, value, word, NULL);
}

static void
pulsar_setting_finalize (GObject *object)
{
  PulsarSetting *self = PULSAR_SETTING (object);

  pulsar_layers_clear (&self->layers);
  clear_validator (self);
  g_clear_pointer (&self->pspec, g_param_spec_unref);
  g_clear_pointer (&self->refused_pspec, g_param_spec_unref);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->section, g_free);
  g_clear_pointer (&self->scope, g_free);
  g_clear_pointer (&self->flag, g_free);
  g_clear_pointer (&self->short_flag, g_free);
  g_clear_pointer (&self->aliases, g_strfreev);
  g_clear_pointer (&self->arg_description, g_free);
  g_clear_pointer (&self->translation_domain, g_free);
  g_clear_pointer (&self->words, g_variant_unref);
  g_clear_pointer (&self->default_value, g_variant_unref);

  G_OBJECT_CLASS (pulsar_setting_parent_class)->finalize (object);
}

static void
pulsar_setting_get_property (GObject    *object,
                             guint       property_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  PulsarSetting *self = PULSAR_SETTING (object);

  switch ((PulsarSettingProperty) property_id)
    {
    case PROP_PSPEC:
      g_value_set_param (value, self->pspec);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_SECTION:
      g_value_set_string (value, pulsar_setting_get_section (self));
      break;
    case PROP_SCOPE:
      g_value_set_string (value, self->scope);
      break;
    case PROP_FLAGS:
      g_value_set_flags (value, self->flags);
      break;
    case PROP_UNIT:
      g_value_set_enum (value, self->unit);
      break;
    case PROP_FLAG:
      g_value_set_string (value, self->flag);
      break;
    case PROP_SHORT_FLAG:
      g_value_set_string (value, self->short_flag);
      break;
    case PROP_ALIASES:
      g_value_set_boxed (value, self->aliases);
      break;
    case PROP_ARG_DESCRIPTION:
      g_value_set_string (value, pulsar_setting_get_arg_description (self));
      break;
    case PROP_TRANSLATION_DOMAIN:
      g_value_set_string (value, self->translation_domain);
      break;
    case PROP_WORDS:
      g_value_set_variant (value, self->words);
      break;
    case PROP_DEFAULT_VALUE:
      g_value_set_variant (value, pulsar_setting_get_default_value (self));
      break;
    case PROP_VALUE:
      g_value_set_variant (value, pulsar_setting_get_value (self));
      break;
    case PROP_ORIGIN:
      g_value_set_enum (value, self->layers.origin);
      break;
    case PROP_ORIGIN_DETAIL:
      g_value_set_string (value, pulsar_setting_get_origin_detail (self));
      break;
    case PROP_IS_MODIFIED:
      g_value_set_boolean (value, pulsar_setting_get_is_modified (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_setting_set_property (GObject      *object,
                             guint         property_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  PulsarSetting *self = PULSAR_SETTING (object);

  switch ((PulsarSettingProperty) property_id)
    {
    case PROP_PSPEC:
      g_assert (self->pspec == NULL);
      self->pspec = g_value_dup_param (value);
      break;
    case PROP_SECTION:
      self->section = g_value_dup_string (value);
      break;
    case PROP_SCOPE:
      self->scope = g_value_dup_string (value);
      break;
    case PROP_FLAGS:
      self->flags = g_value_get_flags (value);
      break;
    case PROP_UNIT:
      self->unit = g_value_get_enum (value);
      break;
    case PROP_FLAG:
      self->flag = g_value_dup_string (value);
      break;
    case PROP_SHORT_FLAG:
      self->short_flag = g_value_dup_string (value);
      break;
    case PROP_ALIASES:
      self->aliases = g_value_dup_boxed (value);
      break;
    case PROP_ARG_DESCRIPTION:
      self->arg_description = g_value_dup_string (value);
      break;
    case PROP_TRANSLATION_DOMAIN:
      self->translation_domain = g_value_dup_string (value);
      break;
    case PROP_WORDS:
      self->words = g_value_dup_variant (value);
      break;
    case PROP_DEFAULT_VALUE:
      self->default_value = g_value_dup_variant (value);
      break;
    case PROP_NAME:
    case PROP_VALUE:
    case PROP_ORIGIN:
    case PROP_ORIGIN_DETAIL:
    case PROP_IS_MODIFIED:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_setting_class_init (PulsarSettingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = pulsar_setting_constructed;
  object_class->finalize = pulsar_setting_finalize;
  object_class->get_property = pulsar_setting_get_property;
  object_class->set_property = pulsar_setting_set_property;

  /**
   * PulsarSetting:pspec:
   *
   * The name, the type, the default and the range of the setting, and its help.
   *
   * Since: 0.1
   */
  properties[PROP_PSPEC] =
    g_param_spec_param ("pspec", NULL, NULL, G_TYPE_PARAM,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:name:
   *
   * What the setting is called in code and in key files.
   *
   * It is the name of [property@Pulsar.Setting:pspec]; a copy for an application with a prefix has the prefix and a hyphen
   * before it. Names are written with hyphens, and underscores are accepted wherever a name is read.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:section:
   *
   * The heading under which help lists the setting.
   *
   * Since: 0.1
   */
  properties[PROP_SECTION] =
    g_param_spec_string ("section", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:scope:
   *
   * The kind of application that has the setting, such as `socket`, or `NULL` for all.
   *
   * Since: 0.1
   */
  properties[PROP_SCOPE] =
    g_param_spec_string ("scope", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:flags:
   *
   * What is special about the setting.
   *
   * Since: 0.1
   */
  properties[PROP_FLAGS] =
    g_param_spec_flags ("flags", NULL, NULL, PULSAR_TYPE_SETTING_FLAGS, PULSAR_SETTING_NONE,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:unit:
   *
   * How text for the setting is read and written.
   *
   * Since: 0.1
   */
  properties[PROP_UNIT] =
    g_param_spec_enum ("unit", NULL, NULL, PULSAR_TYPE_SETTING_UNIT, PULSAR_SETTING_UNIT_PLAIN,
                       G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:flag:
   *
   * The option of the command line, without the two hyphens before it.
   *
   * It is the name of the setting unless another one is given. A boolean also has `--no-<flag>`.
   *
   * Since: 0.1
   */
  properties[PROP_FLAG] =
    g_param_spec_string ("flag", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:short-flag:
   *
   * The option of one letter, without the hyphen before it, or `NULL` for none.
   *
   * Since: 0.1
   */
  properties[PROP_SHORT_FLAG] =
    g_param_spec_string ("short-flag", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:aliases:
   *
   * Other names of the setting, in code, in key files, in the environment and on the command line.
   *
   * Since: 0.1
   */
  properties[PROP_ALIASES] =
    g_param_spec_boxed ("aliases", NULL, NULL, G_TYPE_STRV,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:arg-description:
   *
   * What help shows for the value, such as `ADDRESS`, or `NULL` for a word that fits the type.
   *
   * The completion of a shell offers files for `FILE` and `PATH`, folders for `FOLDER`, users for `USER` and groups for
   * `GROUP`.
   *
   * Since: 0.1
   */
  properties[PROP_ARG_DESCRIPTION] =
    g_param_spec_string ("arg-description", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:translation-domain:
   *
   * The gettext domain in which section, help and argument description are looked up when they are shown.
   *
   * With `NULL` they are shown as they are.
   *
   * Since: 0.1
   */
  properties[PROP_TRANSLATION_DOMAIN] =
    g_param_spec_string ("translation-domain", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:words:
   *
   * Words that stand for special values, such as `auto`: a dictionary of word and value.
   *
   * The values have the type of the setting and may lie outside its range.
   *
   * Since: 0.1
   */
  properties[PROP_WORDS] =
    g_param_spec_variant ("words", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL,
                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:default-value:
   *
   * The default, if it is not that of [property@Pulsar.Setting:pspec]: a boxed one has none. It may be one of
   * [property@Pulsar.Setting:words], which help then says.
   *
   * Since: 0.1
   */
  properties[PROP_DEFAULT_VALUE] =
    g_param_spec_variant ("default-value", NULL, NULL, G_VARIANT_TYPE_ANY, NULL,
                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:value:
   *
   * The value now.
   *
   * Since: 0.1
   */
  properties[PROP_VALUE] =
    g_param_spec_variant ("value", NULL, NULL, G_VARIANT_TYPE_ANY, NULL,
                          G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:origin:
   *
   * Where the value comes from.
   *
   * Since: 0.1
   */
  properties[PROP_ORIGIN] =
    g_param_spec_enum ("origin", NULL, NULL, PULSAR_TYPE_ORIGIN, PULSAR_ORIGIN_DEFAULT,
                       G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:origin-detail:
   *
   * Where exactly the value comes from, for people: a file and a line, a variable, an option.
   *
   * Since: 0.1
   */
  properties[PROP_ORIGIN_DETAIL] =
    g_param_spec_string ("origin-detail", NULL, NULL, NULL,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarSetting:is-modified:
   *
   * Whether the value is more than a default of the setting or of the class of the application.
   *
   * Since: 0.1
   */
  properties[PROP_IS_MODIFIED] =
    g_param_spec_boolean ("is-modified", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
pulsar_setting_init (PulsarSetting *self)
{
}

PulsarSetting *
pulsar_setting_copy (PulsarSetting *self,
                     const char    *prefix)
{
  gboolean prefixed = prefix != NULL && (self->flags & PULSAR_SETTING_GLOBAL) == 0;
  g_autofree char *flag = prefixed ? g_strdup_printf ("%s-%s", prefix, self->flag) : g_strdup (self->flag);
  g_auto(GStrv) aliases = g_strdupv (self->aliases);
  PulsarSetting *copy = NULL;

  for (gsize i = 0; prefixed && aliases[i] != NULL; i++)
    {
      g_autofree char *alias = g_steal_pointer (&aliases[i]);

      aliases[i] = g_strdup_printf ("%s-%s", prefix, alias);
    }

  copy = g_object_new (PULSAR_TYPE_SETTING,
                       "pspec", self->pspec,
                       "section", self->section,
                       "scope", self->scope,
                       "flags", self->flags,
                       "unit", self->unit,
                       "flag", flag,
                       "short-flag", prefixed ? NULL : self->short_flag,
                       "aliases", aliases,
                       "arg-description", self->arg_description,
                       "translation-domain", self->translation_domain,
                       "words", self->words,
                       "default-value", self->default_value,
                       NULL);
  g_free (copy->name);
  copy->name = prefixed ? g_strdup_printf ("%s-%s", prefix, self->name) : g_strdup (self->name);
  if (self->validator != NULL)
    copy->validator = g_rc_box_acquire (self->validator);
  pulsar_layers_copy (&copy->layers, &self->layers);
  return copy;
}

PulsarSetting *
pulsar_setting_claim (PulsarSetting *self)
{
  PulsarSetting *copy = NULL;

  if (!self->is_claimed)
    {
      self->is_claimed = TRUE;
      return g_object_ref (self);
    }
  copy = pulsar_setting_copy (self, NULL);
  pulsar_layers_reset (&copy->layers);
  copy->is_claimed = TRUE;
  return copy;
}

GVariant *
pulsar_setting_peek_layer (PulsarSetting  *self,
                           PulsarOrigin    origin,
                           const char    **word,
                           const char    **detail)
{
  *word = self->layers.items[origin].word;
  *detail = self->layers.items[origin].detail;
  return self->layers.items[origin].value;
}

/* What the outside sees of the value, kept to tell what a change changed. */
typedef struct
{
  GVariant *value;
  char *detail;
  PulsarOrigin origin;
  gboolean is_modified;
} View;

static void
take_view (PulsarSetting *self,
           View          *view)
{
  view->value = g_variant_ref (pulsar_setting_get_value (self));
  view->detail = g_strdup (pulsar_setting_get_origin_detail (self));
  view->origin = self->layers.origin;
  view->is_modified = pulsar_setting_get_is_modified (self);
}

/* Notifies of what is not as in @view, which it clears; returns whether the value is another one. */
static gboolean
notify_since (PulsarSetting *self,
              View          *view)
{
  g_autoptr(GVariant) value = g_steal_pointer (&view->value);
  g_autofree char *detail = g_steal_pointer (&view->detail);
  gboolean changed = !g_variant_equal (value, pulsar_setting_get_value (self));

  g_object_freeze_notify (G_OBJECT (self));
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VALUE]);
  if (self->layers.origin != view->origin)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ORIGIN]);
  if (g_strcmp0 (detail, pulsar_setting_get_origin_detail (self)) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ORIGIN_DETAIL]);
  if (pulsar_setting_get_is_modified (self) != view->is_modified)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_MODIFIED]);
  g_object_thaw_notify (G_OBJECT (self));
  return changed;
}

gboolean
pulsar_setting_set_layer (PulsarSetting *self,
                          PulsarOrigin   origin,
                          GVariant      *value,
                          const char    *word,
                          const char    *detail)
{
  View view;

  g_assert (origin != PULSAR_ORIGIN_DEFAULT);

  take_view (self, &view);
  pulsar_layers_set (&self->layers, origin, value, word, detail);
  return notify_since (self, &view);
}

gboolean
pulsar_setting_restore (PulsarSetting *self,
                        PulsarOrigin   origin,
                        GVariant      *value,
                        const char    *word,
                        const char    *detail)
{
  View view;

  g_assert (origin != PULSAR_ORIGIN_DEFAULT || value == NULL);

  take_view (self, &view);
  pulsar_layers_reset (&self->layers);
  if (value != NULL)
    pulsar_layers_set (&self->layers, origin, value, word, detail);
  return notify_since (self, &view);
}

/* What the author of a validator says about a secret may well repeat it. */
static char *
mask (PulsarSetting *self,
      GVariant      *value,
      const char    *message)
{
  g_autofree char *text = pulsar_setting_format (self, value);
  g_auto(GStrv) parts = NULL;

  if ((self->flags & PULSAR_SETTING_SECRET) == 0 || *text == '\0')
    return g_strdup (message);
  parts = g_strsplit (message, text, -1);
  return g_strjoinv (PULSAR_SETTING_MASK, parts);
}

gboolean
pulsar_setting_validate (PulsarSetting  *self,
                         GVariant       *value,
                         GError        **error)
{
  PulsarValidatorBox *validator = self->validator;
  g_autofree char *message = NULL;
  g_autoptr(GError) local_error = NULL;

  if (validator == NULL || validator->func (self, value, validator->user_data, &local_error))
    return TRUE;
  message = mask (self, value, local_error != NULL ? local_error->message : _("the value is refused"));
  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, message);
  return FALSE;
}

const char *
pulsar_setting_get_word (PulsarSetting *self)
{
  return pulsar_layers_peek (&self->layers)->word;
}

char *
pulsar_setting_canonical_name (const char *name)
{
  return g_strdelimit (g_strdup (name), "_", '-');
}

/**
 * pulsar_setting_new: (skip)
 * @pspec: name, type, default, range and help of the setting; a floating reference is taken
 * @section: (nullable): the heading under which help lists the setting
 * @scope: (nullable): the kind of application that has the setting, or `NULL` for all
 * @flags: what is special about the setting
 *
 * Creates a setting.
 *
 * Returns: (transfer full): a new setting
 *
 * Since: 0.1
 */
PulsarSetting *
pulsar_setting_new (GParamSpec         *pspec,
                    const char         *section,
                    const char         *scope,
                    PulsarSettingFlags  flags)
{
  g_return_val_if_fail (G_IS_PARAM_SPEC (pspec), NULL);

  return pulsar_setting_new_with_properties ("pspec", pspec,
                                             "section", section,
                                             "scope", scope,
                                             "flags", flags,
                                             NULL);
}

/**
 * pulsar_setting_new_for_pspec: (rename-to pulsar_setting_new)
 * @pspec: name, type, default, range and help of the setting
 * @section: (nullable): the heading under which help lists the setting
 * @scope: (nullable): the kind of application that has the setting, or `NULL` for all
 * @flags: what is special about the setting
 *
 * Creates a setting.
 *
 * This is for language bindings: they take the floating reference of a new specification for their own, so it must be
 * left to them. The constructor of PyGObject up to 3.42 does not take a specification; there, give it as a property.
 *
 * Returns: (transfer full): a new setting
 *
 * Since: 0.1
 */
PulsarSetting *
pulsar_setting_new_for_pspec (GParamSpec         *pspec,
                              const char         *section,
                              const char         *scope,
                              PulsarSettingFlags  flags)
{
  g_return_val_if_fail (G_IS_PARAM_SPEC (pspec), NULL);

  return g_object_new (PULSAR_TYPE_SETTING,
                       "pspec", pspec,
                       "section", section,
                       "scope", scope,
                       "flags", flags,
                       NULL);
}

/**
 * pulsar_setting_new_with_properties: (skip)
 * @first_property_name: the name of a property
 * @...: its value, then further names and values, and `NULL`
 *
 * Creates a setting with other properties than [ctor@Pulsar.Setting.new] gives it.
 *
 * Unlike [ctor@GObject.Object.new] this takes the floating reference of a new [property@Pulsar.Setting:pspec].
 *
 * Returns: (transfer full): a new setting
 *
 * Since: 0.1
 */
PulsarSetting *
pulsar_setting_new_with_properties (const char *first_property_name,
                                    ...)
{
  PulsarSetting *self = NULL;
  va_list args;

  va_start (args, first_property_name);
  self = PULSAR_SETTING (g_object_new_valist (PULSAR_TYPE_SETTING, first_property_name, args));
  va_end (args);
  g_param_spec_sink (self->refused_pspec != NULL ? self->refused_pspec : self->pspec);
  return self;
}

/**
 * pulsar_setting_set_validator:
 * @self: a setting
 * @validator: (nullable) (scope notified) (closure user_data) (destroy destroy): called with each value about to be set
 * @user_data: data for @validator
 * @destroy: (nullable): frees @user_data
 *
 * Sets what decides, after type and range, whether the setting takes a value.
 *
 * Copies of the setting made later share the validator. It does not see the default and the values of
 * [property@Pulsar.Setting:words].
 *
 * Since: 0.1
 */
void
pulsar_setting_set_validator (PulsarSetting          *self,
                              PulsarSettingValidator  validator,
                              gpointer                user_data,
                              GDestroyNotify          destroy)
{
  g_return_if_fail (PULSAR_IS_SETTING (self));

  clear_validator (self);
  if (validator == NULL)
    {
      if (destroy != NULL)
        destroy (user_data);
      return;
    }
  self->validator = g_rc_box_new0 (PulsarValidatorBox);
  self->validator->func = validator;
  self->validator->user_data = user_data;
  self->validator->destroy = destroy;
}
