/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/config/pulsar-config-loader-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

#define PSPEC_FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

/* One program of two applications. */
typedef struct
{
  PulsarConfig *main;
  PulsarConfig *rpc;
  PulsarConfigLoader *loader;
  PulsarConfigLoaderOutcome outcome;
  char *output;
} Program;

/* A setting of each kind, and values that are hard to write down. */
typedef struct
{
  const char *name;
  const char *value;  /* GVariant text, or a word */
} Value;

static const Value hard_values[] = {
  { "text", "'  spaces at both ends  '" },
  { "text", "'tab\\there, line\\nbreak\\rand \\\\s \\\\n backslashes\\\\'" },
  { "text", "'“quotes” \"and\" \\'more\\' # no comment ; = [x]'" },
  { "text", "'Größe 尺寸 🙂'" },
  { "text", "'auto'" },
  { "text", "''" },
  { "text", "'   '" },
  { "secret", "'pass;word\\\\ '" },
  { "list", "@as []" },
  { "list", "['']" },
  { "list", "['', '']" },
  { "list", "['a;b', 'c,d', ' e ', 'back\\\\slash', 'new\\nline', 'ü']" },
  { "list", "'none'" },
  { "flags", "@as []" },
  { "flags", "['global', 'runtime']" },
  { "enum", "'duration'" },
  { "boolean", "true" },
  { "int", "-7" },
  { "int", "'never'" },
  { "uint", "uint32 4294967295" },
  { "int64", "int64 -9223372036854775808" },
  { "uint64", "uint64 9223372036854775807" },
  { "double", "0.1" },
  { "double", "1e-300" },
  { "double", "0.30000000000000004" },
  { "duration", "int64 1234567" },
  { "duration", "int64 5400000000" },
  { "size", "uint64 1025" },
  { "size", "uint64 68719476736" },
  { "command", "['a b', '', 'c\\'d', 'e\"f', '--g=h;i', '$x']" },
  { "command", "@as []" },
  { "shared", "'for all'" },
};

static void
add_settings (PulsarConfig *config)
{
  GVariant *never = g_variant_new_parsed ("{'never': <-1>}");
  GVariant *none = g_variant_new_parsed ("{'none': <@as []>}");
  PulsarSetting *settings[] = {
    pulsar_setting_new (g_param_spec_string ("text", "Text", NULL, "default", PSPEC_FLAGS), NULL, NULL, 0),
    pulsar_setting_new (g_param_spec_string ("secret", "Secret", NULL, "s3cret", PSPEC_FLAGS), NULL, NULL,
                        PULSAR_SETTING_SECRET),
    pulsar_setting_new (g_param_spec_string ("quiet", "Quiet", NULL, NULL, PSPEC_FLAGS), NULL, NULL,
                        PULSAR_SETTING_HIDDEN),
    pulsar_setting_new_with_properties ("pspec", g_param_spec_boxed ("list", "List", NULL, G_TYPE_STRV, PSPEC_FLAGS),
                                        "words", none, "section", "Lists", NULL),
    pulsar_setting_new (g_param_spec_flags ("flags", "Flags", NULL, PULSAR_TYPE_SETTING_FLAGS, 1, PSPEC_FLAGS),
                        "Lists", NULL, 0),
    pulsar_setting_new (g_param_spec_enum ("enum", "Enum", NULL, PULSAR_TYPE_SETTING_UNIT, 0, PSPEC_FLAGS),
                        NULL, NULL, 0),
    pulsar_setting_new (g_param_spec_boolean ("boolean", "Boolean", NULL, FALSE, PSPEC_FLAGS), NULL, NULL, 0),
    pulsar_setting_new_with_properties ("pspec", g_param_spec_int ("int", "Int", NULL, -9, 9, 1, PSPEC_FLAGS),
                                        "words", never, NULL),
    pulsar_setting_new (g_param_spec_uint ("uint", "Uint", NULL, 0, G_MAXUINT, 1, PSPEC_FLAGS), NULL, NULL, 0),
    pulsar_setting_new (g_param_spec_int64 ("int64", "Int64", NULL, G_MININT64, G_MAXINT64, 1, PSPEC_FLAGS),
                        NULL, NULL, 0),
    pulsar_setting_new (g_param_spec_uint64 ("uint64", "Uint64", NULL, 0, G_MAXUINT64, 1, PSPEC_FLAGS),
                        NULL, NULL, 0),
    pulsar_setting_new (g_param_spec_double ("double", "Double", NULL, 0.0, 9.0, 1.0, PSPEC_FLAGS),
                        NULL, NULL, 0),
    pulsar_setting_new_with_properties ("pspec", g_param_spec_int64 ("duration", "Duration", NULL, 0, G_MAXINT64, 1,
                                                                     PSPEC_FLAGS),
                                        "unit", PULSAR_SETTING_UNIT_DURATION, NULL),
    pulsar_setting_new_with_properties ("pspec", g_param_spec_uint64 ("size", "Size", NULL, 0, G_MAXUINT64, 1,
                                                                      PSPEC_FLAGS),
                                        "unit", PULSAR_SETTING_UNIT_SIZE, NULL),
    pulsar_setting_new_with_properties ("pspec", g_param_spec_boxed ("command", "Command", NULL, G_TYPE_STRV,
                                                                     PSPEC_FLAGS),
                                        "unit", PULSAR_SETTING_UNIT_COMMAND, NULL),
    pulsar_setting_new (g_param_spec_boxed ("config", "Config", NULL, G_TYPE_STRV, PSPEC_FLAGS), NULL, NULL,
                        PULSAR_SETTING_GLOBAL),
    pulsar_setting_new (g_param_spec_string ("shared", "Shared", NULL, NULL, PSPEC_FLAGS), NULL, NULL,
                        PULSAR_SETTING_GLOBAL),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = settings[i];

      pulsar_config_add_setting (config, setting);
    }
}

