/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pulsar-test.h"

#include <glib/gstdio.h>
#include <pulsar-glib/pulsar.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pulsar-glib/config/pulsar-config-files-private.h"
#include "pulsar-glib/config/pulsar-config-loader-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-key-file-scan-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"

#define PSPEC_FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)

typedef struct
{
  PulsarConfig *main;
  PulsarConfig *rpc;
  PulsarConfigLoader *loader;
  char *folder;
} Fixture;

static gboolean
refuse_thirteen (PulsarSetting  *setting,
                 GVariant       *value,
                 gpointer        user_data,
                 GError        **error)
{
  if (g_variant_get_int32 (value) != 13)
    return TRUE;
  g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, "“13” brings bad luck; allowed: any other number");
  return FALSE;
}

static void
add_settings (PulsarConfig *config)
{
  static const char *const aliases[] = { "quit_timeout", NULL };
  PulsarSetting *settings[] = {
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_uint ("workers", NULL, NULL, 0, 100, 1, PSPEC_FLAGS), "short-flag", "w",
      "words", g_variant_new_parsed ("{'auto': <uint32 2>}"), NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_int64 ("exit-timeout", NULL, NULL, 0, 60000000, 1000000, PSPEC_FLAGS),
      "unit", PULSAR_SETTING_UNIT_DURATION, "aliases", aliases, NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_boolean ("debug", NULL, NULL, FALSE, PSPEC_FLAGS), "flags", PULSAR_SETTING_GLOBAL, NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_boxed ("config", NULL, NULL, G_TYPE_STRV, PSPEC_FLAGS), "flags", PULSAR_SETTING_GLOBAL,
      "short-flag", "c", NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_boxed ("bind", NULL, NULL, G_TYPE_STRV, PSPEC_FLAGS),
      "words", g_variant_new_parsed ("{'none': <@as []>}"), NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_flags ("kinds", NULL, NULL, PULSAR_TYPE_SETTING_FLAGS, 0, PSPEC_FLAGS), NULL),
    pulsar_setting_new_with_properties ("pspec", g_param_spec_string ("greeting", NULL, NULL, "", PSPEC_FLAGS), NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_int ("pin", NULL, NULL, 1000, 9999, 1000, PSPEC_FLAGS), "flags", PULSAR_SETTING_SECRET, NULL),
    pulsar_setting_new_with_properties ("pspec", g_param_spec_int ("number", NULL, NULL, 0, 99, 0, PSPEC_FLAGS), NULL),
    pulsar_setting_new_with_properties (
      "pspec", g_param_spec_boxed ("command", NULL, NULL, G_TYPE_STRV, PSPEC_FLAGS), "unit", PULSAR_SETTING_UNIT_COMMAND,
      "flags", PULSAR_SETTING_GLOBAL, NULL),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autoptr(PulsarSetting) setting = settings[i];

      if (g_str_equal (pulsar_setting_get_name (setting), "number"))
        pulsar_setting_set_validator (setting, refuse_thirteen, NULL, NULL);
      pulsar_config_add_setting (config, setting);
    }
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  static const char *const environment[] = { NULL };

  fixture->main = pulsar_config_new ();
  fixture->rpc = pulsar_config_new ();
  add_settings (fixture->main);
  add_settings (fixture->rpc);
  fixture->loader = pulsar_config_loader_new ("test", NULL, NULL, NULL);
  pulsar_config_loader_add (fixture->loader, fixture->main, NULL, "test");
  pulsar_config_loader_add (fixture->loader, fixture->rpc, "rpc", "rpc_test");
  pulsar_config_loader_set_environment (fixture->loader, environment);
  pulsar_config_loader_read_files (fixture->loader, NULL, TRUE);
  fixture->folder = g_dir_make_tmp ("key-file-XXXXXX", NULL);
}

static void
remove_all (const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))  /* one leads to /dev/null */
        g_chmod (path, 0700);
      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        remove_all (path);
      else
        g_assert_no_errno (g_unlink (path));
    }
  g_assert_no_errno (g_rmdir (folder));
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_pointer (&fixture->loader, pulsar_config_loader_free);
  g_assert_finalize_object (fixture->main);
  g_assert_finalize_object (fixture->rpc);
  remove_all (fixture->folder);
  g_clear_pointer (&fixture->folder, g_free);
}

