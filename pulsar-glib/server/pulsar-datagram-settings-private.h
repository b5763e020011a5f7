/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* Adds the settings of the scope `socket` that mean something for datagrams, and those of the scope `datagram`. */
void pulsar_datagram_settings_install (PulsarConfig *config);

G_END_DECLS
