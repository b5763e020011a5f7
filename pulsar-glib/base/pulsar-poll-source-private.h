/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* PulsarPollSource: a descriptor and a time that a main context waits for.
 *
 * It is a GSource where that is fastest: a main loop asks each of its sources in each turn, and poll () looks at each of
 * their descriptors. With a thousand workers that takes longer than everything else, so all but a few of a context are
 * one GSource with one epoll descriptor; see PulsarPoller.
 *
 * It belongs to the thread-default main context of its making, is used from that thread only, and has the default
 * priority. */
typedef struct _PulsarPollSource PulsarPollSource;
typedef struct _PulsarPoller PulsarPoller;

/* A static table. */
typedef struct
{
  const char *name;
  /* (nullable) Asked after each dispatch, and before a main loop inside one polls: what is to be done before anybody
   * waits. It frees nothing.
   * Returns: whether to dispatch in the next turn in any case */
  gboolean (*prepare)  (gpointer     user_data);
  /* @condition: what the descriptor is ready for; 0: the time has come, or prepare () asked for it. Both may be stale after
   * a main loop inside a dispatch. It may free the source. */
  void     (*dispatch) (GIOCondition condition,
                        gpointer     user_data);
} PulsarPollFuncs;

typedef enum
{
  PULSAR_POLL_BUSY,    /* a GSource of its own, while the context has few of these */
  PULSAR_POLL_SELDOM,  /* a turn longer on its way is of no importance */
} PulsarPollKind;

/* @fd: not taken, and open as long as this; -1: only the time is waited for */
PulsarPollSource *pulsar_poll_source_new            (int                     fd,
                                                     GIOCondition            condition,
                                                     PulsarPollKind          kind,
                                                     const PulsarPollFuncs  *funcs,
                                                     gpointer                user_data) G_GNUC_WARN_UNUSED_RESULT;
void              pulsar_poll_source_free           (PulsarPollSource       *self);
void              pulsar_poll_source_set_condition  (PulsarPollSource       *self,
                                                     GIOCondition            condition);
/* As g_source_set_ready_time (): monotonic µs, 0 at once, -1 never; it holds until another one is set. */
void              pulsar_poll_source_set_ready_time (PulsarPollSource       *self,
                                                     gint64                  ready_time);
gint64            pulsar_poll_source_get_ready_time (const PulsarPollSource *self);
/* Has prepare () asked before the context polls the next time. */
void              pulsar_poll_source_ask            (PulsarPollSource       *self);
/* The time of this turn of the main loop. */
gint64            pulsar_poll_source_get_time       (const PulsarPollSource *self);

/* What runs its callbacks outside a dispatch tells so, for the sake of prepare (): it lies on the stack from enter () to
 * leave (). */
typedef struct _PulsarPollDispatch PulsarPollDispatch;

struct _PulsarPollDispatch
{
  PulsarPollSource *source;   /* (nullable) NULL once it was freed */
  PulsarPollDispatch *outer;  /* (nullable) */
  PulsarPoller *poller;       /* (owned) */
};

void              pulsar_poll_source_enter          (PulsarPollSource       *self,
                                                     PulsarPollDispatch     *dispatch);
void              pulsar_poll_source_leave          (PulsarPollDispatch     *dispatch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarPollSource, pulsar_poll_source_free)

G_END_DECLS
