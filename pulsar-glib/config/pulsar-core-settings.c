/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/base/pulsar-account-private.h"
#include "pulsar-glib/base/pulsar-processors-private.h"
#include "pulsar-glib/base/pulsar-units-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-core-settings-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"

/* The table is all there is to a setting: command line, environment, key files, help and schema are made from it. A
 * setting without an effect does not exist: whoever adds one here also obeys it. */

typedef enum
{
  KIND_INT,
  KIND_UINT,
  KIND_DURATION,
  KIND_SIZE,
  KIND_COMMAND,
  KIND_FILE,
  KIND_FILES,
  KIND_BOOLEAN,
  KIND_TEXT,
  KIND_LIST,
  KIND_WORKER_OUTPUT,
  KIND_RESTART_POLICY,
  KIND_ON_APP_FAILED,
} Kind;

typedef struct
{
  const char *name;
  const char *short_flag;
  const char *alias;
  Kind kind;
  PulsarSettingFlags flags;
  gint64 minimum;
  gint64 maximum;
  gint64 default_value;
  const char *section;
  const char *summary;
  const char *description;
} CoreSetting;

#define MAX_WORKERS 4096
#define MAX_WORD 64
#define MIN_FILES 32
#define DAY (24 * PULSAR_HOUR)

static const CoreSetting core_settings[] = {
  {
    "workers", "w", NULL, KIND_UINT, PULSAR_SETTING_RUNTIME, 0, MAX_WORKERS, 1,
    N_("Workers"), N_("Worker processes"),
    N_("With 0 the application runs in the process of the arbiter; auto is one worker for each processor."),
  },
  {
    "timeout", "t", NULL, KIND_DURATION, PULSAR_SETTING_RUNTIME, 2 * PULSAR_SECOND, DAY, 30 * PULSAR_SECOND,
    N_("Workers"), N_("Silence after which a worker is replaced"),
    N_("A worker whose main loop is blocked for that long is ended and replaced."),
  },
  {
    "start-timeout", NULL, NULL, KIND_DURATION, PULSAR_SETTING_RUNTIME, PULSAR_MILLISECOND, DAY, 60 * PULSAR_SECOND,
    N_("Workers"), N_("Time a worker has to become ready"),
    N_("A worker that is not ready by then is killed and counts as a failed start."),
  },
  {
    "graceful-timeout", NULL, "exit-timeout", KIND_DURATION, PULSAR_SETTING_RUNTIME, 0, DAY, 30 * PULSAR_SECOND,
    N_("Workers"), N_("Time to finish what was begun when stopping"),
    N_("What still runs then is ended by force."),
  },
  {
    "orphan-timeout", NULL, NULL, KIND_DURATION, PULSAR_SETTING_GLOBAL, 0, PULSAR_HOUR, PULSAR_SECOND,
    N_("Workers"), N_("Time a worker may outlive its arbiter"),
    N_("A worker whose arbiter is gone stops, and is killed after that time if it did not."),
  },
  {
    "task-period", NULL, NULL, KIND_DURATION, PULSAR_SETTING_GLOBAL, PULSAR_MILLISECOND, DAY, 5 * PULSAR_SECOND,
    N_("Program"), N_("Time between two runs of the periodic tasks"), NULL,
  },
  {
    "command", NULL, NULL, KIND_COMMAND, PULSAR_SETTING_GLOBAL, 0, 0, 0,
    N_("Program"), N_("Command line that executes this program again"),
    N_("A worker is this program executed again. If it cannot find out how, or must be started by another program such "
       "as env or strace, say so here."),
  },
  {
    "config", "c", NULL, KIND_FILES, PULSAR_SETTING_GLOBAL, 0, 0, 0,
    N_("Program"), N_("Key files to read, later ones win"),
    N_("Each with its drop-ins, the files *.conf of the folder FILE.d. Without any, a program with a name of its own reads "
       "NAME/NAME.conf in ~/.config or else in /etc."),
  },
  {
    "pid-file", NULL, NULL, KIND_FILE, PULSAR_SETTING_GLOBAL, 0, 0, 0,
    N_("Program"), N_("File with the process id of the arbiter"),
    N_("It is locked while the program runs, and removed at its end: with one file the program runs once. If empty, there is none."),
  },
  {
    "restart-delay", NULL, NULL, KIND_DURATION, PULSAR_SETTING_RUNTIME, 0, PULSAR_HOUR, 100 * PULSAR_MILLISECOND,
    N_("Restarts"), N_("First delay between restarts of a worker"),
    N_("The first restart is immediate, then comes this delay, which doubles with each further one."),
  },
  {
    "restart-delay-max", NULL, NULL, KIND_DURATION, PULSAR_SETTING_RUNTIME, 0, DAY, 30 * PULSAR_SECOND,
    N_("Restarts"), N_("Longest delay between restarts of a worker"), NULL,
  },
  {
    "max-restarts", NULL, NULL, KIND_UINT, PULSAR_SETTING_RUNTIME, 0, G_MAXUINT, 5,
    N_("Restarts"), N_("Restarts of one worker within the restart window"),
    N_("With one more the application has failed."),
  },
  {
    "restart-window", NULL, NULL, KIND_DURATION, PULSAR_SETTING_RUNTIME, PULSAR_MILLISECOND, DAY, 10 * PULSAR_SECOND,
    N_("Restarts"), N_("Time over which restarts are counted"), NULL,
  },
  {
    "healthy-after", NULL, NULL, KIND_DURATION, PULSAR_SETTING_RUNTIME, 0, DAY, 10 * PULSAR_SECOND,
    N_("Restarts"), N_("Time after which a worker is healthy"),
    N_("A worker that was ready for that long is restarted at once, and its delay begins anew."),
  },
  {
    "max-requests", NULL, NULL, KIND_UINT, PULSAR_SETTING_RUNTIME, 0, G_MAXUINT, 0,
    N_("Recycling"), N_("Requests after which a worker is replaced"),
    N_("The new worker is ready before the old one drains, and a quarter of the workers, but one at least, is replaced at once."),
  },
  {
    "max-requests-jitter", NULL, NULL, KIND_UINT, PULSAR_SETTING_RUNTIME, 0, 100, 10,
    N_("Recycling"), N_("Percentage by which “max-requests” differs between workers"),
    N_("Each worker serves up to that much less, so that they are not replaced together."),
  },
  {
    "max-lifetime", NULL, NULL, KIND_DURATION, PULSAR_SETTING_RUNTIME, 0, 365 * DAY, 0,
    N_("Recycling"), N_("Time after which a worker is replaced"),
    N_("It is counted from when the worker was ready."),
  },
  {
    "max-rss", NULL, NULL, KIND_SIZE, PULSAR_SETTING_RUNTIME, 0, G_MAXINT64, 0,
    N_("Recycling"), N_("Size in memory at which a worker is replaced"),
    N_("Its resident set is looked at with each sign of life, from every second to every ten."),
  },
  {
    "restart-policy", NULL, NULL, KIND_RESTART_POLICY, PULSAR_SETTING_RUNTIME, 0, 0, PULSAR_RESTART_POLICY_ALWAYS,
    N_("Restarts"), N_("Which workers are replaced when they end"),
    N_("always: all; on-failure: unless they end by themselves with status 0; never: none. An application whose workers have all ended "
       "has finished, or failed if one of them did, and a program whose applications have finished ends."),
  },
  {
    "on-app-failed", NULL, NULL, KIND_ON_APP_FAILED, PULSAR_SETTING_GLOBAL | PULSAR_SETTING_RUNTIME, 0, 0, PULSAR_ON_APP_FAILED_KEEP,
    N_("Restarts"), N_("What happens when an application has failed"),
    N_("keep: the other applications go on; exit: the program ends, with status 69."),
  },
  {
    "after", NULL, NULL, KIND_LIST, PULSAR_SETTING_NONE, 0, 0, 0,
    N_("Program"), N_("Applications that have to be ready before this one starts"),
    N_("Names of other applications of the program, or their prefixes. They are stopped in the opposite order."),
  },
  {
    "mailbox-limit", NULL, NULL, KIND_UINT, PULSAR_SETTING_NONE, 1, 1000 * 1000, 1000,
    N_("Messages"), N_("Messages that may wait in a mailbox"),
    N_("A sender with so many messages not yet handled has to wait."),
  },
  {
    "mailbox-bytes", NULL, NULL, KIND_SIZE, PULSAR_SETTING_NONE,
    PULSAR_KIBIBYTE, 64 * PULSAR_GIBIBYTE, 64 * PULSAR_MEBIBYTE,
    N_("Messages"), N_("Bytes that may wait in a mailbox"),
    N_("A sender with so many bytes not yet handled has to wait."),
  },
  {
    "message-size-max", NULL, NULL, KIND_SIZE, PULSAR_SETTING_NONE,
    PULSAR_KIBIBYTE, PULSAR_GIBIBYTE, 64 * PULSAR_MEBIBYTE,
    N_("Messages"), N_("Size of the largest message"),
    N_("A larger one is refused where it is sent."),
  },
  {
    "mailbox-spin", NULL, NULL, KIND_DURATION, PULSAR_SETTING_NONE, 0, 10 * PULSAR_MILLISECOND, 0,
    N_("Messages"), N_("Time to look for the next message before going to sleep"),
    N_("Where an answer is awaited or was just given, both sides look for what comes for so long, such as 0.05 ms: to be woken on "
       "another processor takes longer than to ask and to answer. Meanwhile they use a processor that nobody else wants."),
  },
  {
    "debug", NULL, NULL, KIND_BOOLEAN, PULSAR_SETTING_GLOBAL, 0, 0, FALSE,
    N_("Program"), N_("Run so that faults are found easily"),
    N_("Everything is logged, whatever “log-level” says of all domains, and each application has one worker unless “workers” was set."),
  },
  {
    "log-level", NULL, NULL, KIND_LIST, PULSAR_SETTING_GLOBAL | PULSAR_SETTING_RUNTIME, 0, 0, 0,
    N_("Log"), N_("What is logged: none, error, warning, notice, info or debug, also as DOMAIN:LEVEL"),
    N_("A level stands for all above it too; without one it is notice. For a domain, such "
       "as GLib-GIO, and those below it another level can be given. Domains named in the environment variable "
       "G_MESSAGES_DEBUG are logged in any case."),
  },
  {
    "log-handlers", NULL, NULL, KIND_LIST, PULSAR_SETTING_GLOBAL, 0, 0, 0,
    N_("Log"), N_("Where the log goes: auto, console, journal, json, file:PATH, json:PATH or none"),
    N_("console: lines for people on the standard error; journal: the journal of systemd, with fields; json: JSON lines on the "
       "standard error; file:PATH and json:PATH: a file, opened again on the signal USR1; none: nowhere; auto (the default): the journal "
       "if systemd connected the standard error with it, else the console."),
  },
  {
    "worker-output", NULL, NULL, KIND_WORKER_OUTPUT, PULSAR_SETTING_GLOBAL, 0, 0, PULSAR_WORKER_OUTPUT_INHERIT,
    N_("Log"), N_("Where the output of workers goes"),
    N_("log: line by line into the log, with the name of the worker; inherit: where that of the arbiter goes; null: nowhere. The "
       "log of the workers is no output and goes where “log-handlers” says."),
  },
  {
    "process-name", NULL, NULL, KIND_TEXT, PULSAR_SETTING_GLOBAL, 0, 0, 0,
    N_("Program"), N_("What ps calls the processes of the program"),
    N_("The arbiter is “NAME: arbiter”, a worker is “NAME: worker web.3”. If empty, the name of the program is taken."),
  },
  {
    "exc-id", NULL, NULL, KIND_TEXT, PULSAR_SETTING_GLOBAL, 0, 0, 0,
    N_("Program"), N_("What identifies this run of the program"),
    N_("All processes of the program have it, and the log shows it as PULSAR_EXC_ID. If empty, the arbiter makes one."),
  },
  {
    "user", NULL, NULL, KIND_TEXT, PULSAR_SETTING_GLOBAL, 0, 0, 0,
    N_("Privileges"), N_("User of the worker processes"),
    N_("A name or a number. The arbiter keeps its user, so that it can open ports and logs again, and a worker becomes a process of "
       "this user before it runs a hook. If empty, workers have the user of the arbiter."),
  },
  {
    "group", NULL, NULL, KIND_TEXT, PULSAR_SETTING_GLOBAL, 0, 0, 0,
    N_("Privileges"), N_("Group of the worker processes"),
    N_("A name or a number. If empty, it is the group of “user”; the other groups of that user are there in any case."),
  },
  {
    "new-privileges", NULL, NULL, KIND_BOOLEAN, PULSAR_SETTING_NONE, 0, 0, TRUE,
    N_("Privileges"), N_("Whether programs that workers execute may gain privileges"),
    N_("Without it no setuid program, such as sudo, gains any. It is off when “user” is set, unless it was set too."),
  },
  {
    "umask", NULL, NULL, KIND_TEXT, PULSAR_SETTING_GLOBAL, 0, 0, 0,
    N_("Privileges"), N_("Permissions that new files do not get, in octal"),
    N_("027 keeps others out. It is for the arbiter too, unless that runs in a main loop of the program. If empty, nothing changes."),
  },
  {
    "nice", NULL, NULL, KIND_INT, PULSAR_SETTING_NONE, -20, 19, 0,
    N_("Resources"), N_("Priority of the worker processes, from -20, the highest, to 19"),
    N_("If it is not set, workers have the priority of the arbiter."),
  },
  {
    "rlimit-nofile", NULL, NULL, KIND_UINT, PULSAR_SETTING_NONE, 0, G_MAXUINT, 0,
    N_("Resources"), N_("Descriptors that a worker process may have open"),
    N_("inherit is what the arbiter may have."),
  },
  {
    "cpu-affinity", NULL, NULL, KIND_TEXT, PULSAR_SETTING_NONE, 0, 0, 0,
    N_("Resources"), N_("Processors on which workers run"),
    N_("none: on all; auto: each on one, the workers spread over all; a list such as 0-3,8: on these."),
  },
};

