/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever stands in a key file, in the environment and on the command line, the configuration of a program of two applications either
 * loads, and then is the same in a worker, or is refused with messages. An input has these three parts, separated by lines “%%”; a line
 * is a variable, or an argument. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pulsar-glib/pulsar.h>

#include "fuzz.h"
#include "pulsar-glib/config/pulsar-key-file-scan-private.h"

#define SEPARATOR "\n%%\n"

static int file_fd = -1;
static char *config_argument = NULL;

static GLogWriterOutput
write_log (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         user_data)
{
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0)
    return g_log_writer_standard_streams (level, fields, n_fields, user_data);
  return G_LOG_WRITER_HANDLED;  /* what a user would be told */
}

static void
prepare (void)
{
  g_auto(GStrv) names = NULL;

  if (file_fd >= 0)
    return;

  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  g_log_set_writer_func (write_log, NULL, NULL);
  file_fd = memfd_create ("fuzz.conf", MFD_CLOEXEC);
  g_assert_cmpint (file_fd, >=, 0);
  config_argument = g_strdup_printf ("--config=/proc/self/fd/%d", file_fd);
  names = g_listenv ();
  for (gsize i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], "PULSAR_"))
      g_unsetenv (names[i]);
}

/* Cuts the first part off @data. */
static void
take_part (const guint8 **data,
           gsize         *size,
           const guint8 **part,
           gsize         *part_size)
{
  const guint8 *separator = *size > 0 ? memmem (*data, *size, SEPARATOR, strlen (SEPARATOR)) : NULL;

  *part = *data;
  *part_size = separator != NULL ? (gsize) (separator - *data) : *size;
  *data += separator != NULL ? *part_size + strlen (SEPARATOR) : *size;
  *size -= separator != NULL ? *part_size + strlen (SEPARATOR) : *size;
}

static char **
take_lines (const guint8 **data,
            gsize         *size)
{
  const guint8 *part;
  gsize part_size;
  g_autofree char *text = NULL;

  take_part (data, size, &part, &part_size);
  text = g_strndup ((const char *) part, part_size);  /* up to a NUL, as the kernel would have it */
  return *text != '\0' ? g_strsplit (text, "\n", 64) : g_new0 (char *, 1);
}

static void
build_cb (PulsarMultiApp *multi)
{
  PulsarApplication *main_application = pulsar_multi_app_new_app (multi, PULSAR_TYPE_SOCKET_SERVER, NULL, NULL);
  PulsarConfig *config = pulsar_configurator_get_config (PULSAR_CONFIGURATOR (main_application));
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
  PulsarSetting *settings[] = {
    pulsar_setting_new (g_param_spec_double ("ratio", NULL, NULL, -1, 1, 0, flags), NULL, NULL, PULSAR_SETTING_NONE),
    pulsar_setting_new (g_param_spec_int ("pin", NULL, NULL, 0, 9999, 0, flags), NULL, NULL, PULSAR_SETTING_SECRET),
    pulsar_setting_new (g_param_spec_enum ("unit", NULL, NULL, PULSAR_TYPE_SETTING_UNIT, 0, flags), NULL, NULL, PULSAR_SETTING_NONE),
    pulsar_setting_new (g_param_spec_flags ("kinds", NULL, NULL, PULSAR_TYPE_SETTING_FLAGS, 0, flags), NULL, NULL,
                        PULSAR_SETTING_NONE),
    pulsar_setting_new (g_param_spec_string ("text", NULL, NULL, NULL, flags), NULL, NULL, PULSAR_SETTING_RUNTIME),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      pulsar_config_add_setting (config, settings[i]);
      g_object_unref (settings[i]);
    }
  pulsar_multi_app_new_app (multi, PULSAR_TYPE_APPLICATION, "rpc", NULL);
}

