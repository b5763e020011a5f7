/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/actor/pulsar-actor.h>
#include <pulsar-glib/actor/pulsar-relation.h>

G_BEGIN_DECLS

#define PULSAR_TYPE_REQUEST (pulsar_request_get_type ())
PULSAR_AVAILABLE_IN_ALL
G_DECLARE_FINAL_TYPE (PulsarRequest, pulsar_request, PULSAR, REQUEST, GObject)

PULSAR_AVAILABLE_IN_ALL
PulsarActor      *pulsar_request_get_actor             (PulsarRequest *self);
PULSAR_AVAILABLE_IN_ALL
const char       *pulsar_request_get_command           (PulsarRequest *self);
PULSAR_AVAILABLE_IN_ALL
GVariant         *pulsar_request_get_arguments         (PulsarRequest *self);
PULSAR_AVAILABLE_IN_ALL
GUnixFDList      *pulsar_request_get_fd_list           (PulsarRequest *self);
PULSAR_AVAILABLE_IN_ALL
PulsarActorProxy *pulsar_request_get_caller            (PulsarRequest *self);
PULSAR_AVAILABLE_IN_ALL
PulsarRelation    pulsar_request_get_relation          (PulsarRequest *self);
PULSAR_AVAILABLE_IN_ALL
GCancellable     *pulsar_request_get_cancellable       (PulsarRequest *self);
PULSAR_AVAILABLE_IN_ALL
gboolean          pulsar_request_is_post               (PulsarRequest *self);
PULSAR_AVAILABLE_IN_ALL
gboolean          pulsar_request_is_answered           (PulsarRequest *self);
PULSAR_AVAILABLE_IN_ALL
void              pulsar_request_return_value          (PulsarRequest *self,
                                                        GVariant      *value);
PULSAR_AVAILABLE_IN_ALL
void              pulsar_request_return_value_with_fds (PulsarRequest *self,
                                                        GVariant      *value,
                                                        GUnixFDList   *fds);
PULSAR_AVAILABLE_IN_ALL
void              pulsar_request_return_error          (PulsarRequest *self,
                                                        const GError  *error);
PULSAR_AVAILABLE_IN_ALL
void              pulsar_request_return_error_literal  (PulsarRequest *self,
                                                        const char    *message);

G_END_DECLS
