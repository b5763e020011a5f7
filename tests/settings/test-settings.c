/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every setting of every type of application of the library, through every layer, made from the settings themselves: one that is added is
 * tested without a change here, or fails. */
#include "pulsar-test.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <pulsar-glib/pulsar.h>
#include <unistd.h>

#include "pulsar-glib/application/pulsar-configurator-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"
#include "samples.h"

/* Two values of a setting and one that is none, as the command line has them. */
typedef struct
{
  char *one;
  char *other;
  char *bad;   /* (nullable) */
  char *hint;  /* part of the message about the bad one */
} Values;

static void
values_clear (Values *values)
{
  g_clear_pointer (&values->one, g_free);
  g_clear_pointer (&values->other, g_free);
  g_clear_pointer (&values->bad, g_free);
  g_clear_pointer (&values->hint, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Values, values_clear)

/* One loading of the configuration of a program of two applications of a type, the second one with a prefix: what each layer gives to
 * the setting of the one that is tested, or NULL. */
typedef struct
{
  GType type;
  gboolean prefixed;
  const char *name;
  const char *texts[PULSAR_ORIGIN_RUNTIME + 1];
  gboolean is_raw;            /* the key file has the text as it is, also for a list */
  PulsarConfigurator *program;
  PulsarApplication *tested;  /* of the program */
  char *folder;
  char *file;
} Run;

static char *
flag_of (Run           *run,
         PulsarSetting *setting)
{
  gboolean is_global = (pulsar_setting_get_flags (setting) & PULSAR_SETTING_GLOBAL) != 0;

  return g_strconcat (run->prefixed && !is_global ? "--rpc-" : "--", pulsar_setting_get_flag (setting), NULL);
}

static char *
variable_of (Run           *run,
             PulsarSetting *setting)
{
  gboolean is_global = (pulsar_setting_get_flags (setting) & PULSAR_SETTING_GLOBAL) != 0;
  g_autofree char *name = g_ascii_strup (pulsar_setting_get_name (setting), -1);

  return g_strconcat (run->prefixed && !is_global ? "PULSAR_RPC_" : "PULSAR_", g_strdelimit (name, "-", '_'), NULL);
}

static void
register_settings_cb (PulsarConfigurator *configurator,
                      PulsarConfig       *config,
                      Run                *run)
{
  if (run->texts[PULSAR_ORIGIN_CLASS] != NULL)
    pulsar_config_set_class_value (config, run->name, g_variant_new_string (run->texts[PULSAR_ORIGIN_CLASS]));
}

static void
build_cb (PulsarMultiApp *multi,
          Run            *run)
{
  for (guint i = 0; i < 2; i++)
    {
      gboolean is_tested = i == (run->prefixed ? 1 : 0);
      g_auto(GVariantDict) parameters = G_VARIANT_DICT_INIT (NULL);
      PulsarApplication *application;

      if (is_tested && run->texts[PULSAR_ORIGIN_PARAMETER] != NULL)
        g_variant_dict_insert (&parameters, run->name, "s", run->texts[PULSAR_ORIGIN_PARAMETER]);
      application = pulsar_multi_app_new_app (multi, run->type, i == 0 ? NULL : "rpc", g_variant_dict_end (&parameters));
      if (!is_tested)
        continue;
      run->tested = application;
      g_signal_connect (application, "register-settings", G_CALLBACK (register_settings_cb), run);
    }
}

static PulsarConfig *
config_of (Run *run)
{
  return pulsar_configurator_get_config (PULSAR_CONFIGURATOR (run->tested));
}

/* What an arbiter that runs hands down. */
static void
adopt (Run           *run,
       PulsarSetting *setting)
{
  g_autoptr(PulsarConfig) arbiter = pulsar_config_new ();
  g_autoptr(PulsarSetting) theirs = pulsar_setting_copy (setting, NULL);

  if (run->texts[PULSAR_ORIGIN_ARBITER] == NULL)
    return;
  pulsar_config_add_setting (arbiter, theirs);
  g_assert_true (pulsar_config_set_string (arbiter, run->name, run->texts[PULSAR_ORIGIN_ARBITER], NULL));
  pulsar_config_adopt_globals (config_of (run), arbiter);
}

static void
write_key_file (Run           *run,
                PulsarSetting *setting)
{
  const char *text = run->texts[PULSAR_ORIGIN_KEY_FILE];
  gboolean is_global = (pulsar_setting_get_flags (setting) & PULSAR_SETTING_GLOBAL) != 0;
  const char *group = run->prefixed && !is_global ? "rpc" : "pulsar";
  g_autoptr(GKeyFile) key_file = g_key_file_new ();

  if (text != NULL && pulsar_setting_is_list (setting) && !run->is_raw)
    {
      g_auto(GStrv) elements = g_strsplit (text, ",", -1);

      g_key_file_set_string_list (key_file, group, run->name, (const char *const *) elements, g_strv_length (elements));
    }
  else if (text != NULL)
    {
      g_key_file_set_string (key_file, group, run->name, text);
    }
  g_assert_true (g_key_file_save_to_file (key_file, run->file, NULL));
}

/* Loads all layers but the one of changes at run time. */
static gboolean
load (Run     *run,
      GError **error)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *flag = NULL;
  g_autofree char *variable = NULL;
  PulsarSetting *setting;
  gboolean loaded;

  run->folder = g_dir_make_tmp ("settings-XXXXXX", NULL);
  run->file = g_build_filename (run->folder, "test.conf", NULL);
  g_ptr_array_add (argv, g_strdup ("settings"));
  {
    /* The setting as it is, to know its flag. */
    g_autoptr(PulsarConfigurator) model = g_object_new (run->type, NULL);

    setting = pulsar_config_get_setting (pulsar_configurator_get_config (model), run->name);
    flag = flag_of (run, setting);
    variable = variable_of (run, setting);
    write_key_file (run, setting);
    if (!g_str_equal (run->name, "config"))
      g_ptr_array_add (argv, g_strconcat ("--config=", run->file, NULL));
    if (run->texts[PULSAR_ORIGIN_COMMAND_LINE] != NULL)
      {
        if (pulsar_setting_get_default_value (setting) != NULL
            && g_variant_is_of_type (pulsar_setting_get_default_value (setting), G_VARIANT_TYPE_BOOLEAN))
          {
            gboolean is_true = g_str_equal (run->texts[PULSAR_ORIGIN_COMMAND_LINE], "true");
            g_autofree char *negated = g_strconcat ("--no-", flag + strlen ("--"), NULL);

            if (is_true || g_str_equal (run->texts[PULSAR_ORIGIN_COMMAND_LINE], "false"))
              g_ptr_array_add (argv, g_strdup (is_true ? flag : negated));
            else
              g_ptr_array_add (argv, g_strconcat (flag, "=", run->texts[PULSAR_ORIGIN_COMMAND_LINE], NULL));
          }
        else
          {
            g_ptr_array_add (argv, g_strconcat (flag, "=", run->texts[PULSAR_ORIGIN_COMMAND_LINE], NULL));
          }
      }
    g_ptr_array_add (argv, NULL);
  }

  run->program = g_object_new (PULSAR_TYPE_MULTI_APP, "argv", argv->pdata, NULL);
  g_signal_connect (run->program, "build", G_CALLBACK (build_cb), run);
  if (run->texts[PULSAR_ORIGIN_ENVIRONMENT] != NULL)
    g_setenv (variable, run->texts[PULSAR_ORIGIN_ENVIRONMENT], TRUE);
  loaded = pulsar_configurator_load_config (run->program, error);
  g_unsetenv (variable);
  if (loaded)
    adopt (run, pulsar_config_get_setting (config_of (run), run->name));
  return loaded;
}

