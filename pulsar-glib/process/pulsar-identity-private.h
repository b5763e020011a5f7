/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The variable that tells a process which descriptors make it a worker: "FD:INODE:N". The mailbox is descriptor FD, a
 * socket of that inode, and the N descriptors after it were given along. */
#define PULSAR_IDENTITY_VARIABLE "PULSAR_ACTOR"

/* Where the mailbox is in a child; what was given along follows. */
#define PULSAR_IDENTITY_MAILBOX_FD 3

/* More descriptors are not given along. */
#define PULSAR_IDENTITY_MAX_FDS 256

/* Whether this process was started as a worker. Says so also after the mailbox was taken. */
gboolean pulsar_identity_is_worker     (void);

/* The mailbox, from now on the caller's, or -1 if this is no worker or the mailbox was taken before. The identity is
 * claimed by it. */
int      pulsar_identity_steal_mailbox (void);

/* A worker that ends while its identity is not claimed exits with status 70 and a message. Whoever took the mailbox but
 * does not know yet whether this program has the application to run says so with FALSE, and TRUE once it runs. */
void     pulsar_identity_set_claimed   (gboolean claimed);

/* Whether this process, which is no worker, was made to be one by an arbiter whose workers are started with @command (NULL or empty: none),
 * and that lost the variable. */
gboolean pulsar_identity_is_lost       (const char * const *command);

/* The number of descriptors given along, and one of them (lent), or -1 if there is none of that index or it was taken. */
guint    pulsar_identity_get_n_fds     (void);
int      pulsar_identity_get_fd        (guint index);

/* The same, but the descriptor is the caller's from now on. */
int      pulsar_identity_steal_fd      (guint index);

/* Sets again what setuid () cleared: death signals and the dumpable flag. FALSE means that the arbiter went away
 * meanwhile, which no signal told: then @mailbox_fd has hung up and the worker must end. */
gboolean pulsar_identity_renew         (int      mailbox_fd);

G_END_DECLS
