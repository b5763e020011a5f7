/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-actor-proxy-private.h>

G_BEGIN_DECLS

/* PulsarGroup: the actors that do the work of one application, as those who send see them: `<name>/any` and the like.
 *
 * A group has places, and in each place an actor or, while one is being replaced, none. A group without places does its
 * work itself. (The type is declared with PulsarRoute.) */
typedef struct
{
  PulsarActorProxy *proxy;  /* (nullable) lent */
  gboolean ready;           /* it has started; one that has not keeps what comes until then */
} PulsarGroupMember;

/* Appends a PulsarGroupMember for each place, in an order that stays. */
typedef void (*PulsarGroupFunc) (PulsarActor *actor,
                                 GArray      *members);

/* How a group finds who shall get a message. */
typedef enum
{
  PULSAR_GROUP_ANY,   /* `any`: the least busy one */
  PULSAR_GROUP_NEXT,  /* `next`: one after the other */
  PULSAR_GROUP_KEY,   /* `key:TEXT`: always the same place for the same text */
  PULSAR_GROUP_ALL,   /* `*`: each one */
} PulsarGroupChoice;

PulsarGroup *pulsar_group_new      (PulsarActor        *actor,  /* not owned */
                                    PulsarGroupFunc     func) G_GNUC_WARN_UNUSED_RESULT;
void         pulsar_group_free     (PulsarGroup        *self);

/* @text: what stands after the slash. @key: (out) (nullable) lent */
gboolean     pulsar_group_parse    (const char         *text,
                                    PulsarGroupChoice  *choice,
                                    const char        **key,
                                    GError            **error);
/* The way to the one that is chosen; not for ALL. Errors: NOT_RUNNING */
gboolean     pulsar_group_choose   (PulsarGroup        *self,
                                    PulsarGroupChoice   choice,
                                    const char         *key,
                                    PulsarRoute        *route,
                                    GError            **error);
/* The ways to all that are ready, a PulsarRoute each, with the unique name of each. Without places: to the actor itself. */
void         pulsar_group_list     (PulsarGroup        *self,
                                    GArray             *routes,
                                    GPtrArray          *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarGroup, pulsar_group_free)

G_END_DECLS
