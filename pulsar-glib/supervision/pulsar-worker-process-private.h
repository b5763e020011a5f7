/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/supervision/pulsar-hello-private.h>
#include <pulsar-glib/supervision/pulsar-owner-private.h>

G_BEGIN_DECLS

/* This process, when it is a worker: who it is, and its life as one. There is one or none in a process. */
typedef struct _PulsarWorkerProcess PulsarWorkerProcess;

/* The worker this process was made to be. The first call takes the mailbox and reads who that is, which may block until the supervisor
 * has told. Returns NULL without @error in a process that is no worker, and with @error when it can become none. */
PulsarWorkerProcess *pulsar_worker_process_get       (GError              **error);

const PulsarHello   *pulsar_worker_process_get_hello (PulsarWorkerProcess  *self);

/* Whether a life was begun: the program may call run () for several applications, and only one of them is this worker. */
gboolean             pulsar_worker_process_is_taken  (PulsarWorkerProcess  *self);

/* Lives as @actor until the end. @owner with @funcs is what is served, NULL for a spawned actor. Returns the exit status. */
int                  pulsar_worker_process_run       (PulsarWorkerProcess    *self,
                                                      PulsarActor            *actor,
                                                      PulsarConfig           *config,
                                                      GObject                *owner,
                                                      const PulsarOwnerFuncs *funcs);

/* This worker, if this process is one, has served one more request. */
void                 pulsar_worker_process_count_request (void);

/* Tells the supervisor that there will be no life, and why. Returns the exit status. */
int                  pulsar_worker_process_fail      (PulsarWorkerProcess    *self,
                                                      const GError           *error);

/* Lets the callbacks run that are due when a main loop has ended, of the arbiter as well. */
void                 pulsar_worker_process_run_down  (void);

G_END_DECLS
