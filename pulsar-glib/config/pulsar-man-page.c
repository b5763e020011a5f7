/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/config/pulsar-man-page-private.h"
#include "pulsar-glib/config/pulsar-option-listing-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

#define LINE_LENGTH 76

/* Text for roff: nothing in it is a request or an escape, and what is not ASCII is named, so that the encoding does not matter. */
static void
append_escaped (GString    *page,
                const char *text,
                gsize       length)
{
  for (const char *at = text; at < text + length; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (character == '\\')
        g_string_append (page, "\\e");
      else if (character == '-')
        g_string_append (page, "\\-");
      else if (character == '\'')
        g_string_append (page, "\\(aq");
      else if (character == '"')
        g_string_append (page, "\\(dq");
      else if (character == '.' || character == '`' || character == '^' || character == '~')
        g_string_append_printf (page, "%s%c", character == '.' && at == text ? "\\&" : "", (char) character);
      else if (character >= 0x80)
        g_string_append_printf (page, "\\[u%04X]", character);
      else if (character >= 0x20)
        g_string_append_c (page, (char) character);
    }
}

/* Lines of text, each begun with a word that is no request. */
static void
append_text (GString    *page,
             const char *text)
{
  gsize column = 0;

  for (const char *at = text; *at != '\0';)
    {
      gsize length = strcspn (at, " \t\n");

      if (length > 0)
        {
          g_autoptr(GString) word = g_string_new (NULL);

          append_escaped (word, at, length);
          if (column > 0)
            g_string_append_c (page, column + 1 + word->len > LINE_LENGTH ? '\n' : ' ');
          column = column > 0 && column + 1 + word->len <= LINE_LENGTH ? column + 1 + word->len : word->len;
          g_string_append_len (page, word->str, (gssize) word->len);
          at += length;
        }
      /* An empty line is a new paragraph. */
      if (at[0] == '\n' && at[1] == '\n' && column > 0)
        {
          g_string_append (page, "\n.PP\n");
          column = 0;
        }
      at += strspn (at, *at == '\n' && at[1] == '\n' ? "\n" : " \t\n");
    }
  if (column > 0)
    g_string_append_c (page, '\n');
}

static void
append_heading (GString    *page,
                const char *macro,
                const char *text)
{
  g_string_append_printf (page, "%s \"", macro);
  append_escaped (page, text, strlen (text));
  g_string_append (page, "\"\n");
}

static void
append_bold (GString    *page,
             const char *text)
{
  g_string_append (page, "\\fB");
  append_escaped (page, text, strlen (text));
  g_string_append (page, "\\fR");
}

static void
append_flag (GString            *page,
             const PulsarOption *option,
             const char         *hyphens,
             const char         *flag)
{
  g_autofree char *spelling = g_strconcat (hyphens, flag, NULL);

  append_bold (page, spelling);
  if (option->setting == NULL || pulsar_option_is_boolean (option))
    return;
  g_string_append (page, strcmp (hyphens, "-") != 0 ? "=\\fI" : " \\fI");
  append_escaped (page, pulsar_option_get_placeholder (option), strlen (pulsar_option_get_placeholder (option)));
  g_string_append (page, "\\fR");
}

static void
append_setting (GString            *page,
                const PulsarOption *option)
{
  PulsarSetting *setting = option->setting;
  const char *short_flag = option->prefix == NULL ? pulsar_setting_get_short_flag (setting) : NULL;
  g_autofree char *allowed = pulsar_setting_dup_allowed (setting);
  g_autofree char *value = pulsar_option_dup_default (option);
  g_autofree char *variable = pulsar_option_dup_variable (option);
  g_autofree char *explanation = pulsar_option_dup_explanation (option);
  g_autoptr(GString) text = g_string_new (explanation);
  gboolean is_secret = pulsar_option_is_secret (option);

  g_string_append (page, ".TP\n");
  if (short_flag != NULL && !is_secret)
    {
      append_flag (page, option, "-", short_flag);
      g_string_append (page, ", ");
    }
  if (is_secret)
    append_flag (page, option, "", variable);
  else
    append_flag (page, option, "--", option->flag);
  if (pulsar_option_is_boolean (option))
    {
      g_string_append (page, ", ");
      append_flag (page, option, "--no-", option->flag);
    }
  g_string_append_c (page, '\n');

  if (text->len > 0)
    g_string_append_c (text, ' ');
  /* Translators: the values a setting takes, in a manual page */
  g_string_append_printf (text, _("Allowed: %s."), allowed);
  if (*value != '\0' && !is_secret)
    {
      g_string_append_c (text, ' ');
      g_string_append_printf (text, _("Default: %s."), value);
    }
  append_text (page, text->str);
  if (is_secret)
    return;
  g_string_append (page, ".br\n");
  append_text (page, variable);
}

