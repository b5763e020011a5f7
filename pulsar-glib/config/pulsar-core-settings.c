/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <sched.h>

#include "pulsar-glib/base/pulsar-units-private.h"
#include "pulsar-glib/config/pulsar-core-settings-private.h"

/* The table is all there is to a setting: command line, environment, key files, help and schema are made from it. A
 * setting without an effect does not exist: whoever adds one here also obeys it. */

typedef enum
{
  KIND_UINT,
  KIND_DURATION,
  KIND_SIZE,
  KIND_COMMAND,
  KIND_FILES,
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
    N_("With one more the application has failed; with 0 there is no limit."),
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
};

static GParamSpec *
make_pspec (const CoreSetting *row)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  switch (row->kind)
    {
    case KIND_UINT:
      return g_param_spec_uint (row->name, row->summary, row->description,
                                (guint) row->minimum, (guint) row->maximum, (guint) row->default_value, flags);
    case KIND_DURATION:
      return g_param_spec_int64 (row->name, row->summary, row->description,
                                 row->minimum, row->maximum, row->default_value, flags);
    case KIND_SIZE:
      return g_param_spec_uint64 (row->name, row->summary, row->description,
                                  (guint64) row->minimum, (guint64) row->maximum, (guint64) row->default_value, flags);
    case KIND_COMMAND:
    case KIND_FILES:
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
    case KIND_UINT:
    case KIND_FILES:
    default:
      return PULSAR_SETTING_UNIT_PLAIN;
    }
}

/* The processors this process may run on, not those of the machine, which are what g_get_num_processors () counts. The
 * kernel says only by refusing that it knows more processors than the set has room for. */
static guint
count_processors (void)
{
  for (guint n = 1024; n <= 1024 * 1024; n *= 2)
    {
      gsize size = CPU_ALLOC_SIZE (n);
      cpu_set_t *set = CPU_ALLOC (n);
      guint n_processors = 0;

      if (sched_getaffinity (0, size, set) == 0)
        n_processors = (guint) CPU_COUNT_S (size, set);
      CPU_FREE (set);
      if (n_processors > 0)
        return MIN (n_processors, MAX_WORKERS);
    }
  return 1;
}

/* The one word so far. */
static GVariant *
words_of (const CoreSetting *row)
{
  if (strcmp (row->name, "workers") != 0)
    return NULL;
  return g_variant_new_parsed ("{'auto': <%u>}", count_processors ());
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
                                                    "arg-description", row->kind == KIND_FILES ? N_("FILE") : NULL,
                                                    "translation-domain", GETTEXT_PACKAGE,
                                                    NULL);
      pulsar_config_add_setting (config, setting);
    }
}
