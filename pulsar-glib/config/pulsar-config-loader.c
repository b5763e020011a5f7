/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <sys/auxv.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-command-line-private.h"
#include "pulsar-glib/config/pulsar-completion-private.h"
#include "pulsar-glib/config/pulsar-config-files-private.h"
#include "pulsar-glib/config/pulsar-config-loader-private.h"
#include "pulsar-glib/config/pulsar-config-print-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-config-schema-private.h"
#include "pulsar-glib/config/pulsar-core-settings-private.h"
#include "pulsar-glib/config/pulsar-help-private.h"
#include "pulsar-glib/config/pulsar-key-file-private.h"
#include "pulsar-glib/config/pulsar-man-page-private.h"
#include "pulsar-glib/config/pulsar-option-listing-private.h"

/* Where the configuration of the system is, wherever this library is installed. */
#define SYSTEM_FOLDER "/etc"

/* The configuration of one application. */
typedef struct
{
  PulsarConfig *config;  /* (owned) */
  char *prefix;          /* (owned) (nullable) */
  char *title;           /* (owned) (nullable) */
} Source;

struct _PulsarConfigLoader
{
  char *program;       /* (owned) */
  char *description;   /* (owned) (nullable) */
  char *epilog;        /* (owned) (nullable) */
  char *version;       /* (owned) (nullable) */
  GPtrArray *sources;  /* (owned) of Source */
  char **environment;  /* (owned) (nullable) NULL for that of the process */
  char *search_name;   /* (owned) (nullable) of the key file to search for */
  GPtrArray *notices;  /* (owned) of texts that are no errors */
  gboolean keeps_notices;
  gboolean reads_files;
  gboolean strict;
};

static void
source_free (Source *source)
{
  g_clear_object (&source->config);
  g_clear_pointer (&source->prefix, g_free);
  g_clear_pointer (&source->title, g_free);
  g_free (source);
}

PulsarConfigLoader *
pulsar_config_loader_new (const char *program,
                          const char *description,
                          const char *epilog,
                          const char *version)
{
  PulsarConfigLoader *self = g_new0 (PulsarConfigLoader, 1);

  self->notices = g_ptr_array_new_with_free_func (g_free);
  self->program = g_strdup (program);
  self->description = g_strdup (description);
  self->epilog = g_strdup (epilog);
  self->version = g_strdup (version);
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) source_free);
  return self;
}

void
pulsar_config_loader_free (PulsarConfigLoader *self)
{
  g_clear_pointer (&self->program, g_free);
  g_clear_pointer (&self->description, g_free);
  g_clear_pointer (&self->epilog, g_free);
  g_clear_pointer (&self->version, g_free);
  g_clear_pointer (&self->sources, g_ptr_array_unref);
  g_clear_pointer (&self->environment, g_strfreev);
  g_clear_pointer (&self->search_name, g_free);
  g_ptr_array_unref (self->notices);
  g_free (self);
}

void
pulsar_config_loader_add (PulsarConfigLoader *self,
                          PulsarConfig       *config,
                          const char         *prefix,
                          const char         *title)
{
  Source *source = g_new0 (Source, 1);

  source->config = g_object_ref (config);
  source->prefix = g_strdup (prefix);
  source->title = g_strdup (title);
  g_ptr_array_add (self->sources, source);
}

void
pulsar_config_loader_set_environment (PulsarConfigLoader *self,
                                      const char * const *environment)
{
  g_strfreev (self->environment);
  self->environment = g_strdupv ((char **) environment);
}

void
pulsar_config_loader_read_files (PulsarConfigLoader *self,
                                 const char         *name,
                                 gboolean            strict)
{
  self->reads_files = TRUE;
  self->strict = strict;
  g_free (self->search_name);
  self->search_name = g_strdup (name);
}

gboolean
pulsar_config_check_prefix (const char  *prefix,
                            GError     **error)
{
  static const char * const reserved[] = {
    "check", "config", "help", "no", "params", "print", "pulsar", "version", NULL,
  };
  static const char allowed[] = G_CSET_a_2_z G_CSET_DIGITS "-";

  if (!g_ascii_islower (prefix[0]) || prefix[strspn (prefix, allowed)] != '\0')
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is no prefix for an application; allowed: small letters, digits and hyphens, "
                     "a letter first"), prefix);
      return FALSE;
    }
  if (g_strv_contains (reserved, prefix))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                   _("“%s” is no prefix for an application: options and groups of every program begin with it"), prefix);
      return FALSE;
    }
  return TRUE;
}

static const char *
title_of (const Source *source)
{
  if (source->title != NULL)
    return source->title;
  return source->prefix != NULL ? source->prefix : _("the main application");
}