static Program *
program_new (void)
{
  static const char * const environment[] = { NULL };
  Program *program = g_new0 (Program, 1);

  program->main = pulsar_config_new ();
  program->rpc = pulsar_config_new ();
  add_settings (program->main);
  add_settings (program->rpc);
  program->loader = pulsar_config_loader_new ("test", NULL, NULL, "1.2");
  pulsar_config_loader_add (program->loader, program->main, NULL, "test");
  pulsar_config_loader_add (program->loader, program->rpc, "rpc", "rpc_test");
  pulsar_config_loader_set_environment (program->loader, environment);
  pulsar_config_loader_read_files (program->loader, NULL, TRUE);
  return program;
}

static void
program_free (Program *program)
{
  g_clear_pointer (&program->loader, pulsar_config_loader_free);
  g_assert_finalize_object (program->main);
  g_assert_finalize_object (program->rpc);
  g_free (program->output);
  g_free (program);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Program, program_free)

static gboolean
load (Program     *program,
      const char  *arguments,
      GError     **error)
{
  g_autofree char *line = g_strconcat ("test ", arguments, NULL);
  g_auto(GStrv) argv = g_strsplit (line, " ", -1);

  g_clear_pointer (&program->output, g_free);
  return pulsar_config_loader_load (program->loader, (const char * const *) argv, &program->outcome, &program->output,
                                    error);
}

static const char *
print (Program    *program,
       const char *arguments)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (load (program, arguments, &error));
  g_assert_no_error (error);
  g_assert_cmpint (program->outcome, ==,
                   strstr (arguments, "--check-config") != NULL ? PULSAR_CONFIG_LOADER_CHECK : PULSAR_CONFIG_LOADER_PRINT);
  return program->output;
}

static void
set (PulsarConfig *config,
     const char   *name,
     GVariant     *value)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (pulsar_config_set_value (config, name, value, &error));
  g_assert_no_error (error);
}

