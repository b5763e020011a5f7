/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/application/pulsar-configurator-private.h"

#include <pulsar-glib/pulsar.h>

#include "pulsar-glib/config/pulsar-config-private.h"

/* What goes wrong before a program runs, where no hook can be failed: it is kept with the object until the configuration is
 * loaded. */

static GQuark
failure_quark (void)
{
  return g_quark_from_static_string ("pulsar-configurator-failure");
}

gboolean
pulsar_configurator_check (PulsarConfigurator  *self,
                           GError             **error)
{
  PulsarConfig *config = pulsar_configurator_get_config (self);  /* whose making may be what fails */
  const char *failure = g_object_get_qdata (G_OBJECT (self), failure_quark ());

  if (failure != NULL)
    {
      g_set_error_literal (error, PULSAR_ERROR, PULSAR_ERROR_CONFIGURATION, failure);
      return FALSE;
    }
  return pulsar_config_check_registration (config, error) && pulsar_configurator_check_name (self, error);
}

char *
pulsar_configurator_steal_failure (PulsarConfigurator *self)
{
  return g_object_steal_qdata (G_OBJECT (self), failure_quark ());
}

/**
 * pulsar_configurator_fail:
 * @self: a configurator
 * @message: why, for the user
 *
 * Says that the program cannot run, where there is no [class@Pulsar.Hook] to fail: in
 * [signal@Pulsar.Configurator::register-settings], in [signal@Pulsar.MultiApp::build], and before the program runs.
 *
 * [method@Pulsar.Configurator.load_config], [method@Pulsar.Configurator.run] and [method@Pulsar.Configurator.start_async]
 * then fail with `PULSAR_ERROR_CONFIGURATION` and the first message. What a build said is forgotten when it is run again.
 *
 * In Python and JavaScript an exception does the same.
 *
 * Since: 0.1
 */
void
pulsar_configurator_fail (PulsarConfigurator *self,
                          const char         *message)
{
  g_return_if_fail (PULSAR_IS_CONFIGURATOR (self));
  g_return_if_fail (message != NULL);

  if (g_object_get_qdata (G_OBJECT (self), failure_quark ()) == NULL)
    g_object_set_qdata_full (G_OBJECT (self), failure_quark (), g_strdup (message), g_free);
}