static char *
write_file (Fixture    *fixture,
            const char *name,
            const char *contents,
            gssize      size)
{
  char *path = g_build_filename (fixture->folder, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_no_errno (g_mkdir_with_parents (folder, 0700));
  g_assert_true (g_file_set_contents (path, contents, size, NULL));
  return path;
}

/* Loads with these arguments, the names of files in the folder. */
static gboolean
load_files (Fixture             *fixture,
            const char * const  *names,
            GError             **error)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  PulsarConfigLoaderOutcome outcome;
  g_autofree char *output = NULL;

  g_ptr_array_add (argv, g_strdup ("test"));
  for (gsize i = 0; names[i] != NULL; i++)
    g_ptr_array_add (argv, g_strdup_printf ("--config=%s/%s", fixture->folder, names[i]));
  g_ptr_array_add (argv, NULL);
  return pulsar_config_loader_load (fixture->loader, (const char * const *) argv->pdata, &outcome, &output, error);
}

static gboolean
load_file (Fixture     *fixture,
           GError     **error)
{
  static const char *const names[] = { "test.conf", NULL };

  return load_files (fixture, names, error);
}

/* @text with the folder taken out of it. */
static char *
without_folder (Fixture    *fixture,
                const char *text)
{
  g_autofree char *folder = g_strconcat (fixture->folder, "/", NULL);
  g_auto(GStrv) parts = g_strsplit (text, folder, -1);

  return g_strjoinv ("", parts);
}

static void
assert_value (Fixture      *fixture,
              PulsarConfig *config,
              const char   *name,
              const char   *text,
              const char   *detail)
{
  PulsarSetting *setting = pulsar_config_get_setting (config, name);
  g_autofree char *actual = pulsar_setting_format (setting, pulsar_setting_get_value (setting));
  const char *actual_detail = pulsar_setting_get_origin_detail (setting);
  g_autofree char *short_detail = actual_detail != NULL ? without_folder (fixture, actual_detail) : NULL;

  g_assert_cmpstr (actual, ==, text);
  g_assert_cmpstr (short_detail, ==, detail);
  g_assert_cmpint (pulsar_setting_get_origin (setting), ==,
                   detail != NULL ? PULSAR_ORIGIN_KEY_FILE : PULSAR_ORIGIN_DEFAULT);
}

static void
test_key_file_values (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autofree char *path G_GNUC_UNUSED = write_file (fixture, "test.conf",
                                      "# a comment\n"
                                      "\n"
                                      "[pulsar]\n"
                                      "workers = auto\n"
                                      "quit_timeout=1.5s\n"
                                      "debug=yes\n"
                                      "  bind = a ; b\\;c;\\sd\\s; ;e,f\n"
                                      "kinds=global;secret\n"
                                      "greeting=  Gr\303\274\303\237e\\n\\\\ # x = [y]\n"
                                      "pin=1234\n"
                                      "command=env 'A=b c' x\n"
                                      "[rpc] \t\n"
                                      "workers=7\n"
                                      "bind=none\n"
                                      "[params]\n"
                                      "Some_Thing=['a;b', \"c\"]\n"
                                      "nested={'x': <uint32 5>}\n"
                                      "last=true", -1);
  g_autoptr(GVariant) parameters = NULL;
  g_autofree char *printed G_GNUC_UNUSED = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Every type of value, in the groups of both applications and that of parameters, with its line");
  g_assert_true (load_file (fixture, &error));
  g_assert_no_error (error);
  assert_value (fixture, fixture->main, "workers", "2", "test.conf:4 [pulsar]");
  assert_value (fixture, fixture->main, "exit-timeout", "1.5 s", "test.conf:5 [pulsar]");
  assert_value (fixture, fixture->main, "debug", "true", "test.conf:6 [pulsar]");
  assert_value (fixture, fixture->rpc, "debug", "true", "test.conf:6 [pulsar]");
  assert_value (fixture, fixture->main, "bind", "a,b;c, d ,,e\\,f", "test.conf:7 [pulsar]");
  assert_value (fixture, fixture->main, "kinds", "global,secret", "test.conf:8 [pulsar]");
  assert_value (fixture, fixture->main, "greeting", "Grüße\n\\ # x = [y]", "test.conf:9 [pulsar]");
  assert_value (fixture, fixture->main, "pin", "1234", "test.conf:10 [pulsar]");
  assert_value (fixture, fixture->rpc, "command", "env 'A=b c' x", "test.conf:11 [pulsar]");
  assert_value (fixture, fixture->rpc, "workers", "7", "test.conf:13 [rpc]");
  assert_value (fixture, fixture->rpc, "bind", "", "test.conf:14 [rpc]");
  assert_value (fixture, fixture->rpc, "greeting", "", NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&parameters, g_variant_unref);
      parameters = pulsar_config_get_parameters (i == 0 ? fixture->main : fixture->rpc);
      g_assert_cmpuint (g_variant_n_children (parameters), ==, 3);
      g_assert_true (g_variant_lookup (parameters, "last", "b", NULL));
      g_assert_true (g_variant_lookup (parameters, "nested", "a{sv}", NULL));
      g_assert_true (g_variant_lookup (parameters, "Some-Thing", "as", NULL));
    }
}

