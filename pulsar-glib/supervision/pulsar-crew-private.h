/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-directory-private.h>
#include <pulsar-glib/process/pulsar-recipe-private.h>
#include <pulsar-glib/supervision/pulsar-hello-private.h>
#include <pulsar-glib/supervision/pulsar-slot-private.h>
#include <pulsar-glib/supervision/pulsar-worker.h>

G_BEGIN_DECLS

/* The workers of one application: as many as the setting `workers` says, each in a slot, replaced when they die. */
typedef struct _PulsarCrew PulsarCrew;

/* What the supervisor does when something happens to its crew. Any of it may end the crew. */
typedef struct
{
  /* A worker is about to be started: what it gets, and who it is. */
  void (*fill_spawn) (PulsarActor   *supervisor,
                      PulsarSpawn   *spawn);
  void (*fill_hello) (PulsarActor   *supervisor,
                      PulsarHello   *hello);
  void (*ready)      (PulsarActor   *supervisor,
                      PulsarWorker  *worker);
  /* After it left the list and, where that is done at once, after its replacement was started. */
  void (*exited)     (PulsarActor   *supervisor,
                      PulsarWorker  *worker);
  /* Once, unless it is ended before: all the first workers are ready at the same time, or what kept them from it. */
  void (*started)    (PulsarActor   *supervisor,
                      const GError  *error);
  /* Workers die too often, or all have ended and at least one of them not as it should. Nothing is replaced any more; the crew is to be
   * ended. */
  void (*failed)     (PulsarActor   *supervisor,
                      const GError  *error);
  /* All have ended as they should, and are not replaced. The crew is to be ended. */
  void (*finished)   (PulsarActor   *supervisor);
  /* Once, after an end: the last worker is gone. */
  void (*gone)       (PulsarActor   *supervisor);
} PulsarCrewOwner;

/* @supervisor owns the crew. @recipe may be NULL; then @recipe_error (a copy is made) says why no worker can be started. */
PulsarCrew *pulsar_crew_new          (PulsarActor           *supervisor,
                                      const PulsarCrewOwner *owner_funcs,
                                      PulsarRecipe          *recipe,
                                      const GError          *recipe_error,
                                      PulsarDirectory       *directory);
void        pulsar_crew_free         (PulsarCrew            *self);

/* Starts the first workers. */
void        pulsar_crew_start        (PulsarCrew            *self);

/* Follows the setting `workers`. */
void        pulsar_crew_scale        (PulsarCrew            *self);

/* Starts a worker that takes the place of the present one of @slot once it is ready; that one drains then. With @is_next it is of the next
 * generation. @replaced is called once, maybe within the call, unless the slot leaves its crew before. */
void        pulsar_crew_replace      (PulsarCrew            *self,
                                      PulsarSlot            *slot,
                                      gboolean               is_next,
                                      PulsarSlotReplaced     replaced,
                                      gpointer               user_data);

/* Asks all to end by @deadline_us (monotonic), and replaces nobody any more. */
void        pulsar_crew_end          (PulsarCrew            *self,
                                      gint64                 deadline_us);
void        pulsar_crew_hurry        (PulsarCrew            *self);

gboolean    pulsar_crew_is_empty     (PulsarCrew            *self);

/* The workers that have a process: a list of PulsarWorker, oldest first. */
GListModel *pulsar_crew_get_workers  (PulsarCrew            *self);

/* Appends a PulsarGroupMember for each slot that is to stay. */
void        pulsar_crew_list_members (PulsarCrew            *self,
                                      GArray                *members);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarCrew, pulsar_crew_free)

G_END_DECLS
