/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#if !defined (PULSAR_INSIDE) && !defined (PULSAR_COMPILATION)
# error "Only <pulsar-glib/pulsar.h> can be included directly."
#endif

#include <pulsar-glib/actor/pulsar-relation.h>
#include <pulsar-glib/actor/pulsar-request.h>

G_BEGIN_DECLS

/**
 * PulsarCommandFunc:
 * @request: the request to answer
 * @user_data: what was given to [func@Pulsar.command_register]
 *
 * Executes a command.
 *
 * It runs in the main context of the actor that was asked, which
 * [method@Pulsar.Request.get_actor] tells. It may answer now or keep a
 * reference to @request and answer later.
 *
 * Since: 0.1
 */
typedef void (*PulsarCommandFunc) (PulsarRequest *request,
                                   gpointer       user_data);

PULSAR_AVAILABLE_IN_ALL
void     pulsar_command_register   (const char           *name,
                                    const char           *argument_type,
                                    PulsarCommandCallers  callers,
                                    PulsarCommandFunc     handler,
                                    gpointer              user_data,
                                    GDestroyNotify        destroy);
PULSAR_AVAILABLE_IN_ALL
gboolean pulsar_command_unregister (const char           *name);

G_END_DECLS
