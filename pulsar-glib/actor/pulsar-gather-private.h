/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-directory-private.h>

G_BEGIN_DECLS

/* PulsarGather: one message to every ready member of a group, and what they answered.
 *
 * The answers are "(a{sv}a{s(sis)})": by unique name the answer of each that answered, a tuple as each command returns one, and domain, code and
 * message of each that did not. */

/* The end, exactly once, perhaps before the call returns. @answers is lent; NULL for a post. @error: CANCELLED */
typedef void (*PulsarGatherFunc) (GVariant     *answers,
                                  const GError *error,
                                  gpointer      user_data);

/* @call: its route is not looked at. One of @from, who is here, and @sender, for whom this is relayed, may be set. */
void pulsar_gather_ask  (PulsarDirectory         *directory,
                         PulsarGroup             *group,
                         PulsarActor             *from,
                         PulsarActorProxy        *sender,
                         const PulsarChannelCall *call,
                         PulsarGatherFunc         func,
                         gpointer                 user_data);
/* The same one way: the end is when it is on its way to all. */
void pulsar_gather_post (PulsarDirectory         *directory,
                         PulsarGroup             *group,
                         PulsarActor             *from,
                         PulsarActorProxy        *sender,
                         const PulsarChannelCall *call,
                         PulsarGatherFunc         func,
                         gpointer                 user_data);
/* Whether a post with a body of @body_size could leave for all of them at once. */
gboolean pulsar_gather_has_credit (PulsarGroup *group,
                                   gsize        body_size);

G_END_DECLS
