/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* Reads key files, the environment and the command line into the configurations of all applications of a program.
 *
 * The main application has no prefix; the options of each other one are “--<prefix>-<flag>” and its variables
 * “PULSAR_<PREFIX>_<NAME>”, and its group in key files is “[<prefix>]”. Global settings are common to all. */
typedef struct _PulsarConfigLoader PulsarConfigLoader;

typedef enum
{
  PULSAR_CONFIG_LOADER_CONTINUE,
  PULSAR_CONFIG_LOADER_PRINT,  /* a text was asked for: print it to the standard output and end with success */
  PULSAR_CONFIG_LOADER_CHECK,  /* as PRINT, if nothing else is wrong with the configuration, which was loaded */
} PulsarConfigLoaderOutcome;

/* @program is what it is called; @description, @epilog and @version may be NULL. */
PulsarConfigLoader *pulsar_config_loader_new             (const char           *program,
                                                          const char           *description,
                                                          const char           *epilog,
                                                          const char           *version) G_GNUC_WARN_UNUSED_RESULT;
void                pulsar_config_loader_free            (PulsarConfigLoader   *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarConfigLoader, pulsar_config_loader_free)

void                pulsar_config_loader_add             (PulsarConfigLoader   *self,
                                                          PulsarConfig         *config,
                                                          const char           *prefix,
                                                          const char           *title);

/* Takes these “NAME=VALUE” for the environment, and not that of the process. */
void                pulsar_config_loader_set_environment (PulsarConfigLoader   *self,
                                                          const char * const   *environment);

/* Reads the key files that the setting “config” names. Without any named it reads “<folder>/<name>/<name>.conf”, the first
 * that exists in the folders of the user and of the system; with NULL for @name none is searched for. Names that nobody
 * knows are mistakes if @strict, else they are logged. */
void                pulsar_config_loader_read_files      (PulsarConfigLoader   *self,
                                                          const char           *name,
                                                          gboolean              strict);

/* What is no error, such as a variable of a name that nobody knows, is kept with the configuration that was added first, for
 * a log that does not exist yet; else it is logged at once. */
void                pulsar_config_loader_keep_notices    (PulsarConfigLoader   *self);

/* The texts that were kept: (transfer full) (element-type utf8). */
GPtrArray          *pulsar_config_steal_notices          (PulsarConfig         *config) G_GNUC_WARN_UNUSED_RESULT;

/* @argv begins with the name of the program; with NULL there is no command line. PULSAR_ERROR_USAGE: the command line is
 * wrong, one line says where. PULSAR_ERROR_CONFIGURATION: a key file, a variable, a parameter or a prefix is wrong; there is
 * one line for each mistake. After an error nothing may be started with these configurations, but the same can be asked again. */
gboolean            pulsar_config_loader_load            (PulsarConfigLoader         *self,
                                                          const char * const         *argv,
                                                          PulsarConfigLoaderOutcome  *outcome,
                                                          char                      **output,
                                                          GError                    **error);

/* Whether an application may have that prefix: PULSAR_ERROR_CONFIGURATION if not. */
gboolean            pulsar_config_check_prefix           (const char           *prefix,
                                                          GError              **error);

G_END_DECLS
