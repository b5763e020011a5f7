/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <gio/gio.h>
#include <pulsar-glib/base/pulsar-version-macros.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_HOOK (pulsar_hook_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarHook, pulsar_hook, PULSAR, HOOK, GObject)

PULSAR_AVAILABLE_IN_ALL
const char   *pulsar_hook_get_name        (PulsarHook   *self);
PULSAR_AVAILABLE_IN_ALL
GCancellable *pulsar_hook_get_cancellable (PulsarHook   *self);
PULSAR_AVAILABLE_IN_ALL
void          pulsar_hook_hold            (PulsarHook   *self);
PULSAR_AVAILABLE_IN_ALL
void          pulsar_hook_release         (PulsarHook   *self);
PULSAR_AVAILABLE_IN_ALL
void          pulsar_hook_fail            (PulsarHook   *self,
                                           const GError *error);
PULSAR_AVAILABLE_IN_ALL
void          pulsar_hook_fail_literal    (PulsarHook   *self,
                                           const char   *message);

G_END_DECLS
