/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-spawn.h>

G_BEGIN_DECLS

PulsarSpawn        *pulsar_spawn_new             (const char  *name,
                                                  const char  *id,
                                                  guint        slot) G_GNUC_WARN_UNUSED_RESULT;

void                pulsar_spawn_set_config      (PulsarSpawn  *self,
                                                  PulsarConfig *config);

/* The descriptors in the order they were given, which stay owned by @self; @n_fds may be 0. */
const int          *pulsar_spawn_get_fds         (PulsarSpawn *self,
                                                  guint       *n_fds);

/* Their names, in the same order. */
const char * const *pulsar_spawn_get_fd_names    (PulsarSpawn *self);

/* The changes to the environment of the child: “NAME=value”, or “NAME” for a variable to unset. */
const char * const *pulsar_spawn_get_environment (PulsarSpawn *self);

G_END_DECLS
