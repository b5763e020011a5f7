/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-option-keys-private.h>

G_BEGIN_DECLS

/* A key file larger than this is something else. */
#define PULSAR_KEY_FILE_SIZE_MAX (4 * 1024 * 1024)

/* What reading key files collects. */
typedef struct
{
  PulsarOptionTable *table;  /* takes the values of settings */
  PulsarOptionKeys *keys;    /* of that table */
  GHashTable *parameters;    /* name → GVariant: those of [params] */
  GString *errors;           /* one line for each mistake */
  const char *named_by;      /* (nullable) what names the files, “--config” for instance */
  gboolean strict;           /* whether names that nobody knows are mistakes; else they are logged */
  GPtrArray *notices;        /* (element-type utf8) what is no mistake */
} PulsarKeyFileTarget;

/* Reads the file at @path. */
void pulsar_key_file_read (const PulsarKeyFileTarget *target,
                           const char                *path);

G_END_DECLS
