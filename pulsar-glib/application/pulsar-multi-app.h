/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/application/pulsar-application.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_MULTI_APP (pulsar_multi_app_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_DERIVABLE_TYPE (PulsarMultiApp, pulsar_multi_app, PULSAR, MULTI_APP, PulsarConfigurator)

/**
 * PulsarMultiAppClass:
 * @parent_class: the parent class
 *
 * The class of [class@Pulsar.MultiApp].
 *
 * Since: 0.1
 */
struct _PulsarMultiAppClass
{
  PulsarConfiguratorClass parent_class;

  /**
   * PulsarMultiAppClass::build:
   * @self: a program of several applications
   *
   * Class handler of [signal@Pulsar.MultiApp::build].
   *
   * Since: 0.1
   */
  void (*build) (PulsarMultiApp *self);

  /*< private >*/
  gpointer padding[8];
};

PULSAR_AVAILABLE_IN_ALL
PulsarMultiApp    *pulsar_multi_app_new              (const char      *name) G_GNUC_WARN_UNUSED_RESULT;
PULSAR_AVAILABLE_IN_ALL
PulsarApplication *pulsar_multi_app_new_app          (PulsarMultiApp  *self,
                                                      GType            type,
                                                      const char      *prefix,
                                                      GVariant        *parameters);
PULSAR_AVAILABLE_IN_ALL
GListModel        *pulsar_multi_app_get_applications (PulsarMultiApp  *self);

G_END_DECLS
