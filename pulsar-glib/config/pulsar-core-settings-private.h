/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* Adds the settings every application has, the global ones included. */
void pulsar_core_settings_install (PulsarConfig *config);

/* What follows from other settings, once all layers are read: with “debug” one worker, and with “user” no new privileges, unless somebody
 * set something else. */
void pulsar_core_settings_derive  (PulsarConfig *config);

/* What a value alone does not tell, and what only the machine knows: whether there are such a user and such a group. A worker, which has
 * the values of its arbiter, does not ask again. Appends lines to @errors. */
void pulsar_core_settings_check   (PulsarConfig *config,
                                   GString      *errors);

G_END_DECLS
