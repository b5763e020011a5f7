/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What workers start and leave behind. While a program owns its process, orphans among the descendants of its workers become its own
 * children (it is a subreaper), and this reaps those that were in the process group of a worker. As process 1, where all orphans of a
 * container arrive, any other zombie that nobody has reaped for a second as well. Never a child the program started
 * itself and may still ask for. There is one in a process, and without it the functions about groups do nothing. */

/* Call it in the main thread; the news come in the thread-default context. FALSE with errno: there is no descriptor to be had. */
gboolean pulsar_reaper_begin       (void);

/* Waits a little for what was killed to be gone, and puts the process back as it was. */
void     pulsar_reaper_end         (void);

/* Process @group was started as the leader of a group of that number. */
void     pulsar_reaper_add_group   (int group);

/* Its leader was reaped, and whoever was left in it killed: it is watched until it is empty. */
void     pulsar_reaper_group_ended (int group);

G_END_DECLS
