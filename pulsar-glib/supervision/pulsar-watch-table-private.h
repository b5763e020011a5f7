/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-directory-private.h>
#include <pulsar-glib/process/pulsar-exit-record.h>

G_BEGIN_DECLS

/* PulsarWatchTable: which process is watched by whom, and how those ended that are gone. The arbiter has it, for all processes of its directory.
 *
 * A watch is a token that the watching process chose. It leaves the table with the one notice it gets, when it is taken back, or with the watcher. */
typedef struct _PulsarWatchTable PulsarWatchTable;

/* So many of the dead are remembered, and so many watches may one process have. */
#define PULSAR_WATCH_DEAD_MAX 4096
#define PULSAR_WATCH_WATCHES_MAX 65536

/* It is made at the first call and goes with the directory. */
PulsarWatchTable *pulsar_watch_table_get    (PulsarDirectory   *directory);

/* The process of @proxy is there, and then gone: who watched it is told, and what it watched is forgotten. */
void              pulsar_watch_table_begin  (PulsarWatchTable  *self,
                                             PulsarActorProxy  *proxy);
void              pulsar_watch_table_end    (PulsarWatchTable  *self,
                                             PulsarActorProxy  *proxy,
                                             PulsarExitRecord  *record);

/* @watcher is NULL for the process of the arbiter. If @target is dead already, @record is set (transfer full) and nothing is added. */
gboolean          pulsar_watch_table_add    (PulsarWatchTable  *self,
                                             PulsarActorProxy  *watcher,
                                             const char        *target,
                                             guint64            token,
                                             PulsarExitRecord **record,
                                             GError           **error);
void              pulsar_watch_table_remove (PulsarWatchTable  *self,
                                             PulsarActorProxy  *watcher,
                                             guint64            token);

/* How many watches there are. */
guint             pulsar_watch_table_get_n_watches (PulsarWatchTable *self);

G_END_DECLS
