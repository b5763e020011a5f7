/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/actor/pulsar-actor.h>
#include <pulsar-glib/actor/pulsar-spawn.h>
#include <pulsar-glib/application/pulsar-application.h>

#include "pulsar-glib/server/pulsar-listener-private.h"

G_BEGIN_DECLS

/* The sockets of one server: the arbiter opens them as the settings of the scope `socket` say and gives them to workers. With
 * reuse-port a worker gets one more for each address, of its own. */
typedef struct
{
  GPtrArray *listeners;  /* (owned) (element-type PulsarListener) */
  GStrv addresses;       /* (owned) their names, without those of exclusive ones */
  gboolean reuse_port;   /* in the arbiter: each worker gets sockets of its own too */
  guint backlog;         /* in the arbiter */
} PulsarListenerSet;

/* Whether the settings go together, before anything is opened. */
gboolean           pulsar_listener_set_check (PulsarConfig       *config,
                                              GError            **error);

/* Whether two servers of one kind and program ask for different addresses. */
gboolean           pulsar_listener_set_check_beside (PulsarApplication  *application,
                                                     PulsarApplication  *other,
                                                     GError            **error);

/* In the arbiter: all that `bind` asks for, or none. @type: stream or datagram. */
PulsarListenerSet *pulsar_listener_set_open  (PulsarConfig       *config,
                                              GSocketType         type,
                                              GError            **error) G_GNUC_WARN_UNUSED_RESULT;
void               pulsar_listener_set_give  (PulsarListenerSet  *self,
                                              PulsarSpawn        *spawn);

/* In a worker: what the arbiter gave. */
PulsarListenerSet *pulsar_listener_set_take  (PulsarActor        *worker,
                                              GSocketType         type,
                                              GError            **error) G_GNUC_WARN_UNUSED_RESULT;

/* Closes all; in the arbiter socket files are removed. */
void               pulsar_listener_set_free  (PulsarListenerSet  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarListenerSet, pulsar_listener_set_free)

G_END_DECLS