static GParamSpec *
make_pspec (const CoreSetting *row)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  switch (row->kind)
    {
    case KIND_INT:
      return g_param_spec_int (row->name, row->summary, row->description,
                               (int) row->minimum, (int) row->maximum, (int) row->default_value, flags);
    case KIND_UINT:
      return g_param_spec_uint (row->name, row->summary, row->description,
                                (guint) row->minimum, (guint) row->maximum, (guint) row->default_value, flags);
    case KIND_DURATION:
      return g_param_spec_int64 (row->name, row->summary, row->description,
                                 row->minimum, row->maximum, row->default_value, flags);
    case KIND_SIZE:
      return g_param_spec_uint64 (row->name, row->summary, row->description,
                                  (guint64) row->minimum, (guint64) row->maximum, (guint64) row->default_value, flags);
    case KIND_BOOLEAN:
      return g_param_spec_boolean (row->name, row->summary, row->description, row->default_value != 0, flags);
    case KIND_FILE:
    case KIND_TEXT:
      return g_param_spec_string (row->name, row->summary, row->description, strcmp (row->name, "cpu-affinity") == 0 ? "none" : "", flags);
    case KIND_WORKER_OUTPUT:
      return g_param_spec_enum (row->name, row->summary, row->description, PULSAR_TYPE_WORKER_OUTPUT,
                                (int) row->default_value, flags);
    case KIND_RESTART_POLICY:
      return g_param_spec_enum (row->name, row->summary, row->description, PULSAR_TYPE_RESTART_POLICY,
                                (int) row->default_value, flags);
    case KIND_ON_APP_FAILED:
      return g_param_spec_enum (row->name, row->summary, row->description, PULSAR_TYPE_ON_APP_FAILED,
                                (int) row->default_value, flags);
    case KIND_COMMAND:
    case KIND_FILES:
    case KIND_LIST:
    default:
      return g_param_spec_boxed (row->name, row->summary, row->description, G_TYPE_STRV, flags);
    }
}

