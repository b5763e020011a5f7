/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/supervision/pulsar-restart-policy-private.h"

gboolean
pulsar_restart_policy_replaces (PulsarRestartPolicy  policy,
                                PulsarExitRecord    *record)
{
  switch (policy)
    {
    case PULSAR_RESTART_POLICY_NEVER:
      return FALSE;
    case PULSAR_RESTART_POLICY_ON_FAILURE:
      return pulsar_restart_policy_is_failure (record);
    case PULSAR_RESTART_POLICY_ALWAYS:
    default:
      return TRUE;
    }
}

gboolean
pulsar_restart_policy_is_failure (PulsarExitRecord *record)
{
  switch (pulsar_exit_record_get_reason (record))
    {
    case PULSAR_EXIT_REASON_EXITED:
      return pulsar_exit_record_get_code (record) != 0;
    case PULSAR_EXIT_REASON_STOPPED:
      return FALSE;
    case PULSAR_EXIT_REASON_SIGNALLED:
    case PULSAR_EXIT_REASON_KILLED_TIMEOUT:
    case PULSAR_EXIT_REASON_KILLED_START:
    case PULSAR_EXIT_REASON_OOM:
    case PULSAR_EXIT_REASON_LOST:
    default:
      return TRUE;
    }
}
