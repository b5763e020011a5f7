/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/control/pulsar-control-private.h"

#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/control/pulsar-pid-file-private.h"

struct _PulsarControl
{
  PulsarPidFile *pid_file;  /* (owned) (nullable) */
};

static gboolean
open_pid_file (PulsarControl  *self,
               PulsarConfig   *config,
               GError        **error)
{
  g_autofree char *path = pulsar_config_dup_string (config, "pid-file");

  if (*path == '\0')
    return TRUE;
  self->pid_file = pulsar_pid_file_open (path, error);
  return self->pid_file != NULL;
}

PulsarControl *
pulsar_control_new (PulsarConfig  *config,
                    GError       **error)
{
  g_autoptr(PulsarControl) self = g_new0 (PulsarControl, 1);

  if (!open_pid_file (self, config, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
pulsar_control_free (PulsarControl *self)
{
  g_clear_pointer (&self->pid_file, pulsar_pid_file_free);
  g_free (self);
}

gboolean
pulsar_control_check (PulsarConfig  *config,
                      GError       **error)
{
  g_autofree char *path = pulsar_config_dup_string (config, "pid-file");
  g_autofree char *source = NULL;

  if (*path == '\0' || pulsar_pid_file_check (path, error))
    return TRUE;
  source = pulsar_config_describe_source (config, "pid-file");
  g_prefix_error (error, "%s: ", source);
  return FALSE;
}
