/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-socket-settings-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/server/pulsar-bind-address-private.h"

#define SCOPE "socket"

static gboolean
validate_bind (PulsarSetting  *setting,
               GVariant       *value,
               gpointer        user_data,
               GError        **error)
{
  g_autofree const char **texts = g_variant_get_strv (value, NULL);

  return pulsar_bind_address_check (texts, error);
}

static void
add_bind (PulsarConfig *config)
{
  static const char * const by_default[] = { "127.0.0.1:8060", NULL };
  g_autoptr(GParamSpec) pspec = g_param_spec_ref_sink (
    g_param_spec_boxed ("bind", N_("Addresses to listen on"),
                        N_("HOST (with port 8060), HOST:PORT, :PORT for all addresses of this machine, [IPv6]:PORT; "
                           "all addresses of a name are listened on, and with port 0 the system chooses one"),
                        G_TYPE_STRV, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_autoptr(PulsarSetting) setting =
    pulsar_setting_new_with_properties ("pspec", pspec,
                                        "section", N_("Sockets"),
                                        "scope", SCOPE,
                                        "short-flag", "b",
                                        "arg-description", N_("ADDRESS"),
                                        "default-value", g_variant_new_strv (by_default, -1),
                                        "translation-domain", GETTEXT_PACKAGE,
                                        NULL);

  pulsar_setting_set_validator (setting, validate_bind, NULL, NULL);
  pulsar_config_add_setting (config, setting);
}

static void
add_backlog (PulsarConfig *config)
{
  g_autoptr(GParamSpec) pspec = g_param_spec_ref_sink (
    g_param_spec_uint ("backlog", N_("Connections that may wait to be accepted"),
                       N_("The kernel limits it to net.core.somaxconn"),
                       1, G_MAXINT, 2048, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_autoptr(PulsarSetting) setting =
    pulsar_setting_new_with_properties ("pspec", pspec,
                                        "section", N_("Sockets"),
                                        "scope", SCOPE,
                                        "arg-description", N_("NUMBER"),
                                        "translation-domain", GETTEXT_PACKAGE,
                                        NULL);

  pulsar_config_add_setting (config, setting);
}

static void
add_keep_alive (PulsarConfig *config)
{
  g_autoptr(GParamSpec) pspec = g_param_spec_ref_sink (
    g_param_spec_int64 ("keep-alive", N_("Time after which a connection without traffic is closed"),
                        N_("0 keeps idle connections open"),
                        0, G_MAXINT64, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_autoptr(PulsarSetting) setting =
    pulsar_setting_new_with_properties ("pspec", pspec,
                                        "section", N_("Sockets"),
                                        "scope", SCOPE,
                                        "unit", PULSAR_SETTING_UNIT_DURATION,
                                        "arg-description", N_("DURATION"),
                                        "translation-domain", GETTEXT_PACKAGE,
                                        NULL);

  pulsar_config_add_setting (config, setting);
}

void
pulsar_socket_settings_install (PulsarConfig *config)
{
  add_bind (config);
  add_backlog (config);
  add_keep_alive (config);
}
