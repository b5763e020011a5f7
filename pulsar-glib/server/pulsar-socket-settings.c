/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "pulsar-glib/server/pulsar-socket-settings-private.h"

#include <glib/gi18n-lib.h>

#include "pulsar-glib/server/pulsar-bind-address-private.h"
#include "pulsar-glib/server/pulsar-proxy-trust-private.h"
#include "pulsar-glib/server/pulsar-socket-owner-private.h"

/* So that a point in time can be added to it. */
#define KEEP_ALIVE_MAX_US (365 * G_TIME_SPAN_DAY)

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
                        N_("HOST (with port 8060), HOST:PORT, :PORT for all addresses of this machine, [IPv6]:PORT, unix:PATH, "
                           "unix:@NAME for an abstract name, fd:NAME for a socket passed by systemd; all addresses of a name "
                           "are listened on, and with port 0 the system chooses one"),
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

static gboolean
validate_mode (PulsarSetting  *setting,
               GVariant       *value,
               gpointer        user_data,
               GError        **error)
{
  const char *text = g_variant_get_string (value, NULL);
  mode_t mode;

  return *text == '\0' || pulsar_socket_owner_parse_mode (text, &mode, error);
}

static gboolean
validate_owner (PulsarSetting  *setting,
                GVariant       *value,
                gpointer        user_data,
                GError        **error)
{
  const char *text = g_variant_get_string (value, NULL);
  PulsarSocketOwner owner;

  return *text == '\0' || pulsar_socket_owner_parse (text, &owner, error);
}

/* Takes @pspec. */
static void
add (PulsarConfig           *config,
     GParamSpec             *pspec,
     const char             *argument,
     PulsarSettingUnit       unit,
     PulsarSettingValidator  validator)
{
  g_autoptr(GParamSpec) owned = g_param_spec_ref_sink (pspec);
  g_autoptr(PulsarSetting) setting =
    pulsar_setting_new_with_properties ("pspec", owned,
                                        "section", N_("Sockets"),
                                        "scope", SCOPE,
                                        "unit", unit,
                                        "arg-description", argument,
                                        "translation-domain", GETTEXT_PACKAGE,
                                        NULL);

  if (validator != NULL)
    pulsar_setting_set_validator (setting, validator, NULL, NULL);
  pulsar_config_add_setting (config, setting);
}

static gboolean
validate_proxy_trusted (PulsarSetting  *setting,
                        GVariant       *value,
                        gpointer        user_data,
                        GError        **error)
{
  g_autofree const char **texts = g_variant_get_strv (value, NULL);
  g_autoptr(PulsarProxyTrust) trust = pulsar_proxy_trust_new (texts, error);

  return trust != NULL;
}

static GType
get_proxy_protocol_type (void)
{
  static const GEnumValue values[] = {
    { 0, "off", "off" },
    { 1, "require", "require" },
    { 0, NULL, NULL },
  };
  static GType type;

  if (type == 0)
    type = g_enum_register_static ("PulsarProxyProtocolSetting", values);
  return type;
}

