/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_CONFIGURATOR (pulsar_configurator_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (PulsarConfigurator, pulsar_configurator, PULSAR, CONFIGURATOR, GObject)

/**
 * PulsarConfiguratorClass:
 * @parent_class: the parent class
 *
 * The class of [class@Pulsar.Configurator].
 *
 * Since: 0.1
 */
struct _PulsarConfiguratorClass
{
  GObjectClass parent_class;

  /**
   * PulsarConfiguratorClass::register_settings:
   * @self: a configurator
   * @config: its configuration
   *
   * Class handler of [signal@Pulsar.Configurator::register-settings].
   *
   * Since: 0.1
   */
  void (*register_settings) (PulsarConfigurator *self,
                             PulsarConfig       *config);

  /*< private >*/
  gconstpointer roles;  /* const PulsarConfiguratorRoles *, see pulsar-configurator-private.h */
  gpointer padding[8];
};

PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_configurator_get_name           (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_configurator_get_description    (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
void                pulsar_configurator_set_description    (PulsarConfigurator   *self,
                                                            const char           *description);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_configurator_get_epilog         (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
void                pulsar_configurator_set_epilog         (PulsarConfigurator   *self,
                                                            const char           *epilog);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_configurator_get_version        (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
void                pulsar_configurator_set_version        (PulsarConfigurator   *self,
                                                            const char           *version);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_configurator_get_script         (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
const char         *pulsar_configurator_get_root_dir       (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
const char * const *pulsar_configurator_get_argv           (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
gboolean            pulsar_configurator_get_parse_console  (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
void                pulsar_configurator_set_parse_console  (PulsarConfigurator   *self,
                                                            gboolean              parse_console);
PULSAR_AVAILABLE_IN_ALL
gboolean            pulsar_configurator_get_strict         (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
void                pulsar_configurator_set_strict         (PulsarConfigurator   *self,
                                                            gboolean              strict);
PULSAR_AVAILABLE_IN_ALL
gboolean            pulsar_configurator_get_console_parsed (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
PulsarConfig       *pulsar_configurator_get_config         (PulsarConfigurator   *self);
PULSAR_AVAILABLE_IN_ALL
void                pulsar_configurator_fail               (PulsarConfigurator   *self,
                                                            const char           *message);
PULSAR_AVAILABLE_IN_ALL
gboolean            pulsar_configurator_load_config        (PulsarConfigurator   *self,
                                                            GError              **error);
PULSAR_AVAILABLE_IN_ALL
int                 pulsar_configurator_run                (PulsarConfigurator   *self,
                                                            int                   argc,
                                                            char                **argv);
PULSAR_AVAILABLE_IN_ALL
void                pulsar_configurator_start_async        (PulsarConfigurator   *self,
                                                            GCancellable         *cancellable,
                                                            GAsyncReadyCallback   callback,
                                                            gpointer              user_data);
PULSAR_AVAILABLE_IN_ALL
gboolean            pulsar_configurator_start_finish       (PulsarConfigurator   *self,
                                                            GAsyncResult         *result,
                                                            GError              **error);

G_END_DECLS
