/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-config-relay-private.h"

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/config/pulsar-setting-private.h"
#include "pulsar-glib/supervision/pulsar-arbiter-private.h"

/* A setting that gets the value it has does not change, so what is carried to and fro comes to rest. */

static gboolean
is_set_at_run_time (PulsarSetting *setting)
{
  return pulsar_setting_get_origin (setting) == PULSAR_ORIGIN_RUNTIME
         && (pulsar_setting_get_flags (setting) & PULSAR_SETTING_RUNTIME) != 0;
}

static gboolean
is_global (PulsarSetting *setting)
{
  return (pulsar_setting_get_flags (setting) & PULSAR_SETTING_GLOBAL) != 0;
}

/* The value as it was given: by a word, if it was. */
static GVariant *
get_given (PulsarSetting *setting)
{
  const char *word = pulsar_setting_get_word (setting);

  return g_variant_ref_sink (word != NULL ? g_variant_new_string (word) : pulsar_setting_get_value (setting));
}

static void
hand_over (PulsarSetting *setting,
           PulsarConfig  *config)
{
  PulsarSetting *twin = pulsar_config_get_setting (config, pulsar_setting_get_name (setting));
  g_autoptr(GVariant) value = get_given (setting);
  g_autoptr(GError) error = NULL;

  if (twin == NULL || is_global (twin) != is_global (setting)
      || g_variant_equal (pulsar_setting_get_value (twin), pulsar_setting_get_value (setting)))
    return;
  if (!pulsar_config_set_from (config, pulsar_setting_get_name (setting), value, PULSAR_ORIGIN_RUNTIME, NULL, &error))
    g_info ("A setting is not carried on: %s", error->message);
}

static void
tell_workers_cb (PulsarMonitor *monitor,
                 PulsarSetting *setting)
{
  GListModel *workers = pulsar_monitor_get_workers (monitor);

  if (!is_set_at_run_time (setting))
    return;
  for (guint i = 0; i < g_list_model_get_n_items (workers); i++)
    {
      g_autoptr(PulsarActorProxy) worker = g_list_model_get_item (workers, i);
      GVariant *value = get_given (setting);

      /* One that goes away meanwhile needs to know no more. */
      pulsar_actor_proxy_post_async (worker, "config",
                                     g_variant_new ("(ss@mv)", "follow", pulsar_setting_get_name (setting),
                                                    g_variant_new_maybe (NULL, g_variant_new_variant (value))),
                                     NULL, NULL, NULL, NULL);
      g_variant_unref (value);
    }
}

void
pulsar_config_relay_add_workers (PulsarMonitor *monitor)
{
  g_signal_connect_object (pulsar_actor_get_config (PULSAR_ACTOR (monitor)), "changed", G_CALLBACK (tell_workers_cb),
                           monitor, G_CONNECT_SWAPPED);
}

/* The configuration of the main application, or NULL. */
static PulsarConfig *
get_main_config (PulsarArbiter *arbiter)
{
  PulsarMonitor *monitor = pulsar_arbiter_get_main_monitor (arbiter);

  return monitor != NULL ? pulsar_actor_get_config (PULSAR_ACTOR (monitor)) : NULL;
}

static void
arbiter_changed_cb (PulsarArbiter *arbiter,
                    PulsarSetting *setting)
{
  GListModel *monitors = pulsar_arbiter_get_monitors (arbiter);
  PulsarConfig *main_config = get_main_config (arbiter);

  if (!is_set_at_run_time (setting))
    return;
  if (!is_global (setting))
    {
      if (main_config != NULL)
        hand_over (setting, main_config);
      return;
    }
  for (guint i = 0; i < g_list_model_get_n_items (monitors); i++)
    {
      g_autoptr(PulsarActor) monitor = g_list_model_get_item (monitors, i);

      hand_over (setting, pulsar_actor_get_config (monitor));
    }
}

static void
monitor_changed_cb (PulsarConfig  *config,
                    PulsarSetting *setting,
                    PulsarArbiter *arbiter)
{
  if (is_set_at_run_time (setting) && (is_global (setting) || config == get_main_config (arbiter)))
    hand_over (setting, pulsar_actor_get_config (PULSAR_ACTOR (arbiter)));
}

/* What the main application refuses, the arbiter refuses too. */
static gboolean
guard_arbiter (GObject        *arbiter,
               PulsarSetting  *setting,
               GVariant       *value,
               GError        **error)
{
  PulsarConfig *main_config = get_main_config (PULSAR_ARBITER (arbiter));
  PulsarSetting *twin = NULL;

  if (main_config != NULL && !is_global (setting))
    twin = pulsar_config_get_setting (main_config, pulsar_setting_get_name (setting));
  return twin == NULL || pulsar_config_ask_guard (main_config, twin, value, error);
}

void
pulsar_config_relay_begin (PulsarArbiter *arbiter)
{
  PulsarConfig *config = pulsar_actor_get_config (PULSAR_ACTOR (arbiter));

  g_signal_connect_object (config, "changed", G_CALLBACK (arbiter_changed_cb), arbiter, G_CONNECT_SWAPPED);
  pulsar_config_set_guard (config, guard_arbiter, G_OBJECT (arbiter));
}

void
pulsar_config_relay_add_monitor (PulsarArbiter *arbiter,
                                 PulsarMonitor *monitor)
{
  g_signal_connect_object (pulsar_actor_get_config (PULSAR_ACTOR (monitor)), "changed", G_CALLBACK (monitor_changed_cb),
                           arbiter, 0);
}

void
pulsar_config_relay_remove_monitor (PulsarArbiter *arbiter,
                                    PulsarMonitor *monitor)
{
  g_signal_handlers_disconnect_by_func (pulsar_actor_get_config (PULSAR_ACTOR (monitor)), monitor_changed_cb, arbiter);
}
