/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-configurator-private.h"

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/application/pulsar-program-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"

/**
 * PulsarConfigurator:
 *
 * What an application and a program of several applications have in common: a name, a configuration, and a way to run.
 *
 * A configurator is either an [class@Pulsar.Application] or a [class@Pulsar.MultiApp]. Most programs do nothing but make one
 * and return what [method@Pulsar.Configurator.run] returns.
 *
 * Since: 0.1
 */

typedef struct
{
  char *name;                /* (owned) (not nullable) construct-only */
  char *description;         /* (owned) (nullable) */
  char *epilog;              /* (owned) (nullable) */
  char *version;             /* (owned) (nullable) */
  char *script;              /* (owned) (nullable) looked up at first use */
  char *root_dir;            /* (owned) (nullable) */
  char **argv;               /* (owned) (nullable) */
  PulsarConfig *config;      /* (owned) (nullable) made at first use, since its making asks the subclass */
  GVariant *parameters;      /* (owned) (nullable) a{sv} construct-only */
  gboolean name_given;       /* by the program, and not made from that of the class */
  gboolean parse_console;
  gboolean console_parsed;
  gboolean strict;
  gboolean loaded;
} PulsarConfiguratorPrivate;

typedef enum
{
  PROP_NAME = 1,
  PROP_DESCRIPTION,
  PROP_EPILOG,
  PROP_VERSION,
  PROP_SCRIPT,
  PROP_ROOT_DIR,
  PROP_ARGV,
  PROP_PARSE_CONSOLE,
  PROP_CONSOLE_PARSED,
  PROP_CONFIG,
  PROP_PARAMETERS,
  PROP_STRICT,
} PulsarConfiguratorProperty;

typedef enum
{
  SIGNAL_REGISTER_SETTINGS,
} PulsarConfiguratorSignal;

static GParamSpec *properties[PROP_STRICT + 1];
static guint signals[SIGNAL_REGISTER_SETTINGS + 1];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PulsarConfigurator, pulsar_configurator, G_TYPE_OBJECT)

static PulsarConfiguratorPrivate *
get_private (PulsarConfigurator *self)
{
  return pulsar_configurator_get_instance_private (self);
}

const PulsarConfiguratorRoles *
pulsar_configurator_get_roles (PulsarConfigurator *self)
{
  return PULSAR_CONFIGURATOR_GET_CLASS (self)->roles;
}

gboolean
pulsar_configurator_is_name_given (PulsarConfigurator *self)
{
  return get_private (self)->name_given;
}

gboolean
pulsar_configurator_is_loaded (PulsarConfigurator *self)
{
  return get_private (self)->loaded;
}

void
pulsar_configurator_set_loaded (PulsarConfigurator *self)
{
  get_private (self)->loaded = TRUE;
}

void
pulsar_configurator_set_argv (PulsarConfigurator *self,
                              const char * const *argv)
{
  PulsarConfiguratorPrivate *priv = get_private (self);

  if ((const char * const *) priv->argv == argv)
    return;

  g_strfreev (priv->argv);
  priv->argv = g_strdupv ((char **) argv);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ARGV]);
}

void
pulsar_configurator_set_console_parsed (PulsarConfigurator *self,
                                        gboolean            console_parsed)
{
  PulsarConfiguratorPrivate *priv = get_private (self);

  if (priv->console_parsed == console_parsed)
    return;

  priv->console_parsed = console_parsed;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CONSOLE_PARSED]);
}

/* No setting is there yet, so that all are taken. They become values of the settings that are added, and those that a setting refuses
 * are reported when the configuration is loaded. */
static void
apply_parameters (PulsarConfigurator *self)
{
  PulsarConfiguratorPrivate *priv = get_private (self);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (priv->parameters == NULL)
    return;

  g_variant_iter_init (&iter, priv->parameters);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    pulsar_config_set_value (priv->config, name, value, NULL);
}

