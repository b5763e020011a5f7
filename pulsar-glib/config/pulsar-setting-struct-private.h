/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-layers-private.h>
#include <pulsar-glib/config/pulsar-setting.h>

/* For the files of PulsarSetting alone. */

G_BEGIN_DECLS

/* Shared by all copies of a setting. */
typedef struct
{
  PulsarSettingValidator func;
  gpointer user_data;
  GDestroyNotify destroy;
} PulsarValidatorBox;

/* The default layer always has a value. */
struct _PulsarSetting
{
  GObject parent_instance;
  GParamSpec *pspec;              /* (owned) (not nullable) construct-only */
  GParamSpec *refused_pspec;      /* (owned) (nullable) the one given, if no setting can be made of it */
  char *name;                     /* (owned) (not nullable) fixed once constructed */
  char *section;                  /* (owned) (nullable) construct-only */
  char *scope;                    /* (owned) (nullable) construct-only */
  char *flag;                     /* (owned) (not nullable) construct-only */
  char *short_flag;               /* (owned) (nullable) construct-only */
  char **aliases;                 /* (owned) (not nullable) construct-only */
  char *arg_description;          /* (owned) (nullable) construct-only */
  char *translation_domain;       /* (owned) (nullable) construct-only */
  GVariant *words;                /* (owned) (nullable) construct-only, a{sv} */
  GVariant *default_value;        /* (owned) (nullable) construct-only, as given */
  PulsarValidatorBox *validator;  /* (owned) (nullable) a reference-counted box */
  PulsarSettingFlags flags;
  PulsarSettingUnit unit;
  PulsarLayers layers;
  gboolean is_claimed;            /* whether a configuration has it */
};

G_END_DECLS
