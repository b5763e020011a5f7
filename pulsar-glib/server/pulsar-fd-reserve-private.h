/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/resource.h>

G_BEGIN_DECLS

#define PULSAR_FD_RESERVE_MAX 8

/* Descriptors kept for the program itself: without them clients would take the last one, and the program that serves them
 * could open nothing any more, neither a file nor its own /proc. As long as it is taken nobody can have these descriptors;
 * when there are no others left it is released, and no client is let in before it can be taken again. */
typedef struct
{
  int fds[PULSAR_FD_RESERVE_MAX];  /* (owned) the first n_held */
  guint n_held;
  guint size;                      /* how many there should be: a part of what was free, so that small limits leave some */
  rlim_t limit;                    /* for which the size was chosen */
} PulsarFdReserve;

/* Returns FALSE, with nothing taken, if that would leave no descriptor. Zero bytes are a reserve that is not taken. */
gboolean pulsar_fd_reserve_take    (PulsarFdReserve *self);
void     pulsar_fd_reserve_release (PulsarFdReserve *self);

G_END_DECLS
