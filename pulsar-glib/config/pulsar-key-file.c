/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-key-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pulsar-glib/base/pulsar-units-private.h"
#include "pulsar-glib/config/pulsar-key-file-scan-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"


/* So many lines of one file say what is wrong with it; nobody reads more. */
#define MAX_MISTAKES 20

typedef struct
{
  const PulsarKeyFileTarget *target;
  const char *path;
  char *shown;          /* (owned) the path for people, which is UTF-8 */
  GKeyFile *key_file;   /* (owned) (nullable) while its values are read */
  GHashTable *groups;   /* name → line, plus one */
  GHashTable *options;  /* PulsarOption → the item that set it */
  GHashTable *names;    /* name of a parameter → the item that set it */
  guint n_mistakes;
} Reader;

/* @text is what is wrong, at a line, or with 0 with the whole file. */
static void
add_mistake (Reader     *reader,
             guint       line,
             const char *text)
{
  GString *errors = reader->target->errors;

  if (reader->n_mistakes++ >= MAX_MISTAKES)
    return;
  if (errors->len > 0)
    g_string_append_c (errors, '\n');
  g_string_append (errors, reader->shown);
  if (line > 0)
    g_string_append_printf (errors, ":%u", line);
  g_string_append_printf (errors, ": %s", text);
}

/* One of the file as such: the mistake may be in what names it. */
static void
add_file_mistake (Reader     *reader,
                  const char *text)
{
  g_autofree char *full = NULL;

  if (reader->target->named_by != NULL)
    /* Translators: what is wrong with a file, and the option or variable it comes from: “there is no such file (--config names it)” */
    full = g_strdup_printf (_("%s (%s names it)"), text, reader->target->named_by);
  add_mistake (reader, 0, full != NULL ? full : text);
}

static void G_GNUC_PRINTF (3, 4)
add_key_mistake (Reader                  *reader,
                 const PulsarKeyFileItem *item,
                 const char              *format,
                 ...)
{
  g_autofree char *reason = NULL;
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  text = item->key != NULL ? g_strdup_printf ("[%s] %s: %s", item->group, item->key, reason)
                           : g_strdup_printf ("[%s]: %s", item->group, reason);
  add_mistake (reader, item->line, text);
}

/* A name that nobody knows: a mistake, or only worth a line in the log. */
static void
add_unknown (Reader                  *reader,
             const PulsarKeyFileItem *item,
             const char              *reason)
{
  if (reader->target->strict)
    add_key_mistake (reader, item, "%s", reason);
  else if (item->key != NULL)
    g_ptr_array_add (reader->target->notices, g_strdup_printf ("%s:%u: [%s] %s: %s", reader->shown, item->line, item->group,
                                                               item->key, reason));
  else
    g_ptr_array_add (reader->target->notices, g_strdup_printf ("%s:%u: [%s]: %s", reader->shown, item->line, item->group,
                                                               reason));
}

static gboolean
is_readable_type (const struct stat *info)
{
  return S_ISREG (info->st_mode) || (S_ISCHR (info->st_mode) && info->st_rdev == makedev (1, 3));  /* /dev/null */
}

static gboolean
read_all (int       fd,
          GString  *contents)
{
  char buffer[16 * 1024];

  for (;;)
    {
      gssize n = read (fd, buffer, sizeof buffer);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0 || contents->len > PULSAR_KEY_FILE_SIZE_MAX)
        return n >= 0;
      g_string_append_len (contents, buffer, n);
    }
}

/* Whose rights are missing is the question. */
static void
add_unreadable (Reader *reader)
{
  const struct passwd *user = getpwuid (geteuid ());
  g_autofree char *text = NULL;

  if (user != NULL)
    text = g_strdup_printf (_("the user “%s” may not read it"), user->pw_name);
  else
    text = g_strdup_printf (_("the user with number %u may not read it"), (guint) geteuid ());
  add_file_mistake (reader, text);
}