static void
test_key_file_mistakes (void)
{
  static const struct
  {
    const char *contents;
    const char *message;
  } rows[] = {
    { "[pulsar]\nwrokers=3\n", "test.conf:2: [pulsar] wrokers: there is no such setting; did you mean “workers”?" },
    { "[pulsar]\nWorkers=3\n", "test.conf:2: [pulsar] Workers: there is no such setting; did you mean “workers”?" },
    { "[rpc]\ndebug=true\n", "test.conf:2: [rpc] debug: there is no such setting; did you mean “debug” in [pulsar]?" },
    { "[pulsar]\nrpc-workers=3\n", "test.conf:2: [pulsar] rpc-workers: there is no such setting; did you mean “workers” in [rpc]?" },
    { "[pulsar]\nsomething=else\n", "test.conf:2: [pulsar] something: there is no such setting; “--help-all” lists them, and values of "
                                    "other names stand in [params]" },
    { "[Pulsar]\nx=y\n", "test.conf:1: [Pulsar]: there is no such group; did you mean “[pulsar]”? Allowed: [pulsar], [rpc] or [params]" },
    { "[web]\nx=y\n", "test.conf:1: [web]: there is no such group; allowed: [pulsar], [rpc] or [params]; "
                   "settings of the program itself stand in [pulsar]" },
    { "[pulsar]\nworkers=many\n", "test.conf:2: [pulsar] workers: “many” is not a whole number; allowed: a whole number from 0 to 100, "
                                  "or auto" },
    { "[pulsar]\nexit-timeout=5m\n", "test.conf:2: [pulsar] exit-timeout: “5m” is not a duration such as “500 ms”, “1.5 s”, “10 min” "
                                     "or “2 h”; allowed: a duration from 0 s to 1 min" },
    { "[pulsar]\nnumber=13\n", "test.conf:2: [pulsar] number: “13” brings bad luck; allowed: any other number" },
    { "[pulsar]\nkinds=global,secret\n", "test.conf:2: [pulsar] kinds: “global,secret” is none of the values; allowed: a list of global, "
                                         "secret, runtime or hidden (here “;” separates the elements of a list)" },
    { "[pulsar]\ndebug=\n", "test.conf:2: [pulsar] debug: “” is neither true nor false; allowed: true or false" },
    { "[pulsar]\npin=12\n", "test.conf:2: [pulsar] pin: “***” is out of range; allowed: a whole number from 1000 to 9999" },
    { "[pulsar]\nconfig=other.conf\n", "test.conf:2: [pulsar] config: a key file does not name others; put them into "
                                       "“test.conf.d/”, or give --config again" },
    { "[pulsar]\nworkers=1\n\nworkers=2\n", "test.conf:4: [pulsar] workers: given before, in line 2; delete one of the two" },
    { "[pulsar]\nbind=a;\t\t\t\t\n[pulsar]\nbind=\\q\\\n",
      "test.conf:3: [pulsar]: the group began before, in line 1; put what stands in it there\n"
      "test.conf:4: [pulsar] bind: given before, in line 2; delete one of the two" },
    { "[pulsar]\nquit-timeout=1\nexit_timeout=2\n", "test.conf:3: [pulsar] exit_timeout: the same as “quit-timeout” in line 2; delete one of "
                                                    "the two" },
    { "[params]\na_b=1\na-b=1\n", "test.conf:3: [params] a-b: the same as “a_b” in line 2; delete one of the two" },
    { "[pulsar]\n[rpc]\n[pulsar]\n", "test.conf:3: [pulsar]: the group began before, in line 1; put what stands in it there" },
    { "[params]\nworkers=1\n", "test.conf:2: [params] workers: this is a setting; move the line to [pulsar]" },
    { "[params]\nname=Hello\n", "test.conf:2: [params] name: this is no value in the text format of GVariant; allowed: 'a text' in "
                                "quotes, 42, 1.5, true, ['a', 'list']" },
    { "[params]\nname=\n", "test.conf:2: [params] name: this is no value in the text format of GVariant; allowed: 'a text' in "
                           "quotes, 42, 1.5, true, ['a', 'list']" },
    { "[pulsar]\ngreeting=C:\\dir\n", "test.conf:2: [pulsar] greeting: a backslash stands only before s, n, t, r and a backslash; "
                                      "write “\\\\” for one" },
    { "[pulsar]\ngreeting=\\q\\\n", "test.conf:2: [pulsar] greeting: a backslash stands only before s, n, t, r and a backslash; "
                                  "write “\\\\” for one" },
    { "[pulsar]\nbind=\\x\n", "test.conf:2: [pulsar] bind: a backslash stands only before s, n, t, r, “;” and a backslash; "
                              "write “\\\\” for one" },
    { "workers=1\n", "test.conf:1: this stands in no group; a line “[pulsar]” belongs before it" },
    { "[pulsar]\npin 1234\n", "test.conf:2: this is neither a group, as in “[pulsar]”, nor “key=value”, nor a comment, which begins "
                              "with “#”" },
    { "[pulsar]\n=3\n", "test.conf:2: this is neither a group, as in “[pulsar]”, nor “key=value”, nor a comment, which begins with “#”" },
    { "[pulsar]\nworkers[de]=3\n", "test.conf:2: this is neither a group, as in “[pulsar]”, nor “key=value”, nor a comment, which begins "
                                   "with “#”" },
    { "[pulsar] # main\n", "test.conf:1: a group is written “[name]”, alone on its line" },
    { "[]\n", "test.conf:1: a group is written “[name]”, alone on its line" },
    { "[pulsar\n", "test.conf:1: a group is written “[name]”, alone on its line" },
    { "[pulsar]\nEncoding=Latin1\n", "test.conf:2: there is no key “Encoding”; a key file is UTF-8" },
    { "\357\273\277[pulsar]\n", "test.conf:1: the file begins with a byte order mark; save it as UTF-8 without one" },
    { "[pulsar]\r\nworkers=2\r\n", "test.conf:1: the line ends as on Windows, with a carriage return; save the file with Unix line ends "
                                   "(dos2unix does) (the same in 1 more line)" },
    { "[pulsar]\ngreeting=Gr\374n\n# \374\n# \374\n", "test.conf:2: byte 12 of the line, 0xFC, is not valid UTF-8; save the file as "
                                                     "UTF-8, from Latin-1 with “iconv -f ISO-8859-1 -t UTF-8” "
                                                     "(the same in 2 more lines)" },
    { "\377\376[\0", "test.conf:1: the file is UTF-16; save it as UTF-8 (“iconv -f UTF-16 -t UTF-8” converts)" },
    { "\376\377", "test.conf:1: the file is UTF-16; save it as UTF-8 (“iconv -f UTF-16 -t UTF-8” converts)" },
    { "[pulsar]\nworkers=2 # two\n", "test.conf:2: [pulsar] workers: “2 # two” is not a whole number; allowed: a whole number from 0 to "
                                     "100, or auto (a comment has a line of its own)" },
  };

  g_test_summary ("Each mistake is told with file, line, group and key, twice alike, and nothing is set");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Fixture fixture = { NULL };
      g_autofree char *path = NULL;

      g_test_message ("%s", rows[i].message);
      set_up (&fixture, NULL);
      path = write_file (&fixture, "test.conf", rows[i].contents, -1);
      for (guint k = 0; k < 2; k++)
        {
          g_autoptr(GError) error = NULL;
          g_autofree char *message = NULL;

          g_assert_false (load_file (&fixture, &error));
          g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
          message = without_folder (&fixture, error->message);
          g_assert_cmpstr (message, ==, rows[i].message);
          g_assert_cmpint (pulsar_config_get_phase (fixture.main), ==, PULSAR_CONFIG_PHASE_OPEN);
        }
      g_free (path);
      path = write_file (&fixture, "test.conf", "", -1);
      g_assert_true (load_file (&fixture, NULL));
      assert_value (&fixture, fixture.main, "workers", "1", NULL);
      tear_down (&fixture, NULL);
    }
}

