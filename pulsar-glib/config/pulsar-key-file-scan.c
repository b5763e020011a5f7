/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/config/pulsar-key-file-scan-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* The first line with a mistake that is one of the whole file, and how many others have it. */
typedef struct
{
  guint line;
  guint n_others;
  guint column;  /* in bytes, from 1 */
  guint8 byte;
} Spread;

typedef struct
{
  PulsarKeyFileScan *result;
  GString *readable;
  GHashTable *seen;   /* the keys of entries, with their groups */
  const char *group;  /* (nullable) the one the line belongs to */
  guint line;
  Spread windows;
  Spread encoding;
  Spread nul;
} Scanner;

static void
item_free (PulsarKeyFileItem *item)
{
  g_free (item->group);
  g_free (item->key);
  g_free (item->value);
  g_free (item->text);
  g_free (item);
}

static PulsarKeyFileItem *
add_item (Scanner           *scanner,
          PulsarKeyFileKind  kind,
          guint              line)
{
  PulsarKeyFileItem *item = g_new0 (PulsarKeyFileItem, 1);

  item->kind = kind;
  item->line = line;
  g_ptr_array_add (scanner->result->items, item);
  return item;
}

static void
add_mistake (Scanner    *scanner,
             const char *text)
{
  add_item (scanner, PULSAR_KEY_FILE_MISTAKE, scanner->line)->text = g_strdup (text);
}

static void
note (Spread *spread,
      guint   line)
{
  if (spread->line == 0)
    spread->line = line;
  else
    spread->n_others++;
}

static void
note_byte (Spread     *spread,
           guint       line,
           const char *text,
           const char *at)
{
  if (spread->line == 0)
    {
      spread->column = (guint) (at - text) + 1;
      spread->byte = (guint8) *at;
    }
  note (spread, line);
}

static void
report (Scanner    *scanner,
        Spread     *spread,
        const char *text)
{
  PulsarKeyFileItem *item;

  if (spread->line == 0)
    return;
  item = add_item (scanner, PULSAR_KEY_FILE_MISTAKE, spread->line);
  if (spread->n_others == 0)
    item->text = g_strdup (text);
  else
    /* Translators: a mistake in a file, as in “the line ends as on Windows; … (the same in 3 more lines)” */
    item->text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s (the same in %u more line)",
                                               "%s (the same in %u more lines)", spread->n_others),
                                  text, spread->n_others);
}

/* A line that begins with “[”. */
static gboolean
read_group (Scanner    *scanner,
            const char *text)
{
  gsize length = 1;
  PulsarKeyFileItem *item;

  while (text[length] != '\0' && text[length] != '[' && text[length] != ']' && !g_ascii_iscntrl (text[length]))
    length++;
  if (length == 1 || text[length] != ']' || text[length + 1 + strspn (text + length + 1, " \t")] != '\0')
    {
      add_mistake (scanner, _("a group is written “[name]”, alone on its line"));
      return FALSE;
    }
  item = add_item (scanner, PULSAR_KEY_FILE_GROUP, scanner->line);
  item->group = g_strndup (text + 1, length - 1);
  scanner->group = item->group;
  return TRUE;
}

/* The value is never part of a message: it may be a secret. */
static gboolean
read_entry (Scanner    *scanner,
            const char *text)
{
  const char *equals = strchr (text, '=');
  g_autofree char *key = equals != NULL ? g_strchomp (g_strndup (text, equals - text)) : NULL;
  PulsarKeyFileItem *item;

  if (key == NULL || *key == '\0' || strpbrk (key, "[]") != NULL)
    {
      add_mistake (scanner, _("this is neither a group, as in “[pulsar]”, nor “key=value”, nor a comment, which begins with “#”"));
      return FALSE;
    }
  if (scanner->group == NULL)
    {
      add_mistake (scanner, _("this stands in no group; a line “[pulsar]” belongs before it"));
      return FALSE;
    }
  if (strcmp (key, "Encoding") == 0)
    {
      /* The first group of a GKeyFile cannot have any other. */
      add_mistake (scanner, _("there is no key “Encoding”; a key file is UTF-8"));
      return FALSE;
    }
  item = add_item (scanner, PULSAR_KEY_FILE_ENTRY, scanner->line);
  item->group = g_strdup (scanner->group);
  item->key = g_steal_pointer (&key);
  for (equals++; g_ascii_isspace (*equals); equals++)
    ;
  item->value = g_strdup (equals);
  /* Of two, GKeyFile would have the value of the second one at the line of the first. */
  return g_hash_table_add (scanner->seen, g_strdup_printf ("%s\n%s", item->group, item->key));
}