/* Each prefix once, and one application without. */
static gboolean
check_sources (PulsarConfigLoader  *self,
               GError             **error)
{
  for (guint i = 0; i < self->sources->len; i++)
    {
      const Source *source = self->sources->pdata[i];

      if (source->prefix != NULL && !pulsar_config_check_prefix (source->prefix, error))
        return FALSE;
      for (guint j = 0; j < i; j++)
        {
          const Source *other = self->sources->pdata[j];

          if (g_strcmp0 (source->prefix, other->prefix) != 0)
            continue;
          if (source->prefix != NULL)
            g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                         _("Two applications have the prefix “%s”: “%s” and “%s”"),
                         source->prefix, title_of (other), title_of (source));
          else
            g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
                         _("Two applications have no prefix: “%s” and “%s”"), title_of (other), title_of (source));
          return FALSE;
        }
    }
  return TRUE;
}

static PulsarOptionTable *
make_table (PulsarConfigLoader  *self,
            GError             **error)
{
  g_autoptr(PulsarOptionTable) table = NULL;

  if (!check_sources (self, error))
    return NULL;
  table = pulsar_option_table_new ();
  for (guint i = 0; i < self->sources->len; i++)
    {
      const Source *source = self->sources->pdata[i];

      if (!pulsar_option_table_add (table, source->config, source->prefix, source->title, error))
        return NULL;
    }
  return g_steal_pointer (&table);
}

static void
append_line (GString    *lines,
             const char *line)
{
  if (lines->len > 0)
    g_string_append_c (lines, '\n');
  g_string_append (lines, line);
}

/* Applies one variable; what is wrong with it is appended to @errors, and its name to @unknown if nothing bears it. */
static void
apply_variable (PulsarOptionTable *table,
                GPtrArray         *notices,
                const char        *name,
                const char        *value,
                GHashTable        *seen,
                GString           *errors,
                GPtrArray         *unknown)
{
  const PulsarOption *option = pulsar_option_table_find_variable (table, name);
  const char *same = option != NULL ? g_hash_table_lookup (seen, option) : NULL;
  g_autofree char *line = NULL;
  g_autoptr(GError) error = NULL;

  if (option == NULL)
    {
      const char *meant = pulsar_option_table_suggest_variable (table, name);

      if (pulsar_variable_is_reserved (name))
        return;
      if (meant != NULL)
        g_ptr_array_add (notices, g_strdup_printf (_("%s: no setting has this environment variable, so it is ignored; did "
                                                     "you mean “%s”?"), name, meant));
      else
        g_ptr_array_add (unknown, g_strdup (name));
      return;
    }

  if (same != NULL)
    {
      line = g_strdup_printf (_("%s: the same setting as “%s”; only one of them can be set"), name, same);
    }
  else if (!g_utf8_validate (value, -1, NULL))
    {
      line = g_strdup_printf (_("%s: the value is not valid UTF-8"), name);
    }
  else if (!pulsar_option_table_set (table, option, g_variant_new_string (value), PULSAR_ORIGIN_ENVIRONMENT, name,
                                     &error))
    {
      line = g_strdup (error->message);
    }
  g_hash_table_replace (seen, (gpointer) option, g_strdup (name));
  if (line != NULL)
    append_line (errors, line);
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char * const *) a, *(const char * const *) b);
}

/* Variables of other products may begin like ours: those nobody knows are mentioned once and do no harm. One that is nearly a
 * variable of ours is most likely a mistake, and the user is told. */
static void
apply_environment (PulsarConfigLoader *self,
                   PulsarOptionTable  *table,
                   GString            *errors)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr(GPtrArray) unknown = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) sorted = g_ptr_array_new ();
  g_auto(GStrv) environment = NULL;

  if (self->environment != NULL)
    environment = g_strdupv (self->environment);
  else if (getauxval (AT_SECURE) != 0)
    environment = g_new0 (char *, 1);  /* whoever executed us must not configure somebody with more rights */
  else
    environment = g_get_environ ();

  /* The environment has no order that means anything; messages have one. */
  for (gsize i = 0; environment[i] != NULL; i++)
    if (g_str_has_prefix (environment[i], "PULSAR_"))
      g_ptr_array_add (sorted, environment[i]);
  g_ptr_array_sort (sorted, compare_strings);

  for (guint i = 0; i < sorted->len; i++)
    {
      const char *entry = sorted->pdata[i];
      const char *equals = strchr (entry, '=');

      if (equals != NULL)
        {
          g_autofree char *name = g_strndup (entry, equals - entry);

          apply_variable (table, self->notices, name, equals + 1, seen, errors, unknown);
        }
    }

  if (unknown->len > 0)
    {
      g_autofree char *names = NULL;

      g_ptr_array_add (unknown, NULL);
      names = g_strjoinv (", ", (char **) unknown->pdata);
      g_info ("No setting has these environment variables: %s", names);
    }
}

