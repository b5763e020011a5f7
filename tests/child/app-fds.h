/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/pulsar.h>

/* What the workers of app.c do with descriptors: `listen`, `move`, `adopt`, `lend-memory`, `read-memory`, `count-fds`, `hang-up`. */
void app_fds_register_commands (void);
