/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <pulsar-glib/base/pulsar-version-macros.h>
#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_SPAWN (pulsar_spawn_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarSpawn, pulsar_spawn, PULSAR, SPAWN, GObject)

PULSAR_AVAILABLE_IN_ALL
const char   *pulsar_spawn_get_name        (PulsarSpawn *self);
PULSAR_AVAILABLE_IN_ALL
const char   *pulsar_spawn_get_id          (PulsarSpawn *self);
PULSAR_AVAILABLE_IN_ALL
guint         pulsar_spawn_get_slot        (PulsarSpawn *self);
PULSAR_AVAILABLE_IN_ALL
PulsarConfig *pulsar_spawn_get_config      (PulsarSpawn *self);
PULSAR_AVAILABLE_IN_ALL
GVariant     *pulsar_spawn_get_parameters  (PulsarSpawn *self);
PULSAR_AVAILABLE_IN_ALL
void          pulsar_spawn_set_parameter   (PulsarSpawn *self,
                                            const char  *name,
                                            GVariant    *value);
PULSAR_AVAILABLE_IN_ALL
void          pulsar_spawn_take_fd         (PulsarSpawn *self,
                                            const char  *name,
                                            int          fd);
PULSAR_AVAILABLE_IN_ALL
void          pulsar_spawn_set_environment (PulsarSpawn *self,
                                            const char  *name,
                                            const char  *value);

G_END_DECLS
