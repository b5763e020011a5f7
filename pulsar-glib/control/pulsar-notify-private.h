/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whom a service wants to be told of: the socket of the service manager, after sd_notify (3). */
typedef struct _PulsarNotify PulsarNotify;

typedef enum
{
  PULSAR_NOTIFY_NONE = 0,
  PULSAR_NOTIFY_SKIP_IF_FULL = 1 << 0,  /* another one will come: rather lose it than wait */
} PulsarNotifyFlags;

/* Returns NULL if nobody wants to be told; an address that cannot be used is logged. */
PulsarNotify *pulsar_notify_new  (void) G_GNUC_WARN_UNUSED_RESULT;

/* Sends one datagram: lines VARIABLE=VALUE. @fd, unless it is -1, goes with it and stays the caller's. What cannot be sent is logged
 * the first time. */
void          pulsar_notify_send (PulsarNotify      *self,
                                  const char        *text,
                                  int                fd,
                                  PulsarNotifyFlags  flags);
void          pulsar_notify_free (PulsarNotify      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarNotify, pulsar_notify_free)

G_END_DECLS