static void
test_key_file_all_mistakes (Fixture       *fixture,
                            gconstpointer  data)
{
  static const char contents[] = "[pulsar]\nworkers=x\n\0\nwrokers=1\n[rpc]\nworkers=101";
  static const char *const names[] = { "one.conf", "missing.conf", "two.conf", NULL };
  static const char *const environment[] = { "PULSAR_NUMBER=100", NULL };
  g_autofree char *one G_GNUC_UNUSED = write_file (fixture, "one.conf", contents, sizeof contents - 1);
  g_autofree char *drop_in G_GNUC_UNUSED = write_file (fixture, "one.conf.d/a.conf", "[pulsar]\ndebug=2\n", -1);
  g_autofree char *two G_GNUC_UNUSED = write_file (fixture, "two.conf", "[x]\n", -1);
  g_autofree char *message = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("All mistakes of all files, of the environment and of parameters come at once");
  pulsar_config_loader_set_environment (fixture->loader, environment);
  g_assert_false (load_files (fixture, names, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
  message = without_folder (fixture, error->message);
  g_assert_cmpstr (message, ==,
                   "PULSAR_NUMBER: “100” is out of range; allowed: a whole number from 0 to 99\n"
                   "one.conf:2: [pulsar] workers: “x” is not a whole number; allowed: a whole number from 0 to 100, or auto\n"
                   "one.conf:3: the line has a NUL byte, which no text has; take it out, or if this is another kind of file, name the right one\n"
                   "one.conf:4: [pulsar] wrokers: there is no such setting; did you mean “workers”?\n"
                   "one.conf:6: [rpc] workers: “101” is out of range; allowed: a whole number from 0 to 100, or auto\n"
                   "one.conf.d/a.conf:2: [pulsar] debug: “2” is neither true nor false; allowed: true or false\n"
                   "missing.conf: there is no such file (--config names it)\n"
                   "two.conf:1: [x]: there is no such group; allowed: [pulsar], [rpc] or [params]; "
                   "settings of the program itself stand in [pulsar]");
}

static void
test_key_file_many_mistakes (Fixture       *fixture,
                             gconstpointer  data)
{
  g_autoptr(GString) contents = g_string_new ("[pulsar]\n");
  g_autofree char *path = NULL;
  g_auto(GStrv) lines = NULL;
  g_autofree char *last = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Of a file full of mistakes only the first ones are told");
  for (guint i = 0; i < 1000; i++)
    g_string_append (contents, "garbage\n");
  path = write_file (fixture, "test.conf", contents->str, -1);
  g_assert_false (load_file (fixture, &error));
  lines = g_strsplit (error->message, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 21);
  last = without_folder (fixture, lines[20]);
  g_assert_cmpstr (last, ==, "test.conf: 980 more mistakes");
}

static void
test_key_file_unreadable (Fixture       *fixture,
                          gconstpointer  data)
{
  static const struct
  {
    const char *name;
    const char *message;
  } rows[] = {
    { "missing.conf", "missing.conf: there is no such file (--config names it)" },
    { "folder", "folder: this is a folder; a file is needed (--config names it)" },
    { "pipe", "pipe: this is no regular file; a key file has to be one (--config names it)" },
    { "zero", "zero: this is no regular file; a key file has to be one (--config names it)" },
    { "large", "large: the file is too large for a key file; allowed: at most 4 M (--config names it)" },
    { "loop", "loop: Too many levels of symbolic links (--config names it)" },
    { "large/x", "large/x: Not a directory (--config names it)" },
    { "secret", "secret: Permission denied (--config names it)" },
  };
  g_autofree char *large = write_file (fixture, "large", "x", 1);
  g_autofree char *secret = write_file (fixture, "secret", "[pulsar]\n", -1);
  g_autofree char *folder = g_build_filename (fixture->folder, "folder", NULL);
  g_autofree char *fifo = g_build_filename (fixture->folder, "pipe", NULL);
  g_autofree char *zero = g_build_filename (fixture->folder, "zero", NULL);
  g_autofree char *loop = g_build_filename (fixture->folder, "loop", NULL);
  g_autofree char *null = g_build_filename (fixture->folder, "null", NULL);
  const char *const null_names[] = { "null", NULL };
  g_autoptr(GError) null_error = NULL;

  g_test_summary ("What is no file that can be read is refused at once, whatever it is");
  g_assert_no_errno (truncate (large, 10 * 1000 * 1000));
  g_assert_no_errno (g_mkdir (folder, 0700));
  g_assert_no_errno (mkfifo (fifo, 0600));
  g_assert_no_errno (symlink ("/dev/zero", zero));
  g_assert_no_errno (symlink ("/dev/null", null));
  g_assert_no_errno (symlink ("loop", loop));
  g_assert_no_errno (g_chmod (secret, 0));
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *const names[] = { rows[i].name, NULL };
      g_autofree char *message = NULL;
      g_autoptr(GError) error = NULL;

      if (g_str_equal (rows[i].name, "secret") && access (secret, R_OK) == 0)
        continue;  /* root may read everything; tests/settings/mistakes gives that right away */
      g_assert_false (load_files (fixture, names, &error));
      g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
      message = without_folder (fixture, error->message);
      g_assert_cmpstr (message, ==, rows[i].message);
    }

  g_assert_true (load_files (fixture, null_names, &null_error));
  g_assert_no_error (null_error);
}

static void
test_key_file_order (Fixture       *fixture,
                     gconstpointer  data)
{
  static const struct
  {
    const char *name;
    const char *contents;
  } files[] = {
    { "a.conf", "[pulsar]\nworkers=1\nnumber=1\ngreeting=a\n[params]\nx=1\ny=1\n" },
    { "a.conf.d/20.conf", "[pulsar]\nworkers=4\n[params]\ny=2\n" },
    { "a.conf.d/10.conf", "[pulsar]\nworkers=2\nnumber=2\n" },
    { "a.conf.d/Z.conf", "[pulsar]\nworkers=5\n" },
    { "a.conf.d/b.conf", "[pulsar]\nworkers=6\n" },
    { "a.conf.d/.hidden.conf", "garbage" },
    { "a.conf.d/z.conf~", "garbage" },
    { "a.conf.d/README", "garbage" },
    { "b.conf", "[pulsar]\nnumber=9\n" },
  };
  static const char *const names[] = { "a.conf", "b.conf", NULL };
  static const char *const reversed[] = { "b.conf", "a.conf", NULL };
  g_autoptr(GVariant) parameters = NULL;
  g_autoptr(GError) error = NULL;
  int x = 0, y = 0;

  g_test_summary ("Later files win, drop-ins come after their file in the order of bytes, and a value keeps its file");
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path G_GNUC_UNUSED = write_file (fixture, files[i].name, files[i].contents, -1);
    }
  g_assert_true (load_files (fixture, names, &error));
  g_assert_no_error (error);
  assert_value (fixture, fixture->main, "workers", "6", "a.conf.d/b.conf:2 [pulsar]");
  assert_value (fixture, fixture->main, "number", "9", "b.conf:2 [pulsar]");
  assert_value (fixture, fixture->main, "greeting", "a", "a.conf:4 [pulsar]");
  parameters = pulsar_config_get_parameters (fixture->main);
  g_assert_true (g_variant_lookup (parameters, "x", "i", &x));
  g_assert_true (g_variant_lookup (parameters, "y", "i", &y));
  g_assert_cmpint (x, ==, 1);
  g_assert_cmpint (y, ==, 2);

  pulsar_config_set_phase (fixture->main, PULSAR_CONFIG_PHASE_OPEN);
  g_assert_true (load_files (fixture, reversed, &error));
  assert_value (fixture, fixture->main, "number", "2", "a.conf.d/10.conf:3 [pulsar]");
}

