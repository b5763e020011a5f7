/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-actor-proxy.h>

G_BEGIN_DECLS

/* PulsarTopicBoard: which processes want to have which topics. The directory of the arbiter has one. A value that finds the mailbox of a subscriber
 * full is lost for that one, and counted: nobody waits for anybody. */
typedef struct _PulsarTopicBoard PulsarTopicBoard;

/* So many topics may one process subscribe to, and so long may the name of one be. */
#define PULSAR_TOPIC_TOPICS_MAX 4096
#define PULSAR_TOPIC_LENGTH_MAX 255

typedef struct
{
  guint n_subscriptions;   /* pairs of a process and a topic */
  guint64 n_published;
  guint64 n_delivered;     /* handed to the mailboxes of processes */
  guint64 n_dropped;
} PulsarTopicStats;

PulsarTopicBoard *pulsar_topic_board_new         (void) G_GNUC_WARN_UNUSED_RESULT;
void              pulsar_topic_board_free        (PulsarTopicBoard  *self);
gboolean          pulsar_topic_board_subscribe   (PulsarTopicBoard  *self,
                                                  PulsarActorProxy  *subscriber,
                                                  const char        *topic,
                                                  GError           **error);
void              pulsar_topic_board_unsubscribe (PulsarTopicBoard  *self,
                                                  PulsarActorProxy  *subscriber,
                                                  const char        *topic);

/* Its process is gone. */
void              pulsar_topic_board_remove      (PulsarTopicBoard  *self,
                                                  PulsarActorProxy  *subscriber);
void              pulsar_topic_board_publish     (PulsarTopicBoard  *self,
                                                  const char        *topic,
                                                  GVariant          *value);
void              pulsar_topic_board_get_stats   (PulsarTopicBoard  *self,
                                                  PulsarTopicStats  *stats);

/* Whether that is a name for a topic. */
gboolean          pulsar_topic_check             (const char        *topic,
                                                  GError           **error);

G_END_DECLS