/* A worker has the same values from the snapshot, and --print-config and info can show them. */
static void
check_loaded (PulsarConfigurator *program)
{
  GListModel *applications = pulsar_multi_app_get_applications (PULSAR_MULTI_APP (program));

  for (guint i = 0; i < g_list_model_get_n_items (applications); i++)
    {
      g_autoptr(PulsarConfigurator) application = g_list_model_get_item (applications, i);
      PulsarConfig *config = pulsar_configurator_get_config (application);
      g_autoptr(GVariant) snapshot = pulsar_config_to_snapshot (config);
      g_autoptr(PulsarConfig) copy = pulsar_config_copy (config);
      GListModel *settings = pulsar_config_get_settings (config);
      g_autoptr(GError) error = NULL;

      g_assert_true (pulsar_config_apply_snapshot (copy, snapshot, &error));
      g_assert_no_error (error);
      for (guint k = 0; k < g_list_model_get_n_items (settings); k++)
        {
          g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, k);
          PulsarSetting *same = pulsar_config_get_setting (copy, pulsar_setting_get_name (setting));
          g_autofree char *text = pulsar_setting_dup_text (setting);

          g_assert_true (g_utf8_validate (text, -1, NULL));
          g_assert_true (g_variant_equal (pulsar_setting_get_value (setting), pulsar_setting_get_value (same)));
          g_assert_cmpint (pulsar_setting_get_origin (setting), ==, pulsar_setting_get_origin (same));
          g_assert_cmpstr (pulsar_setting_get_origin_detail (setting), ==, pulsar_setting_get_origin_detail (same));
        }
    }
}

/* The scan finds what GKeyFile finds. */
static void
check_scan (const guint8 *data,
            gsize         size)
{
  g_autoptr(PulsarKeyFileScan) scan = pulsar_key_file_scan_new ((const char *) data, size);
  g_autoptr(GKeyFile) key_file = g_key_file_new ();
  g_autoptr(GHashTable) first = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GError) error = NULL;
  GHashTableIter iter;
  gpointer pointer;

  g_key_file_load_from_data (key_file, scan->readable, strlen (scan->readable), G_KEY_FILE_KEEP_TRANSLATIONS, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < scan->items->len; i++)
    {
      PulsarKeyFileItem *item = scan->items->pdata[i];

      g_autofree char *name = g_strdup_printf ("%s\n%s", item->group, item->key);

      if (item->kind == PULSAR_KEY_FILE_ENTRY && !g_hash_table_contains (first, name))
        g_hash_table_insert (first, g_steal_pointer (&name), item);
    }
  g_hash_table_iter_init (&iter, first);
  while (g_hash_table_iter_next (&iter, NULL, &pointer))
    {
      const PulsarKeyFileItem *item = pointer;
      g_autofree char *value = g_key_file_get_value (key_file, item->group, item->key, NULL);

      g_assert_cmpstr (value, ==, item->value);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  const guint8 *file;
  gsize file_size;
  g_auto(GStrv) variables = NULL;
  g_auto(GStrv) arguments = NULL;
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  g_autoptr(PulsarConfigurator) program = NULL;
  g_autoptr(GError) error = NULL;

  if (size > 64 * 1024)
    return 0;
  prepare ();
  take_part (&data, &size, &file, &file_size);
  variables = take_lines (&data, &size);
  arguments = take_lines (&data, &size);

  check_scan (file, file_size);
  g_assert_no_errno (ftruncate (file_fd, 0));
  g_assert_cmpint (pwrite (file_fd, file, file_size, 0), ==, (gssize) file_size);
  for (gsize i = 0; variables[i] != NULL; i++)
    {
      char *equals = strchr (variables[i], '=');

      if (equals == NULL || !g_str_has_prefix (variables[i], "PULSAR_"))
        continue;
      *equals = '\0';
      setenv (variables[i], equals + 1, TRUE);
      g_ptr_array_add (names, g_strdup (variables[i]));
    }
  g_ptr_array_add (argv, (char *) "fuzz");
  g_ptr_array_add (argv, config_argument);
  for (gsize i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, arguments[i]);
  g_ptr_array_add (argv, NULL);

  program = g_object_new (PULSAR_TYPE_MULTI_APP, "argv", argv->pdata, NULL);
  g_signal_connect (program, "build", G_CALLBACK (build_cb), NULL);
  if (pulsar_configurator_load_config (program, &error))
    {
      g_assert_no_error (error);
      check_loaded (program);
    }
  else
    {
      g_assert_true (g_error_matches (error, PULSAR_ERROR, PULSAR_ERROR_USAGE)
                     || g_error_matches (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION));
      g_assert_cmpstr (error->message, !=, "");
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  for (guint i = 0; i < names->len; i++)
    unsetenv (names->pdata[i]);
  return 0;
}
