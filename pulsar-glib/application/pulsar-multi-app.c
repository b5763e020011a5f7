/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-multi-app.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/application/pulsar-application-private.h"
#include "pulsar-glib/application/pulsar-configurator-private.h"
#include "pulsar-glib/application/pulsar-start-check-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-core-settings-private.h"

/**
 * PulsarMultiApp:
 *
 * Several applications in one program, with one command line and one arbiter.
 *
 * Override [signal@Pulsar.MultiApp::build] or connect to it, and call [method@Pulsar.MultiApp.new_app] there for each
 * application. One of them, the main one, has no prefix: it bears the name of the program, and its options are those of the
 * program. The others have a prefix each: `rpc` makes the name `rpc_` and that of the program, and options such as
 * `--rpc-workers`.
 *
 * The code runs in workers too, where the application that is wanted is kept; so connect to the hooks of an application
 * right after its `new_app`.
 *
 * Since: 0.1
 */

/* An application of the program, and the prefix of its options. */
typedef struct
{
  PulsarApplication *application;  /* (owned) */
  char *prefix;                    /* (owned) (nullable) NULL: the main one */
} Part;

typedef struct
{
  GPtrArray *parts;          /* (owned) of Part, in the order of new_app */
  GListStore *applications;  /* (owned) of PulsarApplication, the main one first once it is built */
  GError *error;             /* (owned) (nullable) the first one of new_app */
  gboolean building;
  gboolean built;
} PulsarMultiAppPrivate;

typedef enum
{
  PROP_APPLICATIONS = 1,
} PulsarMultiAppProperty;

typedef enum
{
  SIGNAL_BUILD,
} PulsarMultiAppSignal;

static GParamSpec *properties[PROP_APPLICATIONS + 1];
static guint signals[SIGNAL_BUILD + 1];

G_DEFINE_TYPE_WITH_PRIVATE (PulsarMultiApp, pulsar_multi_app, PULSAR_TYPE_CONFIGURATOR)

static PulsarMultiAppPrivate *
get_private (gpointer self)
{
  return pulsar_multi_app_get_instance_private (self);
}

static void
part_free (Part *part)
{
  g_object_unref (part->application);
  g_free (part->prefix);
  g_free (part);
}

static Part *
find_part (PulsarMultiApp *self,
           const char     *prefix)
{
  PulsarMultiAppPrivate *priv = get_private (self);

  for (guint i = 0; i < priv->parts->len; i++)
    {
      Part *part = g_ptr_array_index (priv->parts, i);

      if (g_strcmp0 (part->prefix, prefix) == 0)
        return part;
    }
  return NULL;
}

/* Runs build () and puts the main application first. Errors come again when asked again, since nothing of a failed build is kept. */
static gboolean
build (PulsarMultiApp  *self,
       GError         **error)
{
  PulsarMultiAppPrivate *priv = get_private (self);
  g_autofree char *failure = NULL;
  Part *main_part;

  if (priv->built)
    return TRUE;

  g_clear_error (&priv->error);
  g_ptr_array_set_size (priv->parts, 0);
  priv->building = TRUE;
  g_signal_emit (self, signals[SIGNAL_BUILD], 0);
  priv->building = FALSE;
  failure = pulsar_configurator_steal_failure (PULSAR_CONFIGURATOR (self));
  if (failure != NULL && priv->error == NULL)
    g_set_error_literal (&priv->error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, failure);
  if (priv->error != NULL)
    {
      g_propagate_error (error, g_error_copy (priv->error));
      return FALSE;
    }

  main_part = find_part (self, NULL);
  if (main_part == NULL)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” has no main application: call new_app () without a prefix for one of its applications in build ()"),
                   pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)));
      return FALSE;
    }

  g_list_store_append (priv->applications, main_part->application);
  for (guint i = 0; i < priv->parts->len; i++)
    {
      Part *part = g_ptr_array_index (priv->parts, i);

      if (part != main_part)
        g_list_store_append (priv->applications, part->application);
    }
  priv->built = TRUE;
  return TRUE;
}

static void
install_settings (PulsarConfigurator *configurator,
                  PulsarConfig       *config)
{
  pulsar_core_settings_install (config);
}

static GPtrArray *
list_applications (PulsarConfigurator  *configurator,
                   GError             **error)
{
  PulsarMultiAppPrivate *priv = get_private (configurator);
  GPtrArray *applications;

  if (!build (PULSAR_MULTI_APP (configurator), error))
    return NULL;

  applications = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (priv->applications)); i++)
    g_ptr_array_add (applications, g_list_model_get_item (G_LIST_MODEL (priv->applications), i));
  return applications;
}

