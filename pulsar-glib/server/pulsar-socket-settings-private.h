/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* Adds the settings of the scope `socket`. */
void pulsar_socket_settings_install (PulsarConfig *config);

G_END_DECLS
