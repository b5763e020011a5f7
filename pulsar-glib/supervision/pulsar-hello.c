/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-hello-private.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "pulsar-glib/actor/pulsar-spawn-private.h"
#include "pulsar-glib/base/pulsar-error-private.h"
#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/log/pulsar-log-private.h"

/* Bounds of the time between heartbeats, which is a third of `timeout`. */
#define HEARTBEAT_MIN_MS 1000
#define HEARTBEAT_MAX_MS 10000

#define START_MARGIN_MS 1000

static guint
get_heartbeat_ms (guint timeout_ms)
{
  return timeout_ms == 0 ? HEARTBEAT_MAX_MS : CLAMP (timeout_ms / 3, HEARTBEAT_MIN_MS, HEARTBEAT_MAX_MS);
}

/* A worker gives up a hook a little before its supervisor gives up the worker, so that it can say which hook it was. */
static guint
get_own_start_timeout_ms (guint start_timeout_ms)
{
  return start_timeout_ms - MIN (start_timeout_ms / 10, START_MARGIN_MS);
}

/* What the workers write may go elsewhere, but their log goes to the same place as that of the supervisor. */
static void
add_log_fd (PulsarSpawn *spawn)
{
  int fd = fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

  if (fd >= 0)
    pulsar_spawn_take_fd (spawn, PULSAR_HELLO_LOG_FD, fd);
}

static PulsarWorkerOutput
get_output (PulsarConfig *config)
{
  g_autofree char *word = pulsar_config_dup_string (config, "worker-output");

  if (g_str_equal (word, "null"))
    return PULSAR_WORKER_OUTPUT_NULL;
  return g_str_equal (word, "log") ? PULSAR_WORKER_OUTPUT_LOG : PULSAR_WORKER_OUTPUT_INHERIT;
}

static void
fill_log (PulsarHello  *self,
          PulsarConfig *config,
          PulsarSpawn  *spawn)
{
  g_auto(GStrv) handlers = pulsar_config_dup_strv (config, "log-handlers");

  self->title = pulsar_config_dup_string (config, "process-name");
  self->exc_id = pulsar_config_dup_string (config, "exc-id");
  self->log_levels = pulsar_config_dup_strv (config, "log-level");
  self->log_handlers = pulsar_log_resolve_handlers ((const char * const *) handlers);
  self->debug = pulsar_config_get_boolean (config, "debug");
  self->output = get_output (config);
  if (self->output != PULSAR_WORKER_OUTPUT_INHERIT)
    add_log_fd (spawn);
}

PulsarHello *
pulsar_hello_new_for_config (PulsarConfig  *config,
                             PulsarSpawn   *spawn,
                             int            slot,
                             GError       **error)
{
  PulsarProcessAttributes *attributes = pulsar_process_attributes_new (config, slot, error);
  PulsarHello *self;

  if (attributes == NULL)
    return NULL;

  self = g_new0 (PulsarHello, 1);
  self->attributes = attributes;
  self->slot = (guint) MAX (slot, 0);
  self->id = g_strdup (pulsar_spawn_get_id (spawn));
  self->name = g_strdup (pulsar_spawn_get_name (spawn));
  fill_log (self, config, spawn);
  self->snapshot = pulsar_config_to_snapshot (config);
  self->parameters = g_variant_ref (pulsar_spawn_get_parameters (spawn));
  self->fd_names = g_strdupv ((char **) pulsar_spawn_get_fd_names (spawn));
  self->orphan_timeout_ms = pulsar_config_get_duration_ms (config, "orphan-timeout");
  self->start_timeout_ms = get_own_start_timeout_ms (pulsar_config_get_duration_ms (config, "start-timeout"));
  self->heartbeat_ms = get_heartbeat_ms (pulsar_config_get_duration_ms (config, "timeout"));
  self->mailbox_messages = pulsar_config_get_uint (config, "mailbox-limit");
  self->mailbox_bytes = pulsar_config_get_size (config, "mailbox-bytes");
  self->message_size_max = pulsar_config_get_size (config, "message-size-max");
  self->mailbox_spin_us = (guint) pulsar_config_get_duration (config, "mailbox-spin");
  return self;
}

void
pulsar_hello_free (PulsarHello *self)
{
  g_free (self->application);
  g_free (self->type_name);
  g_free (self->id);
  g_free (self->name);
  g_free (self->supervisor);
  g_clear_pointer (&self->attributes, pulsar_process_attributes_free);
  g_clear_pointer (&self->snapshot, g_variant_unref);
  g_clear_pointer (&self->parameters, g_variant_unref);
  g_strfreev (self->fd_names);
  g_free (self->log_name);
  g_free (self->title);
  g_free (self->exc_id);
  g_strfreev (self->log_levels);
  g_strfreev (self->log_handlers);
  g_free (self);
}

