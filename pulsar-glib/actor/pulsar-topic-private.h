/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-topic.h>

G_BEGIN_DECLS

/* Adds `topic-value`, by which the arbiter passes on what was published. */
void pulsar_topic_install         (void);

/* Adds `topic-subscribe`, `topic-unsubscribe` and `topic-publish`, which the arbiter executes. */
void pulsar_topic_install_arbiter (void);

/* Calls the handlers @actor has for @topic. */
void pulsar_topic_dispatch        (PulsarActor *actor,
                                   const char  *topic,
                                   GVariant    *value);

/* @actor has a directory from now on: what it subscribed to before is told to the arbiter. */
void pulsar_topic_begin           (PulsarActor *actor);

/* All subscriptions of @actor end. */
void pulsar_topic_end             (PulsarActor *actor);

G_END_DECLS
