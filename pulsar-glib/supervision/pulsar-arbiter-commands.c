/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-arbiter-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/actor/pulsar-command-private.h"
#include "pulsar-glib/actor/pulsar-direct-channel-private.h"
#include "pulsar-glib/actor/pulsar-topic-private.h"
#include "pulsar-glib/supervision/pulsar-watch-private.h"
#include "pulsar-glib/supervision/pulsar-worker-private.h"

/* The commands of supervising actors: `spawn`, and `info` that gathers what is known in all processes below. */

/* A worker that does not answer is described by what its supervisor knows of it. */
#define GATHER_TIMEOUT_MS 2000

/* The information of one supervising actor on its way: the parts are filled in as answers come. */
typedef struct
{
  PulsarRequest *request;   /* (owned) */
  GPtrArray *workers;       /* (owned) of PulsarWorker */
  GPtrArray *answers;       /* (owned) of GVariant a{sv} (nullable), one for each worker */
  guint n_pending;
} Gathering;

typedef struct
{
  Gathering *gathering;
  guint index;
} Answer;

static void
insert_worker_facts (GVariantDict *info,
                     PulsarWorker *worker)
{
  g_auto(GVariantDict) facts = G_VARIANT_DICT_INIT (NULL);
  g_autoptr(GEnumClass) states = g_type_class_ref (PULSAR_TYPE_STATE);
  gint64 silence_us = pulsar_worker_get_silence (worker);
  gint64 age_us = g_get_monotonic_time () - pulsar_worker_get_launch_time (worker);

  g_variant_dict_insert (&facts, "name", "s", pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker)));
  g_variant_dict_insert (&facts, "id", "s", pulsar_actor_proxy_get_id (PULSAR_ACTOR_PROXY (worker)));
  g_variant_dict_insert (&facts, "pid", "i", (int) pulsar_worker_get_pid (worker));
  g_variant_dict_insert (&facts, "state", "s", g_enum_get_value (states, (int) pulsar_worker_get_state (worker))->value_nick);
  g_variant_dict_insert (&facts, "slot", "u", pulsar_worker_get_slot (worker));
  g_variant_dict_insert (&facts, "generation", "u", pulsar_worker_get_generation (worker));
  g_variant_dict_insert (&facts, "age", "d", (double) age_us / G_USEC_PER_SEC);
  if (silence_us >= 0)
    g_variant_dict_insert (&facts, "heartbeat-age", "d", (double) silence_us / G_USEC_PER_SEC);
  g_variant_dict_insert_value (info, "worker", g_variant_dict_end (&facts));
}

static GVariant *
describe_workers (Gathering *self,
                  GObject   *supervisor)
{
  g_auto(GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < self->workers->len; i++)
    {
      PulsarWorker *worker = g_ptr_array_index (self->workers, i);
      g_auto(GVariantDict) info = G_VARIANT_DICT_INIT (NULL);

      if (pulsar_actor_proxy_get_supervisor (PULSAR_ACTOR_PROXY (worker)) != PULSAR_ACTOR (supervisor))
        continue;
      g_variant_dict_clear (&info);
      g_variant_dict_init (&info, g_ptr_array_index (self->answers, i));
      insert_worker_facts (&info, worker);
      g_variant_builder_add_value (&list, g_variant_dict_end (&info));
    }
  return g_variant_builder_end (&list);
}

static GVariant *
describe_monitor (Gathering     *self,
                  PulsarMonitor *monitor)
{
  g_autoptr(GVariant) own = pulsar_actor_dup_info (PULSAR_ACTOR (monitor));
  g_auto(GVariantDict) info = G_VARIANT_DICT_INIT (own);

  g_variant_dict_insert_value (&info, "workers", describe_workers (self, G_OBJECT (monitor)));
  return g_variant_dict_end (&info);
}

static GVariant *
describe_arbiter (Gathering     *self,
                  PulsarArbiter *arbiter)
{
  g_autoptr(GVariant) own = pulsar_actor_dup_info (PULSAR_ACTOR (arbiter));
  g_auto(GVariantDict) info = G_VARIANT_DICT_INIT (own);
  g_auto(GVariantDict) monitors = G_VARIANT_DICT_INIT (NULL);
  GListModel *list = pulsar_arbiter_get_monitors (arbiter);

  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr(PulsarMonitor) monitor = g_list_model_get_item (list, i);

      g_variant_dict_insert_value (&monitors, pulsar_actor_get_name (PULSAR_ACTOR (monitor)),
                                   describe_monitor (self, monitor));
    }
  g_variant_dict_insert_value (&info, "monitors", g_variant_dict_end (&monitors));
  g_variant_dict_insert_value (&info, "actors", describe_workers (self, G_OBJECT (arbiter)));
  return g_variant_dict_end (&info);
}

