/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/pulsar.h>

/* What the workers of app.c do with channels to each other: `connect`, `tell`, `forget`. */
void app_channel_register_commands (void);
