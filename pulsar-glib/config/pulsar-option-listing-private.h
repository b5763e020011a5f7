/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-option-table-private.h>

G_BEGIN_DECLS

/* What is told about options: by help, by the key file that is printed, by schema, completion and manual page. */

/* The prefixes of the applications, the main one's first, which is NULL: (transfer container). */
GPtrArray  *pulsar_option_listing_get_prefixes  (PulsarOptionTable  *table);

/* The options of settings with that prefix, those of a section together, in the order of their registration; without hidden
 * ones that nobody modified: (transfer container) of PulsarOption. */
GPtrArray  *pulsar_option_listing_get_settings  (PulsarOptionTable  *table,
                                                 const char         *prefix);

/* Whether it is a secret: the command line does not take one, so what is told is its variable. */
gboolean    pulsar_option_is_secret             (const PulsarOption *option);

/* Whether it says which key files are read: this has no place in one. */
gboolean    pulsar_option_names_files           (const PulsarOption *option);

/* The heading for an option; translated. */
const char *pulsar_option_get_section           (const PulsarOption *option);

/* What stands for the value in help, such as “NUMBER”; translated. */
const char *pulsar_option_get_placeholder       (const PulsarOption *option);

/* What --help says about an option that is no setting; translated. */
char       *pulsar_option_dup_common_summary    (const PulsarOption *option) G_GNUC_WARN_UNUSED_RESULT;
char       *pulsar_option_dup_variable          (const PulsarOption *option) G_GNUC_WARN_UNUSED_RESULT;

/* Everything that is said about a setting, in sentences; translated. */
char       *pulsar_option_dup_explanation       (const PulsarOption *option) G_GNUC_WARN_UNUSED_RESULT;

/* The default, of the class of the application, else of the setting; @word and the value are lent. */
GVariant   *pulsar_option_get_default           (const PulsarOption  *option,
                                                 const char         **word);

/* The same as text that can be read. */
char       *pulsar_option_dup_default           (const PulsarOption *option) G_GNUC_WARN_UNUSED_RESULT;

/* The values that can be named: of an enumeration, of flags, and words; not those of a boolean. */
char      **pulsar_option_list_values           (const PulsarOption *option) G_GNUC_WARN_UNUSED_RESULT;

/* What kind of thing the value of a setting is, as far as a shell can complete it. */
typedef enum
{
  PULSAR_OPTION_VALUE_OTHER,
  PULSAR_OPTION_VALUE_FILE,
  PULSAR_OPTION_VALUE_FOLDER,
  PULSAR_OPTION_VALUE_USER,
  PULSAR_OPTION_VALUE_GROUP,
} PulsarOptionValue;

/* The description of the argument tells it: FILE, PATH, FOLDER, USER, GROUP. */
PulsarOptionValue pulsar_option_get_value_kind  (const PulsarOption *option);

/* The command that is completed or described, as a user types it: the last part of @argv0. */
char       *pulsar_option_dup_command_name      (const char         *argv0,
                                                 const char         *program) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
