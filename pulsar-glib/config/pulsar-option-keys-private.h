/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-option-table-private.h>

G_BEGIN_DECLS

/* The groups of key files with global settings and those of the main application, and with free parameters. */
#define PULSAR_GROUP_MAIN "pulsar"
#define PULSAR_GROUP_PARAMETERS "params"

/* The options of a table as key files call them: a group is PULSAR_GROUP_MAIN or the prefix of another application, and the
 * keys in it are names without prefix. Groups and keys may be written with “_”. */
typedef struct _PulsarOptionKeys PulsarOptionKeys;

PulsarOptionKeys   *pulsar_option_keys_new            (PulsarOptionTable  *table) G_GNUC_WARN_UNUSED_RESULT;
void                pulsar_option_keys_free           (PulsarOptionKeys   *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarOptionKeys, pulsar_option_keys_free)

gboolean            pulsar_option_keys_has_group      (PulsarOptionKeys   *self,
                                                       const char         *group);
const PulsarOption *pulsar_option_keys_find           (PulsarOptionKeys   *self,
                                                       const char         *group,
                                                       const char         *key);

/* The first group with that key, NULL if there is none. */
const char         *pulsar_option_keys_find_group_of  (PulsarOptionKeys   *self,
                                                       const char         *key);

/* “[pulsar], [rpc] or [params]” */
char               *pulsar_option_keys_dup_groups     (PulsarOptionKeys   *self) G_GNUC_WARN_UNUSED_RESULT;
const char         *pulsar_option_keys_suggest_group  (PulsarOptionKeys   *self,
                                                       const char         *group);

/* “name”, or “name” in [group]; NULL if nothing is near. */
char               *pulsar_option_keys_suggest        (PulsarOptionKeys   *self,
                                                       const char         *group,
                                                       const char         *key) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
