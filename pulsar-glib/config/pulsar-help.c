/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pulsar-glib/config/pulsar-help-private.h"
#include "pulsar-glib/config/pulsar-option-listing-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

#define DEFAULT_COLUMNS 80
#define MIN_COLUMNS 40
#define MAX_COLUMNS 120
#define NARROW_COLUMNS 66    /* below that an explanation stands under its option */
#define NARROW_TEXT_COLUMN 8
#define UNBROKEN_COLUMNS 32   /* the longest default that stays on one line */
#define NO_BREAK_SPACE "\xc2\xa0"

typedef struct
{
  GString *text;
  guint n_columns;
  guint text_column;  /* where the explanations begin */
  gboolean with_descriptions;
} Help;

static guint
width_of (const char *text,
          gsize       length)
{
  guint width = 0;

  for (const char *at = text; at < text + length; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (!g_unichar_iszerowidth (character))
        width += g_unichar_iswide (character) ? 2 : 1;
    }
  return width;
}

/* What does not break is a plain space for the terminal. */
static void
append_word (Help       *help,
             const char *word,
             gsize       length)
{
  for (const char *at = word; at < word + length; at = g_utf8_next_char (at))
    {
      if (g_str_has_prefix (at, NO_BREAK_SPACE))
        g_string_append_c (help->text, ' ');
      else
        g_string_append_len (help->text, at, g_utf8_next_char (at) - at);
    }
}

/* Appends @text broken at spaces. The first line goes on where the text stands, @column columns from the left; the others
 * begin at @indent. Newlines in @text are kept. */
static void
append_wrapped (Help       *help,
                const char *text,
                guint       column,
                guint       indent)
{
  gboolean at_start = TRUE;

  for (const char *at = text; *at != '\0';)
    {
      gsize length = strcspn (at, " \n");
      guint width = width_of (at, length);

      if (!at_start && column + 1 + width > help->n_columns)
        {
          g_string_append_printf (help->text, "\n%*s", (int) indent, "");
          column = indent;
          at_start = TRUE;
        }
      if (length > 0)
        {
          if (!at_start)
            g_string_append_c (help->text, ' ');
          column += width + (at_start ? 0 : 1);
          append_word (help, at, length);
          at_start = FALSE;
        }
      at += length;
      if (*at == '\n')
        {
          g_string_append_printf (help->text, "\n%*s", (int) indent, "");
          column = indent;
          at_start = TRUE;
        }
      if (*at != '\0')
        at++;
    }
  g_string_append_c (help->text, '\n');
}

static void
append_row (Help       *help,
            const char *option,
            const char *text)
{
  guint width = width_of (option, strlen (option));

  g_string_append (help->text, option);
  if (*text == '\0')
    {
      g_string_append_c (help->text, '\n');
      return;
    }
  if (width + 2 > help->text_column)
    g_string_append_printf (help->text, "\n%*s", (int) help->text_column, "");
  else
    g_string_append_printf (help->text, "%*s", (int) (help->text_column - width), "");
  append_wrapped (help, text, help->text_column, help->text_column);
}

/* “  -w, --workers=NUMBER” */
static char *
make_flags (const PulsarOption *option)
{
  const char *short_flag = NULL;
  g_autoptr(GString) flags = g_string_new (NULL);

  if (pulsar_option_is_secret (option))
    {
      g_autofree char *variable = pulsar_option_dup_variable (option);

      return g_strdup_printf ("      %s=%s", variable, pulsar_option_get_placeholder (option));
    }
  if (option->setting != NULL && option->prefix == NULL)
    short_flag = pulsar_setting_get_short_flag (option->setting);
  if (short_flag != NULL)
    g_string_append_printf (flags, "  -%s, ", short_flag);
  else
    g_string_append (flags, "      ");

  if (option->kind == PULSAR_OPTION_PRINT_COMPLETION)
    g_string_append_printf (flags, "--%s=%s", option->flag, "bash|zsh");
  else if (option->kind != PULSAR_OPTION_SETTING)
    g_string_append_printf (flags, "--%s", option->flag);
  else if (pulsar_option_is_boolean (option))
    g_string_append_printf (flags, "--[no-]%s", option->flag);
  else
    g_string_append_printf (flags, "--%s=%s", option->flag, pulsar_option_get_placeholder (option));
  return g_string_free (g_steal_pointer (&flags), FALSE);
}

