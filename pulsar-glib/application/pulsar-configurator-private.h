/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/application/pulsar-configurator.h>

G_BEGIN_DECLS

/* What differs between one application and several in one program. */
typedef struct
{
  /* Adds the settings of the class to the configuration, before the user's register-settings. */
  void       (*install_settings)  (PulsarConfigurator *self,
                                   PulsarConfig       *config);

  /* The applications to run, the main one first; (transfer container). Called once per start, before the configuration is loaded. */
  GPtrArray *(*list_applications) (PulsarConfigurator  *self,
                                   GError             **error);
} PulsarConfiguratorRoles;

/* Gives @self its program: what was on the command line. */
void pulsar_configurator_set_argv (PulsarConfigurator *self,
                                   const char * const *argv);

G_END_DECLS