static void
test_key_file_sources (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autofree char *one G_GNUC_UNUSED = write_file (fixture, "one.conf", "[pulsar]\nnumber=1\n", -1);
  g_autofree char *two = write_file (fixture, "two.conf", "[pulsar]\nnumber=2\n", -1);
  g_autofree char *three = write_file (fixture, "three.conf", "[pulsar]\nnumber=3\n", -1);
  g_autofree char *variable = g_strconcat ("PULSAR_CONFIG=", two, NULL);
  const char *const environment[] = { variable, NULL };
  static const char *const empty[] = { "PULSAR_CONFIG=", NULL };
  static const char *const none[] = { NULL };
  static const char *const on_command_line[] = { "one.conf", NULL };
  const char *const in_code[] = { three, NULL };
  g_autoptr(GError) error = NULL;

  g_test_summary ("The command line names files before the environment, that before code, and who reads none reads none");
  g_assert_true (pulsar_config_set_strv (fixture->main, "config", in_code, &error));
  g_assert_true (load_files (fixture, none, &error));
  assert_value (fixture, fixture->main, "number", "3", "three.conf:2 [pulsar]");

  pulsar_config_loader_set_environment (fixture->loader, environment);
  g_assert_true (load_files (fixture, none, &error));
  assert_value (fixture, fixture->main, "number", "2", "two.conf:2 [pulsar]");
  g_assert_true (load_files (fixture, on_command_line, &error));
  assert_value (fixture, fixture->main, "number", "1", "one.conf:2 [pulsar]");

  pulsar_config_loader_set_environment (fixture->loader, empty);
  g_assert_true (load_files (fixture, none, &error));
  assert_value (fixture, fixture->main, "number", "0", NULL);
}

