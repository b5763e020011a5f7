/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-direct-channel.h>
#include <pulsar-glib/actor/pulsar-directory-private.h>

G_BEGIN_DECLS

/* PulsarDirectTable: the direct channels of this process to other workers. The arbiter makes them: it hands each side one end of a socketpair and says who is at
 * the other end, which no frame can change. Whoever that is, it is no more than a sibling.
 *
 * What a pair sends each other stays in order across the change. Each side sends a last message through the arbiter, `channel-begin`, before its first
 * one over the channel; and what comes over the channel waits until the last message has come. Answers wait for nothing, since nothing
 * was promised about their order. */

/* How an end of a channel travels from the arbiter: name and id of the actor at the other end, what that process grants (messages, bytes, bytes of
 * one), and the number of the channel, which no other one of the tree has. */
#define PULSAR_DIRECT_PEER_TYPE "(ssuttt)"

/* What the arbiter answers to `open-channel`: that, and how the two are joined. */
#define PULSAR_DIRECT_ANSWER_TYPE "(" PULSAR_DIRECT_PEER_TYPE "u)"

typedef enum
{
  PULSAR_DIRECT_NEW,      /* an end of a new channel comes along */
  PULSAR_DIRECT_PRESENT,  /* they have one already */
  PULSAR_DIRECT_HERE,     /* the other one lives in the process of the arbiter */
} PulsarDirectKind;

/* It is made at the first call and goes with the directory. */
PulsarDirectTable *pulsar_direct_table_get           (PulsarDirectory    *directory);

/* The way to the actor with that id or unique name, or that a channel was opened to by this name. (nullable) */
PulsarActorProxy  *pulsar_direct_table_lookup        (PulsarDirectTable  *self,
                                                      const char         *target);

/* Begins to use an end of a channel. @name: (nullable) what the peer was called when it was asked for. Returns: (transfer none) (nullable) the way to the peer */
PulsarActorProxy  *pulsar_direct_table_add           (PulsarDirectTable  *self,
                                                      GVariant           *peer,
                                                      GUnixFDList        *fds,
                                                      const char         *name,
                                                      GError            **error);

/* Closes all of them. */
void               pulsar_direct_table_close         (PulsarDirectTable  *self);
guint              pulsar_direct_table_get_n_open    (PulsarDirectTable  *self);

/* Adds the commands of who has such channels, and of the arbiter who makes them. */
void               pulsar_direct_channel_install         (void);
void               pulsar_direct_channel_install_arbiter (void);

G_END_DECLS