/* The arguments are read once for all; those that are not the main one share its globals. */
static gboolean
load (PulsarConfigurator  *configurator,
      const char * const  *argv,
      char               **output,
      GError             **error)
{
  PulsarMultiApp *self = PULSAR_MULTI_APP (configurator);
  g_autoptr(PulsarConfigLoader) loader = NULL;
  PulsarConfigLoaderOutcome outcome;
  Part *main_part;
  PulsarConfig *main_config;
  GPtrArray *parts;

  if (!build (self, error))
    return FALSE;

  parts = get_private (self)->parts;
  main_part = find_part (self, NULL);
  main_config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (main_part->application));
  loader = pulsar_configurator_new_loader (configurator);
  pulsar_config_loader_add (loader, main_config, NULL, pulsar_configurator_get_name (configurator));
  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = g_ptr_array_index (parts, i);
      PulsarConfigurator *application = PULSAR_CONFIGURATOR (part->application);

      if (!pulsar_configurator_check (application, error))
        return FALSE;
      if (part != main_part)
        pulsar_config_loader_add (loader, pulsar_configurator_get_config (application), part->prefix,
                                  pulsar_configurator_get_name (application));
    }
  if (!pulsar_config_loader_load (loader, argv, &outcome, output, error))
    return FALSE;
  if (outcome == PULSAR_CONFIG_LOADER_PRINT)
    return TRUE;
  if (outcome == PULSAR_CONFIG_LOADER_CHECK)
    {
      g_autoptr(GPtrArray) applications = list_applications (configurator, error);

      return applications != NULL && pulsar_start_check (applications, error);
    }

  for (guint i = 0; i < parts->len; i++)
    {
      Part *part = g_ptr_array_index (parts, i);
      PulsarConfigurator *application = PULSAR_CONFIGURATOR (part->application);

      if (part != main_part)
        pulsar_config_adopt_globals (pulsar_configurator_get_config (application), main_config);
      pulsar_configurator_set_argv (application, argv);
      pulsar_configurator_set_console_parsed (application, argv != NULL);
      pulsar_configurator_set_loaded (application);
    }
  return TRUE;
}

static const PulsarConfiguratorRoles roles = { install_settings, list_applications, load };

