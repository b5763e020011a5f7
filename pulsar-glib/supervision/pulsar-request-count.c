/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-request-count-private.h"

struct _PulsarRequestCount
{
  PulsarConfig *config;  /* (owned) */
  PulsarRequestCountDone done;
  gpointer user_data;
  guint64 n_served;
  guint64 share;         /* 0: no limit */
  double luck;           /* from 0 to 1: how much of the jitter this worker has */
  gboolean is_open;      /* the worker is ready */
  gboolean told;
};

static void
check (PulsarRequestCount *self)
{
  if (self->told || !self->is_open || self->share == 0 || self->n_served < self->share)
    return;

  self->told = TRUE;
  self->done (self->user_data);
}

/* Workers that began together are not to end together. */
static void
set_share (PulsarRequestCount *self)
{
  guint max = pulsar_config_get_uint (self->config, "max-requests");
  guint jitter = pulsar_config_get_uint (self->config, "max-requests-jitter");

  self->share = max == 0 ? 0 : MAX (1, max - (guint64) (max * self->luck * jitter / 100.0));
}

static void
changed_cb (PulsarConfig  *config,
            PulsarSetting *setting,
            gpointer       user_data)
{
  set_share (user_data);
  check (user_data);
}

PulsarRequestCount *
pulsar_request_count_new (PulsarConfig           *config,
                          PulsarRequestCountDone  done,
                          gpointer                user_data)
{
  PulsarRequestCount *self = g_new0 (PulsarRequestCount, 1);

  self->config = g_object_ref (config);
  self->done = done;
  self->user_data = user_data;
  self->luck = g_random_double ();
  set_share (self);
  g_signal_connect (config, "changed::max-requests", G_CALLBACK (changed_cb), self);
  g_signal_connect (config, "changed::max-requests-jitter", G_CALLBACK (changed_cb), self);
  return self;
}

void
pulsar_request_count_free (PulsarRequestCount *self)
{
  g_signal_handlers_disconnect_by_data (self->config, self);
  g_object_unref (self->config);
  g_free (self);
}

void
pulsar_request_count_add (PulsarRequestCount *self)
{
  self->n_served++;
  check (self);
}

void
pulsar_request_count_open (PulsarRequestCount *self)
{
  self->is_open = TRUE;
  check (self);
}
