/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-directory-private.h>
#include <pulsar-glib/process/pulsar-recipe-private.h>
#include <pulsar-glib/supervision/pulsar-hello-private.h>
#include <pulsar-glib/supervision/pulsar-worker.h>

G_BEGIN_DECLS

/* Whoever asked for a worker learns of the two events that matter to him. */
typedef struct
{
  /* It reported ready: it is RUNNING. */
  void (*ready)  (PulsarWorker *worker,
                  gpointer      owner);
  /* Its process is gone: it is CLOSED or TERMINATED and has an exit record. The last call. */
  void (*exited) (PulsarWorker *worker,
                  gpointer      owner);
  /* (nullable) It gave a sign of life while it is RUNNING. */
  void (*heard)  (PulsarWorker *worker,
                  gpointer      owner);
  /* (nullable) It has done its share, and would like to be replaced. */
  void (*worn)   (PulsarWorker *worker,
                  gpointer      owner);
} PulsarWorkerOwner;

typedef struct
{
  guint start_timeout_ms;     /* 0: none */
  guint timeout_ms;           /* silence after which it is taken for hung; 0: never */
  guint graceful_timeout_ms;  /* how long an end may take that it began by itself */
} PulsarWorkerTimes;

/* What the settings of @config say. */
void          pulsar_worker_times_init  (PulsarWorkerTimes        *times,
                                         PulsarConfig             *config);

PulsarWorker *pulsar_worker_new         (const char               *name,
                                         const char               *id,
                                         guint                     slot,
                                         guint                     generation,
                                         const PulsarWorkerOwner  *owner_funcs,
                                         gpointer                  owner);

/* Executes the program again as this worker. On failure nothing has happened and the worker may be launched again. */
gboolean      pulsar_worker_launch      (PulsarWorker             *self,
                                         PulsarRecipe             *recipe,
                                         PulsarDirectory          *directory,
                                         PulsarHello              *hello,
                                         PulsarSpawn              *spawn,
                                         const PulsarWorkerTimes  *times,
                                         GError                  **error);

/* Asks it to end by @deadline_us (monotonic): then SIGTERM, two seconds later SIGKILL. May be called again with an earlier deadline. */
void          pulsar_worker_end         (PulsarWorker             *self,
                                         gint64                    deadline_us);

/* Gives it the new log files. */
void          pulsar_worker_reopen_log  (PulsarWorker             *self,
                                         GUnixFDList              *files);

/* Ends it within two seconds. */
void          pulsar_worker_hurry       (PulsarWorker             *self);

/* Silences for good whatever the owner would be told. */
void          pulsar_worker_disown      (PulsarWorker             *self);

/* What it said of itself when it could not start, or NULL. */
const GError *pulsar_worker_get_failure (PulsarWorker             *self);

/* For the end of a text about its end: its last lines, each after a line end, if they may explain it. */
char         *pulsar_worker_describe_end (PulsarWorker            *self) G_GNUC_WARN_UNUSED_RESULT;

/* The error of whoever wanted it, when it ended without having been ready. */
GError       *pulsar_worker_make_start_error (PulsarWorker        *self);

/* Whether it has been ready at any time. */
gboolean      pulsar_worker_was_ready   (PulsarWorker             *self);

/* When its process was made, in microseconds of the monotonic clock. */
gint64        pulsar_worker_get_launch_time (PulsarWorker         *self);

/* Microseconds since it was last heard, or -1 before that. */
gint64        pulsar_worker_get_silence (PulsarWorker             *self);

G_END_DECLS