/* What the flags do not say already: of a text and of a command line that is nothing. */
static char *
make_allowed (PulsarSetting *setting)
{
  gboolean is_list = pulsar_setting_is_list (setting);

  if (pulsar_setting_get_words (setting) == NULL
      && !is_list
      && (g_variant_is_of_type (pulsar_setting_get_value (setting), G_VARIANT_TYPE_BOOLEAN)
          || G_IS_PARAM_SPEC_STRING (pulsar_setting_get_pspec (setting))
          || pulsar_setting_get_unit (setting) == PULSAR_SETTING_UNIT_COMMAND))
    return NULL;
  return pulsar_setting_dup_allowed (setting);
}

/* The value an option has without being given; one that is short is not broken. */
static char *
make_default (PulsarSetting *setting)
{
  g_autofree char *value = NULL;
  g_autofree char *text = NULL;
  g_autoptr(GString) unbroken = NULL;

  if ((pulsar_setting_get_flags (setting) & PULSAR_SETTING_SECRET) != 0)
    return NULL;
  value = pulsar_setting_dup_text (setting);
  if (*value == '\0')
    return NULL;
  if (g_variant_is_of_type (pulsar_setting_get_value (setting), G_VARIANT_TYPE_BOOLEAN))
    {
      g_free (value);
      value = g_strdup (g_variant_get_boolean (pulsar_setting_get_value (setting)) ? _("on") : _("off"));
    }
  text = g_strdup_printf (_("[default: %s]"), value);
  if (width_of (text, strlen (text)) > UNBROKEN_COLUMNS)
    return g_steal_pointer (&text);
  unbroken = g_string_new (text);
  g_string_replace (unbroken, " ", NO_BREAK_SPACE, 0);
  return g_string_free (g_steal_pointer (&unbroken), FALSE);
}

