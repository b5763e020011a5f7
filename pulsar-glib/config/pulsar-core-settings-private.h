/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* Adds the settings every application has, the global ones included. */
void pulsar_core_settings_install (PulsarConfig *config);

/* What follows from other settings, once all layers are read: with “debug” one worker, unless somebody set another number. */
void pulsar_core_settings_derive  (PulsarConfig *config);

G_END_DECLS
