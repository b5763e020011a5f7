/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "app-channel.h"

/* The channel that was opened last. */
static PulsarActorProxy *other;

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(PulsarActorProxy) proxy = pulsar_actor_open_channel_finish (PULSAR_ACTOR (source), result, &error);

  if (proxy == NULL)
    {
      pulsar_request_return_error (request, error);
      return;
    }
  g_set_object (&other, proxy);
  pulsar_request_return_value (request, g_variant_new ("(s)", pulsar_actor_proxy_get_name (proxy)));
}

static void
connect_command (PulsarRequest *request,
                 gpointer       user_data)
{
  const char *target;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &target);
  pulsar_actor_open_channel_async (pulsar_request_get_actor (request), target, NULL, opened_cb, g_object_ref (request));
}

static void
told_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr(PulsarRequest) request = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) value = pulsar_actor_proxy_send_finish (PULSAR_ACTOR_PROXY (source), result, NULL, &error);

  if (value == NULL)
    pulsar_request_return_error (request, error);
  else
    pulsar_request_return_value (request, value);
}

static void
tell_command (PulsarRequest *request,
              gpointer       user_data)
{
  const char *command;

  g_variant_get (pulsar_request_get_arguments (request), "(&s)", &command);
  pulsar_actor_proxy_send_async (other, command, NULL, NULL, 0, NULL, told_cb, g_object_ref (request));
}

static void
forget_command (PulsarRequest *request,
                gpointer       user_data)
{
  g_clear_object (&other);
  pulsar_request_return_value (request, NULL);
}

void
app_channel_register_commands (void)
{
  pulsar_command_register ("connect", "(s)", PULSAR_COMMAND_CALLERS_ANY, connect_command, NULL, NULL);
  pulsar_command_register ("tell", "(s)", PULSAR_COMMAND_CALLERS_ANY, tell_command, NULL, NULL);
  pulsar_command_register ("forget", NULL, PULSAR_COMMAND_CALLERS_ANY, forget_command, NULL, NULL);
}
