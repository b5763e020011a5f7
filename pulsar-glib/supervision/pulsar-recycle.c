/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-recycle-private.h"

#include <glib/gi18n-lib.h>

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/actor/pulsar-actor-private.h"
#include "pulsar-glib/base/pulsar-process-facts-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"
#include "pulsar-glib/supervision/pulsar-crew-struct-private.h"

/* How many of a crew may be on their way at once: a quarter, but one at least. */
#define PERCENT_AT_ONCE 25

/* A replacement that failed is tried again after that long at least: the old worker serves, so there is no hurry. */
#define RETRY_MIN_US G_USEC_PER_SEC

struct _PulsarRecycle
{
  PulsarCrew *crew;              /* it owns this */
  PulsarConfig *config;          /* (owned) of the supervisor */
  GSource *timer;                /* (owned) (nullable) while something is due later */
  PulsarRestartHistory *failures;  /* (owned) how long to wait after replacements that failed */
  gint64 not_before_us;          /* monotonic; no replacement before */
  gboolean told;                 /* that no process can be looked at */
  gboolean checking;
};

static const char *
describe (PulsarWear wear)
{
  switch (wear)
    {
    case PULSAR_WEAR_REQUESTS:
      return _("it served its share (“max-requests”)");
    case PULSAR_WEAR_LIFETIME:
      return _("it is old enough (“max-lifetime”)");
    case PULSAR_WEAR_RSS:
      return _("it is too large (“max-rss”)");
    case PULSAR_WEAR_NONE:
    default:
      g_assert_not_reached ();
    }
}

static void
log_replacement (PulsarSlot *slot)
{
  pulsar_log (PULSAR_LOG_NOTICE, _("Worker “%s” [%d] is going to be replaced: %s"),
              pulsar_actor_proxy_get_name (PULSAR_ACTOR_PROXY (slot->worker)), (int) pulsar_worker_get_pid (slot->worker),
              describe (slot->wear));
}

static gboolean
is_running (PulsarSlot *slot)
{
  return !slot->surplus && slot->worker != NULL && pulsar_worker_get_state (slot->worker) == PULSAR_STATE_RUNNING;
}

/* Marks those that lived long enough; returns when the next one will have, G_MAXINT64 for never. */
static gint64
mark_old (PulsarRecycle *self)
{
  gint64 lifetime_us = pulsar_config_get_duration (self->config, "max-lifetime");
  gint64 now_us = g_get_monotonic_time ();
  gint64 next_us = G_MAXINT64;

  for (guint i = 0; lifetime_us > 0 && i < self->crew->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->crew->slots, i);
      gint64 due_us;

      if (!is_running (slot) || slot->wear != PULSAR_WEAR_NONE)
        continue;
      due_us = pulsar_worker_get_ready_time (slot->worker) + lifetime_us;
      if (due_us <= now_us)
        slot->wear = PULSAR_WEAR_LIFETIME;
      else
        next_us = MIN (next_us, due_us);
    }
  return next_us;
}

/* One counts until the worker it replaces is gone, since both take memory until then. */
static gboolean
is_on_its_way (PulsarSlot *slot)
{
  return slot->successor != NULL || slot->leaving->len > 0;
}

/* The one whose worker is the oldest, or NULL if there is none or too many are on their way. */
static PulsarSlot *
find_next (PulsarRecycle *self)
{
  PulsarSlot *oldest = NULL;
  guint n_wanted = 0, n_on_their_way = 0;

  for (guint i = 0; i < self->crew->slots->len; i++)
    {
      PulsarSlot *slot = g_ptr_array_index (self->crew->slots, i);

      if (slot->surplus)
        continue;
      n_wanted++;
      if (is_on_its_way (slot))
        n_on_their_way++;
      else if (slot->wear != PULSAR_WEAR_NONE && is_running (slot)
               && (oldest == NULL
                   || pulsar_worker_get_launch_time (slot->worker) < pulsar_worker_get_launch_time (oldest->worker)))
        oldest = slot;
    }
  return n_on_their_way < MAX (1, n_wanted * PERCENT_AT_ONCE / 100) ? oldest : NULL;
}

static gboolean
timer_cb (gpointer user_data)
{
  PulsarRecycle *self = user_data;

  g_clear_pointer (&self->timer, g_source_unref);
  pulsar_recycle_check (self);
  return G_SOURCE_REMOVE;
}

static void
arm (PulsarRecycle *self,
     gint64         when_us)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  if (when_us == G_MAXINT64)
    return;

  self->timer = g_timeout_source_new (0);
  g_source_set_static_name (self->timer, "[pulsar] recycle");
  g_source_set_ready_time (self->timer, when_us);
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

