/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"
#include "pulsar-glib/config/pulsar-command-line-private.h"
#include "pulsar-glib/config/pulsar-option-listing-private.h"
#include "pulsar-glib/config/pulsar-completion-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

/* One pass over the arguments that only records what they say.
 *
 * GOption is not used, though the grammar is its own without the lenient parts: it converts arguments from the encoding of
 * the locale, which refuses UTF-8 in the C locale; it takes the next option for the value of one that lacks its value; it
 * reads “-w4” as “-w” with the next argument for its value; and its errors cannot say what is allowed, nor in which option
 * an argument is missing. */

typedef struct
{
  const PulsarOption *option;
  char *spelling;  /* (owned) as it was written, for messages */
  char *value;     /* (owned) (nullable) NULL for “--x” and “--no-x” of a boolean */
  gboolean negated;
} Record;

struct _PulsarCommandLine
{
  PulsarOptionTable *table;   /* (unowned) outlives this */
  GPtrArray *records;         /* (owned) of Record, in the order of the command line */
  const PulsarOption *shown;  /* (nullable) the option that asks for a text */
  char *shown_value;          /* (owned) (nullable) its value */
  gboolean show_secrets;
};

static void
record_free (Record *record)
{
  g_clear_pointer (&record->spelling, g_free);
  g_clear_pointer (&record->value, g_free);
  g_free (record);
}

static gboolean
is_option (const char *argument)
{
  return argument[0] == '-' && argument[1] != '\0';
}

static gboolean
takes_value (const PulsarOption *option)
{
  return option->kind == PULSAR_OPTION_PRINT_COMPLETION
         || (option->kind == PULSAR_OPTION_SETTING && !pulsar_option_is_boolean (option));
}

static gboolean
is_secret (PulsarOptionTable *table,
           const char        *spelling)
{
  gboolean negated;
  const PulsarOption *option = pulsar_option_table_find (table, spelling, &negated);

  return option != NULL && option->setting != NULL && (pulsar_setting_get_flags (option->setting) & PULSAR_SETTING_SECRET) != 0;
}

/* @argument is the whole of it, @spelling the part before “=”. */
static gboolean
refuse_unknown (PulsarCommandLine  *self,
                const char         *argument,
                const char         *spelling,
                GError            **error)
{
  const char beginning[] = { '-', spelling[1], '\0' };
  const char *suggestion = NULL;
  const PulsarOption *option;
  gboolean negated;

  /* One letter is near to everything. */
  if (spelling[2] != '\0')
    suggestion = pulsar_option_table_suggest (self->table, spelling);
  option = pulsar_option_table_find (self->table, beginning, &negated);

  if (suggestion != NULL && is_secret (self->table, suggestion))
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                 _("Unknown option “%s”; the secret that is nearest, “%s”, is set in a configuration file or the environment"),
                 spelling, suggestion + 2);
  else if (suggestion != NULL)
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                 _("Unknown option “%s”; did you mean “%s”?"), spelling, suggestion);
  else if (option != NULL && takes_value (option))
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                 _("Unknown option “%s”; the value stands apart, as in “%s %s”"),
                 argument, beginning, argument + (argument[2] == '=' ? 3 : 2));
  else
    g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                 _("Unknown option “%s”; “--help” lists the options"), spelling);
  return FALSE;
}

static gboolean
refuse_missing_value (const PulsarOption  *option,
                      const char          *spelling,
                      GError             **error)
{
  g_autofree char *allowed = NULL;

  if (option->setting != NULL)
    allowed = pulsar_setting_dup_allowed (option->setting);
  else
    allowed = g_strjoinv (", ", (char **) pulsar_completion_get_shells ());
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE, _("%s: the value is missing; allowed: %s"), spelling, allowed);
  return FALSE;
}

/* An option that was given before, unless it is a list, which grows. */
static const Record *
find_duplicate (PulsarCommandLine  *self,
                const PulsarOption *option)
{
  for (guint i = 0; i < self->records->len; i++)
    {
      const Record *record = self->records->pdata[i];

      if (record->option == option && !pulsar_setting_is_list (option->setting))
        return record;
    }
  return NULL;
}

gboolean
pulsar_option_shows_values (const PulsarOption *option)
{
  return option->kind == PULSAR_OPTION_PRINT_CONFIG || option->kind == PULSAR_OPTION_CHECK_CONFIG;
}