static void
test_key_file_strictness (Fixture       *fixture,
                          gconstpointer  data)
{
  g_autofree char *path G_GNUC_UNUSED = write_file (fixture, "test.conf", "[web]\nx=1\n[pulsar]\nwrokers=3\nnumber=5\n", -1);
  g_autofree char *wrong = NULL;
  g_autoptr(GError) error = NULL;

  g_test_summary ("Without strictness names that nobody knows are only logged; values stay checked");
  pulsar_config_loader_read_files (fixture->loader, NULL, FALSE);
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_MESSAGE, "*test.conf:1: [web]: there is no such group*");
  g_test_expect_message ("Pulsar", G_LOG_LEVEL_MESSAGE, "*test.conf:4: [pulsar] wrokers: *did you mean “workers”?");
  g_assert_true (load_file (fixture, &error));
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
  assert_value (fixture, fixture->main, "number", "5", "test.conf:5 [pulsar]");

  wrong = write_file (fixture, "test.conf", "[pulsar]\nnumber=x\n", -1);
  g_assert_false (load_file (fixture, &error));
  g_assert_error (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION);
}

static void
test_key_file_search (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autofree char *user = g_build_filename (fixture->folder, "user", NULL);
  g_autofree char *system = g_build_filename (fixture->folder, "system", NULL);
  const char *const folders[] = { user, system, NULL };
  g_autoptr(GString) errors = g_string_new (NULL);
  g_auto(GStrv) nothing = NULL;
  g_auto(GStrv) of_system = NULL;
  g_auto(GStrv) of_user = NULL;
  g_autofree char *system_file = NULL;
  g_autofree char *user_file = NULL;
  g_autofree char *drop_in = NULL;

  g_test_summary ("The first file of the name that exists is taken, with its drop-ins");
  nothing = pulsar_config_files_search (folders, "web", errors);
  g_assert_cmpuint (g_strv_length (nothing), ==, 0);
  system_file = write_file (fixture, "system/web/web.conf", "", -1);
  of_system = pulsar_config_files_search (folders, "web", errors);
  g_assert_cmpuint (g_strv_length (of_system), ==, 1);
  g_assert_cmpstr (of_system[0], ==, system_file);
  user_file = write_file (fixture, "user/web/web.conf", "", -1);
  drop_in = write_file (fixture, "user/web/web.conf.d/x.conf", "", -1);
  of_user = pulsar_config_files_search (folders, "web", errors);
  g_assert_cmpuint (g_strv_length (of_user), ==, 2);
  g_assert_cmpstr (of_user[0], ==, user_file);
  g_assert_cmpstr (of_user[1], ==, drop_in);
  g_assert_cmpstr (errors->str, ==, "");
}

