/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Whom a socket file is given to. */
typedef struct
{
  uid_t user;   /* (uid_t) -1: stays */
  gid_t group;  /* (gid_t) -1: stays */
} PulsarSocketOwner;

/* The setting socket-owner: USER, USER:GROUP or :GROUP, names or numbers. USER alone leaves the group as it is. */
gboolean pulsar_socket_owner_parse      (const char         *text,
                                         PulsarSocketOwner  *owner,
                                         GError            **error);

/* The setting socket-mode: three or four octal digits up to 0777. */
gboolean pulsar_socket_owner_parse_mode (const char         *text,
                                         mode_t             *mode,
                                         GError            **error);

G_END_DECLS
