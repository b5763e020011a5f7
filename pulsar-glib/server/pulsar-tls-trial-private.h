/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Shakes hands with itself, as server with @certificate and as client: GIO has no other way to learn whether a private key
 * belongs to a certificate and whether TLS can use both. Blocks for some milliseconds. */
gboolean pulsar_tls_trial_run (GTlsCertificate  *certificate,
                               GError          **error);

G_END_DECLS