GVariant *
pulsar_hello_encode (PulsarHello *self)
{
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (self->application != NULL)
    g_variant_dict_insert (&dict, "application", "s", self->application);
  g_variant_dict_insert (&dict, "type", "s", self->type_name);
  g_variant_dict_insert (&dict, "by-type", "b", self->by_type);
  g_variant_dict_insert (&dict, "id", "s", self->id);
  g_variant_dict_insert (&dict, "name", "s", self->name);
  g_variant_dict_insert (&dict, "supervisor", "s", self->supervisor);
  g_variant_dict_insert (&dict, "slot", "u", self->slot);
  g_variant_dict_insert (&dict, "generation", "u", self->generation);
  g_variant_dict_insert_value (&dict, "attributes", pulsar_process_attributes_to_variant (self->attributes));
  g_variant_dict_insert (&dict, "snapshot", "v", self->snapshot);
  if (self->parameters != NULL)
    g_variant_dict_insert_value (&dict, "parameters", self->parameters);
  if (self->fd_names != NULL)
    g_variant_dict_insert (&dict, "fd-names", "^as", self->fd_names);
  g_variant_dict_insert (&dict, "orphan-timeout", "u", self->orphan_timeout_ms);
  g_variant_dict_insert (&dict, "start-timeout", "u", self->start_timeout_ms);
  g_variant_dict_insert (&dict, "heartbeat", "u", self->heartbeat_ms);
  g_variant_dict_insert (&dict, "mailbox-limit", "u", self->mailbox_messages);
  g_variant_dict_insert (&dict, "mailbox-bytes", "t", self->mailbox_bytes);
  g_variant_dict_insert (&dict, "message-size-max", "t", self->message_size_max);
  g_variant_dict_insert (&dict, "mailbox-spin", "u", self->mailbox_spin_us);
  g_variant_dict_insert (&dict, "log-name", "s", self->log_name);
  g_variant_dict_insert (&dict, "title", "s", self->title);
  g_variant_dict_insert (&dict, "exc-id", "s", self->exc_id);
  g_variant_dict_insert (&dict, "log-levels", "^as", self->log_levels);
  g_variant_dict_insert (&dict, "log-handlers", "^as", self->log_handlers);
  g_variant_dict_insert (&dict, "debug", "b", self->debug);
  return g_variant_dict_end (&dict);
}

/* Looks up what may be missing, but not be something else. */
static gboolean
lookup_optional (GVariantDict *dict,
                 const char   *key,
                 const char   *type,
                 gpointer      value)
{
  return !g_variant_dict_contains (dict, key) || g_variant_dict_lookup (dict, key, type, value);
}

PulsarHello *
pulsar_hello_decode (GVariant  *body,
                     GError   **error)
{
  g_autoptr(PulsarHello) self = g_new0 (PulsarHello, 1);
  g_autoptr(GVariant) attributes = NULL;
  g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (body == NULL || !g_variant_is_of_type (body, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR,
                           _("The first message of the supervisor is not a dictionary"));
      return NULL;
    }

  g_variant_dict_clear (&dict);
  g_variant_dict_init (&dict, body);
  if (!lookup_optional (&dict, "application", "s", &self->application)
      || !lookup_optional (&dict, "fd-names", "^as", &self->fd_names)
      || !lookup_optional (&dict, "parameters", "@a{sv}", &self->parameters)
      || !g_variant_dict_lookup (&dict, "type", "s", &self->type_name)
      || !g_variant_dict_lookup (&dict, "by-type", "b", &self->by_type)
      || !g_variant_dict_lookup (&dict, "id", "s", &self->id)
      || !g_variant_dict_lookup (&dict, "name", "s", &self->name)
      || !g_variant_dict_lookup (&dict, "supervisor", "s", &self->supervisor)
      || !g_variant_dict_lookup (&dict, "slot", "u", &self->slot)
      || !g_variant_dict_lookup (&dict, "generation", "u", &self->generation)
      || !g_variant_dict_lookup (&dict, "attributes", "@a{sv}", &attributes)
      || (self->attributes = pulsar_process_attributes_from_variant (attributes)) == NULL
      || !g_variant_dict_lookup (&dict, "snapshot", "v", &self->snapshot)
      || !g_variant_dict_lookup (&dict, "orphan-timeout", "u", &self->orphan_timeout_ms)
      || !g_variant_dict_lookup (&dict, "start-timeout", "u", &self->start_timeout_ms)
      || !g_variant_dict_lookup (&dict, "heartbeat", "u", &self->heartbeat_ms)
      || !g_variant_dict_lookup (&dict, "mailbox-limit", "u", &self->mailbox_messages)
      || !g_variant_dict_lookup (&dict, "mailbox-bytes", "t", &self->mailbox_bytes)
      || !g_variant_dict_lookup (&dict, "message-size-max", "t", &self->message_size_max)
      || !g_variant_dict_lookup (&dict, "mailbox-spin", "u", &self->mailbox_spin_us)
      || !g_variant_dict_lookup (&dict, "log-name", "s", &self->log_name)
      || !g_variant_dict_lookup (&dict, "title", "s", &self->title)
      || !g_variant_dict_lookup (&dict, "exc-id", "s", &self->exc_id)
      || !g_variant_dict_lookup (&dict, "log-levels", "^as", &self->log_levels)
      || !g_variant_dict_lookup (&dict, "log-handlers", "^as", &self->log_handlers)
      || !g_variant_dict_lookup (&dict, "debug", "b", &self->debug))
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_PROTOCOL_ERROR,
                           _("The first message of the supervisor lacks a field, or one has the wrong type"));
      return NULL;
    }
  return g_steal_pointer (&self);
}