/* Never waits: what is no file, a pipe for instance, is refused. */
static GString *
read_contents (Reader *reader)
{
  g_autoptr(GString) contents = NULL;
  int fd = open (reader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat info;
  gboolean is_read = FALSE;

  if (fd < 0)
    {
      if (errno == ENOENT && strchr (reader->path, ':') != NULL)
        add_file_mistake (reader, _("there is no such file; “,” stands between several"));
      else if (errno == ENOENT)
        add_file_mistake (reader, _("there is no such file"));
      else if (errno == EACCES)
        add_unreadable (reader);
      else
        add_file_mistake (reader, g_strerror (errno));
      return NULL;
    }
  if (fstat (fd, &info) == 0 && is_readable_type (&info))
    {
      contents = g_string_sized_new (MIN ((gsize) info.st_size, PULSAR_KEY_FILE_SIZE_MAX) + 1);
      is_read = info.st_size <= PULSAR_KEY_FILE_SIZE_MAX && read_all (fd, contents);
      if (info.st_size > PULSAR_KEY_FILE_SIZE_MAX || contents->len > PULSAR_KEY_FILE_SIZE_MAX)
        {
          g_autofree char *size = pulsar_size_format (PULSAR_KEY_FILE_SIZE_MAX);
          g_autofree char *text = g_strdup_printf (_("the file is too large for a key file; allowed: at most %s"), size);

          add_file_mistake (reader, text);
          is_read = FALSE;
        }
      else if (!is_read)
        {
          add_file_mistake (reader, g_strerror (errno));
        }
    }
  else if (S_ISDIR (info.st_mode))
    {
      add_file_mistake (reader, _("this is a folder; a file is needed"));
    }
  else
    {
      add_file_mistake (reader, _("this is no regular file; a key file has to be one"));
    }
  close (fd);
  return is_read ? g_steal_pointer (&contents) : NULL;
}

static void
read_group (Reader                  *reader,
            const PulsarKeyFileItem *item)
{
  g_autofree char *name = pulsar_setting_canonical_name (item->group);
  guint line = GPOINTER_TO_UINT (g_hash_table_lookup (reader->groups, name));

  if (line > 0)
    {
      add_key_mistake (reader, item, _("the group began before, in line %u; put what stands in it there"), line);
      return;
    }
  g_hash_table_insert (reader->groups, g_strdup (name), GUINT_TO_POINTER (item->line));

  if (strcmp (name, PULSAR_GROUP_PARAMETERS) != 0 && !pulsar_option_keys_has_group (reader->target->keys, name))
    {
      const char *meant = pulsar_option_keys_suggest_group (reader->target->keys, name);
      g_autofree char *allowed = pulsar_option_keys_dup_groups (reader->target->keys);
      g_autofree char *reason = NULL;

      if (meant != NULL)
        reason = g_strdup_printf (_("there is no such group; did you mean “[%s]”? Allowed: %s"), meant, allowed);
      else
        reason = g_strdup_printf (_("there is no such group; allowed: %s; settings of the program itself stand in [%s]"), allowed, "pulsar");
      add_unknown (reader, item, reason);
    }
}

static gboolean
check_duplicate (Reader                  *reader,
                 const PulsarKeyFileItem *item,
                 const PulsarKeyFileItem *other)
{
  if (other == NULL)
    return TRUE;
  if (strcmp (other->key, item->key) == 0)
    add_key_mistake (reader, item, _("given before, in line %u; delete one of the two"), other->line);
  else
    add_key_mistake (reader, item, _("the same as “%s” in line %u; delete one of the two"), other->key, other->line);
  return FALSE;
}

/* GKeyFile is not asked: where two backslashes are wrong it sets an error over another one. */
static gboolean
check_escapes (Reader                  *reader,
               const PulsarKeyFileItem *item,
               gboolean                 is_list)
{
  const char *allowed = is_list ? "sntr\\;" : "sntr\\";

  for (const char *at = item->value; *at != '\0'; at++)
    {
      if (*at != '\\')
        continue;
      at++;
      if (*at == '\0' || strchr (allowed, *at) == NULL)
        {
          add_key_mistake (reader, item,
                           is_list ? _("a backslash stands only before s, n, t, r, “;” and a backslash; write “\\\\” for one")
                                   : _("a backslash stands only before s, n, t, r and a backslash; write “\\\\” for one"));
          return FALSE;
        }
    }
  return TRUE;
}

static char *
get_string (Reader                  *reader,
            const PulsarKeyFileItem *item)
{
  if (!check_escapes (reader, item, FALSE))
    return NULL;
  return g_key_file_get_string (reader->key_file, item->group, item->key, NULL);
}

static void
read_parameter (Reader                  *reader,
                const PulsarKeyFileItem *item)
{
  g_autofree char *name = pulsar_setting_canonical_name (item->key);
  g_autofree char *text = NULL;
  g_autoptr(GVariant) value = NULL;
  const char *group;

  group = pulsar_option_keys_find_group_of (reader->target->keys, name);
  if (group != NULL)
    {
      add_key_mistake (reader, item, _("this is a setting; move the line to [%s]"), group);
      return;
    }
  if (!check_duplicate (reader, item, g_hash_table_lookup (reader->names, name)))
    return;
  g_hash_table_insert (reader->names, g_strdup (name), (gpointer) item);

  text = get_string (reader, item);
  if (text == NULL)
    return;
  value = g_variant_parse (NULL, text, NULL, NULL, NULL);
  if (value == NULL)
    {
      add_key_mistake (reader, item, _("this is no value in the text format of GVariant; allowed: 'a text' in quotes, 42, "
                                       "1.5, true, ['a', 'list']"));
      return;
    }
  g_hash_table_replace (reader->target->parameters, g_steal_pointer (&name), g_steal_pointer (&value));
}

/* Takes space away at both ends of an element that stands there as @raw. An escaped one stays. */
static char *
strip_element (const char *element,
               const char *raw,
               gsize       raw_length)
{
  gsize n_before = 0;
  gsize n_after = 0;
  gsize length = strlen (element);

  while (n_before < raw_length && g_ascii_isspace (raw[n_before]))
    n_before++;
  while (n_before + n_after < raw_length && g_ascii_isspace (raw[raw_length - n_after - 1]))
    n_after++;
  return g_strndup (element + n_before, length - n_before - n_after);
}

/* A list of one element may be a word, which is a value as a whole. */
static GVariant *
get_list (Reader                  *reader,
          const PulsarKeyFileItem *item,
          PulsarSetting           *setting)
{
  g_auto(GStrv) elements = NULL;
  g_autoptr(GPtrArray) stripped = g_ptr_array_new_with_free_func (g_free);
  const char *raw = item->value;

  if (!check_escapes (reader, item, TRUE))
    return NULL;
  elements = g_key_file_get_string_list (reader->key_file, item->group, item->key, NULL, NULL);
  for (gsize i = 0; elements != NULL && elements[i] != NULL; i++)
    {
      gsize length = 0;

      while (raw[length] != '\0' && raw[length] != ';')
        length += raw[length] == '\\' && raw[length + 1] != '\0' ? 2 : 1;
      g_ptr_array_add (stripped, strip_element (elements[i], raw, length));
      raw += raw[length] == ';' ? length + 1 : length;
    }
  if (stripped->len == 1 && pulsar_setting_is_word (setting, stripped->pdata[0]))
    return g_variant_ref_sink (g_variant_new_string (stripped->pdata[0]));
  return g_variant_ref_sink (g_variant_new_strv ((const char * const *) stripped->pdata, stripped->len));
}

static GVariant *
get_value (Reader                  *reader,
           const PulsarKeyFileItem *item,
           PulsarSetting           *setting)
{
  g_autofree char *text = NULL;

  if (pulsar_setting_is_list (setting))
    return get_list (reader, item, setting);
  text = get_string (reader, item);
  return text != NULL ? g_variant_ref_sink (g_variant_new_string (text)) : NULL;
}

static gboolean
is_quoted (const char *text)
{
  gsize length = strlen (text);

  return length > 1 && (text[0] == '"' || text[0] == '\'') && text[length - 1] == text[0];
}

static void
read_setting (Reader                  *reader,
              const PulsarKeyFileItem *item,
              const PulsarOption      *option)
{
  g_autofree char *detail = NULL;
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) checked = NULL;
  g_autoptr(GError) error = NULL;

  if (!check_duplicate (reader, item, g_hash_table_lookup (reader->options, option)))
    return;
  g_hash_table_insert (reader->options, (gpointer) option, (gpointer) item);
  if (g_str_equal (pulsar_setting_get_name (option->setting), "config"))
    {
      add_key_mistake (reader, item, _("a key file does not name others; put them into “%s.d/”, or give --config again"),
                       reader->shown);
      return;
    }
  value = get_value (reader, item, option->setting);
  if (value == NULL)
    return;
  checked = pulsar_setting_check (option->setting, value, NULL, &error);
  if (checked == NULL)
    {
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY) && strchr (item->value, ',') != NULL)
        add_key_mistake (reader, item, _("%s (here “;” separates the elements of a list)"), error->message);
      else if (is_quoted (item->value))
        add_key_mistake (reader, item, _("%s (a key file has no quotes around a value)"), error->message);
      else if (strstr (item->value, " #") != NULL || strstr (item->value, " ;") != NULL)
        add_key_mistake (reader, item, _("%s (a comment has a line of its own)"), error->message);
      else
        add_key_mistake (reader, item, "%s", error->message);
      return;
    }

  detail = g_strdup_printf ("%s:%u [%s]", reader->shown, item->line, item->group);
  if (!pulsar_option_table_set (reader->target->table, option, value, PULSAR_ORIGIN_KEY_FILE, detail, &error))
    add_key_mistake (reader, item, "%s", error->message);
}

