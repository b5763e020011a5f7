/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-hook.h>

G_BEGIN_DECLS

/* Hook steps that run one after the other: the start or the stop of something. */
typedef struct _PulsarSequence PulsarSequence;

typedef enum
{
  PULSAR_SEQUENCE_START,  /* the first failure ends the sequence */
  PULSAR_SEQUENCE_STOP,   /* a failure is logged and the sequence goes on */
} PulsarSequenceKind;

/* Runs the handlers of a step; they may hold @hook. */
typedef void (*PulsarSequenceStep) (gpointer    owner,
                                    PulsarHook *hook);

/* Called once, when all steps have ended. */
typedef void (*PulsarSequenceDone) (gpointer      owner,
                                    const GError *error);

PulsarSequence *pulsar_sequence_new          (PulsarSequenceKind  kind,
                                              GObject            *owner,
                                              PulsarSequenceDone  done);

/* @name is the hook's name, a static string. */
void            pulsar_sequence_add          (PulsarSequence     *self,
                                              const char         *name,
                                              PulsarSequenceStep  step);

/* The same for a step that is meant to take the time there is: that its hook is still held when the time is up is no failure. */
void            pulsar_sequence_add_bounded  (PulsarSequence     *self,
                                              const char         *name,
                                              PulsarSequenceStep  step);

/* Each step may take until @deadline_us (monotonic; 0: for ever), or, in a start, @step_timeout_ms (0: for ever).
 * Consumes @self: it frees itself after `done`. */
void            pulsar_sequence_run          (PulsarSequence     *self,
                                              guint               step_timeout_ms,
                                              gint64              deadline_us);

/* Gives the present step and the later ones no more time. Does nothing after `done`. */
void            pulsar_sequence_hurry        (PulsarSequence     *self);

G_END_DECLS
