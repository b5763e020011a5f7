/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/actor/pulsar-actor-private.h"

#include "pulsar-glib/pulsar-enum-types.h"

gboolean
pulsar_state_can_become (PulsarState from,
                         PulsarState to)
{
#define TO(state) (1u << PULSAR_STATE_##state)
  static const guint edges[] = {
    [PULSAR_STATE_INITIAL] = TO (STARTING) | TO (STOPPING) | TO (CLOSED) | TO (TERMINATED),
    [PULSAR_STATE_STARTING] = TO (RUNNING) | TO (STOPPING) | TO (TERMINATED),
    [PULSAR_STATE_RUNNING] = TO (STOPPING) | TO (TERMINATED),
    [PULSAR_STATE_STOPPING] = TO (CLOSED) | TO (TERMINATED),
    [PULSAR_STATE_CLOSED] = TO (STARTING),  /* the same instance can be started again */
    [PULSAR_STATE_TERMINATED] = 0,
  };
#undef TO

  return (guint) from < G_N_ELEMENTS (edges) && (edges[from] & (1u << to)) != 0;
}

const char *
pulsar_state_get_nick (PulsarState state)
{
  g_autoptr(GEnumClass) klass = g_type_class_ref (PULSAR_TYPE_STATE);
  const GEnumValue *value = g_enum_get_value (klass, (int) state);

  return value != NULL ? value->value_nick : "?";
}