static PulsarSettingUnit
unit_of (Kind kind)
{
  switch (kind)
    {
    case KIND_DURATION:
      return PULSAR_SETTING_UNIT_DURATION;
    case KIND_SIZE:
      return PULSAR_SETTING_UNIT_SIZE;
    case KIND_COMMAND:
      return PULSAR_SETTING_UNIT_COMMAND;
    case KIND_INT:
    case KIND_UINT:
    case KIND_FILE:
    case KIND_FILES:
    case KIND_BOOLEAN:
    case KIND_TEXT:
    case KIND_LIST:
    case KIND_WORKER_OUTPUT:
    case KIND_RESTART_POLICY:
    case KIND_ON_APP_FAILED:
    default:
      return PULSAR_SETTING_UNIT_PLAIN;
    }
}

static guint
count_processors (void)
{
  g_autoptr(GArray) processors = pulsar_processors_list_allowed ();

  return CLAMP (processors->len, 1, MAX_WORKERS);
}

/* What a zero means stands in a word, so that help and printed values say it too. */
static const struct
{
  const char *setting;
  const char *words;  /* dictionary in text form */
  const char *default_word;
} words[] = {
  { "max-restarts", "{'unlimited': <uint32 0>}", NULL },
  { "max-requests", "{'off': <uint32 0>}", "off" },
  { "max-lifetime", "{'off': <int64 0>}", "off" },
  { "max-rss", "{'off': <uint64 0>}", "off" },
  { "mailbox-spin", "{'off': <int64 0>}", "off" },
  { "rlimit-nofile", "{'inherit': <uint32 0>}", "inherit" },
};

