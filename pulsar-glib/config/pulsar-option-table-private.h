/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

typedef enum
{
  PULSAR_OPTION_SETTING,
  PULSAR_OPTION_HELP,
  PULSAR_OPTION_HELP_ALL,
  PULSAR_OPTION_HELP_APPLICATION,
  PULSAR_OPTION_VERSION,
  PULSAR_OPTION_PRINT_CONFIG,
  PULSAR_OPTION_CHECK_CONFIG,
  PULSAR_OPTION_SHOW_SECRETS,
  PULSAR_OPTION_PRINT_SCHEMA,
  PULSAR_OPTION_PRINT_COMPLETION,
  PULSAR_OPTION_PRINT_MAN,
} PulsarOptionKind;

/* One option of the command line and, for a setting, one environment variable. */
typedef struct
{
  PulsarOptionKind kind;
  PulsarConfig *config;    /* (owned) (nullable) the application it belongs to; NULL for help and version */
  PulsarSetting *setting;  /* (owned) (nullable) */
  char *prefix;            /* (owned) (nullable) NULL for the main application, and for global settings */
  char *title;             /* (owned) (nullable) the name of the application */
  char *flag;              /* (owned) with the prefix, without hyphens before it */
} PulsarOption;

/* All options of a program: those of the main application, of those with a prefix, and the common ones. Every spelling
 * leads to one option, and so does every variable. */
typedef struct _PulsarOptionTable PulsarOptionTable;

PulsarOptionTable  *pulsar_option_table_new           (void);
void                pulsar_option_table_free          (PulsarOptionTable  *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarOptionTable, pulsar_option_table_free)

/* Adds the settings of an application; those that are global are added once. A spelling or a variable that means two
 * things is PULSAR_ERROR_CONFIGURATION, naming both. */
gboolean            pulsar_option_table_add           (PulsarOptionTable  *self,
                                                       PulsarConfig       *config,
                                                       const char         *prefix,
                                                       const char         *title,
                                                       GError            **error);
guint               pulsar_option_table_get_n_options (PulsarOptionTable  *self);
const PulsarOption *pulsar_option_table_get_option    (PulsarOptionTable  *self,
                                                       guint               position);

/* @spelling is “--name” or “-x”; @negated is set if it is “--no-name”. */
const PulsarOption *pulsar_option_table_find          (PulsarOptionTable  *self,
                                                       const char         *spelling,
                                                       gboolean           *negated);
const PulsarOption *pulsar_option_table_find_variable (PulsarOptionTable  *self,
                                                       const char         *variable);
const char         *pulsar_option_table_suggest       (PulsarOptionTable  *self,
                                                       const char         *spelling);
/* @variable begins with “PULSAR_”. */
const char         *pulsar_option_table_suggest_variable (PulsarOptionTable *self,
                                                          const char        *variable);

/* Sets the setting of an option in its application; a global one in all that have it. */
gboolean            pulsar_option_table_set           (PulsarOptionTable  *self,
                                                       const PulsarOption *option,
                                                       GVariant           *value,
                                                       PulsarOrigin        origin,
                                                       const char         *detail,
                                                       GError            **error);

gboolean            pulsar_option_is_boolean          (const PulsarOption *option);

/* Variables the library uses itself: no setting has them. */
gboolean            pulsar_variable_is_reserved       (const char         *variable);

G_END_DECLS
