/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* Adds the settings of the scope `socket`, for a server of connections. */
void pulsar_socket_settings_install        (PulsarConfig *config);

/* Those of them that mean something for every type of socket. */
void pulsar_socket_settings_install_common (PulsarConfig *config);

G_END_DECLS