static void
append_options (GString           *page,
                PulsarOptionTable *table)
{
  g_autoptr(GPtrArray) prefixes = pulsar_option_listing_get_prefixes (table);
  guint n = pulsar_option_table_get_n_options (table);

  for (guint i = 0; i < prefixes->len; i++)
    {
      const char *prefix = prefixes->pdata[i];
      g_autoptr(GPtrArray) options = pulsar_option_listing_get_settings (table, prefix);
      const char *section = NULL;

      for (guint j = 0; j < options->len; j++)
        {
          const PulsarOption *option = options->pdata[j];

          if (g_strcmp0 (section, pulsar_option_get_section (option)) != 0)
            {
              g_autofree char *heading = NULL;

              section = pulsar_option_get_section (option);
              if (prefix != NULL)
                heading = g_strdup_printf (_("%s of %s"), section, option->title != NULL ? option->title : prefix);
              append_heading (page, ".SS", heading != NULL ? heading : section);
            }
          append_setting (page, option);
        }
    }

  append_heading (page, ".SS", _("Help"));
  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *option = pulsar_option_table_get_option (table, i);
      g_autofree char *summary = NULL;

      if (option->kind == PULSAR_OPTION_SETTING)
        continue;
      summary = pulsar_option_dup_common_summary (option);
      g_string_append (page, ".TP\n");
      append_flag (page, option, "--", option->flag);
      if (option->kind == PULSAR_OPTION_PRINT_COMPLETION)
        g_string_append (page, "=\\fIbash\\fR|\\fIzsh\\fR");
      g_string_append_c (page, '\n');
      append_text (page, summary);
    }
}

static void
append_statuses (GString *page)
{
  static const struct
  {
    const char *status;
    const char *text;
  } statuses[] = {
    { "0", N_("It ended as it was asked to") },
    { "64", N_("The command line is wrong") },
    { "69", N_("It could not listen, or an application could not start") },
    { "70", N_("Something inside went wrong, or no worker could be made") },
    { "73", N_("The pid file cannot be had: the program runs already, or the file cannot be made") },
    { "77", N_("Permission was denied") },
    { "78", N_("The configuration is wrong") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_string_append_printf (page, ".TP\n\\fB%s\\fR\n", statuses[i].status);
      append_text (page, _(statuses[i].text));
    }
}

/* A page made in a build is the same in each: the time comes from there. */
static char *
make_date (void)
{
  const char *epoch = g_getenv ("SOURCE_DATE_EPOCH");
  g_autoptr(GDateTime) date = NULL;

  if (epoch != NULL)
    date = g_date_time_new_from_unix_utc (g_ascii_strtoll (epoch, NULL, 10));
  if (date == NULL)
    date = g_date_time_new_now_utc ();
  return g_date_time_format (date, "%Y-%m-%d");
}

char *
pulsar_man_page_format (PulsarOptionTable *table,
                        const char        *command,
                        const char        *description,
                        const char        *epilog,
                        const char        *version)
{
  g_autoptr(GString) page = g_string_new (NULL);
  g_autofree char *upper = g_utf8_strup (command, -1);
  g_autofree char *date = make_date ();
  g_autofree char *source = version != NULL ? g_strdup_printf ("%s %s", command, version) : g_strdup (command);
  const char *purpose = description != NULL && *description != '\0' ? description : _("a program of worker processes");
  gsize first_line = strcspn (purpose, "\n");

  g_string_append (page, ".TH \"");
  append_escaped (page, upper, strlen (upper));
  g_string_append_printf (page, "\" 1 %s \"", date);
  append_escaped (page, source, strlen (source));
  g_string_append (page, "\"\n");

  append_heading (page, ".SH", _("NAME"));
  append_escaped (page, command, strlen (command));
  g_string_append (page, " \\- ");
  while (first_line > 0 && purpose[first_line - 1] == '.')
    first_line--;
  append_escaped (page, purpose, first_line);
  g_string_append_c (page, '\n');

  append_heading (page, ".SH", _("SYNOPSIS"));
  append_bold (page, command);
  g_string_append_printf (page, " [\\fI%s\\fR...]\n", _("OPTION"));

  append_heading (page, ".SH", _("DESCRIPTION"));
  append_text (page, purpose);
  g_string_append (page, ".PP\n");
  append_text (page, _("Each setting is an option of the command line, a key of a configuration file, and a variable of the "
                       "environment, whose name stands below its explanation. The command line wins over the environment, "
                       "and this over the file."));

  append_heading (page, ".SH", _("OPTIONS"));
  append_options (page, table);
  append_heading (page, ".SH", _("EXIT STATUS"));
  append_statuses (page);
  if (epilog != NULL && *epilog != '\0')
    {
      append_heading (page, ".SH", _("NOTES"));
      append_text (page, epilog);
    }
  return g_string_free (g_steal_pointer (&page), FALSE);
}