static void
pulsar_multi_app_get_property (GObject    *object,
                               guint       property_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  switch ((PulsarMultiAppProperty) property_id)
    {
    case PROP_APPLICATIONS:
      g_value_set_object (value, get_private (object)->applications);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
pulsar_multi_app_finalize (GObject *object)
{
  PulsarMultiAppPrivate *priv = get_private (object);

  g_ptr_array_unref (priv->parts);
  g_clear_object (&priv->applications);
  g_clear_error (&priv->error);

  G_OBJECT_CLASS (pulsar_multi_app_parent_class)->finalize (object);
}

static void
pulsar_multi_app_class_init (PulsarMultiAppClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pulsar_multi_app_get_property;
  object_class->finalize = pulsar_multi_app_finalize;
  PULSAR_CONFIGURATOR_CLASS (klass)->roles = &roles;

  /**
   * PulsarMultiApp:applications: (getter get_applications)
   *
   * The applications, the main one first: a list model of [class@Pulsar.Application]. It is empty until the configuration
   * is loaded.
   *
   * Since: 0.1
   */
  properties[PROP_APPLICATIONS] =
    g_param_spec_object ("applications", NULL, NULL, G_TYPE_LIST_MODEL,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);

  /**
   * PulsarMultiApp::build:
   * @self: a program of several applications
   *
   * Emitted when the applications are needed for the first time: call [method@Pulsar.MultiApp.new_app] for each of them.
   *
   * A handler that cannot calls [method@Pulsar.Configurator.fail]. It is emitted again after a build that failed.
   *
   * In Python and JavaScript it may be a generator that yields the applications.
   *
   * Since: 0.1
   */
  signals[SIGNAL_BUILD] =
    g_signal_new ("build", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, G_STRUCT_OFFSET (PulsarMultiAppClass, build),
                  NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
pulsar_multi_app_init (PulsarMultiApp *self)
{
  PulsarMultiAppPrivate *priv = get_private (self);

  priv->parts = g_ptr_array_new_with_free_func ((GDestroyNotify) part_free);
  priv->applications = g_list_store_new (PULSAR_TYPE_APPLICATION);
}

static void
check_part (PulsarMultiApp *self,
            GType           type,
            const char     *prefix)
{
  PulsarMultiAppPrivate *priv = get_private (self);
  Part *other = find_part (self, prefix);

  if (priv->error != NULL)
    return;

  if (prefix != NULL && !pulsar_config_check_prefix (prefix, &priv->error))
    return;
  if (other != NULL && prefix != NULL)
    g_set_error (&priv->error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                 _("Two applications have the prefix “%s”, a “%s” and a “%s”; pass another prefix to new_app () for one of them"),
                 prefix, G_OBJECT_TYPE_NAME (other->application), g_type_name (type));
  else if (other != NULL)
    g_set_error (&priv->error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                 _("Two applications have no prefix, a “%s” and a “%s”; only one can be the main one, and the other needs a prefix"),
                 G_OBJECT_TYPE_NAME (other->application), g_type_name (type));
}

/* The parameters of the program go to all its applications, and give way to those given to one of them. */
static GVariant *
merge_parameters (PulsarMultiApp *self,
                  GVariant       *parameters)
{
  g_autoptr(GVariant) shared = NULL;
  g_auto(GVariantDict) merged = G_VARIANT_DICT_INIT (NULL);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_object_get (self, "parameters", &shared, NULL);
  g_variant_dict_clear (&merged);
  g_variant_dict_init (&merged, shared);
  if (parameters != NULL)
    {
      g_variant_iter_init (&iter, parameters);
      while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
        g_variant_dict_insert_value (&merged, name, value);
    }
  return g_variant_dict_end (&merged);
}

/**
 * pulsar_multi_app_new:
 * @name: (nullable): the name of the program, or `NULL` for one made from the name of the class
 *
 * Creates a program of several applications to whose [signal@Pulsar.MultiApp::build] the program connects.
 *
 * Returns: (transfer full): a new program
 *
 * Since: 0.1
 */
PulsarMultiApp *
pulsar_multi_app_new (const char *name)
{
  return g_object_new (PULSAR_TYPE_MULTI_APP, "name", name, NULL);
}

/**
 * pulsar_multi_app_new_app:
 * @self: a program of several applications
 * @type: a type derived from [class@Pulsar.Application]
 * @prefix: (nullable): the prefix of its options, or `NULL` for the main application
 * @parameters: (nullable): values of its settings and free parameters, of type `a{sv}`; a floating one is consumed
 *
 * Makes an application of the program. Only to be called in [signal@Pulsar.MultiApp::build].
 *
 * The parameters of the program go to all its applications; @parameters win over them. A prefix that is wrong, or was used
 * before, is reported when the configuration is loaded.
 *
 * Returns: (transfer none): the application, to connect to its hooks
 *
 * Since: 0.1
 */
PulsarApplication *
pulsar_multi_app_new_app (PulsarMultiApp *self,
                          GType           type,
                          const char     *prefix,
                          GVariant       *parameters)
{
  PulsarMultiAppPrivate *priv;
  g_autoptr(GVariant) own G_GNUC_UNUSED = NULL;
  g_autoptr(GVariant) merged = NULL;
  g_autofree char *name = NULL;
  Part *part;

  g_return_val_if_fail (PULSAR_IS_MULTI_APP (self), NULL);
  g_return_val_if_fail (g_type_is_a (type, PULSAR_TYPE_APPLICATION), NULL);
  g_return_val_if_fail (parameters == NULL || g_variant_is_of_type (parameters, G_VARIANT_TYPE_VARDICT), NULL);

  priv = get_private (self);
  g_return_val_if_fail (priv->building, NULL);

  own = parameters == NULL ? NULL : g_variant_ref_sink (parameters);
  check_part (self, type, prefix);
  merged = g_variant_ref_sink (merge_parameters (self, parameters));
  if (prefix == NULL)
    name = g_strdup (pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)));
  else
    name = g_strdup_printf ("%s_%s", prefix, pulsar_configurator_get_name (PULSAR_CONFIGURATOR (self)));

  part = g_new0 (Part, 1);
  part->application = g_object_new (type, "name", name, "parameters", merged, NULL);
  part->prefix = g_strdup (prefix);
  pulsar_application_set_prefix (part->application, prefix);
  if (prefix == NULL)
    pulsar_configurator_set_version (PULSAR_CONFIGURATOR (part->application),
                                     pulsar_configurator_get_version (PULSAR_CONFIGURATOR (self)));
  g_ptr_array_add (priv->parts, part);
  return part->application;
}

/**
 * pulsar_multi_app_get_applications:
 * @self: a program of several applications
 *
 * Gets the applications, the main one first: a list model of [class@Pulsar.Application]. It is empty until the
 * configuration is loaded.
 *
 * Returns: (transfer none): the applications
 *
 * Since: 0.1
 */
GListModel *
pulsar_multi_app_get_applications (PulsarMultiApp *self)
{
  g_return_val_if_fail (PULSAR_IS_MULTI_APP (self), NULL);

  return G_LIST_MODEL (get_private (self)->applications);
}