/* One text is shown. The same may be asked for twice; help and version come before all else. */
static gboolean
ask_for (PulsarCommandLine   *self,
         const PulsarOption  *option,
         const char          *spelling,
         const char          *value,
         GError             **error)
{
  if (option->kind == PULSAR_OPTION_PRINT_COMPLETION && !g_strv_contains (pulsar_completion_get_shells (), value))
    {
      g_autofree char *allowed = g_strjoinv (", ", (char **) pulsar_completion_get_shells ());

      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE, _("%s: there is no completion for “%s”; allowed: %s"),
                   spelling, value, allowed);
      return FALSE;
    }
  if (self->shown != NULL && self->shown != option && pulsar_option_shows_values (option))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                   _("%s: only one of it and “--%s” is allowed"), spelling, self->shown->flag);
      return FALSE;
    }
  self->shown = option;
  g_clear_pointer (&self->shown_value, g_free);
  self->shown_value = g_strdup (value);
  return TRUE;
}

/* Every user of the machine can read a command line, as long as the program runs. */
static gboolean
refuse_secret (const PulsarOption  *option,
               const char          *spelling,
               GError             **error)
{
  g_autofree char *variable = pulsar_option_dup_variable (option);

  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
               _("%s: every user of this machine can read a secret on the command line; write “%s=…” in the group [%s] of a "
                 "configuration file, or set %s"),
               spelling, pulsar_setting_get_name (option->setting), option->prefix != NULL ? option->prefix : "pulsar", variable);
  return FALSE;
}

static gboolean
add_record (PulsarCommandLine   *self,
            const PulsarOption  *option,
            const char          *spelling,
            const char          *value,
            gboolean             negated,
            GError             **error)
{
  const Record *duplicate;
  Record *record;

  if (option->kind == PULSAR_OPTION_SHOW_SECRETS)
    {
      self->show_secrets = TRUE;
      return TRUE;
    }
  if (option->kind != PULSAR_OPTION_SETTING)
    return ask_for (self, option, spelling, value, error);

  if ((pulsar_setting_get_flags (option->setting) & PULSAR_SETTING_SECRET) != 0)
    return refuse_secret (option, spelling, error);

  duplicate = find_duplicate (self, option);
  if (duplicate != NULL)
    {
      if (strcmp (duplicate->spelling, spelling) == 0)
        g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE, _("%s: given twice; once is allowed"), spelling);
      else
        g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                     _("%s: the same as “%s”, given before; once is allowed"), spelling, duplicate->spelling);
      return FALSE;
    }
  record = g_new0 (Record, 1);
  record->option = option;
  record->spelling = g_strdup (spelling);
  record->value = g_strdup (value);
  record->negated = negated;
  g_ptr_array_add (self->records, record);
  return TRUE;
}

/* Reads the option at @argv; @n_read is the number of arguments it takes. */
static gboolean
read_option (PulsarCommandLine   *self,
             const char * const  *argv,
             guint               *n_read,
             GError             **error)
{
  const char *argument = argv[0];
  const char *equals = g_str_has_prefix (argument, "--") ? strchr (argument, '=') : NULL;
  g_autofree char *spelling = equals != NULL ? g_strndup (argument, equals - argument) : g_strdup (argument);
  const char *value = equals != NULL ? equals + 1 : NULL;
  const PulsarOption *option;
  gboolean negated = FALSE;

  *n_read = 1;
  option = pulsar_option_table_find (self->table, spelling, &negated);
  if (option == NULL)
    return refuse_unknown (self, argument, spelling, error);

  if (!takes_value (option))
    {
      if (value == NULL)
        return add_record (self, option, spelling, NULL, negated, error);
      if (pulsar_option_is_boolean (option))
        g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                     _("%s: takes no value; allowed: “--%s” or “--no-%s” alone"),
                     spelling, option->flag, option->flag);
      else
        g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE, _("%s: takes no value"), spelling);
      return FALSE;
    }

  /* What looks like a long option is no value: the value was forgotten. One that begins like that is given with “=”. */
  if (value == NULL && argv[1] != NULL && !g_str_has_prefix (argv[1], "--")
      && pulsar_option_table_find (self->table, argv[1], &negated) == NULL)
    {
      value = argv[1];
      *n_read = 2;
    }
  if (value == NULL || *value == '\0')
    return refuse_missing_value (option, spelling, error);
  return add_record (self, option, spelling, value, FALSE, error);
}

static gboolean
check_encoding (const char * const  *argv,
                GError             **error)
{
  for (guint i = 0; argv[i] != NULL; i++)
    if (i > 0 && !g_utf8_validate (argv[i], -1, NULL))
      {
        g_autofree char *shown = g_utf8_make_valid (argv[i], -1);

        g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                     _("Argument %u, “%s”, is not valid UTF-8"), i, shown);
        return FALSE;
      }
  return TRUE;
}

/* Help and version end the reading: what stands behind them does not matter. What shows the values goes on, since the values
 * may stand there. */
