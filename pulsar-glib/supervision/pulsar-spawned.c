/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-spawned-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/actor/pulsar-actor-proxy-private.h"
#include "pulsar-glib/actor/pulsar-spawn-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/supervision/pulsar-arbiter-private.h"

struct _PulsarSpawned
{
  grefcount ref_count;
  PulsarWorker *worker;      /* (owned) */
  PulsarRequest *request;    /* (owned) (nullable) until it is answered */
  GCancellable *cancellable; /* (owned) (nullable) of the request, as long as that */
  gulong cancelled_id;
  PulsarSpawnedEnded ended;
  gpointer user_data;
};

PulsarSpawned *
pulsar_spawned_ref (PulsarSpawned *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
pulsar_spawned_unref (PulsarSpawned *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;

  pulsar_worker_disown (self->worker);
  g_clear_object (&self->worker);
  g_clear_object (&self->request);
  g_assert (self->cancelled_id == 0);
  g_free (self);
}

PulsarWorker *
pulsar_spawned_get_worker (PulsarSpawned *self)
{
  return self->worker;
}

static PulsarRequest *
steal_request (PulsarSpawned *self)
{
  if (self->cancelled_id != 0)
    g_signal_handler_disconnect (self->cancellable, self->cancelled_id);
  self->cancelled_id = 0;
  g_clear_object (&self->cancellable);
  return g_steal_pointer (&self->request);
}

/* Nobody wants it any more. */
static void
cancelled_cb (GCancellable *cancellable,
              gpointer      user_data)
{
  PulsarSpawned *self = user_data;
  g_autoptr(PulsarRequest) request G_GNUC_UNUSED = steal_request (self);

  pulsar_worker_hurry (self->worker);
}

/* The callback, not g_cancellable_connect (): that would deadlock where the cancellation itself leads back here. */
static void
watch_request (PulsarSpawned *self,
               PulsarRequest *request)
{
  self->request = g_object_ref (request);
  self->cancellable = g_object_ref (pulsar_request_get_cancellable (request));
  self->cancelled_id = g_signal_connect (self->cancellable, "cancelled", G_CALLBACK (cancelled_cb), self);
  if (g_cancellable_is_cancelled (self->cancellable))
    cancelled_cb (self->cancellable, self);
}

static void
ready_cb (PulsarWorker *worker,
          gpointer      owner)
{
  PulsarSpawned *self = owner;
  g_autoptr(PulsarRequest) request = steal_request (self);

  if (request == NULL)
    return;

  pulsar_request_return_value (request, g_variant_new ("(ss)", pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker)),
                                                       pulsar_actor_proxy_get_id (PULSAR_ACTOR_PROXY (worker))));
}

static void
log_exit (PulsarWorker *worker)
{
  g_autofree char *how = pulsar_exit_record_to_string (pulsar_worker_get_exit_record (worker));
  g_autofree char *words = pulsar_worker_describe_end (worker);
  PulsarLogPriority priority = PULSAR_LOG_WARNING;

  if (pulsar_worker_get_state (worker) == PULSAR_STATE_CLOSED)
    priority = PULSAR_LOG_INFO;
  pulsar_log (priority, _("Actor “%s” [%d] ended: %s%s"), pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (worker)),
              (int) pulsar_worker_get_pid (worker), how, words);
}

static void
exited_cb (PulsarWorker *worker,
           gpointer      owner)
{
  g_autoptr(PulsarSpawned) self = pulsar_spawned_ref (owner);
  g_autoptr(PulsarRequest) request = steal_request (self);
  g_autoptr(GError) error = NULL;

  if (request != NULL)
    {
      error = pulsar_worker_make_start_error (worker);
      pulsar_request_return_error (request, error);
    }
  else
    {
      log_exit (worker);
    }
  self->ended (self, self->user_data);
}

static const PulsarWorkerOwner worker_owner = { .ready = ready_cb, .exited = exited_cb };

static PulsarHello *
make_hello (PulsarArbiter  *arbiter,
            const char     *type_name,
            PulsarSpawn    *spawn,
            GError        **error)
{
  PulsarConfig *config = pulsar_actor_get_config (PULSAR_ACTOR (arbiter));
  PulsarHello *hello = pulsar_hello_new_for_config (config, spawn, -1, error);

  if (hello == NULL)
    return NULL;
  hello->type_name = g_strdup (type_name);
  hello->supervisor = g_strdup (pulsar_actor_get_id (PULSAR_ACTOR (arbiter)));
  hello->generation = 1;
  hello->log_name = g_strdup (pulsar_arbiter_get_log_name (arbiter));
  return hello;
}

PulsarSpawned *
pulsar_spawned_new (PulsarArbiter       *arbiter,
                    PulsarRequest       *request,
                    const char          *type_name,
                    const char          *name,
                    GVariant            *parameters,
                    PulsarSpawnedEnded   ended,
                    gpointer             user_data,
                    GError             **error)
{
  PulsarConfig *config = pulsar_actor_get_config (PULSAR_ACTOR (arbiter));
  PulsarWorkerTimes times;
  g_autofree char *id = pulsar_actor_make_id ();
  g_autoptr(PulsarSpawn) spawn = pulsar_spawn_new (name, id, 0);
  g_autoptr(PulsarHello) hello = NULL;
  g_autoptr(PulsarSpawned) self = g_new0 (PulsarSpawned, 1);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_ref_count_init (&self->ref_count);
  self->ended = ended;
  self->user_data = user_data;
  self->worker = pulsar_worker_new (name, id, 0, 1, &worker_owner, self);

  g_variant_iter_init (&iter, parameters);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    pulsar_spawn_set_parameter (spawn, key, value);
  pulsar_spawn_set_config (spawn, config);
  g_signal_emit_by_name (arbiter, "query-spawn", spawn);
  if (pulsar_actor_get_state (PULSAR_ACTOR (arbiter)) != PULSAR_STATE_RUNNING)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_NOT_RUNNING, _("The arbiter does not run"));
      return NULL;
    }

  hello = make_hello (arbiter, type_name, spawn, error);
  if (hello == NULL)
    return NULL;
  pulsar_worker_times_init (&times, config);
  pulsar_actor_proxy_set_supervisor (PULSAR_ACTOR_PROXY (self->worker), PULSAR_ACTOR (arbiter));
  if (!pulsar_worker_launch (self->worker, pulsar_arbiter_get_recipe (arbiter), pulsar_arbiter_get_directory (arbiter),
                             hello, spawn, &times, error))
    return NULL;

  watch_request (self, request);
  return g_steal_pointer (&self);
}
