/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-topic-board-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/base/pulsar-error.h"

struct _PulsarTopicBoard
{
  GHashTable *topics;       /* (owned) topic → GPtrArray of PulsarActorProxy (owned), in the order they came */
  GHashTable *subscribers;  /* (owned) PulsarActorProxy → GHashTable set of topics (owned), whose texts are theirs */
  PulsarTopicStats stats;
};

PulsarTopicBoard *
pulsar_topic_board_new (void)
{
  PulsarTopicBoard *self = g_new0 (PulsarTopicBoard, 1);

  self->topics = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->subscribers = g_hash_table_new_full (NULL, NULL, g_object_unref, (GDestroyNotify) g_hash_table_unref);
  return self;
}

void
pulsar_topic_board_free (PulsarTopicBoard *self)
{
  g_hash_table_unref (self->topics);
  g_hash_table_unref (self->subscribers);
  g_free (self);
}

gboolean
pulsar_topic_check (const char  *topic,
                    GError     **error)
{
  if (topic[0] != '\0' && strlen (topic) <= PULSAR_TOPIC_LENGTH_MAX)
    return TRUE;
  g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_INVALID_ARGUMENTS,
               _("The name of a topic has 1 to %d bytes, not %u"), PULSAR_TOPIC_LENGTH_MAX, (guint) strlen (topic));
  return FALSE;
}

gboolean
pulsar_topic_board_subscribe (PulsarTopicBoard  *self,
                              PulsarActorProxy  *subscriber,
                              const char        *topic,
                              GError           **error)
{
  GHashTable *own = g_hash_table_lookup (self->subscribers, subscriber);
  GPtrArray *subscribers;

  if (!pulsar_topic_check (topic, error))
    return FALSE;
  if (own != NULL && g_hash_table_contains (own, topic))
    return TRUE;
  if (own != NULL && g_hash_table_size (own) >= PULSAR_TOPIC_TOPICS_MAX)
    {
      g_set_error (error, PULSAR_ERROR, PULSAR_ERROR_WOULD_BLOCK, _("The process has subscribed to %d topics already"),
                   PULSAR_TOPIC_TOPICS_MAX);
      return FALSE;
    }

  if (own == NULL)
    {
      own = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (self->subscribers, g_object_ref (subscriber), own);
    }
  g_hash_table_add (own, g_strdup (topic));
  subscribers = g_hash_table_lookup (self->topics, topic);
  if (subscribers == NULL)
    {
      subscribers = g_ptr_array_new_with_free_func (g_object_unref);
      g_hash_table_insert (self->topics, g_strdup (topic), subscribers);
    }
  g_ptr_array_add (subscribers, g_object_ref (subscriber));
  self->stats.n_subscriptions++;
  return TRUE;
}

static void
leave (PulsarTopicBoard *self,
       PulsarActorProxy *subscriber,
       const char       *topic)
{
  GPtrArray *subscribers = g_hash_table_lookup (self->topics, topic);

  self->stats.n_subscriptions--;
  g_ptr_array_remove (subscribers, subscriber);
  if (subscribers->len == 0)
    g_hash_table_remove (self->topics, topic);
}

void
pulsar_topic_board_unsubscribe (PulsarTopicBoard *self,
                                PulsarActorProxy *subscriber,
                                const char       *topic)
{
  GHashTable *own = g_hash_table_lookup (self->subscribers, subscriber);

  if (own == NULL || !g_hash_table_contains (own, topic))
    return;
  leave (self, subscriber, topic);
  g_hash_table_remove (own, topic);
  if (g_hash_table_size (own) == 0)
    g_hash_table_remove (self->subscribers, subscriber);
}

void
pulsar_topic_board_remove (PulsarTopicBoard *self,
                           PulsarActorProxy *subscriber)
{
  GHashTable *own = g_hash_table_lookup (self->subscribers, subscriber);
  GHashTableIter iter;
  gpointer topic;

  if (own == NULL)
    return;
  g_hash_table_iter_init (&iter, own);
  while (g_hash_table_iter_next (&iter, &topic, NULL))
    leave (self, subscriber, topic);
  g_hash_table_remove (self->subscribers, subscriber);
}

static gpointer
ref_object (gconstpointer object,
            gpointer      user_data)
{
  return g_object_ref ((gpointer) object);
}

void
pulsar_topic_board_publish (PulsarTopicBoard *self,
                            const char       *topic,
                            GVariant         *value)
{
  GPtrArray *subscribers = g_hash_table_lookup (self->topics, topic);
  g_autoptr(GPtrArray) receivers = NULL;
  g_autoptr(GVariant) arguments = NULL;

  self->stats.n_published++;
  if (subscribers == NULL)
    return;

  /* A mailbox may turn out to be closed, and its subscriptions go. */
  receivers = g_ptr_array_copy (subscribers, ref_object, NULL);
  arguments = g_variant_ref_sink (g_variant_new ("(sv)", topic, value));
  for (guint i = 0; i < receivers->len; i++)
    {
      PulsarActorProxy *receiver = g_ptr_array_index (receivers, i);
      g_autoptr(GError) error = NULL;

      if (pulsar_actor_proxy_post (receiver, "topic-value", arguments, &error))
        {
          self->stats.n_delivered++;
          continue;
        }
      self->stats.n_dropped++;
      g_debug ("A value of topic “%s” is lost for “%s.%s”: %s", topic, pulsar_actor_proxy_get_name (receiver),
               pulsar_actor_proxy_get_id (receiver), error->message);
    }
}

void
pulsar_topic_board_get_stats (PulsarTopicBoard *self,
                              PulsarTopicStats *stats)
{
  *stats = self->stats;
}
