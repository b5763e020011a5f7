/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-completion-private.h"

#include "pulsar-glib/config/pulsar-option-listing-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

/* The scripts stand alone: they need nothing but their shell, and do not ask the program again. */

static const char * const shells[] = { "bash", "zsh", NULL };

const char * const *
pulsar_completion_get_shells (void)
{
  return shells;
}

/* The name of the function: what is no part of a name becomes “_”. */
static char *
make_function (const char *command)
{
  char *function = g_strconcat ("_", command, NULL);

  return g_strcanon (function, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_", '_');
}

static void
add_spelling (GStrvBuilder *builder,
              const char   *hyphens,
              const char   *flag)
{
  g_autofree char *spelling = g_strconcat (hyphens, flag, NULL);

  g_strv_builder_add (builder, spelling);
}

/* All spellings of an option: short, long, and aliases. */
static char **
list_spellings (PulsarOptionTable  *table,
                const PulsarOption *option)
{
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  const char *short_flag = NULL;

  if (option->setting != NULL)
    short_flag = pulsar_setting_get_short_flag (option->setting);
  if (short_flag != NULL && option->prefix == NULL)
    add_spelling (builder, "-", short_flag);
  add_spelling (builder, "--", option->flag);
  if (pulsar_option_is_boolean (option))
    add_spelling (builder, "--no-", option->flag);
  if (option->setting != NULL)
    {
      const char * const *aliases = pulsar_setting_get_aliases (option->setting);

      for (gsize i = 0; aliases[i] != NULL; i++)
        {
          g_autofree char *alias = pulsar_setting_canonical_name (aliases[i]);
          g_autofree char *spelling = NULL;
          gboolean negated = FALSE;

          if (option->prefix != NULL)
            spelling = g_strdup_printf ("--%s-%s", option->prefix, alias);
          else
            spelling = g_strconcat ("--", alias, NULL);
          if (pulsar_option_table_find (table, spelling, &negated) == option)
            g_strv_builder_add (builder, spelling);
        }
    }
  return g_strv_builder_end (builder);
}

static gboolean
takes_value (const PulsarOption *option)
{
  if (option->kind == PULSAR_OPTION_PRINT_COMPLETION)
    return TRUE;
  return option->kind == PULSAR_OPTION_SETTING && !pulsar_option_is_boolean (option);
}

static gboolean
is_offered (const PulsarOption *option)
{
  return option->kind != PULSAR_OPTION_SETTING
         || (pulsar_setting_get_flags (option->setting) & (PULSAR_SETTING_HIDDEN | PULSAR_SETTING_SECRET)) == 0;
}

static char **
list_values (const PulsarOption *option)
{
  if (option->kind == PULSAR_OPTION_PRINT_COMPLETION)
    return g_strdupv ((char **) shells);
  return pulsar_option_list_values (option);
}

/* bash: one word of the command line may be several of readline's, since “=” and “:” part them. */

static const char bash_head[] =
  "%s ()\n"
  "{\n"
  "  local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} before=\n"
  "\n"
  "  COMPREPLY=()\n"
  "  if [[ $current == '=' ]]; then\n"
  "    current=\n"
  "  elif [[ $option == '=' ]]; then\n"
  "    option=${COMP_WORDS[COMP_CWORD-2]}\n"
  "  fi\n"
  "  if [[ $current == *,* ]]; then\n"
  "    before=${current%%,*},\n"
  "  fi\n"
  "\n"
  "  case $option in\n";

static const char bash_tail[] =
  "  esac\n"
  "\n"
  "  if [[ $current == -* ]]; then\n"
  "    mapfile -t COMPREPLY < <(compgen -W '%s' -- \"$current\")\n"
  "  fi\n"
  "}\n"
  "complete -F %s %s\n";

static void
append_bash_case (GString            *text,
                  PulsarOptionTable  *table,
                  const PulsarOption *option)
{
  g_auto(GStrv) spellings = list_spellings (table, option);
  g_autofree char *pattern = g_strjoinv (" | ", spellings);
  g_auto(GStrv) values = list_values (option);
  g_autofree char *joined = g_strjoinv (" ", values);
  g_autofree char *quoted = g_shell_quote (joined);
  const char *action = NULL;

  switch (option->setting != NULL ? pulsar_option_get_value_kind (option) : PULSAR_OPTION_VALUE_OTHER)
    {
    case PULSAR_OPTION_VALUE_FILE:
      action = "-f";
      break;
    case PULSAR_OPTION_VALUE_FOLDER:
      action = "-d";
      break;
    case PULSAR_OPTION_VALUE_USER:
      action = "-u";
      break;
    case PULSAR_OPTION_VALUE_GROUP:
      action = "-g";
      break;
    case PULSAR_OPTION_VALUE_OTHER:
    default:
      break;
    }

  g_string_append_printf (text, "    %s)\n", pattern);
  if (option->setting != NULL && pulsar_setting_is_list (option->setting) && values[0] != NULL)
    g_string_append_printf (text, "      mapfile -t COMPREPLY < <(compgen -P \"$before\" -W %s -- \"${current##*,}\")\n", quoted);
  else if (action != NULL)
    {
      if (action[1] == 'f' || action[1] == 'd')
        g_string_append (text, "      compopt -o filenames 2> /dev/null\n");
      g_string_append_printf (text, "      mapfile -t COMPREPLY < <(compgen %s", action);
      if (values[0] != NULL)
        g_string_append_printf (text, " -W %s", quoted);
      g_string_append (text, " -- \"$current\")\n");
    }
  else if (values[0] != NULL)
    g_string_append_printf (text, "      mapfile -t COMPREPLY < <(compgen -W %s -- \"$current\")\n", quoted);
  g_string_append (text, "      return\n      ;;\n");
}

static char *
format_bash (PulsarOptionTable *table,
             const char        *command)
{
  g_autofree char *function = make_function (command);
  g_autofree char *quoted = g_shell_quote (command);
  g_autoptr(GString) text = g_string_new (NULL);
  g_autoptr(GString) all = g_string_new (NULL);
  guint n = pulsar_option_table_get_n_options (table);

  g_string_append_printf (text, "# bash completion for %s, made by: %s --print-completion=bash\n\n", command, command);
  g_string_append_printf (text, bash_head, function);
  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *option = pulsar_option_table_get_option (table, i);
      g_auto(GStrv) spellings = list_spellings (table, option);
      g_autofree char *joined = g_strjoinv (" ", spellings);

      if (is_offered (option))
        g_string_append_printf (all, "%s%s", all->len > 0 ? " " : "", joined);
      if (takes_value (option) && !pulsar_option_is_secret (option))
        append_bash_case (text, table, option);
    }
  g_string_append_printf (text, bash_tail, all->str, function, quoted);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* zsh: one specification for _arguments for each spelling. Those of one option exclude each other, unless it is a list. */

/* Appends @text as part of a specification in single quotes. */
static void
append_zsh_text (GString    *spec,
                 const char *text,
                 const char *special)
{
  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at == '\'')
        g_string_append (spec, "'\\''");
      else if (*at == '\n')
        g_string_append_c (spec, ' ');
      else
        {
          if (strchr (special, *at) != NULL)
            g_string_append_c (spec, '\\');
          g_string_append_c (spec, *at);
        }
    }
}

