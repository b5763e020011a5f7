/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-datagram-settings-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/server/pulsar-socket-settings-private.h"

#define SCOPE "datagram"

static void
add_size (PulsarConfig *config,
          GParamSpec   *pspec,
          const char   *zero)
{
  g_autoptr(GVariant) words = NULL;
  g_autoptr(GParamSpec) hold = g_param_spec_ref_sink (pspec);
  g_autoptr(PulsarSetting) setting = NULL;

  if (zero != NULL)
    words = g_variant_ref_sink (g_variant_new_parsed ("{%s: <uint64 0>}", zero));
  setting = pulsar_setting_new_with_properties ("pspec", hold,
                                                "section", N_("Sockets"),
                                                "scope", SCOPE,
                                                "unit", PULSAR_SETTING_UNIT_SIZE,
                                                "arg-description", N_("SIZE"),
                                                "words", words,
                                                "default-value", zero == NULL ? NULL : g_variant_new_string (zero),
                                                "translation-domain", GETTEXT_PACKAGE,
                                                NULL);

  pulsar_config_add_setting (config, setting);
}

void
pulsar_datagram_settings_install (PulsarConfig *config)
{
  pulsar_socket_settings_install_common (config);
  add_size (config, g_param_spec_uint64 ("datagram-size-max", N_("Size up to which datagrams are accepted"),
                                         N_("Larger ones are dropped, with a message. Over UDP none is larger than 64 K"),
                                         1, 16 * 1024 * 1024, 64 * 1024, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS), NULL);
  add_size (config, g_param_spec_uint64 ("receive-buffer", N_("Memory for datagrams that wait to be read"),
                                         N_("When it is full the kernel drops what comes in. system is what every socket "
                                            "gets; the kernel limits it to net.core.rmem_max"),
                                         0, 1024 * 1024 * 1024, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS), "system");
}