static GVariant *
words_of (const CoreSetting *row)
{
  if (strcmp (row->name, "workers") == 0)
    return g_variant_new_parsed ("{'auto': <%u>}", count_processors ());
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (strcmp (row->name, words[i].setting) == 0)
        return g_variant_new_parsed (words[i].words);
    }
  return NULL;
}

/* NULL: that of the pspec */
static GVariant *
default_of (const CoreSetting *row)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (strcmp (row->name, words[i].setting) == 0 && words[i].default_word != NULL)
        return g_variant_new_string (words[i].default_word);
    }
  return NULL;
}

static gboolean
check_log_level (PulsarSetting  *setting,
                 GVariant       *value,
                 gpointer        user_data,
                 GError        **error)
{
  g_autofree const char **texts = g_variant_get_strv (value, NULL);

  for (gsize i = 0; texts[i] != NULL; i++)
    {
      if (!pulsar_log_check_level (texts[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_log_handlers (PulsarSetting  *setting,
                    GVariant       *value,
                    gpointer        user_data,
                    GError        **error)
{
  g_autofree const char **texts = g_variant_get_strv (value, NULL);

  return pulsar_log_check_handlers ((const char * const *) texts, error);
}

/* It stands in one line of the log, of ps, and of whatever else shows it. */
static gboolean
check_word (PulsarSetting  *setting,
            GVariant       *value,
            gpointer        user_data,
            GError        **error)
{
  static const char allowed[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._:@+-";
  const char *text = g_variant_get_string (value, NULL);

  if (strlen (text) <= MAX_WORD && text[strspn (text, allowed)] == '\0')
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
               _("“%s” is not accepted; allowed: up to %d letters of ASCII, digits and characters of “._:@+-”"), text, MAX_WORD);
  return FALSE;
}

static gboolean
check_umask (PulsarSetting  *setting,
             GVariant       *value,
             gpointer        user_data,
             GError        **error)
{
  const char *text = g_variant_get_string (value, NULL);

  if (strspn (text, "01234567") == strlen (text) && strlen (text) <= 4 && g_ascii_strtoull (text, NULL, 8) <= 0777)
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
               _("“%s” is not a umask; allowed are octal digits from 000 to 777, such as 027"), text);
  return FALSE;
}

static gboolean
check_n_files (PulsarSetting  *setting,
               GVariant       *value,
               gpointer        user_data,
               GError        **error)
{
  guint32 n = g_variant_get_uint32 (value);

  if (n == 0 || n >= MIN_FILES)
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
               _("%u descriptors are not enough for a worker; allowed are inherit and %d to %u"), n, MIN_FILES, G_MAXUINT);
  return FALSE;
}

static gboolean
check_cpu_affinity (PulsarSetting  *setting,
                    GVariant       *value,
                    gpointer        user_data,
                    GError        **error)
{
  const char *text = g_variant_get_string (value, NULL);
  g_autoptr(GArray) processors = NULL;
  g_autoptr(GError) local_error = NULL;

  if (strcmp (text, "none") == 0 || strcmp (text, "auto") == 0)
    return TRUE;
  processors = pulsar_processors_parse (text, &local_error);
  if (processors != NULL)
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION,
               _("“%s” is not accepted; allowed: none, auto, or a list of processors such as 0-3,8"), text);
  return FALSE;
}

static const struct
{
  const char *name;
  PulsarSettingValidator validator;
} validators[] = {
  { "cpu-affinity", check_cpu_affinity },
  { "exc-id", check_word },
  { "log-handlers", check_log_handlers },
  { "log-level", check_log_level },
  { "process-name", check_word },
  { "rlimit-nofile", check_n_files },
  { "umask", check_umask },
};

static void
set_validator (PulsarSetting *setting)
{
  for (gsize i = 0; i < G_N_ELEMENTS (validators); i++)
    {
      if (strcmp (pulsar_setting_get_name (setting), validators[i].name) == 0)
        pulsar_setting_set_validator (setting, validators[i].validator, NULL, NULL);
    }
}

void
pulsar_core_settings_install (PulsarConfig *config)
{
  for (gsize i = 0; i < G_N_ELEMENTS (core_settings); i++)
    {
      const CoreSetting *row = &core_settings[i];
      const char *aliases[] = { row->alias, NULL };
      g_autoptr(PulsarSetting) setting = NULL;

      setting = pulsar_setting_new_with_properties ("pspec", make_pspec (row),
                                                    "section", row->section,
                                                    "flags", row->flags,
                                                    "unit", unit_of (row->kind),
                                                    "short-flag", row->short_flag,
                                                    "aliases", aliases,
                                                    "words", words_of (row),
                                                    "default-value", default_of (row),
                                                    "arg-description", row->kind == KIND_FILE || row->kind == KIND_FILES ? N_("FILE") : NULL,
                                                    "translation-domain", GETTEXT_PACKAGE,
                                                    NULL);
      set_validator (setting);
      pulsar_config_add_setting (config, setting);
    }
}

/* What was derived before may not be so now. */
static void
forget_derived (PulsarConfig  *config,
                PulsarSetting *setting,
                const char    *cause)
{
  if (pulsar_setting_get_origin (setting) == PULSAR_ORIGIN_PARAMETER
      && g_strcmp0 (pulsar_setting_get_origin_detail (setting), cause) == 0)
    pulsar_config_set_from (config, pulsar_setting_get_name (setting), NULL, PULSAR_ORIGIN_PARAMETER, NULL, NULL);
}

static void
derive_workers (PulsarConfig *config)
{
  PulsarSetting *workers = pulsar_config_get_setting (config, "workers");

  if (workers == NULL || pulsar_config_get_setting (config, "debug") == NULL)
    return;  /* a program may have others instead */

  forget_derived (config, workers, "debug");
  if (pulsar_config_get_boolean (config, "debug") && pulsar_setting_get_origin (workers) <= PULSAR_ORIGIN_CLASS
      && pulsar_config_get_uint (config, "workers") > 1)
    pulsar_config_set_from (config, "workers", g_variant_new_uint32 (1), PULSAR_ORIGIN_PARAMETER, "debug", NULL);
}

static void
derive_new_privileges (PulsarConfig *config)
{
  PulsarSetting *new_privileges = pulsar_config_get_setting (config, "new-privileges");
  g_autofree char *user = NULL;

  if (new_privileges == NULL || pulsar_config_get_setting (config, "user") == NULL)
    return;

  forget_derived (config, new_privileges, "user");
  user = pulsar_config_dup_string (config, "user");
  if (*user != '\0' && pulsar_setting_get_origin (new_privileges) == PULSAR_ORIGIN_DEFAULT)
    pulsar_config_set_from (config, "new-privileges", g_variant_new_boolean (FALSE), PULSAR_ORIGIN_PARAMETER, "user", NULL);
}

void
pulsar_core_settings_derive (PulsarConfig *config)
{
  derive_workers (config);
  derive_new_privileges (config);
}

static void
append_error (PulsarConfig *config,
              const char   *name,
              GString      *errors,
              const GError *error)
{
  g_autofree char *source = pulsar_config_describe_source (config, name);

  g_string_append_printf (errors, "%s%s: %s", errors->len > 0 ? "\n" : "", source, error->message);
}

void
pulsar_core_settings_check (PulsarConfig *config,
                            GString      *errors)
{
  g_autofree char *user = NULL, *group = NULL;
  g_auto(PulsarAccount) account = { 0 };
  g_autoptr(GError) user_error = NULL, group_error = NULL;
  gid_t id;

  if (pulsar_config_get_setting (config, "user") == NULL || pulsar_config_get_setting (config, "group") == NULL)
    return;

  user = pulsar_config_dup_string (config, "user");
  group = pulsar_config_dup_string (config, "group");
  if (*user != '\0' && !pulsar_account_find (user, &account, &user_error))
    append_error (config, "user", errors, user_error);
  if (*group != '\0' && !pulsar_account_find_group (group, &id, &group_error))
    append_error (config, "group", errors, group_error);
}
