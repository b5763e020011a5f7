/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The senders whose PROXY header is believed: addresses, networks (ADDRESS/BITS), `unix` for unix sockets, `all`. */
typedef struct
{
  GPtrArray *masks;  /* (owned) (element-type GInetAddressMask) */
  gboolean unix_sockets;
  gboolean all;
} PulsarProxyTrust;

PulsarProxyTrust *pulsar_proxy_trust_new      (const char * const  *texts,
                                               GError             **error) G_GNUC_WARN_UNUSED_RESULT;
void              pulsar_proxy_trust_free     (PulsarProxyTrust    *self);
gboolean          pulsar_proxy_trust_contains (PulsarProxyTrust    *self,
                                               GSocketAddress      *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarProxyTrust, pulsar_proxy_trust_free)

G_END_DECLS