static gboolean
read_arguments (PulsarCommandLine   *self,
                const char * const  *argv,
                GError             **error)
{
  gboolean only_positional = FALSE;
  guint n_read = 1;

  for (guint i = 1; argv[0] != NULL && argv[i] != NULL; i += n_read)
    {
      n_read = 1;
      if (!only_positional && strcmp (argv[i], "--") == 0)
        {
          only_positional = TRUE;
        }
      else if (only_positional || !is_option (argv[i]))
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                       _("Unexpected argument “%s”; this program takes options only"), argv[i]);
          return FALSE;
        }
      else if (!read_option (self, argv + i, &n_read, error))
        {
          return FALSE;
        }
      if (self->shown != NULL && !pulsar_option_shows_values (self->shown))
        return TRUE;
    }

  if (self->show_secrets && (self->shown == NULL || self->shown->kind != PULSAR_OPTION_PRINT_CONFIG))
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE,
                   _("%s: allowed only together with “--%s”"), "--show-secrets", "print-config");
      return FALSE;
    }
  return TRUE;
}

PulsarCommandLine *
pulsar_command_line_new (PulsarOptionTable   *table,
                         const char * const  *argv,
                         GError             **error)
{
  g_autoptr(PulsarCommandLine) self = g_new0 (PulsarCommandLine, 1);

  self->table = table;
  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify) record_free);
  if (!check_encoding (argv, error) || !read_arguments (self, argv, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
pulsar_command_line_free (PulsarCommandLine *self)
{
  g_clear_pointer (&self->records, g_ptr_array_unref);
  g_clear_pointer (&self->shown_value, g_free);
  g_free (self);
}

const PulsarOption *
pulsar_command_line_get_shown (PulsarCommandLine *self)
{
  return self->shown;
}

const char *
pulsar_command_line_get_shown_value (PulsarCommandLine *self)
{
  return self->shown_value;
}

gboolean
pulsar_command_line_get_show_secrets (PulsarCommandLine *self)
{
  return self->show_secrets;
}

/* The position of the first record after @position with the same option, or the number of records. */
static guint
find_next (PulsarCommandLine *self,
           guint              position)
{
  const Record *record = self->records->pdata[position];
  guint next = position + 1;

  while (next < self->records->len && ((const Record *) self->records->pdata[next])->option != record->option)
    next++;
  return next;
}

/* The value of the option first recorded at @first: a list gathers the elements of all its occurrences. NULL if one of
 * them is wrong. */
static GVariant *
collect_value (PulsarCommandLine  *self,
               guint               first,
               GError            **error)
{
  const Record *record = self->records->pdata[first];
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) elements = NULL;

  if (record->value == NULL)
    return g_variant_new_boolean (!record->negated);
  /* One occurrence may be a word, which is set as such. */
  if (find_next (self, first) == self->records->len)
    return g_variant_new_string (record->value);

  for (guint i = first; i < self->records->len; i = find_next (self, i))
    {
      g_autoptr(GVariant) part = NULL;
      g_autoptr(GError) local_error = NULL;
      g_autofree const char **part_elements = NULL;

      record = self->records->pdata[i];
      if (!pulsar_setting_parse (record->option->setting, record->value, &part, &local_error))
        {
          g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE, "%s: %s", record->spelling, local_error->message);
          return NULL;
        }
      part_elements = g_variant_get_strv (part, NULL);
      g_strv_builder_addv (builder, part_elements);
    }
  elements = g_strv_builder_end (builder);
  return g_variant_new_strv ((const char * const *) elements, -1);
}

static gboolean
is_first (PulsarCommandLine *self,
          guint              position)
{
  const Record *record = self->records->pdata[position];

  for (guint i = 0; i < position; i++)
    if (((const Record *) self->records->pdata[i])->option == record->option)
      return FALSE;
  return TRUE;
}

gboolean
pulsar_command_line_apply (PulsarCommandLine  *self,
                           GError            **error)
{
  g_autoptr(GString) lines = g_string_new (NULL);

  for (guint i = 0; i < self->records->len; i++)
    {
      const Record *record = self->records->pdata[i];
      g_autoptr(GError) local_error = NULL;
      GVariant *value = NULL;

      if (!is_first (self, i))
        continue;
      value = collect_value (self, i, &local_error);
      if (value != NULL)
        pulsar_option_table_set (self->table, record->option, value, PULSAR_ORIGIN_COMMAND_LINE, record->spelling,
                                 &local_error);
      if (local_error != NULL)
        g_string_append_printf (lines, "%s%s", lines->len > 0 ? "\n" : "", local_error->message);
    }
  if (lines->len == 0)
    return TRUE;
  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_USAGE, lines->str);
  return FALSE;
}
