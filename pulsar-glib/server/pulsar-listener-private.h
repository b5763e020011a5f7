/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "pulsar-glib/server/pulsar-bind-address-private.h"

G_BEGIN_DECLS

/* One listening socket of this process. */
typedef struct
{
  int fd;                   /* (owned) non-blocking, close-on-exec */
  GSocketAddress *address;  /* (owned) the real one, never port 0 */
  char *name;               /* (owned) the address for people: 127.0.0.1:8060, [::]:8060 */
} PulsarListener;

/* Every listening socket @addresses ask for, or none and an error that names the address that could not be had. Resolves
 * names, and so may block: it is for the start of a program. (element-type PulsarListener) */
GPtrArray      *pulsar_listener_open        (const char * const  *addresses,
                                             guint                backlog,
                                             GError             **error) G_GNUC_WARN_UNUSED_RESULT;

/* A listening socket that was opened elsewhere. Takes @fd, also when it fails. */
PulsarListener *pulsar_listener_new_take_fd (int                  fd,
                                             GError             **error) G_GNUC_WARN_UNUSED_RESULT;
void            pulsar_listener_free        (PulsarListener      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarListener, pulsar_listener_free)

G_END_DECLS