static void
pulsar_configurator_get_property (GObject    *object,
                                  guint       property_id,
                                  GValue     *value,
                                  GParamSpec *pspec)
{
  PulsarConfigurator *self = PULSAR_CONFIGURATOR (object);
  PulsarConfiguratorPrivate *priv = get_private (self);

  switch ((PulsarConfiguratorProperty) property_id)
    {
    case PROP_NAME:
      g_value_set_string (value, priv->name);
      break;
    case PROP_DESCRIPTION:
      g_value_set_string (value, priv->description);
      break;
    case PROP_EPILOG:
      g_value_set_string (value, priv->epilog);
      break;
    case PROP_VERSION:
      g_value_set_string (value, priv->version);
      break;
    case PROP_SCRIPT:
      g_value_set_string (value, pulsar_configurator_get_script (self));
      break;
    case PROP_ROOT_DIR:
      g_value_set_string (value, pulsar_configurator_get_root_dir (self));
      break;
    case PROP_ARGV:
      g_value_set_boxed (value, priv->argv);
      break;
    case PROP_PARSE_CONSOLE:
      g_value_set_boolean (value, priv->parse_console);
      break;
    case PROP_CONSOLE_PARSED:
      g_value_set_boolean (value, priv->console_parsed);
      break;
    case PROP_CONFIG:
      g_value_set_object (value, pulsar_configurator_get_config (self));
      break;
    case PROP_PARAMETERS:
      g_value_set_variant (value, priv->parameters);
      break;
    case PROP_STRICT:
      g_value_set_boolean (value, priv->strict);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_configurator_set_property (GObject      *object,
                                  guint         property_id,
                                  const GValue *value,
                                  GParamSpec   *pspec)
{
  PulsarConfigurator *self = PULSAR_CONFIGURATOR (object);
  PulsarConfiguratorPrivate *priv = get_private (self);

  switch ((PulsarConfiguratorProperty) property_id)
    {
    case PROP_NAME:
      priv->name = g_value_dup_string (value);
      break;
    case PROP_DESCRIPTION:
      pulsar_configurator_set_description (self, g_value_get_string (value));
      break;
    case PROP_EPILOG:
      pulsar_configurator_set_epilog (self, g_value_get_string (value));
      break;
    case PROP_VERSION:
      pulsar_configurator_set_version (self, g_value_get_string (value));
      break;
    case PROP_ARGV:
      priv->argv = g_value_dup_boxed (value);
      break;
    case PROP_PARSE_CONSOLE:
      pulsar_configurator_set_parse_console (self, g_value_get_boolean (value));
      break;
    case PROP_PARAMETERS:
      priv->parameters = g_value_dup_variant (value);
      break;
    case PROP_STRICT:
      pulsar_configurator_set_strict (self, g_value_get_boolean (value));
      break;
    case PROP_SCRIPT:
    case PROP_ROOT_DIR:
    case PROP_CONSOLE_PARSED:
    case PROP_CONFIG:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_configurator_constructed (GObject *object)
{
  PulsarConfiguratorPrivate *priv = get_private (PULSAR_CONFIGURATOR (object));

  G_OBJECT_CLASS (pulsar_configurator_parent_class)->constructed (object);

  priv->name_given = priv->name != NULL;
  if (!priv->name_given)
    priv->name = pulsar_configurator_make_name (G_OBJECT_TYPE_NAME (object));
}

static void
pulsar_configurator_finalize (GObject *object)
{
  PulsarConfiguratorPrivate *priv = get_private (PULSAR_CONFIGURATOR (object));

  g_free (priv->name);
  g_free (priv->description);
  g_free (priv->epilog);
  g_free (priv->version);
  g_free (priv->script);
  g_free (priv->root_dir);
  g_strfreev (priv->argv);
  g_clear_object (&priv->config);
  g_clear_pointer (&priv->parameters, g_variant_unref);

  G_OBJECT_CLASS (pulsar_configurator_parent_class)->finalize (object);
}

static void
pulsar_configurator_class_init (PulsarConfiguratorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_configurator_get_property;
  object_class->set_property = pulsar_configurator_set_property;
  object_class->constructed = pulsar_configurator_constructed;
  object_class->finalize = pulsar_configurator_finalize;

  /**
   * PulsarConfigurator:name: (getter get_name)
   *
   * The name: of the program in messages, and of an application among actors.
   *
   * If none is given it is the name of the class, without the name of a module before `+` and the prefixes `Gjs_` and
   * `Pulsar`, in lower case.
   *
   * Since: 0.1
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:description: (getter get_description) (setter set_description)
   *
   * What the program does, for its `--help`.
   *
   * Since: 0.1
   */
  properties[PROP_DESCRIPTION] =
    g_param_spec_string ("description", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:epilog: (getter get_epilog) (setter set_epilog)
   *
   * What `--help` says last.
   *
   * Since: 0.1
   */
  properties[PROP_EPILOG] =
    g_param_spec_string ("epilog", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:version: (getter get_version) (setter set_version)
   *
   * The version of the program, for `--version`.
   *
   * Since: 0.1
   */
  properties[PROP_VERSION] =
    g_param_spec_string ("version", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:script: (getter get_script)
   *
   * The file of the program: the script an interpreter executes, else the executable. `NULL` if that cannot be found out.
   *
   * Since: 0.1
   */
  properties[PROP_SCRIPT] =
    g_param_spec_string ("script", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:root-dir: (getter get_root_dir)
   *
   * The folder of [property@Pulsar.Configurator:script].
   *
   * Since: 0.1
   */
  properties[PROP_ROOT_DIR] =
    g_param_spec_string ("root-dir", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:argv: (getter get_argv)
   *
   * The command line to read, the name of the program first. [method@Pulsar.Configurator.run] sets it. If it is `NULL` when
   * the configuration is loaded, no command line is read.
   *
   * Since: 0.1
   */
  properties[PROP_ARGV] =
    g_param_spec_boxed ("argv", NULL, NULL, G_TYPE_STRV,
                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:parse-console: (getter get_parse_console) (setter set_parse_console)
   *
   * Whether the command line and key files are read. The environment is read in any case.
   *
   * Since: 0.1
   */
  properties[PROP_PARSE_CONSOLE] =
    g_param_spec_boolean ("parse-console", NULL, NULL, TRUE,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:console-parsed: (getter get_console_parsed)
   *
   * Whether the command line was read.
   *
   * Since: 0.1
   */
  properties[PROP_CONSOLE_PARSED] =
    g_param_spec_boolean ("console-parsed", NULL, NULL, FALSE,
                          G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:config: (getter get_config)
   *
   * The configuration.
   *
   * Since: 0.1
   */
  properties[PROP_CONFIG] =
    g_param_spec_object ("config", NULL, NULL, PULSAR_TYPE_CONFIG, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:parameters:
   *
   * Values given in code, of type `a{sv}`: those with the name of a setting are values of it, below the environment and the
   * command line; the others are free parameters of the configuration.
   *
   * Since: 0.1
   */
  properties[PROP_PARAMETERS] =
    g_param_spec_variant ("parameters", NULL, NULL, G_VARIANT_TYPE_VARDICT, NULL,
                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * PulsarConfigurator:strict: (getter get_strict) (setter set_strict)
   *
   * Whether a group or a key of a key file that nobody knows is a mistake, with which the program does not start.
   *
   * Otherwise it is only logged, as long as the rest of the file is right. The command line is always strict.
   *
   * Since: 0.1
   */
  properties[PROP_STRICT] =
    g_param_spec_boolean ("strict", NULL, NULL, TRUE,
                          G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  /**
   * PulsarConfigurator::register-settings:
   * @self: a configurator
   * @config: its configuration
   *
   * Emitted once, when the configuration is asked for the first time and has the settings of the library.
   *
   * A handler adds the settings of its own with [method@Pulsar.Config.add_setting], and may give others a default of its
   * class with [method@Pulsar.Config.set_class_value]. One that cannot calls [method@Pulsar.Configurator.fail].
   *
   * Since: 0.1
   */
  signals[SIGNAL_REGISTER_SETTINGS] =
    g_signal_new ("register-settings", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                  G_STRUCT_OFFSET (PulsarConfiguratorClass, register_settings), NULL, NULL, NULL,
                  G_TYPE_NONE, 1, PULSAR_TYPE_CONFIG);
}

static void
pulsar_configurator_init (PulsarConfigurator *self)
{
  get_private (self)->parse_console = TRUE;
  get_private (self)->strict = TRUE;
}

/**
 * pulsar_configurator_get_name:
 * @self: a configurator
 *
 * Gets the name: of the program in messages, and of an application among actors.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
pulsar_configurator_get_name (PulsarConfigurator *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), NULL);

  return get_private (self)->name;
}

/**
 * pulsar_configurator_get_description:
 * @self: a configurator
 *
 * Gets what the program does, for its `--help`.
 *
 * Returns: (nullable): the description
 *
 * Since: 0.1
 */
const char *
pulsar_configurator_get_description (PulsarConfigurator *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), NULL);

  return get_private (self)->description;
}

static void
set_text (PulsarConfigurator *self,
          char              **field,
          const char         *text,
          guint               property)
{
  if (g_strcmp0 (*field, text) == 0)
    return;

  g_free (*field);
  *field = g_strdup (text);
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

/**
 * pulsar_configurator_set_description:
 * @self: a configurator
 * @description: (nullable): the description
 *
 * Sets what the program does, for its `--help`.
 *
 * Since: 0.1
 */
void
pulsar_configurator_set_description (PulsarConfigurator *self,
                                     const char         *description)
{
  g_return_if_fail (PULSAR_IS_CONFIGURATOR (self));

  set_text (self, &get_private (self)->description, description, PROP_DESCRIPTION);
}

/**
 * pulsar_configurator_get_epilog:
 * @self: a configurator
 *
 * Gets what `--help` says last.
 *
 * Returns: (nullable): the text
 *
 * Since: 0.1
 */
const char *
pulsar_configurator_get_epilog (PulsarConfigurator *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), NULL);

  return get_private (self)->epilog;
}

/**
 * pulsar_configurator_set_epilog:
 * @self: a configurator
 * @epilog: (nullable): the text
 *
 * Sets what `--help` says last.
 *
 * Since: 0.1
 */
void
pulsar_configurator_set_epilog (PulsarConfigurator *self,
                                const char         *epilog)
{
  g_return_if_fail (PULSAR_IS_CONFIGURATOR (self));

  set_text (self, &get_private (self)->epilog, epilog, PROP_EPILOG);
}

/**
 * pulsar_configurator_get_version:
 * @self: a configurator
 *
 * Gets the version of the program, for `--version`.
 *
 * Returns: (nullable): the version
 *
 * Since: 0.1
 */
const char *
pulsar_configurator_get_version (PulsarConfigurator *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), NULL);

  return get_private (self)->version;
}

/**
 * pulsar_configurator_set_version:
 * @self: a configurator
 * @version: (nullable): the version
 *
 * Sets the version of the program, for `--version`.
 *
 * Since: 0.1
 */
void
pulsar_configurator_set_version (PulsarConfigurator *self,
                                 const char         *version)
{
  g_return_if_fail (PULSAR_IS_CONFIGURATOR (self));

  set_text (self, &get_private (self)->version, version, PROP_VERSION);
}

/**
 * pulsar_configurator_get_script:
 * @self: a configurator
 *
 * Gets the file of the program: the script an interpreter executes, else the executable.
 *
 * Returns: (nullable): the absolute path, or `NULL` if it cannot be found out
 *
 * Since: 0.1
 */
const char *
pulsar_configurator_get_script (PulsarConfigurator *self)
{
  PulsarConfiguratorPrivate *priv;

  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), NULL);

  priv = get_private (self);
  if (priv->script == NULL)
    priv->script = pulsar_program_dup_script ();
  return priv->script;
}

/**
 * pulsar_configurator_get_root_dir:
 * @self: a configurator
 *
 * Gets the folder of [property@Pulsar.Configurator:script].
 *
 * Returns: (nullable): the absolute path, or `NULL` if it cannot be found out
 *
 * Since: 0.1
 */
const char *
pulsar_configurator_get_root_dir (PulsarConfigurator *self)
{
  PulsarConfiguratorPrivate *priv;
  const char *script;

  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), NULL);

  priv = get_private (self);
  script = pulsar_configurator_get_script (self);
  if (priv->root_dir == NULL && script != NULL)
    priv->root_dir = g_path_get_dirname (script);
  return priv->root_dir;
}

/**
 * pulsar_configurator_get_argv:
 * @self: a configurator
 *
 * Gets the command line to read, the name of the program first.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the command line, or `NULL` if none was given
 *
 * Since: 0.1
 */
const char * const *
pulsar_configurator_get_argv (PulsarConfigurator *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), NULL);

  return (const char * const *) get_private (self)->argv;
}

/**
 * pulsar_configurator_get_parse_console:
 * @self: a configurator
 *
 * Gets whether the command line and key files are read.
 *
 * Returns: whether it is read
 *
 * Since: 0.1
 */
gboolean
pulsar_configurator_get_parse_console (PulsarConfigurator *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), FALSE);

  return get_private (self)->parse_console;
}

/**
 * pulsar_configurator_set_parse_console:
 * @self: a configurator
 * @parse_console: whether to read it
 *
 * Sets whether the command line and key files are read.
 *
 * Since: 0.1
 */
void
pulsar_configurator_set_parse_console (PulsarConfigurator *self,
                                       gboolean            parse_console)
{
  PulsarConfiguratorPrivate *priv;

  g_return_if_fail (PULSAR_IS_CONFIGURATOR (self));

  priv = get_private (self);
  parse_console = !!parse_console;
  if (priv->parse_console == parse_console)
    return;

  priv->parse_console = parse_console;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PARSE_CONSOLE]);
}