static void
append_setting (Help               *help,
                const PulsarOption *option)
{
  PulsarSetting *setting = option->setting;
  g_autofree char *flags = make_flags (option);
  g_autofree char *allowed = make_allowed (setting);
  g_autofree char *value = make_default (setting);
  g_autofree char *explanation = help->with_descriptions ? pulsar_option_dup_explanation (option) : NULL;
  g_autoptr(GString) text = g_string_new (explanation != NULL ? explanation : pulsar_setting_get_summary (setting));

  if (allowed != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", allowed);
  if (value != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", value);
  append_row (help, flags, text->str);
}

static gboolean
is_listed (const PulsarOption *shown,
           const PulsarOption *option)
{
  switch (option->kind)
    {
    case PULSAR_OPTION_SETTING:
      return (pulsar_setting_get_flags (option->setting) & PULSAR_SETTING_HIDDEN) == 0;
    case PULSAR_OPTION_PRINT_SCHEMA:
    case PULSAR_OPTION_PRINT_COMPLETION:
    case PULSAR_OPTION_PRINT_MAN:
      /* These are for whoever packages the program. */
      return shown->kind == PULSAR_OPTION_HELP_ALL;
    case PULSAR_OPTION_HELP:
    case PULSAR_OPTION_HELP_ALL:
    case PULSAR_OPTION_HELP_APPLICATION:
    case PULSAR_OPTION_VERSION:
    case PULSAR_OPTION_PRINT_CONFIG:
    case PULSAR_OPTION_SHOW_SECRETS:
    case PULSAR_OPTION_CHECK_CONFIG:
    default:
      return TRUE;
    }
}

/* The options of one heading are together. */
static void
append_settings (Help               *help,
                 PulsarOptionTable  *table,
                 const PulsarOption *shown,
                 const char         *prefix)
{
  g_autoptr(GPtrArray) options = pulsar_option_listing_get_settings (table, prefix);
  const char *section = NULL;

  for (guint i = 0; i < options->len; i++)
    {
      const PulsarOption *option = options->pdata[i];

      if (!is_listed (shown, option))
        continue;
      if (g_strcmp0 (section, pulsar_option_get_section (option)) != 0)
        {
          section = pulsar_option_get_section (option);
          g_string_append_c (help->text, '\n');
          if (prefix != NULL)
            /* Translators: a section of options and the application they belong to */
            g_string_append_printf (help->text, _("%s of %s"), section, option->title != NULL ? option->title : prefix);
          else
            g_string_append (help->text, section);
          g_string_append (help->text, ":\n");
        }
      append_setting (help, option);
    }
}

static void
append_common (Help               *help,
               PulsarOptionTable  *table,
               const PulsarOption *shown)
{
  guint n = pulsar_option_table_get_n_options (table);

  g_string_append_printf (help->text, "\n%s:\n", _("Help"));
  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *option = pulsar_option_table_get_option (table, i);
      g_autofree char *flags = NULL;
      g_autofree char *text = NULL;

      if (option->kind == PULSAR_OPTION_SETTING || !is_listed (shown, option))
        continue;
      flags = make_flags (option);
      text = pulsar_option_dup_common_summary (option);
      append_row (help, flags, text);
    }
}

/* As far left as the flags allow, but with room enough for the explanations; flags that are longer have a line of their
 * own. */
static guint
choose_text_column (PulsarOptionTable  *table,
                    const PulsarOption *shown,
                    guint               n_columns)
{
  guint limit = MIN (n_columns * 2 / 5, 40);
  guint column = 0;
  guint n = pulsar_option_table_get_n_options (table);

  if (n_columns < NARROW_COLUMNS)
    return NARROW_TEXT_COLUMN;
  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *option = pulsar_option_table_get_option (table, i);
      g_autofree char *flags = NULL;
      guint width;

      if (!is_listed (shown, option)
          || (option->kind == PULSAR_OPTION_SETTING && shown->kind != PULSAR_OPTION_HELP_ALL
              && g_strcmp0 (shown->prefix, option->prefix) != 0))
        continue;
      flags = make_flags (option);
      width = width_of (flags, strlen (flags)) + 2;
      if (width <= limit)
        column = MAX (column, width);
    }
  return MAX (column, NARROW_TEXT_COLUMN);
}

char *
pulsar_help_format (PulsarOptionTable  *table,
                    const PulsarOption *shown,
                    const char         *program,
                    const char         *description,
                    const char         *epilog,
                    guint               n_columns)
{
  Help help = {
    .text = g_string_new (NULL),
    .n_columns = CLAMP (n_columns, MIN_COLUMNS, MAX_COLUMNS),
    .with_descriptions = shown->kind != PULSAR_OPTION_HELP,
  };
  g_autoptr(GPtrArray) prefixes = pulsar_option_listing_get_prefixes (table);

  help.text_column = choose_text_column (table, shown, help.n_columns);
  g_string_append_printf (help.text, _("Usage: %s [OPTION…]"), program);
  g_string_append_c (help.text, '\n');
  if (description != NULL && *description != '\0')
    {
      g_string_append_c (help.text, '\n');
      append_wrapped (&help, description, 0, 0);
    }

  for (guint i = 0; i < prefixes->len; i++)
    if (shown->kind == PULSAR_OPTION_HELP_ALL || g_strcmp0 (shown->prefix, prefixes->pdata[i]) == 0)
      append_settings (&help, table, shown, prefixes->pdata[i]);
  append_common (&help, table, shown);

  if (help.with_descriptions)
    {
      g_string_append_c (help.text, '\n');
      append_wrapped (&help, _("A number without a unit is of seconds where a DURATION is asked for, with the units ms, s, "
                               "min and h, and of bytes where a SIZE is, with K, M and G for powers of 1024. An option is an "
                               "environment variable as well: for --workers it is PULSAR_WORKERS."), 0, 0);
    }
  if (epilog != NULL && *epilog != '\0')
    {
      g_string_append_c (help.text, '\n');
      append_wrapped (&help, epilog, 0, 0);
    }
  return g_string_free (help.text, FALSE);
}

guint
pulsar_help_get_n_columns (void)
{
  struct winsize size;

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return DEFAULT_COLUMNS;
}
