/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-actor.h>
#include <pulsar-glib/actor/pulsar-hook-private.h>

G_BEGIN_DECLS

typedef struct _PulsarDirectory PulsarDirectory;
typedef struct _PulsarRequest PulsarRequest;

/* What pulsar_actor_stop () does. */
typedef void (*PulsarActorStopFunc) (PulsarActor *actor,
                                     gpointer     user_data);

/* A command of the program is about to be handled. */
typedef void (*PulsarActorHandledFunc) (PulsarActor *actor,
                                        gpointer     user_data);

/* The one table of the edges of a life, for actors here and for those elsewhere. */
gboolean         pulsar_state_can_become      (PulsarState          from,
                                               PulsarState          to);

/* The name of a state, as information has it. */
const char      *pulsar_state_get_nick        (PulsarState          state);

/* A new id, unlike any this process made before. */
char            *pulsar_actor_make_id         (void) G_GNUC_WARN_UNUSED_RESULT;

/* Moves along an edge of the table, notifies, and arms or ends what belongs to the state. Anything else is a programmer error. */
void             pulsar_actor_set_state       (PulsarActor         *self,
                                               PulsarState          state);

/* Emits the signal @signal_id (0: the one named @name), which takes a hook, and calls @done when the hook ended: possibly before this returns. One hook of
 * an actor runs at a time. A @timeout_ms of 0 is none. @done also gets the hook. */
void             pulsar_actor_run_hook        (PulsarActor         *self,
                                               guint                signal_id,
                                               const char          *name,
                                               guint                timeout_ms,
                                               PulsarHookDone       done,
                                               gpointer             user_data);

/* Gives up the hook that runs, if one does: its @done gets PULSAR_ERROR_CANCELLED. */
void             pulsar_actor_cancel_hook     (PulsarActor         *self);

/* Within: pulsar_actor_get_current () is @self. Push and pop are paired; for code of the library that runs a program's code on behalf of an actor.
 * Commands and the signals of an actor do it by themselves. */
PulsarActor     *pulsar_actor_push_current    (PulsarActor         *self);
void             pulsar_actor_pop_current     (PulsarActor         *previous);

/* Makes @root the actor that is current in this thread when no other is, in place of @old. */
void             pulsar_actor_replace_default (PulsarActor         *old,
                                               PulsarActor         *root);

/* The directory the actor sends and is found through; it is not owned. */
void             pulsar_actor_set_directory   (PulsarActor         *self,
                                               PulsarDirectory     *directory);
PulsarDirectory *pulsar_actor_get_directory   (PulsarActor         *self);

void             pulsar_actor_set_config      (PulsarActor         *self,
                                               PulsarConfig        *config);
void             pulsar_actor_set_parameters  (PulsarActor         *self,
                                               GVariant            *parameters);
void             pulsar_actor_take_fd         (PulsarActor         *self,
                                               const char          *name,
                                               int                  fd);

/* Who ends the actor when it is asked to stop. Without one it runs its stopping hook and closes. */
void             pulsar_actor_set_stop_func   (PulsarActor         *self,
                                               PulsarActorStopFunc  func,
                                               gpointer             user_data);

/* Called before each command of the program that it handles. */
void             pulsar_actor_set_handled_func (PulsarActor           *self,
                                                PulsarActorHandledFunc func,
                                                gpointer               user_data);
void             pulsar_actor_count_handled    (PulsarActor           *self);

/* While TRUE requests wait in the actor; FALSE delivers them in order, before this returns. */
void             pulsar_actor_hold_requests   (PulsarActor         *self,
                                               gboolean             hold);

/* Hands over a request, which is checked and executed, or waits, or is answered with an error. */
void             pulsar_actor_deliver         (PulsarActor         *self,
                                               PulsarRequest       *request);

/* Gathers information, as a{sv}; runs the query-info signal. */
GVariant        *pulsar_actor_dup_info        (PulsarActor         *self);

G_END_DECLS