static void
append_zsh_value (GString            *text,
                  const PulsarOption *option)
{
  g_auto(GStrv) values = list_values (option);
  g_autofree char *joined = g_strjoinv (" ", values);

  g_string_append_c (text, ':');
  append_zsh_text (text, option->setting != NULL ? pulsar_option_get_placeholder (option) : "SHELL", "\\:[]");
  g_string_append_c (text, ':');
  switch (option->setting != NULL ? pulsar_option_get_value_kind (option) : PULSAR_OPTION_VALUE_OTHER)
    {
    case PULSAR_OPTION_VALUE_FILE:
      g_string_append (text, "_files");
      return;
    case PULSAR_OPTION_VALUE_FOLDER:
      g_string_append (text, "_files -/");
      return;
    case PULSAR_OPTION_VALUE_USER:
      g_string_append (text, "_users");
      return;
    case PULSAR_OPTION_VALUE_GROUP:
      g_string_append (text, "_groups");
      return;
    case PULSAR_OPTION_VALUE_OTHER:
    default:
      break;
    }
  if (values[0] == NULL)
    g_string_append_c (text, ' ');
  else if (option->setting != NULL && pulsar_setting_is_list (option->setting))
    g_string_append_printf (text, "_sequence compadd - %s", joined);
  else
    g_string_append_printf (text, "(%s)", joined);
}

static void
append_zsh_option (GString            *text,
                   PulsarOptionTable  *table,
                   const PulsarOption *option)
{
  g_auto(GStrv) spellings = list_spellings (table, option);
  g_autofree char *joined = g_strjoinv (" ", spellings);
  g_autofree char *summary = pulsar_option_dup_common_summary (option);
  gboolean repeats = option->setting != NULL && pulsar_setting_is_list (option->setting);

  for (gsize i = 0; spellings[i] != NULL; i++)
    {
      g_string_append (text, "    '");
      if (repeats)
        g_string_append_c (text, '*');
      else
        g_string_append_printf (text, "(%s)", joined);
      g_string_append (text, spellings[i]);
      if (takes_value (option) && g_str_has_prefix (spellings[i], "--"))
        g_string_append_c (text, '=');
      g_string_append_c (text, '[');
      append_zsh_text (text, summary != NULL ? summary : option->flag, "\\:[]");
      if (g_str_has_prefix (spellings[i], "--no-") && pulsar_option_is_boolean (option))
        g_string_append (text, " (off)");
      g_string_append_c (text, ']');
      if (takes_value (option))
        append_zsh_value (text, option);
      g_string_append (text, "' \\\n");
    }
}

static char *
format_zsh (PulsarOptionTable *table,
            const char        *command)
{
  g_autofree char *function = make_function (command);
  g_autofree char *quoted = g_shell_quote (command);
  g_autoptr(GString) text = g_string_new (NULL);
  guint n = pulsar_option_table_get_n_options (table);

  g_string_append_printf (text, "#compdef %s\n# made by: %s --print-completion=zsh\n\n", command, command);
  g_string_append_printf (text, "%s ()\n{\n  _arguments -S \\\n", function);
  for (guint i = 0; i < n; i++)
    {
      const PulsarOption *option = pulsar_option_table_get_option (table, i);

      if (is_offered (option))
        append_zsh_option (text, table, option);
    }
  /* The last one is not continued. */
  g_string_truncate (text, text->len - strlen (" \\\n"));
  g_string_append (text, "\n}\n\n");
  g_string_append_printf (text,
                          "# Found in $fpath it is this function; sourced it registers it.\n"
                          "if [[ $funcstack[1] = %s ]]; then\n"
                          "  %s \"$@\"\n"
                          "else\n"
                          "  compdef %s %s\n"
                          "fi\n", function, function, function, quoted);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
pulsar_completion_format (PulsarOptionTable *table,
                          const char        *shell,
                          const char        *command)
{
  return strcmp (shell, "zsh") == 0 ? format_zsh (table, command) : format_bash (table, command);
}