static void
read_entry (Reader                  *reader,
            const PulsarKeyFileItem *item)
{
  PulsarOptionKeys *keys = reader->target->keys;
  g_autofree char *group = pulsar_setting_canonical_name (item->group);
  const PulsarOption *option;
  g_autofree char *meant = NULL;
  g_autofree char *reason = NULL;

  if (strcmp (group, PULSAR_GROUP_PARAMETERS) == 0)
    {
      read_parameter (reader, item);
      return;
    }
  if (!pulsar_option_keys_has_group (keys, group))
    return;  /* the group is the mistake */
  option = pulsar_option_keys_find (keys, group, item->key);
  if (option != NULL)
    {
      read_setting (reader, item, option);
      return;
    }

  meant = pulsar_option_keys_suggest (keys, group, item->key);
  if (meant != NULL)
    reason = g_strdup_printf (_("there is no such setting; did you mean %s?"), meant);
  else
    reason = g_strdup_printf (_("there is no such setting; “--help-all” lists them, and values of other names stand in [%s]"),
                              PULSAR_GROUP_PARAMETERS);
  add_unknown (reader, item, reason);
}

static void
read_items (Reader                  *reader,
            const PulsarKeyFileScan *scan)
{
  for (guint i = 0; i < scan->items->len; i++)
    {
      const PulsarKeyFileItem *item = scan->items->pdata[i];

      switch (item->kind)
        {
        case PULSAR_KEY_FILE_GROUP:
          read_group (reader, item);
          break;
        case PULSAR_KEY_FILE_ENTRY:
          read_entry (reader, item);
          break;
        case PULSAR_KEY_FILE_MISTAKE:
        default:
          add_mistake (reader, item->line, item->text);
          break;
        }
    }
}

