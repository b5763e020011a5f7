/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/pulsar.h>

/* Answers a client with “ok VALUE” or “error DOMAIN CODE TEXT”, in the order in which the asks end. */
void victim_ask               (PulsarConnection *connection,
                               const char       *line);

/* Writes these bytes, told in hexadecimal digits, into the mailbox of this worker. */
void victim_write_raw         (const char       *digits);

void victim_register_commands (void);