static void
test_key_file_searched (Fixture       *fixture,
                        gconstpointer  data)
{
  g_autofree char *folder = g_build_filename (g_get_user_config_dir (), "test", NULL);
  g_autofree char *path = g_build_filename (folder, "test.conf", NULL);
  static const char *const names[] = { NULL };
  g_autoptr(GError) error = NULL;

  g_test_summary ("Only a program that was given its name searches");
  g_assert_no_errno (g_mkdir_with_parents (folder, 0700));
  g_assert_true (g_file_set_contents (path, "[pulsar]\nnumber=8\n", -1, NULL));
  g_assert_true (load_files (fixture, names, &error));
  assert_value (fixture, fixture->main, "number", "0", NULL);

  pulsar_config_loader_read_files (fixture->loader, "test", TRUE);
  g_assert_true (load_files (fixture, names, &error));
  g_assert_no_error (error);
  g_assert_cmpint (pulsar_config_get_int (fixture->main, "number"), ==, 8);
  g_assert_no_errno (g_unlink (path));
  g_assert_no_errno (g_rmdir (folder));
}

/* Both find the same keys with the same text, except for lines the scan refuses and GKeyFile is not shown. */
static void
assert_agreement (const char *data,
                  gsize       size)
{
  g_autoptr(PulsarKeyFileScan) scan = pulsar_key_file_scan_new (data, size);
  g_autoptr(GKeyFile) key_file = g_key_file_new ();
  g_autoptr(GHashTable) first = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto(GStrv) groups = NULL;
  g_autoptr(GError) error = NULL;
  GHashTableIter iter;
  gpointer item_pointer;
  guint n_keys = 0;

  g_key_file_load_from_data (key_file, scan->readable, strlen (scan->readable), G_KEY_FILE_KEEP_TRANSLATIONS, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < scan->items->len; i++)
    {
      PulsarKeyFileItem *item = scan->items->pdata[i];

      if (item->kind == PULSAR_KEY_FILE_GROUP)
        g_assert_true (g_key_file_has_group (key_file, item->group));
      else if (item->kind == PULSAR_KEY_FILE_ENTRY)
        {
          g_autofree char *name = g_strdup_printf ("%s\n%s", item->group, item->key);

          if (!g_hash_table_contains (first, name))
            g_hash_table_insert (first, g_steal_pointer (&name), item);
        }
    }
  groups = g_key_file_get_groups (key_file, NULL);
  for (gsize i = 0; groups[i] != NULL; i++)
    {
      g_auto(GStrv) keys = g_key_file_get_keys (key_file, groups[i], NULL, NULL);

      /* One that is there twice is listed twice. */
      for (gsize k = 0; keys != NULL && keys[k] != NULL; k++)
        n_keys += !g_strv_contains ((const char *const *) keys + k + 1, keys[k]);
    }
  g_assert_cmpuint (n_keys, ==, g_hash_table_size (first));
  g_hash_table_iter_init (&iter, first);
  while (g_hash_table_iter_next (&iter, NULL, &item_pointer))
    {
      const PulsarKeyFileItem *item = item_pointer;
      g_autofree char *value = g_key_file_get_value (key_file, item->group, item->key, NULL);

      g_assert_cmpstr (value, ==, item->value);
    }
}