void
pulsar_key_file_read (const PulsarKeyFileTarget *target,
                      const char                *path)
{
  g_autofree char *shown = g_utf8_make_valid (path, -1);
  Reader reader = { .target = target, .path = path, .shown = shown };
  g_autoptr(GString) contents = read_contents (&reader);
  g_autoptr(PulsarKeyFileScan) scan = NULL;
  g_autoptr(GKeyFile) key_file = NULL;
  g_autoptr(GHashTable) groups = NULL;
  g_autoptr(GHashTable) options = NULL;
  g_autoptr(GHashTable) names = NULL;
  g_autoptr(GError) error = NULL;

  if (contents == NULL)
    return;
  scan = pulsar_key_file_scan_new (contents->str, contents->len);
  key_file = g_key_file_new ();
  groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  options = g_hash_table_new (NULL, NULL);
  names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  reader.key_file = key_file;
  reader.groups = groups;
  reader.options = options;
  reader.names = names;
  if (!g_key_file_load_from_data (key_file, scan->readable, strlen (scan->readable), G_KEY_FILE_NONE, &error))
    add_mistake (&reader, 0, error->message);
  else
    read_items (&reader, scan);
  if (reader.n_mistakes > MAX_MISTAKES)
    {
      guint n_more = reader.n_mistakes - MAX_MISTAKES;

      g_string_append_printf (target->errors, "\n%s: ", shown);
      g_string_append_printf (target->errors, g_dngettext (GETTEXT_PACKAGE, "%u more mistake", "%u more mistakes", n_more),
                              n_more);
    }
}
