/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <pulsar-glib/config/pulsar-config.h>

G_BEGIN_DECLS

/* The certificate of a server, its private key, and who may be its client. The arbiter reads the files, with its rights, and
 * finds what is wrong with them before anything starts. Workers get what it read through a descriptor: they need no right to
 * read a private key, and neither the configuration, information nor logs ever hold one. */
typedef struct
{
  GBytes *identity;              /* (owned) PEM: the certificate, those that lead to its root, the private key */
  GBytes *client_ca;             /* (owned) (nullable) PEM: certificates of who vouches for clients; NULL: anybody is let in */
  GTlsCertificate *certificate;  /* (owned) identity */
  GTlsDatabase *client_anchors;  /* (owned) (nullable) client_ca */
  int anchors_fd;                /* (owned) the file that client_anchors reads; -1: none */
} PulsarTlsKeys;

/* Whether @config asks for TLS. */
gboolean        pulsar_tls_keys_are_wanted     (PulsarConfig   *config);

/* What the settings name, if all of it is usable now. Reads files and blocks for some milliseconds. */
PulsarTlsKeys  *pulsar_tls_keys_load           (PulsarConfig   *config,
                                                GError        **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether what the settings name is usable, if they name anything. */
gboolean        pulsar_tls_keys_check          (PulsarConfig   *config,
                                                GError        **error);

/* A descriptor from which any number of processes can read the keys, and that none of them can write to. */
int             pulsar_tls_keys_create_fd      (PulsarTlsKeys  *self,
                                                GError        **error);

/* What the arbiter loaded. @fd stays open. */
PulsarTlsKeys  *pulsar_tls_keys_open           (int             fd,
                                                GError        **error) G_GNUC_WARN_UNUSED_RESULT;
void            pulsar_tls_keys_free           (PulsarTlsKeys  *self);

/* The server's side of TLS over @base. */
GTlsConnection *pulsar_tls_keys_new_connection (PulsarTlsKeys  *self,
                                                GIOStream      *base,
                                                GError        **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarTlsKeys, pulsar_tls_keys_free)

G_END_DECLS