static gboolean
read_line (Scanner    *scanner,
           const char *text)
{
  while (g_ascii_isspace (*text))
    text++;
  if (*text == '\0' || *text == '#')
    return TRUE;
  return *text == '[' ? read_group (scanner, text) : read_entry (scanner, text);
}

static void
scan_line (Scanner    *scanner,
           const char *data,
           gsize       length)
{
  g_autofree char *text = NULL;
  const char *bad = NULL;

  if (length > 0 && data[length - 1] == '\r')
    note (&scanner->windows, scanner->line);
  while (length > 0 && data[length - 1] == '\r')
    length--;
  text = g_strndup (data, length);
  if (memchr (data, '\0', length) != NULL)
    note (&scanner->nul, scanner->line);
  else if (!g_utf8_validate (text, -1, &bad))
    note_byte (&scanner->encoding, scanner->line, text, bad);
  else if (read_line (scanner, text))
    g_string_append_len (scanner->readable, data, length);
}

static int
compare_lines (gconstpointer a,
               gconstpointer b)
{
  guint line_a = (*(PulsarKeyFileItem * const *) a)->line;
  guint line_b = (*(PulsarKeyFileItem * const *) b)->line;

  return line_a < line_b ? -1 : line_a > line_b;
}

/* What Windows calls Unicode: each of its lines would be one with NUL bytes. */
static gboolean
is_utf_16 (const char *data,
           gsize       size)
{
  return size >= 2 && (memcmp (data, "\xff\xfe", 2) == 0 || memcmp (data, "\xfe\xff", 2) == 0);
}

PulsarKeyFileScan *
pulsar_key_file_scan_new (const char *data,
                          gsize       size)
{
  static const char mark[] = { '\xef', '\xbb', '\xbf' };
  PulsarKeyFileScan *self = g_new0 (PulsarKeyFileScan, 1);
  g_autofree char *encoding = NULL;
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Scanner scanner = { .result = self, .readable = g_string_sized_new (size), .seen = seen };

  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  if (size >= sizeof mark && memcmp (data, mark, sizeof mark) == 0)
    {
      scanner.line = 1;
      add_mistake (&scanner, _("the file begins with a byte order mark; save it as UTF-8 without one"));
      data += sizeof mark;
      size -= sizeof mark;
    }
  if (is_utf_16 (data, size))
    {
      scanner.line = 1;
      add_mistake (&scanner, _("the file is UTF-16; save it as UTF-8 (“iconv -f UTF-16 -t UTF-8” converts)"));
      size = 0;
    }
  for (scanner.line = 1; size > 0; scanner.line++)
    {
      const char *end = memchr (data, '\n', size);
      gsize length = end != NULL ? (gsize) (end - data) : size;

      scan_line (&scanner, data, length);
      g_string_append_c (scanner.readable, '\n');
      length += end != NULL ? 1 : 0;
      data += length;
      size -= length;
    }
  report (&scanner, &scanner.windows,
          _("the line ends as on Windows, with a carriage return; save the file with Unix line ends (dos2unix does)"));
  /* Translators: which byte of the line it is, counted from 1, and its value */
  encoding = g_strdup_printf (_("byte %u of the line, 0x%02X, is not valid UTF-8; save the file as UTF-8, from Latin-1 with "
                                "“iconv -f ISO-8859-1 -t UTF-8”"), scanner.encoding.column, scanner.encoding.byte);
  report (&scanner, &scanner.encoding, encoding);
  report (&scanner, &scanner.nul,
          _("the line has a NUL byte, which no text has; take it out, or if this is another kind of file, name the right one"));

  g_ptr_array_sort (self->items, compare_lines);
  self->readable = g_string_free (scanner.readable, FALSE);
  return self;
}

void
pulsar_key_file_scan_free (PulsarKeyFileScan *self)
{
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->readable, g_free);
  g_free (self);
}
