/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/pulsar.h>
#include <sys/socket.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/actor/pulsar-channel-private.h"
#include "pulsar-glib/actor/pulsar-command-private.h"
#include "pulsar-glib/actor/pulsar-directory-private.h"
#include "pulsar-glib/actor/pulsar-request-private.h"
#include "pulsar-test.h"

/* A tree in one process: the directory of an arbiter with a monitor “web”, and those of two workers, joined by sockets as two processes are. */
#define N_WORKERS 2

typedef struct
{
  PulsarDirectory *directory;   /* of the worker's process */
  PulsarActor *actor;
  PulsarActorProxy *upstream;
  PulsarChannel *channel;       /* the worker's end */
  PulsarActorProxy *proxy;      /* what the arbiter has of it */
  PulsarChannel *arbiter_end;
  PulsarDirectory *arbiter_directory;
  guint n_closed;
} TestWorker;

typedef struct
{
  PulsarDirectory *directory;
  PulsarActor *arbiter;
  PulsarActor *monitor;
  TestWorker workers[N_WORKERS];
} TestTree;

static inline void
test_worker_request_cb (PulsarChannel *channel,
                        PulsarFrame   *frame,
                        gpointer       user_data)
{
  TestWorker *worker = user_data;

  pulsar_directory_receive (worker->directory, channel, NULL, frame);
}

static inline void
test_arbiter_request_cb (PulsarChannel *channel,
                         PulsarFrame   *frame,
                         gpointer       user_data)
{
  TestWorker *worker = user_data;

  pulsar_directory_receive (worker->arbiter_directory, channel, worker->proxy, frame);
}

static inline void
test_closed_cb (PulsarChannel *channel,
                const GError  *error,
                gpointer       user_data)
{
  TestWorker *worker = user_data;

  worker->n_closed++;
}

static const PulsarChannelHandler test_worker_handler = { test_worker_request_cb, NULL, test_closed_cb };
static const PulsarChannelHandler test_arbiter_handler = { test_arbiter_request_cb, NULL, test_closed_cb };

static inline void
test_tree_init (TestTree                  *tree,
                const PulsarMailboxLimits *limits)
{
  static const PulsarMailboxLimits default_limits = { 1000, 64 << 20, 64 << 20 };

  *tree = (TestTree) { NULL };
  tree->directory = pulsar_directory_new ();
  tree->arbiter = g_object_new (PULSAR_TYPE_ACTOR, "name", "arbiter", NULL);
  tree->monitor = g_object_new (PULSAR_TYPE_ACTOR, "name", "web", NULL);
  pulsar_directory_set_root (tree->directory, tree->arbiter);
  pulsar_directory_add_actor (tree->directory, tree->monitor);
  for (guint i = 0; i < N_WORKERS; i++)
    {
      TestWorker *worker = &tree->workers[i];
      int fds[2];

      g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM, 0, fds));
      worker->arbiter_directory = tree->directory;
      worker->directory = pulsar_directory_new ();
      worker->actor = g_object_new (PULSAR_TYPE_ACTOR, "name", "web", NULL);
      pulsar_directory_set_root (worker->directory, worker->actor);
      worker->arbiter_end = pulsar_channel_new (fds[0], limits != NULL ? limits : &default_limits, &test_arbiter_handler, worker);
      worker->channel = pulsar_channel_new (fds[1], limits != NULL ? limits : &default_limits, &test_worker_handler, worker);
      worker->upstream = pulsar_actor_proxy_new_for_channel ("web", pulsar_actor_get_id (tree->monitor), worker->channel, NULL);
      pulsar_directory_set_upstream (worker->directory, worker->upstream);
      worker->proxy = pulsar_actor_proxy_new_for_channel ("web", pulsar_actor_get_id (worker->actor), worker->arbiter_end, NULL);
      pulsar_actor_proxy_set_supervisor (worker->proxy, tree->monitor);
      pulsar_directory_add_proxy (tree->directory, worker->proxy);
    }
}

static inline void
test_tree_clear (TestTree *tree)
{
  for (guint i = 0; i < N_WORKERS; i++)
    {
      TestWorker *worker = &tree->workers[i];

      pulsar_channel_close (worker->channel);
      pulsar_channel_close (worker->arbiter_end);
      pulsar_directory_remove_proxy (tree->directory, worker->proxy);
      g_clear_object (&worker->upstream);
      g_assert_finalize_object (g_steal_pointer (&worker->directory));
      g_assert_finalize_object (g_steal_pointer (&worker->proxy));
      g_assert_finalize_object (g_steal_pointer (&worker->actor));
      g_clear_pointer (&worker->channel, pulsar_channel_unref);
      g_clear_pointer (&worker->arbiter_end, pulsar_channel_unref);
    }
  g_assert_finalize_object (g_steal_pointer (&tree->directory));
  g_assert_finalize_object (g_steal_pointer (&tree->monitor));
  g_assert_finalize_object (g_steal_pointer (&tree->arbiter));
}

/* Asks and waits for the answer. */
static inline GVariant *
test_ask (PulsarActor  *from,
          const char   *target,
          const char   *command,
          GVariant     *arguments,
          GError      **error)
{
  g_autoptr(GAsyncResult) result = NULL;

  pulsar_actor_send_async (from, target, command, arguments, NULL, PULSAR_TIMEOUT_DEFAULT, NULL,
                           pulsar_test_store_result_cb, &result);
  g_assert_null (result);
  pulsar_test_wait_for (result != NULL);
  return pulsar_actor_send_finish (from, result, NULL, error);
}

static inline void
test_assert_answer (GVariant   *answer,
                    GError     *error,
                    const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (answer);
  text = g_variant_print (answer, FALSE);
  g_assert_cmpstr (text, ==, expected);
}
