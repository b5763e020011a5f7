/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/application/pulsar-configurator.h>
#include <pulsar-glib/config/pulsar-config-loader-private.h>

G_BEGIN_DECLS

/* What differs between one application and several in one program. */
typedef struct
{
  /* Adds the settings of the class to the configuration, before the user's register-settings. */
  void       (*install_settings)  (PulsarConfigurator  *self,
                                   PulsarConfig        *config);

  /* The applications of the program, the main one first: (transfer container) of PulsarApplication. Called before the configuration
   * is loaded. */
  GPtrArray *(*list_applications) (PulsarConfigurator  *self,
                                   GError             **error);

  /* Reads the configuration of all of them from key files, environment and command line. */
  gboolean   (*load)              (PulsarConfigurator  *self,
                                   const char * const  *argv,
                                   char               **output,
                                   GError             **error);
} PulsarConfiguratorRoles;

const PulsarConfiguratorRoles *pulsar_configurator_get_roles (PulsarConfigurator   *self);

/* The applications of the program: (transfer container). */
GPtrArray *pulsar_configurator_list_applications (PulsarConfigurator  *self,
                                                  GError             **error);

/* The configuration is loaded once; @output (transfer full) is what --help or --version print, after which the program ends. */
gboolean   pulsar_configurator_load_with_output  (PulsarConfigurator  *self,
                                                  char               **output,
                                                  GError             **error);

/* What reads the configuration of the program, for load (). */
PulsarConfigLoader *pulsar_configurator_new_loader   (PulsarConfigurator  *self);

/* Whether the program gave it its name, by which key files are searched for. */
gboolean   pulsar_configurator_is_name_given     (PulsarConfigurator  *self);

/* What was on the command line, and that it need not be read again. */
void       pulsar_configurator_set_argv          (PulsarConfigurator  *self,
                                                  const char * const  *argv);
void       pulsar_configurator_set_console_parsed (PulsarConfigurator *self,
                                                   gboolean            console_parsed);
gboolean   pulsar_configurator_is_loaded         (PulsarConfigurator  *self);
void       pulsar_configurator_set_loaded        (PulsarConfigurator  *self);

/* Whether nothing is known by which it cannot run: its name may be one, and pulsar_configurator_fail () was not called. */
gboolean   pulsar_configurator_check             (PulsarConfigurator  *self,
                                                  GError             **error);

/* What pulsar_configurator_fail () said since the last time: (transfer full) (nullable). */
char      *pulsar_configurator_steal_failure     (PulsarConfigurator  *self);

/* Whether its name may be one. */
gboolean   pulsar_configurator_check_name        (PulsarConfigurator  *self,
                                                  GError             **error);

/* The part of a name after the last “+”, without the prefix of a language, in lower case: the default name of an application of that
 * class. */
char      *pulsar_configurator_make_name         (const char          *type_name);

G_END_DECLS