static void
add_proxy_trusted (PulsarConfig *config)
{
  static const char * const by_default[] = { "127.0.0.0/8", "::1", "unix", NULL };
  g_autoptr(GParamSpec) pspec = g_param_spec_ref_sink (
    g_param_spec_boxed ("proxy-trusted", N_("Senders of PROXY headers that are believed"),
                        N_("Addresses, networks such as 10.0.0.0/8, unix for all who connect to a unix socket, all for "
                           "everybody; with proxy-protocol, connections of others are closed"),
                        G_TYPE_STRV, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_autoptr(PulsarSetting) setting =
    pulsar_setting_new_with_properties ("pspec", pspec,
                                        "section", N_("Sockets"),
                                        "scope", SCOPE,
                                        "arg-description", N_("ADDRESS"),
                                        "default-value", g_variant_new_strv (by_default, -1),
                                        "translation-domain", GETTEXT_PACKAGE,
                                        NULL);

  pulsar_setting_set_validator (setting, validate_proxy_trusted, NULL, NULL);
  pulsar_config_add_setting (config, setting);
}

static void
add_tls (PulsarConfig *config)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  add (config,
       g_param_spec_string ("tls-cert-file", N_("Certificate of the server, which turns on TLS"),
                            N_("A PEM file: the certificate first, then those that lead to its root"), "", flags),
       N_("FILE"), PULSAR_SETTING_UNIT_PLAIN, NULL);
  add (config,
       g_param_spec_string ("tls-key-file", N_("Private key of the certificate"),
                            N_("A PEM file without a passphrase; not needed if the key stands in tls-cert-file"), "", flags),
       N_("FILE"), PULSAR_SETTING_UNIT_PLAIN, NULL);
  add (config,
       g_param_spec_string ("tls-client-ca-file", N_("Certificates of those who vouch for clients"),
                            N_("A PEM file; with it a client must have a certificate that one of them signed"), "", flags),
       N_("FILE"), PULSAR_SETTING_UNIT_PLAIN, NULL);
  add (config,
       g_param_spec_int64 ("handshake-timeout", N_("Time for the handshake of TLS and the PROXY header"),
                           N_("Who has not finished both by then is disconnected"),
                           G_TIME_SPAN_MILLISECOND, G_TIME_SPAN_HOUR, 10 * G_TIME_SPAN_SECOND, flags),
       N_("DURATION"), PULSAR_SETTING_UNIT_DURATION, NULL);
}

void
pulsar_socket_settings_install_common (PulsarConfig *config)
{
  add_bind (config);
  add (config,
       g_param_spec_boolean ("reuse-port", N_("Give each worker a socket of its own for each address"),
                             N_("The kernel then chooses the worker of a connection or datagram by its addresses "
                                "(SO_REUSEPORT); other programs of the same user can have the port too"),
                             FALSE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
       NULL, PULSAR_SETTING_UNIT_PLAIN, NULL);
  add (config,
       g_param_spec_string ("socket-mode", N_("Mode of the files of unix sockets, in octal"),
                            N_("Who may connect: 660 lets in the owner and the group; empty is what the umask leaves"),
                            "", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
       N_("MODE"), PULSAR_SETTING_UNIT_PLAIN, validate_mode);
  add (config,
       g_param_spec_string ("socket-owner", N_("Owner of the files of unix sockets"),
                            N_("USER, USER:GROUP or :GROUP, by name or number; abstract names have no owner"),
                            "", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
       N_("OWNER"), PULSAR_SETTING_UNIT_PLAIN, validate_owner);
}

/* Adds a setting whose default is a word for 0. */
static void
add_with_word (PulsarConfig *config,
               GParamSpec   *pspec,
               const char   *arg_description,
               PulsarSettingUnit unit,
               const char   *word,
               GVariant     *zero)
{
  g_autoptr(GParamSpec) owned = g_param_spec_ref_sink (pspec);
  g_auto(GVariantDict) words = G_VARIANT_DICT_INIT (NULL);
  g_autoptr(PulsarSetting) setting = NULL;

  g_variant_dict_insert_value (&words, word, zero);
  setting = pulsar_setting_new_with_properties ("pspec", owned,
                                                "section", N_("Sockets"),
                                                "scope", SCOPE,
                                                "arg-description", arg_description,
                                                "unit", unit,
                                                "words", g_variant_dict_end (&words),
                                                "default-value", g_variant_new_string (word),
                                                "translation-domain", GETTEXT_PACKAGE,
                                                NULL);
  pulsar_config_add_setting (config, setting);
}

void
pulsar_socket_settings_install (PulsarConfig *config)
{
  pulsar_socket_settings_install_common (config);
  add (config,
       g_param_spec_uint ("backlog", N_("Connections that may wait to be accepted"),
                          N_("The kernel limits it to net.core.somaxconn"),
                          1, G_MAXINT, 2048, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
       N_("NUMBER"), PULSAR_SETTING_UNIT_PLAIN, NULL);
  add_with_word (config,
                 g_param_spec_uint ("max-connections", N_("Connections that a worker has open at most"),
                                    N_("More of them wait until one is closed, or go to another worker; 0 is unlimited too"),
                                    0, G_MAXINT, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
                 N_("NUMBER"), PULSAR_SETTING_UNIT_PLAIN, "unlimited", g_variant_new_uint32 (0));
  add_with_word (config,
                 g_param_spec_int64 ("keep-alive", N_("Time after which a connection without traffic is closed"),
                                     N_("off keeps idle connections open"),
                                     0, KEEP_ALIVE_MAX_US, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
                 N_("DURATION"), PULSAR_SETTING_UNIT_DURATION, "off", g_variant_new_int64 (0));
  add_tls (config);
  add (config,
       g_param_spec_enum ("proxy-protocol", N_("Whether connections come from a proxy that says for whom"),
                          N_("require: each begins with a header of the PROXY protocol, version 1 or 2"),
                          get_proxy_protocol_type (), 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
       NULL, PULSAR_SETTING_UNIT_PLAIN, NULL);
  add_proxy_trusted (config);
}