static void
defer (PulsarRecycle *self,
       PulsarSlot    *slot,
       const GError  *error)
{
  const PulsarRestartLimits limits = {
    .delay_us = MAX (pulsar_config_get_duration (self->config, "restart-delay"), RETRY_MIN_US),
    .delay_max_us = MAX (pulsar_config_get_duration (self->config, "restart-delay-max"), RETRY_MIN_US),
  };
  gint64 delay_us = MAX (pulsar_restart_history_defer (self->failures, &limits), RETRY_MIN_US);

  self->not_before_us = g_get_monotonic_time () + delay_us;
  pulsar_log (PULSAR_LOG_ERROR, _("Worker %u of “%s” goes on, since it could not be replaced: %s; trying again in %.1f s"),
              slot->index + 1, pulsar_actor_get_name (self->crew->supervisor), error->message,
              (double) delay_us / G_USEC_PER_SEC);
}

static void
replaced_cb (PulsarSlot   *slot,
             const GError *error,
             gpointer      user_data)
{
  PulsarRecycle *self = user_data;

  if (error != NULL)
    {
      defer (self, slot, error);
    }
  else
    {
      pulsar_restart_history_free (self->failures);
      self->failures = pulsar_restart_history_new ();
    }
  pulsar_recycle_check (self);
}

void
pulsar_recycle_check (PulsarRecycle *self)
{
  g_autoptr(PulsarActor) hold G_GNUC_UNUSED = g_object_ref (self->crew->supervisor);
  gint64 next_us;

  /* The first start and a reload come to an end before. A start of one may lead back here. */
  if (self->checking || self->crew->phase != PULSAR_CREW_RUNNING || self->crew->next_config != NULL)
    return;

  self->checking = TRUE;
  next_us = mark_old (self);
  while (self->crew->phase == PULSAR_CREW_RUNNING && self->crew->next_config == NULL)
    {
      PulsarSlot *slot = find_next (self);

      if (slot == NULL)
        break;
      if (self->not_before_us > g_get_monotonic_time ())
        {
          next_us = MIN (next_us, self->not_before_us);
          break;
        }
      log_replacement (slot);
      pulsar_crew_replace (self->crew, slot, FALSE, replaced_cb, self);
    }
  self->checking = FALSE;
  arm (self, next_us);
}

void
pulsar_recycle_worn (PulsarRecycle *self,
                     PulsarSlot    *slot,
                     PulsarWorker  *worker)
{
  if (worker != slot->worker || slot->wear != PULSAR_WEAR_NONE || pulsar_config_get_uint (self->config, "max-requests") == 0)
    return;

  slot->wear = PULSAR_WEAR_REQUESTS;
  pulsar_recycle_check (self);
}

void
pulsar_recycle_heard (PulsarRecycle *self,
                      PulsarSlot    *slot,
                      PulsarWorker  *worker)
{
  guint64 max_rss = pulsar_config_get_size (self->config, "max-rss");
  PulsarProcessFacts facts;
  g_autoptr(GError) error = NULL;

  if (max_rss == 0 || worker != slot->worker || slot->wear != PULSAR_WEAR_NONE)
    return;

  if (!pulsar_process_facts_read (&facts, pulsar_worker_get_pid (worker), &error))
    {
      if (!self->told)
        pulsar_log (PULSAR_LOG_WARNING, _("Cannot tell how large a worker of “%s” is, for “max-rss”: %s"),
                    pulsar_actor_get_name (self->crew->supervisor), error->message);
      self->told = TRUE;
      return;
    }
  if (facts.rss <= max_rss)
    return;
  slot->wear = PULSAR_WEAR_RSS;
  pulsar_recycle_check (self);
}

static void
lifetime_changed_cb (PulsarConfig  *config,
                     PulsarSetting *setting,
                     gpointer       user_data)
{
  pulsar_recycle_check (user_data);
}

PulsarRecycle *
pulsar_recycle_new (PulsarCrew *crew)
{
  PulsarRecycle *self = g_new0 (PulsarRecycle, 1);

  self->crew = crew;
  self->config = g_object_ref (pulsar_actor_get_config (crew->supervisor));
  self->failures = pulsar_restart_history_new ();
  g_signal_connect (self->config, "changed::max-lifetime", G_CALLBACK (lifetime_changed_cb), self);
  return self;
}

void
pulsar_recycle_free (PulsarRecycle *self)
{
  g_signal_handlers_disconnect_by_data (self->config, self);
  arm (self, G_MAXINT64);
  pulsar_restart_history_free (self->failures);
  g_object_unref (self->config);
  g_free (self);
}
