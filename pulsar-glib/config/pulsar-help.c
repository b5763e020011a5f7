/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pulsar-glib/config/pulsar-help-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

#define DEFAULT_COLUMNS 80
#define MIN_COLUMNS 40
#define MAX_COLUMNS 120
#define TEXT_COLUMN 30  /* where the explanations begin */

typedef struct
{
  GString *text;
  guint n_columns;
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
          g_string_append_len (help->text, at, length);
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
  if (width + 2 > TEXT_COLUMN)
    g_string_append_printf (help->text, "\n%*s", TEXT_COLUMN, "");
  else
    g_string_append_printf (help->text, "%*s", (int) (TEXT_COLUMN - width), "");
  append_wrapped (help, text, TEXT_COLUMN, TEXT_COLUMN);
}

static const char *
placeholder_of (PulsarSetting *setting)
{
  const char *given = pulsar_setting_get_arg_description (setting);
  GType type = G_PARAM_SPEC_VALUE_TYPE (pulsar_setting_get_pspec (setting));

  if (given != NULL)
    return given;

  switch (pulsar_setting_get_unit (setting))
    {
    case PULSAR_SETTING_UNIT_DURATION:
      return _("DURATION");
    case PULSAR_SETTING_UNIT_SIZE:
      return _("SIZE");
    case PULSAR_SETTING_UNIT_COMMAND:
      return _("COMMAND");
    case PULSAR_SETTING_UNIT_PLAIN:
    default:
      break;
    }

  switch (G_TYPE_FUNDAMENTAL (type))
    {
    case G_TYPE_INT:
    case G_TYPE_UINT:
    case G_TYPE_INT64:
    case G_TYPE_UINT64:
    case G_TYPE_DOUBLE:
      return _("NUMBER");
    case G_TYPE_STRING:
      return _("TEXT");
    case G_TYPE_ENUM:
      return _("NAME");
    default:
      return _("LIST");
    }
}

static void
append_setting (Help               *help,
                const PulsarOption *option)
{
  PulsarSetting *setting = option->setting;
  const char *short_flag = option->prefix == NULL ? pulsar_setting_get_short_flag (setting) : NULL;
  const char *summary = pulsar_setting_get_summary (setting);
  const char *description = pulsar_setting_get_description (setting);
  g_autofree char *allowed = pulsar_setting_dup_allowed (setting);
  g_autofree char *value = pulsar_setting_dup_text (setting);
  gboolean is_secret = (pulsar_setting_get_flags (setting) & PULSAR_SETTING_SECRET) != 0;
  g_autoptr(GString) flags = g_string_new (NULL);
  g_autoptr(GString) text = g_string_new (summary);

  if (short_flag != NULL)
    g_string_append_printf (flags, "  -%s, ", short_flag);
  else
    g_string_append (flags, "      ");
  if (pulsar_option_is_boolean (option))
    g_string_append_printf (flags, "--[no-]%s", option->flag);
  else
    g_string_append_printf (flags, "--%s=%s", option->flag, placeholder_of (setting));

  if (help->with_descriptions && description != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? ". " : "", description);
  if (text->len > 0)
    g_string_append_c (text, '\n');
  if (*value != '\0' && !is_secret)
    /* Translators: the values an option takes and the one it has without being given */
    g_string_append_printf (text, _("%s [%s]"), allowed, value);
  else
    g_string_append (text, allowed);
  append_row (help, flags->str, text->str);
}

/* Whether a text for @shown lists @option. */
static gboolean
is_listed (const PulsarOption *shown,
           const PulsarOption *option)
{
  if (option->kind != PULSAR_OPTION_SETTING
      || (pulsar_setting_get_flags (option->setting) & PULSAR_SETTING_HIDDEN) != 0)
    return FALSE;
  if (shown->kind == PULSAR_OPTION_HELP_ALL)
    return TRUE;
  return g_strcmp0 (option->prefix, shown->prefix) == 0;
}

static char *
heading_of (const PulsarOption *option)
{
  const char *section = pulsar_setting_get_section (option->setting);

  if (section == NULL)
    section = _("Other options");
  if (option->prefix == NULL)
    return g_strdup (section);
  /* Translators: a section of options and the application they belong to */
  return g_strdup_printf (_("%s of %s"), section, option->title != NULL ? option->title : option->prefix);
}

/* The options of one heading are together, in the order of their registration, even if others come in between. */
static void
append_settings (Help               *help,
                 PulsarOptionTable  *table,
                 const PulsarOption *shown)
{
  g_autoptr(GHashTable) done = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n = pulsar_option_table_get_n_options (table);

  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *first = pulsar_option_table_get_option (table, i);
      g_autofree char *heading = NULL;

      if (!is_listed (shown, first))
        continue;
      heading = heading_of (first);
      if (g_hash_table_contains (done, heading))
        continue;

      g_string_append_printf (help->text, "\n%s:\n", heading);
      for (guint j = i; j < n; j++)
        {
          const PulsarOption *option = pulsar_option_table_get_option (table, j);
          g_autofree char *other = is_listed (shown, option) ? heading_of (option) : NULL;

          if (g_strcmp0 (heading, other) == 0)
            append_setting (help, option);
        }
      g_hash_table_add (done, g_steal_pointer (&heading));
    }
}

static void
append_common (Help              *help,
               PulsarOptionTable *table)
{
  guint n = pulsar_option_table_get_n_options (table);

  g_string_append_printf (help->text, "\n%s:\n", _("Help"));
  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *option = pulsar_option_table_get_option (table, i);
      g_autofree char *flag = g_strdup_printf ("      --%s", option->flag);
      g_autofree char *text = NULL;

      switch (option->kind)
        {
        case PULSAR_OPTION_SETTING:
          continue;
        case PULSAR_OPTION_HELP:
          text = g_strdup (_("Show the options of the program"));
          break;
        case PULSAR_OPTION_HELP_ALL:
          text = g_strdup (_("Show all options, explained"));
          break;
        case PULSAR_OPTION_HELP_APPLICATION:
          text = g_strdup_printf (_("Show the options of %s"),
                                  option->title != NULL ? option->title : option->prefix);
          break;
        case PULSAR_OPTION_VERSION:
          text = g_strdup (_("Show the version"));
          break;
        case PULSAR_OPTION_PRINT_CONFIG:
          text = g_strdup (_("Print all values as a key file, with where they come from"));
          break;
        case PULSAR_OPTION_SHOW_SECRETS:
          text = g_strdup (_("With --print-config, print secret values too"));
          break;
        case PULSAR_OPTION_CHECK_CONFIG:
          text = g_strdup (_("Say what is wrong with the configuration, and start nothing"));
          break;
        default:
          g_assert_not_reached ();
        }
      append_row (help, flag, text);
    }
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

  g_string_append_printf (help.text, _("Usage: %s [OPTION…]"), program);
  g_string_append_c (help.text, '\n');
  if (description != NULL && *description != '\0')
    {
      g_string_append_c (help.text, '\n');
      append_wrapped (&help, description, 0, 0);
    }
  append_settings (&help, table, shown);
  append_common (&help, table);
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
