/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "pulsar-glib/server/pulsar-bind-address-private.h"

G_BEGIN_DECLS

/* A socket file that this process made. */
typedef struct
{
  char *path;     /* (owned) absolute */
  guint64 device; /* which file it is */
  guint64 inode;
} PulsarSocketFile;

/* One socket that a server gets its work from: listening if it is of type stream, bound if it is of type datagram. */
typedef struct
{
  int fd;                   /* (owned) non-blocking, close-on-exec */
  GSocketType type;         /* stream or datagram */
  GSocketAddress *address;  /* (owned) the real one, never port 0 */
  char *name;               /* (owned) the address for people: 127.0.0.1:8060, [::]:8060, unix:/run/a.sock, unix:@name */
  gboolean exclusive;       /* of this worker alone, as reuse-port makes them; else shared with other processes */
  PulsarSocketFile *file;   /* (owned) (nullable) removed with the listener, if it is there still; NULL in workers */
} PulsarListener;

typedef struct
{
  GSocketType type;    /* stream or datagram */
  guint backlog;       /* of stream sockets */
  gboolean reuse_port; /* others may have the same address and port (SO_REUSEPORT) */
  const char *mode;    /* (nullable) of socket files, in octal; NULL or empty: what the umask leaves */
  const char *owner;   /* (nullable) of socket files: USER, USER:GROUP or :GROUP; NULL or empty: who runs the program */
} PulsarListenerOptions;

/* Every socket @addresses ask for, or none and an error that names the address that could not be had. Resolves names, and so
 * may block: it is for the start of a program. (element-type PulsarListener) */
GPtrArray      *pulsar_listener_open           (const char * const           *addresses,
                                                const PulsarListenerOptions  *options,
                                                GError                      **error) G_GNUC_WARN_UNUSED_RESULT;

/* A socket that was opened elsewhere; it is an error if it is not of @type, or a stream socket that does not listen. Takes
 * @fd, also when it fails. */
PulsarListener *pulsar_listener_new_take_fd    (int                           fd,
                                                GSocketType                   type,
                                                GError                      **error) G_GNUC_WARN_UNUSED_RESULT;

/* Another socket at the address of @self, which was opened with reuse_port; not listening yet. Returns NULL without @error
 * when the address allows no other. */
PulsarListener *pulsar_listener_open_exclusive (PulsarListener               *self,
                                                GError                      **error) G_GNUC_WARN_UNUSED_RESULT;
void            pulsar_listener_free           (PulsarListener               *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PulsarListener, pulsar_listener_free)

G_END_DECLS