static void
test_print_form (void)
{
  g_autoptr(Program) program = program_new ();
  const char *text;

  g_test_summary ("A key file with the origin of each value; what nobody set stands in it as a comment");
  set (program->main, "colour", g_variant_new_parsed ("<uint16 7>"));
  set (program->main, "a name", g_variant_new_string ("no key"));
  set (program->rpc, "colour", g_variant_new_parsed ("<uint16 7>"));
  set (program->rpc, "shape", g_variant_new_string ("round"));
  text = print (program, "--print-config --int 3 --rpc-list=a,b --shared x");

  g_assert_true (g_str_has_prefix (text, "# Configuration of test\n"));
  g_assert_nonnull (strstr (text, "\n[pulsar]\n"));
  g_assert_nonnull (strstr (text, "\n\n# Int\n# command line: --int\nint=3\n\n"));
  g_assert_nonnull (strstr (text, "\n\n# Text\n# default\n#text=default\n\n"));
  g_assert_nonnull (strstr (text, "\n\n# Shared\n# command line: --shared\nshared=x\n"));
  g_assert_nonnull (strstr (text, "\n\n# List\n# default\n#list=\n\n# Flags\n# default\n#flags=global;\n\n"));
  g_assert_nonnull (strstr (text, "\n[rpc]\n"));
  g_assert_nonnull (strstr (text, "\n\n# List\n# command line: --rpc-list\nlist=a;b;\n\n"));
  g_assert_true (g_str_has_suffix (text, "\n[params]\n\n# given by the program to [pulsar]\n# a name='no key'\n"
                                   "\ncolour=<uint16 7>\n\n# given by the program to [rpc]\n# shape='round'\n"));
  g_assert_null (strstr (text, "quiet"));
  g_assert_null (strstr (strstr (text, "[rpc]"), "shared"));
  g_assert_cmpint (pulsar_config_get_phase (program->main), ==, PULSAR_CONFIG_PHASE_OPEN);

  g_assert_nonnull (strstr (print (program, "--quiet no --print-config"), "\nquiet=no\n"));
}

