/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The most that a header may take. Version 1 has a limit of its own; version 2 could be 64 KiB, of which no proxy makes use. */
#define PULSAR_PROXY_HEADER_MAX (16 * 1024)

/* What a proxy says of a connection before the bytes of its client (PROXY protocol, versions 1 and 2). */
typedef struct
{
  gboolean is_local;            /* the connection is of the proxy itself, and the addresses are those of the socket */
  GSocketAddress *source;       /* (owned) (nullable) the client; NULL: not told */
  GSocketAddress *destination;  /* (owned) (nullable) what the client connected to; NULL: not told */
} PulsarProxyHeader;

/* Reads the header that @data begins with. Sets @used to the bytes of @data that belong to it, and @is_complete if that is all
 * of it; then @header is filled in. What @data has behind the header is not looked at. Fails where @data cannot be the
 * beginning of a header. */
gboolean pulsar_proxy_header_parse    (const guint8       *data,
                                       gsize               size,
                                       PulsarProxyHeader  *header,
                                       gsize              *used,
                                       gboolean           *is_complete,
                                       GError            **error);

/* How long the header is as a whole, as far as its first @size bytes tell: never less than can still come. */
gsize    pulsar_proxy_header_get_size (const guint8       *data,
                                       gsize               size);
void     pulsar_proxy_header_clear    (PulsarProxyHeader  *header);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PulsarProxyHeader, pulsar_proxy_header_clear)

G_END_DECLS
