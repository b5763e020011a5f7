/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What GKeyFile does not tell: at which line things stand, what stands there twice, and every mistake instead of the first
 * one. GKeyFile reads the values; a test and the fuzz target see to it that both find the same keys and values. */

typedef enum
{
  PULSAR_KEY_FILE_GROUP,
  PULSAR_KEY_FILE_ENTRY,
  PULSAR_KEY_FILE_MISTAKE,
} PulsarKeyFileKind;

typedef struct
{
  PulsarKeyFileKind kind;
  guint line;   /* counted from 1 */
  char *group;  /* (owned) (nullable) of a group and an entry */
  char *key;    /* (owned) (nullable) of an entry */
  char *value;  /* (owned) (nullable) of an entry: as it stands there */
  char *text;   /* (owned) (nullable) of a mistake: what is wrong */
} PulsarKeyFileItem;

typedef struct
{
  GPtrArray *items;  /* (owned) of PulsarKeyFileItem, in the order of the file, duplicates included */
  char *readable;    /* (owned) the text without what is wrong or there before, of as many lines, for GKeyFile */
} PulsarKeyFileScan;

PulsarKeyFileScan *pulsar_key_file_scan_new  (const char         *data,
                                              gsize               size) G_GNUC_WARN_UNUSED_RESULT;
void               pulsar_key_file_scan_free (PulsarKeyFileScan  *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarKeyFileScan, pulsar_key_file_scan_free)

G_END_DECLS