/**
 * pulsar_configurator_get_strict:
 * @self: a configurator
 *
 * Gets whether a group or a key of a key file that nobody knows is a mistake.
 *
 * Returns: whether it is
 *
 * Since: 0.1
 */
gboolean
pulsar_configurator_get_strict (PulsarConfigurator *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), FALSE);

  return get_private (self)->strict;
}

/**
 * pulsar_configurator_set_strict:
 * @self: a configurator
 * @strict: whether it is one
 *
 * Sets whether a group or a key of a key file that nobody knows is a mistake.
 *
 * Since: 0.1
 */
void
pulsar_configurator_set_strict (PulsarConfigurator *self,
                                gboolean            strict)
{
  PulsarConfiguratorPrivate *priv;

  g_return_if_fail (PULSAR_IS_CONFIGURATOR (self));

  priv = get_private (self);
  strict = !!strict;
  if (priv->strict == strict)
    return;

  priv->strict = strict;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STRICT]);
}

/**
 * pulsar_configurator_get_console_parsed:
 * @self: a configurator
 *
 * Gets whether the command line was read.
 *
 * Returns: whether it was read
 *
 * Since: 0.1
 */
gboolean
pulsar_configurator_get_console_parsed (PulsarConfigurator *self)
{
  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), FALSE);

  return get_private (self)->console_parsed;
}

/**
 * pulsar_configurator_get_config:
 * @self: a configurator
 *
 * Gets the configuration.
 *
 * The first call makes it and emits [signal@Pulsar.Configurator::register-settings].
 *
 * Returns: (transfer none): the configuration
 *
 * Since: 0.1
 */
PulsarConfig *
pulsar_configurator_get_config (PulsarConfigurator *self)
{
  PulsarConfiguratorPrivate *priv;

  g_return_val_if_fail (PULSAR_IS_CONFIGURATOR (self), NULL);

  priv = get_private (self);
  if (priv->config == NULL)
    {
      priv->config = pulsar_config_new ();
      apply_parameters (self);
      pulsar_configurator_get_roles (self)->install_settings (self, priv->config);
      pulsar_config_begin_registration (priv->config);
      g_signal_emit (self, signals[SIGNAL_REGISTER_SETTINGS], 0, priv->config);
    }
  return priv->config;
}
