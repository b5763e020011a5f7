/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/supervision/pulsar-crew-private.h>
#include <pulsar-glib/supervision/pulsar-recycle-private.h>
#include <pulsar-glib/supervision/pulsar-slot-private.h>

/* For the files of PulsarCrew alone. */

G_BEGIN_DECLS

typedef enum
{
  PULSAR_CREW_IDLE,
  PULSAR_CREW_STARTING,  /* the first workers are on their way to be ready */
  PULSAR_CREW_RUNNING,   /* they have been */
  PULSAR_CREW_FAILED,    /* given up: nothing is started any more */
  PULSAR_CREW_FINISHED,  /* all have ended, and nothing is started any more */
  PULSAR_CREW_ENDING,
} PulsarCrewPhase;

/* Code of the program runs in many places here: what a worker gets, the list model, the signals of the supervisor. It may scale or end the crew,
 * so that after each of them the phase and the slot are looked at again. */
struct _PulsarCrew
{
  PulsarActor *supervisor;        /* it owns the crew */
  const PulsarCrewOwner *owner_funcs;
  PulsarRecipe *recipe;           /* (owned) (nullable) */
  GError *recipe_error;           /* (owned) (nullable) why there is no recipe */
  PulsarDirectory *directory;     /* (owned) */
  GListStore *workers;            /* (owned) of PulsarWorker, those with a process */
  GPtrArray *slots;               /* (owned) of PulsarSlot */
  PulsarRecycle *recycle;         /* (owned) replaces those that are worn */
  PulsarConfig *next_config;      /* (owned) (nullable) of the next generation, while a reload makes it */
  guint generation;               /* of the workers that are started now, but for those of a reload */
  gint64 told_us;                 /* when the log was told last that no process can be made; 0: not yet */
  gint64 start_deadline_us;       /* of the attempts to make the first processes; G_MAXINT64: none */
  GError *loss;                   /* (owned) (nullable) the first end that was a failure and is not replaced */
  PulsarCrewPhase phase;
};

/* Whether workers are started and replaced. */
gboolean      pulsar_crew_is_active   (PulsarCrew   *self);

/* Executes the program as a worker of @slot, of the next generation if @is_next, and puts that at @place in the slot. FALSE with @error: there
 * could be no process. TRUE with nobody in the place: nobody is wanted there any more. */
gboolean      pulsar_crew_launch      (PulsarCrew    *self,
                                       PulsarSlot    *slot,
                                       PulsarWorker **place,
                                       gboolean       is_next,
                                       GError       **error);

/* Takes the slot out once it is surplus and nothing of it is left. */
void          pulsar_crew_clear_slot  (PulsarCrew    *self,
                                       PulsarSlot    *slot);

/* The parts of the life of a worker that are about replacements, pulsar-rollover.c. Each says whether it was that. */
gboolean      pulsar_rollover_ready   (PulsarCrew    *self,
                                       PulsarSlot    *slot,
                                       PulsarWorker  *worker);
gboolean      pulsar_rollover_exited  (PulsarCrew    *self,
                                       PulsarSlot    *slot,
                                       PulsarWorker  *worker);

/* The worker of the slot died while another was to take its place: that one has it now. */
gboolean      pulsar_rollover_adopt   (PulsarCrew    *self,
                                       PulsarSlot    *slot);

/* Calls whoever asked for the replacement, if there is one. */
void          pulsar_rollover_finish  (PulsarSlot    *slot,
                                       const GError  *error);

G_END_DECLS