static void
gathering_answer (Gathering *self)
{
  PulsarActor *actor = pulsar_request_get_actor (self->request);
  GVariant *info;

  if (--self->n_pending > 0)
    return;

  if (PULSAR_IS_ARBITER (actor))
    info = describe_arbiter (self, PULSAR_ARBITER (actor));
  else
    info = describe_monitor (self, PULSAR_MONITOR (actor));
  pulsar_request_return_value (self->request, g_variant_new ("(@a{sv})", info));

  g_ptr_array_unref (self->workers);
  g_ptr_array_unref (self->answers);
  g_object_unref (self->request);
  g_free (self);
}

static void
worker_answered_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autofree Answer *answer = user_data;
  g_autoptr(GVariant) value = pulsar_actor_proxy_send_finish (PULSAR_ACTOR_PROXY (source), result, NULL, NULL);

  /* A worker that failed to answer is described without its own words. */
  if (value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE ("(a{sv})")))
    answer->gathering->answers->pdata[answer->index] = g_variant_get_child_value (value, 0);
  gathering_answer (answer->gathering);
}

static void
add_workers (Gathering  *self,
             GListModel *workers)
{
  for (guint i = 0; i < g_list_model_get_n_items (workers); i++)
    {
      g_ptr_array_add (self->workers, g_list_model_get_item (workers, i));
      g_ptr_array_add (self->answers, NULL);
    }
}

static void
clear_answer (gpointer answer)
{
  if (answer != NULL)
    g_variant_unref (answer);
}

static void
gather (PulsarRequest *request)
{
  PulsarActor *actor = pulsar_request_get_actor (request);
  Gathering *self = g_new0 (Gathering, 1);

  self->request = g_object_ref (request);
  self->workers = g_ptr_array_new_with_free_func (g_object_unref);
  self->answers = g_ptr_array_new_with_free_func (clear_answer);
  if (PULSAR_IS_MONITOR (actor))
    {
      add_workers (self, pulsar_monitor_get_workers (PULSAR_MONITOR (actor)));
    }
  else
    {
      GListModel *monitors = pulsar_arbiter_get_monitors (PULSAR_ARBITER (actor));

      for (guint i = 0; i < g_list_model_get_n_items (monitors); i++)
        {
          g_autoptr(PulsarMonitor) monitor = g_list_model_get_item (monitors, i);

          add_workers (self, pulsar_monitor_get_workers (monitor));
        }
      add_workers (self, pulsar_arbiter_get_actors (PULSAR_ARBITER (actor)));
    }

  /* One for this function itself, so that answers within the calls do not end it early. */
  self->n_pending = 1 + self->workers->len;
  for (guint i = 0; i < self->workers->len; i++)
    {
      PulsarWorker *worker = g_ptr_array_index (self->workers, i);
      Answer *answer;

      if (pulsar_worker_get_state (worker) != PULSAR_STATE_RUNNING)
        {
          self->n_pending--;
          continue;
        }
      answer = g_new0 (Answer, 1);
      answer->gathering = self;
      answer->index = i;
      pulsar_actor_proxy_send_async (PULSAR_ACTOR_PROXY (worker), "info", NULL, NULL, GATHER_TIMEOUT_MS, NULL,
                                     worker_answered_cb, answer);
    }
  gathering_answer (self);
}

static void
info_command (PulsarRequest *request,
              gpointer       user_data)
{
  PulsarActor *actor = pulsar_request_get_actor (request);

  if (PULSAR_IS_ARBITER (actor) || PULSAR_IS_MONITOR (actor))
    {
      gather (request);
    }
  else
    {
      g_autoptr(GVariant) info = pulsar_actor_dup_info (actor);

      pulsar_request_return_value (request, g_variant_new ("(@a{sv})", info));
    }
}

static void
spawn_command (PulsarRequest *request,
               gpointer       user_data)
{
  PulsarActor *actor = pulsar_request_get_actor (request);
  g_autoptr(GVariant) parameters = NULL;
  const char *type_name;
  const char *name;

  if (!PULSAR_IS_ARBITER (actor))
    {
      g_autoptr(GError) error = g_error_new (PULSAR_ERROR, PULSAR_ERROR_NOT_ALLOWED,
                                             _("Only the arbiter spawns: send “spawn” to “arbiter”, not to “%s”"),
                                             pulsar_actor_get_name (actor));

      pulsar_request_return_error (request, error);
      return;
    }

  g_variant_get (pulsar_request_get_arguments (request), "(&s&s@a{sv})", &type_name, &name, &parameters);
  pulsar_arbiter_spawn (PULSAR_ARBITER (actor), request, type_name, name[0] != '\0' ? name : type_name, parameters);
}

void
pulsar_arbiter_install_commands (void)
{
  pulsar_builtin_install ();
  pulsar_direct_channel_install ();
  pulsar_direct_channel_install_arbiter ();
  pulsar_topic_install ();
  pulsar_topic_install_arbiter ();
  pulsar_watch_install ();
  pulsar_watch_install_arbiter ();
  pulsar_command_register_builtin ("info", "()", PULSAR_COMMAND_CALLERS_ANY, info_command, NULL);
  pulsar_command_register_builtin ("spawn", "(ssa{sv})", PULSAR_COMMAND_CALLERS_ANY, spawn_command, NULL);
}