static PulsarConfig *
get_config (PulsarConfigLoader *self,
            guint               position)
{
  return ((const Source *) self->sources->pdata[position])->config;
}

/* The setting “config” is global, so that every application has the same. An empty list that somebody gave means none. */
static char **
list_files (PulsarConfigLoader  *self,
            const char         **named_by,
            GString             *errors)
{
  const char *folders[] = { NULL, NULL, NULL };
  guint n_folders = 0;
  PulsarSetting *setting = NULL;

  if (self->sources->len > 0)
    setting = pulsar_config_get_setting (get_config (self, 0), "config");
  if (setting != NULL && pulsar_setting_get_origin (setting) != PULSAR_ORIGIN_DEFAULT)
    {
      g_autofree const char **names = g_variant_get_strv (pulsar_setting_get_value (setting), NULL);

      *named_by = pulsar_setting_get_origin_detail (setting);
      return pulsar_config_files_named (names, errors);
    }

  if (getauxval (AT_SECURE) == 0)
    folders[n_folders++] = g_get_user_config_dir ();
  folders[n_folders] = SYSTEM_FOLDER;
  return self->search_name != NULL ? pulsar_config_files_search (folders, self->search_name, errors) : g_new0 (char *, 1);
}

/* Free parameters of files belong to all applications; they are set once nothing is wrong, since they have no layers. */
static void
apply_files (PulsarConfigLoader *self,
             PulsarOptionTable  *table,
             GHashTable         *parameters,
             GString            *errors)
{
  g_autoptr(PulsarOptionKeys) keys = pulsar_option_keys_new (table);
  const char *named_by = NULL;
  g_auto(GStrv) paths = list_files (self, &named_by, errors);
  const PulsarKeyFileTarget target = { table, keys, parameters, errors, named_by, self->strict, self->notices };

  for (gsize i = 0; paths[i] != NULL; i++)
    pulsar_key_file_read (&target, paths[i]);
}

static void
set_parameters (PulsarConfigLoader *self,
                GHashTable         *parameters)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, parameters);
  while (g_hash_table_iter_next (&iter, &name, &value))
    for (guint i = 0; i < self->sources->len; i++)
      pulsar_config_set_from (get_config (self, i), name, value, PULSAR_ORIGIN_PARAMETER, NULL, NULL);
}

static char *
make_output (PulsarConfigLoader *self,
             PulsarOptionTable  *table,
             PulsarCommandLine  *command_line,
             const char         *argv0)
{
  const PulsarOption *shown = pulsar_command_line_get_shown (command_line);
  g_autofree char *command = pulsar_option_dup_command_name (argv0, self->program);

  switch (shown->kind)
    {
    case PULSAR_OPTION_VERSION:
      return self->version != NULL ? g_strdup_printf ("%s %s\n", self->program, self->version)
                                   : g_strdup_printf ("%s\n", self->program);
    case PULSAR_OPTION_PRINT_CONFIG:
      return pulsar_config_print (table, self->program, pulsar_command_line_get_show_secrets (command_line));
    case PULSAR_OPTION_CHECK_CONFIG:
      return g_strdup_printf (_("%s: the configuration is OK\n"), self->program);
    case PULSAR_OPTION_PRINT_SCHEMA:
      return pulsar_config_schema (table, self->program, self->description);
    case PULSAR_OPTION_PRINT_COMPLETION:
      return pulsar_completion_format (table, pulsar_command_line_get_shown_value (command_line), command);
    case PULSAR_OPTION_PRINT_MAN:
      return pulsar_man_page_format (table, command, self->description, self->epilog, self->version);
    case PULSAR_OPTION_HELP:
    case PULSAR_OPTION_HELP_ALL:
    case PULSAR_OPTION_HELP_APPLICATION:
    case PULSAR_OPTION_SETTING:
    case PULSAR_OPTION_SHOW_SECRETS:
    default:
      return pulsar_help_format (table, shown, self->program, self->description, self->epilog,
                                 pulsar_help_get_n_columns ());
    }
}

static GQuark
notices_quark (void)
{
  return g_quark_from_static_string ("pulsar-config-notices");
}