static void
test_key_file_agreement (void)
{
  static const char *const texts[] = {
    "", "\n", "[a]", "[a]\n", "[a]\nb=c", "[a]\nb=c\n\n\n", "  [a]  \n\t b \t = \t c \n", "[a]\nb==c\nb=\n", "[a]\nb = [c]\n[d]\n",
    "[a]\nb=c\nb=d\n[a]\nb=e\n", "[a]b\n", "[a]]\n", "[[a]\n", "[a\001]\n", "[]\n=\n", "[a]\n=b\n", "[a]\nb\n", "x=1\n[a]\nb=1\n",
    "[a]\nb[de]=c\nb]=c\n", "[a]\n#b=c\n #d=e\n;f=g\n", "[a]\n\fb=c\n", "[a]\n\vb=c\n", "[a]\nb c=d\n", "[ü]\nö=ä\n", "\xef\xbb\xbf[a]\nb=c\n",
    "[a]\r\nb=c\r\n", "[a]\nb=c\r", "[a]\nb=c\r\r\r", "[a]\r\r\nb=c\r\r\n", "[a]\n\377=c\nb=\377\n", "[a]\nEncoding=UTF-16\nb=c\n", "[ a ]\nb=c\n", "[a]\nb=\\x\n",
    "[a]\nb=\tc\td\t\n", "[a]\n\t\n \nb=c\n", "[a]\nb=c\\\nd=e\n",
  };
  g_autoptr(GRand) rand = g_rand_new_with_seed (42);
  static const char alphabet[] = "[]=# \t\n\r\\;ab\303\274\0\vE";

  g_test_summary ("The scan and GKeyFile agree about every key and value, whatever the text");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_test_message ("text %zu", i);
      assert_agreement (texts[i], strlen (texts[i]));
    }
  for (guint i = 0; i < 20000; i++)
    {
      char text[64];
      gsize size = (gsize) g_rand_int_range (rand, 0, sizeof text);

      for (gsize k = 0; k < size; k++)
        text[k] = alphabet[g_rand_int_range (rand, 0, sizeof alphabet - 1)];
      assert_agreement (text, size);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/key-file/values", test_key_file_values);
  g_test_add_func ("/key-file/mistakes", test_key_file_mistakes);
  ADD ("/key-file/mistakes/all", test_key_file_all_mistakes);
  ADD ("/key-file/mistakes/many", test_key_file_many_mistakes);
  ADD ("/key-file/unreadable", test_key_file_unreadable);
  ADD ("/key-file/order", test_key_file_order);
  ADD ("/key-file/sources", test_key_file_sources);
  ADD ("/key-file/strictness", test_key_file_strictness);
  ADD ("/key-file/search", test_key_file_search);
  ADD ("/key-file/searched", test_key_file_searched);
  g_test_add_func ("/key-file/agreement", test_key_file_agreement);

  return g_test_run ();
}
