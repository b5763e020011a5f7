/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/control/pulsar-control-private.h"

#include "pulsar-glib/config/pulsar-config-private.h"
#include "pulsar-glib/control/pulsar-pid-file-private.h"
#include "pulsar-glib/control/pulsar-systemd-private.h"

struct _PulsarControl
{
  PulsarPidFile *pid_file;  /* (owned) (nullable) */
  PulsarSystemd *systemd;   /* (owned) */
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
pulsar_control_new (PulsarConfig   *config,
                    PulsarArbiter  *arbiter,
                    GError        **error)
{
  g_autoptr(PulsarControl) self = g_new0 (PulsarControl, 1);
  g_autoptr(GError) local_error = NULL;

  self->systemd = pulsar_systemd_new (arbiter);
  if (open_pid_file (self, config, &local_error))
    return g_steal_pointer (&self);

  pulsar_control_ended (self, local_error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

void
pulsar_control_started (PulsarControl *self)
{
  pulsar_systemd_started (self->systemd);
}

void
pulsar_control_reloading (PulsarControl *self)
{
  pulsar_systemd_reloading (self->systemd);
}

void
pulsar_control_reloaded (PulsarControl *self,
                         const GError  *error)
{
  pulsar_systemd_reloaded (self->systemd, error);
}

void
pulsar_control_ended (PulsarControl *self,
                      const GError  *error)
{
  pulsar_systemd_ended (self->systemd, error);
}

void
pulsar_control_free (PulsarControl *self)
{
  g_clear_pointer (&self->pid_file, pulsar_pid_file_free);
  g_clear_object (&self->systemd);
  g_free (self);
}

void
pulsar_control_tell_failure (const GError *error)
{
  pulsar_systemd_tell_failure (error);
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