static void
test_print_secret (void)
{
  static const char *const environment[] = { "PULSAR_SECRET=tooth", NULL };
  g_autoptr(Program) program = program_new ();
  g_autoptr(GError) error = NULL;
  const char *text;

  g_test_summary ("A secret is printed only when asked for, and its mask is no value that could be read");
  pulsar_config_loader_set_environment (program->loader, environment);
  text = print (program, "--print-config");
  g_assert_null (strstr (text, "tooth"));
  g_assert_null (strstr (text, "s3cret"));
  g_assert_nonnull (strstr (text, "\n# Secret\n# environment: PULSAR_SECRET\n# “--show-secrets” shows the value\n#secret=***\n"));
  text = print (program, "--print-config --show-secrets");
  g_assert_nonnull (strstr (text, "\n# Secret\n# environment: PULSAR_SECRET\nsecret=tooth\n"));

  g_assert_false (load (program, "--show-secrets", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
  g_assert_cmpstr (error->message, ==, "--show-secrets: allowed only together with “--print-config”");
}

static void
test_print_comment (void)
{
  g_autoptr(Program) program = program_new ();
  g_autoptr(GError) error = NULL;

  g_test_summary ("No origin can end the comment it stands in");
  g_assert_true (pulsar_config_set_from (program->main, "int", g_variant_new_int32 (2), PULSAR_ORIGIN_PARAMETER,
                                         "/tmp/a\nint=9\n[pulsar]\xe2\x80\xa8:1", &error));
  g_assert_nonnull (strstr (print (program, "--print-config"), "\n# given by the program: /tmp/a int=9 [pulsar] :1\nint=2\n"));
}

static void
test_check (void)
{
  g_autoptr(Program) program = program_new ();
  static const char * const environment[] = { "PULSAR_INT=99", "PULSAR_RPC_ENUM=x", NULL };
  g_autoptr(GError) error = NULL;

  g_test_summary ("--check-config says OK, or every mistake");
  g_assert_cmpstr (print (program, "--check-config"), ==, "test: the configuration is OK\n");
  g_assert_cmpint (pulsar_config_get_phase (program->main), ==, PULSAR_CONFIG_PHASE_OPEN);

  pulsar_config_loader_set_environment (program->loader, environment);
  g_assert_false (load (program, "--check-config --double=x --duration 1parsec", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  g_assert_cmpstr (error->message, ==,
                   "PULSAR_INT: “99” is out of range; allowed: a whole number from -9 to 9, or never\n"
                   "PULSAR_RPC_ENUM: “x” is none of the values; allowed: plain, duration, size or command\n"
                   "--double: “x” is not a number; allowed: a number from 0 to 9\n"
                   "--duration: “1parsec” is not a duration such as “500 ms”, “1.5 s”, “10 min” or “2 h”; allowed: "
                   "a duration of at least 0 s");
  g_clear_error (&error);

  g_assert_false (load (program, "--check-config --print-config", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
  g_clear_error (&error);
  g_assert_false (load (program, "--check-config --nonsense", &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_USAGE);
  g_clear_error (&error);
  g_assert_true (load (program, "--check-config --help --nonsense", &error));
  g_assert_true (g_str_has_prefix (program->output, "Usage: "));
}

/* Reads a printed file into another program of the same kind. */
static void
read_back (Program    *program,
           const char *text)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "printed.conf", NULL);
  g_autofree char *arguments = g_strdup_printf ("--config %s", path);
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, &error));
  g_assert_no_error (error);
  load (program, arguments, &error);
  g_assert_no_error (error);
  g_assert_no_errno (g_remove (path));
}

static void
assert_same (PulsarConfig *one,
             PulsarConfig *other)
{
  GListModel *settings = pulsar_config_get_settings (one);

  for (guint i = 0; i < g_list_model_get_n_items (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = g_list_model_get_item (settings, i);
      PulsarSetting *twin = pulsar_config_get_setting (other, pulsar_setting_get_name (setting));
      g_autofree char *text = g_variant_print (pulsar_setting_get_value (setting), TRUE);
      g_autofree char *twin_text = g_variant_print (pulsar_setting_get_value (twin), TRUE);

      if (g_str_equal (pulsar_setting_get_name (setting), "config"))
        continue;
      g_assert_cmpstr (text, ==, twin_text);
      g_assert_cmpstr (pulsar_setting_get_word (setting), ==, pulsar_setting_get_word (twin));
      g_assert_true (pulsar_setting_get_is_modified (setting) == pulsar_setting_get_is_modified (twin));
    }
}

static void
test_print_round_trip (void)
{
  g_test_summary ("What is printed and read again gives the same values, words, and modifications");
  for (gsize i = 0; i < G_N_ELEMENTS (hard_values); i++)
    {
      g_autoptr(Program) program = program_new ();
      g_autoptr(Program) other = program_new ();
      gboolean shared = g_str_equal (hard_values[i].name, "shared");
      g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (hard_values[i].value));

      g_test_message ("%s=%s", hard_values[i].name, hard_values[i].value);
      set (program->main, hard_values[i].name, value);
      set (program->rpc, hard_values[i].name, value);
      read_back (other, print (program, "--print-config --show-secrets"));
      assert_same (program->main, other->main);
      if (!shared)
        assert_same (program->rpc, other->rpc);
    }
}

static void
test_print_parameters (void)
{
  static const char * const values[] = {
    "'text; with = and # and \\n'", "[1, 2]", "{'a': <{'b': <'ü'>}>}", "@mau nothing", "('x', 1.5)", "byte 0x07",
    "' spaces '",
  };

  g_test_summary ("Free parameters that all applications have come back with their types");
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr(Program) program = program_new ();
      g_autoptr(Program) other = program_new ();
      g_autoptr(GVariant) value = g_variant_ref_sink (g_variant_new_parsed (values[i]));
      g_autoptr(GVariant) found = NULL;

      g_test_message ("%s", values[i]);
      set (program->main, "thing", value);
      set (program->rpc, "thing", value);
      set (program->main, "own", value);
      read_back (other, print (program, "--print-config"));
      found = pulsar_config_get_value (other->rpc, "thing");
      g_assert_cmpvariant (found, value);
      g_assert_null (pulsar_config_get_value (other->main, "own"));
    }
}

int
main (int    argc,
      char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add_func ("/config-print/form", test_print_form);
  g_test_add_func ("/config-print/secret", test_print_secret);
  g_test_add_func ("/config-print/comment", test_print_comment);
  g_test_add_func ("/config-print/check", test_check);
  g_test_add_func ("/config-print/round-trip", test_print_round_trip);
  g_test_add_func ("/config-print/parameters", test_print_parameters);

  return g_test_run ();
}