static void
run_clear (Run *run)
{
  g_clear_object (&run->program);
  if (run->file != NULL)
    g_unlink (run->file);
  if (run->folder != NULL)
    g_rmdir (run->folder);
  g_clear_pointer (&run->file, g_free);
  g_clear_pointer (&run->folder, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static gboolean
make_numbers (PulsarSetting *setting,
              Values        *values)
{
  PulsarSettingLimits limits;
  gint64 number = 0;
  gint64 one;
  g_autoptr(GVariant) first = NULL;
  g_autoptr(GVariant) second = NULL;

  if (!pulsar_setting_read_integer (pulsar_setting_get_default_value (setting), &number))
    return FALSE;
  pulsar_setting_get_limits (setting, &limits);
  one = number <= limits.maximum - 2 ? number + 1 : number - 2;
  first = g_variant_ref_sink (g_variant_new_int64 (one));
  second = g_variant_ref_sink (g_variant_new_int64 (one + 1));
  values->one = pulsar_setting_format (setting, first);
  values->other = pulsar_setting_format (setting, second);
  values->bad = g_strdup ("-99999999999");
  return TRUE;
}

static gboolean
make_nicks (PulsarSetting *setting,
            Values        *values)
{
  GParamSpec *pspec = pulsar_setting_get_pspec (setting);

  if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;

      values->one = g_strdup (klass->values[0].value_nick);
      values->other = g_strdup (klass->values[1].value_nick);
    }
  else if (G_IS_PARAM_SPEC_FLAGS (pspec))
    {
      GFlagsClass *klass = G_PARAM_SPEC_FLAGS (pspec)->flags_class;

      values->one = g_strdup (klass->values[0].value_nick);
      values->other = g_strdup (klass->values[1].value_nick);
    }
  else
    {
      return FALSE;
    }
  values->bad = g_strdup ("no-such-nick");
  return TRUE;
}

static void
make_values (PulsarSetting *setting,
             Values        *values)
{
  GVariant *value = pulsar_setting_get_default_value (setting);

  values->hint = pulsar_setting_dup_allowed (setting);
  for (gsize i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      if (!g_str_equal (samples[i].name, pulsar_setting_get_name (setting)))
        continue;
      values->one = g_strdup (samples[i].one);
      values->other = g_strdup (samples[i].other);
      values->bad = g_strdup (samples[i].bad);
      if (samples[i].hint != NULL)
        {
          g_free (values->hint);
          values->hint = g_strdup (samples[i].hint);
        }
      return;
    }

  if (make_numbers (setting, values) || make_nicks (setting, values))
    return;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    {
      values->one = g_strdup (g_variant_get_boolean (value) ? "false" : "true");
      values->other = g_strdup (g_variant_get_boolean (value) ? "true" : "false");
      values->bad = g_strdup ("perhaps");
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    {
      values->one = g_strdup ("0.25");
      values->other = g_strdup ("0.5");
      values->bad = g_strdup ("much");
    }
  else
    {
      values->one = g_strdup ("a");
      values->other = g_strdup ("b");
      if (pulsar_setting_get_unit (setting) == PULSAR_SETTING_UNIT_COMMAND)
        values->bad = g_strdup ("'a");
      else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
        values->bad = g_strdup ("a,,b");
    }
}

static gboolean
has_layer (PulsarSetting *setting,
           PulsarOrigin   origin)
{
  PulsarSettingFlags flags = pulsar_setting_get_flags (setting);

  switch (origin)
    {
    case PULSAR_ORIGIN_ARBITER:
      return (flags & PULSAR_SETTING_GLOBAL) != 0;
    case PULSAR_ORIGIN_KEY_FILE:
      return !g_str_equal (pulsar_setting_get_name (setting), "config");
    case PULSAR_ORIGIN_DEFAULT:
    case PULSAR_ORIGIN_CLASS:
    case PULSAR_ORIGIN_PARAMETER:
    case PULSAR_ORIGIN_ENVIRONMENT:
    case PULSAR_ORIGIN_COMMAND_LINE:
    case PULSAR_ORIGIN_RUNTIME:
    default:
      return TRUE;
    }
}

/* An arbiter's values lie below those of code. */
static const PulsarOrigin order[] = {
  PULSAR_ORIGIN_CLASS, PULSAR_ORIGIN_ARBITER, PULSAR_ORIGIN_PARAMETER, PULSAR_ORIGIN_KEY_FILE, PULSAR_ORIGIN_ENVIRONMENT,
  PULSAR_ORIGIN_COMMAND_LINE, PULSAR_ORIGIN_RUNTIME,
};

static void
change_at_run_time (Run           *run,
                    PulsarSetting *setting,
                    const Values  *values)
{
  PulsarConfig *config = config_of (run);
  g_autoptr(GError) error = NULL;

  pulsar_config_set_phase (config, PULSAR_CONFIG_PHASE_RUNNING);
  if ((pulsar_setting_get_flags (setting) & PULSAR_SETTING_RUNTIME) == 0)
    {
      g_assert_false (pulsar_config_set_string (config, run->name, values->other, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED);
      g_assert_nonnull (strstr (error->message, run->name));
      pulsar_config_set_phase (config, PULSAR_CONFIG_PHASE_LOADED);
    }
  g_clear_error (&error);
  g_assert_true (pulsar_config_set_string (config, run->name, values->other, &error));
  g_assert_no_error (error);
  if (values->bad != NULL)
    {
      g_assert_false (pulsar_config_set_string (config, run->name, values->bad, &error));
      g_assert_nonnull (strstr (error->message, run->name));
    }
}

/* The value of the highest of the layers wins, and says where it is from. */
static void
check_layer (GType          type,
             gboolean       prefixed,
             PulsarSetting *model,
             const Values  *values,
             gsize          layer)
{
  PulsarOrigin origin = order[layer];
  g_auto(Run) run = { .type = type, .prefixed = prefixed, .name = pulsar_setting_get_name (model) };
  g_autofree char *flag = flag_of (&run, model);
  g_autofree char *variable = variable_of (&run, model);
  g_autofree char *negated = g_strconcat ("--no-", flag + strlen ("--"), NULL);
  g_autofree char *file_detail = NULL;
  gboolean is_global = (pulsar_setting_get_flags (model) & PULSAR_SETTING_GLOBAL) != 0;
  g_autoptr(GVariant) expected = NULL;
  g_autoptr(GError) error = NULL;
  const char *detail = NULL;
  PulsarSetting *setting;
  gboolean loaded;

  for (gsize i = 0; i < layer; i++)
    if (has_layer (model, order[i]))
      run.texts[order[i]] = values->one;
  run.texts[origin] = values->other;
  if ((pulsar_setting_get_flags (model) & PULSAR_SETTING_SECRET) != 0)
    {
      if (origin == PULSAR_ORIGIN_COMMAND_LINE)
        return;  /* secrets do not stand there, which test_bad sees to */
      run.texts[PULSAR_ORIGIN_COMMAND_LINE] = NULL;
    }

  loaded = load (&run, &error);
  g_assert_no_error (error);
  g_assert_true (loaded);
  setting = pulsar_config_get_setting (config_of (&run), run.name);
  if (origin == PULSAR_ORIGIN_RUNTIME)
    change_at_run_time (&run, setting, values);

  /* A global setting of an application that is not the main one has what the main one has, or what that handed down. */
  file_detail = g_strdup_printf ("%s:2 [%s]", run.file, prefixed && !is_global ? "rpc" : "pulsar");
  if (origin == PULSAR_ORIGIN_KEY_FILE)
    detail = file_detail;
  else if (origin == PULSAR_ORIGIN_ENVIRONMENT)
    detail = variable;
  else if (origin == PULSAR_ORIGIN_COMMAND_LINE)
    detail = g_str_equal (values->other, "false") ? negated : flag;
  g_assert_true (pulsar_setting_parse (setting, values->other, &expected, &error));
  g_assert_no_error (error);
  g_assert_true (g_variant_equal (pulsar_setting_get_value (setting), expected));
  g_assert_cmpint (pulsar_setting_get_origin (setting), ==, origin);
  g_assert_cmpstr (pulsar_setting_get_origin_detail (setting), ==, detail);
  g_assert_true (pulsar_setting_get_is_modified (setting) == (origin > PULSAR_ORIGIN_CLASS));
}

/* A bad value on one layer: the message names the setting, the source and what is allowed. */
static void
check_bad (GType          type,
           gboolean       prefixed,
           PulsarSetting *model,
           const Values  *values,
           PulsarOrigin   origin)
{
  g_auto(Run) run = { .type = type, .prefixed = prefixed, .name = pulsar_setting_get_name (model), .is_raw = TRUE };
  gboolean is_secret = (pulsar_setting_get_flags (model) & PULSAR_SETTING_SECRET) != 0;
  g_autofree char *source = NULL;
  g_autofree char *key = NULL;
  g_autoptr(GError) error = NULL;

  if (origin == PULSAR_ORIGIN_COMMAND_LINE)
    source = flag_of (&run, model);
  else if (origin == PULSAR_ORIGIN_ENVIRONMENT)
    source = variable_of (&run, model);
  else
    source = g_strdup (run.name);
  run.texts[origin] = is_secret && origin == PULSAR_ORIGIN_COMMAND_LINE ? values->one : values->bad;
  if (run.texts[origin] == NULL)
    return;
  if (origin == PULSAR_ORIGIN_KEY_FILE && pulsar_setting_is_list (model)
      && pulsar_setting_get_pspec (model)->value_type == G_TYPE_STRV && g_str_equal (values->bad, "a,,b"))
    return;  /* a list of three texts, of which one may well be empty */

  g_assert_false (load (&run, &error));
  g_test_message ("%s", error->message);
  if (origin == PULSAR_ORIGIN_COMMAND_LINE)
    g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
  else
    g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_nonnull (strstr (error->message, source));
  if (is_secret)
    {
      g_assert_null (strstr (error->message, run.texts[origin]));
      return;
    }
  if (origin == PULSAR_ORIGIN_KEY_FILE)
    {
      key = g_strconcat (run.file, ":2: [", NULL);
      g_assert_true (g_str_has_prefix (error->message, key));
    }
  if (g_variant_is_of_type (pulsar_setting_get_default_value (model), G_VARIANT_TYPE_BOOLEAN)
      && origin == PULSAR_ORIGIN_COMMAND_LINE)
    return;  /* which takes no value at all */
  g_assert_nonnull (strstr (error->message, values->bad));
  if (origin != PULSAR_ORIGIN_KEY_FILE || !pulsar_setting_is_list (model))
    g_assert_nonnull (strstr (error->message, values->hint));
}

static GListModel *
list_settings (GType                type,
               PulsarConfigurator **model)
{
  *model = g_object_new (type, NULL);
  return pulsar_config_get_settings (pulsar_configurator_get_config (*model));
}

/* Under a sanitizer or valgrind some settings stand for all: the code is the same. */
static gboolean
is_left_out (guint    position,
             gboolean prefixed)
{
  return pulsar_test_is_slowed_down () && (prefixed || position % 4 != 0);
}

static void
test_layers (gconstpointer data)
{
  GType type = GPOINTER_TO_SIZE (data);
  g_autoptr(PulsarConfigurator) model = NULL;
  GListModel *settings = list_settings (type, &model);

  g_test_summary ("The value of each setting on each layer covers those of all layers below, and knows its origin");
  for (guint i = 0; i < g_list_model_get_n_items (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);
      g_auto(Values) values = { NULL };

      make_values (setting, &values);
      for (gsize layer = 0; layer < G_N_ELEMENTS (order); layer++)
        for (guint prefixed = 0; prefixed < 2; prefixed++)
          {
            gboolean is_global = (pulsar_setting_get_flags (setting) & PULSAR_SETTING_GLOBAL) != 0;

            if (!has_layer (setting, order[layer]) || (prefixed && is_global) || is_left_out (i, prefixed))
              continue;
            g_test_message ("%s, layer %d%s", pulsar_setting_get_name (setting), order[layer], prefixed ? ", prefixed" : "");
            check_layer (type, prefixed, setting, &values, layer);
          }
    }
}

static void
test_bad (gconstpointer data)
{
  GType type = GPOINTER_TO_SIZE (data);
  g_autoptr(PulsarConfigurator) model = NULL;
  GListModel *settings = list_settings (type, &model);

  g_test_summary ("A bad value of each setting on each layer is refused with setting, source and what is allowed");
  for (guint i = 0; i < g_list_model_get_n_items (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);
      g_auto(Values) values = { NULL };

      make_values (setting, &values);
      for (gsize layer = 0; layer < G_N_ELEMENTS (order); layer++)
        for (guint prefixed = 0; prefixed < 2; prefixed++)
          {
            gboolean is_global = (pulsar_setting_get_flags (setting) & PULSAR_SETTING_GLOBAL) != 0;

            if (!has_layer (setting, order[layer]) || order[layer] == PULSAR_ORIGIN_ARBITER
                || order[layer] == PULSAR_ORIGIN_RUNTIME || (prefixed && is_global) || is_left_out (i, prefixed))
              continue;
            g_test_message ("%s, layer %d%s", pulsar_setting_get_name (setting), order[layer], prefixed ? ", prefixed" : "");
            check_bad (type, prefixed, setting, &values, order[layer]);
          }
    }
}

/* The types of applications that the library has, found by the symbols it exports. */
static GArray *
list_types (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "abi", "pulsar-glib-1.symbols", NULL);
  g_autofree char *contents = NULL;
  g_auto(GStrv) symbols = NULL;
  g_autoptr(GError) error = NULL;
  GArray *types = g_array_new (FALSE, FALSE, sizeof (GType));

  g_file_get_contents (path, &contents, NULL, &error);
  g_assert_no_error (error);
  symbols = g_strsplit (contents, "\n", -1);
  for (gsize i = 0; symbols[i] != NULL; i++)
    {
      GType (*get_type) (void);
      GType type;

      if (!g_str_has_suffix (symbols[i], "_get_type"))
        continue;
      *(void **) &get_type = dlsym (RTLD_DEFAULT, symbols[i]);
      g_assert_nonnull (get_type);
      type = get_type ();
      if (g_type_is_a (type, PULSAR_TYPE_APPLICATION) && !G_TYPE_IS_ABSTRACT (type))
        g_array_append_val (types, type);
    }
  return types;
}

static void
test_effects (gconstpointer data)
{
  const GArray *types = data;
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "settings", "effects", NULL);
  g_autoptr(GString) missing = g_string_new (NULL);
  g_autoptr(GDir) dir = NULL;
  const char *file;

  g_test_summary ("For each setting there is a test that shows its effect, and for nothing else");
  for (guint i = 0; i < types->len; i++)
    {
      g_autoptr(PulsarConfigurator) model = NULL;
      GListModel *settings = list_settings (g_array_index (types, GType, i), &model);

      for (guint k = 0; k < g_list_model_get_n_items (settings); k++)
        {
          g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, k);
          const char *name = pulsar_setting_get_name (setting);
          g_autofree char *base = g_strconcat (name, ".py", NULL);
          g_autofree char *path = g_build_filename (folder, base, NULL);

          if (g_hash_table_add (names, g_strdup (base)) && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
            g_string_append_printf (missing, " %s", name);
        }
    }
  if (missing->len > 0)
    g_error ("no test in tests/settings/effects shows what these settings do:%s", missing->str);

  dir = g_dir_open (folder, 0, NULL);
  while ((file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, ".py") && !g_hash_table_contains (names, file))
      g_error ("tests/settings/effects/%s is for no setting", file);
}

/* What --print-config prints of a program; @option is one more of the command line, or NULL. */
static char *
print (Run        *run,
       const char *option)
{
  const char *argv[] = { "settings", "--print-config", "--show-secrets", option, NULL };
  g_autoptr(GError) error = NULL;
  char *output = NULL;

  run->program = g_object_new (PULSAR_TYPE_MULTI_APP, "argv", argv, NULL);
  g_signal_connect (run->program, "build", G_CALLBACK (build_cb), run);
  pulsar_configurator_load_with_output (run->program, &output, &error);
  g_assert_no_error (error);
  g_assert_nonnull (output);
  return output;
}

static void
check_printed (GType          type,
               guint          prefixed,
               PulsarSetting *setting,
               const char    *text)
{
  g_auto(Run) given = { .type = type, .prefixed = prefixed, .name = pulsar_setting_get_name (setting) };
  g_auto(Run) read = { .type = type, .prefixed = prefixed, .name = pulsar_setting_get_name (setting) };
  g_autofree char *printed = NULL;
  g_autofree char *printed_again = NULL;
  g_autofree char *option = NULL;
  PulsarSetting *one, *other;

  given.texts[PULSAR_ORIGIN_PARAMETER] = text;
  printed = print (&given, NULL);
  read.folder = g_dir_make_tmp ("settings-XXXXXX", NULL);
  read.file = g_build_filename (read.folder, "test.conf", NULL);
  option = g_strconcat ("--config=", read.file, NULL);
  g_assert_true (g_file_set_contents (read.file, printed, -1, NULL));
  printed_again = print (&read, option);

  one = pulsar_config_get_setting (config_of (&given), given.name);
  other = pulsar_config_get_setting (config_of (&read), given.name);
  g_assert_cmpvariant (pulsar_setting_get_value (one), pulsar_setting_get_value (other));
  g_assert_cmpstr (pulsar_setting_get_word (one), ==, pulsar_setting_get_word (other));
  g_assert_cmpint (pulsar_setting_get_origin (other), ==, PULSAR_ORIGIN_KEY_FILE);
  g_assert_nonnull (strstr (printed_again, read.file));
}

static void
test_printed (gconstpointer data)
{
  GType type = GPOINTER_TO_SIZE (data);
  g_autoptr(PulsarConfigurator) model = NULL;
  GListModel *settings = list_settings (type, &model);

  g_test_summary ("What --print-config prints of each setting is the same value when it is read");
  for (guint i = 0; i < g_list_model_get_n_items (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);
      gboolean is_global = (pulsar_setting_get_flags (setting) & PULSAR_SETTING_GLOBAL) != 0;
      GVariant *words = pulsar_setting_get_words (setting);
      g_auto(Values) values = { NULL };

      /* It says which file is read. */
      if (g_str_equal (pulsar_setting_get_name (setting), "config"))
        continue;
      make_values (setting, &values);
      for (guint prefixed = 0; prefixed < (is_global ? 1 : 2); prefixed++)
        {
          g_test_message ("%s%s", pulsar_setting_get_name (setting), prefixed ? ", prefixed" : "");
          check_printed (type, prefixed, setting, values.one);
          check_printed (type, prefixed, setting, values.other);
          for (gsize j = 0; words != NULL && j < g_variant_n_children (words); j++)
            {
              const char *word = NULL;

              g_variant_get_child (words, j, "{&sv}", &word, NULL);
              check_printed (type, prefixed, setting, word);
            }
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GArray) types = NULL;

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  types = list_types ();
  g_assert_cmpuint (types->len, >=, 2);
  for (guint i = 0; i < types->len; i++)
    {
      GType type = g_array_index (types, GType, i);
      g_autofree char *layers = g_strdup_printf ("/settings/%s/layers", g_type_name (type));
      g_autofree char *bad = g_strdup_printf ("/settings/%s/bad", g_type_name (type));
      g_autofree char *printed = g_strdup_printf ("/settings/%s/printed", g_type_name (type));

      g_test_add_data_func (layers, GSIZE_TO_POINTER (type), test_layers);
      g_test_add_data_func (bad, GSIZE_TO_POINTER (type), test_bad);
      g_test_add_data_func (printed, GSIZE_TO_POINTER (type), test_printed);
    }
  g_test_add_data_func ("/settings/effects", types, test_effects);

  return g_test_run ();
}
