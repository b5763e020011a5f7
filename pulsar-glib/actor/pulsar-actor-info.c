/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-actor-private.h"

#include <unistd.h>

#include "pulsar-glib/actor/pulsar-actor-struct-private.h"
#include "pulsar-glib/actor/pulsar-directory-private.h"
#include "pulsar-glib/base/pulsar-process-facts-private.h"

/* What an actor tells of itself. */

static void
add_system_facts (GVariantDict *info)
{
  g_auto(GVariantDict) system = G_VARIANT_DICT_INIT (NULL);
  PulsarProcessFacts facts;
  guint64 pss;
  guint n_fds;

  if (pulsar_process_facts_read (&facts, 0, NULL))
    {
      g_variant_dict_insert (&system, "rss", "t", facts.rss);
      g_variant_dict_insert (&system, "cpu-seconds", "d", facts.cpu_seconds);
      g_variant_dict_insert (&system, "threads", "u", facts.n_threads);
    }
  if (pulsar_process_read_pss (0, &pss, NULL))
    g_variant_dict_insert (&system, "pss", "t", pss);
  if (pulsar_process_count_fds (0, &n_fds, NULL))
    g_variant_dict_insert (&system, "fds", "u", n_fds);
  g_variant_dict_insert_value (info, "system", g_variant_dict_end (&system));
}

/* What passes through the process of the arbiter. */
static void
add_passing_facts (GVariantDict    *info,
                   PulsarDirectory *directory)
{
  g_auto(GVariantDict) topics = G_VARIANT_DICT_INIT (NULL);
  g_auto(GVariantDict) messages = G_VARIANT_DICT_INIT (NULL);
  PulsarDirectoryStats directory_stats;
  PulsarTopicStats stats;

  pulsar_directory_get_stats (directory, &directory_stats);
  g_variant_dict_insert (&messages, "relayed", "t", directory_stats.n_relayed);
  g_variant_dict_insert (&messages, "dead-letters", "t", directory_stats.n_dead_letters);
  g_variant_dict_insert_value (info, "messages", g_variant_dict_end (&messages));

  pulsar_topic_board_get_stats (pulsar_directory_get_topics (directory), &stats);
  g_variant_dict_insert (&topics, "subscriptions", "u", stats.n_subscriptions);
  g_variant_dict_insert (&topics, "published", "t", stats.n_published);
  g_variant_dict_insert (&topics, "delivered", "t", stats.n_delivered);
  g_variant_dict_insert (&topics, "dropped", "t", stats.n_dropped);
  g_variant_dict_insert_value (info, "topics", g_variant_dict_end (&topics));
}

GVariant *
pulsar_actor_dup_info (PulsarActor *self)
{
  PulsarActorPrivate *priv = pulsar_actor_get_private (self);
  g_autoptr(GVariantDict) info = g_variant_dict_new (NULL);
  g_auto(GVariantDict) actor = G_VARIANT_DICT_INIT (NULL);
  PulsarDirectoryStats stats = { 0 };
  PulsarActor *previous;
  gint64 uptime;

  g_assert (PULSAR_IS_ACTOR (self));

  uptime = priv->running_since > 0 ? g_get_monotonic_time () - priv->running_since : 0;
  g_variant_dict_insert (&actor, "name", "s", priv->name);
  g_variant_dict_insert (&actor, "id", "s", priv->id);
  g_variant_dict_insert (&actor, "state", "s", pulsar_state_get_nick (priv->state));
  g_variant_dict_insert (&actor, "uptime", "d", (double) uptime / G_USEC_PER_SEC);
  g_variant_dict_insert (&actor, "pid", "i", (int) getpid ());
  g_variant_dict_insert (&actor, "messages", "t", priv->n_requests);
  g_variant_dict_insert (&actor, "queue", "u", priv->held.length);
  if (priv->directory != NULL)
    pulsar_directory_get_stats (priv->directory, &stats);
  g_variant_dict_insert (&actor, "late-answers", "t", stats.n_late);
  g_variant_dict_insert_value (info, "actor", g_variant_dict_end (&actor));
  add_system_facts (info);
  if (priv->directory != NULL && pulsar_directory_get_upstream (priv->directory) == NULL
      && pulsar_directory_get_root (priv->directory) == self)
    add_passing_facts (info, priv->directory);

  previous = pulsar_actor_push_current (self);
  g_signal_emit_by_name (self, "query-info", info);
  pulsar_actor_pop_current (previous);
  return g_variant_ref_sink (g_variant_dict_end (info));
}