/* Nobody gets what was kept before twice. */
static void
give_notices (PulsarConfigLoader *self)
{
  g_autoptr(GPtrArray) notices = g_steal_pointer (&self->notices);

  self->notices = g_ptr_array_new_with_free_func (g_free);
  if (self->keeps_notices)
    {
      g_object_set_qdata_full (G_OBJECT (get_config (self, 0)), notices_quark (), g_steal_pointer (&notices),
                               (GDestroyNotify) g_ptr_array_unref);
      return;
    }
  for (guint i = 0; i < notices->len; i++)
    g_message ("%s", (const char *) notices->pdata[i]);
}

void
pulsar_config_loader_keep_notices (PulsarConfigLoader *self)
{
  self->keeps_notices = TRUE;
}

GPtrArray *
pulsar_config_steal_notices (PulsarConfig *config)
{
  GPtrArray *notices = g_object_steal_qdata (G_OBJECT (config), notices_quark ());

  return notices != NULL ? notices : g_ptr_array_new_with_free_func (g_free);
}

/* Reads all layers. What a command line gives wrongly is told at once, since somebody just typed it, and then all else together; with
 * @check everything is. Layers lie in their order whichever is read first: files come last, since the others name them. */
static gboolean
apply_layers (PulsarConfigLoader  *self,
              PulsarOptionTable   *table,
              PulsarCommandLine   *command_line,
              gboolean             check,
              GError             **error)
{
  g_autoptr(GHashTable) parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                            (GDestroyNotify) g_variant_unref);
  g_autoptr(GString) errors = g_string_new (NULL);
  g_autoptr(GError) usage = NULL;

  /* Nothing is left of a time that failed. */
  for (guint i = 0; i < self->sources->len; i++)
    {
      if (self->reads_files)
        pulsar_config_clear_layer (get_config (self, i), PULSAR_ORIGIN_KEY_FILE);
      pulsar_config_clear_layer (get_config (self, i), PULSAR_ORIGIN_ENVIRONMENT);
      if (command_line != NULL)
        pulsar_config_clear_layer (get_config (self, i), PULSAR_ORIGIN_COMMAND_LINE);
    }

  if (command_line != NULL && !pulsar_command_line_apply (command_line, &usage) && !check)
    {
      g_propagate_error (error, g_steal_pointer (&usage));
      return FALSE;
    }
  for (guint i = 0; i < self->sources->len; i++)
    pulsar_config_check_parameters (get_config (self, i), errors);
  apply_environment (self, table, errors);
  if (self->reads_files)
    apply_files (self, table, parameters, errors);
  give_notices (self);
  if (usage != NULL)
    append_line (errors, usage->message);
  if (errors->len > 0)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, errors->str);
      return FALSE;
    }
  set_parameters (self, parameters);
  for (guint i = 0; i < self->sources->len; i++)
    pulsar_core_settings_derive (get_config (self, i));

  /* No usage error, wherever they came from: the machine lacks something. They are global, so that the first one has them. */
  pulsar_core_settings_check (get_config (self, 0), errors);
  if (errors->len == 0)
    return TRUE;
  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, errors->str);
  return FALSE;
}

gboolean
pulsar_config_loader_load (PulsarConfigLoader         *self,
                           const char * const         *argv,
                           PulsarConfigLoaderOutcome  *outcome,
                           char                      **output,
                           GError                    **error)
{
  g_autoptr(PulsarOptionTable) table = make_table (self, error);
  g_autoptr(PulsarCommandLine) command_line = NULL;
  const PulsarOption *shown = NULL;

  *outcome = PULSAR_CONFIG_LOADER_CONTINUE;
  *output = NULL;
  if (table == NULL)
    return FALSE;

  /* The command line is read first, so that help is shown whatever else is wrong. */
  if (argv != NULL)
    {
      command_line = pulsar_command_line_new (table, argv, error);
      if (command_line == NULL)
        return FALSE;
      shown = pulsar_command_line_get_shown (command_line);
    }

  if ((shown == NULL || pulsar_option_shows_values (shown))
      && !apply_layers (self, table, command_line, shown != NULL && shown->kind == PULSAR_OPTION_CHECK_CONFIG, error))
    return FALSE;
  if (shown != NULL)
    {
      *outcome = shown->kind == PULSAR_OPTION_CHECK_CONFIG ? PULSAR_CONFIG_LOADER_CHECK : PULSAR_CONFIG_LOADER_PRINT;
      *output = make_output (self, table, command_line, argv[0]);
      return TRUE;
    }

  for (guint i = 0; i < self->sources->len; i++)
    pulsar_config_set_phase (get_config (self, i), PULSAR_CONFIG_PHASE_LOADED);
  return TRUE;
}
